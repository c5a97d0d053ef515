//! Busybox's everyday words as programs, with the texts of busybox 1.35. One list names them all.

mod basic;
mod clock;
mod expression;
mod files;
mod listing;
mod network;
mod processes;
mod search;
mod sed;
mod system;
mod text;

pub(super) use processes::kill_with as kill;

use crate::kernel::{Executable, ExitCode, Process, Program, Running};
use std::rc::Rc;

macro_rules! list {
    ($($name:literal => $function:path),* $(,)?) => {
        const APPLETS: &[(&str, fn(Process) -> Running)] = &[$(($name, |process| Box::pin($function(process)))),*];
    };
}

list! {
    "[" => basic::test,
    "[[" => basic::test,
    "basename" => files::basename,
    "busybox" => busybox,
    "cat" => files::cat,
    "chgrp" => files::chown,
    "chmod" => files::chmod,
    "chown" => files::chown,
    "clear" => basic::succeed,
    "cp" => files::cp,
    "cut" => text::cut,
    "date" => clock::date,
    "dd" => text::dd,
    "df" => listing::df,
    "dirname" => files::dirname,
    "du" => listing::du,
    "echo" => basic::echo,
    "egrep" => search::grep,
    "env" => basic::env,
    "expr" => expression::expr,
    "false" => basic::fail,
    "fgrep" => search::grep,
    "find" => listing::find,
    "getent" => network::getent,
    "grep" => search::grep,
    "head" => text::head,
    "hostname" => system::hostname,
    "httpd" => network::httpd,
    "id" => system::id,
    "kill" => processes::kill,
    "killall" => processes::killall,
    "ln" => files::ln,
    "ls" => listing::ls,
    "mkdir" => files::mkdir,
    "mktemp" => files::mktemp,
    "mv" => files::mv,
    "nc" => network::nc,
    "nice" => system::run_plainly,
    "nohup" => system::nohup,
    "nproc" => system::nproc,
    "nslookup" => network::nslookup,
    "pidof" => processes::pidof,
    "ping" => network::ping,
    "printenv" => system::printenv,
    "printf" => basic::printf,
    "ps" => processes::ps,
    "readlink" => files::readlink,
    "realpath" => files::realpath,
    "rev" => text::rev,
    "rm" => files::rm,
    "rmdir" => files::rmdir,
    "sed" => sed::sed,
    "seq" => text::seq,
    "setsid" => system::run_plainly,
    "sleep" => basic::sleep,
    "sort" => text::sort,
    "stat" => listing::stat,
    "sync" => basic::succeed,
    "tac" => text::tac,
    "tail" => text::tail,
    "tee" => files::tee,
    "test" => basic::test,
    "timeout" => system::timeout,
    "touch" => files::touch,
    "tr" => text::tr,
    "true" => basic::succeed,
    "tty" => system::tty,
    "uname" => system::uname,
    "uniq" => text::uniq,
    "unlink" => files::rm,
    "uptime" => clock::uptime,
    "usleep" => basic::usleep,
    "wc" => text::wc,
    "wget" => network::wget,
    "which" => system::which,
    "whoami" => system::whoami,
    "xargs" => system::xargs,
    "yes" => basic::yes,
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
        process.print("BusyBox v1.35.0 multi-call binary.\n\nUsage: busybox [function [arguments]...]\n").await;
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

/// Options of an applet: single letters, some with a value; then its operands.
struct Options {
    letters: Vec<(char, Option<Rc<str>>)>,
    operands: Vec<Rc<str>>,
}

impl Options {
    /// Takes `args` (the first is the name) apart: `letters` as for getopts, `v` or `v:`; a `+` in front ends the options at
    /// the first operand. The letter that is not among them, if there is one, is the error.
    fn parse(args: &[Rc<str>], letters: &str) -> Result<Self, String> {
        let (strict, letters) = match letters.strip_prefix('+') {
            Some(letters) => (true, letters),
            None => (false, letters),
        };
        let mut options = Self { letters: Vec::new(), operands: Vec::new() };
        let mut rest = args.iter().skip(1);
        while let Some(arg) = rest.next() {
            if &**arg == "--" {
                options.operands.extend(rest.cloned());
                break;
            }
            let Some(given) = arg.strip_prefix('-').filter(|given| !given.is_empty()) else {
                options.operands.push(arg.clone());
                if strict {
                    options.operands.extend(rest.cloned());
                    break;
                }
                continue;
            };
            options.take(given, letters, &mut rest)?;
        }
        Ok(options)
    }

    fn take<'a>(
        &mut self,
        given: &str,
        letters: &str,
        rest: &mut impl Iterator<Item = &'a Rc<str>>,
    ) -> Result<(), String> {
        for (at, letter) in given.char_indices() {
            let place = letters.find(letter).filter(|_| letter != ':');
            let Some(place) = place else { return Err(format!("invalid option -- '{letter}'")) };
            if !letters[place + letter.len_utf8()..].starts_with(':') {
                self.letters.push((letter, None));
                continue;
            }
            let after = &given[at + letter.len_utf8()..];
            let value = if after.is_empty() { rest.next().cloned() } else { Some(after.into()) };
            let value = value.ok_or_else(|| format!("option requires an argument -- '{letter}'"))?;
            self.letters.push((letter, Some(value)));
            break;
        }
        Ok(())
    }

    fn has(&self, letter: char) -> bool {
        self.letters.iter().any(|(known, _)| *known == letter)
    }

    fn value(&self, letter: char) -> Option<&Rc<str>> {
        self.letters.iter().rev().find(|(known, _)| *known == letter).and_then(|(_, value)| value.as_ref())
    }

    fn number(&self, letter: char) -> Option<u64> {
        self.value(letter).and_then(|value| value.parse().ok())
    }
}
