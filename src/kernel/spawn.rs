//! Finding programs, and the calls that start, replace, wait for and signal processes.

use super::environment::Environment;
use super::errno::Errno;
use super::files::{Access, Arrangement, Content, Follow, MountTable};
use super::namespaces::Start;
use super::process::{Origin, Process};
use super::program::{ExitCode, ExitStatus, Program};
use super::select::{Either, select};
use super::signal::Signal;
use std::future::Future;
use std::rc::Rc;

/// How many interpreters may stand behind each other in `#!` lines.
const MOST_INTERPRETERS: u32 = 4;

/// Where programs are looked for without PATH.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A file that can be executed.
#[derive(Clone)]
pub struct Executable {
    /// Where it was found.
    pub path: Rc<str>,
    /// What runs: the program itself, or the interpreter of a script.
    pub program: Rc<dyn Program>,
    /// For a script: the interpreter, its argument and the script's path, which take the place of the first argument.
    script: Vec<Rc<str>>,
}

/// An executable that was found, and what must not have changed for it to be found again.
#[derive(Clone)]
pub struct Known {
    executable: Executable,
    /// `None` if it cannot be relied upon.
    arrangement: Option<Arrangement>,
}

impl Known {
    /// What `look` finds in `mounts`, taken from `known` if that still holds, and kept there.
    pub(super) fn again<'a>(
        known: &'a mut Option<Self>,
        mounts: &MountTable,
        look: impl FnOnce() -> Result<Executable, Errno>,
    ) -> Result<&'a Executable, Errno> {
        let holds = |known: &Self| known.arrangement.as_ref().is_some_and(Arrangement::holds);
        let known = match known.take().filter(holds) {
            Some(still) => known.insert(still),
            None => known.insert(Self::look(mounts, look)?),
        };
        Ok(&known.executable)
    }

    fn look(mounts: &MountTable, look: impl FnOnce() -> Result<Executable, Errno>) -> Result<Self, Errno> {
        let arrangement = mounts.arrangement();
        let (found, within_root) = mounts.within_root(look);
        let executable = found?;
        // A script's text may change at any time.
        let can_be_relied_upon = within_root && executable.script.is_empty();
        Ok(Self { executable, arrangement: can_be_relied_upon.then_some(arrangement) })
    }
}

impl Executable {
    /// A program that no file holds.
    pub fn of(program: Rc<dyn Program>) -> Self {
        Self { path: "".into(), program, script: Vec::new() }
    }

    /// The file that `name` means: a path if it has a slash, otherwise the first in `path`.
    /// Errors: ENOENT, EACCES (no permission, or a folder), ENOEXEC (neither program nor `#!`).
    pub fn find(
        mounts: &MountTable,
        name: &str,
        path: Option<&str>,
        folder: &str,
        access: Access,
    ) -> Result<Self, Errno> {
        if name.is_empty() {
            return Err(Errno::Enoent);
        }
        if name.contains('/') {
            return Self::at(mounts, &super::files::absolute(folder, name), access, MOST_INTERPRETERS);
        }
        let mut error = Errno::Enoent;
        let mut candidate = String::with_capacity(64);
        for part in path.unwrap_or(DEFAULT_PATH).split(':') {
            candidate.clear();
            if !part.starts_with('/') {
                candidate.push_str(folder);
                candidate.push('/');
            }
            candidate.push_str(part);
            candidate.push('/');
            candidate.push_str(name);
            match Self::at(mounts, &candidate, access, MOST_INTERPRETERS) {
                Err(Errno::Enoent | Errno::Enotdir) => {}
                Err(Errno::Eacces) => error = Errno::Eacces,
                found => return found,
            }
        }
        Err(error)
    }

    fn at(mounts: &MountTable, path: &str, access: Access, interpreters: u32) -> Result<Self, Errno> {
        let place = mounts.find(path, Follow::Last, access)?;
        if place.stat().is_folder() {
            return Err(Errno::Eacces);
        }
        place.allows(access, 1)?;
        let bytes = match place.content()? {
            Content::Program(program) => return Ok(Self { path: path.into(), program, script: Vec::new() }),
            Content::Bytes(bytes) => bytes,
            Content::Device(_) => return Err(Errno::Eacces),
        };
        let line = bytes.strip_prefix(b"#!").ok_or(Errno::Enoexec)?;
        let line = String::from_utf8_lossy(line.split(|byte| *byte == b'\n').next().unwrap_or_default()).into_owned();
        let (interpreter, argument) = line.trim().split_once([' ', '\t']).unwrap_or((line.trim(), ""));
        let interpreters = interpreters.checked_sub(1).ok_or(Errno::Eloop)?;
        let found = Self::at(mounts, interpreter, access, interpreters)?;
        let mut script = if found.script.is_empty() { vec![Rc::from(interpreter)] } else { found.script };
        script.extend([argument.trim()].into_iter().filter(|argument| !argument.is_empty()).map(Rc::from));
        script.push(path.into());
        Ok(Self { path: path.into(), program: found.program, script })
    }

    /// What the program is given by a launch that gives `start`.
    pub(super) fn given(&self, start: Rc<Start>) -> Rc<Start> {
        if self.script.is_empty() {
            return start;
        }
        Rc::new(Start { args: self.arguments(&start.args), ..(*start).clone() })
    }

    /// The arguments the program sees when it is called with `args`.
    pub fn arguments(&self, args: &Rc<[Rc<str>]>) -> Rc<[Rc<str>]> {
        if self.script.is_empty() {
            return args.clone();
        }
        self.script.iter().chain(args.iter().skip(1)).cloned().collect()
    }
}

impl Process {
    /// The executable file that `name` means to this process.
    pub fn find_program(&self, name: &str) -> Result<Executable, Errno> {
        let path = self.variable("PATH");
        self.namespaces().look_up(name, path.as_deref(), &self.folder(), self.access())
    }

    /// A child process that does what `body` says, with copies of everything this one has; EAGAIN.
    pub fn fork<F: Future<Output = ExitCode> + 'static>(
        &self,
        body: impl FnOnce(Process) -> F,
    ) -> Result<Process, Errno> {
        let child = self.child(self.0.start.borrow().clone())?;
        child.start_running(Box::pin(body(child.clone())));
        Ok(child)
    }

    /// A child process that runs `executable`, after `prepare` has arranged its descriptors and what else it has; EAGAIN.
    pub fn spawn(
        &self,
        executable: &Executable,
        args: Rc<[Rc<str>]>,
        prepare: impl FnOnce(&Process),
    ) -> Result<Process, Errno> {
        let args = executable.arguments(&args);
        let start = Start { args, environment: self.environment(), folder: self.folder() };
        let child = self.child(Rc::new(start))?;
        prepare(&child);
        child.start(executable.program.clone());
        Ok(child)
    }

    /// Finds, runs and waits for a program; 127 or 126 if it cannot be run.
    pub async fn run(&self, args: Rc<[Rc<str>]>) -> Result<ExitStatus, Errno> {
        let name = args.first().cloned().unwrap_or_default();
        let child = self.spawn(&self.find_program(&name)?, args, |_| {})?;
        Ok(self.wait(&child).await)
    }

    /// Becomes `executable`: same number, same descriptors; handled signals get their default action. Never returns.
    pub async fn exec(&self, executable: &Executable, args: Rc<[Rc<str>]>, environment: Environment) -> ExitCode {
        let args = executable.arguments(&args);
        self.0.start.replace(Rc::new(Start { args, environment, folder: self.folder() }));
        self.reset_handlers();
        self.0.replacement.replace(Some(executable.program.clone()));
        std::future::pending().await
    }

    /// Waits for `child` to end and takes it off the list of processes.
    pub async fn wait(&self, child: &Process) -> ExitStatus {
        let status = child.ended().await;
        self.namespaces().leave(child.pid());
        status
    }

    /// Like [`Process::wait`], but `None` as soon as a handled signal waits.
    pub async fn wait_interruptibly(&self, child: &Process) -> Option<ExitStatus> {
        match select(self.wait(child), self.signal_arrived()).await {
            Either::Left(status) => Some(status),
            Either::Right(()) => None,
        }
    }

    /// Children that have ended and were not waited for; takes them off the list of processes.
    pub fn reap(&self) -> Vec<Process> {
        let mut ended = self.children();
        ended.retain(|child| child.status().is_some());
        for child in &ended {
            self.namespaces().leave(child.pid());
        }
        ended
    }

    /// Its children, ended or not, unless they were waited for.
    pub fn children(&self) -> Vec<Process> {
        let mut children = self.namespaces().processes();
        children.retain(|process| process.parent() == self.pid());
        children
    }

    /// Ends at the next change: a child ended, or a handled signal waits.
    pub async fn child_or_signal(&self) {
        loop {
            let changed = self.0.changed.notified();
            if self.has_signal() || self.children().iter().any(|child| child.status().is_some()) {
                return;
            }
            changed.await;
        }
    }

    /// Sends a signal to a process (`target` > 0), to its own group (0), to everybody it may (-1) or to a group (-group).
    /// `None` only asks whether the target exists. Errors: ESRCH, EPERM.
    pub async fn kill(&self, target: i64, signal: Option<Signal>) -> Result<(), Errno> {
        let mut targets = self.namespaces().processes();
        targets.retain(|process| match target {
            1.. => i64::from(process.pid()) == target,
            0 => process.group() == self.group(),
            -1 => process.pid() != 1 && process.pid() != self.pid(),
            _ => i64::from(process.group()) == -target,
        });
        if targets.is_empty() {
            return Err(Errno::Esrch);
        }
        let own = self.access().owner.user;
        targets.retain(|process| own == 0 || process.access().owner.user == own);
        if targets.is_empty() {
            return Err(Errno::Eperm);
        }
        if let Some(signal) = signal {
            for process in &targets {
                process.deliver(signal, Origin::Inside);
            }
        }
        self.unless_ended().await;
        Ok(())
    }

    /// Never ends if the process has: what a program that has killed itself does next.
    pub(super) async fn unless_ended(&self) {
        if self.status().is_some() {
            std::future::pending().await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::files::Tree;
    use crate::kernel::program;

    #[test]
    fn a_known_program_is_looked_for_again_when_it_may_be_another() {
        let nothing: Rc<dyn Program> = program(|_| async { ExitCode::SUCCESS });
        let image = Tree::new();
        image.install("/bin/tool", nothing.clone());
        let root = Tree::layered(&image);
        let mounts = MountTable::new(&root);
        let mut known = None;
        let mut find = || {
            let look = || Executable::find(&mounts, "tool", Some("/first:/bin"), "/", Access::ROOT);
            Known::again(&mut known, &mounts, look).map(|found| found.path.to_string())
        };
        assert_eq!(find().as_deref(), Ok("/bin/tool"));
        root.write("/elsewhere", "text").expect("a file");
        assert_eq!(find().as_deref(), Ok("/bin/tool"));
        root.install("/first/tool", nothing.clone());
        assert_eq!(find().as_deref(), Ok("/first/tool"));
        root.set_owner_and_mode("/first/tool", Default::default(), Some(0o644)).expect("it is there");
        assert_eq!(find().as_deref(), Ok("/bin/tool"));
        root.remove_all("/bin/tool").expect("it is there");
        assert_eq!(find(), Err(Errno::Eacces));
        let volume = Tree::new();
        volume.install("/tool", nothing);
        mounts.mount(&volume, "/", "/bin", false).expect("a folder over a folder");
        assert_eq!(find().as_deref(), Ok("/bin/tool"));
        volume.remove_all("/tool").expect("it is there");
        assert_eq!(find(), Err(Errno::Eacces), "what is mounted is not relied upon");
    }
}
