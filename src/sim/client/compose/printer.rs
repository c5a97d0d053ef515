//! Log lines of several containers on one screen, each with its container's name in front (X30). Must not know where they
//! come from.

use super::super::clock::Clock;
use super::super::terminal::Terminal;
use crate::kernel::Instant;
use crate::sim::log::Stream;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How lines are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// `--no-log-prefix`.
    pub bare: bool,
    /// `--timestamps`.
    pub timestamps: bool,
}

/// Prints log lines. Clones are the same.
#[derive(Clone)]
pub struct Printer(Rc<Shared>);

struct Shared {
    terminal: Terminal,
    style: Style,
    clock: Clock,
    screen: RefCell<Screen>,
}

/// The names seen so far, the unfinished lines, and whether anything is still shown.
#[derive(Default)]
struct Screen {
    width: usize,
    unfinished: BTreeMap<(String, Stream), Vec<u8>>,
    stopped: bool,
}

impl Printer {
    /// A printer without any name yet.
    pub fn new(terminal: Terminal, style: Style, clock: Clock) -> Self {
        Self(Rc::new(Shared { terminal, style, clock, screen: RefCell::default() }))
    }

    /// A container's name takes part in the width of the names from now on.
    pub fn register(&self, name: &str) {
        let mut screen = self.0.screen.borrow_mut();
        screen.width = screen.width.max(name.chars().count());
    }

    /// Bytes of a container: whole lines are printed, the rest waits for its end.
    pub fn bytes(&self, name: &str, stream: Stream, bytes: &[u8], at: Instant) {
        let key = (name.to_owned(), stream);
        let mut waiting = self.0.screen.borrow_mut().unfinished.remove(&key).unwrap_or_default();
        waiting.extend_from_slice(bytes);
        while let Some(end) = waiting.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = waiting.drain(..=end).collect();
            self.line(name, stream, &String::from_utf8_lossy(&line[..end]), at);
        }
        if !waiting.is_empty() {
            self.0.screen.borrow_mut().unfinished.insert(key, waiting);
        }
    }

    /// A whole line of a container.
    pub fn line(&self, name: &str, stream: Stream, text: &str, at: Instant) {
        if self.0.screen.borrow().stopped {
            return;
        }
        self.register(name);
        let width = self.0.screen.borrow().width + 1;
        let stamp = if self.0.style.timestamps { format!("{} ", self.0.clock.stamp(at)) } else { String::new() };
        let line = match self.0.style.bare {
            true => format!("{stamp}{text}\n"),
            false => format!("{name:<width$} | {stamp}{text}\n"),
        };
        self.0.terminal.bytes(stream, line.as_bytes());
    }

    /// What happened to a container: `db-1 exited with code 0`.
    pub fn status(&self, name: &str, text: &str) {
        if !self.0.screen.borrow().stopped {
            self.register(name);
            self.0.terminal.out(&format!("\r\u{1b}[K{name} {text}\n"));
        }
    }

    /// A run of a container has ended; it will be back, or not.
    pub fn exited(&self, name: &str, exit_code: i32, back: bool) {
        let suffix = if back { " (restarting)" } else { "" };
        self.status(name, &format!("exited with code {exit_code}{suffix}"));
    }

    /// Prints what a container wrote without ending its line.
    pub fn flush(&self, name: &str, at: Instant) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let waiting = self.0.screen.borrow_mut().unfinished.remove(&(name.to_owned(), stream));
            if let Some(waiting) = waiting {
                self.line(name, stream, &String::from_utf8_lossy(&waiting), at);
            }
        }
    }

    /// Nothing more is printed (D57: the last lines of an interrupted `up` are not shown).
    pub fn stop(&self) {
        self.0.screen.borrow_mut().stopped = true;
    }
}
