//! Traps: what the shell does on signals and at its end.

use super::interpreter::{Done, Flow, Shell, Tail};
use super::parser::parse;
use crate::kernel::{Disposition, Process, Signal};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Actions by signal; 0 stands for the shell's end. An empty action ignores the signal.
#[derive(Clone, Default)]
pub(super) struct Traps {
    actions: BTreeMap<u8, Rc<str>>,
    /// Signals that were ignored when the shell began: they stay so.
    ignored: Vec<u8>,
    /// SIGINT ends the shell between two commands, also one that the system would not kill (busybox, ash.c setsignal and
    /// raise_interrupt; dash does the same).
    interruptible: bool,
}

impl Traps {
    pub(super) fn inherit(&mut self, process: &Process) {
        if !process.ignores_signals() {
            return;
        }
        let ignored = |number: &u8| {
            Signal::from_number(*number).is_some_and(|signal| process.disposition(signal) == Disposition::Ignore)
        };
        self.ignored = (1..=31).filter(ignored).collect();
    }

    /// From now on the shell heeds SIGINT by itself, unless it was ignored from the beginning.
    pub(super) fn heed_interrupts(&mut self, process: &Process) {
        self.interruptible = process.disposition(Signal::INT) == Disposition::Default
            && process.set_disposition(Signal::INT, Disposition::Handle).is_ok();
    }

    /// In a subshell only what is ignored stays.
    pub(super) fn forget_handlers(&mut self, process: &Process) {
        self.actions.retain(|_, action| action.is_empty());
        if std::mem::take(&mut self.interruptible) && process.disposition(Signal::INT) == Disposition::Handle {
            let _ = process.set_disposition(Signal::INT, Disposition::Default);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    pub(super) fn take_exit(&mut self) -> Option<Rc<str>> {
        self.actions.remove(&0)
    }

    /// All traps as commands that would set them again.
    pub(super) fn listed(&self) -> String {
        let shown = |(number, action): (&u8, &Rc<str>)| {
            let name = Signal::from_number(*number).and_then(Signal::name).unwrap_or("EXIT");
            format!("trap -- {} {name}\n", super::builtins::quote(action))
        };
        self.actions.iter().map(shown).collect()
    }

    /// Sets or (with nothing) resets the trap for a signal; 0 is the shell's end.
    pub(super) fn set(&mut self, number: u8, action: Option<Rc<str>>, process: &Process) {
        let disposition = match &action {
            None if self.interruptible && number == Signal::INT.number() => Disposition::Handle,
            None => Disposition::Default,
            Some(action) if action.is_empty() => Disposition::Ignore,
            Some(_) => Disposition::Handle,
        };
        match action {
            Some(action) => drop(self.actions.insert(number, action)),
            None => drop(self.actions.remove(&number)),
        }
        if let Some(signal) = Signal::from_number(number).filter(|_| !self.ignored.contains(&number)) {
            let _ = process.set_disposition(signal, disposition);
        }
    }
}

impl Shell {
    /// Runs the traps of the signals that have arrived; `$?` is afterwards what it was.
    pub(super) async fn run_traps(&mut self) -> Done {
        while let Some(signal) = self.process.take_signal() {
            let Some(action) = self.traps.actions.get(&signal.number()).cloned() else {
                if signal == Signal::INT && self.traps.interruptible {
                    return self.be_interrupted().await;
                }
                continue;
            };
            let status = self.status;
            let script = parse(&action, self.line);
            let result = Box::pin(self.run_parsed(&script, Tail::No)).await;
            match result {
                Ok(()) => self.status = status,
                Err(flow @ (Flow::Exit | Flow::Return | Flow::Break(_) | Flow::Continue(_))) => return Err(flow),
            }
        }
        Ok(())
    }

    /// Dies of SIGINT; process 1, which the system does not kill, ends all the same.
    async fn be_interrupted(&mut self) -> Done {
        let _ = self.process.set_disposition(Signal::INT, Disposition::Default);
        let _ = self.process.kill(i64::from(self.process.pid()), Some(Signal::INT)).await;
        self.status = 128 + Signal::INT.number();
        Err(Flow::Exit)
    }
}
