//! Statements with their results.

use super::*;
use std::rc::Rc;

fn session(dialect: Dialect) -> Session {
    Session { dialect, database: "d".into(), now: 1_795_340_687_417_123, version: "v".into(), ..Session::default() }
}

fn empty() -> Cluster {
    let mut cluster = Cluster::default();
    cluster.databases.insert("d".into(), Rc::new(Database::default()));
    cluster
}

/// Runs a script; the last statement's tag, rows (`|` between values, `; ` between rows) or problem.
fn run(dialect: Dialect, script: &str) -> String {
    let (mut cluster, session) = (empty(), session(dialect));
    let mut last = String::new();
    for (_, statement) in statements(script, dialect) {
        let before = cluster.clone();
        last = match execute(&mut cluster, &session, &statement) {
            Err(error) => {
                cluster = before;
                format!("{:?}", error.problem)
            }
            Ok(Outcome { rows: Some(rows), .. }) => {
                let line =
                    |row: &Rc<Vec<Value>>| row.iter().map(|value| value.shown(dialect)).collect::<Vec<_>>().join("|");
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
        ("update t set n = 0 where id = 1; select id from t", "2; 3; 1"),
        ("delete from t where n in (1, 7)", "DELETE 2"),
        ("insert into t (id) values (2) on conflict do nothing", "INSERT 0 0"),
        ("insert into t (n) values (5) returning id", "4"),
        ("select 1 where not exists (select 1 from t)", ""),
        ("select coalesce(null, 'a') || 'b'", "ab"),
        ("truncate t; select count(*) from t", "0"),
        ("create table if not exists t (x int)", "CREATE TABLE"),
        ("select a.name, b.name from t a join t b on b.id = a.id + 1 order by a.id", "one|two; two|seven"),
        ("select a.id, b.id from t as a left join t as b on b.id > a.id and b.n = 7", "1|3; 2|3; 3|"),
        ("select a.id, b.n from t a right join t b on a.id = b.n order by b.n", "1|1; 2|2; |7"),
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
        ("with recursive r as (select 1 as i union all select i + 1 from r where i < 4) select sum(i) from r", "10"),
        (
            "select id, row_number() over (order by n desc), sum(n) over (order by id) from t order by id",
            "1|3|1; 2|2|3; 3|1|10",
        ),
        ("select case when n > 1 then 'many' else 'one' end from t order by id limit 2", "one; many"),
        ("select id from t where n = (select max(n) from t)", "3"),
        ("select id from t a where exists (select 1 from t b where b.n > a.n) order by 1", "1; 2"),
        ("select 1 union select 2 union select 1 order by 1 desc", "2; 1"),
        ("create view v as select name from t where n < 5; select count(*) from v", "2"),
        ("select string_agg(name, '-' order by name desc), avg(n) from t", "two-seven-one|3.3333333333333333"),
        ("select 10 / 4, 10 / 4.0, 10 % 4, round(2.567, 1), 7::numeric(5,2)", "2|2.5000000000000000|2|2.6|7.00"),
        ("select now(), now()::date + 1, extract(year from now())", "2026-11-22 09:44:47.417123+00|2026-11-23|2026"),
        (
            "select '2026-01-31'::date + interval '1 month', date '2026-03-01' - date '2026-02-01'",
            "2026-02-28 00:00:00|28",
        ),
        ("select upper('a'), length('héllo'), substr('abcdef', 2, 3), split_part('a,b', ',', 2)", "A|5|bcd|b"),
    ] {
        assert_eq!(run(Dialect::Postgres, &format!("{TABLE} {script}")), expected, "{script}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    for (script, expected) in [
        ("insert into t (id) values (2)", "Unique {"),
        ("drop table t; select * from t", "Missing(Relation, \"t\")"),
        ("create table t (x int)", "Exists(Relation, \"t\")"),
        ("selct 1", "Syntax {"),
        ("select a from t join u on true", "Missing(Relation, \"u\")"),
        (
            "select nme from t",
            "NoSuchColumn { name: \"\\\"nme\\\"\", clause: \"field list\", like: Some(\"the column \\\"t.name\\\"\") }",
        ),
        ("select name, count(*) from t", "NotGrouped(\"t.name\")"),
        ("select 1 / 0", "DivisionByZero"),
        ("insert into t (n) values ('x')", "WrongValue { kind: Integer, text: \"x\" }"),
        ("select n from t where name = 1", "NoSuchOperator {"),
        (
            "create table c (n int check (n > 0)); insert into c values (0)",
            "Check { table: \"c\", constraint: \"c_n_check\", row: \"(0)\" }",
        ),
        ("create table c (n int not null); insert into c values (null)", "NotNull {"),
        ("create table c (t_id int references t); insert into c values (9)", "NoSuchKey("),
        ("create table c (t_id int references t); insert into c values (1); delete from t", "StillReferenced("),
        (
            "create table c (t_id int references t on delete cascade); insert into c values (1); delete from t; select count(*) from c",
            "0",
        ),
        ("create table c (v varchar(2)); insert into c values ('abc')", "TooLong {"),
        ("select foo(1)", "NoSuchFunction {"),
        ("explain select 1", "Unsupported(\"EXPLAIN\")"),
        ("select 1 for update", "Unsupported("),
        ("select * from pg_database", "Unsupported("),
        ("drop table t, u", "NothingToDrop(Table, \"u\")"),
    ] {
        let found = run(Dialect::Postgres, &format!("{TABLE} {script}"));
        assert!(found.starts_with(expected), "{script}: {found}");
    }
}

#[test]
fn mysql_has_its_own_ways() {
    let table = "create table t (id int auto_increment primary key, name varchar(9) not null);\
                 insert into t (name) values ('one'), ('two');";
    for (script, expected) in [
        ("update t set name = 'x' where id = 1; select * from t", "1|x; 2|two"),
        ("select 10 / 3, 10 div 3, 1 / 0, concat('a', null), 'a' = 'A'", "3.3333|3|||1"),
        (
            "insert into t values (1, 'y') on duplicate key update name = values(name); select name from t where id = 1",
            "y",
        ),
        ("insert ignore into t values (1, 'z'); select count(*) from t", "2"),
        ("replace into t values (1, 'z'); select name from t order by id", "z; two"),
        ("insert into t (id) values (9)", "NoDefault(\"name\")"),
        ("select `name` from d.t limit 1, 1", "two"),
        ("describe t", "id|int(11)|NO|PRI||auto_increment; name|varchar(9)|NO|||"),
        ("select if(1 > 2, 'a', \"b\"), date_add('2026-01-31', interval 1 month)", "b|2026-02-28"),
        ("/*!40101 SET NAMES utf8 */; drop table if exists u; show tables", "t"),
    ] {
        assert_eq!(run(Dialect::MySql, &format!("{table} {script}")), expected, "{script}");
    }
}

#[test]
fn the_seeds_counter_counts() {
    let start = "CREATE TABLE IF NOT EXISTS counter (id SERIAL PRIMARY KEY, count INTEGER);\
                 INSERT INTO counter (count) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter);";
    let request = "UPDATE counter SET count = count + 1; SELECT count FROM counter;";
    assert_eq!(run(Dialect::Postgres, &format!("{start}{start}{request}{request}")), "2");
}

#[test]
fn files_hold_everything() {
    let (mut cluster, session) = (empty(), session(Dialect::Postgres));
    execute(
        &mut cluster,
        &session,
        "create table counter (id serial primary key, count int, at timestamptz default now())",
    )
    .unwrap();
    execute(&mut cluster, &session, "alter table counter drop column at").unwrap();
    execute(&mut cluster, &session, "insert into counter (count) values (3)").unwrap();
    assert_eq!(Cluster::from_text(&cluster.to_text()), Ok(cluster.clone()));
    assert_eq!(cluster.summary(), "counter 3");
    let slept = execute(&mut cluster, &session, "select pg_sleep(4)").unwrap().slept;
    assert_eq!(slept.as_secs(), 4);
}

#[test]
fn a_difference_can_be_put_upon_another_state() {
    let (mut base, session) = (empty(), session(Dialect::Postgres));
    let on = |cluster: &mut Cluster, sql: &str| drop(execute(cluster, &session, sql).unwrap());
    on(&mut base, "create table t (id int primary key, n int)");
    on(&mut base, "insert into t values (1, 1), (2, 2)");
    let (mut left, mut right) = (base.clone(), base.clone());
    on(&mut left, "update t set n = 10 where id = 1");
    // Rows are numbered across all sessions.
    right.keep_counters(&left.counters());
    on(&mut right, "update t set n = 20 where id = 2");
    let (of_left, of_right) = (Delta::between(&base, &left), Delta::between(&base, &right));
    assert!(!of_left.conflicts_with(&of_right) && of_left.conflicts_with(&of_left.clone()));
    of_left.apply(&mut right);
    let rows = execute(&mut right, &session, "select n from t order by id").unwrap().rows.unwrap().rows;
    assert_eq!(rows.iter().map(|row| row[0].shown(Dialect::Postgres)).collect::<Vec<_>>(), ["10", "20"]);
    assert_eq!(Delta::between(&base, &base), Delta::default());
}

#[test]
fn sequences_go_on_behind_the_log_after_a_crash() {
    let (mut cluster, session) = (empty(), session(Dialect::Postgres));
    for sql in ["create table t (id serial, n int)", "insert into t (n) values (1), (2)"] {
        execute(&mut cluster, &session, sql).unwrap();
    }
    cluster.skip_logged_numbers();
    let rows = execute(&mut cluster, &session, "insert into t (n) values (3) returning id").unwrap().rows.unwrap().rows;
    assert_eq!(rows[0][0], Value::Integer(34));
}
