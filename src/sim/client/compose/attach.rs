//! The attached half of `up`: the containers' output on the screen, what their exits mean, and Ctrl-C (D56, D57). Must not know
//! how containers are started and stopped.

use super::super::context::{Context, HookListener, Owned};
use super::super::terminal::{Done, Failure};
use super::containers::{self, OneOff, Reach};
use super::host::Compose;
use super::labels::{self, Separator};
use super::monitor::{Monitor, Told};
use super::printer::{Printer, Style};
use super::start::{self, StartOptions};
use super::stop;
use crate::compose::model::Project;
use crate::kernel::{Disposition, Process, Signal};
use crate::sim::engine::{Attachment, ContainerView, Grace, OutputSink};
use crate::sim::log::{ContainerId, Stream};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What the first exit of a container means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnExit {
    /// Nothing.
    GoOn,
    /// All are stopped.
    StopOnAny,
    /// All are stopped, unless it exited with 0.
    StopOnFailure,
}

/// What an attached `up` shows and heeds.
#[derive(Clone, Debug)]
pub struct Attached {
    /// Services whose output is shown.
    pub services: Vec<String>,
    /// Services named on the command line: the ones that are watched and stopped; all if none is.
    pub named: Vec<String>,
    /// What the first exit means.
    pub on_exit: OnExit,
    /// `--exit-code-from`.
    pub exit_code_from: Option<String>,
    /// How lines are shown.
    pub style: Style,
}

/// What the tasks of an attached `up` share.
struct Session {
    context: Context,
    project: Rc<Project>,
    separator: Separator,
    attached: Attached,
    printer: Printer,
    interrupted: Cell<bool>,
    exit_code: Cell<i32>,
    errors: RefCell<Vec<String>>,
    attachments: RefCell<BTreeMap<ContainerId, Attachment>>,
    stops: RefCell<Vec<Owned<()>>>,
}

/// Starts the project and stays until its containers have ended.
pub async fn up(
    context: &Context,
    compose: &Compose,
    project: &Rc<Project>,
    attached: Attached,
    options: StartOptions,
) -> Done {
    let session = Rc::new(Session {
        printer: Printer::new(context.terminal.clone(), attached.style, compose.host.clock()),
        context: context.clone(),
        project: project.clone(),
        separator: compose.separator(),
        attached,
        interrupted: Cell::new(false),
        exit_code: Cell::new(0),
        errors: RefCell::default(),
        attachments: RefCell::default(),
        stops: RefCell::default(),
    });
    let process = compose.host.process.clone();
    for signal in [Signal::INT, Signal::TERM] {
        let _ = process.set_disposition(signal, Disposition::Handle);
    }
    let signals = context.own(session.clone().heed_signals(process));
    session.attach_all().await?;
    let monitor = Monitor::new(context, &project.name, Some(session.watched())).await;
    let mut followed = context.own(session.clone().follow_all(monitor));
    let heard = session.hook_listener();
    let (silent, shared) = (Context { hook_listener: heard, ..context.silent().uncancelled() }, project.clone());
    let mut started = context.own(async move { start::start(&silent, &shared, options).await });
    let start = started.ended().await.unwrap_or_else(|| Err(Failure::cancelled()));
    if let Err(failure) = start
        && !session.interrupted.get()
    {
        return Err(failure);
    }
    followed.ended().await;
    drop(signals);
    session.finish().await
}

impl Session {
    async fn attach_all(self: &Rc<Self>) -> Done {
        let found = containers::of_project(&self.context, &self.project.name, OneOff::Exclude, Reach::All).await;
        let shown = |container: &&ContainerView| self.shows(containers::service(container));
        let mut names: Vec<String> = found.iter().filter(shown).map(|container| self.name(container)).collect();
        if names.is_empty() {
            return Ok(());
        }
        names.sort();
        self.context.terminal.out(&format!("Attaching to {}\n", names.join(", ")));
        for container in found.iter().filter(shown) {
            self.attach(container)?;
        }
        Ok(())
    }

    /// Shows what hooks write, behind their container's name and an arrow.
    fn hook_listener(self: &Rc<Self>) -> Option<HookListener> {
        let session = self.clone();
        Some(Rc::new(move |container| {
            let (printer, tasks) = (session.printer.clone(), session.context.tasks.clone());
            let name = format!("{} ->", session.name(container));
            Rc::new(move |_, bytes| printer.bytes(&name, Stream::Stdout, bytes, tasks.now()))
        }))
    }

    fn shows(&self, service: &str) -> bool {
        self.attached.services.iter().any(|shown| shown == service)
    }

    fn watches(&self, service: &str) -> bool {
        match self.attached.named.is_empty() {
            true => self.shows(service),
            false => self.attached.named.iter().any(|named| named == service),
        }
    }

    fn name(&self, container: &ContainerView) -> String {
        labels::short_name(self.separator, &self.project, &container.name).to_owned()
    }

    fn attach(self: &Rc<Self>, container: &ContainerView) -> Done {
        let (printer, tasks, name) = (self.printer.clone(), self.context.tasks.clone(), self.name(container));
        let output: OutputSink = Rc::new(move |stream, bytes| printer.bytes(&name, stream, bytes, tasks.now()));
        let attachment = self.context.engine.attach(container.container, output)?;
        self.attachments.borrow_mut().insert(container.container, attachment);
        Ok(())
    }

    /// Follows what happens until none of the containers is left that count.
    async fn follow_all(self: Rc<Self>, mut monitor: Monitor) {
        while let Some(told) = monitor.next().await {
            match told {
                Told::Started(container) => self.follow(&container),
                Told::Ended { container, exit_code, back } => self.died(&container, exit_code, back),
            }
        }
    }

    /// The services that are watched.
    fn watched(&self) -> BTreeSet<String> {
        let services = if self.attached.named.is_empty() { &self.attached.services } else { &self.attached.named };
        services.iter().cloned().collect()
    }

    /// Shows the output of a container that was made since.
    fn follow(self: &Rc<Self>, container: &ContainerView) {
        let known = self.attachments.borrow().contains_key(&container.container);
        if !known
            && self.shows(containers::service(container))
            && let Err(failure) = self.attach(container)
        {
            self.errors.borrow_mut().push(failure.message().to_owned());
        }
    }

    /// Says that a run of a container has ended, and draws the conclusions.
    fn died(self: &Rc<Self>, container: &ContainerView, exit_code: i32, back: bool) {
        let name = self.name(container);
        self.printer.flush(&name, self.context.tasks.now());
        if self.shows(containers::service(container)) {
            self.printer.exited(&name, exit_code, back);
        }
        let heeded = match self.attached.on_exit {
            OnExit::GoOn => false,
            OnExit::StopOnAny => true,
            OnExit::StopOnFailure => exit_code != 0,
        };
        let first = self.stops.borrow().is_empty();
        if heeded && first {
            self.exit_code.set(exit_code);
            self.context.terminal.error("\u{1b}[31m\u{1b}[1mAborting on container exit...\u{1b}[0m\n");
            self.stop();
        }
        if self.attached.exit_code_from.as_deref() == Some(containers::service(container)) {
            self.exit_code.set(exit_code);
        }
    }

    /// Stops the services in the background.
    fn stop(self: &Rc<Self>) {
        let session = self.clone();
        let work = async move {
            let context = Context { hook_listener: session.hook_listener(), ..session.context.uncancelled() };
            let services = &session.attached.named;
            if let Err(failure) = stop::stop_services(&context, &session.project, services, Grace::Configured).await {
                session.errors.borrow_mut().push(failure.message().to_owned());
            }
        };
        let task = self.context.own(work);
        self.stops.borrow_mut().push(task);
    }

    /// The first Ctrl-C stops the services, the second kills them (D57).
    async fn heed_signals(self: Rc<Self>, process: Process) {
        loop {
            process.signal_arrived().await;
            while process.take_signal().is_some() {
                if self.interrupted.replace(true) {
                    self.kill().await;
                    continue;
                }
                self.printer.stop();
                self.context.terminal.out("Gracefully Stopping... press Ctrl+C again to force\n");
                self.stop();
            }
        }
    }

    async fn kill(&self) {
        let context = self.context.uncancelled();
        let found = containers::of_project(&context, &self.project.name, OneOff::Exclude, Reach::Running).await;
        for container in found.iter().filter(|container| self.watches(containers::service(container))) {
            context.progress.container(&container.name, "Killing");
            if context.kill(container.container, "SIGKILL", context.asked()).await.is_ok() {
                context.progress.container(&container.name, "Killed");
            }
        }
    }

    /// Waits for what was stopped in the background, and says how all ended.
    async fn finish(&self) -> Done {
        let stops = self.stops.take();
        for mut stop in stops {
            stop.ended().await;
        }
        let errors = self.errors.borrow().join("\n");
        match (self.interrupted.get(), self.exit_code.get(), errors.is_empty()) {
            (true, _, _) => Err(Failure::status(130)),
            (false, 0, true) => Ok(()),
            (false, 0, false) => Err(Failure::new(errors)),
            (false, code, _) => Err(Failure { code, text: Some(errors) }),
        }
    }
}
