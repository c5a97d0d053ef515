//! What is asked of a container's own files and settings while it exists: what it has changed, how much it holds, another
//! restart policy. Must not know how it is started.

use super::config::RestartConfig;
use super::container::Container;
use super::error::EngineError;
use super::restart::RestartPolicy;
use super::{Answer, Engine};
use crate::kernel::files::Difference;
use crate::sim::log::ContainerId;

/// What the engine itself puts under a container's writable layer before its first start; it counts as the image's.
const INIT_LAYER: [&str; 9] = [
    "/.dockerenv",
    "/dev",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/mtab",
    "/etc/resolv.conf",
    "/proc",
    "/run/secrets",
    "/sys",
];

impl Engine {
    /// `GET /containers/{id}/changes`: what its writable layer has that the image has not, sorted.
    pub fn container_changes(&self, container: ContainerId) -> Answer<Vec<(Difference, String)>> {
        let all = self.container(container)?.layer.differences();
        let below = |path: &str, folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let own = |path: &str| !INIT_LAYER.iter().any(|known| path == *known || below(path, known));
        let kept: Vec<(Difference, String)> = all.iter().filter(|(_, path)| own(path)).cloned().collect();
        // A folder that differs only by what is left out does not differ.
        let holds = |list: &[(Difference, String)], folder: &str| list.iter().any(|(_, path)| below(path, folder));
        let differs = |(difference, path): &(Difference, String)| {
            *difference != Difference::Changed || !holds(&all, path) || holds(&kept, path)
        };
        Ok(kept.iter().filter(|entry| differs(entry)).cloned().collect())
    }

    /// How many bytes its writable layer holds.
    pub fn container_size(&self, container: ContainerId) -> Answer<u64> {
        Ok(self.container(container)?.layer.own_bytes())
    }

    /// `POST /containers/{id}/update`: what happens at its next end.
    pub fn update_restart(&self, container: ContainerId, restart: RestartConfig) -> Answer<()> {
        let container = self.container(container)?;
        RestartPolicy::check(&restart)?;
        if container.config.auto_remove && !matches!(restart.name.as_str(), "" | "no") {
            return Err(EngineError::conflict(format!(
                "Cannot update container {}: Restart policy cannot be updated because AutoRemove is enabled for the container",
                container.hex
            )));
        }
        container.restart.replace(restart);
        Ok(())
    }
}

impl Container {
    /// The restart policy it has now.
    pub(super) fn restart_policy(&self) -> RestartPolicy {
        RestartPolicy::check(&self.restart.borrow()).unwrap_or_default()
    }
}
