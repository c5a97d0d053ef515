//! Functions on texts.

use crate::image::sql::dialect::Dialect;
use crate::image::sql::kind::Kind;
use crate::image::sql::operators::word;
use crate::image::sql::problem::Problem;
use crate::image::sql::value::Value;

const TEXTS: [&str; 32] = [
    "upper",
    "lower",
    "ucase",
    "lcase",
    "concat",
    "concat_ws",
    "substring",
    "substr",
    "trim",
    "btrim",
    "ltrim",
    "rtrim",
    "replace",
    "reverse",
    "repeat",
    "lpad",
    "rpad",
    "left",
    "right",
    "initcap",
    "split_part",
    "md5",
    "chr",
    "quote_literal",
    "quote_ident",
    "quote_nullable",
    "to_hex",
    "hex",
    "format",
    "translate",
    "mid",
    "elt",
];
const NUMBERS: [&str; 10] = [
    "position",
    "length",
    "char_length",
    "character_length",
    "octet_length",
    "strpos",
    "ascii",
    "instr",
    "locate",
    "field",
];

/// The type of the value of a function on texts.
pub fn kind(name: &str) -> Option<Kind> {
    match name {
        _ if TEXTS.contains(&name) => Some(Kind::Text),
        _ if NUMBERS.contains(&name) => Some(Kind::Integer),
        "starts_with" => Some(Kind::Boolean),
        _ => None,
    }
}

/// The value of a function on texts.
pub fn call(name: &str, arguments: &[Value], dialect: Dialect) -> Result<Option<Value>, Problem> {
    if kind(name).is_none() {
        return Ok(None);
    }
    if let Some(value) = joining(name, arguments, dialect) {
        return Ok(Some(value));
    }
    let texts: Vec<String> = arguments.iter().map(|value| word(value, dialect)).collect();
    let Some(text) = texts.first() else { return Ok(None) };
    let number = |at: usize| arguments.get(at).and_then(Value::to_decimal).and_then(|number| number.to_whole());
    let length = |text: &str| text.chars().count();
    let whole = |number: usize| Some(Value::Integer(number as i64));
    let answer = match (name, texts.len()) {
        ("upper" | "ucase", 1) => text.to_uppercase(),
        ("lower" | "lcase", 1) => text.to_lowercase(),
        ("initcap", 1) => initcap(text),
        ("reverse", 1) => text.chars().rev().collect(),
        ("length" | "octet_length", 1) if dialect.is_mysql() || name == "octet_length" => return Ok(whole(text.len())),
        ("length" | "char_length" | "character_length", 1) => return Ok(whole(length(text))),
        ("ascii", 1) => return Ok(whole(text.chars().next().map_or(0, |c| c as usize))),
        ("strpos" | "position" | "instr", 2) => return Ok(whole(place(text, &texts[1]))),
        ("locate", 2) => return Ok(whole(place(&texts[1], text))),
        ("starts_with", 2) => return Ok(Some(Value::Boolean(text.starts_with(&texts[1])))),
        ("trim" | "btrim" | "ltrim" | "rtrim", 1 | 2) => trimmed(name, text, texts.get(1).map_or(" ", String::as_str)),
        ("replace", 3) if !texts[1].is_empty() => text.replace(&texts[1], &texts[2]),
        ("replace", 3) => text.clone(),
        ("repeat", 2) => text.repeat(number(1).unwrap_or(0).clamp(0, 100_000) as usize),
        ("left", 2) => cut(text, 0, from_end(length(text), number(1).unwrap_or(0))),
        ("right", 2) => {
            let keep = from_end(length(text), number(1).unwrap_or(0));
            cut(text, length(text) - keep, keep)
        }
        ("lpad" | "rpad", 2 | 3) => {
            let fill = texts.get(2).map_or(" ", String::as_str);
            padded(name == "lpad", text, number(1).unwrap_or(0).clamp(0, 100_000) as usize, fill)
        }
        ("substring" | "substr" | "mid", 2 | 3) => {
            let Some(from) = number(1) else { return Err(Problem::Unsupported("substring by a pattern".to_string())) };
            substring(text, from, number(2), dialect)
        }
        ("split_part", 3) => {
            let part = usize::try_from(number(2).unwrap_or(1) - 1).unwrap_or(0);
            text.split(texts[1].as_str()).nth(part).unwrap_or("").to_string()
        }
        ("md5", 1) => md5(text),
        ("chr", 1) => number(0)
            .and_then(|code| u32::try_from(code).ok())
            .and_then(char::from_u32)
            .map_or(String::new(), String::from),
        ("to_hex" | "hex", 1) => match (&arguments[0], name) {
            (Value::Integer(number), "hex") => format!("{number:X}"),
            (Value::Integer(number), _) => format!("{number:x}"),
            _ => text.bytes().map(|byte| format!("{byte:02X}")).collect(),
        },
        ("quote_literal" | "quote_nullable", 1) => format!("'{}'", text.replace('\'', "''")),
        ("quote_ident", 1) => text.clone(),
        ("format" | "translate" | "elt" | "field", _) => {
            return Err(Problem::Unsupported(format!("the function {name}")));
        }
        _ => return Ok(None),
    };
    Ok(Some(Value::Text(answer)))
}

/// CONCAT and CONCAT_WS, which look at NULL in their own ways.
fn joining(name: &str, arguments: &[Value], dialect: Dialect) -> Option<Value> {
    let known = |arguments: &[Value]| -> Vec<String> {
        arguments.iter().filter(|value| !value.is_null()).map(|value| word(value, dialect)).collect()
    };
    match name {
        "concat" if dialect.is_mysql() && arguments.iter().any(Value::is_null) => Some(Value::Null),
        "concat" => Some(Value::Text(known(arguments).concat())),
        "concat_ws" => {
            let (separator, rest) = arguments.split_first()?;
            Some(Value::Text(known(rest).join(&word(separator, dialect))))
        }
        _ => None,
    }
}

fn initcap(text: &str) -> String {
    let mut is_inside = false;
    let each = |c: char| {
        let letter = if is_inside { c.to_lowercase().next() } else { c.to_uppercase().next() };
        is_inside = c.is_alphanumeric();
        letter.unwrap_or(c)
    };
    text.chars().map(each).collect()
}

/// The place of a part, counted from 1; 0 if it is not there.
fn place(text: &str, part: &str) -> usize {
    text.find(part).map_or(0, |at| text[..at].chars().count() + 1)
}

fn trimmed(name: &str, text: &str, letters: &str) -> String {
    let is_trimmed = |c: char| letters.contains(c);
    match name {
        "ltrim" => text.trim_start_matches(is_trimmed),
        "rtrim" => text.trim_end_matches(is_trimmed),
        _ => text.trim_matches(is_trimmed),
    }
    .to_string()
}

/// So many characters; a negative number leaves out as many.
fn from_end(length: usize, number: i64) -> usize {
    let keep = if number < 0 { length as i64 + number } else { number };
    keep.clamp(0, length as i64) as usize
}

fn cut(text: &str, from: usize, count: usize) -> String {
    text.chars().skip(from).take(count).collect()
}

fn substring(text: &str, from: i64, count: Option<i64>, dialect: Dialect) -> String {
    let length = text.chars().count() as i64;
    let from = if from < 0 && dialect.is_mysql() { length + from + 1 } else { from };
    let end = count.map_or(length + 1, |count| from.saturating_add(count)).min(length + 1);
    let start = from.max(1);
    cut(text, (start - 1) as usize, (end - start).max(0) as usize)
}

fn padded(is_left: bool, text: &str, length: usize, fill: &str) -> String {
    let missing = length.saturating_sub(text.chars().count());
    let filling: String = fill.chars().cycle().take(if fill.is_empty() { 0 } else { missing }).collect();
    let whole = if is_left { format!("{filling}{text}") } else { format!("{text}{filling}") };
    whole.chars().take(length).collect()
}

fn md5(text: &str) -> String {
    use md5::Digest;
    md5::Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
