//! Builtins that change what the shell remembers: variables, positional parameters, options.

use super::quote;
use crate::shell::arithmetic;
use crate::shell::interpreter::{Flow, Options, Shell};
use crate::shell::parser::is_name;
use std::rc::Rc;

type Outcome = Result<u8, Flow>;

/// `export` and `readonly`
pub(super) async fn export(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let exports = &*args[0] == "export";
    let (letters, names) = match letters(args, if exports { "np" } else { "p" }) {
        Ok(taken) => taken,
        Err(letter) => return shell.fatal(&format!("illegal option -{letter}")).await,
    };
    if names.is_empty() {
        let listed = if exports { shell.exported() } else { shell.variables.read_only() };
        let line = |(name, value): (Rc<str>, Option<Rc<str>>)| match value {
            Some(value) => format!("{} {name}={}\n", args[0], quote(&value)),
            None => format!("{} {name}\n", args[0]),
        };
        shell.process.print(listed.into_iter().map(line).collect::<String>()).await;
        return Ok(0);
    }
    for arg in names {
        let (name, value) = assignment(arg);
        if !is_name(&name) {
            return shell.fatal(&format!("{name}: bad variable name")).await;
        }
        if letters.contains('n') {
            shell.variables.keep_from_children(&name);
            continue;
        }
        if let Some(value) = value {
            shell.assign(&name, value).await?;
        }
        if exports { shell.variables.export(&name) } else { shell.variables.set_read_only(&name) }
    }
    Ok(0)
}

/// The name, and the value of `NAME=VALUE`.
fn assignment(arg: &Rc<str>) -> (Rc<str>, Option<Rc<str>>) {
    match arg.split_once('=') {
        Some((name, value)) => (name.into(), Some(value.into())),
        None => (arg.clone(), None),
    }
}

/// The option letters before the operands, all of them among `known`, and the operands; else the first unknown letter.
pub(super) fn letters<'a>(args: &'a [Rc<str>], known: &str) -> Result<(String, &'a [Rc<str>]), char> {
    let (mut letters, mut rest) = (String::new(), &args[1..]);
    while let Some((first, after)) = rest.split_first() {
        let Some(given) = first.strip_prefix('-').filter(|given| !given.is_empty()) else { break };
        rest = after;
        if given == "-" {
            break;
        }
        match given.chars().find(|letter| !known.contains(*letter)) {
            Some(letter) => return Err(letter),
            None => letters.push_str(given),
        }
    }
    Ok((letters, rest))
}

pub(super) async fn unset(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let (letters, names) = match letters(args, "vf") {
        Ok(taken) => taken,
        Err(letter) => return shell.fatal(&format!("illegal option -{letter}")).await,
    };
    for name in names {
        if letters.ends_with('f') {
            Rc::make_mut(&mut shell.functions).remove(name);
        } else if !is_name(name) {
            return shell.fatal(&format!("{name}: bad variable name")).await;
        } else if shell.variables.unset(name).is_err() {
            return shell.fatal(&format!("{name}: is read only")).await;
        }
    }
    Ok(0)
}

pub(super) async fn local(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    if shell.locals.is_empty() {
        return shell.fatal("not in a function").await;
    }
    for arg in &args[1..] {
        let (name, value) = assignment(arg);
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
            Err(_) => return shell.fatal(&format!("Illegal number: {text}")).await,
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
        let shown = shell.all_variables().into_iter().map(|(name, value)| format!("{name}={}\n", quote(&value)));
        shell.process.print(shown.collect::<String>()).await;
        return Ok(0);
    }
    let mut rest = &args[1..];
    while let Some(arg) = rest.first().cloned() {
        let Some(sign) = arg.chars().next().filter(|sign| matches!(sign, '-' | '+')) else { break };
        rest = &rest[1..];
        if &*arg == "--" {
            return replace_positional(shell, rest).await;
        }
        if &*arg == "-" {
            shell.options.trace = false;
            break;
        }
        for letter in arg[1..].chars() {
            if letter != 'o' {
                if !set_letter(&mut shell.options, letter, sign == '-') {
                    return shell.fatal(&format!("illegal option {sign}{letter}")).await;
                }
                continue;
            }
            let Some(name) = rest.first().cloned() else {
                shell.process.print(listed(shell.options, sign)).await;
                return Ok(0);
            };
            rest = &rest[1..];
            if !set_named(&mut shell.options, &name, sign == '-') {
                shell.complain(&format!("illegal option {sign}o {name}")).await;
                return Ok(1);
            }
        }
    }
    if !rest.is_empty() {
        return replace_positional(shell, rest).await;
    }
    Ok(0)
}

/// Other positional parameters; `getopts` begins anew with them (busybox, ash.c setparam).
async fn replace_positional(shell: &mut Shell, parameters: &[Rc<str>]) -> Outcome {
    shell.positional = parameters.into();
    shell.option_place = 0;
    shell.assign(&"OPTIND".into(), "1".into()).await?;
    Ok(0)
}

/// What `set -o` prints; `set +o` prints commands.
fn listed(options: Options, sign: char) -> String {
    let state = |name: &str| {
        let letter = OPTION_NAMES.iter().find(|(known, _)| *known == name).map_or(' ', |(_, letter)| *letter);
        if name == "pipefail" { options.pipefail } else { options.letters().contains(letter) }
    };
    let line = |name: &str| match (sign, state(name)) {
        ('-', true) => format!("{name:<16}on\n"),
        ('-', false) => format!("{name:<16}off\n"),
        (_, true) => format!("set -o {name}\n"),
        (_, false) => format!("set +o {name}\n"),
    };
    OPTION_NAMES.iter().map(|(name, _)| line(name)).collect()
}

/// The options by name, in busybox's order; a blank stands for one that has no letter here.
const OPTION_NAMES: [(&str, char); 14] = [
    ("errexit", 'e'),
    ("noglob", 'f'),
    ("ignoreeof", 'I'),
    ("monitor", 'm'),
    ("noexec", 'n'),
    ("xtrace", 'x'),
    ("verbose", 'v'),
    ("noclobber", 'C'),
    ("allexport", 'a'),
    ("notify", 'b'),
    ("nounset", 'u'),
    ("errtrace", 'E'),
    ("vi", 'V'),
    ("pipefail", ' '),
];

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
        'm' | 'b' | 'i' | 'l' | 'I' | 'V' | 'E' => {}
        's' => options.from_input = on,
        _ => return false,
    }
    true
}

/// Sets or clears an option by its name; whether there is such an option.
pub(in crate::shell) fn set_named(options: &mut Options, name: &str, on: bool) -> bool {
    match OPTION_NAMES.iter().find(|(known, _)| *known == name) {
        Some((_, ' ')) => options.pipefail = on,
        Some((_, letter)) => return set_letter(options, *letter, on),
        None => return false,
    }
    true
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
