//! The result of a task, for whoever waits for it. Must not know how tasks are polled.

use super::executor::{Body, TaskKey, Tasks};
use pin_project_lite::pin_project;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// The task was aborted before it had a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aborted;

/// A handle on a task: awaits its result, or aborts it. Dropping it leaves the task alone.
pub struct Join<T> {
    tasks: Tasks,
    task: TaskKey,
    state: Rc<JoinState<T>>,
}

enum Progress<T> {
    Running,
    Ended(T),
    Aborted,
    Taken,
}

pub(super) struct JoinState<T> {
    value: RefCell<Progress<T>>,
    waiters: RefCell<Vec<Waker>>,
}

pin_project! {
    /// A future whose join learns of its result, or, if it is dropped early, that there will be none.
    struct Joined<F: Future> {
        #[pin]
        future: F,
        state: Rc<JoinState<F::Output>>,
    }

    impl<F: Future> PinnedDrop for Joined<F> {
        fn drop(this: Pin<&mut Self>) {
            let running = matches!(*this.state.value.borrow(), Progress::Running);
            if running {
                this.state.end(Progress::Aborted);
            }
        }
    }
}

impl<F: Future> Future for Joined<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let joined = self.project();
        joined.future.poll(context).map(|value| joined.state.end(Progress::Ended(value)))
    }
}

/// `future` as a task's body, and what its join looks at.
pub(super) fn watched<T: 'static>(future: impl Future<Output = T> + 'static) -> (Body, Rc<JoinState<T>>) {
    let state = Rc::new(JoinState { value: RefCell::new(Progress::Running), waiters: RefCell::default() });
    (Box::pin(Joined { future, state: state.clone() }), state)
}

impl<T> JoinState<T> {
    fn end(&self, progress: Progress<T>) {
        *self.value.borrow_mut() = progress;
        for waiter in self.waiters.take() {
            waiter.wake();
        }
    }
}

impl<T> Join<T> {
    pub(super) fn new(tasks: &Tasks, task: TaskKey, state: Rc<JoinState<T>>) -> Self {
        Self { tasks: tasks.clone(), task, state }
    }

    /// Ends the task now: its future is dropped (after the current poll, if it is the one running).
    pub fn abort(&self) {
        self.tasks.abort(self.task);
    }

    /// Whether the task has ended or was aborted.
    pub fn is_done(&self) -> bool {
        !matches!(*self.state.value.borrow(), Progress::Running)
    }

    /// The result, once, if the task has ended.
    pub fn take(&self) -> Option<T> {
        let mut value = self.state.value.borrow_mut();
        if !matches!(*value, Progress::Ended(_)) {
            return None;
        }
        match std::mem::replace(&mut *value, Progress::Taken) {
            Progress::Ended(result) => Some(result),
            _ => None,
        }
    }
}

impl<T> Future for Join<T> {
    type Output = Result<T, Aborted>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if !self.is_done() {
            self.state.waiters.borrow_mut().push(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(self.take().ok_or(Aborted))
    }
}
