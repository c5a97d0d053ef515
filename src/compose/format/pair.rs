//! `KEY=VALUE`, as lists of environment variables, labels and the like hold them (semantics P30, L64).

use super::FormatError;

/// A key and its value; `None` for a key alone.
pub type Pair<'a> = (&'a str, Option<&'a str>);

/// The two sides of the first `=`.
pub fn split(text: &str) -> Pair<'_> {
    text.split_once('=').map_or((text, None), |(key, value)| (key, Some(value)))
}

/// A line of `environment:` in list form.
pub fn variable(text: &str) -> Result<Pair<'_>, FormatError> {
    let (key, value) = split(text);
    // Go looks at the last byte alone.
    let space = key.as_bytes().last().is_some_and(|last| matches!(last, b'\t'..=b'\r' | b' ' | 0x85 | 0xA0));
    if space {
        return Err(FormatError::at(
            format!("environment variable {key} is declared with a trailing space"),
            text,
            key,
        ));
    }
    Ok((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs() {
        assert_eq!(variable("A=b=c"), Ok(("A", Some("b=c"))));
        assert_eq!(variable("A"), Ok(("A", None)));
        assert_eq!(variable("A="), Ok(("A", Some(""))));
        let error = variable("FOO =x").unwrap_err();
        assert_eq!(error.docker, "environment variable FOO  is declared with a trailing space");
    }
}
