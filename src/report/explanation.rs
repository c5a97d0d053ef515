//! Why something happened: the walk along the causes, ending at a command, at a place in the files or at a rule.

use super::rules::{RuleWords, rule_words};
use super::{Report, words};
use crate::kernel::Instant;
use crate::sim::log::{CausedBy, Event, EventId, EventKind, Rule};
use crate::text::Span;

/// The answer to "why?".
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// From the event that was asked about back to its first cause; never empty for an event of the log.
    pub links: Vec<Link>,
}

/// One event of the chain, and the rule that made it follow from the next link.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The event.
    pub event: EventId,
    /// When.
    pub at: Instant,
    /// What happened, without a full stop.
    pub sentence: String,
    /// The rule by which it followed.
    pub rule: Rule,
    /// That rule in words.
    pub words: RuleWords,
    /// The place in the files that says so.
    pub place: Option<Span>,
    /// How many probes were left out between this link and the next.
    pub probes_left_out: u32,
}

/// A chain longer than this is cut; causes point backwards, so it can only be a very long history.
const MAX_LINKS: usize = 40;

impl Report<'_> {
    /// Why an event happened.
    pub fn explain(&self, id: EventId) -> Explanation {
        let mut links: Vec<Link> = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next.filter(|_| links.len() < MAX_LINKS) {
            let Some(event) = self.event(id) else { break };
            links.push(self.link(id, event));
            next = self.cause(id, event, links.last_mut().expect("one was just pushed"));
        }
        Explanation { links }
    }

    fn link(&self, event: EventId, found: &Event) -> Link {
        Link {
            event,
            at: found.at,
            sentence: self.sentence(found),
            rule: found.cause.rule,
            words: rule_words(found.cause.rule),
            place: found.cause.place,
            probes_left_out: 0,
        }
    }

    /// The event behind an event. From a probe it goes back over the probes before it to what started them all.
    fn cause(&self, id: EventId, event: &Event, link: &mut Link) -> Option<EventId> {
        let mut before = self.earlier(id, event)?;
        if self.is_probe(event) && event.cause.rule == Rule::ProbeInterval {
            let mut steps = self.log.events.len();
            while let Some(found) = self.event(before).filter(|found| self.is_probe(found)) {
                link.probes_left_out += u32::from(matches!(found.kind, EventKind::ExecStarted { .. }));
                before = self.earlier(before, found)?;
                steps = steps.checked_sub(1)?;
            }
        }
        Some(before)
    }

    /// The event that caused this one: an earlier event, or the beginning of the step.
    fn earlier(&self, id: EventId, event: &Event) -> Option<EventId> {
        match event.cause.by {
            CausedBy::Event(earlier) => (earlier < id).then_some(earlier),
            CausedBy::Step(step) => {
                let mark = self.timeline.steps.iter().find(|mark| mark.step == step)?;
                (mark.began.event < id).then_some(mark.began.event)
            }
        }
    }

    /// Whether an event belongs to the running of probes: the probe itself, or the count after it.
    fn is_probe(&self, event: &Event) -> bool {
        match &event.kind {
            EventKind::ExecStarted { probe, .. } => *probe,
            EventKind::ExecEnded { exec, .. } => {
                let began = self.execs.get(exec).and_then(|id| self.event(*id));
                began.is_some_and(|began| matches!(began.kind, EventKind::ExecStarted { probe: true, .. }))
            }
            EventKind::HealthChanged { .. } => event.cause.rule == Rule::ProbeResult,
            _ => false,
        }
    }
}

impl Explanation {
    /// The chain as lines of text; each rule is explained once.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (index, link) in self.links.iter().enumerate() {
            let at = format!("{:.3} s", link.at.as_secs_f64());
            if index == 0 {
                text.push_str(&format!("{} ({at}).\n", link.sentence));
            } else {
                text.push_str(&format!("  {} ({at}).\n", link.sentence));
            }
            let told = self.links[..index].iter().any(|before| before.rule == link.rule);
            if !told && !matches!(link.rule, Rule::Asked | Rule::Program) {
                text.push_str(&format!("  Because {}. {}\n", link.words.because, link.words.meaning));
            }
            if link.probes_left_out > 0 {
                text.push_str(&format!("  ({} earlier probes)\n", link.probes_left_out));
            }
        }
        text
    }

    /// One sentence for a hover: what happened, and what was behind it.
    pub fn short(&self) -> String {
        let Some(first) = self.links.first() else { return String::new() };
        match self.links.get(1) {
            Some(second) if first.rule == Rule::Asked => {
                format!("{}: {}.", first.sentence, words::uncapital(&second.sentence))
            }
            _ => format!("{}, because {}.", first.sentence, first.words.because),
        }
    }
}
