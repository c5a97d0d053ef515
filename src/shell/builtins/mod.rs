//! Words that the shell itself knows. One list; each is an async function from arguments to a status.

mod aliases;
mod flow;
mod folder;
mod getopts;
mod jobs;
mod limits;
pub(in crate::shell) mod numbers;
mod printf;
mod read;
mod state;
mod test;

use super::interpreter::{Flow, Shell};
use super::parser::is_reserved;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

pub(super) use jobs::Job;
pub(super) use printf::{echo, format};
pub(super) use state::{set_letter, set_named};
pub(super) use test::{Verdict, evaluate as test_verdict};

/// A status, or what leaves the present commands.
pub(super) type Outcome<'a> = Pin<Box<dyn Future<Output = Result<u8, Flow>> + 'a>>;

/// A builtin; the first argument is its own name.
pub(super) type Builtin = for<'a> fn(&'a mut Shell, &'a [Rc<str>]) -> Outcome<'a>;

macro_rules! list {
    ($($name:literal => $function:path),* $(,)?) => {
        /// The builtin of that name.
        pub(super) fn find(name: &str) -> Option<Builtin> {
            match name {
                $($name => Some(|shell, args| Box::pin($function(shell, args))),)*
                _ => None,
            }
        }

        /// All their names.
        pub(super) const NAMES: &[&str] = &[$($name),*];
    };
}

list! {
    "." => flow::source,
    ":" => flow::succeed,
    "[" => test::test,
    "[[" => test::test,
    "alias" => aliases::alias,
    "bg" => jobs::no_job,
    "break" => flow::leave,
    "cd" => folder::change_folder,
    "chdir" => folder::change_folder,
    "command" => flow::command,
    "continue" => flow::leave,
    "echo" => printf::echo_builtin,
    "eval" => flow::eval,
    "exec" => flow::exec,
    "exit" => flow::exit,
    "export" => state::export,
    "false" => flow::fail,
    "fg" => jobs::no_job,
    "getopts" => getopts::next_option,
    "hash" => flow::hash,
    "jobs" => jobs::list,
    "kill" => jobs::kill,
    "let" => state::calculate,
    "local" => state::local,
    "printf" => printf::printf_builtin,
    "pwd" => folder::folder,
    "read" => read::read,
    "readonly" => state::export,
    "return" => flow::give_back,
    "set" => state::set,
    "shift" => state::shift,
    "source" => flow::source,
    "test" => test::test,
    "times" => jobs::times,
    "trap" => jobs::trap,
    "true" => flow::succeed,
    "type" => flow::type_of,
    "ulimit" => limits::ulimit,
    "umask" => folder::umask,
    "unalias" => aliases::unalias,
    "unset" => state::unset,
    "wait" => jobs::wait,
}

/// Whether an error in it ends the shell, and assignments before it stay.
pub(super) fn is_special(name: &str) -> bool {
    matches!(
        name,
        "." | ":"
            | "break"
            | "continue"
            | "eval"
            | "exec"
            | "exit"
            | "export"
            | "local"
            | "readonly"
            | "return"
            | "set"
            | "shift"
            | "source"
            | "times"
            | "trap"
            | "unset"
    )
}

/// Where PATH has a program.
pub(super) fn in_path(shell: &Shell, name: &str) -> Option<Rc<str>> {
    if name.contains('/') {
        return shell.process.may(name, 1).is_ok().then(|| name.into());
    }
    let path = shell.variables.get("PATH").cloned().unwrap_or_default();
    let mut candidates = path.split(':').map(|part| format!("{}/{name}", if part.is_empty() { "." } else { part }));
    let found = candidates.find(|path| {
        shell.process.may(path, 1).is_ok() && shell.process.stat(path).is_ok_and(|stat| !stat.is_folder())
    });
    found.map(Rc::from)
}

/// `text` in quotes that the shell reads back.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\"'\"'"))
}

/// `text` as `set -x` shows it: in quotes if it has a special character or is a reserved word.
pub(super) fn quote_if_needed(text: &str) -> String {
    let plain = |byte: u8| matches!(byte, b'+'..=b':' | b'@'..=b'Z' | b']' | b'^' | b'_' | b'a'..=b'z');
    if text.bytes().all(plain) && !is_reserved(text) { text.to_owned() } else { quote(text) }
}
