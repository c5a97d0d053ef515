//! Words that show what is in folders: ls, find, stat, du, df.

use super::ownership::name_of;
use super::{Options, fail_with, options};
use crate::kernel::files::{FileKind, Stat};
use crate::kernel::{ExitCode, Process};
use crate::shell::pattern;
use std::rc::Rc;
use std::time::Duration;

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
fn mode_text(stat: &Stat) -> String {
    let kind = match stat.kind {
        FileKind::File => '-',
        FileKind::Folder => 'd',
        FileKind::Link => 'l',
        FileKind::Device => 'c',
    };
    let bits = "rwxrwxrwx".chars().enumerate();
    let mut text: String = bits.map(|(at, letter)| if stat.mode >> (8 - at) & 1 == 1 { letter } else { '-' }).collect();
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
fn readable(size: u64) -> String {
    const UNITS: [&str; 5] = ["", "K", "M", "G", "T"];
    let (mut whole, mut tenths, mut unit) = (size, 0, 0);
    while whole >= 1024 && unit + 1 < UNITS.len() {
        tenths = (whole % 1024 * 10).div_ceil(1024).min(9);
        whole /= 1024;
        unit += 1;
    }
    if unit == 0 { whole.to_string() } else { format!("{whole}.{tenths}{}", UNITS[unit]) }
}

/// `find [PATH]… [-name P] [-type T] [-maxdepth N] [-mindepth N] [-delete] [-print] [-exec PROG {} ;]`
pub(super) async fn find(process: Process) -> ExitCode {
    let args = process.args();
    let split = args.iter().skip(1).position(|arg| arg.starts_with('-')).map_or(args.len(), |at| at + 1);
    let wanted = match Wanted::parse(&args[split..]) {
        Ok(wanted) => wanted,
        Err(message) => return fail_with(&process, &message).await,
    };
    let mut starts: Vec<Rc<str>> = args[1..split].to_vec();
    if starts.is_empty() {
        starts.push(".".into());
    }
    let (mut code, mut seen) = (ExitCode::SUCCESS, 0);
    for start in starts {
        let mut waiting = vec![(start.to_string(), 0)];
        let mut removed = Vec::new();
        while let Some((path, depth)) = waiting.pop() {
            process.work(1).await;
            seen += 1;
            let stat = match process.stat_link(&path) {
                Ok(stat) => stat,
                Err(error) => {
                    code = fail_with(&process, &format!("{path}: {error}")).await;
                    continue;
                }
            };
            if depth < wanted.deepest && stat.is_folder() && seen < MOST_FILES {
                let names = process.list(&path).unwrap_or_default();
                waiting.extend(
                    names.iter().rev().map(|name| (format!("{}/{name}", path.trim_end_matches('/')), depth + 1)),
                );
            }
            if depth < wanted.shallowest || !wanted.matches(&process, &path, &stat) {
                continue;
            }
            if wanted.delete {
                removed.push((path, stat.is_folder()));
            } else if wanted.run.is_empty() {
                process.print(format!("{path}\n")).await;
            } else {
                let run = wanted.run.iter().map(|arg| Rc::from(arg.replace("{}", &path))).collect();
                let _ = process.run(run).await;
            }
        }
        for (path, folder) in removed.into_iter().rev() {
            let _ = if folder { process.remove_folder(&path) } else { process.remove_file(&path) };
        }
    }
    code
}

/// What `find` looks for and does.
struct Wanted {
    tests: Vec<(FindTest, bool)>,
    deepest: usize,
    shallowest: usize,
    delete: bool,
    run: Vec<Rc<str>>,
}

enum FindTest {
    Name(Rc<str>),
    Path(Rc<str>),
    Kind(FileKind),
    Empty,
    NewerThan(Rc<str>),
    OlderThanMinutes(u64),
    YoungerThanMinutes(u64),
}

impl Wanted {
    fn parse(args: &[Rc<str>]) -> Result<Self, String> {
        let mut wanted = Self { tests: Vec::new(), deepest: usize::MAX, shallowest: 0, delete: false, run: Vec::new() };
        let (mut at, mut yes) = (0, true);
        let value = |at: usize| args.get(at + 1).cloned().ok_or_else(|| format!("{}: missing argument", args[at]));
        while at < args.len() {
            let used = match &*args[at] {
                "!" | "-not" => {
                    yes = false;
                    at += 1;
                    continue;
                }
                "-print" | "-a" | "-depth" | "-xdev" => 1,
                "-delete" => {
                    wanted.delete = true;
                    1
                }
                "-maxdepth" => {
                    wanted.deepest = value(at)?.parse().unwrap_or(0);
                    2
                }
                "-mindepth" => {
                    wanted.shallowest = value(at)?.parse().unwrap_or(0);
                    2
                }
                "-exec" => {
                    let end = args[at..].iter().position(|arg| matches!(&**arg, ";" | "+"));
                    let end = at + end.ok_or("-exec requires ';'")?;
                    wanted.run = args[at + 1..end].to_vec();
                    end + 1 - at
                }
                _ => {
                    let (test, used) = FindTest::parse(&args[at..])?;
                    wanted.tests.push((test, yes));
                    used
                }
            };
            at += used;
            yes = true;
        }
        Ok(wanted)
    }

    fn matches(&self, process: &Process, path: &str, stat: &Stat) -> bool {
        self.tests.iter().all(|(test, yes)| test.holds(process, path, stat) == *yes)
    }
}

impl FindTest {
    fn parse(args: &[Rc<str>]) -> Result<(Self, usize), String> {
        let value = args.get(1).cloned().unwrap_or_default();
        let test = match &*args[0] {
            "-name" | "-iname" => Self::Name(value),
            "-path" => Self::Path(value),
            "-type" => Self::Kind(match &*value {
                "d" => FileKind::Folder,
                "l" => FileKind::Link,
                "c" => FileKind::Device,
                _ => FileKind::File,
            }),
            "-newer" => Self::NewerThan(value),
            "-mmin" => match (value.strip_prefix('+'), value.strip_prefix('-')) {
                (Some(minutes), _) => Self::OlderThanMinutes(minutes.parse().unwrap_or(0)),
                (_, minutes) => Self::YoungerThanMinutes(minutes.unwrap_or(&value).parse().unwrap_or(0)),
            },
            "-empty" => return Ok((Self::Empty, 1)),
            other => return Err(format!("unrecognized: {other}")),
        };
        Ok((test, 2))
    }

    fn holds(&self, process: &Process, path: &str, stat: &Stat) -> bool {
        let age = process.now() - stat.modified;
        match self {
            Self::Name(wanted) => pattern::matches(wanted, path.rsplit('/').next().unwrap_or_default()),
            Self::Path(wanted) => pattern::matches(wanted, path),
            Self::Kind(kind) => stat.kind == *kind,
            Self::Empty if stat.is_folder() => process.list(path).is_ok_and(|names| names.is_empty()),
            Self::Empty => stat.size == 0,
            Self::NewerThan(other) => process.stat(other).is_ok_and(|other| stat.modified > other.modified),
            Self::OlderThanMinutes(minutes) => age > Duration::from_secs(minutes * 60),
            Self::YoungerThanMinutes(minutes) => age < Duration::from_secs(minutes * 60),
        }
    }
}

/// `stat [-c FORMAT] FILE…`
pub(super) async fn stat(process: Process) -> ExitCode {
    let options = options!(process, "c:Lft");
    let mut code = ExitCode::SUCCESS;
    for path in &options.operands {
        let stat = match process.stat_link(path) {
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

/// `du [-s] [-h] [PATH]…`, in units of 1024 bytes.
pub(super) async fn du(process: Process) -> ExitCode {
    let mut options = options!(process, "shakdcmxH");
    if options.operands.is_empty() {
        options.operands.push(".".into());
    }
    for path in &options.operands {
        let mut left = MOST_FILES;
        let mut text = String::new();
        let whole = usage(&process, path, &options, &mut text, &mut left);
        if options.has('s') || text.is_empty() {
            text = format!("{}\t{path}\n", shown_blocks(whole, &options));
        }
        process.print(text).await;
    }
    ExitCode::SUCCESS
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

/// `df [PATH]…`: what is mounted, and what a limited file system has left.
pub(super) async fn df(process: Process) -> ExitCode {
    process.print("Filesystem           1K-blocks      Used Available Use% Mounted on\n").await;
    for (destination, _) in process.namespaces().mounts().list() {
        let Ok((used, limit)) = process.usage(&destination) else { continue };
        let (used, whole) = (used.div_ceil(1024), limit.map_or(61_202_244, |limit| limit / 1024));
        let name = if limit.is_some() { "tmpfs" } else { "overlay" };
        let percent = (used * 100).div_ceil(whole.max(1));
        let free = whole.saturating_sub(used);
        process.print(format!("{name:<20} {whole:>9} {used:>9} {free:>9} {percent:>3}% {destination}\n")).await;
    }
    ExitCode::SUCCESS
}
