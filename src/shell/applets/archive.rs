//! `tar`, in the real format: what it writes, a real tar reads.

use super::gzip::{compress, expand};
use super::{Options, complain, fail_with, misused, usage};
use crate::kernel::files::{FileKind, Owner, Stat};
use crate::kernel::{ExitCode, Process};
use std::io::Read;
use std::rc::Rc;
use tar::{Archive, Builder, EntryType, Header};

/// How deeply folders are gone into.
const DEEPEST: u32 = 200;

/// Why an archive could not be made or read.
type Failed = String;

/// What a call of `tar` asks for.
struct Task {
    options: Options,
    file: String,
    /// Leading parts of the names that are left out when files are taken out.
    stripped: usize,
}

/// `tar c|x|t[zv]f FILE [-C DIR] [--strip-components=N] [NAME]…`
pub(super) async fn tar(process: Process) -> ExitCode {
    let task = match task(&process) {
        Ok(task) => task,
        Err(message) if message.is_empty() => return usage(&process).await,
        Err(message) => return misused(&process, &message).await,
    };
    let done = if task.options.has('c') { create(&process, &task).await } else { take_out(&process, &task).await };
    match done {
        Ok(code) => code,
        Err(message) => fail_with(&process, &message).await,
    }
}

/// Reads the command line: the first word may lack its dash.
fn task(process: &Process) -> Result<Task, Failed> {
    let mut args = process.args().to_vec();
    let stripped = |arg: &Rc<str>| {
        let rest = arg.strip_prefix("--strip-components=").or_else(|| arg.strip_prefix("--strip="))?;
        rest.parse().ok()
    };
    let count = args.iter().find_map(stripped).unwrap_or(0);
    args.retain(|arg| !arg.starts_with("--") || &**arg == "--");
    if let Some(first) = args.get_mut(1)
        && !first.starts_with('-')
    {
        *first = format!("-{first}").into();
    }
    let options = Options::parse(&args, "cxtzvf:C:mopkOh")?;
    if !['c', 'x', 't'].iter().any(|letter| options.has(*letter)) {
        return Err(String::new());
    }
    let file = options.value('f').map_or("-", |file| file).to_owned();
    Ok(Task { options, file, stripped: count })
}

async fn create(process: &Process, task: &Task) -> Result<ExitCode, Failed> {
    let base = task.options.value('C').map(|folder| process.absolute(folder));
    let mut builder = Builder::new(Vec::new());
    let mut code = ExitCode::SUCCESS;
    for name in &task.options.operands {
        if name.starts_with('/') {
            process.complain("tar: removing leading '/' from member names\n").await;
        }
        let mut waiting = vec![(name.trim_end_matches('/').to_owned(), DEEPEST)];
        while let Some((name, depth)) = waiting.pop() {
            process.work(1).await;
            let path = base.as_ref().map_or_else(|| name.clone(), |base| below(base, &name));
            let stat = match process.stat_link(&path) {
                Ok(stat) => stat,
                Err(error) => {
                    complain(process, &mut code, format!("{name}: {error}")).await;
                    continue;
                }
            };
            let member = name.trim_start_matches('/');
            if task.options.has('v') && !member.is_empty() {
                let line = format!("{member}{}\n", if stat.is_folder() { "/" } else { "" });
                if task.file == "-" { process.complain(line).await } else { process.print(line).await }
            }
            if let Err(message) = add(process, &mut builder, &path, member, &stat) {
                complain(process, &mut code, message).await;
            }
            if let (true, Some(depth)) = (stat.is_folder(), depth.checked_sub(1)) {
                let below = process.list(&path).unwrap_or_default();
                waiting.extend(below.iter().rev().map(|child| (format!("{name}/{child}"), depth)));
            }
        }
    }
    let bytes = builder.into_inner().map_err(|error| error.to_string())?;
    let bytes = if task.options.has('z') { compress(&bytes) } else { bytes };
    if task.file == "-" {
        process.write(1, &bytes).await.map_err(|error| format!("write error: {error}"))?;
    } else {
        let file = &task.file;
        process.write_file(file, &bytes).await.map_err(|error| format!("can't open '{file}': {error}"))?;
    }
    Ok(code)
}

/// A name below the folder of `-C`; an absolute one stays.
fn below(base: &str, name: &str) -> String {
    if name.starts_with('/') { name.to_owned() } else { format!("{}/{name}", base.trim_end_matches('/')) }
}

fn add(process: &Process, builder: &mut Builder<Vec<u8>>, path: &str, member: &str, stat: &Stat) -> Result<(), Failed> {
    let mut header = Header::new_gnu();
    header.set_mode(stat.mode);
    header.set_uid(stat.owner.user.into());
    header.set_gid(stat.owner.group.into());
    header.set_mtime(process.kernel().wall_clock_at(stat.modified).as_secs());
    header.set_size(0);
    let added = match (stat.kind, &stat.target) {
        (FileKind::Folder, _) => {
            header.set_entry_type(EntryType::Directory);
            append(builder, &mut header, &format!("{member}/"), &[])
        }
        (FileKind::Link, Some(target)) => {
            header.set_entry_type(EntryType::Symlink);
            header.set_link_name(&**target).and_then(|()| append(builder, &mut header, member, &[]))
        }
        (FileKind::Device, _) => return Ok(()),
        _ => {
            let bytes = process.read_file(path).map_err(|error| format!("can't open '{path}': {error}"))?;
            header.set_entry_type(EntryType::Regular);
            header.set_size(bytes.len() as u64);
            append(builder, &mut header, member, &bytes)
        }
    };
    added.map_err(|error| format!("{path}: {error}"))
}

/// Appends a member under exactly this name: the library would leave out a leading `./`.
fn append(builder: &mut Builder<Vec<u8>>, header: &mut Header, member: &str, bytes: &[u8]) -> std::io::Result<()> {
    let field = &mut header.as_old_mut().name;
    if member.len() > field.len() {
        return builder.append_data(header, member, bytes);
    }
    field[..member.len()].copy_from_slice(member.as_bytes());
    header.set_cksum();
    builder.append(header, bytes)
}

async fn take_out(process: &Process, task: &Task) -> Result<ExitCode, Failed> {
    let file = &task.file;
    let bytes = match file.as_str() {
        "-" => process.read_to_end(0).await.map_err(|error| format!("read error: {error}"))?,
        _ => process.read_file(file).map_err(|error| format!("can't open '{file}': {error}"))?.to_vec(),
    };
    let bytes = expand(bytes).ok_or("invalid magic")?;
    let mut archive = Archive::new(&bytes[..]);
    let wanted = &task.options.operands;
    let mut code = ExitCode::SUCCESS;
    for entry in archive.entries().map_err(|_| "invalid tar magic")? {
        process.work(1).await;
        let mut entry = entry.map_err(|_| "invalid tar magic")?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let covers = |asked: &Rc<str>| {
            let (asked, name) = (asked.trim_end_matches('/'), name.trim_end_matches('/'));
            name.strip_prefix(asked).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if !wanted.is_empty() && !wanted.iter().any(covers) {
            continue;
        }
        if task.options.has('t') || task.options.has('v') {
            process.print(format!("{name}\n")).await;
        }
        if task.options.has('x') {
            let mut content = Vec::new();
            entry.read_to_end(&mut content).map_err(|_| "short read")?;
            if let Err(message) = put(process, task, &name, entry.header(), &content).await {
                complain(process, &mut code, message).await;
            }
        }
    }
    Ok(code)
}

/// Puts one member where it belongs.
async fn put(process: &Process, task: &Task, name: &str, header: &Header, content: &[u8]) -> Result<(), Failed> {
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return Err(format!("name with '..': '{name}'"));
    }
    let kept = parts.get(task.stripped..).unwrap_or_default().join("/");
    if kept.is_empty() {
        return Ok(());
    }
    if task.options.has('O') {
        return process.write(1, content).await.map_err(|error| format!("write error: {error}"));
    }
    let path = below(&process.absolute(task.options.value('C').map_or(".", |folder| folder)), &kept);
    let failed = |error| format!("can't open '{kept}': {error}");
    if let Some((folder, _)) = path.rsplit_once('/') {
        process.make_folders(folder).map_err(failed)?;
    }
    match header.entry_type() {
        EntryType::Directory => process.make_folders(&path).map_err(failed)?,
        EntryType::Symlink => {
            let target = header.link_name_bytes().unwrap_or_default();
            let _ = process.remove_file(&path);
            return process.symlink(&String::from_utf8_lossy(&target), &path).map_err(failed);
        }
        _ => process.write_file(&path, content).await.map_err(failed)?,
    }
    let number = |value: std::io::Result<u64>| value.ok().and_then(|value| u32::try_from(value).ok()).unwrap_or(0);
    let _ = process.set_mode(&path, header.mode().unwrap_or(0o644));
    // Only root may give files away; for others they stay their own.
    let _ = process.set_owner(&path, Owner { user: number(header.uid()), group: number(header.gid()) });
    Ok(())
}
