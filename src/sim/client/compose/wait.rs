//! Waiting for the conditions of `depends_on` and of `--wait`: a look every half second (D20-D32). Must not know what comes
//! afterwards.

use super::super::context::{Context, all};
use super::super::terminal::{Done, Failure};
use super::containers;
use crate::compose::model::{Condition, Dependency, Project};
use crate::kernel::Instant;
use crate::kernel::select::{Either, select};
use crate::sim::costs;
use crate::sim::engine::{ContainerState, ContainerView};
use crate::sim::log::{DependencyWait, EventId, EventKind, Health, Rule, WaitCondition};
use crate::text::Span;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// How long the client pauses between two looks.
pub const TICK: Duration = Duration::from_millis(500);

/// Something to wait for: a service's containers and what must hold for them.
#[derive(Clone, Debug)]
pub struct Wait {
    /// The service that is waited for.
    pub dependency: String,
    /// What must hold.
    pub condition: WaitCondition,
    /// Whether a failure is one.
    pub required: bool,
    /// Where the wait is asked for.
    pub place: Option<Span>,
}

/// How one look at the containers ended.
enum Look {
    /// Not yet.
    Pending,
    /// The condition holds, because of this event.
    Fulfilled(Option<EventId>),
    /// It cannot hold any more: why, because of this event.
    Failed(Failed),
}

/// A condition that failed.
struct Failed {
    reason: String,
    event: Option<EventId>,
}

/// What the waits of one service are about, apart from the dependency.
pub struct Waiter<'w> {
    /// What the work shares.
    pub context: &'w Context,
    /// The project.
    pub project: &'w str,
    /// The service that waits; `None` where the command itself waits (`--wait`).
    pub dependent: Option<&'w str>,
    /// The containers listed when the pass began.
    pub containers: &'w [ContainerView],
    /// When to give up, if ever.
    pub deadline: Option<Instant>,
}

/// The waits an edge list asks for: none for `service_started`, for disabled services, or for those without replicas (D21, D29).
pub fn waits<'e>(project: &Project, edges: impl IntoIterator<Item = (&'e String, &'e Dependency)>) -> Vec<Wait> {
    let mut waits = Vec::new();
    for (name, edge) in edges {
        let condition = match edge.condition {
            Condition::Started => continue,
            Condition::Healthy => WaitCondition::Healthy,
            Condition::CompletedSuccessfully => WaitCondition::CompletedSuccessfully,
        };
        if project.services.get(name).is_some_and(|service| service.replicas() > 0) {
            let place = Some(edge.span);
            waits.push(Wait { dependency: name.clone(), condition, required: edge.required, place });
        }
    }
    waits
}

impl Waiter<'_> {
    /// Waits for all at the same time, until the last has ended. Answers the event that ended the last of the waits.
    pub async fn wait(&self, waits: &[Wait]) -> Done<Option<EventId>> {
        let mut work = Vec::new();
        let last: Rc<RefCell<Option<EventId>>> = Rc::default();
        for wait in waits {
            let waiting_for = containers::of_service(self.containers, &wait.dependency);
            self.show(&waiting_for, "Waiting");
            if waiting_for.is_empty() {
                let text =
                    format!("{} is missing dependency {}", self.dependent.unwrap_or(self.project), wait.dependency);
                if wait.required {
                    return Err(Failure::new(text));
                }
                self.context.terminal.warn(&text);
                continue;
            }
            let last = last.clone();
            work.push(async move {
                if let Some(event) = self.wait_for(wait, &waiting_for).await? {
                    last.borrow_mut().replace(event);
                }
                Ok(())
            });
        }
        all(work).await?;
        let event = *last.borrow();
        Ok(event)
    }

    async fn wait_for(&self, wait: &Wait, waiting_for: &[ContainerView]) -> Done<Option<EventId>> {
        let began = self.began(wait, waiting_for);
        let mut tick = self.context.tasks.now();
        loop {
            tick += TICK;
            if !self.pause_until(tick).await {
                return Ok(Some(began));
            }
            self.context.takes(costs::API_QUESTION).await;
            match self.look(wait, waiting_for)? {
                Look::Pending => {}
                Look::Fulfilled(event) => {
                    let word = match wait.condition {
                        WaitCondition::CompletedSuccessfully => "Exited",
                        WaitCondition::Healthy | WaitCondition::RunningOrHealthy => "Healthy",
                    };
                    self.show(waiting_for, word);
                    return Ok(Some(self.ended(wait, event.or(Some(began)), None)));
                }
                Look::Failed(failed) => return self.failed(wait, waiting_for, failed, began),
            }
        }
    }

    /// Until the next look; false if the work around it was given up, or the time allowed is over, in the meantime.
    async fn pause_until(&self, tick: Instant) -> bool {
        let until = self.deadline.map_or(tick, |deadline| deadline.min(tick));
        let slept = select(self.context.tasks.sleep_until(until), self.context.cancel.cancelled()).await;
        matches!(slept, Either::Left(())) && (until == tick || self.deadline.is_none_or(|deadline| deadline > until))
    }

    fn look(&self, wait: &Wait, waiting_for: &[ContainerView]) -> Done<Look> {
        let mut event = None;
        for container in waiting_for {
            let container = self.context.inspect(container.container)?;
            let look = match wait.condition {
                WaitCondition::CompletedSuccessfully => completed(&wait.dependency, &container),
                WaitCondition::Healthy => healthy(&container),
                WaitCondition::RunningOrHealthy => running_or_healthy(&container),
            };
            match (look, wait.condition) {
                (Look::Pending, WaitCondition::CompletedSuccessfully) => {}
                (look, WaitCondition::CompletedSuccessfully) => return Ok(look),
                (Look::Fulfilled(by), _) => event = event.max(by),
                (look, _) => return Ok(look),
            }
        }
        match wait.condition {
            WaitCondition::CompletedSuccessfully => Ok(Look::Pending),
            _ => Ok(Look::Fulfilled(event)),
        }
    }

    fn failed(
        &self,
        wait: &Wait,
        waiting_for: &[ContainerView],
        failed: Failed,
        began: EventId,
    ) -> Done<Option<EventId>> {
        let Failed { reason, event } = failed;
        let texts = Texts::of(wait, &reason);
        let ended = self.ended(wait, event.or(Some(began)), Some(&texts.error));
        if wait.required {
            if let Some(shown) = &texts.shown {
                self.show(waiting_for, shown);
            }
            return Err(Failure::new(texts.error));
        }
        self.show(waiting_for, &format!("Skipped: {}", texts.skipped));
        self.context.terminal.warn(&texts.warning);
        Ok(Some(ended))
    }

    fn show(&self, containers: &[ContainerView], status: &str) {
        for container in containers {
            self.context.progress.container(&container.name, status);
        }
    }

    fn began(&self, wait: &Wait, waiting_for: &[ContainerView]) -> EventId {
        let started = waiting_for.iter().filter_map(|container| self.last_event(container)).max();
        let cause = self.context.after(started, Rule::DependencyOrder, wait.place);
        self.context.record(cause, EventKind::WaitBegan(self.told(wait)))
    }

    fn last_event(&self, container: &ContainerView) -> Option<EventId> {
        let events = self.context.inspect(container.container).ok()?.events;
        events.started.or(events.created)
    }

    fn ended(&self, wait: &Wait, by: Option<EventId>, failure: Option<&str>) -> EventId {
        let rule = if failure.is_some() { Rule::ConditionFailed } else { Rule::ConditionFulfilled };
        self.context.record(
            self.context.after(by, rule, wait.place),
            EventKind::WaitEnded { wait: self.told(wait), failure: failure.map(Into::into) },
        )
    }

    /// A wait as the log tells it.
    fn told(&self, wait: &Wait) -> Box<DependencyWait> {
        Box::new(DependencyWait {
            step: self.context.step,
            project: self.project.into(),
            service: self.dependent.unwrap_or_default().into(),
            dependency: wait.dependency.as_str().into(),
            condition: wait.condition,
        })
    }
}

/// What is printed when a condition fails.
struct Texts {
    /// The error of the command.
    error: String,
    /// The progress word of the containers, if they get one.
    shown: Option<String>,
    /// Behind `Skipped: `, for a dependency that is not required.
    skipped: String,
    /// The warning for one that is not required.
    warning: String,
}

impl Texts {
    fn of(wait: &Wait, reason: &str) -> Self {
        let name = super::super::table::quote(&wait.dependency);
        match wait.condition {
            WaitCondition::Healthy => Self {
                error: format!("dependency failed to start: {reason}"),
                shown: Some("Error".to_owned()),
                skipped: format!("optional dependency {name} failed to start"),
                warning: format!("optional dependency {name} failed to start: {reason}"),
            },
            WaitCondition::CompletedSuccessfully => Self {
                error: format!("service {reason}"),
                shown: Some(format!("service {reason}")),
                skipped: format!("optional dependency {reason}"),
                warning: format!("optional dependency {reason}"),
            },
            WaitCondition::RunningOrHealthy => Self {
                error: reason.to_owned(),
                shown: None,
                skipped: format!("optional dependency {name} is not running or is unhealthy"),
                warning: format!("optional dependency {name} is not running or is unhealthy: {reason}"),
            },
        }
    }
}

fn completed(dependency: &str, container: &ContainerView) -> Look {
    if container.state != ContainerState::Exited {
        return Look::Pending;
    }
    match container.exit_code {
        0 => Look::Fulfilled(container.events.died),
        code => Look::Failed(Failed {
            reason: format!("{} didn't complete successfully: exit {code}", super::super::table::quote(dependency)),
            event: container.events.died,
        }),
    }
}

fn healthy(container: &ContainerView) -> Look {
    let failed =
        |text: String, event| Look::Failed(Failed { reason: format!("container {} {text}", container.name), event });
    if container.state == ContainerState::Exited {
        return failed(format!("exited ({})", container.exit_code), container.events.died);
    }
    match container.health {
        None => failed("has no healthcheck configured".to_owned(), container.events.started),
        Some((Health::Starting, _)) => Look::Pending,
        Some((Health::Unhealthy, _)) => failed("is unhealthy".to_owned(), container.events.health),
        Some((Health::Healthy, _)) => Look::Fulfilled(container.events.health),
    }
}

/// A container whose configuration names no health check at all counts as ready when it runs; one that disables it does not
/// (D52).
fn running_or_healthy(container: &ContainerView) -> Look {
    let plain = container.health.is_none() && container.config.healthcheck.is_none();
    if container.state == ContainerState::Exited || !plain {
        return healthy(container);
    }
    match container.state {
        ContainerState::Running => Look::Fulfilled(container.events.started),
        _ => Look::Pending,
    }
}
