//! Which data survive what next: for each place where bytes live at an instant, and each command a learner may give.
//!
//! Nothing is simulated here: what becomes of a place follows from its kind, from who has it, and from how the log says
//! that it came to be (semantics §7).

use super::Report;
use super::state::data_name;
use crate::kernel::Instant;
use crate::sim::log::{CausedBy, ContainerId, EventKind, Rule};
use crate::timeline::{DataKind, DataLane, DataState};

/// What a learner may do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NextCommand {
    /// `stop`, then `start`.
    StopStart,
    /// `restart`.
    Restart,
    /// `up -d` after a change of the file, or with `--force-recreate`.
    Recreate,
    /// `up -d -V`.
    RenewAnonymous,
    /// `down`, then `up -d`.
    Down,
    /// `down -v`, then `up -d`.
    DownVolumes,
    /// `docker volume prune -f`.
    VolumePrune,
    /// The host loses power and boots.
    Reboot,
}

impl NextCommand {
    /// All of them, in the order they are shown: the mildest first.
    pub const ALL: [NextCommand; 8] = [
        NextCommand::StopStart,
        NextCommand::Restart,
        NextCommand::Reboot,
        NextCommand::Recreate,
        NextCommand::RenewAnonymous,
        NextCommand::Down,
        NextCommand::DownVolumes,
        NextCommand::VolumePrune,
    ];

    /// What it is called at the head of a column.
    pub fn title(self) -> &'static str {
        match self {
            NextCommand::StopStart => "stop, start",
            NextCommand::Restart => "restart",
            NextCommand::Reboot => "reboot",
            NextCommand::Recreate => "up (recreate)",
            NextCommand::RenewAnonymous => "up -V",
            NextCommand::Down => "down",
            NextCommand::DownVolumes => "down -v",
            NextCommand::VolumePrune => "docker volume prune",
        }
    }
}

/// What would become of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Survival {
    /// The container sees the same bytes afterwards.
    Kept,
    /// The bytes are still there, but the container gets something new and empty.
    Unattached,
    /// The bytes are gone.
    Lost,
}

impl Survival {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Survival::Kept => "kept",
            Survival::Unattached => "unattached",
            Survival::Lost => "lost",
        }
    }
}

/// The fate of one place under one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SurvivalCell {
    /// The command.
    pub command: NextCommand,
    /// What would become of the bytes.
    pub survival: Survival,
    /// Why, as a sentence without a full stop.
    pub reason: &'static str,
}

/// One place and its fates.
#[derive(Clone, Debug, PartialEq)]
pub struct SurvivalRow {
    /// Data lane, as an index into the timeline's.
    pub lane: usize,
    /// Its name, as in [`super::VolumeRow`].
    pub name: String,
    /// What kind of place.
    pub kind: DataKind,
    /// One cell per command of [`NextCommand::ALL`].
    pub cells: Vec<SurvivalCell>,
}

/// What decides the fate of a place.
struct Place {
    kind: DataKind,
    attached: bool,
    /// Created by `up` for the project, not by hand and not external.
    of_project: bool,
    /// An anonymous volume that a recreated container took over: Docker treats it as named from then on (U34).
    inherited: bool,
}

impl Report<'_> {
    /// The fate of every place that holds bytes at an instant.
    pub fn survival(&self, at: Instant) -> Vec<SurvivalRow> {
        let mut rows = Vec::new();
        for (index, lane) in self.timeline.data.iter().enumerate() {
            let DataState::Present { attached, .. } = &lane.segment_at(at).state else { continue };
            let place = self.origin(lane, attached, at);
            let cells = NextCommand::ALL.into_iter().map(|command| {
                let (survival, reason) = fate(&place, command);
                SurvivalCell { command, survival, reason }
            });
            rows.push(SurvivalRow { lane: index, name: data_name(&lane.key), kind: lane.kind, cells: cells.collect() });
        }
        rows
    }

    fn origin(&self, lane: &DataLane, attached: &[ContainerId], at: Instant) -> Place {
        let created = lane.segments.iter().filter_map(|segment| segment.event).filter_map(|event| self.event(event));
        let mut created = created.filter(|event| event.at <= at);
        let last = created.rfind(|event| matches!(event.kind, EventKind::VolumeCreated { .. }));
        let of_project =
            last.is_some_and(|event| !matches!((event.cause.rule, event.cause.by), (Rule::Asked, CausedBy::Step(_))));
        let mut owners: Vec<ContainerId> = Vec::new();
        for segment in lane.segments.iter().take_while(|segment| segment.from <= at) {
            if let DataState::Present { attached, .. } = &segment.state {
                owners.extend(attached.iter().filter(|owner| !owners.contains(owner)).copied().collect::<Vec<_>>());
            }
        }
        let inherited = lane.kind == DataKind::AnonymousVolume && owners.len() > 1;
        Place { kind: lane.kind, attached: !attached.is_empty(), of_project, inherited }
    }
}

/// The table of semantics §7.1, by mechanism: what each command removes, and what hangs on it.
fn fate(place: &Place, command: NextCommand) -> (Survival, &'static str) {
    use NextCommand as N;
    match place.kind {
        DataKind::BindMount => (Survival::Kept, "Docker never deletes anything on the host"),
        DataKind::Tmpfs if command == N::VolumePrune => (Survival::Kept, "prune touches volumes only"),
        DataKind::Tmpfs => (Survival::Lost, "a tmpfs is memory: every stop of its container empties it"),
        DataKind::WritableLayer => match command {
            N::StopStart | N::Restart | N::Reboot => (Survival::Kept, "the container is the same one afterwards"),
            N::VolumePrune => (Survival::Kept, "prune touches volumes only"),
            N::Recreate | N::RenewAnonymous => {
                (Survival::Lost, "the container is replaced, and its writable layer goes with it")
            }
            N::Down | N::DownVolumes => {
                (Survival::Lost, "the container is removed, and its writable layer goes with it")
            }
        },
        DataKind::AnonymousVolume => anonymous(place, command),
        DataKind::NamedVolume => named(place, command),
    }
}

fn anonymous(place: &Place, command: NextCommand) -> (Survival, &'static str) {
    use NextCommand as N;
    match command {
        N::VolumePrune if place.attached => (Survival::Kept, "a container, running or not, still has it"),
        N::VolumePrune => (Survival::Lost, "no container has it, so prune removes it"),
        _ if !place.attached => (Survival::Unattached, "no container has it; it stays until it is pruned"),
        N::StopStart | N::Restart | N::Reboot => (Survival::Kept, "the container keeps its volumes"),
        N::Recreate => (Survival::Kept, "the new container takes over the anonymous volumes of the old one"),
        N::RenewAnonymous => (Survival::Unattached, "`-V` gives the new container fresh anonymous volumes"),
        N::Down => {
            (Survival::Unattached, "`down` leaves it, but the next container cannot know its name and gets a fresh one")
        }
        N::DownVolumes if place.inherited => {
            (Survival::Unattached, "since a recreated container took it over, Docker no longer treats it as anonymous")
        }
        N::DownVolumes => (Survival::Lost, "`down -v` removes a container's anonymous volumes with it"),
    }
}

fn named(place: &Place, command: NextCommand) -> (Survival, &'static str) {
    use NextCommand as N;
    match command {
        N::VolumePrune => (Survival::Kept, "prune removes anonymous volumes only, unless it is told `-a`"),
        N::DownVolumes if place.of_project => (Survival::Lost, "`-v` removes the volumes that the file declares"),
        N::DownVolumes => (Survival::Kept, "it is external: Compose did not create it and does not remove it"),
        N::Down => (Survival::Kept, "`down` removes containers and networks; named volumes need `-v`"),
        N::Recreate | N::RenewAnonymous => (Survival::Kept, "the new container gets the volume of that name again"),
        N::StopStart | N::Restart | N::Reboot => {
            (Survival::Kept, "a volume does not depend on whether a container runs")
        }
    }
}
