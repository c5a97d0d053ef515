//! What a file descriptor stands for: an open file, a pipe's end, a connection, a sink of the engine.

use super::errno::Errno;
use super::files::{Content, Place};
use super::network::Connection;
use super::pipe::{PipeReader, PipeWriter};
use super::time::Instant;
use std::cell::Cell;
use std::rc::Rc;

/// Takes what a program writes: a container's log, a step's output.
pub trait Sink {
    /// The program wrote `bytes`.
    fn write(&self, bytes: &[u8]);
}

impl<F: Fn(&[u8])> Sink for F {
    fn write(&self, bytes: &[u8]) {
        self(bytes);
    }
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// For reading.
    Read,
    /// For writing, made or emptied first.
    Truncate,
    /// For writing at the end, made first.
    Append,
    /// For reading and writing, made first (`<>`).
    ReadWrite,
}

/// What a file descriptor stands for. Descriptors that were duplicated share it, with the position in the file.
pub enum Description {
    /// A file.
    File(OpenFile),
    /// A pipe's end to read from.
    PipeReader(PipeReader),
    /// A pipe's end to write to.
    PipeWriter(PipeWriter),
    /// A connection.
    Connection(Connection),
    /// `/dev/null`, and the standard input of a container.
    Null,
    /// `/dev/zero`.
    Zero,
    /// `/dev/full`.
    Full,
    /// `/dev/urandom`, with the state of its generator.
    Random(Cell<u64>),
    /// What the engine reads.
    Sink(Rc<dyn Sink>),
}

/// An open file and the position in it.
pub struct OpenFile {
    place: Place,
    position: Cell<u64>,
    opening: Opening,
    /// Changed since the observer was told.
    changed: Cell<bool>,
}

impl OpenFile {
    /// `place`, opened; to be truncated or made, it must have been found ready to be changed.
    pub(super) fn new(place: Place, opening: Opening, made: bool, now: Instant) -> Result<Self, Errno> {
        let truncates = opening == Opening::Truncate;
        if truncates {
            place.set_bytes(Rc::default())?;
        }
        if truncates || made {
            place.touch(now);
        }
        Ok(Self { place, position: Cell::new(0), opening, changed: Cell::new(truncates || made) })
    }

    fn read(&self, most: usize) -> Result<Vec<u8>, Errno> {
        if matches!(self.opening, Opening::Truncate | Opening::Append) {
            return Err(Errno::Ebadf);
        }
        let bytes = self.place.read()?;
        let start = (self.position.get() as usize).min(bytes.len());
        let end = start.saturating_add(most).min(bytes.len());
        self.position.set(end as u64);
        Ok(bytes[start..end].to_vec())
    }

    fn write(&self, bytes: &[u8], now: Instant) -> Result<(), Errno> {
        if self.opening == Opening::Read {
            return Err(Errno::Ebadf);
        }
        if self.opening == Opening::Append {
            self.position.set(self.place.content()?.size());
        }
        let fits = self.place.write_at(self.position.get(), bytes)?;
        self.position.set(self.position.get() + fits as u64);
        self.place.touch(now);
        self.changed.set(false);
        self.place.announce_written();
        if fits < bytes.len() { Err(Errno::Enospc) } else { Ok(()) }
    }

    /// Where the file is.
    pub fn place(&self) -> &Place {
        &self.place
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        if self.changed.get() {
            self.place.announce_written();
        }
    }
}

impl Description {
    /// At most `most` bytes, waiting for the first; nothing at the end.
    pub async fn read(&self, most: usize) -> Result<Vec<u8>, Errno> {
        match self {
            Self::File(file) => file.read(most),
            Self::PipeReader(pipe) => Ok(pipe.read(most).await),
            Self::Connection(connection) => connection.read(most).await,
            Self::Null => Ok(Vec::new()),
            Self::Zero | Self::Full => Ok(vec![0; most]),
            Self::Random(state) => Ok((0..most).map(|_| next_random(state)).collect()),
            Self::PipeWriter(_) | Self::Sink(_) => Err(Errno::Ebadf),
        }
    }

    /// Writes all of `bytes`, waiting for room.
    pub async fn write(&self, bytes: &[u8], now: Instant) -> Result<(), Errno> {
        match self {
            Self::File(file) => file.write(bytes, now),
            Self::PipeWriter(pipe) => pipe.write(bytes).await,
            Self::Connection(connection) => connection.write(bytes).await,
            Self::Sink(sink) => {
                sink.write(bytes);
                Ok(())
            }
            Self::Null | Self::Zero | Self::Random(_) => Ok(()),
            Self::Full => Err(Errno::Enospc),
            Self::PipeReader(_) => Err(Errno::Ebadf),
        }
    }

    /// Ends when a read would return at once.
    pub async fn ready(&self) {
        match self {
            Self::PipeReader(pipe) => pipe.ready().await,
            Self::Connection(connection) => connection.ready().await,
            _ => {}
        }
    }

    /// Moves the position in a file; nothing for anything else.
    pub fn seek(&self, position: u64) {
        if let Self::File(file) = self {
            file.position.set(position);
        }
    }

    /// The position in a file and its size, if it is one: what a `read` of a shell puts back.
    pub fn position(&self) -> Option<(u64, u64)> {
        match self {
            Self::File(file) => {
                let size = match file.place.content() {
                    Ok(Content::Bytes(bytes)) => bytes.len() as u64,
                    _ => 0,
                };
                Some((file.position.get(), size))
            }
            _ => None,
        }
    }
}

/// The next byte of a fixed sequence (xorshift): random enough to look at, the same in every run.
fn next_random(state: &Cell<u64>) -> u8 {
    let mut value = state.get();
    value ^= value << 13;
    value ^= value >> 7;
    value ^= value << 17;
    state.set(value);
    (value >> 32) as u8
}

impl Description {
    /// A nameless file with this content, open for reading: a here-document.
    pub fn of_text(bytes: &[u8]) -> Rc<Description> {
        let tree = super::files::Tree::new();
        let opened = tree.write("/text", bytes).and_then(|()| {
            let place = tree.table().find("/text", super::files::Follow::Last, super::files::Access::ROOT)?;
            OpenFile::new(place, Opening::Read, false, Instant::START)
        });
        Rc::new(opened.map_or(Description::Null, Description::File))
    }
}
