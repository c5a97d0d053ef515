//! Words that show what is in folders: ls, stat, du.

use super::ownership::name_of;
use super::{Options, fail_with, options};
use crate::kernel::files::{FileKind, Stat};
use crate::kernel::{ExitCode, Process};
use std::rc::Rc;

/// How many files one call looks at.
const MOST_FILES: usize = 100_000;

pub(super) async fn ls(process: Process) -> ExitCode {
    let mut options = options!(process, "1laAdCFhRrtSinpsxHLck");
    if options.operands.is_empty() {
        options.operands.push(".".into());
    }
    let mut code = ExitCode::SUCCESS;
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for path in &options.operands {
        let stat = if options.has('l') {
            process.stat_link(path)
        } else {
            process.stat(path).or_else(|_| process.stat_link(path))
        };
        match stat {
            Ok(stat) if stat.is_folder() && !options.has('d') => folders.push(path.to_string()),
            Ok(stat) => files.push((path.to_string(), stat)),
            Err(error) => code = fail_with(&process, &format!("{path}: {error}")).await,
        }
    }
    let named = options.operands.len() > 1 || options.has('R');
    let mut text = lines(&process, &options, files);
    folders.sort();
    folders.reverse();
    let mut shown = 0;
    while let Some(folder) = folders.pop() {
        shown += 1;
        let entries = match entries(&process, &options, &folder) {
            Ok(entries) => entries,
            Err(error) => {
                code = fail_with(&process, &format!("can't open '{folder}': {error}")).await;
                continue;
            }
        };
        if named {
            text.push_str(&format!("{}{folder}:\n", if text.is_empty() { "" } else { "\n" }));
        }
        if options.has('l') {
            let blocks: u64 = entries.iter().map(|(_, stat)| blocks(stat)).sum();
            text.push_str(&format!("total {}\n", blocks / 2));
        }
        if options.has('R') && shown < MOST_FILES {
            let inner = entries.iter().filter(|(name, stat)| stat.is_folder() && !matches!(name.as_str(), "." | ".."));
            let inner: Vec<String> =
                inner.map(|(name, _)| format!("{}/{name}", folder.trim_end_matches('/'))).collect();
            folders.extend(inner.into_iter().rev());
        }
        text.push_str(&lines(&process, &options, entries));
    }
    match process.write(1, text.as_bytes()).await {
        Ok(()) => code,
        Err(error) => fail_with(&process, &format!("write error: {error}")).await,
    }
}

fn entries(process: &Process, options: &Options, folder: &str) -> Result<Vec<(String, Stat)>, crate::kernel::Errno> {
    let mut names: Vec<Rc<str>> = process.list(folder)?;
    if !options.has('a') && !options.has('A') {
        names.retain(|name| !name.starts_with('.'));
    }
    if options.has('a') {
        names.extend([Rc::from("."), Rc::from("..")]);
    }
    let stat = |name: Rc<str>| {
        let stat = process.stat_link(&format!("{folder}/{name}")).ok()?;
        Some((name.to_string(), stat))
    };
    Ok(names.into_iter().filter_map(stat).collect())
}

fn lines(process: &Process, options: &Options, mut entries: Vec<(String, Stat)>) -> String {
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    if options.has('t') {
        entries.sort_by_key(|(_, stat)| std::cmp::Reverse(stat.modified));
    }
    if options.has('S') {
        entries.sort_by_key(|(_, stat)| std::cmp::Reverse(stat.size));
    }
    if options.has('r') {
        entries.reverse();
    }
    let mut text = String::new();
    for (name, stat) in &entries {
        let suffix = match stat.kind {
            FileKind::Folder if options.has('F') || options.has('p') => "/",
            FileKind::Link if options.has('F') => "@",
            FileKind::File if options.has('F') && stat.mode & 0o111 != 0 => "*",
            _ => "",
        };
        if options.has('s') {
            text.push_str(&format!("{:6} ", blocks(stat) / 2));
        }
        if options.has('l') {
            text.push_str(&long(process, stat, options.has('n'), options.has('h')));
        }
        text.push_str(&format!("{name}{suffix}"));
        if let (true, Some(target)) = (options.has('l'), &stat.target) {
            text.push_str(&format!(" -> {target}"));
        }
        text.push('\n');
    }
    text
}

fn blocks(stat: &Stat) -> u64 {
    match stat.kind {
        FileKind::File => stat.size.div_ceil(4096) * 8,
        FileKind::Folder => 8,
        FileKind::Link | FileKind::Device => 0,
    }
}

/// `-rw-r--r--`
pub(super) fn mode_text(stat: &Stat) -> String {
    let kind = match stat.kind {
        FileKind::File => '-',
        FileKind::Folder => 'd',
        FileKind::Link => 'l',
        FileKind::Device => 'c',
    };
    let bits = "rwxrwxrwx".chars().enumerate();
    let mut text: String = bits.map(|(at, letter)| if stat.mode >> (8 - at) & 1 == 1 { letter } else { '-' }).collect();
    for (bit, place) in [(0o4000, 2), (0o2000, 5)] {
        if stat.mode & bit != 0 {
            let runs = text[place..].starts_with('x');
            text.replace_range(place..place + 1, if runs { "s" } else { "S" });
        }
    }
    if stat.mode & 0o1000 != 0 {
        text.replace_range(8.., if stat.mode & 1 == 1 { "t" } else { "T" });
    }
    format!("{kind}{text}")
}

fn long(process: &Process, stat: &Stat, numbers: bool, human: bool) -> String {
    let owner =
        |file, number: u32| name_of(process, file, number).filter(|_| !numbers).unwrap_or_else(|| number.to_string());
    let (user, group) = (owner("/etc/passwd", stat.owner.user), owner("/etc/group", stat.owner.group));
    let size = if human { readable(stat.size) } else { stat.size.to_string() };
    let clock = process.kernel().wall_clock();
    let modified = clock.saturating_sub(process.now() - stat.modified);
    let date = super::clock::format(modified, "%b %e %H:%M");
    let links = if stat.is_folder() { 2 } else { 1 };
    format!("{} {links:4} {user:<8} {group:<8} {size:>9} {date} ", mode_text(stat))
}

/// A size with a unit, as `-h` shows it.
pub(super) fn readable(size: u64) -> String {
    const UNITS: [&str; 5] = ["", "K", "M", "G", "T"];
    let (mut whole, mut tenths, mut unit) = (size, 0, 0);
    while whole >= 1024 && unit + 1 < UNITS.len() {
        tenths = (whole % 1024 * 10).div_ceil(1024).min(9);
        whole /= 1024;
        unit += 1;
    }
    if unit == 0 { whole.to_string() } else { format!("{whole}.{tenths}{}", UNITS[unit]) }
}

/// `stat [-c FORMAT] FILE…`
pub(super) async fn stat(process: Process) -> ExitCode {
    let options = options!(process, "c:Lft");
    if options.operands.is_empty() {
        return super::usage(&process).await;
    }
    let mut code = ExitCode::SUCCESS;
    for path in &options.operands {
        let stat = if options.has('L') { process.stat(path) } else { process.stat_link(path) };
        let stat = match stat {
            Ok(stat) => stat,
            Err(error) => {
                code = fail_with(&process, &format!("can't stat '{path}': {error}")).await;
                continue;
            }
        };
        let template = options
            .value('c')
            .map_or("  File: %n\n  Size: %s\tBlocks: %b\t%F\nAccess: (%a/%A)  Uid: (%u/%U)   Gid: (%g/%G)", |text| {
                &**text
            });
        process.print(described(&process, template, path, &stat) + "\n").await;
    }
    code
}

fn described(process: &Process, template: &str, path: &str, stat: &Stat) -> String {
    let mut text = String::new();
    let mut chars = template.chars();
    while let Some(next) = chars.next() {
        if next != '%' {
            text.push(next);
            continue;
        }
        let clock = process.kernel().wall_clock().saturating_sub(process.now() - stat.modified);
        match chars.next() {
            Some('n') => text.push_str(path),
            Some('N') => match &stat.target {
                Some(target) => text.push_str(&format!("'{path}' -> '{target}'")),
                None => text.push_str(path),
            },
            Some('B') => text.push_str("512"),
            Some('o') => text.push_str("4096"),
            Some('f') => text.push_str(&format!("{:x}", raw_kind(stat.kind) | stat.mode)),
            Some('x' | 'y' | 'z') => {
                text.push_str(&super::clock::format(clock, "%Y-%m-%d %H:%M:%S"));
                text.push_str(&format!(".{:09} +0000", clock.subsec_nanos()));
            }
            Some('s') => text.push_str(&stat.size.to_string()),
            Some('b') => text.push_str(&blocks(stat).to_string()),
            Some('a') => text.push_str(&format!("{:o}", stat.mode)),
            Some('A') => text.push_str(&mode_text(stat)),
            Some('u') => text.push_str(&stat.owner.user.to_string()),
            Some('g') => text.push_str(&stat.owner.group.to_string()),
            Some('U') => {
                text.push_str(&name_of(process, "/etc/passwd", stat.owner.user).unwrap_or_else(|| "UNKNOWN".into()))
            }
            Some('G') => {
                text.push_str(&name_of(process, "/etc/group", stat.owner.group).unwrap_or_else(|| "UNKNOWN".into()))
            }
            Some('Y' | 'X' | 'Z') => text.push_str(&clock.as_secs().to_string()),
            Some('F') => text.push_str(match stat.kind {
                FileKind::File if stat.size == 0 => "regular empty file",
                FileKind::File => "regular file",
                FileKind::Folder => "directory",
                FileKind::Link => "symbolic link",
                FileKind::Device => "character special file",
            }),
            Some(other) => text.extend(['%', other]),
            None => text.push('%'),
        }
    }
    text
}

/// The kind of a file as the mode's upper bits tell it.
fn raw_kind(kind: FileKind) -> u32 {
    match kind {
        FileKind::File => 0o100_000,
        FileKind::Folder => 0o040_000,
        FileKind::Link => 0o120_000,
        FileKind::Device => 0o020_000,
    }
}

/// `du [-s] [-h] [PATH]…`, in units of 1024 bytes.
pub(super) async fn du(process: Process) -> ExitCode {
    let mut options = options!(process, "shakdcmxH");
    if options.operands.is_empty() {
        options.operands.push(".".into());
    }
    let mut code = ExitCode::SUCCESS;
    for path in &options.operands {
        if let Err(error) = process.stat_link(path) {
            code = fail_with(&process, &format!("{path}: {error}")).await;
            continue;
        }
        let mut left = MOST_FILES;
        let mut text = String::new();
        let whole = usage(&process, path, &options, &mut text, &mut left);
        if options.has('s') || text.is_empty() {
            text = format!("{}\t{path}\n", shown_blocks(whole, &options));
        }
        process.print(text).await;
    }
    code
}

fn shown_blocks(blocks: u64, options: &Options) -> String {
    if options.has('h') { readable(blocks * 512) } else { (blocks / 2).to_string() }
}

fn usage(process: &Process, path: &str, options: &Options, text: &mut String, left: &mut usize) -> u64 {
    let Ok(stat) = process.stat_link(path) else { return 0 };
    let mut whole = blocks(&stat);
    if stat.is_folder() {
        for name in process.list(path).unwrap_or_default() {
            *left = left.saturating_sub(1);
            if *left == 0 || path.matches('/').count() > 200 {
                break;
            }
            whole += usage(process, &format!("{}/{name}", path.trim_end_matches('/')), options, text, left);
        }
    }
    if stat.is_folder() || options.has('a') {
        text.push_str(&format!("{}\t{path}\n", shown_blocks(whole, options)));
    }
    whole
}
