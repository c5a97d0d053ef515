//! `getopts LETTERS NAME [ARG]…`: one option after the other.

use crate::shell::interpreter::{Flow, Shell};
use std::rc::Rc;

/// One call's finding.
struct Found {
    /// What the variable becomes.
    shown: String,
    /// What OPTARG becomes.
    value: Option<Rc<str>>,
    /// What is wrong, unless the caller wants to say it himself.
    message: Option<String>,
}

pub(super) async fn next_option(shell: &mut Shell, args: &[Rc<str>]) -> Result<u8, Flow> {
    let [_, letters, name, given @ ..] = args else {
        shell.complain("usage: getopts optstring var [arg]").await;
        return Ok(2);
    };
    let arguments: Rc<[Rc<str>]> = if given.is_empty() { shell.positional.clone() } else { given.into() };
    let mut index = shell.variables.get("OPTIND").and_then(|text| text.parse::<usize>().ok()).unwrap_or(1).max(1);
    // Who sets OPTIND begins anew.
    if index != shell.option_index {
        shell.option_place = 0;
    }
    let found = next(shell, letters, &arguments, &mut index);
    shell.option_index = index;
    let ended = found.is_none();
    let found = found.unwrap_or(Found { shown: "?".into(), value: None, message: None });
    shell.assign(&"OPTIND".into(), index.to_string().into()).await?;
    match found.value {
        Some(value) => shell.assign(&"OPTARG".into(), value).await?,
        None => drop(shell.variables.unset("OPTARG")),
    }
    if let Some(message) = found.message {
        shell.process.complain(format!("{message}\n")).await;
    }
    shell.assign(name, found.shown.into()).await?;
    Ok(u8::from(ended))
}

/// The next option; `index` is the number of the word after the one that is being read.
fn next(shell: &mut Shell, letters: &str, arguments: &[Rc<str>], index: &mut usize) -> Option<Found> {
    if shell.option_place == 0 {
        let word = arguments.get(*index - 1)?;
        if !word.starts_with('-') || &**word == "-" {
            return None;
        }
        *index += 1;
        if &**word == "--" {
            return None;
        }
        shell.option_place = 1;
    }
    let word = arguments.get(*index - 2).cloned().unwrap_or_default();
    let letter = word.chars().nth(shell.option_place)?;
    let rest: String = word.chars().skip(shell.option_place + 1).collect();
    shell.option_place = if rest.is_empty() { 0 } else { shell.option_place + 1 };
    let silent = letters.starts_with(':');
    let place = letters.find(letter).filter(|_| letter != ':');
    let Some(place) = place else {
        let message = (!silent).then(|| format!("Illegal option -{letter}"));
        return Some(Found { shown: "?".into(), value: silent.then(|| letter.to_string().into()), message });
    };
    if !letters[place + letter.len_utf8()..].starts_with(':') {
        return Some(Found { shown: letter.into(), value: None, message: None });
    }
    shell.option_place = 0;
    if !rest.is_empty() {
        return Some(Found { shown: letter.into(), value: Some(rest.into()), message: None });
    }
    match arguments.get(*index - 1) {
        Some(value) => {
            *index += 1;
            Some(Found { shown: letter.into(), value: Some(value.clone()), message: None })
        }
        None if silent => Some(Found { shown: ":".into(), value: Some(letter.to_string().into()), message: None }),
        None => {
            let message = Some(format!("No arg for -{letter} option"));
            Some(Found { shown: "?".into(), value: None, message })
        }
    }
}
