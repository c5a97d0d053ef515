//! Processes: parents and children, signals, the end. What a process can do with files and others is in `calls`.

use super::errno::Errno;
use super::executor::TaskKey;
use super::files::Access;
use super::namespaces::{Kernel, Launch, Namespaces, Start};
use super::program::{ExitStatus, Program, Running};
use super::signal::{DefaultAction, Disposition, Signal, SignalSet};
use super::sync::Notify;
use super::time::Instant;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// What a process has open, by number.
pub type Descriptors = Vec<Option<Rc<super::descriptor::Description>>>;

/// Where a signal comes from: process 1 is protected from its own namespace only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A process of the same namespaces.
    Inside,
    /// The engine, a terminal.
    Outside,
}

/// A process: a cheap handle. It is also what its program makes its system calls with.
#[derive(Clone)]
pub struct Process(pub(super) Rc<ProcessState>);

pub(super) struct ProcessState {
    pub(super) namespaces: Namespaces,
    pid: u32,
    parent: Cell<u32>,
    /// Whether it ever had a child: most have none, and their end costs less.
    had_children: Cell<bool>,
    group: Cell<u32>,
    /// Shared with those who were given the same, until it is changed.
    pub(super) start: RefCell<Rc<Start>>,
    pub(super) access: Cell<Access>,
    pub(super) umask: Cell<u32>,
    /// Shared like `start`; `None` once it has ended.
    pub(super) descriptors: RefCell<Option<Rc<Descriptors>>>,
    signals: Cell<Signals>,
    life: Cell<Life>,
    stopped: Cell<bool>,
    parked: RefCell<Option<Waker>>,
    task: Cell<Option<TaskKey>>,
    pub(super) replacement: RefCell<Option<Rc<dyn Program>>>,
    pub(super) work: Cell<Work>,
    /// See [`Process::tag`].
    pub(super) tag: Cell<Option<u32>>,
    /// A signal waits, a child ended, or the process itself did.
    pub(super) changed: Notify,
}

#[derive(Clone, Copy, Default)]
struct Signals {
    ignored: SignalSet,
    handled: SignalSet,
    pending: SignalSet,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Running,
    Zombie(ExitStatus),
}

/// Steps since the process last let time pass, see `Process::work`.
#[derive(Clone, Copy, Default)]
pub(super) struct Work {
    pub(super) since: Instant,
    pub(super) steps: u32,
    pub(super) pauses: u32,
}

impl Process {
    pub(super) fn new(namespaces: &Namespaces, parent: u32, launch: Launch) -> Result<Self, Errno> {
        namespaces.enter(|pid| {
            Self(Rc::new(ProcessState {
                namespaces: namespaces.clone(),
                pid,
                parent: Cell::new(parent),
                had_children: Cell::new(false),
                group: Cell::new(pid),
                start: RefCell::new(launch.start),
                access: Cell::new(launch.access),
                umask: Cell::new(0o022),
                descriptors: RefCell::new(Some(launch.descriptors)),
                signals: Cell::default(),
                life: Cell::new(Life::Running),
                stopped: Cell::new(false),
                parked: RefCell::new(None),
                task: Cell::new(None),
                replacement: RefCell::new(None),
                work: Cell::default(),
                tag: Cell::new(None),
                changed: Notify::new(),
            }))
        })
    }

    /// A child that has all that this process has, but what `start` gives it. It does not run yet.
    pub(super) fn child(&self, start: Rc<Start>) -> Result<Self, Errno> {
        let descriptors = self.0.descriptors.borrow().clone().unwrap_or_default();
        let launch = Launch { start, access: self.0.access.get(), descriptors };
        let child = Self::new(&self.0.namespaces, self.0.pid, launch)?;
        self.0.had_children.set(true);
        child.0.group.set(self.0.group.get());
        child.0.umask.set(self.0.umask.get());
        child.0.tag.set(self.0.tag.get());
        child.0.signals.set(Signals { ignored: self.0.signals.get().ignored, ..Signals::default() });
        Ok(child)
    }

    pub(super) fn start(&self, program: Rc<dyn Program>) {
        self.start_running(program.run(self.clone()));
    }

    pub(super) fn start_running(&self, running: Running) {
        let driver = Driver { process: self.clone(), running };
        let freezer = self.0.namespaces.freezer().clone();
        self.0.task.set(Some(self.kernel().tasks().start(Some(freezer), Box::pin(driver))));
    }

    /// Gives this process, and those it starts from now on, a number that means something to who started it.
    pub fn set_tag(&self, tag: u32) {
        self.0.tag.set(Some(tag));
    }

    /// The number it was given, else that of its namespaces.
    pub fn tag(&self) -> Option<u32> {
        self.0.tag.get().or_else(|| self.0.namespaces.tag())
    }

    /// The machine.
    pub fn kernel(&self) -> &Kernel {
        self.0.namespaces.kernel()
    }

    /// The namespaces it lives in.
    pub fn namespaces(&self) -> &Namespaces {
        &self.0.namespaces
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.0.pid
    }

    /// Its parent's number; 0 if that is outside the namespaces.
    pub fn parent(&self) -> u32 {
        self.0.parent.get()
    }

    /// Its process group.
    pub fn group(&self) -> u32 {
        self.0.group.get()
    }

    /// Makes it the first of a process group of its own.
    pub fn lead_group(&self) {
        self.0.group.set(self.0.pid);
    }

    /// How it ended, if it has.
    pub fn status(&self) -> Option<ExitStatus> {
        match self.0.life.get() {
            Life::Running => None,
            Life::Zombie(status) => Some(status),
        }
    }

    /// Whether it stands still because of SIGSTOP.
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.get()
    }

    /// Ends when the process has ended. It does not count as a parent's `wait`.
    pub async fn ended(&self) -> ExitStatus {
        loop {
            let changed = self.0.changed.notified();
            if let Some(status) = self.status() {
                return status;
            }
            changed.await;
        }
    }

    /// What it does about `signal`.
    pub fn disposition(&self, signal: Signal) -> Disposition {
        let signals = self.0.signals.get();
        match (signals.ignored.contains(signal), signals.handled.contains(signal)) {
            (true, _) => Disposition::Ignore,
            (_, true) => Disposition::Handle,
            _ => Disposition::Default,
        }
    }

    /// Whether it ignores any signal at all.
    pub fn ignores_signals(&self) -> bool {
        self.0.signals.get().ignored != SignalSet::default()
    }

    /// Arranges what to do about `signal`; EINVAL for SIGKILL and SIGSTOP.
    pub fn set_disposition(&self, signal: Signal, disposition: Disposition) -> Result<(), Errno> {
        if signal.is_unstoppable() {
            return Err(Errno::Einval);
        }
        let mut signals = self.0.signals.get();
        signals.ignored.remove(signal);
        signals.handled.remove(signal);
        match disposition {
            Disposition::Default => {}
            Disposition::Ignore => signals.ignored.insert(signal),
            Disposition::Handle => signals.handled.insert(signal),
        }
        self.0.signals.set(signals);
        Ok(())
    }

    /// What exec does: signals that were handled get their default action again.
    pub(super) fn reset_handlers(&self) {
        let ignored = self.0.signals.get().ignored;
        self.0.signals.set(Signals { ignored, ..Signals::default() });
    }

    /// Takes the handled signal with the smallest number that waits.
    pub fn take_signal(&self) -> Option<Signal> {
        let mut signals = self.0.signals.get();
        let signal = signals.pending.iter().find(|signal| signals.handled.contains(*signal))?;
        signals.pending.remove(signal);
        self.0.signals.set(signals);
        Some(signal)
    }

    /// Whether `signal` waits to be taken.
    pub fn is_pending(&self, signal: Signal) -> bool {
        self.0.signals.get().pending.contains(signal)
    }

    /// Whether a handled signal waits to be taken.
    pub fn has_signal(&self) -> bool {
        let signals = self.0.signals.get();
        signals.pending.iter().any(|signal| signals.handled.contains(signal))
    }

    /// Ends when a handled signal waits to be taken.
    pub async fn signal_arrived(&self) {
        loop {
            let changed = self.0.changed.notified();
            if self.has_signal() {
                return;
            }
            changed.await;
        }
    }

    /// Sends it a signal.
    pub fn deliver(&self, signal: Signal, origin: Origin) {
        if self.status().is_some() {
            return;
        }
        let protected = self.0.pid == 1 && origin == Origin::Inside;
        match signal {
            Signal::KILL | Signal::STOP if protected => {}
            Signal::KILL => self.end(ExitStatus::Killed(Signal::KILL)),
            Signal::STOP => self.0.stopped.set(true),
            _ => self.deliver_catchable(signal),
        }
    }

    fn deliver_catchable(&self, signal: Signal) {
        if signal == Signal::CONT {
            self.go_on();
        }
        match (self.disposition(signal), signal.default_action()) {
            (Disposition::Ignore, _) => {}
            (Disposition::Handle, _) => {
                self.wait_to_be_taken(signal);
                self.0.changed.notify_all();
            }
            (Disposition::Default, _) if self.0.pid == 1 => {}
            (Disposition::Default, DefaultAction::Terminate) if self.stands_still() => self.wait_to_be_taken(signal),
            (Disposition::Default, DefaultAction::Terminate) => self.end(ExitStatus::Killed(signal)),
            (Disposition::Default, DefaultAction::Stop) => self.0.stopped.set(true),
            (Disposition::Default, DefaultAction::Ignore | DefaultAction::Continue) => {}
        }
    }

    fn stands_still(&self) -> bool {
        self.0.stopped.get() || self.0.namespaces.freezer().is_frozen()
    }

    fn wait_to_be_taken(&self, signal: Signal) {
        let mut signals = self.0.signals.get();
        signals.pending.insert(signal);
        self.0.signals.set(signals);
        if let Some(task) = self.0.task.get() {
            self.kernel().tasks().waker(task).wake();
        }
    }

    fn go_on(&self) {
        self.0.stopped.set(false);
        if let Some(waker) = self.0.parked.take() {
            waker.wake();
        }
    }

    /// A signal that came while the process stood still and whose default action ends it.
    fn deadly_signal(&self) -> Option<Signal> {
        let signals = self.0.signals.get();
        signals.pending.iter().find(|signal| !signals.handled.contains(*signal))
    }

    /// Ends the process: closes what it had open, hands its children over, tells its parent. If it is running right now,
    /// its future goes away after the present poll.
    pub(super) fn end(&self, status: ExitStatus) {
        if self.status().is_some() {
            return;
        }
        self.0.life.set(Life::Zombie(status));
        if let Some(task) = self.0.task.take() {
            self.kernel().tasks().abort(task);
        }
        drop(self.0.descriptors.take());
        let namespaces = &self.0.namespaces;
        if self.0.pid == 1 {
            namespaces.destroy();
            namespaces.forget_ended();
        } else {
            self.hand_children_over();
        }
        match namespaces.process(self.0.parent.get()).filter(|parent| parent.status().is_none()) {
            Some(parent) => parent.child_ended(),
            None => namespaces.leave(self.0.pid),
        }
        self.0.changed.notify_all();
        if self.0.pid == 1 {
            namespaces.set_ended(status);
        }
    }

    fn child_ended(&self) {
        self.deliver(Signal::CHLD, Origin::Inside);
        self.0.changed.notify_all();
    }

    fn hand_children_over(&self) {
        if !self.0.had_children.get() {
            return;
        }
        let namespaces = &self.0.namespaces;
        let init = namespaces.process(1).filter(|init| init.status().is_none());
        for child in namespaces.processes() {
            if child.0.parent.get() != self.0.pid {
                continue;
            }
            child.0.parent.set(init.as_ref().map_or(0, Process::pid));
            if let Some(init) = &init {
                init.0.had_children.set(true);
            }
            match (child.status(), &init) {
                (Some(_), Some(init)) => init.child_ended(),
                (Some(_), None) => namespaces.leave(child.0.pid),
                (None, _) => {}
            }
        }
    }
}

/// Polls a process's program, and the one it replaces itself with.
struct Driver {
    process: Process,
    running: Running,
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let process = self.process.clone();
        if process.0.stopped.get() {
            process.0.parked.replace(Some(context.waker().clone()));
            return Poll::Pending;
        }
        if let Some(signal) = process.deadly_signal() {
            process.end(ExitStatus::Killed(signal));
            return Poll::Pending;
        }
        let kernel = process.kernel();
        let outer = kernel.set_running(Some(process.clone()));
        let result = loop {
            match self.running.as_mut().poll(context) {
                Poll::Ready(code) => break Poll::Ready(code),
                Poll::Pending => match process.0.replacement.take() {
                    Some(program) => self.running = program.run(process.clone()),
                    None => break Poll::Pending,
                },
            }
        };
        kernel.set_running(outer);
        result.map(|code| process.end(ExitStatus::Exited(code)))
    }
}
