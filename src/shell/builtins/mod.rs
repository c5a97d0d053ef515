//! Words that the shell itself knows. One list; each is an async function from arguments to a status.

mod flow;
mod jobs;
mod printf;
mod read;
mod state;
mod test;

use super::interpreter::{Flow, Shell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

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
    "alias" => flow::succeed,
    "bg" => flow::succeed,
    "break" => flow::leave,
    "cd" => state::change_folder,
    "chdir" => state::change_folder,
    "command" => flow::command,
    "continue" => flow::leave,
    "echo" => printf::echo_builtin,
    "eval" => flow::eval,
    "exec" => flow::exec,
    "exit" => flow::exit,
    "export" => state::export,
    "false" => flow::fail,
    "fg" => flow::succeed,
    "getopts" => state::next_option,
    "hash" => flow::succeed,
    "jobs" => jobs::list,
    "kill" => jobs::kill,
    "let" => state::calculate,
    "local" => state::local,
    "printf" => printf::printf_builtin,
    "pwd" => state::folder,
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
    "ulimit" => flow::succeed,
    "umask" => state::umask,
    "unalias" => flow::succeed,
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
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// `text`, in quotes if it needs them.
pub(super) fn quote_if_needed(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:=,+%@^".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) { text.to_owned() } else { quote(text) }
}
