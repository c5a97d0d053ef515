//! Go's `%q`: a text in double quotes, with what cannot be printed escaped.

/// `text` as Go's `%q` prints it.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0C' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\x0B' => quoted.push_str("\\v"),
            ' '..='~' => quoted.push(character),
            '\0'..='\x7F' => quoted.push_str(&format!("\\x{:02x}", u32::from(character))),
            _ if is_printable(character) => quoted.push(character),
            _ if u32::from(character) < 0x1_0000 => quoted.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => quoted.push_str(&format!("\\U{:08x}", u32::from(character))),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether Go prints the character as it is: letters, marks, digits, punctuation and symbols. Rust's escaping goes by the
/// same classes, but for marks at the start of a text, which is why there is a letter before it.
fn is_printable(character: char) -> bool {
    let after_letter = String::from_iter(['x', character]);
    after_letter.escape_debug().nth(1) == Some(character)
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn quotes_as_go_does() {
        let cases = [
            ("a\"b\\c", r#""a\"b\\c""#),
            ("\u{1}\t\n\u{7F}", r#""\x01\t\n\x7f""#),
            ("é\u{A0}\u{301}\u{200B}", "\"é\\u00a0\u{301}\\u200b\""),
            ("\u{1F600}\u{E000}\u{10FFFF}", "\"\u{1F600}\\ue000\\U0010ffff\""),
        ];
        for (text, expected) in cases {
            assert_eq!(quote(text), expected);
        }
    }
}
