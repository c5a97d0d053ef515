//! The shell on a simulated host: scripts of `tests/shell` with what they print, and texts that are not scripts.

use super::applets;
use crate::kernel::files::Access;
use crate::kernel::{
    Description, Environment, ExitStatus, Instant, Kernel, Launch, MountTable, Namespaces, NetworkSpace, Process, Sink,
    Start, Tasks, Tree,
};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

pub(super) struct Host {
    pub(super) tasks: Tasks,

    pub(super) namespaces: Namespaces,
    root: Tree,
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
        root.make_folders("/root").unwrap();
        let accounts = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n";
        root.write("/etc/passwd", accounts).unwrap();
        root.write("/etc/group", "root:x:0:\nnobody:x:65534:\n").unwrap();
        let mounts = MountTable::new(&root);
        mounts.mount(&Tree::devices(), "/", "/dev", false).unwrap();
        let namespaces = Namespaces::new(&kernel, "box", &mounts, &NetworkSpace::new());
        Self { tasks, namespaces, root, written: Rc::default() }
    }

    pub(super) fn start(&self, args: &[&str]) -> Process {
        let written = self.written.clone();
        let sink: Rc<dyn Sink> =
            Rc::new(move |bytes: &[u8]| written.borrow_mut().push_str(&String::from_utf8_lossy(bytes)));
        let output = Rc::new(Description::Sink(sink));
        let launch = Launch {
            start: Rc::new(Start {
                args: args.iter().map(|arg| Rc::from(*arg)).collect(),
                environment: Environment::from_iter([("PATH", "/bin"), ("HOSTNAME", "box"), ("HOME", "/root")]),
                folder: "/".into(),
            }),
            access: Access::ROOT,
            descriptors: Rc::new(vec![Some(Rc::new(Description::Null)), Some(output.clone()), Some(output)]),
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

#[test]
fn the_core_utilities_say_124_when_the_time_is_over() {
    for (call, output, code) in [
        ("timeout 1 sleep 3", "", 124),
        ("timeout -s KILL 1 sleep 3; echo $?", "Killed\n137\n", 0),
        ("timeout -k 1 1 sh -c 'trap \"\" TERM; while :; do sleep 0.2; done'; echo $?", "Killed\n137\n", 0),
        ("timeout --preserve-status 1 sleep 3", "", 143),
        ("timeout 1 sh -c 'exit 7'", "", 7),
        ("timeout 0 true", "", 0),
        ("timeout 1 nosuch", "timeout: failed to run command \u{2018}nosuch\u{2019}: No such file or directory\n", 127),
        ("timeout 1", "Try 'timeout --help' for more information.\n", 125),
        (
            "timeout x sleep 1",
            "timeout: invalid time interval \u{2018}x\u{2019}\nTry 'timeout --help' for more information.\n",
            125,
        ),
    ] {
        let host = Host::new();
        for (name, program) in super::coreutils() {
            host.root.install(&format!("/bin/{name}"), program);
        }
        // The shell stays, so that it can say how its child ended.
        let process = host.start(&["sh", "-c", &format!("trap : USR1; {call}")]);
        host.run(60);
        assert_eq!((host.output().as_str(), process.status().map(ExitStatus::code)), (output, Some(code)), "{call}");
    }
}

/// The cases of the fixtures: `=== title`, the script, `--- exit code`, what it prints (both streams together).
fn cases() -> Vec<(String, String, String, String)> {
    let mut cases = Vec::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/shell");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        for case in text.split("=== ").skip(1) {
            let (title, rest) = case.split_once('\n').unwrap();
            let (script, rest) = rest.split_once("--- ").unwrap_or_else(|| panic!("{file}: {title}: no ---"));
            let (code, output) = rest.split_once('\n').unwrap();
            let fields = [format!("{file}: {title}"), script.into(), code.into(), output.into()];
            let [title, script, code, output] = fields;
            cases.push((title, script, code, output));
        }
    }
    assert!(cases.len() > 40, "the fixtures were found");
    cases
}

#[test]
fn fixtures_print_what_busybox_prints() {
    let mut wrong = String::new();
    for (title, script, code, output) in cases() {
        let (printed, ended) = run(&script);
        let ended = ended.map_or("running".to_owned(), |code| code.to_string());
        if printed.trim_end() != output.trim_end() || ended != code {
            wrong.push_str(&format!("== {title}: exit {ended}, expected {code}\n{printed}-- expected\n{output}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn no_prefix_or_mutation_of_a_script_makes_the_parser_panic() {
    let mut state = 88_172_645_463_325_252u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    const PIECES: [&str; 24] = [
        "'", "\"", "`", "$(", "${", "$((", "))", ")", "}", "<<E\n", "|", "&", ";", "\n", "\\", "if ", "do ", "done",
        "case ", "esac", "é", "#", "2>&", "()",
    ];
    for (_, script, _, _) in cases() {
        for (end, _) in script.char_indices() {
            super::parser::parse(&script[..end].into(), 0);
        }
        for _ in 0..40 {
            let mut chars: Vec<char> = script.chars().collect();
            for _ in 0..1 + random() % 4 {
                let at = random() as usize % (chars.len() + 1);
                let piece = PIECES[random() as usize % PIECES.len()];
                let cut = (at + random() as usize % 3).min(chars.len());
                chars.splice(at..cut, piece.chars());
            }
            let text: String = chars.into_iter().collect();
            super::parser::parse(&text.as_str().into(), 0);
        }
    }
    for deep in ["(", "$(", "{ ", "`", "if ", "\"${a:-", "$((", "a() "] {
        super::parser::parse(&deep.repeat(20_000).as_str().into(), 0);
    }
}

#[test]
fn no_mutation_of_a_script_with_awk_makes_the_shell_panic_or_hang() {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    const PIECES: [&str; 22] = [
        "{", "}", "(", ")", "/", "\"", "$", "\\", ";", "\n", "getline", "for(", "while(1)", " in ", "|", ">", "é",
        "-1", "1e99", "%*d", "[", "=",
    ];
    for (title, script, _, _) in cases().into_iter().filter(|(title, ..)| title.starts_with("awk.txt")) {
        for _ in 0..25 {
            let mut chars: Vec<char> = script.chars().collect();
            let at = random() as usize % (chars.len() + 1);
            let cut = (at + random() as usize % 3).min(chars.len());
            chars.splice(at..cut, PIECES[random() as usize % PIECES.len()].chars());
            let text: String = chars.into_iter().collect();
            let host = Host::new();
            host.start(&["sh", "-c", &text]);
            host.run(2);
            assert!(host.output().len() < 1 << 26, "{title}");
        }
    }
}
