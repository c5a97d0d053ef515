//! Ways for tasks to wait for each other: [`Notify`], [`Watch`], [`oneshot`], [`queue`], [`join_all`], [`CancelToken`].
//! Must not know the executor: wakers are all they need.

use super::select::{Either, select};
use std::cell::{Cell, Ref, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Wakes everybody who waits. Clones are the same.
#[derive(Clone, Default)]
pub struct Notify(Rc<NotifyState>);

#[derive(Default)]
struct NotifyState {
    rounds: Cell<u64>,
    tickets: Cell<u64>,
    waiters: RefCell<Waiters>,
}

/// Who waits, by ticket. Mostly it is one, which needs no map; of very many, each may leave at any time.
#[derive(Default)]
struct Waiters {
    first: Option<(u64, Waker)>,
    more: BTreeMap<u64, Waker>,
}

impl Waiters {
    /// Adds a waiter, whose ticket is larger than all others, or gives one a new waker.
    fn put(&mut self, ticket: u64, waker: &Waker) {
        if self.first.is_none() && self.more.is_empty() {
            self.first = Some((ticket, waker.clone()));
            return;
        }
        let known = match &mut self.first {
            Some((first, known)) if *first == ticket => Some(known),
            _ => self.more.get_mut(&ticket),
        };
        match known {
            Some(known) => known.clone_from(waker),
            None => drop(self.more.insert(ticket, waker.clone())),
        }
    }

    fn remove(&mut self, ticket: u64) {
        if self.first.as_ref().is_some_and(|(first, _)| *first == ticket) {
            self.first = None;
        } else {
            self.more.remove(&ticket);
        }
    }
}

impl Notify {
    /// Nobody waits yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wakes all who wait now, in the order in which they began to.
    pub fn notify_all(&self) {
        self.0.rounds.set(self.0.rounds.get() + 1);
        let mut waiters = self.0.waiters.borrow_mut();
        let first = waiters.first.take();
        // Mostly there is no map to take apart.
        let more = (!waiters.more.is_empty()).then(|| std::mem::take(&mut waiters.more));
        drop(waiters);
        if let Some((_, waker)) = first {
            waker.wake();
        }
        for waker in more.into_iter().flat_map(BTreeMap::into_values) {
            waker.wake();
        }
    }

    /// Ends at the next [`Notify::notify_all`] after this call (not after the first poll).
    pub fn notified(&self) -> Notified {
        Notified { notify: self.clone(), round: self.0.rounds.get(), ticket: None }
    }
}

/// Made by [`Notify::notified`].
pub struct Notified {
    notify: Notify,
    round: u64,
    ticket: Option<u64>,
}

impl Future for Notified {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.notify.0.rounds.get() != self.round {
            return Poll::Ready(());
        }
        let ticket = self.ticket.unwrap_or_else(|| {
            self.notify.0.tickets.set(self.notify.0.tickets.get() + 1);
            self.notify.0.tickets.get()
        });
        self.ticket = Some(ticket);
        self.notify.0.waiters.borrow_mut().put(ticket, context.waker());
        Poll::Pending
    }
}

impl Drop for Notified {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.notify.0.waiters.borrow_mut().remove(ticket);
        }
    }
}

/// A value that others can watch change. Clones are the same.
pub struct Watch<T>(Rc<WatchState<T>>);

struct WatchState<T> {
    value: RefCell<T>,
    changed: Notify,
}

impl<T> Clone for Watch<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Watch<T> {
    /// A watched value.
    pub fn new(value: T) -> Self {
        Self(Rc::new(WatchState { value: RefCell::new(value), changed: Notify::new() }))
    }

    /// The value now. Do not hold it across an await.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.0.value.borrow()
    }

    /// A copy of the value now.
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.0.value.borrow().clone()
    }

    /// Sets the value and wakes all who wait for a change.
    pub fn set(&self, value: T) {
        self.0.value.replace(value);
        self.0.changed.notify_all();
    }

    /// Changes the value in place and wakes all who wait for a change.
    pub fn update(&self, change: impl FnOnce(&mut T)) {
        change(&mut self.0.value.borrow_mut());
        self.0.changed.notify_all();
    }

    /// Ends at the next change after this call.
    pub fn changed(&self) -> Notified {
        self.0.changed.notified()
    }
}

/// A value handed over once: what is sent on the left is awaited on the right.
pub fn oneshot<T>() -> (Sender<T>, Receiver<T>) {
    let state =
        Rc::new(OneshotState { value: RefCell::new(None), closed: Cell::new(false), waiter: RefCell::default() });
    (Sender(state.clone()), Receiver(state))
}

struct OneshotState<T> {
    value: RefCell<Option<T>>,
    closed: Cell<bool>,
    waiter: RefCell<Option<Waker>>,
}

/// The giving end of a [`oneshot`].
pub struct Sender<T>(Rc<OneshotState<T>>);

/// The taking end of a [`oneshot`]; yields `None` if the sender was dropped without sending.
pub struct Receiver<T>(Rc<OneshotState<T>>);

impl<T> Sender<T> {
    /// Hands the value over.
    pub fn send(self, value: T) {
        self.0.value.replace(Some(value));
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.closed.set(true);
        if let Some(waiter) = self.0.waiter.take() {
            waiter.wake();
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let value = self.0.value.take();
        if value.is_some() || self.0.closed.get() {
            return Poll::Ready(value);
        }
        self.0.waiter.replace(Some(context.waker().clone()));
        Poll::Pending
    }
}

/// A queue between tasks without a bound of its own; each value goes to one taker. Clones are the same.
pub struct Queue<T>(Rc<QueueState<T>>);

struct QueueState<T> {
    values: RefCell<VecDeque<T>>,
    filled: Notify,
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self(Rc::new(QueueState { values: RefCell::default(), filled: Notify::new() }))
    }
}

impl<T> Queue<T> {
    /// Puts a value at the end.
    pub fn push(&self, value: T) {
        self.0.values.borrow_mut().push_back(value);
        self.0.filled.notify_all();
    }

    /// Takes the first value, if there is one.
    pub fn try_pop(&self) -> Option<T> {
        self.0.values.borrow_mut().pop_front()
    }

    /// Takes the first value, waiting for one.
    pub async fn pop(&self) -> T {
        loop {
            let filled = self.0.filled.notified();
            if let Some(value) = self.try_pop() {
                return value;
            }
            filled.await;
        }
    }

    /// How many values wait.
    pub fn len(&self) -> usize {
        self.0.values.borrow().len()
    }

    /// Whether no value waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Runs all together; the results in the order of the futures. Each is polled only when it was woken itself, so that
/// thousands may wait together.
pub async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let woken = Arc::new(Woken::default());
    let mut members: Vec<Member<F>> =
        futures.into_iter().enumerate().map(|(at, it)| Member::new(at, it, &woken)).collect();
    let mut waiting = members.len();
    poll_fn(|context| {
        woken.lock().task.clone_from(context.waker());
        let mut from = 0;
        while let Some(at) = woken.take(from) {
            from = at + 1;
            waiting -= usize::from(members[at].poll());
        }
        if waiting > 0 { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    members.into_iter().filter_map(|member| member.result).collect()
}

/// One of the futures of [`join_all`].
struct Member<F: Future> {
    future: Pin<Box<F>>,
    waker: Waker,
    result: Option<F::Output>,
}

impl<F: Future> Member<F> {
    fn new(at: usize, future: F, woken: &Arc<Woken>) -> Self {
        woken.lock().members.insert(at);
        let waker = Waker::from(Arc::new(MemberWaker { at, woken: woken.clone() }));
        Self { future: Box::pin(future), waker, result: None }
    }

    /// Whether it ends with this poll.
    fn poll(&mut self) -> bool {
        if self.result.is_some() {
            return false;
        }
        match self.future.as_mut().poll(&mut Context::from_waker(&self.waker)) {
            Poll::Ready(value) => self.result = Some(value),
            Poll::Pending => return false,
        }
        true
    }
}

/// Which futures of a [`join_all`] were woken, and the task they belong to.
#[derive(Default)]
struct Woken(Mutex<WokenMembers>);

struct WokenMembers {
    members: BTreeSet<usize>,
    task: Waker,
}

impl Default for WokenMembers {
    fn default() -> Self {
        Self { members: BTreeSet::new(), task: Waker::noop().clone() }
    }
}

impl Woken {
    fn lock(&self) -> MutexGuard<'_, WokenMembers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the first that was woken, from `from` on.
    fn take(&self, from: usize) -> Option<usize> {
        let mut woken = self.lock();
        let at = woken.members.range(from..).next().copied()?;
        woken.members.remove(&at);
        Some(at)
    }
}

struct MemberWaker {
    at: usize,
    woken: Arc<Woken>,
}

impl Wake for MemberWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut woken = self.woken.lock();
        woken.members.insert(self.at);
        let task = woken.task.clone();
        drop(woken);
        task.wake();
    }
}

/// Tells any number of tasks to give up. Clones are the same.
#[derive(Clone, Default)]
pub struct CancelToken(Rc<CancelState>);

#[derive(Default)]
struct CancelState {
    cancelled: Cell<bool>,
    outer: Option<CancelToken>,
    notify: Notify,
}

impl CancelToken {
    /// Not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token that is also cancelled when `self` is, but not the other way round.
    pub fn child(&self) -> Self {
        Self(Rc::new(CancelState { outer: Some(self.clone()), ..CancelState::default() }))
    }

    /// Cancels it, for good.
    pub fn cancel(&self) {
        self.0.cancelled.set(true);
        self.0.notify.notify_all();
    }

    /// Whether it, or a token it is a child of, is cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.get() || self.0.outer.as_ref().is_some_and(CancelToken::is_cancelled)
    }

    /// Ends when it is cancelled, at once if it is.
    pub fn cancelled(&self) -> Pin<Box<dyn Future<Output = ()>>> {
        let token = self.clone();
        Box::pin(async move {
            while !token.is_cancelled() {
                let here = token.0.notify.notified();
                match &token.0.outer {
                    Some(outer) => drop(select(here, outer.cancelled()).await),
                    None => here.await,
                }
            }
        })
    }

    /// `future`'s result, or `None` if the token is cancelled first.
    pub async fn run<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        match select(self.cancelled(), future).await {
            Either::Left(()) => None,
            Either::Right(value) => Some(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Instant, Tasks};
    use std::time::Duration;

    const LATER: Instant = Instant::from_micros(60_000_000);

    #[test]
    fn a_watch_wakes_those_who_wait_for_a_change() {
        let tasks = Tasks::new();
        let watch = Watch::new(0);
        let (inside, seen) = (tasks.clone(), watch.clone());
        let waiter = tasks.spawn(async move {
            while *seen.borrow() < 2 {
                let changed = seen.changed();
                changed.await;
            }
            inside.now()
        });
        let clock = tasks.clone();
        tasks.spawn(async move {
            for _ in 0..3 {
                clock.sleep(Duration::from_secs(1)).await;
                watch.update(|value| *value += 1);
            }
        });
        tasks.run_until(LATER);
        assert_eq!(waiter.take(), Some(Instant::from_micros(2_000_000)));
    }

    #[test]
    fn all_are_joined_in_order_and_a_select_takes_the_first() {
        let tasks = Tasks::new();
        let inside = tasks.clone();
        let all = tasks.spawn(async move {
            let sleepers = [3u64, 1, 2].map(|count| {
                let tasks = inside.clone();
                async move {
                    tasks.sleep(Duration::from_secs(count)).await;
                    count
                }
            });
            let joined = join_all(sleepers).await;
            let first = select(inside.sleep(Duration::from_secs(2)), inside.sleep(Duration::from_secs(1))).await;
            (joined, first, inside.now())
        });
        tasks.run_until(LATER);
        assert_eq!(all.take(), Some((vec![3, 1, 2], Either::Right(()), Instant::from_micros(4_000_000))));
    }

    #[test]
    fn cancelling_reaches_children_and_a_dropped_sender_yields_nothing() {
        let tasks = Tasks::new();
        let token = CancelToken::new();
        let child = token.child();
        let run = tasks.spawn(async move { child.run(std::future::pending::<()>()).await });
        let (sender, receiver) = oneshot::<u8>();
        let received = tasks.spawn(receiver);
        tasks.run_until(LATER);
        assert!(!run.is_done() && !received.is_done());
        token.cancel();
        drop(sender);
        tasks.run_until(LATER);
        assert_eq!((run.take(), received.take()), (Some(None), Some(Some(None).flatten())));
    }
}
