//! Statements with their results.

use super::execute::Session;
use super::*;

/// Runs a script; the last statement's tag, rows (`|` between values) or error.
fn run(script: &str) -> String {
    let mut cluster = Cluster::default();
    cluster.databases.insert("d".into(), Database::default());
    let session = Session { database: "d".into(), user: "u".into(), version: "v".into(), clock: "now".into() };
    let mut last = String::new();
    for statement in statements(script) {
        last = match execute(&mut cluster, &session, &statement) {
            Err(error) => format!("{error:?}"),
            Ok(Outcome { rows: Some(rows), .. }) => {
                let line = |row: &Vec<Value>| row.iter().map(Value::to_string).collect::<Vec<_>>().join("|");
                rows.rows.iter().map(line).collect::<Vec<_>>().join("; ")
            }
            Ok(outcome) => outcome.tag,
        };
    }
    last
}

const TABLE: &str = "create table t (id serial primary key, n int default 7, name text); \
                     insert into t (n, name) values (1, 'one'), (2, 'two'); insert into t (name) values ('seven');";

#[test]
fn statements_do_what_their_words_say() {
    for (script, expected) in [
        ("select * from t", "1|1|one; 2|2|two; 3|7|seven"),
        ("select count(*), max(n), sum(n) + 1 from t where n < 5", "2|2|4"),
        ("select name from t order by n desc limit 1", "seven"),
        ("update t set n = n + 10 where name like 't%'; select n from t where id = 2", "12"),
        ("delete from t where n in (1, 7)", "DELETE 2"),
        ("insert into t (id) values (2)", "Duplicate { table: \"t\", column: \"id\", value: \"2\" }"),
        ("insert into t (id) values (2) on conflict do nothing", "INSERT 0 0"),
        ("insert into t (n) values (5) returning id", "4"),
        ("select 1 where not exists (select 1 from t)", ""),
        ("select coalesce(null, 'a') || 'b'", "ab"),
        ("truncate t; select count(*) from t", "0"),
        ("drop table t; select * from t", "NoSuchTable(\"t\")"),
        ("create table if not exists t (x int)", "CREATE TABLE"),
        ("create table t (x int)", "TableExists(\"t\")"),
        ("grant all on t to u", "GRANT"),
        ("selct 1", "Syntax(\"selct\")"),
        ("select a from t join u on true", "NoSuchTable(\"u\")"),
        ("select a.name, b.name from t a join t b on b.id = a.id + 1 order by a.id", "one|two; two|seven"),
        ("select a.id, b.id from t as a left join t as b on b.id > a.id and b.n = 7", "1|3; 2|3; 3|"),
        ("select n % 2 as odd, count(*) from t group by odd having count(*) > 1 order by 1", "1|2"),
        ("select distinct n % 2 from t order by 1 desc", "1; 0"),
        ("select name from t order by n limit 1 offset 1", "two"),
        ("alter table t add column price int default 3; select price from t where id = 1", "3"),
        ("alter table t rename column n to m; select m from t where id = 2", "2"),
        (
            "insert into t (id, n) values (1, 9) on conflict (id) do update set n = excluded.n; select n from t where id = 1",
            "9",
        ),
        ("update t set n = 0 where id = 1 returning id, n", "1|0"),
        ("delete from t where id = 3 returning name", "seven"),
        ("select * from generate_series(1, 3)", "1; 2; 3"),
    ] {
        assert_eq!(run(&format!("{TABLE} {script}")), expected, "{script}");
    }
}

#[test]
fn the_seeds_counter_counts() {
    let start = "CREATE TABLE IF NOT EXISTS counter (id SERIAL PRIMARY KEY, count INTEGER);\
                 INSERT INTO counter (count) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter);";
    let request = "UPDATE counter SET count = count + 1; SELECT count FROM counter;";
    assert_eq!(run(&format!("{start}{start}{request}{request}")), "2");
}

#[test]
fn files_hold_everything() {
    let mut cluster = Cluster::default();
    cluster.databases.insert("d".into(), Database::default());
    let session = Session { database: "d".into(), ..Session::default() };
    execute(&mut cluster, &session, "create table counter (id serial primary key, count int)").unwrap();
    execute(&mut cluster, &session, "insert into counter (count) values (3)").unwrap();
    assert_eq!(Cluster::from_text(&cluster.to_text()), Ok(cluster.clone()));
    assert_eq!(cluster.summary(), "counter 3");
    let slept = execute(&mut cluster, &session, "select pg_sleep(4)").unwrap().slept;
    assert_eq!(slept.as_secs(), 4);
}
