//! The part of a start that the runtime does: the mount table, the network namespace, the main process; and its errors
//! word for word (semantics R32, S41, W5, W6; recordings `command-not-found`, `data-bind-missing-file`, `port-conflict`).

use super::config::NetworkConfig;
use super::container::{Attached, Container, Source};
use super::tmpfs::TmpfsOptions;
use super::view::ContainerState;
use super::{Engine, identity, init, main_program};
use crate::image::Fidelity;
use crate::image::declared::Unknown;
use crate::kernel::descriptor::Description;
use crate::kernel::files::{Access, Follow, MountTable, Owner, Tree};
use crate::kernel::pipe::pipe;
use crate::kernel::spawn::{Executable, Known};
use crate::kernel::{
    Environment, Errno, ExitCode, Launch, LaunchError, Namespaces, NetworkSpace, Process, Start, program,
};
use crate::sim::log::{Cause, DataPlace, EventKind, MountedVolume, Stream};
use std::net::Ipv4Addr;
use std::rc::Rc;

pub(super) const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// What stands in front of every error of the runtime.
const RUNTIME: &str = "failed to create task for container: failed to create shim task: OCI runtime create failed: runc \
                       create failed: unable to start container process: ";

/// A user nobody knows the number of: not root.
const SOME_USER: Access = Access { owner: Owner { user: 1000, group: 1000 } };

/// Why a container could not be started.
pub(super) struct Failure {
    pub message: String,
    /// What the error says about the main process (R32); without it the container keeps the code it has, or gets 128.
    pub exit_code: Option<i32>,
}

impl Failure {
    /// An error of the engine itself: the runtime was not even asked.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: None }
    }

    /// An error of the runtime: the exit code follows from the text, as in the daemon.
    fn runtime(message: impl AsRef<str>) -> Self {
        let mut message = format!("{RUNTIME}{}", message.as_ref());
        let mut exit_code = None;
        if message.contains("executable file not found") || message.contains("no such file or directory") {
            exit_code = Some(127);
        } else if message.contains("permission denied") {
            exit_code = Some(126);
        } else if message.ends_with("not a directory") {
            message.push_str(
                ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path \
                 exists and is the expected type",
            );
            exit_code = Some(127);
        }
        Self { message, exit_code }
    }
}

/// What a launched process has, for those that are executed beside it later.
pub(super) struct Launched {
    pub environment: Environment,
    pub access: Access,
    pub folder: Rc<str>,
    /// What stands for programs that nobody recognises.
    pub unknown: Rc<Unknown>,
}

/// Builds the mount table, making what is missing on the host (S41); records the volumes' mounts.
pub(super) fn mount_all(
    engine: &Engine,
    container: &Container,
    cause: Cause,
    attached: &mut Attached,
) -> Result<MountTable, Failure> {
    let table = MountTable::new(&container.layer);
    let system = [(Tree::devices(), "/dev"), (Tree::processes(), "/proc")];
    for (tree, destination) in &system {
        mount(&table, tree, "/", destination, false)?;
    }
    let files = system_files(engine, container);
    for name in ["hostname", "hosts", "resolv.conf"] {
        mount(&table, &files, &format!("/{name}"), &format!("/etc/{name}"), false)?;
    }
    for mounted in &container.mounts {
        let destination = &*mounted.destination;
        let (tree, path) = match &mounted.source {
            Source::Volume { name, subpath } => {
                let (tree, root) = engine.0.volumes.borrow_mut().mount(name).map_err(Failure::new)?;
                attached.volumes.push(name.clone());
                let told = MountedVolume { name: name.clone(), destination: mounted.destination.clone() };
                engine.record(cause, EventKind::VolumeMounted { container: container.id, mounted: told.into() });
                (tree, below(&root, subpath.as_deref()))
            }
            Source::Bind { path, create } => {
                if *create && !engine.0.host.exists(path) {
                    let made = engine.0.observers.on_behalf(cause, || engine.0.host.make_folders(path));
                    made.map_err(|problem| {
                        Failure::new(format!(
                            "error while creating mount source path '{path}': mkdir {path}: {}",
                            lower(problem)
                        ))
                    })?;
                }
                engine.0.observers.mounts_host_path(path, DataPlace::Host(path.clone()));
                (engine.0.host.clone(), path.to_string())
            }
            Source::Tmpfs { options, .. } => {
                let options = TmpfsOptions::parse(options).map_err(Failure::new)?;
                let there = table.find(destination, Follow::Last, Access::ROOT).ok();
                let tree = options.tree(there.map(|place| place.stat().mode & 0o7777));
                let place = DataPlace::Tmpfs(container.id, mounted.destination.clone());
                engine.0.observers.observe(&tree, place);
                attached.tmpfs.push((mounted.destination.clone(), tree.clone()));
                (tree, "/".to_string())
            }
            Source::Image { tree, path } => (tree.clone(), path.clone()),
        };
        if !tree.exists(&path) {
            return Err(missing_source(mounted, &path));
        }
        engine.0.observers.on_behalf(cause, || mount(&table, &tree, &path, destination, mounted.read_only))?;
    }
    engine.0.observers.on_behalf(cause, || make_working_folder(container, &table))?;
    table.set_root_read_only(container.config.read_only);
    Ok(table)
}

fn mount(table: &MountTable, tree: &Tree, path: &str, destination: &str, read_only: bool) -> Result<(), Failure> {
    table.mount(tree, path, destination, read_only).map_err(|problem| {
        Failure::runtime(format!(
            "error during container init: error mounting \"{path}\" to rootfs at \"{destination}\": mount src={path}, \
             dst={destination}, dstFd=/proc/thread-self/fd/8, flags=MS_BIND|MS_REC: {}",
            lower(problem)
        ))
    })
}

/// Makes the working folder again where a mount hides the one that the container was created with (runc, rootfs_linux.go
/// prepareRootfs).
fn make_working_folder(container: &Container, table: &MountTable) -> Result<(), Failure> {
    let folder = &container.settings.working_dir;
    let made = table.make_folders(folder, 0o755, Access::ROOT);
    made.map_err(|problem| Failure::runtime(format!("error during container init: mkdir {folder}: {}", lower(problem))))
}

fn missing_source(mounted: &super::container::Mount, path: &str) -> Failure {
    match &mounted.source {
        Source::Volume { name, subpath: Some(_) } => {
            let full = format!("/var/lib/docker/volumes/{name}/_data{path}");
            Failure::new(format!("cannot access path {full}: lstat {full}: no such file or directory"))
        }
        _ => Failure::new(format!("invalid mount config for type \"bind\": bind source path does not exist: {path}")),
    }
}

fn below(root: &str, subpath: Option<&str>) -> String {
    match subpath {
        Some(subpath) => format!("{}/{subpath}", root.trim_end_matches('/')),
        None => root.to_string(),
    }
}

fn lower(problem: Errno) -> String {
    problem.message().to_lowercase()
}

/// `/etc/hosts` and its neighbours, which the engine writes for every container.
fn system_files(engine: &Engine, container: &Container) -> Tree {
    let files = Tree::new();
    let name = seen_hostname(engine, container);
    let texts = [
        ("/hostname", format!("{name}\n")),
        ("/hosts", hosts(engine, container, &[])),
        ("/resolv.conf", "nameserver 127.0.0.11\n".into()),
    ];
    for (path, text) in texts {
        let written = files.write(path, text);
        debug_assert!(written.is_ok(), "an empty tree takes a file");
    }
    files
}

/// The text of `/etc/hosts`, with the container's addresses at its end.
fn hosts(engine: &Engine, container: &Container, own: &[Ipv4Addr]) -> String {
    let mut text = String::from(
        "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\n\
         ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n",
    );
    for (extra, address) in &container.config.extra_hosts {
        match address.as_str() {
            "host-gateway" => text.push_str(&format!("{}\t{extra}\n", engine.host_gateway())),
            address => text.push_str(&format!("{address}\t{extra}\n")),
        }
    }
    let (name, domain) = (hostname(container), container.config.domain_name.as_deref().unwrap_or_default());
    for address in own {
        match domain {
            "" => text.push_str(&format!("{address}\t{name}\n")),
            domain => text.push_str(&format!("{address}\t{name}.{domain} {name}\n")),
        }
    }
    text
}

/// Writes the addresses a container has been given into its `/etc/hosts`, unless that is a mount of its own.
fn tell_own_addresses(engine: &Engine, container: &Container, mounts: &MountTable) {
    if container.mounts.iter().any(|mount| &*mount.destination == "/etc/hosts") {
        return;
    }
    let endpoints = container.endpoints.borrow();
    let own: Vec<Ipv4Addr> =
        endpoints.iter().filter_map(|endpoint| engine.0.networks.address(&endpoint.network, container.id)).collect();
    let file = mounts.find("/etc/hosts", Follow::Last, Access::ROOT);
    let written = file.and_then(|file| file.write(Rc::new(hosts(engine, container, &own).into_bytes())));
    debug_assert!(written.is_ok(), "the engine has mounted this file itself");
}

pub(super) fn hostname(container: &Container) -> String {
    container.config.hostname.clone().unwrap_or_else(|| container.hex[..identity::SHORT].to_string())
}

/// The name a container's processes see: that of the container whose network it shares.
fn seen_hostname(engine: &Engine, container: &Container) -> String {
    match container.config.network {
        NetworkConfig::Container(donor) => match engine.container(donor) {
            Ok(donor) if donor.id != container.id => seen_hostname(engine, &donor),
            _ => hostname(container),
        },
        _ => hostname(container),
    }
}

/// Connects the network and starts the main process.
pub(super) fn run(
    engine: &Engine,
    container: &Rc<Container>,
    mounts: MountTable,
    attached: &Attached,
) -> Result<(Namespaces, Launched), Failure> {
    let network = network_space(engine, container)?;
    let name = seen_hostname(engine, container);
    let namespaces = Namespaces::new(&engine.0.kernel, &name, &mounts, &network);
    let access = match find_user(&mounts, &container.settings.user) {
        // Of an image nobody knows one does not know the users either.
        Err(_) if container.image.fidelity == Fidelity::Guessed => SOME_USER,
        found => found?,
    };
    let environment = environment(container, name, &mounts, access);
    let folder: Rc<str> = container.settings.working_dir.as_str().into();
    let output = |stream| Some(Rc::new(Description::Sink(container.output.sink(stream))));
    let launch = Launch {
        start: Rc::new(Start {
            args: container.settings.argv.clone(),
            environment: environment.clone(),
            folder: folder.clone(),
        }),
        access,
        descriptors: Rc::new(vec![Some(input(container, attached)), output(Stream::Stdout), output(Stream::Stderr)]),
    };
    let main_program::MainProgram { executable, unknown } = main_program::find(container, &namespaces, &launch);
    let (launch, executable) = match container.config.init {
        true => init::in_front_of(launch, executable.ok()),
        false => (launch, executable.map_err(|text| Failure::runtime(format!("error during container init: {text}")))?),
    };
    engine
        .connect_all(container, &network, attached)
        .map_err(|problem| Failure::new(format!("failed to set up container networking: {problem}")))?;
    tell_own_addresses(engine, container, &mounts);
    let started = namespaces.launch_program(launch, &executable);
    started.map_err(|problem| Failure::runtime(launch_problem(problem, "")))?;
    Ok((namespaces, Launched { environment, access, folder, unknown }))
}

/// Standard input: what a client has attached; with a terminal or `stdin_open` something that never comes; else nothing.
fn input(container: &Container, attached: &Attached) -> Rc<Description> {
    if let Some(reader) = container.input.take() {
        return Rc::new(Description::PipeReader(reader));
    }
    if !container.config.tty && !container.config.stdin_open {
        return Rc::new(Description::Null);
    }
    let (reader, writer) = pipe();
    attached.input.replace(Some(writer));
    Rc::new(Description::PipeReader(reader))
}

/// The program of a launch, or the runtime's text from `exec:` on.
pub(super) fn executable(namespaces: &Namespaces, launch: &Launch) -> Result<Executable, String> {
    let folder = &launch.start.folder;
    enter(namespaces, folder).map_err(|problem| launch_problem(LaunchError::Folder(problem), folder))?;
    namespaces.find_program(launch).or_else(|problem| instead(problem, launch))
}

/// Whether a process can begin in `folder`, before it gives up the rights of root (runc, init_linux.go finalizeNamespace).
fn enter(namespaces: &Namespaces, folder: &str) -> Result<(), Errno> {
    let place = namespaces.mounts().find(folder, Follow::Last, Access::ROOT)?;
    if place.stat().is_folder() { Ok(()) } else { Err(Errno::Enotdir) }
}

/// Starts a launch that is repeated; the error is the runtime's text from `exec:` on.
pub(super) fn start_again(
    namespaces: &Namespaces,
    launch: &Launch,
    known: &mut Option<Known>,
) -> Result<Process, String> {
    let other;
    let executable = match namespaces.find_program_again(launch, known) {
        Ok(found) => found,
        Err(problem) => {
            other = instead(problem, launch)?;
            &other
        }
    };
    namespaces.launch_program(launch.clone(), executable).map_err(|problem| format!("{problem:?}"))
}

/// What runs in place of a file that cannot be executed, or why nothing does.
fn instead(problem: Errno, launch: &Launch) -> Result<Executable, String> {
    let name = launch.start.args.first().map_or("", |name| name);
    if problem != Errno::Enoexec {
        return Err(launch_problem(LaunchError::Program(problem), name));
    }
    let text = format!("exec {name}: exec format error\n");
    Ok(Executable::of(program(move |process: Process| {
        let text = text.clone();
        async move {
            process.complain(text).await;
            ExitCode(255)
        }
    })))
}

/// The runtime's words for a program that cannot be started.
fn launch_problem(problem: LaunchError, name: &str) -> String {
    match problem {
        LaunchError::Program(Errno::Enoent) if !name.contains('/') => {
            format!("exec: \"{name}\": executable file not found in $PATH")
        }
        LaunchError::Program(Errno::Enoent) => format!("exec: \"{name}\": stat {name}: no such file or directory"),
        LaunchError::Program(problem) => format!("exec: \"{name}\": {}", lower(problem)),
        LaunchError::Folder(problem) => {
            format!("chdir to cwd (\"{name}\") set in config.json failed: {}", lower(problem))
        }
        LaunchError::Fork(problem) => format!("fork/exec: {}", lower(problem)),
    }
}

fn network_space(engine: &Engine, container: &Container) -> Result<NetworkSpace, Failure> {
    match &container.config.network {
        NetworkConfig::Host => Ok(engine.0.networks.host().clone()),
        NetworkConfig::Container(donor) => {
            let donor = engine.container(*donor).map_err(|problem| Failure::new(problem.message))?;
            let state = engine.state(&donor);
            match engine.live_run(&donor).filter(|_| state == ContainerState::Running) {
                Some(run) => Ok(run.namespaces.network().clone()),
                None => Err(Failure::new(format!(
                    "cannot join network namespace of a non running container: container {} is {}",
                    engine.name(&donor),
                    state.word()
                ))),
            }
        }
        NetworkConfig::Endpoints(_) | NetworkConfig::None => Ok(NetworkSpace::new()),
    }
}

/// User and group by number or by name in the image's `/etc/passwd`.
pub(super) fn find_user(mounts: &MountTable, user: &str) -> Result<Access, Failure> {
    let (user, group) = user.split_once(':').map_or((user, None), |(user, group)| (user, Some(group)));
    if user.is_empty() && group.is_none() {
        return Ok(Access::ROOT);
    }
    let passwd = table(mounts, "/etc/passwd");
    let entry = passwd.iter().find(|fields| fields.first().is_some_and(|name| name == user));
    let number = |fields: &Vec<String>, at: usize| fields.get(at).and_then(|field| field.parse().ok());
    let user_number = user.parse::<u32>().ok().or_else(|| entry.and_then(|fields| number(fields, 2)));
    let by_number = passwd.iter().find(|fields| number(fields, 2) == user_number);
    let own_group = entry.or(by_number).and_then(|fields| number(fields, 3)).unwrap_or(0);
    let group_number = match group {
        None => Some(own_group),
        Some(group) => group.parse().ok().or_else(|| {
            let groups = table(mounts, "/etc/group");
            groups
                .iter()
                .find(|fields| fields.first().is_some_and(|name| name == group))
                .and_then(|fields| number(fields, 2))
        }),
    };
    match (if user.is_empty() { Some(0) } else { user_number }, group_number) {
        (None, _) => Err(Failure::new(format!("unable to find user {user}: no matching entries in passwd file"))),
        (_, None) => Err(Failure::new(format!(
            "unable to find group {}: no matching entries in group file",
            group.unwrap_or_default()
        ))),
        (Some(user), Some(group)) => Ok(Access { owner: Owner { user, group } }),
    }
}

fn table(mounts: &MountTable, path: &str) -> Vec<Vec<String>> {
    let found = mounts.find(path, crate::kernel::files::Follow::Last, Access::ROOT).and_then(|place| place.read());
    let text = found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    text.lines().map(|line| line.split(':').map(str::to_string).collect()).collect()
}

/// The container's variables behind those the engine adds, which they replace in place (moby, container/env.go); `HOME`,
/// which the runtime adds, last.
fn environment(container: &Container, name: String, mounts: &MountTable, access: Access) -> Environment {
    let settings = &container.settings;
    let mut environment = Environment::new();
    environment.set("PATH", DEFAULT_PATH);
    environment.set("HOSTNAME", name);
    if container.config.tty {
        environment.set("TERM", "xterm");
    }
    for (name, value) in &settings.environment {
        environment.set(name.as_str(), value.as_str());
    }
    if !settings.environment.contains_key("HOME") {
        let user = access.owner.user.to_string();
        let passwd = table(mounts, "/etc/passwd");
        let entry = passwd.iter().find(|fields| fields.get(2) == Some(&user));
        let home = entry.and_then(|fields| fields.get(5)).filter(|home| !home.is_empty());
        let fallback = if access.owner.user == 0 { "/root" } else { "/" };
        environment.set("HOME", home.map_or(fallback, String::as_str));
    }
    environment
}
