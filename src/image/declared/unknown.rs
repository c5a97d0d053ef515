//! An app, and what stands for the programs around it where nobody knows what its image holds.
//!
//! Must not know why a program is run: a probe and an `exec` are both processes that do not descend from process 1.

use super::guess::{as_job, is_job};
use super::run::run;
use super::{Declared, Response, Source, trace};
use crate::image::programs;
use crate::kernel::{ExitCode, Instant, Process, Program};
use std::cell::{Cell, LazyCell};
use std::rc::Rc;
use std::time::Duration;

/// How many ancestors of a process are looked at.
const MOST_ANCESTORS: usize = 100;

/// One run of an app in an image of which perhaps nothing is known.
pub struct Unknown {
    /// What the app is taken for; mostly nobody asks.
    app: LazyCell<Rc<Declared>, Box<dyn FnOnce() -> Rc<Declared>>>,
    boot: Cell<Boot>,
    guessed_at: Cell<Option<Instant>>,
    tell: Box<dyn Fn(&Declared)>,
}

/// How far the app is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Boot {
    /// It does not run: the main program is one that is known, and there is nothing to wait for.
    Absent,
    /// It has started.
    Begun,
    /// It has booted.
    Done,
}

/// What a program's source tells about it, where that is more than the container does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clues {
    /// Ports it listens on.
    pub listens: Vec<u16>,
    /// Paths it answers.
    pub paths: Vec<String>,
}

impl Unknown {
    /// An app that behaves like that.
    pub fn new(app: Declared) -> Rc<Self> {
        Self::telling(move || app, |_| {})
    }

    /// An app that behaves as `app` says when it is asked; `tell` hears of every guess that begins to run.
    pub fn telling(app: impl FnOnce() -> Declared + 'static, tell: impl Fn(&Declared) + 'static) -> Rc<Self> {
        let app: Box<dyn FnOnce() -> Rc<Declared>> = Box::new(move || Rc::new(app()));
        Rc::new(Self {
            app: LazyCell::new(app),
            boot: Cell::new(Boot::Absent),
            guessed_at: Cell::new(None),
            tell: Box::new(tell),
        })
    }

    /// The app itself.
    pub fn program(self: &Rc<Self>) -> Rc<dyn Program> {
        let app = self.clone();
        programs::of(move |process| run(process, app.clone(), Rc::clone(&app.app)))
    }

    /// What stands for a program that no file holds, see [`Unknown::stand_for`].
    pub fn stand_in(self: &Rc<Self>) -> Rc<dyn Program> {
        let app = self.clone();
        programs::of(move |process| app.clone().stand_for(process, Clues::default()))
    }

    /// Runs a program nobody knows: as the main process or below it, it is taken for the app, or for a job by its words; a
    /// probe or an `exec` gets code 0 once the app has booted, else 1, and is told on standard error that this is a guess.
    async fn stand_for(self: Rc<Self>, process: Process, clues: Clues) -> ExitCode {
        if is_of_the_main_process(&process) {
            let declared = self.with(&process, &clues);
            return run(process, self, declared).await;
        }
        self.guessed_at.set(Some(process.now()));
        let name = process.args().first().map_or_else(String::new, |name| name.to_string());
        process.complain(format!("drydock: nobody knows `{name}` in this image; its answer is guessed\n")).await;
        if self.has_booted() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    /// The guess, as far as the words of the program and its source do not say more.
    fn with(&self, process: &Process, clues: &Clues) -> Rc<Declared> {
        if self.app.source == Source::Written {
            return Rc::clone(&self.app);
        }
        let mut app = Declared::clone(&self.app);
        if is_job(process.args().iter().skip(1).map(|word| &**word)) {
            return Rc::new(as_job(app));
        }
        if !clues.listens.is_empty() {
            app.listens.clone_from(&clues.listens);
        }
        let response = Response { status: 200, body: "ok".to_string(), delay: Duration::ZERO };
        app.responds.extend(clues.paths.iter().map(|path| (path.clone(), response.clone())));
        Rc::new(app)
    }

    /// Whether nothing has to be waited for any more.
    pub fn has_booted(&self) -> bool {
        self.boot.get() != Boot::Begun
    }

    /// Whether some answer was a guess, then or later: one of the stand-in, or one of an app that is guessed itself.
    pub fn has_guessed_since(&self, then: Instant) -> bool {
        self.guessed_at.get().is_some_and(|at| at >= then)
    }

    pub(super) fn begin(&self, declared: &Declared) {
        self.boot.set(Boot::Begun);
        if declared.source == Source::Guessed {
            (self.tell)(declared);
        }
    }

    pub(super) fn booted(&self, declared: &Declared) {
        // Behind a job there may be the app, for which a probe has to wait.
        if declared.end.is_none() || declared.source == Source::Written {
            self.boot.set(Boot::Done);
        }
    }

    pub(super) fn answered(&self, now: Instant) {
        if self.app.source == Source::Guessed {
            self.guessed_at.set(Some(now));
        }
    }
}

/// A program of which only the name is known.
pub fn mystery() -> Rc<dyn Program> {
    programs::of(|process| stand_for(process, Clues::default()))
}

/// Runs a program that nobody recognises, in place of the present one. While an image is built there is no app it could be: it succeeds, and leaves a trace.
pub async fn stand_for(process: Process, clues: Clues) -> ExitCode {
    if let Some(app) = process.namespaces().companion::<Unknown>() {
        return app.stand_for(process, clues).await;
    }
    let words = process.args().iter().map(|word| &**word).collect::<Vec<_>>().join(" ");
    process.complain(format!("drydock: nobody knows `{words}`; what it makes is guessed\n")).await;
    trace::leave_here(&process).await;
    ExitCode::SUCCESS
}

fn is_of_the_main_process(process: &Process) -> bool {
    let all = process.namespaces().processes();
    let mut number = process.pid();
    for _ in 0..MOST_ANCESTORS {
        match all.iter().find(|one| one.pid() == number).map(Process::parent) {
            Some(parent) if parent > 0 => number = parent,
            Some(_) | None => break,
        }
    }
    number == 1
}
