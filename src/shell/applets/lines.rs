//! Words that take lines apart or put them in order: sort, uniq, cut, tr, tac, rev.

use super::text::{all_input, text_of, write};
use super::{Options, fail_with, misused, options, usage};
use crate::kernel::{ExitCode, Process};
use crate::shell::pattern::in_class;

pub(super) async fn sort(process: Process) -> ExitCode {
    let options = options!(process, "nrufbk:t:o:zsdiM");
    let mut code = ExitCode::SUCCESS;
    let text = all_input(&process, &options.operands, &mut code).await;
    if code != ExitCode::SUCCESS {
        return ExitCode(2);
    }
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
        Err(message) => return misused(&process, &message).await,
    };
    let Some(first) = options.operands.first().map(|text| set(text)) else { return usage(&process).await };
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
