//! A server's main loop: connections beside each other, until a signal comes.
//!
//! The handlers live in the server's own future, so that a killed server drops its connections, as a real one does.

use crate::kernel::{Connection, Disposition, Listener, Process, Signal};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

/// The handling of one connection; the number is the listener's port, 0 for a Unix socket.
pub type Handler<'a> = &'a dyn Fn(u16, Connection) -> Handling;

/// The handling of one connection.
pub type Handling = Pin<Box<dyn Future<Output = ()>>>;

/// Futures that run beside something else.
#[derive(Default)]
pub struct Crowd(Vec<Handling>);

impl Crowd {
    /// Adds one.
    pub fn push(&mut self, handling: Handling) {
        self.0.push(handling);
    }

    /// How many are still running.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is running.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Runs all of them until `until` ends.
    pub async fn beside<T>(&mut self, until: impl Future<Output = T>) -> T {
        let mut until = pin!(until);
        poll_fn(move |context| {
            self.0.retain_mut(|handling| handling.as_mut().poll(context).is_pending());
            until.as_mut().poll(context)
        })
        .await
    }
}

/// Takes care of `signals`: they wait until the server takes them.
pub fn handle_signals(process: &Process, signals: &[Signal]) {
    for signal in signals {
        let _ = process.set_disposition(*signal, Disposition::Handle);
    }
}

/// The next handled signal.
pub async fn next_signal(process: &Process) -> Signal {
    loop {
        if let Some(signal) = process.take_signal() {
            return signal;
        }
        process.signal_arrived().await;
    }
}

/// No value: what never ends has no result.
pub enum Never {}

/// What a server wakes up for.
enum Event {
    Connection(u16, Connection),
    Signal(Signal),
}

/// Accepts connections and handles them until a handled signal comes, which it returns.
pub async fn serve(process: &Process, listeners: &[&Listener], crowd: &mut Crowd, handle: Handler<'_>) -> Signal {
    loop {
        match crowd.beside(next_event(process, listeners)).await {
            Event::Connection(port, connection) => crowd.push(handle(port, connection)),
            Event::Signal(signal) => return signal,
        }
    }
}

/// Accepts connections and handles them for ever: to be dropped.
pub async fn accept(listeners: &[&Listener], crowd: &mut Crowd, handle: Handler<'_>) -> Never {
    loop {
        let (port, connection) = crowd.beside(next_connection(listeners)).await;
        crowd.push(handle(port, connection));
    }
}

async fn next_event(process: &Process, listeners: &[&Listener]) -> Event {
    let mut signal = Box::pin(next_signal(process));
    let mut connection = Box::pin(next_connection(listeners));
    poll_fn(move |context| {
        if let Poll::Ready(signal) = signal.as_mut().poll(context) {
            return Poll::Ready(Event::Signal(signal));
        }
        connection.as_mut().poll(context).map(|(port, connection)| Event::Connection(port, connection))
    })
    .await
}

async fn next_connection(listeners: &[&Listener]) -> (u16, Connection) {
    let mut accepting: Vec<_> =
        listeners.iter().map(|listener| Box::pin(async { (listener.port(), listener.accept().await) })).collect();
    poll_fn(move |context| {
        for future in &mut accepting {
            if let Poll::Ready(connection) = future.as_mut().poll(context) {
                return Poll::Ready(connection);
            }
        }
        Poll::Pending
    })
    .await
}
