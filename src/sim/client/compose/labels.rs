//! The labels by which Docker Compose knows its own (semantics 4.8), and the names it gives. Must not know any command.

use crate::compose::model::{Project, Service};

/// Name of the project.
pub const PROJECT: &str = "com.docker.compose.project";
/// Name of the service.
pub const SERVICE: &str = "com.docker.compose.service";
/// Version of Compose.
pub const VERSION: &str = "com.docker.compose.version";
/// The project's directory.
pub const WORKING_DIRECTORY: &str = "com.docker.compose.project.working_dir";
/// The project's files, comma separated.
pub const CONFIG_FILES: &str = "com.docker.compose.project.config_files";
/// `True` for a container of `docker compose run`.
pub const ONE_OFF: &str = "com.docker.compose.oneoff";
/// Hash of the configuration a container, volume or network was made from.
pub const CONFIG_HASH: &str = "com.docker.compose.config-hash";
/// Number of the replica.
pub const NUMBER: &str = "com.docker.compose.container-number";
/// `db:service_healthy:false,…`: what the service depends on.
pub const DEPENDS_ON: &str = "com.docker.compose.depends_on";
/// Id of the image.
pub const IMAGE: &str = "com.docker.compose.image";
/// Id of the container that was replaced.
pub const REPLACE: &str = "com.docker.compose.replace";
/// Random part of the name of a one-off container.
pub const SLUG: &str = "com.docker.compose.slug";
/// Key of the volume.
pub const VOLUME: &str = "com.docker.compose.volume";
/// Key of the network.
pub const NETWORK: &str = "com.docker.compose.network";
/// The version that is simulated.
pub const COMPOSE_VERSION: &str = "2.40.3";

/// What stands between the parts of a container's or image's name: `_` with `--compatibility` (N4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Separator {
    /// `-`.
    #[default]
    Hyphen,
    /// `_`.
    Underscore,
}

impl Separator {
    /// The character.
    pub fn text(self) -> &'static str {
        match self {
            Self::Hyphen => "-",
            Self::Underscore => "_",
        }
    }

    /// Parts joined by it.
    pub fn join(self, parts: &[&str]) -> String {
        parts.join(self.text())
    }
}

/// Name of a service's `number`-th container (N5).
pub fn container_name(separator: Separator, project: &str, service: &Service, number: u32) -> String {
    match &service.container_name {
        Some(name) => name.value.clone(),
        None => separator.join(&[project, &service.name, &number.to_string()]),
    }
}

/// Name of the image a service runs: `image`, else the one it builds (N4).
pub fn image_name(separator: Separator, project: &str, service: &Service) -> String {
    service.image.as_ref().map_or_else(|| separator.join(&[project, &service.name]), |image| image.value.clone())
}

/// A container's name in log lines: without the project, unless it has a name of its own (X30).
pub fn short_name<'n>(separator: Separator, project: &Project, name: &'n str) -> &'n str {
    name.strip_prefix(&format!("{}{}", project.name, separator.text())).unwrap_or(name)
}
