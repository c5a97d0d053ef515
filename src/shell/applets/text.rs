//! Words about lines of text: head, tail, wc, sort, uniq, cut, tr, tac, rev, seq, expr, digests.

use super::files::options;
use super::{Options, fail_with};
use crate::kernel::calls::MOST_COLLECTED;
use crate::kernel::files::FileKind;
use crate::kernel::{Description, Errno, ExitCode, Opening, Process};
use crate::shell::pattern::in_class;
use std::rc::Rc;
use std::time::Duration;

/// The most lines `seq` counts.
const MOST_LINES: i64 = 10_000_000;

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
async fn all_input(process: &Process, paths: &[Rc<str>], code: &mut ExitCode) -> String {
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

async fn write(process: &Process, text: impl AsRef<[u8]>, code: ExitCode) -> ExitCode {
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
        let is_value = result.last().is_some_and(|before| matches!(&**before, "-n" | "-c"));
        match digits {
            Some(digits) if !is_value => result.extend(["-n".into(), digits.into()]),
            _ => result.push(arg.clone()),
        }
    }
    result
}

pub(super) async fn head(process: Process) -> ExitCode {
    let options = match Options::parse(&with_count_option(&process.args()), "n:c:qv") {
        Ok(options) => options,
        Err(message) => return fail_with(&process, &message).await,
    };
    let mut code = ExitCode::SUCCESS;
    let standard = vec![Rc::from("-")];
    let paths = if options.operands.is_empty() { &standard } else { &options.operands };
    for (index, path) in paths.iter().enumerate() {
        let bytes = match needed_start(&process, path, &options).await {
            Ok(bytes) => bytes,
            Err(error) => {
                code = fail_with(&process, &format!("{path}: {error}")).await;
                continue;
            }
        };
        if paths.len() > 1 && !options.has('q') || options.has('v') {
            process.print(format!("{}==> {path} <==\n", if index > 0 { "\n" } else { "" })).await;
        }
        code = write(&process, first(&bytes, &options), code).await;
    }
    code
}

/// As much of a file or of standard input as is needed, so that an endless one comes to an end.
async fn needed_start(process: &Process, path: &str, options: &Options) -> Result<Vec<u8>, Errno> {
    let source =
        if path == "-" { process.descriptor(0).ok_or(Errno::Ebadf)? } else { process.open(path, Opening::Read)? };
    let counts_from_end = options.value('n').is_some_and(|text| text.starts_with('-'));
    let lines = options.number('n').unwrap_or(10) as usize;
    let is_enough = |all: &[u8]| match options.number('c') {
        Some(count) => all.len() >= count as usize,
        None => !counts_from_end && all.iter().filter(|byte| **byte == b'\n').count() >= lines,
    };
    start_of(&source, is_enough).await
}

fn first<'a>(bytes: &'a [u8], options: &Options) -> &'a [u8] {
    if let Some(count) = options.number('c') {
        return &bytes[..bytes.len().min(count as usize)];
    }
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let count = match options.value('n').map(|text| &**text) {
        Some(text) if text.starts_with('-') => lines.clone().count().saturating_sub(text[1..].parse().unwrap_or(0)),
        text => text.map_or(10, |text| text.parse().unwrap_or(10)),
    };
    &bytes[..lines.take(count).map(<[u8]>::len).sum()]
}

pub(super) async fn tail(process: Process) -> ExitCode {
    let options = match Options::parse(&with_count_option(&process.args()), "n:c:fFqvs:") {
        Ok(options) => options,
        Err(message) => return fail_with(&process, &message).await,
    };
    let mut code = ExitCode::SUCCESS;
    let standard = vec![Rc::from("-")];
    let paths = if options.operands.is_empty() { &standard } else { &options.operands };
    let (mut followed, mut shown) = (Vec::new(), 0);
    for path in paths {
        let bytes = match content(&process, path).await {
            Ok(bytes) => bytes,
            Err(error) => {
                code = fail_with(&process, &format!("can't open '{path}': {error}")).await;
                continue;
            }
        };
        if paths.len() > 1 && !options.has('q') || options.has('v') {
            process.print(format!("{}==> {path} <==\n", if shown > 0 { "\n" } else { "" })).await;
        }
        shown += 1;
        code = write(&process, last(&bytes, &options), code).await;
        followed.push((path.clone(), bytes.len() as u64));
    }
    if shown == 0 {
        return fail_with(&process, "no files").await;
    }
    if options.has('f') || options.has('F') {
        follow(&process, followed).await;
    }
    code
}

fn last<'a>(bytes: &'a [u8], options: &Options) -> &'a [u8] {
    let text = options.value('c').or_else(|| options.value('n')).map_or("10", |text| &**text);
    let (from_start, count) = match text.strip_prefix('+') {
        Some(count) => (true, count.parse::<usize>().unwrap_or(1).saturating_sub(1)),
        None => (false, text.trim_start_matches('-').parse::<usize>().unwrap_or(10)),
    };
    if options.has('c') {
        let start = if from_start { count } else { bytes.len().saturating_sub(count) };
        return &bytes[start.min(bytes.len())..];
    }
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let skipped = if from_start { count } else { lines.clone().count().saturating_sub(count) };
    &bytes[lines.take(skipped).map(<[u8]>::len).sum::<usize>()..]
}

/// Looks every second for what was added.
async fn follow(process: &Process, mut files: Vec<(Rc<str>, u64)>) {
    loop {
        process.sleep(Duration::from_secs(1)).await;
        for (path, done) in &mut files {
            let Ok(bytes) = process.read_file(path) else { continue };
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
    let wide = letters.len() > 1 || paths.len() > 1;
    let line = |counts: &[usize], name: &str| {
        let alone = letters.len() == 1;
        let columns: Vec<String> =
            counts.iter().map(|count| if alone { count.to_string() } else { format!("{count:9}") }).collect();
        let name = if name.is_empty() { String::new() } else { format!(" {name}") };
        format!("{}{name}\n", columns.join(if wide && !alone { " " } else { "" }))
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

pub(super) async fn sort(process: Process) -> ExitCode {
    let options = options!(process, "nrufbk:t:o:zsdiM");
    let mut code = ExitCode::SUCCESS;
    let text = all_input(&process, &options.operands, &mut code).await;
    let mut lines: Vec<&str> = text.lines().collect();
    let fields = options.value('k').map(|key| {
        let (from, to) = key.split_once(',').unwrap_or((key, ""));
        let number = |text: &str| {
            text.trim_end_matches(|next: char| !next.is_ascii_digit())
                .split('.')
                .next()
                .and_then(|text| text.parse::<usize>().ok())
        };
        (number(from).unwrap_or(1).max(1), number(to))
    });
    let by_key = options.value('k').is_some_and(|key| key.contains('n'));
    let reversed = options.has('r') || options.value('k').is_some_and(|key| key.contains('r'));
    let key = |line: &str| match fields {
        None => line.to_owned(),
        Some((from, to)) => field_range(line, options.value('t').map(|text| &**text), from, to),
    };
    let compare = |one: &&str, other: &&str| {
        let (one_key, other_key) = (key(one), key(other));
        if options.has('n') || by_key {
            leading_number(&one_key).total_cmp(&leading_number(&other_key))
        } else if options.has('f') {
            one_key.to_lowercase().cmp(&other_key.to_lowercase())
        } else {
            one_key.cmp(&other_key)
        }
    };
    lines.sort_by(|one, other| {
        compare(one, other).then_with(|| if options.has('s') { std::cmp::Ordering::Equal } else { one.cmp(other) })
    });
    if options.has('u') {
        lines.dedup_by(|one, other| compare(&&**one, &&**other).is_eq());
    }
    if reversed {
        lines.reverse();
    }
    let sorted: String = lines.iter().map(|line| format!("{line}\n")).collect();
    match options.value('o') {
        Some(path) => match process.write_file(path, sorted.as_bytes()).await {
            Ok(()) => code,
            Err(error) => fail_with(&process, &format!("{path}: {error}")).await,
        },
        None => write(&process, sorted, code).await,
    }
}

fn field_range(line: &str, separator: Option<&str>, from: usize, to: Option<usize>) -> String {
    let fields: Vec<&str> = match separator {
        Some(separator) => line.split(separator).collect(),
        None => line.split_whitespace().collect(),
    };
    let end = to.unwrap_or(fields.len()).min(fields.len());
    fields.get(from - 1..end).unwrap_or_default().join(separator.unwrap_or(" "))
}

fn leading_number(text: &str) -> f64 {
    let text = text.trim_start();
    let length = text
        .char_indices()
        .take_while(|(at, next)| next.is_ascii_digit() || *next == '.' || *at == 0 && *next == '-')
        .count();
    text[..length].parse().unwrap_or(0.0)
}

pub(super) async fn uniq(process: Process) -> ExitCode {
    let options = options!(process, "cdui");
    let mut code = ExitCode::SUCCESS;
    let text = all_input(&process, options.operands.get(..1).unwrap_or_default(), &mut code).await;
    let mut groups: Vec<(&str, usize)> = Vec::new();
    for line in text.lines() {
        match groups.last_mut() {
            Some((known, count))
                if *known == line || options.has('i') && known.to_lowercase() == line.to_lowercase() =>
            {
                *count += 1
            }
            _ => groups.push((line, 1)),
        }
    }
    groups.retain(|(_, count)| (!options.has('d') || *count > 1) && (!options.has('u') || *count == 1));
    let shown: String = groups
        .iter()
        .map(|(line, count)| if options.has('c') { format!("{count:7} {line}\n") } else { format!("{line}\n") })
        .collect();
    write(&process, shown, code).await
}

/// Ranges such as `1,3-5,7-`.
fn ranges(text: &str) -> Option<Vec<(usize, usize)>> {
    let range = |part: &str| match part.split_once('-') {
        None => part.parse().ok().map(|at: usize| (at, at)),
        Some((from, to)) => {
            let from = if from.is_empty() { 1 } else { from.parse().ok()? };
            Some((from, if to.is_empty() { usize::MAX } else { to.parse().ok()? }))
        }
    };
    text.split(',')
        .map(range)
        .collect::<Option<Vec<_>>>()
        .filter(|ranges| ranges.iter().all(|(from, to)| *from > 0 && from <= to))
}

pub(super) async fn cut(process: Process) -> ExitCode {
    let options = options!(process, "f:d:c:b:sn");
    let Some(list) = options.value('f').or_else(|| options.value('c')).or_else(|| options.value('b')) else {
        return fail_with(&process, "expected a list of bytes, characters, or fields").await;
    };
    let Some(ranges) = ranges(list) else { return fail_with(&process, &format!("invalid range {list}-")).await };
    let wanted = |at: usize| ranges.iter().any(|(from, to)| (*from..=*to).contains(&(at + 1)));
    let separator = options.value('d').and_then(|text| text.chars().next()).unwrap_or('\t');
    let mut code = ExitCode::SUCCESS;
    let text = all_input(&process, &options.operands, &mut code).await;
    let mut shown = String::new();
    for line in text.lines() {
        if !options.has('f') {
            shown.extend(line.chars().enumerate().filter(|(at, _)| wanted(*at)).map(|(_, next)| next));
        } else if line.contains(separator) {
            let fields = line.split(separator).enumerate().filter(|(at, _)| wanted(*at)).map(|(_, field)| field);
            shown.push_str(&fields.collect::<Vec<_>>().join(&separator.to_string()));
        } else if options.has('s') {
            continue;
        } else {
            shown.push_str(line);
        }
        shown.push('\n');
    }
    write(&process, shown, code).await
}

/// The characters a set of `tr` stands for.
fn set(text: &str) -> Vec<char> {
    let chars: Vec<char> = text.chars().collect();
    let (mut set, mut at) = (Vec::new(), 0);
    while at < chars.len() {
        if chars[at..].starts_with(&['[', ':'])
            && let Some(end) = chars[at..].windows(2).position(|pair| pair == [':', ']'])
        {
            let class: String = chars[at + 2..at + end].iter().collect();
            set.extend((0..128u8).map(char::from).filter(|next| in_class(&class, *next)));
            at += end + 2;
            continue;
        }
        let mut low = chars[at];
        at += 1;
        if low == '\\' && at < chars.len() {
            low = match chars[at] {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                '0' => '\0',
                other => other,
            };
            at += 1;
        }
        match chars.get(at..at + 2) {
            Some(['-', high]) => {
                set.extend(low..=*high);
                at += 2;
            }
            _ => set.push(low),
        }
    }
    set
}

pub(super) async fn tr(process: Process) -> ExitCode {
    let options = match Options::parse(&process.args(), "+dscCt") {
        Ok(options) => options,
        Err(message) => return fail_with(&process, &message).await,
    };
    let Some(first) = options.operands.first().map(|text| set(text)) else { return ExitCode::FAILURE };
    let second = options.operands.get(1).map(|text| set(text)).unwrap_or_default();
    let complement = options.has('c') || options.has('C');
    let inside = |next: char| first.contains(&next) != complement;
    let squeezed = if second.is_empty() { &first } else { &second };
    let mut previous = None;
    loop {
        let bytes = process.read(0, 4096).await.unwrap_or_default();
        if bytes.is_empty() {
            return ExitCode::SUCCESS;
        }
        let mut shown = String::new();
        for next in text_of(&bytes).chars() {
            if options.has('d') && inside(next) {
                continue;
            }
            let place = if complement { None } else { first.iter().position(|known| *known == next) };
            let next = if options.has('d') || second.is_empty() || !inside(next) {
                next
            } else {
                place.and_then(|place| second.get(place)).or(second.last()).copied().unwrap_or(next)
            };
            let repeated = previous == Some(next) && (squeezed.contains(&next) != (complement && second.is_empty()));
            if options.has('s') && repeated {
                continue;
            }
            previous = Some(next);
            shown.push(next);
        }
        if process.write(1, shown.as_bytes()).await.is_err() {
            return ExitCode::FAILURE;
        }
    }
}

pub(super) async fn tac(process: Process) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    let text = all_input(&process, &process.args()[1..], &mut code).await;
    let reversed: String = text.lines().rev().map(|line| format!("{line}\n")).collect();
    write(&process, reversed, code).await
}

pub(super) async fn rev(process: Process) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    let text = all_input(&process, &process.args()[1..], &mut code).await;
    let reversed: String = text.lines().map(|line| line.chars().rev().chain(['\n']).collect::<String>()).collect();
    write(&process, reversed, code).await
}

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

/// `dd [if=F] [of=F] [bs=N] [count=N]`
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
    let (mut whole, mut partial, mut bytes, mut code) = (0u64, 0u64, 0usize, ExitCode::SUCCESS);
    while whole + partial < count {
        process.work(10).await;
        let Ok(read) = input.read(block).await else { break };
        if read.is_empty() {
            break;
        }
        if let Err(error) = output.write(&read, process.now()).await {
            code =
                fail_with(&process, &format!("error writing '{}': {error}", value("of").unwrap_or("standard output")))
                    .await;
            break;
        }
        bytes += read.len();
        if read.len() == block { whole += 1 } else { partial += 1 }
    }
    process.complain(format!("{whole}+{partial} records in\n{whole}+{partial} records out\n")).await;
    process.complain(format!("{bytes} bytes copied, 0.000000 seconds, 0B/s\n")).await;
    code
}
