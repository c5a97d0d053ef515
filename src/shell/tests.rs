//! The shell on a simulated host: scripts of `tests/shell` with what they print, and texts that are not scripts.

use super::applets;
use crate::kernel::files::Access;
use crate::kernel::{
    Description, Environment, ExitStatus, Instant, Kernel, Launch, MountTable, Namespaces, NetworkSpace, Process, Sink,
    Tasks, Tree,
};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

pub(super) struct Host {
    pub(super) tasks: Tasks,
    pub(super) root: Tree,
    pub(super) namespaces: Namespaces,
    written: Rc<RefCell<String>>,
}

impl Host {
    pub(super) fn new() -> Self {
        let tasks = Tasks::new();
        let kernel = Kernel::new(&tasks, Duration::from_secs(1_750_000_000));
        let root = Tree::new();
        for (name, program) in applets() {
            root.install(&format!("/bin/{name}"), program);
        }
        root.make_folders("/tmp").unwrap();
        root.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n").unwrap();
        let mounts = MountTable::new(&root);
        mounts.mount(&Tree::devices(), "/", "/dev", false).unwrap();
        let namespaces = Namespaces::new(&kernel, "box", &mounts, &NetworkSpace::new());
        Self { tasks, root, namespaces, written: Rc::default() }
    }

    pub(super) fn start(&self, args: &[&str]) -> Process {
        let written = self.written.clone();
        let sink: Rc<dyn Sink> =
            Rc::new(move |bytes: &[u8]| written.borrow_mut().push_str(&String::from_utf8_lossy(bytes)));
        let output = Rc::new(Description::Sink(sink));
        let launch = Launch {
            args: args.iter().map(|arg| Rc::from(*arg)).collect(),
            environment: Environment::from_iter([("PATH", "/bin"), ("HOSTNAME", "box"), ("HOME", "/root")]),
            folder: "/".into(),
            access: Access::ROOT,
            descriptors: vec![Some(Rc::new(Description::Null)), Some(output.clone()), Some(output)],
        };
        self.namespaces.launch(launch).unwrap()
    }

    pub(super) fn run(&self, seconds: u64) {
        self.tasks.run_until(self.tasks.now() + Duration::from_secs(seconds));
    }

    pub(super) fn output(&self) -> String {
        self.written.take()
    }
}

/// What `sh -c TEXT` prints, and its exit code if it has ended within a simulated hour.
pub(super) fn run(text: &str) -> (String, Option<u8>) {
    let host = Host::new();
    let process = host.start(&["sh", "-c", text]);
    host.run(3600);
    (host.output(), process.status().map(ExitStatus::code))
}

#[track_caller]
fn check(text: &str, output: &str, code: u8) {
    assert_eq!(run(text), (output.to_owned(), Some(code)), "{text}");
}

#[test]
fn everyday_lines() {
    check("echo hello world", "hello world\n", 0);
    check("nosuch", "sh: nosuch: not found\n", 127);
    check("exit 7", "", 7);
    check("sh -c 'exit 3' || echo $?", "3\n", 0);
    check("A=1; B=\"$A 2\"; echo \"$B\" $B '$B'", "1 2 1 2 $B\n", 0);
    check("echo a; echo b >&2 | :", "a\nb\n", 0);
    check("kill -9 $$; echo no", "no\n", 0);
}

#[test]
fn process_1_stops_only_when_it_traps() {
    let host = Host::new();
    let process = host.start(&["sh", "-c", "trap 'echo bye; exit 7' TERM; echo up; while true; do sleep 1; done"]);
    host.tasks.run_until(Instant::from_micros(2_500_000));
    host.namespaces.kill(1, crate::kernel::Signal::TERM).unwrap();
    host.tasks.run_until(Instant::from_micros(2_900_000));
    assert_eq!(process.status(), None, "the trap waits for sleep");
    host.tasks.run_until(Instant::from_micros(3_000_000));
    assert_eq!((host.output().as_str(), process.status().map(ExitStatus::code)), ("up\nbye\n", Some(7)));

    let host = Host::new();
    let process = host.start(&["sh", "-c", "echo up; sleep 1000"]);
    host.run(1);
    host.namespaces.kill(1, crate::kernel::Signal::TERM).unwrap();
    host.run(1);
    assert_eq!(process.status(), None);
    assert_eq!(host.namespaces.processes().len(), 1, "sleep took the shell's place");
}
