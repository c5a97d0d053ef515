//! What a container's main process writes: the lines of its log, and those who are attached.

use super::view::LogEntry;
use super::{OutputSink, config};
use crate::image::declared::{Declared, written};
use crate::kernel::{Sink, Tasks};
use crate::sim::log::{Cause, CausedBy, ContainerId, EventId, EventKind, Rule, Stream};
use crate::sim::recorder::Recorder;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

/// The longest line of a log; the json log cuts there.
const LONGEST_LINE: usize = 16 * 1024;

/// The output of one container. A cheap handle.
#[derive(Clone)]
pub(super) struct Output(Rc<OutputState>);

struct OutputState {
    container: ContainerId,
    tasks: Tasks,
    recorder: Recorder,
    tty: bool,
    /// The start of the run that writes.
    started: Cell<EventId>,
    entries: RefCell<Vec<LogEntry>>,
    /// Beginnings of lines, by stream.
    open: [RefCell<Vec<u8>>; 2],
    attached: RefCell<Vec<Weak<Listener>>>,
}

struct Listener(OutputSink);

/// Keeps an attachment alive.
pub struct Attachment(#[expect(dead_code, reason = "held only to be dropped")] Rc<Listener>);

impl Output {
    pub fn new(container: ContainerId, config: &config::ContainerConfig, tasks: &Tasks, recorder: &Recorder) -> Self {
        Self(Rc::new(OutputState {
            container,
            tasks: tasks.clone(),
            recorder: recorder.clone(),
            tty: config.tty,
            started: Cell::new(EventId(0)),
            entries: RefCell::default(),
            open: Default::default(),
            attached: RefCell::default(),
        }))
    }

    /// A new run writes from now on.
    pub fn begin(&self, started: EventId) {
        self.0.started.set(started);
    }

    /// Where a process writes a stream to.
    pub fn sink(&self, stream: Stream) -> Rc<dyn Sink> {
        let own = self.clone();
        let stream = if self.0.tty { Stream::Stdout } else { stream };
        Rc::new(move |bytes: &[u8]| own.write(stream, bytes))
    }

    fn write(&self, stream: Stream, bytes: &[u8]) {
        self.tell(stream, bytes);
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.open(stream).borrow_mut().extend_from_slice(&rest[..end]);
            self.finish_line(stream);
            rest = &rest[end + 1..];
        }
        self.open(stream).borrow_mut().extend_from_slice(rest);
        if self.open(stream).borrow().len() > LONGEST_LINE {
            self.finish_line(stream);
        }
    }

    fn open(&self, stream: Stream) -> &RefCell<Vec<u8>> {
        &self.0.open[usize::from(stream == Stream::Stderr)]
    }

    fn finish_line(&self, stream: Stream) {
        let bytes = self.open(stream).take();
        let text: Rc<str> = String::from_utf8_lossy(&bytes).into();
        let at = self.0.tasks.now();
        self.0.entries.borrow_mut().push(LogEntry { at, stream, text: text.clone() });
        let cause = Cause { by: CausedBy::Event(self.0.started.get()), rule: Rule::Program, place: None };
        let kind = EventKind::LogLine { container: self.0.container, stream, text };
        self.0.recorder.record(at, cause, kind);
    }

    /// A program runs of which the behaviour is guessed.
    pub fn guessed(&self, guess: &Declared) {
        let cause = Cause { by: CausedBy::Event(self.0.started.get()), rule: Rule::Program, place: None };
        let kind = EventKind::BehaviourGuessed { container: self.0.container, declaration: written(guess).into() };
        self.0.recorder.record(self.0.tasks.now(), cause, kind);
    }

    /// The run has ended: what was written without a line break is a line, too.
    pub fn finish(&self) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            if !self.open(stream).borrow().is_empty() {
                self.finish_line(stream);
            }
        }
    }

    /// The lines so far.
    pub fn entries(&self) -> Vec<LogEntry> {
        self.0.entries.borrow().clone()
    }

    /// Tells `listener` of every chunk from now on.
    pub fn attach(&self, listener: OutputSink) -> Attachment {
        let listener = Rc::new(Listener(listener));
        let mut attached = self.0.attached.borrow_mut();
        attached.retain(|known| known.strong_count() > 0);
        attached.push(Rc::downgrade(&listener));
        Attachment(listener)
    }

    fn tell(&self, stream: Stream, bytes: &[u8]) {
        if self.0.attached.borrow().is_empty() {
            return;
        }
        let listeners: Vec<Rc<Listener>> = self.0.attached.borrow().iter().filter_map(Weak::upgrade).collect();
        for listener in listeners {
            (listener.0)(stream, bytes);
        }
    }
}
