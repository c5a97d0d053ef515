//! An app, and what stands for the programs around it where nobody knows what its image holds.
//!
//! Must not know why a program is run: a probe and an `exec` are both processes that do not descend from process 1.

use super::run::run;
use super::{Declared, Source};
use crate::image::programs;
use crate::kernel::{ExitCode, Process, Program};
use std::cell::Cell;
use std::rc::Rc;

/// How many ancestors of a process are looked at.
const MOST_ANCESTORS: usize = 100;

/// One run of an app in an image of which perhaps nothing is known.
pub struct Unknown {
    pub(super) app: Declared,
    boot: Cell<Boot>,
    guesses: Cell<u64>,
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

impl Unknown {
    /// An app that behaves like that.
    pub fn new(app: Declared) -> Rc<Self> {
        Rc::new(Self { app, boot: Cell::new(Boot::Absent), guesses: Cell::new(0) })
    }

    /// The app itself.
    pub fn program(self: &Rc<Self>) -> Rc<dyn Program> {
        let app = self.clone();
        programs::of(move |process| run(process, app.clone()))
    }

    /// What stands for a program that no file holds: below the main process it is taken for the app; a probe or an `exec`
    /// gets code 0 once the app has booted, else 1, and is told on standard error that this is a guess.
    pub fn stand_in(self: &Rc<Self>) -> Rc<dyn Program> {
        let app = self.clone();
        programs::of(move |process| {
            let app = app.clone();
            async move {
                if is_below_the_main_process(&process) {
                    return run(process, app).await;
                }
                app.guesses.set(app.guesses.get() + 1);
                let name = process.args().first().map_or_else(String::new, |name| name.to_string());
                process
                    .complain(format!("drydock: nobody knows `{name}` in this image; its answer is guessed\n"))
                    .await;
                if app.has_booted() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
            }
        })
    }

    /// Whether nothing has to be waited for any more.
    pub fn has_booted(&self) -> bool {
        self.boot.get() != Boot::Begun
    }

    /// How many answers so far were guesses: those of the stand-in, and those of an app that is guessed itself.
    pub fn guesses(&self) -> u64 {
        self.guesses.get()
    }

    pub(super) fn begin(&self) {
        self.boot.set(Boot::Begun);
    }

    pub(super) fn booted(&self) {
        self.boot.set(Boot::Done);
    }

    pub(super) fn answered(&self) {
        if self.app.source == Source::Guessed {
            self.guesses.set(self.guesses.get() + 1);
        }
    }
}

fn is_below_the_main_process(process: &Process) -> bool {
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
