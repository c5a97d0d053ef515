//! Words of an instruction: blanks outside quotes separate them; quotes and escapes stay in them.

/// The words of `text` with the offsets where they begin. `escape` keeps the next character in the word.
pub fn split(text: &str, escape: char) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match (quote, c) {
            (None, c) if c.is_whitespace() => {
                if let Some(begin) = start.take() {
                    words.push((begin, &text[begin..at]));
                }
                continue;
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (open, c) if c == escape && open != Some('\'') => escaped = true,
            _ => {}
        }
        start.get_or_insert(at);
    }
    if let Some(begin) = start {
        words.push((begin, &text[begin..]));
    }
    words
}

/// A JSON list of strings, if `text` is one.
pub fn json_list(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    if !text.starts_with('[') {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// Raw pairs of `ENV` and `LABEL`: `name=value …`, or the old `name rest of the line`.
pub fn pairs(keyword: &str, text: &str, escape: char) -> Result<Vec<(String, String)>, String> {
    let words = split(text, escape);
    let Some((at, first)) = words.first() else { return Err(format!("{keyword} must have at least one argument")) };
    if !first.contains('=') {
        let rest = text[at + first.len()..].trim();
        if rest.is_empty() {
            return Err(format!("{keyword} must have two arguments"));
        }
        return Ok(vec![(first.to_string(), rest.to_string())]);
    }
    let pair = |(_, word): &(usize, &str)| {
        let (name, value) = word
            .split_once('=')
            .ok_or_else(|| format!("Syntax error - can't find = in {word:?}. Must be of the form: name=value"))?;
        Ok((name.to_string(), value.to_string()))
    };
    words.iter().map(pair).collect()
}
