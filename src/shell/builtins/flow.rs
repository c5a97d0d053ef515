//! Builtins that run commands or leave them.

use super::{NAMES, in_path, is_special};
use crate::kernel::Errno;
use crate::shell::interpreter::{Flow, Shell, Tail};
use crate::shell::parser::{FIRST_OF_A_FILE, parse};
use std::rc::Rc;

type Outcome = Result<u8, Flow>;

/// How deeply `.` may be nested.
const MOST_SOURCED: u32 = 60;

pub(super) async fn succeed(_: &mut Shell, _: &[Rc<str>]) -> Outcome {
    Ok(0)
}

pub(super) async fn fail(_: &mut Shell, _: &[Rc<str>]) -> Outcome {
    Ok(1)
}

async fn number(shell: &mut Shell, args: &[Rc<str>]) -> Result<Option<i64>, Flow> {
    let Some(text) = args.get(1) else { return Ok(None) };
    match text.parse::<i64>() {
        Ok(number) if number >= 0 => Ok(Some(number)),
        _ => shell.fatal(&format!("Illegal number: {text}")).await,
    }
}

pub(super) async fn exit(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    if let Some(code) = number(shell, args).await? {
        shell.status = code as u8;
    }
    Err(Flow::Exit)
}

pub(super) async fn give_back(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    if let Some(code) = number(shell, args).await? {
        shell.status = code as u8;
    }
    Err(if shell.locals.is_empty() && shell.sourced == 0 { Flow::Exit } else { Flow::Return })
}

/// `break` and `continue`
pub(super) async fn leave(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let count = match number(shell, args).await? {
        Some(0) => return shell.fatal("Illegal number: 0").await,
        count => count.unwrap_or(1).min(i64::from(u32::MAX)) as u32,
    };
    if shell.loops == 0 {
        return Ok(0);
    }
    let count = count.min(shell.loops);
    shell.status = 0;
    Err(if &*args[0] == "break" { Flow::Break(count) } else { Flow::Continue(count) })
}

pub(super) async fn eval(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let text: Rc<str> = args[1..].join(" ").into();
    shell.status = 0;
    nest(shell, &text, shell.line).await?;
    Ok(shell.status)
}

async fn nest(shell: &mut Shell, text: &Rc<str>, first_line: u32) -> Result<(), Flow> {
    let script = parse(text, first_line);
    Box::pin(shell.run_parsed(&script, Tail::No)).await
}

/// `.`
pub(super) async fn source(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let Some(path) = args.get(1) else { return Ok(2) };
    let found =
        if path.contains('/') || shell.process.stat(path).is_ok() { Some(path.clone()) } else { in_path(shell, path) };
    let Some(found) = found else { return shell.fatal(&format!("{path}: not found")).await };
    let text: Rc<str> = match shell.process.read_file(&found) {
        Ok(text) => String::from_utf8_lossy(&text).into(),
        Err(error) => return shell.fatal(&format!("can't open '{path}': {error}")).await,
    };
    if shell.sourced >= MOST_SOURCED {
        return shell.fatal("maximum recursion depth exceeded").await;
    }
    let outer = (args.len() > 2).then(|| std::mem::replace(&mut shell.positional, args[2..].into()));
    shell.sourced += 1;
    shell.status = 0;
    shell.speaker = Some(found);
    let result = nest(shell, &text, FIRST_OF_A_FILE).await;
    shell.sourced -= 1;
    if let Some(outer) = outer {
        shell.positional = outer;
    }
    match result {
        Ok(()) | Err(Flow::Return) => Ok(shell.status),
        Err(flow) => Err(flow),
    }
}

pub(super) async fn exec(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let Some(name) = args.get(1) else { return Ok(0) };
    let path = shell.variables.get("PATH").cloned();
    let (folder, access) = (shell.process.folder(), shell.process.access());
    match shell.process.namespaces().look_up(name, path.as_deref(), &folder, access) {
        Ok(executable) => {
            let environment = shell.child_environment();
            let code = shell.process.exec(&executable, args[1..].into(), environment).await;
            Ok(code.0)
        }
        Err(error) => {
            let error = if name.is_empty() { Errno::Eacces } else { error };
            let (text, code) = if error == Errno::Enoent { ("not found", 127) } else { (error.message(), 126) };
            shell.fatal_with(code, &format!("{name}: {text}")).await
        }
    }
}

/// `command NAME …` runs a builtin or a program, but no function; `-v` and `-V` say what it is.
pub(super) async fn command(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    match args.get(1).map(|first| &**first) {
        None => Ok(0),
        Some("-v") => {
            // Only the first name counts.
            let mut status = 0;
            for name in args[2..].iter().take(1) {
                match found(shell, name) {
                    Some(Found::Program(path)) => shell.process.print(format!("{path}\n")).await,
                    Some(Found::Alias(value)) => {
                        shell.process.print(format!("alias {name}={}\n", super::quote(&value))).await;
                    }
                    Some(_) => shell.process.print(format!("{name}\n")).await,
                    None => status = 127,
                }
            }
            Ok(status)
        }
        Some("-V") => type_of(shell, &args[1..]).await,
        Some(first) => {
            let args = if first == "-p" { &args[2..] } else { &args[1..] };
            if let Some((name, builtin)) = args.first().and_then(|name| Some((name, super::find(name)?))) {
                let speaker = shell.speaker.replace(name.clone());
                let result = builtin(shell, args).await;
                shell.speaker = speaker;
                return result;
            }
            run(shell, args).await
        }
    }
}

async fn run(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let Some(name) = args.first() else { return Ok(0) };
    let text: Rc<str> = "\"$@\"".into();
    let outer = std::mem::replace(&mut shell.positional, args.into());
    let functions = std::mem::take(&mut shell.functions);
    let result = if name.is_empty() { Ok(()) } else { nest(shell, &text, shell.line).await };
    shell.functions = functions;
    shell.positional = outer;
    result.map(|()| shell.status)
}

enum Found {
    Alias(Rc<str>),
    Function,
    Builtin,
    Program(Rc<str>),
    Keyword,
}

fn found(shell: &Shell, name: &str) -> Option<Found> {
    const KEYWORDS: [&str; 13] =
        ["if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for", "!"];
    if KEYWORDS.contains(&name) {
        return Some(Found::Keyword);
    }
    if let Some(value) = shell.aliases.get(name) {
        return Some(Found::Alias(value.clone()));
    }
    if shell.functions.contains_key(name) {
        return Some(Found::Function);
    }
    if NAMES.contains(&name) {
        return Some(Found::Builtin);
    }
    in_path(shell, name).map(Found::Program)
}

pub(super) async fn type_of(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let mut status = 0;
    for name in &args[1..] {
        let text = match found(shell, name) {
            Some(Found::Alias(value)) => format!("{name} is an alias for {value}\n"),
            Some(Found::Keyword) => format!("{name} is a shell keyword\n"),
            Some(Found::Function) => format!("{name} is a function\n"),
            Some(Found::Builtin) if is_special(name) => format!("{name} is a special shell builtin\n"),
            Some(Found::Builtin) => format!("{name} is a shell builtin\n"),
            Some(Found::Program(path)) => format!("{name} is {path}\n"),
            None => {
                status = 127;
                format!("{name}: not found\n")
            }
        };
        shell.process.print(text).await;
    }
    Ok(status)
}

/// `hash [NAME]…`: nothing is remembered, but a name that PATH does not have is an error.
pub(super) async fn hash(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let mut status = 0;
    for name in args[1..].iter().filter(|arg| !arg.starts_with('-')) {
        if found(shell, name).is_none() {
            shell.complain(&format!("{name}: not found")).await;
            status = 1;
        }
    }
    Ok(status)
}
