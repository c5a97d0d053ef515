//! Words about the text of files: head, tail, wc; and what the words about text share: their input, their output.

use super::{Options, fail_with, misused, options};
use crate::kernel::calls::MOST_COLLECTED;
use crate::kernel::files::FileKind;
use crate::kernel::{Description, Errno, ExitCode, Opening, Process};
use std::rc::Rc;
use std::time::Duration;

/// What a file, or standard input for `-`, holds.
pub(super) async fn content(process: &Process, path: &str) -> Result<Vec<u8>, Errno> {
    if path == "-" {
        return process.read_to_end(0).await;
    }
    match process.stat(path)?.kind {
        FileKind::Device => start_of(&*process.open(path, Opening::Read)?, |_| false).await,
        _ => process.read_file(path).map(|bytes| bytes.to_vec()),
    }
}

/// What is read until there is enough, there is no more, or it is as much as one value may hold.
async fn start_of(source: &Description, is_enough: impl Fn(&[u8]) -> bool) -> Result<Vec<u8>, Errno> {
    let mut all = Vec::new();
    while !is_enough(&all) && all.len() < MOST_COLLECTED {
        let bytes = source.read(4096).await?;
        if bytes.is_empty() {
            break;
        }
        all.extend(bytes);
    }
    Ok(all)
}

pub(super) fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Everything in the files named, or in standard input; complaints are printed in the way of `cat`.
pub(super) async fn all_input(process: &Process, paths: &[Rc<str>], code: &mut ExitCode) -> String {
    let standard = [Rc::from("-")];
    let paths = if paths.is_empty() { &standard } else { paths };
    let mut all = Vec::new();
    for path in paths {
        match content(process, path).await {
            Ok(bytes) => all.extend(bytes),
            Err(error) => *code = fail_with(process, &format!("{path}: {error}")).await,
        }
    }
    text_of(&all)
}

/// What stdio keeps back before it writes.
const BUFFER: usize = 4096;

/// Prints by way of stdio: an error before the last of it leaves only the knowledge that there was one, one at the very end
/// changes no exit code (busybox, libbb/fflush_stdout_and_exit.c, die_if_ferror).
async fn printed(process: &Process, text: &[u8], code: ExitCode) -> ExitCode {
    match process.write(1, text).await {
        Ok(()) => code,
        Err(_) if text.len() > BUFFER => fail_with(process, "standard output: I/O error").await,
        Err(error) => {
            fail_with(process, &format!("standard output: {error}")).await;
            code
        }
    }
}

pub(super) async fn write(process: &Process, text: impl AsRef<[u8]>, code: ExitCode) -> ExitCode {
    match process.write(1, text.as_ref()).await {
        Ok(()) => code,
        Err(error) => fail_with(process, &format!("write error: {error}")).await,
    }
}

/// `-5` as head and tail take it: `-n 5`.
fn with_count_option(args: &[Rc<str>]) -> Vec<Rc<str>> {
    let mut result: Vec<Rc<str>> = Vec::new();
    for arg in args {
        let digits =
            arg.strip_prefix('-').filter(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
        // `tail +3` is as old as `tail -3`.
        let from_start = arg.strip_prefix('+').is_some_and(|rest| rest.parse::<u64>().is_ok());
        let is_value = result.last().is_some_and(|before| matches!(&**before, "-n" | "-c"));
        match digits {
            Some(digits) if !is_value => result.extend(["-n".into(), digits.into()]),
            None if from_start && !is_value && result.len() == 1 => result.extend(["-n".into(), arg.clone()]),
            _ => result.push(arg.clone()),
        }
    }
    result
}

/// How many lines (`-n`) or bytes (`-c`) are wanted, as a sign or none, and the number; with a unit: b, k, m.
struct Count {
    sign: Option<char>,
    size: usize,
    bytes: bool,
}

impl Count {
    fn new(options: &Options) -> Result<Self, String> {
        let bytes = options.has('c');
        let text = options.value(if bytes { 'c' } else { 'n' }).map_or("10", |text| &**text);
        let sign = text.chars().next().filter(|sign| matches!(sign, '-' | '+'));
        let digits = text.trim_start_matches(['-', '+']);
        let unit = match digits.chars().last() {
            Some('b') => 512,
            Some('k') => 1024,
            Some('m') => 1024 * 1024,
            _ => 1,
        };
        let number = if unit > 1 { &digits[..digits.len() - 1] } else { digits };
        let size: usize = number.parse().map_err(|_| format!("invalid number '{text}'"))?;
        Ok(Self { sign, size: size.saturating_mul(unit), bytes })
    }
}

pub(super) async fn head(process: Process) -> ExitCode {
    let options = match Options::parse(&with_count_option(&process.args()), "n:c:qv") {
        Ok(options) => options,
        Err(message) => return misused(&process, &message).await,
    };
    let count = match Count::new(&options) {
        Ok(count) => count,
        Err(message) => return fail_with(&process, &message).await,
    };
    let mut code = ExitCode::SUCCESS;
    let standard = vec![Rc::from("-")];
    let paths = if options.operands.is_empty() { &standard } else { &options.operands };
    for (index, path) in paths.iter().enumerate() {
        let bytes = match needed_start(&process, path, &count).await {
            Ok(bytes) => bytes,
            Err(error) => {
                code = fail_with(&process, &format!("{path}: {error}")).await;
                continue;
            }
        };
        if paths.len() > 1 && !options.has('q') || options.has('v') {
            process.print(format!("{}==> {path} <==\n", if index > 0 { "\n" } else { "" })).await;
        }
        code = printed(&process, first(&bytes, &count), code).await;
    }
    code
}

/// As much of a file or of standard input as is needed, so that an endless one comes to an end.
async fn needed_start(process: &Process, path: &str, count: &Count) -> Result<Vec<u8>, Errno> {
    let source =
        if path == "-" { process.descriptor(0).ok_or(Errno::Ebadf)? } else { process.open(path, Opening::Read)? };
    let is_enough = |all: &[u8]| match count.sign {
        Some('-') => false,
        _ if count.bytes => all.len() >= count.size,
        _ => all.iter().filter(|byte| **byte == b'\n').count() >= count.size,
    };
    start_of(&source, is_enough).await
}

fn first<'a>(bytes: &'a [u8], count: &Count) -> &'a [u8] {
    let all_but = count.sign == Some('-');
    if count.bytes {
        return &bytes[..if all_but { bytes.len().saturating_sub(count.size) } else { bytes.len().min(count.size) }];
    }
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let wanted = if all_but { lines.clone().count().saturating_sub(count.size) } else { count.size };
    &bytes[..lines.take(wanted).map(<[u8]>::len).sum()]
}

pub(super) async fn tail(process: Process) -> ExitCode {
    let options = match Options::parse(&with_count_option(&process.args()), "n:c:fFqvs:") {
        Ok(options) => options,
        Err(message) => return misused(&process, &message).await,
    };
    let count = match Count::new(&options) {
        Ok(count) => count,
        Err(message) => return fail_with(&process, &message).await,
    };
    let mut code = ExitCode::SUCCESS;
    let standard = vec![Rc::from("-")];
    let paths = if options.operands.is_empty() { &standard } else { &options.operands };
    let (mut followed, mut awaited, mut shown) = (Vec::new(), Vec::new(), 0);
    for path in paths {
        let bytes = match content(&process, path).await {
            Ok(bytes) => bytes,
            Err(error) => {
                code = fail_with(&process, &format!("can't open '{path}': {error}")).await;
                if options.has('F') {
                    followed.push((path.clone(), 0));
                    awaited.push(path.clone());
                }
                continue;
            }
        };
        if paths.len() > 1 && !options.has('q') || options.has('v') {
            process.print(format!("{}==> {path} <==\n", if shown > 0 { "\n" } else { "" })).await;
        }
        shown += 1;
        code = write(&process, last(&bytes, &count), code).await;
        followed.push((path.clone(), bytes.len() as u64));
    }
    if shown == 0 && followed.is_empty() {
        return fail_with(&process, "no files").await;
    }
    if options.has('f') || options.has('F') {
        follow(&process, followed, awaited).await;
    }
    code
}

fn last<'a>(bytes: &'a [u8], count: &Count) -> &'a [u8] {
    let skips = count.sign == Some('+');
    let left_out = count.size.saturating_sub(1);
    if count.bytes {
        let start = if skips { left_out } else { bytes.len().saturating_sub(count.size) };
        return &bytes[start.min(bytes.len())..];
    }
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let skipped = if skips { left_out } else { lines.clone().count().saturating_sub(count.size) };
    &bytes[lines.take(skipped).map(<[u8]>::len).sum::<usize>()..]
}

/// Looks every second for what was added.
async fn follow(process: &Process, mut files: Vec<(Rc<str>, u64)>, mut awaited: Vec<Rc<str>>) {
    loop {
        process.sleep(Duration::from_secs(1)).await;
        for (path, done) in &mut files {
            let Ok(bytes) = process.read_file(path) else { continue };
            if awaited.contains(path) {
                awaited.retain(|known| known != path);
                process.complain(format!("tail: {path} has appeared; following end of new file\n")).await;
            }
            if (bytes.len() as u64) < *done {
                *done = 0;
            }
            if process.write(1, &bytes[*done as usize..]).await.is_err() {
                return;
            }
            *done = bytes.len() as u64;
        }
    }
}

pub(super) async fn wc(process: Process) -> ExitCode {
    let options = options!(process, "lwcmL");
    let mut code = ExitCode::SUCCESS;
    let letters: Vec<char> = "lwmcL".chars().filter(|letter| options.has(*letter)).collect();
    let letters = if letters.is_empty() { vec!['l', 'w', 'c'] } else { letters };
    let standard = vec![Rc::from("-")];
    let paths = if options.operands.is_empty() { &standard } else { &options.operands };
    let (mut total, mut text) = (vec![0; letters.len()], String::new());
    let alone = letters.len() == 1 && paths.len() == 1;
    let line = |counts: &[usize], name: &str| {
        let columns: Vec<String> =
            counts.iter().map(|count| if alone { count.to_string() } else { format!("{count:9}") }).collect();
        let name = if name.is_empty() { String::new() } else { format!(" {name}") };
        format!("{}{name}\n", columns.join(" "))
    };
    for path in paths {
        let bytes = match content(&process, path).await {
            Ok(bytes) => bytes,
            Err(error) => {
                code = fail_with(&process, &format!("{path}: {error}")).await;
                continue;
            }
        };
        let counts: Vec<usize> = letters.iter().map(|letter| count(*letter, &bytes)).collect();
        for (sum, count) in total.iter_mut().zip(&counts) {
            *sum += count;
        }
        text.push_str(&line(&counts, if options.operands.is_empty() { "" } else { path }));
    }
    if paths.len() > 1 {
        text.push_str(&line(&total, "total"));
    }
    write(&process, text, code).await
}

fn count(letter: char, bytes: &[u8]) -> usize {
    match letter {
        'l' => bytes.iter().filter(|byte| **byte == b'\n').count(),
        'w' => text_of(bytes).split_whitespace().count(),
        'm' => text_of(bytes).chars().count(),
        'L' => text_of(bytes).lines().map(|line| line.chars().count()).max().unwrap_or(0),
        _ => bytes.len(),
    }
}
