//! Any text as a script: the shell and its programs end or wait, and never panic.
#![no_main]

use drydock::image::base;
use drydock::kernel::files::Access;
use drydock::kernel::{
    Description, Environment, Instant, Kernel, Launch, MountTable, Namespaces, NetworkSpace, Start, Tasks, Tree,
};
use libfuzzer_sys::fuzz_target;
use std::rc::Rc;
use std::time::Duration;

fuzz_target!(|text: &str| {
    let tasks = Tasks::new();
    let kernel = Kernel::new(&tasks, Duration::from_secs(1_750_000_000));
    let mounts = MountTable::new(&base::busybox());
    mounts.mount(&Tree::devices(), "/", "/dev", false).expect("an empty folder takes a mount");
    let namespaces = Namespaces::new(&kernel, "box", &mounts, &NetworkSpace::new());
    let null = || Some(Rc::new(Description::Null));
    let launch = Launch {
        start: Rc::new(Start {
            args: ["sh", "-c", text].iter().map(|arg| Rc::from(*arg)).collect(),
            environment: Environment::from_iter([("PATH", "/bin"), ("HOME", "/root")]),
            folder: "/".into(),
        }),
        access: Access::ROOT,
        descriptors: Rc::new(vec![null(), null(), null()]),
    };
    if namespaces.launch(launch).is_ok() {
        tasks.run_until(Instant::from_micros(2_000_000));
    }
});
