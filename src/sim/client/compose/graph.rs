//! The walk through the services along their dependencies (D2). Must not know what is done at each.

use super::super::context::{Context, Owned};
use super::super::terminal::{Done, Failure};
use crate::compose::model::Project;
use crate::kernel::sync::Notify;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// Who goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// What others depend on: `up`, `start`, `restart`.
    DependenciesFirst,
    /// What depends on others: `stop`, `down`.
    DependentsFirst,
}

/// What is done at a service, in a context that the first error of the walk cancels.
pub type Visit = Rc<dyn Fn(Context, String) -> Pin<Box<dyn Future<Output = Done>>>>;

/// A service that waits until those before it are done.
#[derive(Default)]
struct Gate {
    before: Cell<usize>,
    open: Notify,
    after: RefCell<Vec<String>>,
}

/// Visits each service once all before it are done, independent ones at the same time. The first error cancels the rest: no
/// further service is visited, and its text is the walk's. Edges to services the project does not have do not count.
pub async fn walk(context: &Context, project: &Project, direction: Direction, visit: Visit) -> Done {
    let gates = Rc::new(gates(project, direction));
    if has_cycle(&gates) {
        return Err(Failure::new("cycle found in the dependencies of the services"));
    }
    let context = context.cancellable();
    let first: Rc<RefCell<Option<Failure>>> = Rc::default();
    let mut tasks: Vec<Owned<()>> = gates
        .keys()
        .map(|name| {
            let work = step(context.clone(), name.clone(), gates.clone(), visit.clone(), first.clone());
            context.own(work)
        })
        .collect();
    for task in &mut tasks {
        task.ended().await;
    }
    let failure = first.borrow_mut().take();
    failure.map_or(Ok(()), Err)
}

async fn step(
    context: Context,
    name: String,
    gates: Rc<BTreeMap<String, Gate>>,
    visit: Visit,
    first: Rc<RefCell<Option<Failure>>>,
) {
    let gate = &gates[&name];
    while gate.before.get() > 0 {
        if context.cancel.run(gate.open.notified()).await.is_none() {
            return;
        }
    }
    if context.cancel.is_cancelled() {
        return;
    }
    match visit(context.clone(), name.clone()).await {
        Ok(()) => {
            for after in gate.after.borrow().iter() {
                let after = &gates[after];
                after.before.set(after.before.get() - 1);
                after.open.notify_all();
            }
        }
        Err(failure) => {
            first.borrow_mut().get_or_insert(failure);
            context.cancel.cancel();
        }
    }
}

fn gates(project: &Project, direction: Direction) -> BTreeMap<String, Gate> {
    let gates: BTreeMap<String, Gate> = project.services.keys().map(|name| (name.clone(), Gate::default())).collect();
    for (name, service) in &project.services {
        for dependency in service.depends_on.keys().filter(|dependency| gates.contains_key(*dependency)) {
            let (before, after) = match direction {
                Direction::DependenciesFirst => (dependency, name),
                Direction::DependentsFirst => (name, dependency),
            };
            gates[after].before.set(gates[after].before.get() + 1);
            gates[before].after.borrow_mut().push(after.clone());
        }
    }
    gates
}

/// Whether some services wait for each other: the loader refuses that, labels of containers may still say so.
fn has_cycle(gates: &BTreeMap<String, Gate>) -> bool {
    let mut left: BTreeMap<&str, usize> = gates.iter().map(|(name, gate)| (name.as_str(), gate.before.get())).collect();
    let mut ready: Vec<&str> = left.iter().filter(|(_, before)| **before == 0).map(|(name, _)| *name).collect();
    let mut done = BTreeSet::new();
    while let Some(name) = ready.pop() {
        done.insert(name.to_owned());
        for after in gates[name].after.borrow().iter() {
            if let Some((key, _)) = gates.get_key_value(after)
                && let Some(before) = left.get_mut(key.as_str())
            {
                *before -= 1;
                if *before == 0 {
                    ready.push(key);
                }
            }
        }
    }
    done.len() < gates.len()
}
