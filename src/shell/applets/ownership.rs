//! Who may do what with a file, and whose it is: chmod, chown, and the names of users and groups.

use super::listing::mode_text;
use super::{complain, fail_with, options, own_name, usage};
use crate::kernel::files::Owner;
use crate::kernel::{ExitCode, Process};
use std::rc::Rc;

/// The bits that `u`, `g`, `o` and `a` speak of, set-user and set-group among them.
fn bits_of(who: char) -> Option<u32> {
    Some(match who {
        'u' => 0o4700,
        'g' => 0o2070,
        'o' => 0o0007,
        'a' => 0o7777,
        _ => return None,
    })
}

/// What chmod's `text` makes of `mode`: octal digits, or `u+x,go=r`. Where it does not say whose, `umask` holds.
pub(in crate::shell) fn changed_mode(text: &str, mode: u32, folder: bool, umask: u32) -> Option<u32> {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777);
    }
    let mut mode = mode;
    for clause in text.split(',') {
        let at = clause.find(['+', '-', '='])?;
        let (who, mut rest) = clause.split_at(at);
        let named = who.chars().try_fold(0, |bits, who| Some(bits | bits_of(who)?))?;
        let mask = if who.is_empty() { 0o7777 & !umask } else { named };
        while let Some(operator) = rest.chars().next().filter(|operator| "+-=".contains(*operator)) {
            let end = rest[1..].find(['+', '-', '=']).map_or(rest.len(), |end| end + 1);
            let wanted = wanted_bits(&rest[1..end], mode, folder)? & mask;
            mode = match operator {
                '+' => mode | wanted,
                '-' => mode & !wanted,
                _ => mode & !(if who.is_empty() { 0o7777 } else { named }) | wanted,
            };
            rest = &rest[end..];
        }
    }
    Some(mode)
}

/// The bits of letters such as `rwx`, for all three at once; `u`, `g` and `o` are what those have now.
fn wanted_bits(letters: &str, mode: u32, folder: bool) -> Option<u32> {
    letters.chars().try_fold(0, |bits, letter| {
        Some(
            bits | match letter {
                'r' => 0o444,
                'w' => 0o222,
                'x' => 0o111,
                'X' if folder || mode & 0o111 != 0 => 0o111,
                'X' => 0,
                's' => 0o6000,
                't' => 0o1000,
                'u' => (mode >> 6 & 7) * 0o111,
                'g' => (mode >> 3 & 7) * 0o111,
                'o' => (mode & 7) * 0o111,
                _ => return None,
            },
        )
    })
}

pub(super) async fn chmod(process: Process) -> ExitCode {
    // A mode such as -x looks like an option.
    let args = process.args();
    let is_option =
        |arg: &str| arg.len() > 1 && arg.starts_with('-') && arg[1..].bytes().all(|byte| b"Rfvc".contains(&byte));
    let has = |letter: char| args[1..].iter().any(|arg| is_option(arg) && arg.contains(letter));
    let recursive = has('R');
    let operands: Vec<&Rc<str>> = args[1..].iter().filter(|arg| !is_option(arg)).collect();
    let Some((text, paths)) = operands.split_first().filter(|(_, paths)| !paths.is_empty()) else {
        return usage(&process).await;
    };
    let mut code = ExitCode::SUCCESS;
    let mut waiting: Vec<String> = paths.iter().rev().map(|path| path.to_string()).collect();
    while let Some(path) = waiting.pop() {
        let stat = match process.stat(&path) {
            Ok(stat) => stat,
            Err(error) => {
                complain(&process, &mut code, format!("{path}: {error}")).await;
                continue;
            }
        };
        let Some(mode) = changed_mode(text, stat.mode, stat.is_folder(), process.umask()) else {
            return fail_with(&process, &format!("invalid mode '{text}'")).await;
        };
        if let Err(error) = process.set_mode(&path, mode) {
            complain(&process, &mut code, format!("{path}: {error}")).await;
        } else if has('v') || has('c') && mode != stat.mode {
            let shown = process.stat(&path).map(|stat| mode_text(&stat)).unwrap_or_default();
            let shown = shown.get(1..).unwrap_or_default();
            process.print(format!("mode of '{path}' changed to {mode:04o} ({shown})\n")).await;
        }
        if recursive && stat.is_folder() {
            waiting.extend(process.list(&path).unwrap_or_default().iter().rev().map(|name| format!("{path}/{name}")));
        }
    }
    code
}

/// The number of a user or group by name, from a file such as `/etc/passwd`.
pub(super) fn number_of(process: &Process, file: &str, name: &str) -> Option<u32> {
    if let Ok(number) = name.parse() {
        return Some(number);
    }
    let text = process.read_file(file).ok()?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text.lines().find(|line| line.split(':').next() == Some(name))?;
    line.split(':').nth(2)?.parse().ok()
}

/// The name of a user or group by number, from a file such as `/etc/passwd`.
pub(super) fn name_of(process: &Process, file: &str, number: u32) -> Option<String> {
    let text = process.read_file(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text.lines().find(|line| line.split(':').nth(2) == Some(&number.to_string()));
    match line {
        Some(line) => line.split(':').next().map(str::to_owned),
        None => (number == 0).then(|| "root".to_owned()),
    }
}

/// User and group of an account, from `/etc/passwd`.
pub(super) fn account(process: &Process, name: &str) -> Option<Owner> {
    let text = process.read_file("/etc/passwd").unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let fields: Vec<&str> =
        text.lines().map(|line| line.split(':').collect()).find(|fields: &Vec<&str>| fields[0] == name)?;
    Some(Owner { user: fields.get(2)?.parse().ok()?, group: fields.get(3)?.parse().ok()? })
}

pub(super) async fn chown(process: Process) -> ExitCode {
    let options = options!(process, "RhfvcLHP");
    let Some((who, paths)) = options.operands.split_first().filter(|(_, paths)| !paths.is_empty()) else {
        return usage(&process).await;
    };
    let groups_only = &*own_name(&process) == "chgrp";
    let (user, group) = match who.split_once([':', '.']) {
        _ if groups_only => ("", &**who),
        Some((user, group)) => (user, group),
        None => (&**who, ""),
    };
    let user = if user.is_empty() { Some(None) } else { number_of(&process, "/etc/passwd", user).map(Some) };
    let group = if group.is_empty() { Some(None) } else { number_of(&process, "/etc/group", group).map(Some) };
    let (Some(user), Some(group)) = (user, group) else {
        let what = match (groups_only, who.contains([':', '.'])) {
            (true, _) => "group",
            (false, true) => "user/group",
            (false, false) => "user",
        };
        return fail_with(&process, &format!("unknown {what} {who}")).await;
    };
    let mut code = ExitCode::SUCCESS;
    let mut waiting: Vec<String> = paths.iter().rev().map(|path| path.to_string()).collect();
    while let Some(path) = waiting.pop() {
        let changed = process.stat_link(&path).and_then(|stat| {
            let owner = Owner { user: user.unwrap_or(stat.owner.user), group: group.unwrap_or(stat.owner.group) };
            if options.has('R') && stat.is_folder() {
                let names = process.list(&path).unwrap_or_default();
                waiting.extend(names.iter().rev().map(|name| format!("{path}/{name}")));
            }
            process.set_owner(&path, owner)
        });
        if let Err(error) = changed {
            complain(&process, &mut code, format!("{path}: {error}")).await;
        }
    }
    code
}
