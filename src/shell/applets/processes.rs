//! Words about processes: kill, killall, pgrep, pkill, pidof, ps, top.

use super::{fail_with, misused, options, own_name};
use crate::kernel::select::{Either, select};
use crate::kernel::{Disposition, ExitCode, Process, Signal};
use crate::shell::regex::{Dialect, Regex};
use std::rc::Rc;
use std::time::Duration;

pub(super) async fn kill(process: Process) -> ExitCode {
    kill_with(&process, "kill", &process.args()).await
}

/// `kill [-l] [-SIGNAL] PID…`, on behalf of the program or of the shell, whose messages begin with `name`.
pub(in crate::shell) async fn kill_with(process: &Process, name: &str, args: &[Rc<str>]) -> ExitCode {
    let mut rest = &args[1..];
    let mut signal = Some(Signal::TERM);
    if let Some(option) = rest.first().and_then(|first| first.strip_prefix('-')).map(str::to_owned)
        && !option.is_empty()
    {
        rest = &rest[1..];
        let text: Rc<str> = match option.as_str() {
            "l" => return list_signals(process, rest).await,
            "s" | "n" => {
                let text = rest.first().cloned().unwrap_or_default();
                rest = rest.get(1..).unwrap_or_default();
                text
            }
            "-" => "TERM".into(),
            other => other.into(),
        };
        signal = Signal::parse(&text);
        if signal.is_none() && &*text != "0" {
            process.complain(format!("{name}: bad signal name '{text}'\n")).await;
            return ExitCode::FAILURE;
        }
    }
    if rest.first().is_some_and(|first| &**first == "--") {
        rest = &rest[1..];
    }
    if rest.is_empty() {
        process.complain(format!("{name}: you need to specify whom to kill\n")).await;
        return ExitCode::FAILURE;
    }
    let mut code = ExitCode::SUCCESS;
    for text in rest {
        let Ok(target) = text.parse::<i64>() else {
            process.complain(format!("{name}: invalid number '{text}'\n")).await;
            code = ExitCode::FAILURE;
            continue;
        };
        if let Err(error) = process.kill(target, signal).await {
            process.complain(format!("{name}: can't kill pid {target}: {error}\n")).await;
            code = ExitCode::FAILURE;
        }
    }
    code
}

async fn list_signals(process: &Process, which: &[Rc<str>]) -> ExitCode {
    let line = |signal: Signal| signal.name().map(|name| format!("{:2}) {name}\n", signal.number()));
    let text: String = if which.is_empty() {
        (1..=31).filter_map(Signal::from_number).filter_map(line).collect()
    } else {
        let named = |text: &Rc<str>| match text.parse::<u8>() {
            Ok(number) => Signal::from_number(number & 127).and_then(Signal::name).map(|name| format!("{name}\n")),
            Err(_) => Signal::parse(text).map(|signal| format!("{}\n", signal.number())),
        };
        which.iter().filter_map(named).collect()
    };
    process.print(text).await;
    ExitCode::SUCCESS
}

/// The name of a process's program, without its folder.
fn program_name(process: &Process) -> String {
    let args = process.args();
    args.first().and_then(|name| name.rsplit('/').next()).unwrap_or_default().to_owned()
}

fn named(process: &Process, name: &str) -> Vec<Process> {
    let mut found = process.namespaces().processes();
    found.retain(|other| other.pid() != process.pid() && other.status().is_none() && program_name(other) == name);
    found
}

pub(super) async fn killall(process: Process) -> ExitCode {
    let args = process.args();
    let (mut signal, mut quiet, mut code) = (Some(Signal::TERM), false, ExitCode::SUCCESS);
    for arg in &args[1..] {
        if let Some(option) = arg.strip_prefix('-') {
            match option {
                "q" => quiet = true,
                option => signal = Signal::parse(option),
            }
            continue;
        }
        let found = named(&process, arg);
        if found.is_empty() {
            if !quiet {
                process.complain(format!("killall: {arg}: no process killed\n")).await;
            }
            code = ExitCode::FAILURE;
        }
        for target in found {
            let _ = process.kill(i64::from(target.pid()), signal).await;
        }
    }
    code
}

pub(super) async fn pidof(process: Process) -> ExitCode {
    let args = process.args();
    let found = args[1..].iter().flat_map(|name| named(&process, name));
    let pids: Vec<String> = found.map(|found| found.pid().to_string()).collect();
    if pids.is_empty() {
        return ExitCode::FAILURE;
    }
    process.print(pids.join(" ") + "\n").await;
    ExitCode::SUCCESS
}

/// `pgrep [-flx] PATTERN`, `pkill [-SIGNAL] [-fx] PATTERN`
pub(super) async fn pgrep(process: Process) -> ExitCode {
    let kills = &*own_name(&process) == "pkill";
    let mut args = process.args().to_vec();
    let mut signal = Some(Signal::TERM);
    if let Some(at) = args.iter().position(|arg| kills && arg.strip_prefix('-').and_then(Signal::parse).is_some()) {
        signal = args.remove(at).strip_prefix('-').and_then(Signal::parse);
    }
    let options = match super::Options::parse(&args, "flxonv") {
        Ok(options) => options,
        Err(message) => return misused(&process, &message).await,
    };
    let Some(pattern) = options.operands.first() else { return fail_with(&process, "missing pattern").await };
    let pattern = if options.has('x') { format!("^({pattern})$") } else { pattern.to_string() };
    let expression = match Regex::new(&pattern, Dialect::Extended, false) {
        Ok(expression) => expression,
        Err(message) => return fail_with(&process, &message).await,
    };
    let mut code = ExitCode::FAILURE;
    for other in process.namespaces().processes() {
        let whole = other.args().join(" ");
        let text = if options.has('f') { whole.clone() } else { program_name(&other) };
        if other.pid() == process.pid() || other.status().is_some() || !expression.is_match(&text) {
            continue;
        }
        code = ExitCode::SUCCESS;
        if kills {
            let _ = process.kill(i64::from(other.pid()), signal).await;
        } else if options.has('l') {
            process.print(format!("{} {whole}\n", other.pid())).await;
        } else {
            process.print(format!("{}\n", other.pid())).await;
        }
    }
    code
}

/// The signals that `top` catches to end in order (busybox, procps/top.c; BB_FATAL_SIGS).
const ENDS_TOP: [Signal; 4] = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM];

/// `top [-b] [-n COUNT] [-d SECONDS]`. Memory and processor are not simulated, so its figures for them are zero.
pub(super) async fn top(process: Process) -> ExitCode {
    let options = options!(process, "bn:d:m");
    let pause = Duration::from_secs(options.number('d').unwrap_or(5).max(1));
    for signal in ENDS_TOP {
        let _ = process.set_disposition(signal, Disposition::Handle);
    }
    let mut left = options.number('n').unwrap_or(u64::MAX);
    while left > 0 {
        let mut text = String::from("Mem: 0K used, 0K free, 0K shrd, 0K buff, 0K cached\n");
        text.push_str("CPU:   0% usr   0% sys   0% nic 100% idle   0% io   0% irq   0% sirq\n");
        text.push_str("Load average: 0.00 0.00 0.00 1/1 1\n  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND\n");
        for other in process.namespaces().processes() {
            let state = if other.pid() == process.pid() { 'R' } else { 'S' };
            let (pid, parent, command) = (other.pid(), other.parent(), other.args().join(" "));
            text.push_str(&format!(
                "{pid:5} {parent:5} {:<8} {state}        0   0%   0   0% {command}\n",
                user(&other)
            ));
        }
        if process.write(1, text.as_bytes()).await.is_err() {
            return ExitCode::FAILURE;
        }
        left -= 1;
        if left > 0 && matches!(select(process.sleep(pause), process.signal_arrived()).await, Either::Right(())) {
            return ExitCode(128 + process.take_signal().map_or(0, Signal::number));
        }
    }
    ExitCode::SUCCESS
}

/// Whom a process belongs to.
fn user(process: &Process) -> String {
    match process.access().owner.user {
        0 => "root".to_owned(),
        user => user.to_string(),
    }
}

/// A column of `ps` (busybox, procps/ps.c): its name, its heading, how wide it is unless it is the last.
struct Column {
    name: &'static str,
    heading: &'static str,
    width: usize,
    value: fn(&Process) -> String,
}

const COLUMNS: [Column; 6] = [
    Column { name: "pid", heading: "PID", width: 5, value: |process| format!("{:5}", process.pid()) },
    Column { name: "ppid", heading: "PPID", width: 5, value: |process| format!("{:5}", process.parent()) },
    Column { name: "user", heading: "USER", width: 8, value: user },
    Column { name: "time", heading: "TIME", width: 5, value: |_| " 0:00".to_owned() },
    Column { name: "comm", heading: "COMMAND", width: 16, value: program_name },
    Column { name: "args", heading: "COMMAND", width: 256, value: command_line },
];

/// The arguments of a process; the name alone of one that has ended and was not waited for.
fn command_line(process: &Process) -> String {
    match process.status() {
        None => process.args().join(" "),
        Some(_) => format!("[{}]", program_name(process)),
    }
}

/// `ps [-o COLUMN,COLUMN=HEADING]`; Debian's busybox is built without times and heeds no other letter.
pub(super) async fn ps(process: Process) -> ExitCode {
    let options = options!(process, "o:TaAdefHlwxu");
    let asked = options.value('o').cloned().unwrap_or_else(|| "pid,user,args".into());
    let (mut columns, mut headings) = (Vec::new(), Vec::new());
    for word in asked.split(',') {
        let (name, heading) = word.split_once('=').map_or((word, None), |(name, heading)| (name, Some(heading)));
        let Some(column) = COLUMNS.iter().find(|column| column.name == name) else {
            return fail_with(&process, &format!("bad -o argument '{name}', supported arguments: {}", names())).await;
        };
        columns.push(column);
        headings.push(heading.unwrap_or(column.heading).to_owned());
    }
    let mut text = padded(&columns, headings);
    for other in process.namespaces().processes() {
        text.push_str(&padded(&columns, columns.iter().map(|column| (column.value)(&other)).collect()));
    }
    match process.write(1, text.as_bytes()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail_with(&process, &format!("write error: {error}")).await,
    }
}

fn names() -> String {
    COLUMNS.map(|column| column.name).join(",")
}

/// A line of `ps`: every column but the last has its width.
fn padded(columns: &[&Column], fields: Vec<String>) -> String {
    let widths = columns.iter().map(|column| column.width);
    let line: Vec<String> = fields.iter().zip(widths).map(|(field, width)| format!("{field:<width$}")).collect();
    format!("{}\n", line.join(" ").trim_end())
}
