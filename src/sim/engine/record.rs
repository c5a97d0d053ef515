//! Turns changes of files into events of the log: which place, which path, a glimpse of the content.

use crate::kernel::Kernel;
use crate::kernel::files::{Change, Tree};
use crate::sim::log::{Cause, CausedBy, DataPlace, EventId, EventKind, Rule, WrittenFile};
use crate::sim::recorder::Recorder;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Letters of a text file's first line that an event keeps.
const PREVIEW: usize = 60;

/// Watches trees on behalf of the log.
#[derive(Clone)]
pub(super) struct Observers {
    kernel: Kernel,
    recorder: Recorder,
    /// What a change is put down to when no process makes it: the event or step the engine works for.
    working_for: Rc<Cell<Option<Cause>>>,
    /// Paths of the host that somebody mounts, and the place each is for the log.
    mounted: Rc<RefCell<BTreeMap<Rc<str>, Rc<DataPlace>>>>,
}

impl Observers {
    pub fn new(kernel: &Kernel, recorder: &Recorder) -> Self {
        Self { kernel: kernel.clone(), recorder: recorder.clone(), working_for: Rc::default(), mounted: Rc::default() }
    }

    /// Records every change of `tree` as one of `place`.
    pub fn observe(&self, tree: &Tree, place: DataPlace) {
        let (own, place) = (self.clone(), Rc::new(place));
        tree.observe(Rc::new(move |change: Change<'_>| own.changed(&place, change)));
    }

    /// Records changes of the host's files where somebody mounts them.
    pub fn observe_host(&self, host: &Tree) {
        let own = self.clone();
        host.observe(Rc::new(move |change: Change<'_>| own.changed_on_host(change)));
    }

    /// From now on changes at and below `path` of the host are recorded as those of `place`.
    pub fn mounts_host_path(&self, path: &Rc<str>, place: DataPlace) {
        self.mounted.borrow_mut().insert(path.clone(), place.into());
    }

    fn changed_on_host(&self, change: Change<'_>) {
        let path = match &change {
            Change::Written { path, .. } | Change::FolderMade { path } | Change::Removed { path } => *path,
            Change::Summarised { path, .. } => path,
        };
        let above = |mounted: &str| {
            let rest = path.strip_prefix(mounted.trim_end_matches('/'))?;
            match rest {
                "" => path.rfind('/').map(|slash| &path[slash..]),
                rest => rest.starts_with('/').then_some(rest),
            }
        };
        let mounted = self.mounted.borrow();
        let found: Vec<(Rc<DataPlace>, &str)> =
            mounted.iter().filter_map(|(mounted, place)| Some((place.clone(), above(mounted)?))).collect();
        drop(mounted);
        for (place, path) in found {
            let change = match change {
                Change::Written { bytes, .. } => Change::Written { path, bytes },
                Change::FolderMade { .. } => Change::FolderMade { path },
                Change::Removed { .. } => Change::Removed { path },
                Change::Summarised { text, .. } => Change::Summarised { path, text },
            };
            self.changed(&place, change);
        }
    }

    /// Runs `work`, whose changes of files are put down to `cause`.
    pub fn on_behalf<T>(&self, cause: Cause, work: impl FnOnce() -> T) -> T {
        let outer = self.working_for.replace(Some(cause));
        let result = work();
        self.working_for.set(outer);
        result
    }

    /// Records a change at `path` of `place`.
    pub fn changed(&self, place: &Rc<DataPlace>, change: Change<'_>) {
        let kind = match change {
            Change::Written { path, bytes } => EventKind::FileWritten(Box::new(WrittenFile {
                place: place.clone(),
                path: path.into(),
                size: bytes.len() as u64,
                preview: preview(bytes),
            })),
            Change::Summarised { text, .. } => EventKind::DataSummary { place: place.clone(), text: text.into() },
            Change::FolderMade { .. } => return,
            Change::Removed { path } => EventKind::FileRemoved { place: place.clone(), path: path.into() },
        };
        self.recorder.record(self.kernel.tasks().now(), self.cause(), kind);
    }

    /// The start or exec of the process that runs right now; the last event where that one is not yet told.
    fn cause(&self) -> Cause {
        let process = self.kernel.running().and_then(|process| process.tag());
        let event = process.map_or_else(|| EventId(self.recorder.len().saturating_sub(1) as u32), EventId);
        let program = Cause { by: CausedBy::Event(event), rule: Rule::Program, place: None };
        self.working_for.get().unwrap_or(program)
    }
}

/// The first line of a text, shortened; nothing for other bytes.
fn preview(bytes: &[u8]) -> Option<Rc<str>> {
    let start = &bytes[..bytes.len().min(PREVIEW * 4)];
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let text = std::str::from_utf8(line).ok()?;
    let is_text = !text.is_empty() && text.chars().all(|letter| !letter.is_control() || letter == '\t');
    is_text.then(|| text.chars().take(PREVIEW).collect::<String>().into())
}
