//! The counter app: as recorded, and as the seed writes it.

use super::source::{Action, Source};
use crate::image::bench::Bench;
use crate::kernel::{Signal, Tree};

const DATABASE: &[(&str, &str)] =
    &[("POSTGRES_USER", "example"), ("POSTGRES_PASSWORD", "example"), ("POSTGRES_DB", "example")];
const APP: &[(&str, &str)] =
    &[("DB_HOST", "db"), ("DB_USER", "example"), ("DB_PASSWORD", "example"), ("DB_NAME", "example")];

/// The seed's source, shortened where it does not matter.
const SEED: &str = r#"from flask import Flask
import psycopg2
import os

app = Flask(__name__)

db_host = os.environ.get('DB_HOST')
db_user = os.environ.get('DB_USER')

def get_db_connection():
    conn = psycopg2.connect(host=db_host,
                            database="example",
                            user=db_user,
                            password='example')
    return conn

def initialize_db():
    conn = get_db_connection()
    cur = conn.cursor()
    cur.execute("CREATE TABLE IF NOT EXISTS counter (id SERIAL PRIMARY KEY, count INTEGER);")

@app.route('/')
def increment_counter():
    conn = get_db_connection()
    cur.execute("UPDATE counter SET count = count + 1;")
    count = cur.fetchone()[0]
    return f"Counter: {count}"

if __name__ == '__main__':
    initialize_db()
    app.run(debug=True, host='0.0.0.0')
"#;

#[test]
fn the_seeds_source_is_understood() {
    let source = Source::read(SEED);
    assert_eq!(source.imports(), ["flask", "psycopg2", "os"]);
    let create = "CREATE TABLE IF NOT EXISTS counter (id SERIAL PRIMARY KEY, count INTEGER);";
    assert_eq!(source.actions(None, 0), [Action::Sql(create.to_string())]);
    assert_eq!(source.way_to("psycopg2.connect(", None, 0), Some(vec![30, 18, 11]));
    let variable = |name: &str| Some(format!("<{name}>"));
    let argument = |names: &[&str]| source.argument("psycopg2.connect(", names, &variable);
    assert_eq!(argument(&["host"]).as_deref(), Some("<DB_HOST>"));
    assert_eq!(argument(&["dbname", "database"]).as_deref(), Some("example"));
    assert_eq!(argument(&["password"]).as_deref(), Some("example"));
    assert_eq!(source.argument(".run(", &["port"], &variable), None);
    let route = &source.functions[2];
    assert_eq!((route.route.as_deref(), source.returned(route).as_deref()), (Some("/"), Some("Counter: {count}")));
}

#[test]
fn without_the_database_it_ends_with_psycopg2s_words() {
    let bench = Bench::new();
    let _db = bench.start("db", "postgres:15", DATABASE, &[], &[]);
    let app = bench.start("app", "counter-app:1", APP, &[], &[]);
    bench.wait(0.6);
    assert_eq!(app.exit_code(), Some(1));
    let expected = r#"Traceback (most recent call last):
  File "/app/app.py", line 17, in <module>
    prepare()
  File "/app/app.py", line 8, in prepare
    with connect() as c, c.cursor() as q:
         ^^^^^^^^^
  File "/app/app.py", line 6, in connect
    return psycopg2.connect(host=os.environ["DB_HOST"], dbname=os.environ["DB_NAME"], user=os.environ["DB_USER"], password=os.environ["DB_PASSWORD"])
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/usr/lib/python3/dist-packages/psycopg2/__init__.py", line 122, in connect
    conn = _connect(dsn, connection_factory=connection_factory, **kwasync)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
psycopg2.OperationalError: connection to server at "db" (172.18.0.2), port 5432 failed: Connection refused
	Is the server running on that host and accepting TCP/IP connections?

"#;
    assert_eq!(app.log(), expected);
}

#[test]
fn it_counts_requests_and_ignores_sigterm() {
    let (bench, volume) = (Bench::new(), Tree::new());
    let mounts = [("/var/lib/postgresql/data", &volume)];
    let db = bench.start("db", "postgres:15", DATABASE, &mounts, &[]);
    bench.wait(3.0);
    let app = bench.start("app", "counter-app:1", APP, &[], &[]);
    bench.wait(1.0);
    assert!(app.log().contains(" * Running on http://172.18.0.3:8000\nPress CTRL+C to quit\n"), "{}", app.log());
    let client = bench.start("client", "busybox", &[], &[], &["sh", "-c", "sleep 1000"]);
    for count in ["Counter: 1", "Counter: 2"] {
        assert_eq!(
            client.exec(&["wget", "-q", "-O", "-", "http://app:8000/"]),
            (0, count.to_string()),
            "{}",
            app.log()
        );
    }
    assert_eq!(db.exec(&["psql", "-U", "example", "-tA", "-c", "select count from counter"]).1, "2\n");
    assert_eq!(app.stop(Signal::TERM), None);
    assert_eq!(app.stop(Signal::KILL), Some(137));
}
