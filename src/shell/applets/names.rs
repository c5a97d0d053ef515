//! Words about names of files: basename, dirname, pwd, readlink, realpath, mktemp.

use super::{complain, fail_with, options, usage};
use crate::kernel::{ExitCode, Process};

pub(super) async fn basename(process: Process) -> ExitCode {
    let options = options!(process, "+as:");
    let all = options.has('a') || options.has('s');
    let (paths, suffix) = match options.operands.as_slice() {
        [] => return usage(&process).await,
        paths if all => (paths, options.value('s')),
        [path] => (std::slice::from_ref(path), None),
        [path, suffix] => (std::slice::from_ref(path), Some(suffix)),
        _ => return usage(&process).await,
    };
    for path in paths {
        let trimmed = path.trim_end_matches('/');
        let name =
            if trimmed.is_empty() && !path.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or_default() };
        let name = match suffix.and_then(|suffix| name.strip_suffix(&**suffix)) {
            Some(short) if !short.is_empty() => short,
            _ => name,
        };
        process.print(format!("{name}\n")).await;
    }
    ExitCode::SUCCESS
}

/// The folder that the system knows, whatever PWD says.
pub(super) async fn pwd(process: Process) -> ExitCode {
    process.print(format!("{}\n", process.folder())).await;
    ExitCode::SUCCESS
}

pub(super) async fn dirname(process: Process) -> ExitCode {
    let options = options!(process, "+");
    let [path] = options.operands.as_slice() else { return usage(&process).await };
    let trimmed = path.trim_end_matches('/');
    let above = match trimmed.rsplit_once('/') {
        Some((above, _)) => above.trim_end_matches('/'),
        None if trimmed.is_empty() && !path.is_empty() => "",
        None => ".",
    };
    process.print(format!("{}\n", if above.is_empty() { "/" } else { above })).await;
    ExitCode::SUCCESS
}

pub(super) async fn readlink(process: Process) -> ExitCode {
    let options = options!(process, "fnem");
    let Some(path) = options.operands.first() else { return usage(&process).await };
    let shown = if options.has('f') {
        process.real_path(path).ok()
    } else {
        process.stat_link(path).ok().and_then(|stat| stat.target).map(|target| target.to_string())
    };
    let Some(shown) = shown else { return ExitCode::FAILURE };
    process.print(if options.has('n') { shown } else { shown + "\n" }).await;
    ExitCode::SUCCESS
}

pub(super) async fn realpath(process: Process) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for path in process.args().iter().skip(1) {
        match process.real_path(path) {
            Ok(path) => process.print(path + "\n").await,
            Err(error) => complain(&process, &mut code, format!("{path}: {error}")).await,
        }
    }
    code
}

pub(super) async fn mktemp(process: Process) -> ExitCode {
    let options = options!(process, "dtqup:");
    let folder = options.value('p').cloned().unwrap_or_else(|| "/tmp".into());
    let template = match options.operands.first() {
        Some(template) => template.to_string(),
        None => format!("{folder}/tmp.XXXXXX"),
    };
    let stem = template.trim_end_matches('X');
    for number in process.pid().. {
        let path = format!("{stem}{:0>width$}", radix(number), width = template.len() - stem.len());
        if process.stat(&path).is_ok() {
            continue;
        }
        let made = if options.has('d') { process.make_folder(&path) } else { process.touch(&path) };
        return match made {
            Ok(()) => {
                process.print(path + "\n").await;
                ExitCode::SUCCESS
            }
            Err(error) => fail_with(&process, &format!("{template}: {error}")).await,
        };
    }
    ExitCode::FAILURE
}

fn radix(mut number: u32) -> String {
    const DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
    let mut text = String::new();
    while number > 0 {
        text.insert(0, char::from(DIGITS[(number % 26) as usize]));
        number /= 26;
    }
    text
}
