//! A test for each claim: first boot, later boots, readiness, what survives.

use crate::image::bench::{Bench, Container};
use crate::kernel::{Signal, Tree};

const ROOT: &[(&str, &str)] = &[("MARIADB_ROOT_PASSWORD", "secret"), ("MARIADB_DATABASE", "shop")];
const DATA: &str = "/var/lib/mysql";

fn sql(container: &Container, text: &str) -> String {
    container.exec(&["mysql", "-uroot", "-psecret", "-N", "shop", "-e", text]).1
}

#[test]
fn mariadbs_own_health_check_waits_for_the_real_server() {
    let (bench, volume) = (Bench::new(), Tree::new());
    let db = bench.start("db", "mariadb:10.11", ROOT, &[(DATA, &volume)], &[]);
    let ready =
        || (db.exec(&["healthcheck.sh", "--connect", "--innodb_initialized"]).0, db.exec(&["mysqladmin", "ping"]).0);
    assert_eq!(ready(), (1, 1));
    bench.wait(2.0);
    assert_eq!(ready(), (1, 0), "{}", db.log());
    bench.wait(2.0);
    assert_eq!(ready(), (0, 0), "{}", db.log());
    sql(&db, "create table t (n int); insert into t values (42)");
    db.stop(Signal::KILL);
    let db = bench.start("db", "mariadb:10.11", ROOT, &[(DATA, &volume)], &[]);
    bench.wait(1.0);
    assert_eq!(sql(&db, "select n from t"), "42\n");
    assert_eq!(db.stop(Signal::TERM), Some(0));
}

#[test]
fn passwords_and_databases_are_checked() {
    let bench = Bench::new();
    let db = bench.start("db", "mysql:8", &[], &[], &[]);
    bench.wait(2.0);
    assert_eq!(db.exit_code(), Some(1));
    assert!(db.log().contains("Database is uninitialized and password option is not specified"));
    let variables =
        [("MYSQL_ROOT_PASSWORD", "secret"), ("MYSQL_DATABASE", "shop"), ("MYSQL_USER", "app"), ("MYSQL_PASSWORD", "p")];
    let db = bench.start("db", "mysql:8", &variables, &[], &[]);
    bench.wait(12.0);
    let (code, text) = db.exec(&["mysql", "-uapp", "-px", "shop", "-e", "select 1"]);
    assert_eq!(code, 1);
    assert!(
        text.ends_with("ERROR 1045 (28000): Access denied for user 'app'@'localhost' (using password: YES)\n"),
        "{text} {}",
        db.log()
    );
    assert_eq!(db.exec(&["mysql", "-uapp", "-pp", "shop", "-N", "-e", "select 1"]).0, 0);
    assert!(sql(&db, "select * from t").ends_with("ERROR 1146 (42S02) at line 1: Table 'shop.t' doesn't exist\n"));
}
