//! Staying with a container: its output on the screen, the signals of this command passed on to it, and its exit code.
//! Must not know who asked for the container.

use super::context::{Context, Owned};
use super::terminal::Done;
use crate::kernel::{Disposition, Process, Signal};
use crate::sim::engine::OutputSink;
use crate::sim::log::{Cause, ContainerId};
use std::rc::Rc;

/// Shows what a container writes until it has ended, starting it first if there is a cause to; its exit code.
pub async fn stay(context: &Context, process: &Process, container: ContainerId, start: Option<Cause>) -> Done<i32> {
    let terminal = context.terminal.clone();
    let output: OutputSink = Rc::new(move |stream, bytes| terminal.bytes(stream, bytes));
    let _attachment = context.engine.attach(container, output)?;
    let _forwarding = forward_signals(context, process, container);
    if let Some(cause) = start {
        context.start(container, cause).await?;
    }
    context.wait(container).await
}

/// What the command is sent, the container is sent.
fn forward_signals(context: &Context, process: &Process, container: ContainerId) -> Owned<()> {
    for signal in [Signal::INT, Signal::TERM] {
        let _ = process.set_disposition(signal, Disposition::Handle);
    }
    let (process, forward) = (process.clone(), context.clone());
    context.own(async move {
        loop {
            process.signal_arrived().await;
            while let Some(signal) = process.take_signal() {
                let _ = forward.kill(container, &signal.number().to_string(), forward.asked()).await;
            }
        }
    })
}
