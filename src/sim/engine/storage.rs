//! Volumes as requests: create, remove, list (semantics S3).

use super::config::VolumeSpecification;
use super::container::Source;
use super::error::EngineError;
use super::view::VolumeView;
use super::volumes::{ANONYMOUS_LABEL, Volume};
use super::{Answer, Engine, identity};
use crate::sim::costs;
use crate::sim::log::{Cause, ContainerId, EventKind};
use std::rc::Rc;

impl Engine {
    /// Creates a volume, or finds the one of that name.
    pub async fn create_volume(&self, mut volume: VolumeSpecification, cause: Cause) -> Answer<VolumeView> {
        self.tasks().sleep(costs::VOLUME_CREATE).await;
        if volume.name.is_empty() {
            let count = self.0.volumes.borrow().by_name.len();
            volume.name = identity::hexadecimal("volume", &count.to_string()).to_string();
            volume.labels.insert(ANONYMOUS_LABEL.into(), String::new());
        }
        let name = volume.name.clone();
        if !self.0.volumes.borrow().by_name.contains_key(name.as_str()) {
            self.add_volume(volume, cause)?;
        }
        self.inspect_volume(&name)
    }

    pub(super) fn add_volume(&self, volume: VolumeSpecification, cause: Cause) -> Answer<()> {
        let name: Rc<str> = volume.name.as_str().into();
        let kind = self.0.volumes.borrow_mut().create(volume, self.now())?;
        self.record(cause, EventKind::VolumeCreated { name, kind });
        Ok(())
    }

    /// Removes a volume no container uses.
    pub async fn remove_volume(&self, name: &str, cause: Cause) -> Answer<()> {
        let volume = self.inspect_volume(name)?;
        if !volume.used_by.is_empty() {
            let users: Vec<String> =
                volume.used_by.iter().filter_map(|id| Some(self.container(*id).ok()?.hex.to_string())).collect();
            let users = users.join(" ");
            return Err(EngineError::conflict(format!("remove {name}: volume is in use - [{users}]")));
        }
        self.tasks().sleep(costs::VOLUME_REMOVE).await;
        self.drop_volume(&volume.name, cause);
        Ok(())
    }

    pub(super) fn drop_volume(&self, name: &Rc<str>, cause: Cause) {
        if self.0.volumes.borrow_mut().by_name.remove(name).is_some() {
            self.record(cause, EventKind::VolumeDestroyed { name: name.clone() });
        }
    }

    /// A volume by name.
    pub fn inspect_volume(&self, name: &str) -> Answer<VolumeView> {
        let volumes = self.0.volumes.borrow();
        let found = volumes.by_name.get_key_value(name).map(|(name, volume)| self.volume_view(name, volume));
        found.ok_or_else(|| EngineError::not_found(format!("get {name}: no such volume")))
    }

    /// All volumes, by name.
    pub fn list_volumes(&self) -> Vec<VolumeView> {
        let volumes = self.0.volumes.borrow();
        volumes.by_name.iter().map(|(name, volume)| self.volume_view(name, volume)).collect()
    }

    /// Containers that mount a volume, running or not.
    pub(super) fn users(&self, volume: &str) -> Vec<ContainerId> {
        let containers = self.0.containers.borrow();
        let mounts_it = |source: &Source| matches!(source, Source::Volume { name, .. } if **name == *volume);
        let users = containers.iter().flatten();
        users.filter(|one| one.mounts.iter().any(|mount| mounts_it(&mount.source))).map(|one| one.id).collect()
    }

    fn volume_view(&self, name: &Rc<str>, volume: &Volume) -> VolumeView {
        let specification = &volume.specification;
        VolumeView {
            name: name.clone(),
            driver: if specification.driver.is_empty() { "local".into() } else { specification.driver.clone() },
            options: specification.options.clone(),
            labels: specification.labels.clone(),
            created_at: volume.created_at,
            used_by: self.users(name),
            bytes: volume.bytes(),
        }
    }
}
