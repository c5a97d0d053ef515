//! Builtins that change what the shell remembers: variables, options, the working folder.

use super::quote;
use crate::shell::arithmetic;
use crate::shell::interpreter::{Flow, Options, Shell};
use crate::shell::parser::is_name;
use std::rc::Rc;

type Outcome = Result<u8, Flow>;

pub(super) async fn change_folder(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let mut operands = args[1..].iter().filter(|arg| !matches!(&***arg, "-L" | "-P" | "--"));
    let wanted = match operands.next() {
        Some(path) if &**path == "-" => shell.variables.get("OLDPWD").cloned(),
        Some(path) => Some(path.clone()),
        None => shell.variables.get("HOME").cloned(),
    };
    let Some(path) = wanted else {
        shell.complain_as("cd", "HOME not set").await;
        return Ok(2);
    };
    let before = shell.process.folder();
    if let Err(error) = shell.process.set_folder(&path) {
        shell.complain_as("cd", &format!("can't cd to {path}: {error}")).await;
        return Ok(2);
    }
    if args.get(1).is_some_and(|arg| &**arg == "-") {
        shell.process.print(format!("{}\n", shell.process.folder())).await;
    }
    for (name, value) in [("OLDPWD", before), ("PWD", shell.process.folder())] {
        let name: Rc<str> = name.into();
        shell.assign(&name, value).await?;
        shell.variables.export(&name);
    }
    Ok(0)
}

pub(super) async fn folder(shell: &mut Shell, _: &[Rc<str>]) -> Outcome {
    shell.process.print(format!("{}\n", shell.process.folder())).await;
    Ok(0)
}

/// `export` and `readonly`
pub(super) async fn export(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let exports = &*args[0] == "export";
    let names: Vec<&Rc<str>> = args[1..].iter().filter(|arg| !matches!(&***arg, "-p" | "-n" | "--")).collect();
    if names.is_empty() {
        let all = shell.variables.all();
        let shown = all.iter().filter(|(name, _)| {
            if exports { shell.variables.environment().get(name).is_some() } else { shell.variables.is_read_only(name) }
        });
        let text: String = shown.map(|(name, value)| format!("{} {name}={}\n", args[0], quote(value))).collect();
        shell.process.print(text).await;
        return Ok(0);
    }
    for arg in names {
        let (name, value) = match arg.split_once('=') {
            Some((name, value)) => (Rc::from(name), Some(Rc::from(value))),
            None => (arg.clone(), None),
        };
        if !is_name(&name) {
            return shell.fatal(&format!("{}: line {}: {name}: bad variable name", args[0], shell.line)).await;
        }
        if let Some(value) = value {
            shell.assign(&name, value).await?;
        }
        if exports { shell.variables.export(&name) } else { shell.variables.set_read_only(&name) }
    }
    Ok(0)
}

pub(super) async fn unset(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let functions = args.get(1).is_some_and(|arg| &**arg == "-f");
    for name in args[1..].iter().filter(|arg| !arg.starts_with('-')) {
        if functions {
            Rc::make_mut(&mut shell.functions).remove(name);
        } else if shell.variables.unset(name).is_err() {
            return shell.fatal(&format!("unset: line {}: {name}: is read only", shell.line)).await;
        }
    }
    Ok(0)
}

pub(super) async fn local(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    if shell.locals.is_empty() {
        return shell.fatal(&format!("local: line {}: not in a function", shell.line)).await;
    }
    for arg in &args[1..] {
        let (name, value) = match arg.split_once('=') {
            Some((name, value)) => (Rc::from(name), Some(Rc::from(value))),
            None => (arg.clone(), None),
        };
        let saved = shell.variables.save(&name);
        if let Some(locals) = shell.locals.last_mut() {
            locals.push(saved);
        }
        match value {
            Some(value) => shell.assign(&name, value).await?,
            None => drop(shell.variables.unset(&name)),
        }
    }
    Ok(0)
}

pub(super) async fn shift(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let count = match args.get(1) {
        None => 1,
        Some(text) => match text.parse::<usize>() {
            Ok(count) => count,
            Err(_) => return shell.fatal(&format!("shift: line {}: Illegal number: {text}", shell.line)).await,
        },
    };
    if count > shell.positional.len() {
        return Ok(1);
    }
    shell.positional = shell.positional[count..].into();
    Ok(0)
}

pub(super) async fn set(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    if args.len() == 1 {
        let shown = shell.variables.all().into_iter().map(|(name, value)| format!("{name}={}\n", quote(&value)));
        shell.process.print(shown.collect::<String>()).await;
        return Ok(0);
    }
    let mut rest = &args[1..];
    while let Some(arg) = rest.first().cloned() {
        let Some(sign) = arg.chars().next().filter(|sign| matches!(sign, '-' | '+') && arg.len() > 1) else { break };
        rest = &rest[1..];
        if &*arg == "--" {
            shell.positional = rest.into();
            return Ok(0);
        }
        for letter in arg[1..].chars() {
            let known = if letter == 'o' {
                let name = rest.first().cloned().unwrap_or_default();
                rest = rest.get(1..).unwrap_or_default();
                set_named(&mut shell.options, &name, sign == '-')
            } else {
                set_letter(&mut shell.options, letter, sign == '-')
            };
            if !known {
                return shell.fatal(&format!("set: line {}: illegal option {sign}{letter}", shell.line)).await;
            }
        }
    }
    if !rest.is_empty() {
        shell.positional = rest.into();
    }
    Ok(0)
}

/// Sets or clears an option by its letter; whether there is such an option.
pub(in crate::shell) fn set_letter(options: &mut Options, letter: char, on: bool) -> bool {
    match letter {
        'e' => options.exit_on_error = on,
        'u' => options.unset_is_error = on,
        'x' => options.trace = on,
        'f' => options.no_files = on,
        'C' => options.no_clobber = on,
        'a' => options.export_all = on,
        'n' => options.no_execution = on,
        'v' => options.verbose = on,
        'm' | 'b' | 'i' | 's' | 'l' | 'h' | 'I' | 'V' | 'E' => {}
        _ => return false,
    }
    true
}

/// Sets or clears an option by its name; whether there is such an option.
pub(in crate::shell) fn set_named(options: &mut Options, name: &str, on: bool) -> bool {
    let letter = match name {
        "pipefail" => {
            options.pipefail = on;
            return true;
        }
        "errexit" => 'e',
        "nounset" => 'u',
        "xtrace" => 'x',
        "noglob" => 'f',
        "noclobber" => 'C',
        "allexport" => 'a',
        "noexec" => 'n',
        "verbose" => 'v',
        "monitor" | "notify" | "vi" | "ignoreeof" | "nolog" | "" => 'm',
        _ => return false,
    };
    set_letter(options, letter, on)
}

pub(super) async fn umask(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    match args.get(1) {
        None => shell.process.print(format!("{:04o}\n", shell.process.umask())).await,
        Some(text) => match u32::from_str_radix(text, 8) {
            Ok(mask) => shell.process.set_umask(mask),
            Err(_) => {
                shell.complain_as("umask", &format!("illegal mode: {text}")).await;
                return Ok(2);
            }
        },
    }
    Ok(0)
}

/// `let`
pub(super) async fn calculate(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    struct Of<'a>(&'a mut Shell);
    impl arithmetic::Variables for Of<'_> {
        fn value(&self, name: &str) -> Option<Rc<str>> {
            self.0.variables.get(name).cloned()
        }
        fn assign(&mut self, name: &str, value: i64) {
            let _ = self.0.variables.set(&name.into(), value.to_string());
        }
    }
    let mut last = 0;
    for text in &args[1..] {
        match arithmetic::evaluate(text, &mut Of(shell)) {
            Ok(value) => last = value,
            Err(message) => return shell.fatal(message).await,
        }
    }
    Ok(u8::from(last == 0))
}

/// `getopts LETTERS NAME`: one option after the other.
pub(super) async fn next_option(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let [_, letters, name, given @ ..] = args else {
        shell.complain_as("getopts", "usage: getopts optstring var [arg]").await;
        return Ok(2);
    };
    let arguments: Rc<[Rc<str>]> = if given.is_empty() { shell.positional.clone() } else { given.into() };
    let mut index = shell.variables.get("OPTIND").and_then(|text| text.parse::<usize>().ok()).unwrap_or(1).max(1);
    let current = arguments.get(index - 1).cloned().unwrap_or_default();
    let within = shell.option_place.max(1);
    let ended = !current.starts_with('-') || current.len() < 2 || &*current == "--";
    let (found, status) = if ended { (None, 1) } else { (current.chars().nth(within), 0) };
    let mut value = None;
    let mut shown = "?".to_owned();
    if let Some(letter) = found {
        let place = letters.find(letter).filter(|_| letter != ':');
        let takes = place.is_some_and(|place| letters[place + letter.len_utf8()..].starts_with(':'));
        let after: String = current.chars().skip(within + 1).collect();
        shell.option_place = if after.is_empty() || takes { 0 } else { within + 1 };
        index += usize::from(after.is_empty() || takes);
        if takes {
            value = if after.is_empty() { arguments.get(index - 1).cloned() } else { Some(after.clone().into()) };
            index += usize::from(after.is_empty());
        }
        match (place, takes && value.is_none()) {
            (Some(_), false) => shown = letter.into(),
            (Some(_), true) => shell.complain(&format!("No arg for -{letter} option")).await,
            (None, _) if !letters.starts_with(':') => shell.complain(&format!("Illegal option -{letter}")).await,
            (None, _) => {}
        }
    } else if &*current == "--" {
        index += 1;
    }
    let index = index.to_string();
    shell.assign(&"OPTIND".into(), index.into()).await?;
    if let Some(value) = value {
        shell.assign(&"OPTARG".into(), value).await?;
    }
    shell.assign(name, shown.into()).await?;
    Ok(status)
}
