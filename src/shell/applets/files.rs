//! Words about files and folders: touch, rm, mkdir, rmdir, mv, cp, ln, tee.

use super::{complain, options, usage};
use crate::kernel::files::FileKind;
use crate::kernel::{Errno, ExitCode, Opening, Process};
use std::rc::Rc;

/// How many bytes are read at once.
const BLOCK: usize = 64 << 10;

/// How deeply folders are gone into.
const DEEPEST: u32 = 200;

pub(super) async fn touch(process: Process) -> ExitCode {
    let options = options!(process, "cd:t:r:amh");
    if options.operands.is_empty() {
        return usage(&process).await;
    }
    let mut code = ExitCode::SUCCESS;
    for path in &options.operands {
        if options.has('c') && process.stat(path).is_err() {
            continue;
        }
        if let Err(error) = process.touch(path) {
            complain(&process, &mut code, format!("{path}: {error}")).await;
        }
    }
    code
}

pub(super) async fn rm(process: Process) -> ExitCode {
    let options = options!(process, "rRfiv");
    if options.operands.is_empty() && !options.has('f') {
        return usage(&process).await;
    }
    let recursive = options.has('r') || options.has('R');
    let mut code = ExitCode::SUCCESS;
    for path in &options.operands {
        let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if matches!(last, "." | "..") {
            complain(&process, &mut code, "can't remove '.' or '..'".into()).await;
            continue;
        }
        match process.stat_link(path) {
            Err(Errno::Enoent) if options.has('f') => {}
            Err(error) => complain(&process, &mut code, format!("can't remove '{path}': {error}")).await,
            Ok(stat) if stat.is_folder() && !recursive => {
                complain(&process, &mut code, format!("'{path}' is a directory")).await;
            }
            Ok(_) => {
                remove(&process, path, &mut code, DEEPEST).await;
                if options.has('v') && process.stat_link(path).is_err() {
                    process.print(format!("removed '{path}'\n")).await;
                }
            }
        }
    }
    code
}

async fn remove(process: &Process, path: &str, code: &mut ExitCode, depth: u32) {
    let is_folder = process.stat_link(path).is_ok_and(|stat| stat.is_folder());
    if is_folder && let Some(depth) = depth.checked_sub(1) {
        for name in process.list(path).unwrap_or_default() {
            Box::pin(remove(process, &format!("{}/{name}", path.trim_end_matches('/')), code, depth)).await;
        }
    }
    let removed = if is_folder { process.remove_folder(path) } else { process.remove_file(path) };
    if let Err(error) = removed {
        complain(process, code, format!("can't remove '{path}': {error}")).await;
    }
}

pub(super) async fn mkdir(process: Process) -> ExitCode {
    let options = options!(process, "pm:v");
    if options.operands.is_empty() {
        return usage(&process).await;
    }
    let mode = options.value('m').and_then(|text| u32::from_str_radix(text, 8).ok());
    let mut code = ExitCode::SUCCESS;
    for path in &options.operands {
        let made = if options.has('p') { process.make_folders(path) } else { process.make_folder(path) };
        let made = made.and_then(|()| mode.map_or(Ok(()), |mode| process.set_mode(path, mode)));
        if let Err(error) = made {
            complain(&process, &mut code, format!("can't create directory '{path}': {error}")).await;
        } else if options.has('v') {
            process.print(format!("created directory: '{path}'\n")).await;
        }
    }
    code
}

pub(super) async fn rmdir(process: Process) -> ExitCode {
    let options = options!(process, "p\u{1}");
    if options.operands.is_empty() {
        return usage(&process).await;
    }
    let mut code = ExitCode::SUCCESS;
    for path in &options.operands {
        let mut path = &**path;
        loop {
            match process.remove_folder(path) {
                Ok(()) => {}
                Err(Errno::Enotempty) if options.has('\u{1}') => break,
                Err(error) => {
                    complain(&process, &mut code, format!("'{path}': {error}")).await;
                    break;
                }
            }
            match path.rsplit_once('/') {
                Some((above, _)) if options.has('p') && !above.is_empty() => path = above,
                _ => break,
            }
        }
    }
    code
}

/// Where `source` goes when it is copied or moved to `target`: into it, if it is a folder.
fn destination(process: &Process, source: &str, target: &str) -> String {
    if !process.stat(target).is_ok_and(|stat| stat.is_folder()) {
        return target.to_owned();
    }
    format!("{}/{}", target.trim_end_matches('/'), last_part(source))
}

/// The last part of a path.
fn last_part(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// What `cp` and `mv` are given: `-t TARGET SOURCE…` or `SOURCE… TARGET`.
fn target_and_sources(options: &super::Options) -> Option<(&Rc<str>, &[Rc<str>])> {
    match options.value('t') {
        Some(target) => Some((target, options.operands.as_slice())).filter(|(_, sources)| !sources.is_empty()),
        None => options.operands.split_last().filter(|(_, sources)| !sources.is_empty()),
    }
}

async fn link(process: &Process, source: &str, to: &str, symbolic: bool, code: &mut ExitCode) {
    let made = if symbolic { process.symlink(source, to) } else { process.hard_link(source, to) };
    if let Err(error) = made {
        complain(process, code, format!("can't create {}link '{to}': {error}", if symbolic { "sym" } else { "" }))
            .await;
    }
}

pub(super) async fn mv(process: Process) -> ExitCode {
    let options = options!(process, "fniTvt:");
    let mut code = ExitCode::SUCCESS;
    let Some((target, sources)) = target_and_sources(&options) else { return usage(&process).await };
    for source in sources {
        let to = if options.has('T') { target.to_string() } else { destination(&process, source, target) };
        if options.has('n') && process.stat(&to).is_ok() {
            continue;
        }
        match process.rename(source, &to) {
            Ok(()) => {
                if options.has('v') {
                    process.print(format!("'{source}' -> '{to}'\n")).await;
                }
            }
            Err(Errno::Exdev) => {
                copy(&process, source, &to, &to, &mut code, Kept::All, DEEPEST).await;
                if code.is_success() {
                    remove(&process, source, &mut code, DEEPEST).await;
                }
            }
            Err(error) => complain(&process, &mut code, format!("can't rename '{source}': {error}")).await,
        }
    }
    code
}

/// What a copy keeps of the original.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// Its content and permissions.
    Content,
    /// Its owner and symbolic links, too.
    All,
}

pub(super) async fn cp(process: Process) -> ExitCode {
    let options = options!(process, "rRapfdLPHint:Tuvls");
    let recursive = options.has('r') || options.has('R') || options.has('a');
    let kept = if options.has('a') || options.has('p') || options.has('d') { Kept::All } else { Kept::Content };
    let mut code = ExitCode::SUCCESS;
    let Some((target, sources)) = target_and_sources(&options) else { return usage(&process).await };
    // Several files need a folder: without one, busybox sees a path in it that does not exist.
    let into_folder = sources.len() > 1 || options.has('t');
    for source in sources {
        match process.stat(source) {
            Err(error) => complain(&process, &mut code, format!("can't stat '{source}': {error}")).await,
            Ok(stat) if stat.is_folder() && !recursive => {
                complain(&process, &mut code, format!("omitting directory '{source}'")).await;
            }
            Ok(_) => {
                // `cp -r dir/. target` copies what is in the folder.
                let to = if options.has('T') || source.ends_with("/.") || &**source == "." {
                    target.to_string()
                } else if into_folder {
                    format!("{}/{}", target.trim_end_matches('/'), last_part(source))
                } else {
                    destination(&process, source, target)
                };
                if options.has('n') && process.stat_link(&to).is_ok() {
                    continue;
                }
                if options.has('l') || options.has('s') {
                    link(&process, source, &to, options.has('s'), &mut code).await;
                } else {
                    copy(&process, source, &to, &to, &mut code, kept, DEEPEST).await;
                }
                if options.has('v') {
                    process.print(format!("'{source}' -> '{to}'\n")).await;
                }
            }
        }
    }
    code
}

/// Copies `from` to `to`; `top` is where the whole copy goes, which must not be copied into itself.
async fn copy(process: &Process, from: &str, to: &str, top: &str, code: &mut ExitCode, kept: Kept, depth: u32) {
    process.work(1).await;
    let stat = if kept == Kept::All { process.stat_link(from) } else { process.stat(from) };
    let stat = match stat {
        Ok(stat) => stat,
        Err(error) => return complain(process, code, format!("can't stat '{from}': {error}")).await,
    };
    if process.is_same_file(from, to) {
        return complain(process, code, format!("'{from}' and '{to}' are the same file")).await;
    }
    let result = match (stat.kind, &stat.target) {
        (FileKind::Folder, _) => {
            let Some(depth) = depth.checked_sub(1) else { return };
            if from != to && process.is_same_file(from, top) {
                return complain(process, code, format!("recursion detected, omitting directory '{from}'")).await;
            }
            if !process.stat(to).is_ok_and(|stat| stat.is_folder())
                && let Err(error) = process.make_folder(to)
            {
                return complain(process, code, format!("can't create directory '{to}': {error}")).await;
            }
            for name in process.list(from).unwrap_or_default() {
                let (from, to) = (format!("{from}/{name}"), format!("{}/{name}", to.trim_end_matches('/')));
                Box::pin(copy(process, &from, &to, top, code, kept, depth)).await;
            }
            Ok(())
        }
        (FileKind::Link, Some(target)) => process.symlink(target, to),
        _ => match process.copy_file(from, to) {
            Err(Errno::Eacces) if process.may(from, 4).is_err() => {
                return complain(process, code, format!("can't open '{from}': {}", Errno::Eacces)).await;
            }
            result => result,
        },
    };
    if let Err(error) = result {
        return complain(process, code, format!("can't create '{to}': {error}")).await;
    }
    if stat.kind != FileKind::Link {
        let _ = process.set_mode(to, stat.mode);
        if kept == Kept::All {
            let _ = process.set_owner(to, stat.owner);
        }
    }
}

pub(super) async fn ln(process: Process) -> ExitCode {
    let options = options!(process, "sfnbS:vT");
    let (target, sources) = match options.operands.as_slice() {
        [] => return usage(&process).await,
        [only] => (Rc::from(last_part(only)), std::slice::from_ref(only)),
        [sources @ .., target] => (target.clone(), sources),
    };
    let as_it_stands = options.has('T') || options.has('n') && process.stat_link(&target).is_ok_and(is_link);
    let mut code = ExitCode::SUCCESS;
    for source in sources {
        let link = if as_it_stands { target.to_string() } else { destination(&process, source, &target) };
        if !options.has('s')
            && let Err(error) = process.stat(source)
        {
            complain(&process, &mut code, format!("{source}: {error}")).await;
            continue;
        }
        if options.has('f') {
            let _ = process.remove_file(&link);
        }
        let made = if options.has('s') { process.symlink(source, &link) } else { process.hard_link(source, &link) };
        match made {
            Ok(()) if options.has('v') => process.print(format!("'{link}' -> '{source}'\n")).await,
            Ok(()) => {}
            Err(error) => complain(&process, &mut code, format!("{link}: {error}")).await,
        }
    }
    code
}

fn is_link(stat: crate::kernel::files::Stat) -> bool {
    stat.kind == FileKind::Link
}

pub(super) async fn tee(process: Process) -> ExitCode {
    let options = options!(process, "ai");
    let opening = if options.has('a') { Opening::Append } else { Opening::Truncate };
    let (mut outputs, mut code) = (Vec::new(), ExitCode::SUCCESS);
    for path in &options.operands {
        match process.open(path, opening) {
            Ok(output) => outputs.push(output),
            Err(error) => complain(&process, &mut code, format!("{path}: {error}")).await,
        }
    }
    while let Ok(bytes) = process.read(0, BLOCK).await {
        if bytes.is_empty() {
            break;
        }
        let _ = process.write(1, &bytes).await;
        for output in &outputs {
            if let Err(error) = output.write(&bytes, process.now()).await {
                complain(&process, &mut code, format!("write error: {error}")).await;
            }
        }
    }
    code
}
