//! Image references: `[registry/][namespace/]name[:tag][@digest]`.

use std::fmt;

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
            Some((first, path)) if first.contains(['.', ':']) || first == "localhost" => (first, path),
            _ => ("docker.io", name),
        };
        if path.chars().any(|c| c.is_ascii_uppercase()) {
            return Err("invalid reference format: repository name must be lowercase".to_string());
        }
        let path_is_valid = path
            .split('/')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)));
        let tag_is_valid = !tag.is_empty() && tag.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        if !path_is_valid || !tag_is_valid {
            return Err("invalid reference format".to_string());
        }
        let path = path.strip_prefix("library/").filter(|_| registry == "docker.io").unwrap_or(path);
        Ok(Self { registry: registry.to_string(), repository: path.to_string(), tag: tag.to_string(), digest })
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
        ] {
            assert_eq!(Reference::parse(text).unwrap().to_string(), expected);
        }
        assert!(Reference::parse("Postgres").unwrap_err().contains("must be lowercase"));
        assert!(Reference::parse("a:").is_err() && Reference::parse("").is_err());
    }

    #[test]
    fn versions_are_read_off_tags() {
        let version = |text: &str| Reference::parse(text).unwrap().version();
        assert_eq!(version("postgres:15.3-alpine"), [15, 3]);
        assert!(version("postgres:alpine").is_empty());
        assert!(Reference::parse("python:3.9-slim-buster").unwrap().has_variant("slim"));
    }
}
