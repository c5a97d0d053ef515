//! A test for each claim: first boot, later boots, readiness, what survives.

use crate::image::bench::{Bench, Container};
use crate::kernel::{Signal, Tree};

const USER: &[(&str, &str)] =
    &[("POSTGRES_USER", "example"), ("POSTGRES_PASSWORD", "secret"), ("POSTGRES_DB", "example")];
const DATA: &str = "/var/lib/postgresql/data";

fn sql(container: &Container, text: &str) -> String {
    container.exec(&["psql", "-U", "example", "-tA", "-c", text]).1
}

#[test]
fn the_first_boot_has_a_temporary_server_without_a_port() {
    let bench = Bench::new();
    let db = bench.start("db", "postgres:15-alpine", USER, &[(DATA, &Tree::new())], &[]);
    let ready = |host: &[&str]| db.exec(&[&["pg_isready", "-q"], host].concat()).0;
    assert_eq!((ready(&[]), ready(&["-h", "127.0.0.1"])), (2, 2));
    bench.wait(0.9);
    assert_eq!((ready(&[]), ready(&["-h", "127.0.0.1"])), (0, 2), "{}", db.log());
    bench.wait(1.0);
    assert_eq!((ready(&[]), ready(&["-h", "127.0.0.1"])), (0, 0), "{}", db.log());
    let log = db.log();
    for words in [
        "PostgreSQL init process complete; ready for start up.",
        "CREATE DATABASE\n\n\n/usr/local/bin/docker-entrypoint.sh: ignoring /docker-entrypoint-initdb.d/*\n",
        "listening on IPv4 address \"0.0.0.0\", port 5432",
        "FATAL:  role \"root\" does not exist",
    ] {
        assert!(log.contains(words), "{words} in {log}");
    }
}

#[test]
fn later_boots_skip_the_initialisation_and_keep_the_data() {
    let (bench, volume) = (Bench::new(), Tree::new());
    let db = bench.start("db", "postgres:15", USER, &[(DATA, &volume)], &[]);
    bench.wait(3.0);
    assert_eq!(sql(&db, "create table t (n int); insert into t values (42)"), "CREATE TABLE\nINSERT 0 1\n");
    assert_eq!(db.stop(Signal::INT), Some(0));
    assert!(db.log().ends_with("LOG:  database system is shut down\n"), "{}", db.log());
    let changed = [("POSTGRES_USER", "example"), ("POSTGRES_PASSWORD", "other")];
    let db = bench.start("db", "postgres:15", &changed, &[(DATA, &volume)], &[]);
    bench.wait(0.5);
    assert!(db.log().contains("Skipping initialization"));
    assert_eq!(sql(&db, "select n from t"), "42\n");
}

#[test]
fn a_killed_server_recovers_every_committed_row() {
    let (bench, volume) = (Bench::new(), Tree::new());
    let db = bench.start("db", "postgres:15", USER, &[(DATA, &volume)], &[]);
    bench.wait(3.0);
    sql(&db, "create table t (n int); insert into t values (42)");
    assert_eq!(db.stop(Signal::KILL), Some(137));
    let db = bench.start("db", "postgres:15", USER, &[(DATA, &volume)], &[]);
    bench.wait(0.5);
    assert!(db.log().contains("automatic recovery in progress"), "{}", db.log());
    assert_eq!(sql(&db, "select n from t"), "42\n");
}

#[test]
fn it_refuses_to_start_where_the_real_one_does() {
    let bench = Bench::new();
    let db = bench.start("db", "postgres:15", &[], &[(DATA, &Tree::new())], &[]);
    bench.wait(1.0);
    assert_eq!(db.exit_code(), Some(1));
    assert!(db.log().starts_with("Error: Database is uninitialized and superuser password is not specified.\n"));
    let volume = Tree::new();
    volume.write("/PG_VERSION", "14\n").unwrap();
    let db = bench.start("db", "postgres:15", USER, &[(DATA, &volume)], &[]);
    bench.wait(1.0);
    assert_eq!(db.exit_code(), Some(1));
    assert!(db.log().contains("initialized by PostgreSQL version 14, which is not compatible with this version 15.18"));
    let db = bench.start("db", "postgres:18", USER, &[(DATA, &Tree::new())], &[]);
    bench.wait(1.0);
    assert_eq!(db.exit_code(), Some(1));
    assert!(db.log().contains("/var/lib/postgresql/data (unused mount/volume)"), "{}", db.log());
}

#[test]
fn init_scripts_run_once_while_the_socket_answers() {
    let (bench, scripts, volume) = (Bench::new(), Tree::new(), Tree::new());
    scripts.write("/1.sql", "select pg_sleep(4);\ncreate table greeting (words text);\n").unwrap();
    let mounts = [(DATA, &volume), ("/docker-entrypoint-initdb.d", &scripts)];
    let db = bench.start("db", "postgres:15", USER, &mounts, &[]);
    bench.wait(3.0);
    assert_eq!(db.exec(&["pg_isready", "-U", "example"]).0, 0, "{}", db.log());
    assert_eq!(db.exec(&["pg_isready", "-h", "127.0.0.1"]).0, 2);
    bench.wait(4.0);
    let log = db.log();
    assert!(
        log.contains("running /docker-entrypoint-initdb.d/1.sql\n pg_sleep \n----------\n \n(1 row)\n\nCREATE TABLE\n"),
        "{log}"
    );
    assert_eq!(sql(&db, "select count(*) from greeting"), "0\n");
}

#[test]
fn passwords_are_asked_of_other_hosts() {
    let bench = Bench::new();
    let _db = bench.start("db", "postgres:15", USER, &[(DATA, &Tree::new())], &[]);
    bench.wait(3.0);
    let with = |password: &str| {
        let variables = [("PGPASSWORD", password), ("POSTGRES_PASSWORD", "x")];
        let other = bench.start("other", "postgres:15", &variables, &[], &[]);
        other.exec(&["psql", "-h", "db", "-U", "example", "-tA", "-c", "select 1"])
    };
    assert_eq!(with("secret"), (0, "1\n".to_string()));
    let (code, text) = with("wrong");
    assert_eq!(code, 2);
    let failed = "connection to server at \"db\" (172.18.0.2), port 5432 failed: FATAL:  password authentication failed for user \"example\"";
    assert_eq!(text, format!("psql: error: {failed}\n"));
}

#[test]
fn images_built_on_the_official_one_are_postgresql_of_the_version_in_their_tag() {
    use crate::image::{Reference, catalog};
    for (name, version) in [
        ("pgvector/pgvector:pg17", "17.7"),
        ("pgvector/pgvector:0.8.0-pg16", "16.11"),
        ("postgis/postgis:16-3.4", "16.11"),
        ("timescale/timescaledb:latest-pg16", "16.11"),
        ("ghcr.io/immich-app/postgres:14-vectorchord0.4.3-pgvectors0.2.0", "14.20"),
        ("docker.io/tensorchord/pgvecto-rs:pg15-v0.3.0", "15.18"),
        ("mirror.gcr.io/library/postgres:17", "17.7"),
        ("public.ecr.aws/docker/library/postgres:17", "17.7"),
    ] {
        let image = catalog::find(&Reference::parse(name).unwrap()).expect(name);
        assert_eq!(image.config.variable("PG_VERSION"), Some(version), "{name}");
        assert!(image.config.volumes.contains(DATA), "{name}");
    }
    for other in ["bitnami/postgresql:16", "bitnami/postgres", "supabase/postgres:15", "timescale/timescaledb-ha:pg16"]
    {
        assert!(catalog::find(&Reference::parse(other).unwrap()).is_none(), "{other}");
    }
}
