//! Data lanes: one per place where bytes live, with what is in it, whether a container is attached, and its end.

use super::lane::{ContainerLane, Moment};
use crate::kernel::Instant;
use crate::sim::log::{ContainerCreated, ContainerId, DataPlace, Event, EventId, EventKind, EventLog, VolumeKind};
use crate::text::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Which line a place is drawn on: containers are meant by the name of their lane, so that the writable layers of a
/// container and of its successor share a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DataKey {
    /// Writable layer of the containers of a lane.
    WritableLayer(Rc<str>),
    /// A volume, by its name on the engine.
    Volume(Rc<str>),
    /// An absolute path of the host.
    Host(Rc<str>),
    /// A tmpfs of the containers of a lane, by destination.
    Tmpfs(Rc<str>, Rc<str>),
}

impl DataKey {
    /// The key of a place; `lane` names the lane of a container.
    pub(super) fn of(place: &DataPlace, lane: impl Fn(ContainerId) -> Option<Rc<str>>) -> Option<Self> {
        Some(match place {
            DataPlace::WritableLayer(container) => DataKey::WritableLayer(lane(*container)?),
            DataPlace::Volume(name) => DataKey::Volume(name.clone()),
            DataPlace::Host(path) => DataKey::Host(path.clone()),
            DataPlace::Tmpfs(container, destination) => DataKey::Tmpfs(lane(*container)?, destination.clone()),
        })
    }
}

/// Kinds of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DataKind {
    /// Lives and dies with its container.
    WritableLayer,
    /// A volume with a name of its own.
    NamedVolume,
    /// A volume made for one container.
    AnonymousVolume,
    /// A folder or file of the host.
    BindMount,
    /// Memory.
    Tmpfs,
}

impl DataKind {
    /// Docker's word for it.
    pub fn word(self) -> &'static str {
        match self {
            DataKind::WritableLayer => "writable layer",
            DataKind::NamedVolume => "named volume",
            DataKind::AnonymousVolume => "anonymous volume",
            DataKind::BindMount => "bind mount",
            DataKind::Tmpfs => "tmpfs",
        }
    }
}

/// The line of one place.
#[derive(Clone, Debug, PartialEq)]
pub struct DataLane {
    /// Which place.
    pub key: DataKey,
    /// What kind of place.
    pub kind: DataKind,
    /// Where the first container that has it has it; empty for a writable layer.
    pub destination: Rc<str>,
    /// The place in the files that asks for it.
    pub span: Option<Span>,
    /// Segments from the session's start to its end, without gaps and without overlaps.
    pub segments: Vec<DataSegment>,
    /// What became of the bytes by the end of the session.
    pub fate: DataFate,
}

/// A stretch in which nothing changed in a place.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSegment {
    /// First instant.
    pub from: Instant,
    /// Just past the last instant.
    pub until: Instant,
    /// What is there.
    pub state: DataState,
    /// The event that began it; `None` before the place is known.
    pub event: Option<EventId>,
}

/// State of a place.
#[derive(Clone, Debug, PartialEq)]
pub enum DataState {
    /// There is no such place, or not any more.
    Absent,
    /// It is there.
    Present {
        /// What is in it.
        content: DataContent,
        /// The containers that have it, running or not; none: drawn hollow.
        attached: Vec<ContainerId>,
    },
}

/// What is in a place, in short.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataContent {
    /// Whether something may have been there before the session, of which the log tells nothing: on the host.
    pub may_hold_more: bool,
    /// How many files the session has seen written.
    pub files: u32,
    /// Their bytes.
    pub bytes: u64,
    /// The program's own words for what they are worth ("counter 3").
    pub summary: Option<Rc<str>>,
    /// Path in the place of the file that was written last, with the beginning of its text.
    pub latest: Option<(Rc<str>, Option<Rc<str>>)>,
}

impl DataContent {
    fn of(kind: DataKind) -> Self {
        Self { may_hold_more: kind == DataKind::BindMount, ..Self::default() }
    }

    /// A few words for the lane: the program's, else the last file and what it says, else that it is empty, or as the
    /// host has it.
    pub fn words(&self) -> String {
        if let Some(summary) = &self.summary {
            return summary.to_string();
        }
        match &self.latest {
            None if self.may_hold_more => "as on the host".into(),
            None if self.files == 0 => "empty".into(),
            None => count_words(self.files),
            Some((path, preview)) => {
                let name = path.trim_start_matches('/');
                let others = self.files.saturating_sub(1);
                let more = if others == 0 || self.may_hold_more { String::new() } else { format!(" (+{others})") };
                match preview.as_deref().and_then(|text| text.lines().next()).filter(|line| !line.trim().is_empty()) {
                    Some(line) => format!("{name}: {}{more}", line.trim()),
                    None => format!("{name}{more}"),
                }
            }
        }
    }
}

fn count_words(files: u32) -> String {
    if files == 1 { "1 file".into() } else { format!("{files} files") }
}

/// What became of the bytes of a place by the end of the session. The three words are ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataFate {
    /// There; some container has them, or the next `up` finds them again.
    Kept,
    /// There, and the containers do without them.
    Unattached,
    /// Gone, by this event.
    Lost(Moment),
}

impl DataFate {
    /// The word on the axis.
    pub fn word(self) -> &'static str {
        match self {
            DataFate::Kept => "kept",
            DataFate::Unattached => "unattached",
            DataFate::Lost(_) => "lost",
        }
    }
}

impl DataLane {
    /// The segment that holds `at`; the last one at and past the end.
    pub fn segment_at(&self, at: Instant) -> &DataSegment {
        let index = self.segments.partition_point(|segment| segment.until <= at).min(self.segments.len() - 1);
        &self.segments[index]
    }

    /// Whether the bytes are there at `at` though no container has them.
    pub fn is_unattached_at(&self, at: Instant) -> bool {
        matches!(&self.segment_at(at).state, DataState::Present { attached, .. } if attached.is_empty())
    }
}

/// All data lanes of a log, in the order of the container lanes and their mounts.
pub(super) fn lanes(
    log: &EventLog,
    containers: &[ContainerLane],
    lane_of: &BTreeMap<ContainerId, usize>,
    end: Instant,
) -> Vec<DataLane> {
    let mut fold = Fold { containers, lane_of, places: BTreeMap::new(), held_by: BTreeMap::new() };
    for (index, event) in log.events.iter().enumerate() {
        fold.event(Moment { at: event.at, event: EventId(index as u32) }, event);
    }
    let mut places: Vec<_> = fold.places.into_iter().collect();
    places.sort_by(|left, right| left.1.rank.cmp(&right.1.rank).then_with(|| left.0.cmp(&right.0)));
    let anyone = containers.iter().any(|lane| lane.lives.last().is_some_and(|life| life.destroyed.is_none()));
    places.into_iter().map(|(key, place)| place.into_lane(key, end, anyone)).collect()
}

struct Fold<'a> {
    containers: &'a [ContainerLane],
    lane_of: &'a BTreeMap<ContainerId, usize>,
    places: BTreeMap<DataKey, Place>,
    /// Which lines a container has.
    held_by: BTreeMap<ContainerId, Vec<DataKey>>,
}

/// A line while the log passes by.
struct Place {
    kind: DataKind,
    /// Container lane and position among its mounts of the first container that has it.
    rank: (usize, usize),
    destination: Rc<str>,
    span: Option<Span>,
    present: bool,
    attached: Vec<ContainerId>,
    files: BTreeMap<Rc<str>, u64>,
    content: DataContent,
    segments: Vec<DataSegment>,
    lost: Option<Moment>,
}

/// Rank of the writable layer among the mounts of its container: last.
const LAYER_POSITION: usize = usize::MAX;

impl Fold<'_> {
    fn event(&mut self, moment: Moment, event: &Event) {
        match &event.kind {
            EventKind::VolumeCreated { name, kind } => {
                let kind = match kind {
                    VolumeKind::Named => DataKind::NamedVolume,
                    VolumeKind::Anonymous => DataKind::AnonymousVolume,
                };
                let place = self.place(DataKey::Volume(name.clone()), kind);
                (place.kind, place.span) = (kind, place.span.or(event.cause.place));
                place.appear(moment);
            }
            EventKind::VolumeDestroyed { name } => self.lose(&DataKey::Volume(name.clone()), moment),
            EventKind::ContainerCreated(created) => self.created(moment, created),
            EventKind::ContainerStarted { container } => self.started(moment, *container),
            EventKind::ContainerDestroyed { container } => self.destroyed(moment, *container),
            EventKind::FileWritten(file) => {
                self.change(moment, &file.place, |known| known.write(&file.path, file.size, file.preview.clone()));
            }
            EventKind::FileRemoved { place, path } => self.change(moment, place, |known| known.remove(path)),
            EventKind::DataSummary { place, text } => {
                self.change(moment, place, |known| known.content.summary = Some(text.clone()));
            }
            EventKind::DataLost { place } => {
                match (&**place, self.key(place)) {
                    // The volume of a driver in memory is still there; only what was in it is not.
                    (DataPlace::Volume(_), _) => self.change(moment, place, Place::empty),
                    (_, Some(key)) => self.lose(&key, moment),
                    (_, None) => {}
                }
            }
            _ => {}
        }
    }

    fn key(&self, place: &DataPlace) -> Option<DataKey> {
        DataKey::of(place, |container| self.lane_of.get(&container).map(|lane| self.containers[*lane].name.clone()))
    }

    fn place(&mut self, key: DataKey, kind: DataKind) -> &mut Place {
        self.places.entry(key).or_insert_with(|| Place::new(kind))
    }

    fn created(&mut self, moment: Moment, created: &ContainerCreated) {
        let lane = self.lane_of.get(&created.container).copied().unwrap_or(usize::MAX);
        let tmpfs = created.tmpfs.iter().map(|path| (DataPlace::Tmpfs(created.container, path.clone()), path, None));
        let mounts = created.mounts.iter().map(|mount| (mount.place.clone(), &mount.destination, mount.span));
        let all: Vec<_> = mounts.chain(tmpfs).collect();
        for (position, (place, destination, span)) in all.into_iter().enumerate() {
            let Some(key) = self.key(&place) else { continue };
            self.held_by.entry(created.container).or_default().push(key.clone());
            let kind = kind_of(&place);
            let known = self.place(key, kind);
            known.is_mounted_at((lane, position), destination, span.or(created.span));
            known.attach(moment, created.container);
        }
    }

    /// Each start brings an empty tmpfs.
    fn started(&mut self, moment: Moment, container: ContainerId) {
        for key in self.held_by.get(&container).into_iter().flatten() {
            if let Some(place) = self.places.get_mut(key).filter(|place| place.kind == DataKind::Tmpfs) {
                place.appear(moment);
            }
        }
    }

    fn destroyed(&mut self, moment: Moment, container: ContainerId) {
        if let Some(layer) = self.key(&DataPlace::WritableLayer(container)) {
            let held = self.places.get(&layer).is_some_and(|place| place.attached.contains(&container));
            if held {
                self.lose(&layer, moment);
            }
        }
        for key in self.held_by.remove(&container).unwrap_or_default() {
            let Some(place) = self.places.get_mut(&key) else { continue };
            match place.kind {
                DataKind::Tmpfs => place.lose(moment),
                _ => place.detach(moment, container),
            }
        }
    }

    /// Something changes in a place; a writable layer is drawn from its first change on.
    fn change(&mut self, moment: Moment, place: &DataPlace, act: impl FnOnce(&mut Place)) {
        let Some(key) = self.key(place) else { return };
        let owner = match place {
            DataPlace::WritableLayer(container) | DataPlace::Tmpfs(container, _) => Some(*container),
            DataPlace::Volume(_) | DataPlace::Host(_) => None,
        };
        let lane = owner.and_then(|container| self.lane_of.get(&container).copied());
        let span = lane.and_then(|lane| self.containers[lane].lives.last().and_then(|life| life.span));
        let known = self.place(key, kind_of(place));
        if let (Some(lane), DataPlace::WritableLayer(_)) = (lane, place) {
            known.is_mounted_at((lane, LAYER_POSITION), &"".into(), span);
        }
        if let Some(owner) = owner.filter(|owner| !known.attached.contains(owner)) {
            // The container of before is gone, or going: the bytes of its layer are not this one's.
            known.restart_for(owner);
        }
        known.present = true;
        act(known);
        known.record(moment);
    }

    fn lose(&mut self, key: &DataKey, moment: Moment) {
        if let Some(place) = self.places.get_mut(key) {
            place.lose(moment);
        }
    }
}

fn kind_of(place: &DataPlace) -> DataKind {
    match place {
        DataPlace::WritableLayer(_) => DataKind::WritableLayer,
        DataPlace::Volume(_) => DataKind::NamedVolume,
        DataPlace::Host(_) => DataKind::BindMount,
        DataPlace::Tmpfs(..) => DataKind::Tmpfs,
    }
}

impl Place {
    fn new(kind: DataKind) -> Self {
        Self {
            kind,
            rank: (usize::MAX, usize::MAX),
            destination: "".into(),
            span: None,
            present: false,
            attached: Vec::new(),
            files: BTreeMap::new(),
            content: DataContent::of(kind),
            segments: Vec::new(),
            lost: None,
        }
    }

    fn is_mounted_at(&mut self, rank: (usize, usize), destination: &Rc<str>, span: Option<Span>) {
        if rank < self.rank {
            self.rank = rank;
        }
        if self.destination.is_empty() {
            self.destination = destination.clone();
        }
        self.span = self.span.or(span);
    }

    fn appear(&mut self, moment: Moment) {
        if !self.present {
            (self.present, self.lost) = (true, None);
            self.record(moment);
        }
    }

    fn attach(&mut self, moment: Moment, container: ContainerId) {
        if self.kind == DataKind::Tmpfs {
            self.attached.clear();
        }
        if !self.attached.contains(&container) {
            self.attached.push(container);
        }
        // A tmpfs exists only while its container runs, so its bytes appear with the first write.
        if self.kind != DataKind::Tmpfs {
            (self.present, self.lost) = (true, None);
            self.record(moment);
        }
    }

    fn detach(&mut self, moment: Moment, container: ContainerId) {
        self.attached.retain(|other| *other != container);
        if self.present {
            self.record(moment);
        }
    }

    fn empty(&mut self) {
        self.files.clear();
        self.content = DataContent::of(self.kind);
    }

    fn restart_for(&mut self, owner: ContainerId) {
        self.empty();
        (self.attached, self.lost) = (vec![owner], None);
    }

    fn lose(&mut self, moment: Moment) {
        if !self.present {
            return;
        }
        self.empty();
        (self.present, self.lost) = (false, Some(moment));
        if self.kind != DataKind::Tmpfs {
            self.attached.clear();
        }
        self.record(moment);
    }

    fn write(&mut self, path: &Rc<str>, size: u64, preview: Option<Rc<str>>) {
        self.lost = None;
        let before = self.files.insert(path.clone(), size).unwrap_or(0);
        self.content.bytes = self.content.bytes.saturating_sub(before).saturating_add(size);
        self.content.files = self.files.len() as u32;
        self.content.latest = Some((path.clone(), preview));
    }

    fn remove(&mut self, path: &Rc<str>) {
        let folder = format!("{}/", path.trim_end_matches('/'));
        let inside = self.files.range::<str, _>((std::ops::Bound::Included(&*folder), std::ops::Bound::Unbounded));
        let below: BTreeSet<Rc<str>> =
            inside.map(|(name, _)| name.clone()).take_while(|name| name.starts_with(&folder)).collect();
        for name in below.iter().chain([path]) {
            let size = self.files.remove(name).unwrap_or(0);
            self.content.bytes = self.content.bytes.saturating_sub(size);
        }
        self.content.files = self.files.len() as u32;
        if self.content.latest.as_ref().is_some_and(|(latest, _)| !self.files.contains_key(latest)) {
            self.content.latest = None;
        }
    }

    /// Ends the current segment and begins one with the present state; a segment without length leaves no trace.
    fn record(&mut self, moment: Moment) {
        let state = match self.present {
            false => DataState::Absent,
            true => DataState::Present { content: self.content.clone(), attached: self.attached.clone() },
        };
        match self.segments.last_mut() {
            None if moment.at > Instant::START => {
                self.segments.push(DataSegment {
                    from: Instant::START,
                    until: moment.at,
                    state: DataState::Absent,
                    event: None,
                });
            }
            None => {}
            Some(last) if last.state == state => return,
            Some(last) => {
                last.until = moment.at;
                if last.from == last.until {
                    self.segments.pop();
                }
            }
        }
        self.segments.push(DataSegment { from: moment.at, until: moment.at, state, event: Some(moment.event) });
    }

    /// Whether nobody will come back to bytes that nobody has: not to an anonymous volume; to a named one if the containers
    /// that are there do without it; to a folder of the host always.
    fn is_left_behind(&self, anyone: bool) -> bool {
        match self.kind {
            DataKind::BindMount => false,
            DataKind::NamedVolume => anyone,
            DataKind::AnonymousVolume | DataKind::WritableLayer | DataKind::Tmpfs => true,
        }
    }

    /// `anyone`: whether there is any container at the end that could have it.
    fn into_lane(mut self, key: DataKey, end: Instant, anyone: bool) -> DataLane {
        if let Some(last) = self.segments.last_mut() {
            last.until = end;
        } else {
            let state = DataState::Absent;
            self.segments.push(DataSegment { from: Instant::START, until: end, state, event: None });
        }
        let fate = match self.lost {
            Some(moment) => DataFate::Lost(moment),
            None if self.attached.is_empty() && self.is_left_behind(anyone) => DataFate::Unattached,
            None => DataFate::Kept,
        };
        DataLane { key, kind: self.kind, destination: self.destination, span: self.span, segments: self.segments, fate }
    }
}
