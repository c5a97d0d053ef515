//! The machine, and the namespaces in which processes live: process numbers, mounts, host name, network, freezer.
//!
//! One [`Namespaces`] is what one run of a container has. Must not know why it is made, frozen or ended.

use super::environment::Environment;
use super::errno::Errno;
use super::executor::Tasks;
use super::files::{Access, MountTable};
use super::freezer::Freezer;
use super::network::NetworkSpace;
use super::process::{Descriptors, Origin, Process};
use super::program::{ExitStatus, Program};
use super::signal::Signal;
use super::spawn::{Executable, Known};
use super::sync::Notify;
use super::time::Instant;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// How many processes one set of namespaces may hold; more fails with EAGAIN ("can't fork").
const MOST_PROCESSES: usize = 1_000;

/// The first process number where there is no process 1.
const FIRST_WITHOUT_INIT: u32 = 1_000;

/// The machine: the executor, the wall clock, and who runs now. A cheap handle.
#[derive(Clone)]
pub struct Kernel(Rc<KernelState>);

struct KernelState {
    tasks: Tasks,
    epoch: Cell<Duration>,
    running: RefCell<Option<Process>>,
}

impl Kernel {
    /// A machine whose wall clock showed `epoch` (since 1970, UTC) at the start of simulated time.
    pub fn new(tasks: &Tasks, epoch: Duration) -> Self {
        Self(Rc::new(KernelState { tasks: tasks.clone(), epoch: Cell::new(epoch), running: RefCell::new(None) }))
    }

    /// The executor.
    pub fn tasks(&self) -> &Tasks {
        &self.0.tasks
    }

    /// What the wall clock shows now, since 1970 in UTC.
    pub fn wall_clock(&self) -> Duration {
        self.wall_clock_at(self.0.tasks.now())
    }

    /// What the wall clock shows at an instant, since 1970 in UTC.
    pub fn wall_clock_at(&self, instant: Instant) -> Duration {
        self.0.epoch.get() + Duration::from_micros(instant.as_micros())
    }

    /// The process that is running right now, if the present task is one: who changed a file, say.
    pub fn running(&self) -> Option<Process> {
        self.0.running.borrow().clone()
    }

    pub(super) fn set_running(&self, process: Option<Process>) -> Option<Process> {
        self.0.running.replace(process)
    }
}

/// What a process is started with. A cheap handle: a launch may be repeated.
#[derive(Clone)]
pub struct Launch {
    /// What the program itself is given.
    pub start: Rc<Start>,
    /// User and group.
    pub access: Access,
    /// What it has open from the beginning, by number.
    pub descriptors: Rc<Descriptors>,
}

/// What a program is given. Processes that were given the same share it, until one of them changes its own.
#[derive(Clone)]
pub struct Start {
    /// Arguments; the first names the program.
    pub args: Rc<[Rc<str>]>,
    /// Environment.
    pub environment: Environment,
    /// Working folder, absolute.
    pub folder: Rc<str>,
}

/// Why a process could not be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaunchError {
    /// The working folder cannot be entered.
    Folder(Errno),
    /// No folder of PATH has the program (ENOENT), or the program cannot be executed.
    Program(Errno),
    /// There are too many processes.
    Fork(Errno),
}

/// What the processes of a container share. A cheap handle.
#[derive(Clone)]
pub struct Namespaces(Rc<NamespacesState>);

struct NamespacesState {
    kernel: Kernel,
    hostname: Rc<str>,
    mounts: MountTable,
    network: NetworkSpace,
    freezer: Freezer,
    /// With their numbers; later ones have larger.
    processes: RefCell<Vec<(u32, Process)>>,
    next_pid: Cell<u32>,
    status: Cell<Option<ExitStatus>>,
    ended: Notify,
    tag: Cell<Option<u32>>,
    out_of_memory: Cell<bool>,
    stand_in: RefCell<Option<Rc<dyn Program>>>,
    companion: RefCell<Option<Rc<dyn Any>>>,
}

impl Namespaces {
    /// Namespaces whose first process will be process 1: its end ends all others.
    pub fn new(kernel: &Kernel, hostname: &str, mounts: &MountTable, network: &NetworkSpace) -> Self {
        Self::starting_at(1, kernel, hostname, mounts, network)
    }

    /// Namespaces without a process 1 that could end: the host's.
    pub fn without_init(kernel: &Kernel, hostname: &str, mounts: &MountTable, network: &NetworkSpace) -> Self {
        Self::starting_at(FIRST_WITHOUT_INIT, kernel, hostname, mounts, network)
    }

    fn starting_at(pid: u32, kernel: &Kernel, hostname: &str, mounts: &MountTable, network: &NetworkSpace) -> Self {
        Self(Rc::new(NamespacesState {
            kernel: kernel.clone(),
            hostname: hostname.into(),
            mounts: mounts.clone(),
            network: network.clone(),
            freezer: Freezer::new(),
            processes: RefCell::default(),
            next_pid: Cell::new(pid),
            status: Cell::new(None),
            ended: Notify::new(),
            tag: Cell::new(None),
            out_of_memory: Cell::new(false),
            stand_in: RefCell::default(),
            companion: RefCell::default(),
        }))
    }

    /// Gives all processes of these namespaces a number that means something to who made them: see [`Process::tag`].
    pub fn set_tag(&self, tag: u32) {
        self.0.tag.set(Some(tag));
    }

    pub(super) fn tag(&self) -> Option<u32> {
        self.0.tag.get()
    }

    /// Starts a process from outside: process 1 first, an exec later. Its program is found as a shell would.
    pub fn launch(&self, launch: Launch) -> Result<Process, LaunchError> {
        let executable = self.find_program(&launch).map_err(LaunchError::Program)?;
        self.launch_program(launch, &executable)
    }

    /// Starts a process from outside that runs `executable`.
    pub fn launch_program(&self, mut launch: Launch, executable: &Executable) -> Result<Process, LaunchError> {
        launch.start = executable.given(launch.start);
        let process = Process::new(self, 0, launch).map_err(LaunchError::Fork)?;
        process.start(executable.program.clone());
        Ok(process)
    }

    /// The program `launch` asks for: a path, or a name looked up in its PATH.
    pub fn find_program(&self, launch: &Launch) -> Result<Executable, Errno> {
        let Start { args, environment, folder } = &*launch.start;
        let name = args.first().map_or("", |name| name);
        self.look_up(name, environment.get("PATH").map(|path| &**path), folder, launch.access)
    }

    /// Lets `program` stand for every program that no file holds: what the files should be is not known.
    pub fn set_stand_in(&self, program: Rc<dyn Program>) {
        self.0.stand_in.replace(Some(program));
    }

    /// Lets the programs here find something that their maker knows of; the kernel does not know what it is.
    pub fn set_companion(&self, companion: Rc<dyn Any>) {
        self.0.companion.replace(Some(companion));
    }

    /// What [`Namespaces::set_companion`] gave, if it is a `T`.
    pub fn companion<T: 'static>(&self) -> Option<Rc<T>> {
        self.0.companion.borrow().clone()?.downcast().ok()
    }

    /// What `name` means here: [`Executable::find`], or the stand-in if there is one.
    pub fn look_up(&self, name: &str, path: Option<&str>, folder: &str, access: Access) -> Result<Executable, Errno> {
        let found = Executable::find(&self.0.mounts, name, path, folder, access);
        match (found, &*self.0.stand_in.borrow()) {
            (Err(Errno::Enoent), Some(program)) if !name.is_empty() => Ok(Executable::of(program.clone())),
            (found, _) => found,
        }
    }

    /// Like [`Namespaces::find_program`], for one launch that is repeated: what was found is kept in `known`.
    pub fn find_program_again<'a>(
        &self,
        launch: &Launch,
        known: &'a mut Option<Known>,
    ) -> Result<&'a Executable, Errno> {
        Known::again(known, &self.0.mounts, || self.find_program(launch))
    }

    /// The machine.
    pub fn kernel(&self) -> &Kernel {
        &self.0.kernel
    }

    /// The host name.
    pub fn hostname(&self) -> &Rc<str> {
        &self.0.hostname
    }

    /// The mount table.
    pub fn mounts(&self) -> &MountTable {
        &self.0.mounts
    }

    /// The network namespace, perhaps shared with others.
    pub fn network(&self) -> &NetworkSpace {
        &self.0.network
    }

    /// Pause: while it is frozen none of the processes runs; signals and timers wait for the thaw, SIGKILL does not.
    pub fn freezer(&self) -> &Freezer {
        &self.0.freezer
    }

    /// How process 1 ended, once it has: by then all others have been killed.
    pub fn status(&self) -> Option<ExitStatus> {
        self.0.status.get()
    }

    /// Ends when process 1 has ended.
    pub async fn ended(&self) -> ExitStatus {
        loop {
            let ended = self.0.ended.notified();
            if let Some(status) = self.status() {
                return status;
            }
            ended.await;
        }
    }

    pub(super) fn set_ended(&self, status: ExitStatus) {
        self.0.status.set(Some(status));
        self.0.ended.notify_all();
    }

    /// The process of that number, unless it has ended and was waited for.
    pub fn process(&self, pid: u32) -> Option<Process> {
        let processes = self.0.processes.borrow();
        let at = processes.binary_search_by_key(&pid, |(number, _)| *number).ok()?;
        processes.get(at).map(|(_, process)| process.clone())
    }

    /// All processes, by number, with those that have ended and were not waited for.
    pub fn processes(&self) -> Vec<Process> {
        self.0.processes.borrow().iter().map(|(_, process)| process.clone()).collect()
    }

    /// Sends a signal from outside: SIGKILL and SIGSTOP reach even process 1.
    pub fn kill(&self, pid: u32, signal: Signal) -> Result<(), Errno> {
        self.process(pid).ok_or(Errno::Esrch)?.deliver(signal, Origin::Outside);
        Ok(())
    }

    /// Sends a signal to all processes of a group, as a terminal does for Ctrl-C.
    pub fn kill_group(&self, group: u32, signal: Signal) {
        for process in self.processes() {
            if process.group() == group {
                process.deliver(signal, Origin::Outside);
            }
        }
    }

    /// The memory allowed is used up: the kernel kills the process that asked for more.
    pub fn run_out_of_memory(&self, pid: u32) {
        self.0.out_of_memory.set(true);
        if let Some(process) = self.process(pid) {
            process.deliver(Signal::KILL, Origin::Outside);
        }
    }

    /// Whether the kernel has killed a process for its hunger.
    pub fn ran_out_of_memory(&self) -> bool {
        self.0.out_of_memory.get()
    }

    /// Ends everything at once, as a loss of power does.
    pub fn destroy(&self) {
        for process in self.processes() {
            process.deliver(Signal::KILL, Origin::Outside);
        }
    }

    /// The processes of now stop answering without ending: only SIGKILL reaches them. Later ones are not affected.
    pub fn hang(&self) {
        for process in self.processes() {
            process.deliver(Signal::STOP, Origin::Outside);
        }
    }

    pub(super) fn enter(&self, make: impl FnOnce(u32) -> Process) -> Result<Process, Errno> {
        let mut processes = self.0.processes.borrow_mut();
        if processes.len() >= MOST_PROCESSES || self.status().is_some() {
            return Err(Errno::Eagain);
        }
        let pid = self.0.next_pid.get();
        self.0.next_pid.set(pid + 1);
        let process = make(pid);
        processes.push((pid, process.clone()));
        Ok(process)
    }

    /// Takes those that nobody waited for off the list, when nobody is left who could.
    pub(super) fn forget_ended(&self) {
        self.0.processes.borrow_mut().retain(|(_, process)| process.status().is_none());
    }

    pub(super) fn leave(&self, pid: u32) {
        let mut processes = self.0.processes.borrow_mut();
        if let Ok(at) = processes.binary_search_by_key(&pid, |(number, _)| *number) {
            processes.remove(at);
        }
    }
}
