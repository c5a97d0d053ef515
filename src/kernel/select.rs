//! Waiting for whichever of two futures ends first, also within a limit of time. Both lie in one struct that is moved
//! once: a future of an `async fn` would hold each of them twice. Must not know tasks.

use super::executor::Sleep;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Which of two futures ended first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first, with its result.
    Left(A),
    /// The second, with its result.
    Right(B),
}

pin_project! {
    /// Made by [`select`].
    pub struct Select<A, B> {
        #[pin]
        left: A,
        #[pin]
        right: B,
    }
}

/// The result of whichever ends first; the other is dropped with the whole. If both have ended, the first counts.
pub fn select<A: Future, B: Future>(left: A, right: B) -> Select<A, B> {
    Select { left, right }
}

impl<A: Future, B: Future> Future for Select<A, B> {
    type Output = Either<A::Output, B::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let both = self.project();
        match both.left.poll(context) {
            Poll::Ready(value) => Poll::Ready(Either::Left(value)),
            Poll::Pending => both.right.poll(context).map(Either::Right),
        }
    }
}

pin_project! {
    /// Made by [`Tasks::timeout`](super::Tasks::timeout).
    pub struct Timeout<F> {
        #[pin]
        race: Select<F, Sleep>,
    }
}

impl<F: Future> Timeout<F> {
    pub(super) fn new(future: F, limit: Sleep) -> Self {
        Self { race: select(future, limit) }
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().race.poll(context).map(|first| match first {
            Either::Left(value) => Some(value),
            Either::Right(()) => None,
        })
    }
}
