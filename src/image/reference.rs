//! Image references: `[registry/][namespace/]name[:tag][@digest]`.

use std::fmt;

/// The registry of references that name none.
const DOCKER_HUB: &str = "docker.io";

/// How long a tag may be.
const LONGEST_TAG: usize = 128;

/// A reference in its parts, with Docker's defaults filled in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Registry; `docker.io` by default.
    pub registry: String,
    /// Repository with its namespace: `postgres` (for `library/postgres`), `apache/kafka`.
    pub repository: String,
    /// Tag; `latest` by default.
    pub tag: String,
    /// Digest, if one is given.
    pub digest: Option<String>,
}

impl Reference {
    /// Reads a reference; the error is Docker's text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_string())),
            None => (text, None),
        };
        let (name, tag) = match rest.rfind(':') {
            Some(colon) if !rest[colon..].contains('/') => (&rest[..colon], &rest[colon + 1..]),
            _ => (rest, "latest"),
        };
        let (registry, path) = match name.split_once('/') {
            Some((first, path)) if is_registry(first) => (first, path),
            _ => (DOCKER_HUB, name),
        };
        let registry = if registry == "index.docker.io" { DOCKER_HUB } else { registry };
        if path.chars().any(|c| c.is_ascii_uppercase()) {
            let library = if registry == DOCKER_HUB && !path.contains('/') { "library/" } else { "" };
            return Err(format!("invalid reference format: repository name ({library}{path}) must be lowercase"));
        }
        if !path.split('/').all(is_part) || !is_tag(tag) {
            return Err("invalid reference format".to_string());
        }
        let path = path.strip_prefix("library/").filter(|_| registry == DOCKER_HUB).unwrap_or(path);
        Ok(Self { registry: registry.to_string(), repository: path.to_string(), tag: tag.to_string(), digest })
    }

    /// The repository without what a mirror puts before the name an image has on Docker Hub: `postgres` for
    /// `mirror.gcr.io/library/postgres` and `public.ecr.aws/docker/library/postgres`.
    pub fn known_name(&self) -> &str {
        let path = self.repository.strip_prefix("docker/").unwrap_or(&self.repository);
        path.strip_prefix("library/").unwrap_or(&self.repository)
    }

    /// The number behind `prefix` in the tag of an image that is built on another: 16 in `2.17.2-pg16`, after `pg`.
    pub fn major_after(&self, prefix: &str) -> Option<u32> {
        let numbers = self.tag.split('-').filter_map(|part| part.strip_prefix(prefix));
        numbers.filter_map(|number| number.split('.').next()?.parse().ok()).next()
    }

    /// The leading numbers of the tag: `[15, 3]` for `15.3-alpine`; empty for `latest`.
    pub fn version(&self) -> Vec<u32> {
        let digits = self.tag.trim_start_matches('v');
        let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
        digits[..end].split('.').map_while(|part| part.parse().ok()).collect()
    }

    /// The first number of the tag, or `latest`'s as given.
    pub fn major_or(&self, latest: u32) -> u32 {
        self.version().first().copied().unwrap_or(latest)
    }

    /// Whether the tag names a variant: `alpine` in `15-alpine` or `3.9-alpine3.20`.
    pub fn has_variant(&self, variant: &str) -> bool {
        self.tag.split('-').any(|part| part.starts_with(variant))
    }
}

/// Whether what stands before the first slash is a registry: it has a dot, a port or a capital letter, or is `localhost`.
fn is_registry(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.chars().any(|c| c.is_ascii_uppercase())
}

/// Letters and digits, with one dot, one or two underscores or any dashes between them.
fn is_part(part: &str) -> bool {
    let is_separator = |text: &str| matches!(text, "" | "." | "_" | "__") || text.chars().all(|c| c == '-');
    let is_word = |c: char| c.is_ascii_alphanumeric();
    part.starts_with(is_word) && part.ends_with(is_word) && part.split(is_word).all(is_separator)
}

/// Letters, digits, underscores, and from the second character on dots and dashes.
fn is_tag(tag: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= LONGEST_TAG && tag.starts_with(is_word) && tag.chars().all(|c| is_word(c) || c == '.' || c == '-')
}

impl fmt::Display for Reference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.registry != "docker.io" {
            write!(out, "{}/", self.registry)?;
        }
        write!(out, "{}:{}", self.repository, self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_get_dockers_defaults() {
        for (text, expected) in [
            ("postgres", "postgres:latest"),
            ("docker.io/library/redis:7", "redis:7"),
            ("localhost:5000/app:1", "localhost:5000/app:1"),
            ("apache/kafka:3.9.0@sha256:00", "apache/kafka:3.9.0"),
            ("ghcr.io/a/b", "ghcr.io/a/b:latest"),
            ("docker.io/nginx", "nginx:latest"),
            ("index.docker.io/library/nginx:1", "nginx:1"),
            ("Registry/a", "Registry/a:latest"),
            ("a__b/c--d.e_f", "a__b/c--d.e_f:latest"),
        ] {
            assert_eq!(Reference::parse(text).unwrap().to_string(), expected);
        }
        assert!(Reference::parse("Postgres").unwrap_err().contains("must be lowercase"));
        for bad in ["", "a:", "a:-1", "a..b", "-a", "a_", "a___b", "a/", "a:b c"] {
            assert!(Reference::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn versions_are_read_off_tags() {
        let version = |text: &str| Reference::parse(text).unwrap().version();
        assert_eq!(version("postgres:15.3-alpine"), [15, 3]);
        assert!(version("postgres:alpine").is_empty());
        assert!(Reference::parse("python:3.9-slim-buster").unwrap().has_variant("slim"));
    }
}
