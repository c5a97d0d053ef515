//! The host of a session: its files, its processes, the engine that runs on it, and the commands its shell knows.

use super::{LocalImages, Session};
use crate::kernel::descriptor::Description;
use crate::kernel::files::{Access, MountTable, Tree};
use crate::kernel::spawn::Executable;
use crate::kernel::{
    Environment, ExitCode, Kernel, Launch, LaunchError, Namespaces, NetworkSpace, Process, Sink, Start, Tasks, program,
};
use crate::shell;
use crate::sim::client;
use crate::sim::engine::Engine;
use crate::sim::log::Stream;
use crate::sim::recorder::Recorder;
use std::rc::Rc;
use std::time::Duration;

/// What the host's clock shows when a session begins: 2025-11-24 09:00 UTC, a Monday some weeks after the versions of
/// Docker that are simulated came out.
const EPOCH: Duration = Duration::from_secs(1_763_974_800);
/// Where projects lie on the host.
const PROJECTS: &str = "/srv";

/// Where a command line writes to.
pub(super) type Output = Rc<dyn Fn(Stream, &[u8])>;

/// The simulated host.
pub(super) struct Host {
    pub tasks: Tasks,
    pub engine: Engine,
    pub files: Tree,
    pub network: NetworkSpace,
    /// The project's folder, absolute.
    pub folder: Rc<str>,
    namespaces: Namespaces,
    environment: Environment,
}

impl Host {
    /// A host with the session's folder on it and nothing in the engine but a few images.
    pub fn new(session: &Session, images: LocalImages) -> Self {
        let tasks = Tasks::new();
        let kernel = Kernel::new(&tasks, EPOCH);
        let files = Tree::layered(&root());
        let folder: Rc<str> = format!("{PROJECTS}/{}", session.folder_name).into();
        lay_out(&files, &folder, session);
        let network = NetworkSpace::new();
        let engine = Engine::new(&kernel, &Recorder::default(), &files, &network);
        match images {
            LocalImages::Busybox => engine.preload_image("busybox"),
            LocalImages::WholeCatalogue => engine.preload_catalogue(),
        }
        files.install("/usr/bin/docker", client::docker(&engine));
        files.install("/usr/bin/docker-compose", client::docker_compose(&engine));
        let mounts = MountTable::new(&files);
        for (tree, path) in [(Tree::devices(), "/dev"), (Tree::processes(), "/proc")] {
            let mounted = mounts.mount(&tree, "/", path, false);
            debug_assert!(mounted.is_ok(), "the host's root takes mounts");
        }
        let namespaces = Namespaces::without_init(&kernel, "host", &mounts, &network);
        let environment = [("PATH", "/usr/bin:/bin"), ("HOME", "/root"), ("PWD", &*folder)].into_iter().collect();
        Self { tasks, engine, files, network, folder, namespaces, environment }
    }

    /// Starts a command line in the project's folder; what it writes goes to `output`.
    pub fn shell(&self, line: &str, output: Output) -> Result<Process, LaunchError> {
        let sink = |stream| {
            let output = output.clone();
            let sink: Rc<dyn Sink> = Rc::new(move |bytes: &[u8]| output(stream, bytes));
            Some(Rc::new(Description::Sink(sink)))
        };
        let launch = Launch {
            start: Rc::new(Start {
                args: ["sh", "-c", line].into_iter().map(Rc::from).collect(),
                environment: self.environment.clone(),
                folder: self.folder.clone(),
            }),
            access: Access::ROOT,
            descriptors: Rc::new(vec![Some(Rc::new(Description::Null)), sink(Stream::Stdout), sink(Stream::Stderr)]),
        };
        let process = self.namespaces.launch_program(launch, &Executable::of(shell::shell()))?;
        Ok(process)
    }

    /// Absolute path of a file of the project.
    pub fn path(&self, relative: &str) -> String {
        format!("{}/{relative}", self.folder)
    }

    /// Everything that runs on the host itself ends, as at a loss of power.
    pub fn lose_power(&self) {
        self.namespaces.destroy();
    }

    /// Ctrl-C, or the end of a step that went on for too long.
    pub fn signal(&self, process: &Process, signal: crate::kernel::Signal) {
        self.namespaces.kill_group(process.group(), signal);
    }
}

/// `busybox wget …`: the applet named by the first argument.
async fn busybox(process: Process) -> ExitCode {
    let args = process.args();
    let Some(name) = args.get(1) else {
        process.print("BusyBox v1.35.0 multi-call binary.\n").await;
        return ExitCode::SUCCESS;
    };
    match process.find_program(&format!("/bin/{name}")) {
        Ok(applet) if &**name != "busybox" => {
            let environment = process.environment();
            process.exec(&applet, args[1..].into(), environment).await
        }
        _ => {
            process.complain(format!("{name}: applet not found\n")).await;
            ExitCode(127)
        }
    }
}

/// What every host has before the session; nobody changes it.
fn root() -> Tree {
    thread_local! {
        static ROOT: Tree = {
            let files = Tree::new();
            for made in ["/tmp", "/root", "/etc", "/var/lib"] {
                let result = files.make_folders(made);
                debug_assert!(result.is_ok(), "an empty tree takes folders");
            }
            for (name, program) in shell::applets() {
                files.install(&format!("/bin/{name}"), program);
            }
            for (name, program) in shell::coreutils() {
                files.install(&format!("/bin/{name}"), program);
            }
            files.install("/bin/busybox", program(busybox));
            files
        };
    }
    ROOT.with(Tree::clone)
}

fn lay_out(files: &Tree, folder: &str, session: &Session) {
    let made = files.make_folders(folder);
    debug_assert!(made.is_ok(), "the host's root takes folders");
    for (path, content) in &session.folder {
        // A path that runs through another file of the folder cannot be laid out; the project shows that it is missing.
        let _ = files.write(&format!("{folder}/{path}"), content.clone());
    }
}
