//! Who may do what with a file, and whose it is: chmod, chown, and the names of users and groups.

use super::{complain, fail_with, options, own_name};
use crate::kernel::files::Owner;
use crate::kernel::{ExitCode, Process};
use std::rc::Rc;

/// What chmod's `text` makes of `mode`: octal digits, or `u+x,go=r`.
fn changed_mode(text: &str, mode: u32, folder: bool) -> Option<u32> {
    if let Ok(octal) = u32::from_str_radix(text, 8) {
        return Some(octal);
    }
    let mut mode = mode;
    for clause in text.split(',') {
        let at = clause.find(['+', '-', '='])?;
        let (who, rest) = clause.split_at(at);
        let who = if who.is_empty() || who.contains('a') { "ugo" } else { who };
        let mut bits = 0;
        for letter in rest[1..].chars() {
            bits |= match letter {
                'r' => 4,
                'w' => 2,
                'x' => 1,
                'X' if folder || mode & 0o111 != 0 => 1,
                'X' | 's' | 't' => 0,
                _ => return None,
            };
        }
        for shift in who.chars().map(|who| match who {
            'u' => 6,
            'g' => 3,
            _ => 0,
        }) {
            match rest.as_bytes()[0] {
                b'+' => mode |= bits << shift,
                b'-' => mode &= !(bits << shift),
                _ => mode = mode & !(7 << shift) | bits << shift,
            }
        }
    }
    Some(mode)
}

pub(super) async fn chmod(process: Process) -> ExitCode {
    // A mode such as -x looks like an option.
    let args = process.args();
    let recursive = args.iter().any(|arg| matches!(&**arg, "-R" | "-Rf" | "-Rv"));
    let operands: Vec<&Rc<str>> =
        args[1..].iter().filter(|arg| !matches!(&***arg, "-R" | "-f" | "-v" | "-c" | "-Rf" | "-Rv")).collect();
    let Some((text, paths)) = operands.split_first() else { return ExitCode::FAILURE };
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
        let Some(mode) = changed_mode(text, stat.mode, stat.is_folder()) else {
            return fail_with(&process, &format!("invalid mode '{text}'")).await;
        };
        if let Err(error) = process.set_mode(&path, mode) {
            complain(&process, &mut code, format!("{path}: {error}")).await;
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

pub(super) async fn chown(process: Process) -> ExitCode {
    let options = options!(process, "RhfvcLHP");
    let Some((who, paths)) = options.operands.split_first() else { return ExitCode::FAILURE };
    let groups_only = &*own_name(&process) == "chgrp";
    let (user, group) = match who.split_once([':', '.']) {
        _ if groups_only => ("", &**who),
        Some((user, group)) => (user, group),
        None => (&**who, ""),
    };
    let user = if user.is_empty() { Some(None) } else { number_of(&process, "/etc/passwd", user).map(Some) };
    let group = if group.is_empty() { Some(None) } else { number_of(&process, "/etc/group", group).map(Some) };
    let (Some(user), Some(group)) = (user, group) else {
        return fail_with(&process, &format!("unknown user {who}")).await;
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
