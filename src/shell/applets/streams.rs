//! Words that make or copy bytes: seq, dd.

use super::fail_with;
use super::text::write;
use crate::kernel::{ExitCode, Opening, Process};

/// The most lines `seq` counts.
const MOST_LINES: i64 = 10_000_000;

/// `seq [-s SEP] [-w] [FIRST [STEP]] LAST`
pub(super) async fn seq(process: Process) -> ExitCode {
    let args = process.args();
    let (mut separator, mut wide, mut numbers) = ("\n".to_owned(), false, Vec::new());
    let mut rest = args.iter().skip(1);
    while let Some(arg) = rest.next() {
        match &**arg {
            "-s" => separator = rest.next().map(ToString::to_string).unwrap_or_default(),
            "-w" => wide = true,
            text if text.starts_with("-s") => separator = text[2..].to_owned(),
            text => match text.parse::<i64>() {
                Ok(number) => numbers.push(number),
                Err(_) => return fail_with(&process, &format!("invalid number '{text}'")).await,
            },
        }
    }
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] if *step != 0 => (*first, *step, *last),
        _ => return ExitCode::FAILURE,
    };
    let width = if wide { first.to_string().len().max(last.to_string().len()) } else { 0 };
    let (mut number, mut block, mut left) = (first, String::new(), MOST_LINES);
    while left > 0 && (step > 0 && number <= last || step < 0 && number >= last) {
        if number != first {
            block.push_str(&separator);
        }
        block.push_str(&format!("{number:0width$}"));
        let Some(next) = number.checked_add(step) else { break };
        number = next;
        left -= 1;
        if block.len() > 4096 {
            if process.write(1, block.as_bytes()).await.is_err() {
                return ExitCode::FAILURE;
            }
            block.clear();
        }
    }
    if left < MOST_LINES {
        block.push('\n');
    }
    write(&process, block, ExitCode::SUCCESS).await
}

/// `dd [if=F] [of=F] [bs=N] [count=N]`; Debian's busybox is built without the line that tells the speed.
pub(super) async fn dd(process: Process) -> ExitCode {
    let args = process.args();
    let value = |name: &str| args.iter().find_map(|arg| arg.strip_prefix(name)?.strip_prefix('='));
    let size = |text: &str| {
        let digits = text.trim_end_matches(|next: char| !next.is_ascii_digit());
        let unit = match &text[digits.len()..] {
            "k" | "K" => 1 << 10,
            "M" => 1 << 20,
            "G" => 1 << 30,
            _ => 1,
        };
        digits.parse::<u64>().ok().map(|number| number.saturating_mul(unit))
    };
    let block = value("bs").and_then(size).unwrap_or(512).clamp(1, 64 << 20) as usize;
    let count = value("count").and_then(size).unwrap_or(u64::MAX);
    let open = |path: Option<&str>, number, opening| match path {
        Some(path) => process.open(path, opening).map_err(|error| format!("can't open '{path}': {error}")),
        None => process.descriptor(number).ok_or_else(|| "can't open: Bad file descriptor".to_owned()),
    };
    let opened =
        open(value("if"), 0, Opening::Read).and_then(|input| Ok((input, open(value("of"), 1, Opening::Truncate)?)));
    let (input, output) = match opened {
        Ok(opened) => opened,
        Err(message) => return fail_with(&process, &message).await,
    };
    let (mut read_in, mut written, mut code) = ([0u64; 2], [0u64; 2], ExitCode::SUCCESS);
    while read_in[0] + read_in[1] < count {
        process.work(10).await;
        let Ok(read) = input.read(block).await else { break };
        if read.is_empty() {
            break;
        }
        let part = usize::from(read.len() != block);
        read_in[part] += 1;
        if let Err(error) = output.write(&read, process.now()).await {
            code =
                fail_with(&process, &format!("error writing '{}': {error}", value("of").unwrap_or("standard output")))
                    .await;
            break;
        }
        written[part] += 1;
    }
    let ([whole, part], [whole_out, part_out]) = (read_in, written);
    process.complain(format!("{whole}+{part} records in\n{whole_out}+{part_out} records out\n")).await;
    code
}
