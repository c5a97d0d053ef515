//! Removing what nobody uses, and how much that frees: `POST /containers/prune` and its like (S74).

use super::daemon::counts_as_running;
use super::view::ImageRemoval;
use super::{Answer, Engine, RemoveOptions};
use crate::kernel::Instant;
use crate::sim::costs;
use crate::sim::log::Cause;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Which of the unused things a prune takes.
#[derive(Clone, Debug, Default)]
pub struct PruneFilter {
    /// What is asked of their labels: all that is wanted must be there, and not all that is unwanted (moby,
    /// daemon/prune.go matchLabels).
    pub labels: Vec<LabelTest>,
    /// Only what was made before.
    pub until: Option<Instant>,
}

/// A question about labels.
#[derive(Clone, Debug)]
pub struct LabelTest {
    /// The label.
    pub name: String,
    /// The value it must have; any without it.
    pub value: Option<String>,
    /// Whether the label must be there, or must not (`label!=`).
    pub wanted: bool,
}

/// What a prune has removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pruned<T> {
    /// What is gone, in order.
    pub removed: Vec<T>,
    /// How many bytes that frees; nothing if it is not known.
    pub bytes: Option<u64>,
}

impl PruneFilter {
    /// Whether something with these labels, made then, is taken.
    pub fn takes(&self, labels: &BTreeMap<String, String>, made_at: Option<Instant>) -> bool {
        let there = |test: &&LabelTest| {
            let found = labels.get(&test.name);
            found.is_some_and(|found| test.value.as_ref().is_none_or(|value| value == found))
        };
        let (wanted, unwanted): (Vec<_>, Vec<_>) = self.labels.iter().partition(|test| test.wanted);
        let fits = wanted.iter().all(there) && (unwanted.is_empty() || !unwanted.iter().all(there));
        fits && self.until.is_none_or(|until| made_at.is_none_or(|at| at <= until))
    }
}

impl Engine {
    /// Removes containers that do not run, the newest first; their ids. Their anonymous volumes stay.
    pub async fn prune_containers(&self, filter: &PruneFilter, cause: Cause) -> Answer<Pruned<Rc<str>>> {
        let (mut removed, mut bytes) = (Vec::new(), 0);
        for container in self.containers().into_iter().rev() {
            let made_at = self.0.recorder.world().container(container.id).map(|record| record.created_at);
            let runs = counts_as_running(self.state(&container));
            if !runs && filter.takes(&container.config.labels, made_at) {
                let size = container.layer.own_bytes();
                self.remove_container(container.id, RemoveOptions::default(), cause).await?;
                removed.push(container.hex.clone());
                bytes += size;
            }
        }
        Ok(Pruned { removed, bytes: Some(bytes) })
    }

    /// Removes networks that no running container is connected to, the oldest first; their names. One that a stopped container
    /// names goes, too, and that container does not start any more (moby, daemon/prune.go localNetworksPrune).
    pub async fn prune_networks(&self, filter: &PruneFilter, cause: Cause) -> Answer<Vec<Rc<str>>> {
        let used = |name: &str| self.0.networks.with(name, |_, network| !network.endpoints.is_empty()) == Some(true);
        let mut unused = self.list_networks();
        unused.retain(|network| !used(&network.name) && filter.takes(&network.labels, Some(network.created_at)));
        unused.sort_by_key(|network| network.created_at);
        for network in &unused {
            self.remove_network(&network.name, cause).await?;
        }
        Ok(unused.into_iter().map(|network| network.name).collect())
    }

    /// Removes unused anonymous volumes, with `all` named ones too; their names.
    pub async fn prune_volumes(&self, all: bool, filter: &PruneFilter, cause: Cause) -> Answer<Pruned<Rc<str>>> {
        let candidates: Vec<(Rc<str>, u64)> = {
            let volumes = self.0.volumes.borrow();
            let allowed = volumes.by_name.iter().filter(|(_, volume)| {
                volume.may_be_pruned(all) && filter.takes(&volume.specification.labels, Some(volume.created_at))
            });
            allowed.map(|(name, volume)| (name.clone(), volume.bytes())).collect()
        };
        let (mut removed, mut bytes) = (Vec::new(), 0);
        for (name, size) in candidates {
            if self.users(&name).is_empty() {
                self.tasks().sleep(costs::VOLUME_REMOVE).await;
                self.drop_volume(&name, cause);
                removed.push(name);
                bytes += size;
            }
        }
        Ok(Pruned { removed, bytes: Some(bytes) })
    }

    /// Removes images that dangle, with `all` also those that no container uses.
    pub async fn prune_images(&self, all: bool, filter: &PruneFilter) -> Answer<Pruned<ImageRemoval>> {
        let mut pruned = Pruned { removed: Vec::new(), bytes: Some(0) };
        for image in self.list_images() {
            let takes = filter.takes(&image.labels, image.created_at);
            if !takes || !all && !image.tags.is_empty() || self.image_user(&image.id).is_some() {
                continue;
            }
            self.tasks().sleep(costs::IMAGE_REMOVE).await;
            let mut images = self.0.images.borrow_mut();
            image.tags.iter().for_each(|tag| images.untag(tag));
            let (ids, bytes) = images.delete(&image.id);
            pruned.removed.extend(image.tags.into_iter().map(ImageRemoval::Untagged));
            pruned.removed.extend(ids.into_iter().map(ImageRemoval::Deleted));
            pruned.bytes = pruned.bytes.zip(bytes).map(|(sum, bytes)| sum + bytes);
        }
        Ok(pruned)
    }
}
