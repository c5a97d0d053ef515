//! Going back to an instant of a session and going on differently from there. Must not know how steps are carried out.

use super::{Session, Step, TimedStep};
use crate::kernel::Instant;
use crate::sim::log::{EventKind, EventLog};
use std::time::Duration;

impl Session {
    /// The session as it was until `at`, continued by `steps`: what had begun by then goes on, what came later is forgotten.
    /// `log` is this session's own. The log of the fork is the same up to `at`, since a replay depends on nothing else.
    ///
    /// A command that is under way goes on beside the first new step; a pause is cut short.
    pub fn fork_at(&self, log: &EventLog, at: Instant, steps: impl IntoIterator<Item = Step>) -> Session {
        let begins = log.events.iter().take_while(|event| event.at < at);
        let begun: Vec<Instant> =
            begins.filter(|event| matches!(event.kind, EventKind::StepBegan { .. })).map(|event| event.at).collect();
        let mut fork = Session { steps: self.steps.iter().take(begun.len()).cloned().collect(), ..self.clone() };
        let elapsed = begun.last().map(|last| at.since(*last));
        if let (Some(elapsed), Some(last)) = (elapsed, fork.steps.last_mut()) {
            cut_short(&mut last.step, elapsed);
        }
        let mut delay = elapsed;
        let timed = steps.into_iter().map(|step| {
            let step = match delay.take() {
                Some(after) => Step::Beside { after, step: Box::new(step) },
                None => step,
            };
            TimedStep { not_before: Duration::ZERO, step }
        });
        fork.steps.extend(timed);
        fork
    }
}

/// A pause that would still go on ends now.
fn cut_short(step: &mut Step, elapsed: Duration) {
    match step {
        Step::Wait(span) => *span = (*span).min(elapsed),
        Step::Beside { step, .. } => cut_short(step, elapsed),
        _ => {}
    }
}

impl Step {
    /// What is done, wherever it is typed.
    pub fn plain(&self) -> &Step {
        let mut step = self;
        while let Step::Beside { step: inner, .. } = step {
            step = inner;
        }
        step
    }
}
