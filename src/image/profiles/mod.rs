//! The known images: one file each, and this list.

use super::definition::ImageDefinition;
use super::reference::Reference;

pub mod adminer;
mod apache;
pub mod caddy;
pub mod curl;
pub mod elasticsearch;
pub mod fallback;
pub mod grafana;
pub mod hello_world;
pub mod httpd;
pub mod kafka;
pub mod linux;
pub mod mailpit;
pub mod memcached;
pub mod minio;
pub mod mongo;
pub mod mysql;
pub mod nextcloud;
pub mod nginx;
pub mod node;
mod php;
pub mod postgres;
pub mod prometheus;
pub mod python;
pub mod rabbitmq;
pub mod redis;
pub mod traefik;
mod web;
pub mod wordpress;

/// A known image.
pub struct Profile {
    /// Repositories it goes by, without `library/`.
    pub repositories: &'static [&'static str],
    /// What it is, in a few words.
    pub title: &'static str,
    /// The definition for a tag.
    pub define: fn(&Reference) -> ImageDefinition,
}

impl Profile {
    /// Whether `reference` is this image.
    pub fn matches(&self, reference: &Reference) -> bool {
        self.repositories.contains(&reference.known_name())
    }
}

/// All known images.
pub const PROFILES: &[Profile] = &[
    linux::BUSYBOX,
    linux::ALPINE,
    linux::DEBIAN,
    linux::UBUNTU,
    hello_world::PROFILE,
    postgres::PROFILE,
    redis::REDIS,
    redis::VALKEY,
    mysql::MYSQL,
    mysql::MARIADB,
    python::PYTHON,
    python::COUNTER_APP,
    nginx::PROFILE,
    node::PROFILE,
    mongo::PROFILE,
    memcached::PROFILE,
    rabbitmq::RABBITMQ,
    kafka::PROFILE,
    httpd::PROFILE,
    traefik::PROFILE,
    adminer::PROFILE,
    minio::PROFILE,
    elasticsearch::PROFILE,
    mailpit::PROFILE,
    wordpress::PROFILE,
    nextcloud::PROFILE,
    prometheus::PROFILE,
    grafana::PROFILE,
    caddy::PROFILE,
];

#[cfg(test)]
mod tests;
