//! Facts about well-known images that hold without running them: where they keep data, which port they serve, what they
//! need to start. A table for those who give advice; the profiles say what the images do. Source: the images' own
//! Dockerfiles and entrypoints (semantics S61-S65).

use super::reference::Reference;

/// What is known of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageFacts {
    /// The product: `PostgreSQL`.
    pub product: &'static str,
    /// The folder that holds its data, which is also a VOLUME of the image.
    pub data_path: &'static str,
    /// Folders near it that look right and are not: a mount there misses the data.
    pub near_misses: &'static [&'static str],
    /// Port it serves.
    pub port: u16,
    /// On an empty data folder one of these variables has to be set; empty if none has to.
    pub needs_one_of: &'static [&'static str],
    /// A health check that tells the truth.
    pub probe: &'static str,
    /// A tag to pin, where none is given.
    pub tag: &'static str,
}

/// A row of the table: repositories, and the facts from a major version on.
struct Row {
    repositories: &'static [&'static str],
    from_major: u32,
    facts: ImageFacts,
}

const POSTGRES: &[&str] = &["postgres", "postgis/postgis", "pgvector/pgvector", "timescale/timescaledb"];
const POSTGRES_NEEDS: &[&str] = &["POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE", "POSTGRES_HOST_AUTH_METHOD"];
const MYSQL_NEEDS: &[&str] =
    &["MYSQL_ROOT_PASSWORD", "MYSQL_ROOT_PASSWORD_FILE", "MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD"];
const MARIADB_NEEDS: &[&str] = &[
    "MARIADB_ROOT_PASSWORD",
    "MARIADB_ROOT_PASSWORD_FILE",
    "MARIADB_ROOT_PASSWORD_HASH",
    "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD",
    "MARIADB_RANDOM_ROOT_PASSWORD",
    "MYSQL_ROOT_PASSWORD",
    "MYSQL_ROOT_PASSWORD_FILE",
    "MYSQL_ALLOW_EMPTY_PASSWORD",
    "MYSQL_RANDOM_ROOT_PASSWORD",
];

/// Newest major first within an image; the first row that fits counts.
const TABLE: &[Row] = &[
    Row {
        repositories: POSTGRES,
        from_major: 18,
        facts: ImageFacts {
            product: "PostgreSQL 18",
            data_path: "/var/lib/postgresql",
            near_misses: &["/var/lib/postgresql/data"],
            port: 5432,
            needs_one_of: POSTGRES_NEEDS,
            probe: "pg_isready -h 127.0.0.1",
            tag: "18",
        },
    },
    Row {
        repositories: POSTGRES,
        from_major: 0,
        facts: ImageFacts {
            product: "PostgreSQL",
            data_path: "/var/lib/postgresql/data",
            near_misses: &[
                "/var/lib/postgresql",
                "/var/lib/postgres",
                "/var/lib/postgres/data",
                "/data",
                "/data/postgres",
            ],
            port: 5432,
            needs_one_of: POSTGRES_NEEDS,
            probe: "pg_isready -h 127.0.0.1",
            tag: "17",
        },
    },
    Row {
        repositories: &["mysql"],
        from_major: 0,
        facts: ImageFacts {
            product: "MySQL",
            data_path: "/var/lib/mysql",
            near_misses: &["/var/lib", "/var/lib/mysql/data", "/data", "/data/mysql", "/var/mysql"],
            port: 3306,
            needs_one_of: MYSQL_NEEDS,
            probe: "mysqladmin ping -h 127.0.0.1",
            tag: "8.4",
        },
    },
    Row {
        repositories: &["mariadb"],
        from_major: 0,
        facts: ImageFacts {
            product: "MariaDB",
            data_path: "/var/lib/mysql",
            near_misses: &["/var/lib", "/var/lib/mariadb", "/data", "/data/mysql"],
            port: 3306,
            needs_one_of: MARIADB_NEEDS,
            probe: "healthcheck.sh --connect --innodb_initialized",
            tag: "11",
        },
    },
    Row {
        repositories: &["mongo"],
        from_major: 0,
        facts: ImageFacts {
            product: "MongoDB",
            data_path: "/data/db",
            near_misses: &["/data", "/var/lib/mongodb", "/var/lib/mongo", "/data/mongo", "/data/mongodb"],
            port: 27017,
            needs_one_of: &[],
            probe: "mongosh --quiet --eval 'db.runCommand({ping: 1}).ok'",
            tag: "8",
        },
    },
    Row {
        repositories: &["redis", "valkey/valkey", "redis/redis-stack-server"],
        from_major: 0,
        facts: ImageFacts {
            product: "Redis",
            data_path: "/data",
            near_misses: &["/var/lib/redis", "/redis", "/redis/data", "/data/redis"],
            port: 6379,
            needs_one_of: &[],
            probe: "redis-cli ping | grep PONG",
            tag: "7",
        },
    },
    Row {
        repositories: &["rabbitmq"],
        from_major: 0,
        facts: ImageFacts {
            product: "RabbitMQ",
            data_path: "/var/lib/rabbitmq",
            near_misses: &["/var/lib/rabbit", "/rabbitmq", "/data"],
            port: 5672,
            needs_one_of: &[],
            probe: "rabbitmq-diagnostics -q ping",
            tag: "4",
        },
    },
];

/// What is known of the image of that reference.
pub fn facts(reference: &str) -> Option<ImageFacts> {
    let reference = Reference::parse(reference).ok()?;
    if reference.registry != "docker.io" {
        return None;
    }
    let row = TABLE
        .iter()
        .find(|row| row.repositories.contains(&reference.repository.as_str()) && major(&reference) >= row.from_major)?;
    Some(row.facts)
}

/// The version that decides; the tags of images built on PostgreSQL begin with `pg17` or end so. An image without a version
/// is the newest.
fn major(reference: &Reference) -> u32 {
    reference.major_after("pg").unwrap_or_else(|| reference.major_or(u32::MAX))
}

/// Images whose programs do not include `curl`: a probe with it can only fail. Checked for the images' plain and Alpine
/// variants.
pub fn lacks_curl(reference: &str) -> bool {
    const WITHOUT: [&str; 11] = [
        "postgres",
        "redis",
        "mysql",
        "mariadb",
        "mongo",
        "busybox",
        "alpine",
        "debian",
        "ubuntu",
        "memcached",
        "traefik",
    ];
    let Ok(reference) = Reference::parse(reference) else { return false };
    let slim = reference.has_variant("alpine") || reference.has_variant("slim");
    let language = matches!(reference.repository.as_str(), "node" | "python" | "golang" | "ruby");
    WITHOUT.contains(&reference.repository.as_str()) || language && slim
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_of_postgres_moved_with_18() {
        let path = |reference| facts(reference).map(|facts| facts.data_path);
        assert_eq!(path("postgres:17-alpine"), Some("/var/lib/postgresql/data"));
        assert_eq!(path("postgres:18.1"), Some("/var/lib/postgresql"));
        assert_eq!(path("postgres"), Some("/var/lib/postgresql"));
        assert_eq!(path("timescale/timescaledb:2.17.2-pg16"), Some("/var/lib/postgresql/data"));
        assert_eq!(path("example.com/postgres:17"), None);
    }
}
