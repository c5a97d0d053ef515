//! Busybox's everyday words as programs, with the texts of busybox 1.35. One list names them all.

mod archive;
mod awk;
mod basic;
mod cat;
mod clock;
mod coreutils;
mod digest;
mod expression;
mod files;
mod find;
mod gzip;
mod lines;
mod listing;
mod mounted;
mod names;
mod network;
mod options;
mod ownership;
mod processes;
mod search;
mod sed;
mod streams;
mod system;
mod text;
pub(super) mod usage;
mod xargs;

pub(super) use clock::format as format_date;
pub use coreutils::coreutils;
pub(super) use ownership::changed_mode;
pub(super) use processes::kill_with as kill;

use options::{Options, options};
use usage::{misused, usage};

use crate::kernel::{Executable, ExitCode, Process, Program, Running};
use std::rc::Rc;

macro_rules! list {
    ($($name:literal => $function:path),* $(,)?) => {
        const APPLETS: &[(&str, fn(Process) -> Running)] = &[$(($name, |process| {
            if usage::is_asked(&process) {
                return Box::pin(usage::help(process));
            }
            Box::pin($function(process))
        })),*];
    };
}

list! {
    "[" => basic::test,
    "[[" => basic::test,
    "awk" => awk::awk,
    "base64" => digest::base64,
    "basename" => names::basename,
    "busybox" => busybox,
    "cat" => cat::cat,
    "chgrp" => ownership::chown,
    "chmod" => ownership::chmod,
    "chown" => ownership::chown,
    "clear" => basic::succeed,
    "cp" => files::cp,
    "cut" => lines::cut,
    "date" => clock::date,
    "dd" => streams::dd,
    "df" => mounted::df,
    "dirname" => names::dirname,
    "du" => listing::du,
    "echo" => basic::echo,
    "egrep" => search::grep,
    "env" => basic::env,
    "expr" => expression::expr,
    "false" => basic::fail,
    "fgrep" => search::grep,
    "find" => find::find,
    "getent" => network::getent,
    "grep" => search::grep,
    "gunzip" => gzip::gzip,
    "gzip" => gzip::gzip,
    "head" => text::head,
    "hostname" => system::hostname,
    "httpd" => network::httpd,
    "id" => system::id,
    "kill" => processes::kill,
    "killall" => processes::killall,
    "ln" => files::ln,
    "ls" => listing::ls,
    "md5sum" => digest::sum,
    "mkdir" => files::mkdir,
    "mktemp" => names::mktemp,
    "mv" => files::mv,
    "nc" => network::nc,
    "nice" => system::run_plainly,
    "nohup" => system::nohup,
    "nproc" => system::nproc,
    "nslookup" => network::nslookup,
    "pgrep" => processes::pgrep,
    "pidof" => processes::pidof,
    "ping" => network::ping,
    "pkill" => processes::pgrep,
    "printenv" => system::printenv,
    "printf" => basic::printf,
    "ps" => processes::ps,
    "pwd" => names::pwd,
    "readlink" => names::readlink,
    "realpath" => names::realpath,
    "rev" => lines::rev,
    "rm" => files::rm,
    "rmdir" => files::rmdir,
    "sed" => sed::sed,
    "seq" => streams::seq,
    "setsid" => system::run_plainly,
    "sha256sum" => digest::sum,
    "sha512sum" => digest::sum,
    "sleep" => basic::sleep,
    "sort" => lines::sort,
    "stat" => listing::stat,
    "sync" => basic::succeed,
    "tac" => lines::tac,
    "tail" => text::tail,
    "tar" => archive::tar,
    "tee" => files::tee,
    "test" => basic::test,
    "timeout" => system::timeout,
    "top" => processes::top,
    "touch" => files::touch,
    "tr" => lines::tr,
    "true" => basic::succeed,
    "tty" => system::tty,
    "uname" => system::uname,
    "uniq" => lines::uniq,
    "unlink" => files::rm,
    "uptime" => clock::uptime,
    "usleep" => basic::usleep,
    "wc" => text::wc,
    "wget" => network::wget,
    "which" => system::which,
    "whoami" => system::whoami,
    "xargs" => xargs::xargs,
    "yes" => basic::yes,
    "zcat" => gzip::gzip,
}

/// Busybox's words, by name, for an image to put into its `/bin`; `sh` and `ash` among them.
pub fn applets() -> Vec<(&'static str, Rc<dyn Program>)> {
    let shell = super::shell();
    let mut all: Vec<(&'static str, Rc<dyn Program>)> = vec![("ash", shell.clone()), ("sh", shell)];
    all.extend(APPLETS.iter().map(|(name, function)| (*name, Rc::new(*function) as Rc<dyn Program>)));
    all.sort_by_key(|(name, _)| *name);
    all
}

/// `busybox NAME [ARG]…`, `busybox --list`
async fn busybox(process: Process) -> ExitCode {
    let args = process.args();
    let Some(name) = args.get(1) else {
        process.print(format!("{}\n\nUsage: busybox [function [arguments]...]\n", usage::BANNER)).await;
        return ExitCode::SUCCESS;
    };
    let all = applets();
    if &**name == "--list" {
        process.print(all.iter().map(|(name, _)| format!("{name}\n")).collect::<String>()).await;
        return ExitCode::SUCCESS;
    }
    match all.into_iter().find(|(known, _)| *known == &**name) {
        Some((_, program)) => process.exec(&Executable::of(program), args[1..].into(), process.environment()).await,
        None => {
            process.complain(format!("{name}: applet not found\n")).await;
            ExitCode(127)
        }
    }
}

/// The usual complaint of an applet, and failure.
async fn fail_with(process: &Process, message: &str) -> ExitCode {
    process.complain(format!("{}: {message}\n", own_name(process))).await;
    ExitCode::FAILURE
}

/// The name an applet was called by, without its folder.
fn own_name(process: &Process) -> Rc<str> {
    let args = process.args();
    let name = args.first().map_or("", |name| name.rsplit('/').next().unwrap_or_default());
    name.into()
}

/// A complaint, and the failure that it means for the whole.
async fn complain(process: &Process, code: &mut ExitCode, message: String) {
    *code = fail_with(process, &message).await;
}
