//! The smallest words: true, echo, sleep, test, env, yes.

use super::{Options, fail_with, misused, own_name, usage};
use crate::kernel::{Environment, Errno, ExitCode, Process};
use std::time::Duration;

pub(super) async fn succeed(_: Process) -> ExitCode {
    ExitCode::SUCCESS
}

pub(super) async fn fail(_: Process) -> ExitCode {
    ExitCode::FAILURE
}

pub(super) async fn echo(process: Process) -> ExitCode {
    let text = crate::shell::builtins::echo(&process.args()[1..]);
    write(&process, &text).await
}

pub(super) async fn printf(process: Process) -> ExitCode {
    let args = process.args();
    let Some(template) = args.get(1) else {
        return usage(&process).await;
    };
    let (text, problems) = crate::shell::builtins::format(template, &args[2..]);
    let mut code = write(&process, &text).await;
    for problem in problems {
        code = fail_with(&process, &problem).await;
    }
    code
}

async fn write(process: &Process, bytes: &[u8]) -> ExitCode {
    match process.write(1, bytes).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail_with(process, &format!("write error: {error}")).await,
    }
}

pub(super) async fn test(process: Process) -> ExitCode {
    let mut args = process.args().to_vec();
    args[0] = own_name(&process);
    let verdict: crate::shell::builtins::Verdict = crate::shell::builtins::test_verdict(&process, &args);
    match verdict {
        Ok(verdict) => ExitCode(u8::from(!verdict)),
        Err(message) => {
            fail_with(&process, &message).await;
            ExitCode(2)
        }
    }
}

/// `sleep 1.5 2m`: the sum of all; with units s, m, h, d.
pub(super) async fn sleep(process: Process) -> ExitCode {
    let args = process.args();
    if args.len() < 2 {
        return usage(&process).await;
    }
    let mut whole = Duration::ZERO;
    for arg in &args[1..] {
        match span(arg) {
            Some(span) => whole = whole.saturating_add(span),
            None if &**arg == "infinity" || &**arg == "inf" => whole = Duration::from_secs(u32::MAX.into()),
            None => return fail_with(&process, &format!("invalid number '{arg}'")).await,
        }
    }
    process.sleep(whole).await;
    ExitCode::SUCCESS
}

/// A span of time such as `1.5`, `2m`, `1h`.
pub(super) fn span(text: &str) -> Option<Duration> {
    let (number, unit) = match text.as_bytes().last()? {
        b's' => (&text[..text.len() - 1], 1.0),
        b'm' => (&text[..text.len() - 1], 60.0),
        b'h' => (&text[..text.len() - 1], 3600.0),
        b'd' => (&text[..text.len() - 1], 86400.0),
        _ => (text, 1.0),
    };
    if !number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let seconds = number.parse::<f64>().ok()? * unit;
    Some(Duration::from_micros((seconds.min(4e9) * 1e6).round() as u64))
}

pub(super) async fn usleep(process: Process) -> ExitCode {
    let micros = process.args().get(1).and_then(|text| text.parse().ok()).unwrap_or(0);
    process.sleep(Duration::from_micros(micros)).await;
    ExitCode::SUCCESS
}

pub(super) async fn yes(process: Process) -> ExitCode {
    let args = process.args();
    let line = if args.len() > 1 { args[1..].join(" ") } else { "y".to_owned() } + "\n";
    let block = line.repeat(1 + 1024 / line.len());
    while process.write(1, block.as_bytes()).await.is_ok() {}
    ExitCode::FAILURE
}

/// `env [-i0] [-u NAME] [-] [NAME=VALUE]… [PROGRAM [ARG]…]`
pub(super) async fn env(process: Process) -> ExitCode {
    let options = match Options::parse(&process.args(), "+iu:0") {
        Ok(options) => options,
        Err(message) => return misused(&process, &message).await,
    };
    let mut operands = options.operands.as_slice();
    let mut environment = process.environment();
    let bare = operands.first().is_some_and(|operand| &**operand == "-");
    if options.has('i') || bare {
        environment = Environment::new();
        operands = &operands[usize::from(bare)..];
    }
    for (_, name) in options.letters.iter().filter(|(letter, _)| *letter == 'u') {
        environment.remove(name.as_deref().unwrap_or_default());
    }
    while let Some((name, value)) = operands.first().and_then(|operand| operand.split_once('=')) {
        environment.set(name, value);
        operands = &operands[1..];
    }
    if let Some(name) = operands.first() {
        process.set_environment(environment.clone());
        return match process.find_program(name) {
            Ok(executable) => process.exec(&executable, operands.into(), environment).await,
            Err(error) => {
                fail_with(&process, &format!("can't execute '{name}': {error}")).await;
                ExitCode(if error == Errno::Enoent { 127 } else { 126 })
            }
        };
    }
    let end = if options.has('0') { '\0' } else { '\n' };
    let text: String = environment.iter().map(|(name, value)| format!("{name}={value}{end}")).collect();
    write(&process, text.as_bytes()).await
}
