//! What an awk program reads and writes besides its variables: records, files, commands.

use crate::kernel::{Description, ExitStatus, Opening, Process};
use crate::shell::regex::{Dialect, Regex};
use std::rc::Rc;

/// How many bytes are read at once.
const BLOCK: usize = 64 << 10;

/// The longest record.
const LONGEST: usize = 4 << 20;

/// Where records come from.
pub(super) struct Reader {
    source: Rc<Description>,
    buffer: Vec<u8>,
    /// How much of the buffer has been handed out.
    used: usize,
    ended: bool,
    /// The command whose output is read.
    child: Option<Process>,
}

/// Where a record ends.
pub(super) enum RecordEnd {
    Byte(u8),
    /// At empty lines.
    Paragraph,
    Regex(Regex),
}

impl RecordEnd {
    /// What RS means.
    pub(super) fn new(text: &str) -> Self {
        match text.as_bytes() {
            [] => Self::Paragraph,
            [byte] => Self::Byte(*byte),
            _ => Regex::new(text, Dialect::Extended, false).map_or(Self::Byte(b'\n'), Self::Regex),
        }
    }
}

impl Reader {
    pub(super) fn new(source: Rc<Description>, child: Option<Process>) -> Self {
        Self { source, buffer: Vec::new(), used: 0, ended: false, child }
    }

    pub(super) async fn record(&mut self, end: &RecordEnd) -> Option<Rc<str>> {
        loop {
            if let RecordEnd::Paragraph = end {
                self.used += self.buffer[self.used..].iter().take_while(|byte| **byte == b'\n').count();
            }
            let rest = &self.buffer[self.used..];
            if let Some((length, next)) = find(rest, end, self.ended) {
                let record = String::from_utf8_lossy(&rest[..length]).into();
                self.used += next;
                return Some(record);
            }
            if self.ended || rest.len() > LONGEST {
                let record = String::from_utf8_lossy(rest).into_owned();
                self.used = self.buffer.len();
                let record = if let RecordEnd::Paragraph = end { record.trim_end_matches('\n') } else { &record };
                return (!record.is_empty()).then(|| record.into());
            }
            self.buffer.drain(..self.used);
            self.used = 0;
            match self.source.read(BLOCK).await {
                Ok(bytes) if !bytes.is_empty() => self.buffer.extend(bytes),
                _ => self.ended = true,
            }
        }
    }

    pub(super) fn child(self) -> Option<Process> {
        self.child
    }
}

/// Length of the record at the beginning of `bytes` and where the next one begins.
fn find(bytes: &[u8], end: &RecordEnd, ended: bool) -> Option<(usize, usize)> {
    match end {
        RecordEnd::Byte(byte) => bytes.iter().position(|next| next == byte).map(|at| (at, at + 1)),
        RecordEnd::Paragraph => {
            let at = bytes.windows(2).position(|pair| pair == b"\n\n")?;
            let breaks = bytes[at..].iter().take_while(|byte| **byte == b'\n').count();
            (at + breaks < bytes.len() || ended).then_some((at, at + breaks))
        }
        RecordEnd::Regex(regex) => {
            let text = std::str::from_utf8(bytes).ok()?;
            let (from, to) = regex.find(text, 0)?.group(0)?;
            (to > from && (to < bytes.len() || ended)).then_some((from, to))
        }
    }
}

/// Where `print` writes: a file, or a command's input.
pub(super) struct Writer {
    output: Rc<Description>,
    child: Option<Process>,
}

impl Writer {
    pub(super) fn to_file(process: &Process, path: &str, opening: Opening) -> Result<Self, String> {
        let output = match path {
            "/dev/stdout" | "-" => process.descriptor(1),
            "/dev/stderr" => process.descriptor(2),
            path => Some(process.open(path, opening).map_err(|error| format!("can't open '{path}': {error}"))?),
        };
        let output = output.ok_or_else(|| format!("can't open '{path}': Bad file descriptor"))?;
        Ok(Self { output, child: None })
    }

    pub(super) fn to_command(process: &Process, command: &str) -> Option<Self> {
        let (reader, output) = process.pipe();
        let child = start(process, command, |child| {
            let _ = child.set_descriptor(0, Some(reader));
        })?;
        Some(Self { output, child: Some(child) })
    }

    pub(super) async fn write(&self, process: &Process, bytes: &[u8]) {
        let _ = self.output.write(bytes, process.now()).await;
    }

    pub(super) fn child(self) -> Option<Process> {
        self.child
    }
}

/// A reader of what `command` writes.
pub(super) fn read_command(process: &Process, command: &str) -> Option<Reader> {
    let (source, writer) = process.pipe();
    let child = start(process, command, |child| {
        let _ = child.set_descriptor(1, Some(writer));
    })?;
    Some(Reader::new(source, Some(child)))
}

/// Runs `command` and waits for it.
pub(super) async fn system(process: &Process, command: &str) -> f64 {
    let Some(child) = start(process, command, |_| {}) else { return -1.0 };
    match process.wait(&child).await {
        ExitStatus::Killed(signal) => 256.0 + f64::from(signal.number()),
        status => f64::from(status.code()),
    }
}

fn start(process: &Process, command: &str, prepare: impl FnOnce(&Process)) -> Option<Process> {
    let shell = process.find_program("/bin/sh").ok()?;
    process.spawn(&shell, ["sh".into(), "-c".into(), command.into()].into(), prepare).ok()
}
