//! Standard input of a command of the client, copied to a process of a container, as Docker's own clients do: they read ahead,
//! whether the process reads or not. Must not know who reads it there.

use super::context::{Context, Owned};
use crate::kernel::Process;
use crate::kernel::pipe::PipeWriter;

/// How much is read at once.
const PIECE: usize = 32 * 1024;

/// Copies the standard input of `process` until its end, or until nobody reads any more, or until this is dropped.
pub fn copy(context: &Context, process: &Process, to: PipeWriter) -> Owned<()> {
    let process = process.clone();
    context.own(async move {
        while let Ok(bytes) = process.read(0, PIECE).await {
            if bytes.is_empty() || to.write(&bytes).await.is_err() {
                return;
            }
        }
    })
}
