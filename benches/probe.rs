//! What a probe costs: `sh -c "test -f /tmp/ready"` as a fresh process, and the same without a shell.

#![expect(clippy::disallowed_types, reason = "a bench reads the real clock")]

use drydock::kernel::files::Access;
use drydock::kernel::{
    Description, Environment, Kernel, Launch, MountTable, Namespaces, NetworkSpace, Outcome, Start, Tasks, Tree,
};
use std::rc::Rc;
use std::time::{Duration, Instant};

const ROUNDS: u32 = 200_000;

fn main() {
    let tasks = Tasks::new();
    let kernel = Kernel::new(&tasks, Duration::ZERO);
    let image = Tree::new();
    for (name, program) in drydock::shell::applets() {
        image.install(&format!("/bin/{name}"), program);
    }
    let root = Tree::layered(&image);
    root.write("/tmp/ready", "").expect("an empty tree takes a file");
    let mounts = MountTable::new(&root);
    mounts.mount(&Tree::devices(), "/", "/dev", false).expect("the mount point is made");
    mounts.mount(&Tree::new(), "/", "/data", false).expect("the mount point is made");
    let namespaces = Namespaces::new(&kernel, "box", &mounts, &NetworkSpace::new());
    let launch = |args: &[&str]| Launch {
        start: Rc::new(Start {
            args: args.iter().map(|arg| Rc::from(*arg)).collect(),
            environment: Environment::from_iter([("PATH", "/bin"), ("HOSTNAME", "box"), ("HOME", "/root")]),
            folder: "/".into(),
        }),
        access: Access::ROOT,
        descriptors: Rc::new(vec![Some(Rc::new(Description::Null)); 3]),
    };
    namespaces.launch(launch(&["sleep", "100000000"])).expect("sleep is there");
    for args in [
        &["/bin/sh", "-c", "test -f /tmp/ready"][..],
        &["test", "-f", "/tmp/ready"],
        &["sh", "-c", "cat /tmp/ready | grep -q x || exit 1"],
    ] {
        let probe = launch(args);
        let begun = Instant::now();
        for _ in 0..ROUNDS {
            let process = namespaces.launch(probe.clone()).expect("the program is there");
            let outcome = tasks.run_until(tasks.now() + Duration::from_millis(1));
            assert!(process.status().is_some() && outcome == Outcome::Deadline);
        }
        println!("{args:?}: {} ns", begun.elapsed().as_nanos() / u128::from(ROUNDS));
    }
    let begun = Instant::now();
    let inside = tasks.clone();
    let sleeper = tasks.spawn(async move {
        for _ in 0..ROUNDS {
            inside.sleep(Duration::from_micros(1)).await;
        }
    });
    tasks.run_to_completion(&sleeper, drydock::kernel::Instant::from_micros(u64::MAX / 2));
    println!("a sleep: {} ns", begun.elapsed().as_nanos() / u128::from(ROUNDS));
}
