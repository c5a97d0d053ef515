//! Texts of the entrypoint and of `initdb`, word for word.

use super::Version;
use std::time::Duration;

/// No password on an empty data path (recording `postgres-no-password`).
pub const NO_PASSWORD: &str = "\
Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, \"-e POSTGRES_PASSWORD=password\" on \"docker run\".

       You may also use \"POSTGRES_HOST_AUTH_METHOD=trust\" to allow all
       connections without a password. This is *not* recommended.

       See PostgreSQL documentation about \"trust\":
       https://www.postgresql.org/docs/current/auth-trust.html
";

/// Everybody is let in (`docker_verify_minimum_env` of the entrypoint).
pub const TRUSTS_EVERYBODY: &str = "\
********************************************************************************
WARNING: POSTGRES_HOST_AUTH_METHOD has been set to \"trust\". This will allow
         anyone with access to the Postgres port to access your database without
         a password, even if POSTGRES_PASSWORD is set. See PostgreSQL
         documentation about \"trust\":
         https://www.postgresql.org/docs/current/auth-trust.html
         In Docker's default configuration, this is effectively any other
         container on the same system.

         It is not recommended to use POSTGRES_HOST_AUTH_METHOD=trust. Replace
         it with \"-e POSTGRES_PASSWORD=password\" instead to set a password in
         \"docker run\".
********************************************************************************
";

/// A mount where data lay before version 18 (semantics S62).
pub fn old_databases(places: &[String]) -> String {
    let places: String = places.iter().map(|place| format!("         {place}\n")).collect();
    format!(
        "Error: in 18+, these Docker images are configured to store database data in a
       format which is compatible with \"pg_ctlcluster\" (specifically, using
       major-version-specific directory names).  This better reflects how
       PostgreSQL itself works, and how upgrades are to be performed.

       See also https://github.com/docker-library/postgres/pull/1259

       Counter to that, there appears to be PostgreSQL data in:
{places}
       This is usually the result of upgrading the Docker image without
       upgrading the underlying database using \"pg_upgrade\" (which requires both
       versions).

       The suggested container configuration for 18+ is to place a single mount
       at /var/lib/postgresql which will then place PostgreSQL data in a
       subdirectory, allowing usage of \"pg_upgrade --link\" without mount point
       boundary issues.

       See https://github.com/docker-library/postgres/issues/37 for a (long)
       discussion around this process, and suggestions for how to do so.
"
    )
}

/// What `initdb` says before it touches the data path.
pub fn initdb_head(version: Version) -> String {
    let checksums = if version.major < 18 { "disabled" } else { "enabled" };
    format!(
        "The files belonging to this database system will be owned by user \"postgres\".\n\
         This user must also own the server process.\n\n\
         The database cluster will be initialized with locale \"C.UTF-8\".\n\
         The default database encoding has accordingly been set to \"UTF8\".\n\
         The default text search configuration will be set to \"english\".\n\n\
         Data page checksums are {checksums}.\n\n"
    )
}

/// What `initdb` says, each piece with the time until the next in milliseconds (recording
/// `postgres-first-and-warm-boot`; others are within a factor of two).
pub fn initdb(version: Version, data: &str) -> Vec<(String, u64)> {
    let head = format!(
        "{}fixing permissions on existing directory {data} ... ok\n\
         creating subdirectories ... ok\n\
         selecting dynamic shared memory implementation ... ",
        initdb_head(version)
    );
    let steps = [
        (head.as_str(), 2),
        ("posix\nselecting default max_connections ... ", 22),
        ("100\nselecting default shared_buffers ... ", 27),
        ("128MB\nselecting default time zone ... ", 25),
        ("Etc/UTC\ncreating configuration files ... ", 2),
        ("ok\nrunning bootstrap script ... ", 160),
        ("ok\nperforming post-bootstrap initialization ... ", 390),
        ("ok\nsyncing data to disk ... ", 95),
        ("ok\n\n\nSuccess. You can now start the database server using:\n\n", 0),
    ];
    let mut pieces: Vec<(String, u64)> = steps.iter().map(|(text, millis)| (text.to_string(), *millis)).collect();
    pieces.push((format!("    pg_ctl -D {data} -l logfile start\n\n"), 0));
    pieces
}

/// The warning of `initdb`, on standard error.
pub const TRUST_WARNING: &str = "initdb: warning: enabling \"trust\" authentication for local connections\n\
    initdb: hint: You can change this by editing pg_hba.conf or using the option -A, or --auth-local and --auth-host, the next time you run initdb.\n";

/// A data path with something else in it.
pub fn not_empty(data: &str) -> String {
    format!(
        "initdb: error: directory \"{data}\" exists but is not empty\n\
         initdb: hint: If you want to create a new database system, either remove or empty the directory \"{data}\" or run initdb with an argument other than \"{data}\".\n"
    )
}

/// The log entries when the data are of another major version.
pub fn other_version(found: &str, version: Version) -> [String; 2] {
    [
        "FATAL:  database files are incompatible with server".to_string(),
        format!(
            "DETAIL:  The data directory was initialized by PostgreSQL version {found}, which is not compatible with this version {}.",
            version.build()
        ),
    ]
}

/// What a checkpoint wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    buffers: usize,
    files: usize,
    kilobytes: usize,
    millis: u64,
}

impl Checkpoint {
    /// That of the temporary server after `initdb` and `CREATE DATABASE` (recording: 918 buffers in 301 files).
    pub const FIRST_BOOT: Self = Self { buffers: 918, files: 301, kilobytes: 4221, millis: 32 };

    /// That after so many statements that changed something (recordings: none, 4 buffers; two, 26 buffers).
    pub fn after(statements: usize) -> Self {
        match statements {
            0 => Self { buffers: 4, files: 3, kilobytes: 0, millis: 3 },
            some => {
                Self { buffers: 4 + 11 * some, files: 17 + 2 * some, kilobytes: 44 * some, millis: 14 + some as u64 }
            }
        }
    }

    /// How long it takes.
    pub fn duration(self) -> Duration {
        Duration::from_millis(self.millis)
    }

    /// Its second log entry.
    pub fn text(self) -> String {
        let Self { buffers, files, kilobytes, millis } = self;
        let share = buffers as f64 * 100.0 / 16384.0;
        let (write, sync) = (millis.div_ceil(3), millis.div_ceil(2));
        format!(
            "LOG:  checkpoint complete: wrote {buffers} buffers ({share:.1}%); 0 WAL file(s) added, 0 removed, 0 recycled; write=0.{write:03} s, sync=0.{sync:03} s, total=0.{millis:03} s; sync files={files}, longest=0.001 s, average=0.001 s; distance={kilobytes} kB, estimate={kilobytes} kB"
        )
    }
}
