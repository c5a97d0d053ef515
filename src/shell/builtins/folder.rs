//! `cd`, `pwd` and `umask`. The shell knows its working folder by the way it went there, through symbolic links or not.

use super::state::letters;
use crate::shell::interpreter::{Flow, Shell};
use std::rc::Rc;

type Outcome = Result<u8, Flow>;

pub(super) async fn change_folder(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let (letters, operands) = match letters(args, "LP") {
        Ok(taken) => taken,
        Err(letter) => return illegal_option(shell, letter).await,
    };
    let back = operands.first().is_some_and(|operand| &**operand == "-");
    let path = match operands.first() {
        Some(_) if back => shell.variables.get("OLDPWD").cloned(),
        Some(path) => Some(path.clone()),
        None => shell.variables.get("HOME").cloned(),
    };
    let path = path.unwrap_or_default();
    let before = shell.folder();
    let wanted = if letters.ends_with('P') { path.to_string() } else { logical(&before, &path) };
    if let Err(error) = shell.process.set_folder(&wanted) {
        shell.complain(&format!("can't cd to {path}: {error}")).await;
        return Ok(2);
    }
    shell.folder = (!letters.ends_with('P')).then(|| wanted.into());
    if back {
        shell.process.print(format!("{}\n", shell.folder())).await;
    }
    for (name, value) in [("OLDPWD", before), ("PWD", shell.folder())] {
        let name: Rc<str> = name.into();
        shell.assign(&name, value).await?;
        shell.variables.export(&name);
    }
    Ok(0)
}

/// `path` seen from `folder`, with `.` and `..` taken out of it as text.
fn logical(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let whole = if path.starts_with('/') { ["", path] } else { [folder, path] };
    for part in whole.iter().flat_map(|text| text.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

pub(super) async fn folder(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let folder = match letters(args, "LP") {
        Ok((letters, _)) if letters.ends_with('P') => shell.process.folder(),
        Ok(_) => shell.folder(),
        Err(letter) => return illegal_option(shell, letter).await,
    };
    shell.process.print(format!("{folder}\n")).await;
    Ok(0)
}

async fn illegal_option(shell: &Shell, letter: char) -> Outcome {
    shell.complain(&format!("illegal option -{letter}")).await;
    Ok(2)
}

/// `umask [-S] [MODE]`
pub(super) async fn umask(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let symbolic = args.get(1).is_some_and(|arg| &**arg == "-S");
    let mask = shell.process.umask();
    let Some(text) = args.get(1 + usize::from(symbolic)) else {
        let shown = if symbolic { symbols(!mask & 0o777) } else { format!("{mask:04o}") };
        shell.process.print(format!("{shown}\n")).await;
        return Ok(0);
    };
    let new = if text.starts_with(|first: char| first.is_ascii_digit()) {
        u32::from_str_radix(text, 8).ok().filter(|mask| *mask <= 0o777)
    } else {
        crate::shell::applets::changed_mode(text, !mask & 0o777, false, 0).map(|mode| !mode & 0o777)
    };
    match new {
        Some(mask) => shell.process.set_umask(mask),
        None => {
            shell.complain(&format!("illegal mode: {text}")).await;
            return Ok(2);
        }
    }
    Ok(0)
}

fn symbols(mode: u32) -> String {
    let who = |name: char, shift: u32| {
        let bits = mode >> shift;
        let letters: String = [(4, 'r'), (2, 'w'), (1, 'x')]
            .iter()
            .filter(|(bit, _)| bits & bit != 0)
            .map(|(_, letter)| letter)
            .collect();
        format!("{name}={letters}")
    };
    [who('u', 6), who('g', 3), who('o', 0)].join(",")
}
