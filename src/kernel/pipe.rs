//! Pipes with back-pressure, and the connections of the network, which are two of them.

use super::errno::Errno;
use super::sync::Notify;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// How many bytes a pipe holds before a writer has to wait, as in Linux.
pub const PIPE_CAPACITY: usize = 64 << 10;

struct PipeState {
    buffer: RefCell<VecDeque<u8>>,
    reader: Cell<bool>,
    writer: Cell<bool>,
    changed: Notify,
}

/// The end of a pipe that is read from; dropping it closes it.
pub struct PipeReader(Rc<PipeState>);

/// The end of a pipe that is written to; dropping it closes it, and the reader sees the end.
pub struct PipeWriter(Rc<PipeState>);

/// A new pipe.
pub fn pipe() -> (PipeReader, PipeWriter) {
    let state = Rc::new(PipeState {
        buffer: RefCell::default(),
        reader: Cell::new(true),
        writer: Cell::new(true),
        changed: Notify::new(),
    });
    (PipeReader(state.clone()), PipeWriter(state))
}

impl PipeReader {
    /// At least one and at most `most` bytes, waiting for them; nothing at the end.
    pub async fn read(&self, most: usize) -> Vec<u8> {
        loop {
            let changed = self.0.changed.notified();
            let bytes = self.take(most);
            if !bytes.is_empty() || !self.0.writer.get() || most == 0 {
                return bytes;
            }
            changed.await;
        }
    }

    /// Everything up to and including the next line break (or to the end), at most `most` bytes.
    pub async fn read_line(&self, most: usize) -> Vec<u8> {
        let mut line = Vec::new();
        loop {
            let changed = self.0.changed.notified();
            line.extend(self.take(self.rest_of_line().min(most - line.len())));
            if line.last() == Some(&b'\n') || line.len() >= most || !self.0.writer.get() {
                return line;
            }
            changed.await;
        }
    }

    /// How many of the bytes that are there belong to the line that comes first.
    fn rest_of_line(&self) -> usize {
        let buffer = self.0.buffer.borrow();
        buffer.iter().position(|byte| *byte == b'\n').map_or(buffer.len(), |at| at + 1)
    }

    /// The bytes that are there now, at most `most`.
    pub fn take(&self, most: usize) -> Vec<u8> {
        let mut buffer = self.0.buffer.borrow_mut();
        let count = most.min(buffer.len());
        let bytes: Vec<u8> = buffer.drain(..count).collect();
        drop(buffer);
        if count > 0 {
            self.0.changed.notify_all();
        }
        bytes
    }

    /// Whether a read would return at once.
    pub fn is_ready(&self) -> bool {
        !self.0.buffer.borrow().is_empty() || !self.0.writer.get()
    }

    /// Ends when a read would return at once.
    pub async fn ready(&self) {
        loop {
            let changed = self.0.changed.notified();
            if self.is_ready() {
                return;
            }
            changed.await;
        }
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        self.0.reader.set(false);
        self.0.changed.notify_all();
    }
}

impl PipeWriter {
    /// Writes all of `bytes`, waiting for room; EPIPE if nobody can read them any more.
    pub async fn write(&self, mut bytes: &[u8]) -> Result<(), Errno> {
        loop {
            let changed = self.0.changed.notified();
            if !self.0.reader.get() {
                return Err(Errno::Epipe);
            }
            bytes = &bytes[self.put(bytes)..];
            if bytes.is_empty() {
                return Ok(());
            }
            changed.await;
        }
    }

    fn put(&self, bytes: &[u8]) -> usize {
        let mut buffer = self.0.buffer.borrow_mut();
        let count = bytes.len().min(PIPE_CAPACITY.saturating_sub(buffer.len()));
        buffer.extend(&bytes[..count]);
        drop(buffer);
        if count > 0 {
            self.0.changed.notify_all();
        }
        count
    }

    /// Whether the reading end is gone.
    pub fn is_broken(&self) -> bool {
        !self.0.reader.get()
    }

    /// Ends when the reading end is gone.
    pub async fn broken(&self) {
        loop {
            let changed = self.0.changed.notified();
            if self.is_broken() {
                return;
            }
            changed.await;
        }
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        self.0.writer.set(false);
        self.0.changed.notify_all();
    }
}
