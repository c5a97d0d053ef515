//! Declarations and guesses with what is understood of them.

use super::*;

fn yaml(text: &str) -> (Declared, Vec<String>) {
    let value: serde_json::Value = serde_yaml::from_str(text).unwrap();
    let (declared, problems) = decode(&value);
    (declared, problems.into_iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect())
}

#[test]
fn everything_documented_is_understood() {
    let (declared, problems) = yaml(
        "boot: 2s\nlog: [up]\nlistens: [8000]\nneeds:\n- {connect: 'db:5432', missing: retry, every: 500ms, attempts: 3}\n\
         responds:\n  /: hi\n  /slow: {status: 503, body: no, delay: 1s}\n\
         stores:\n- {path: /data/x, on: request, text: t}\n- {path: /y, on: 5s}\ncrash: {after: 1m30s, code: 3}\nstop: ignore",
    );
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!((declared.boot, declared.listens.as_slice()), (Duration::from_secs(2), &[8000][..]));
    let retry = Missing::Retry { every: Duration::from_millis(500), attempts: Some(3) };
    assert_eq!(declared.needs, [Need { host: "db".into(), port: 5432, missing: retry }]);
    assert_eq!(declared.responds["/slow"].status, 503);
    assert_eq!(declared.stores[1].on, Occasion::Every(Duration::from_secs(5)));
    assert_eq!(declared.end, Some(End { after: Duration::from_secs(90), kind: EndKind::Exit { code: 3, log: None } }));
    assert_eq!(declared.stop, Stop::Ignore);
    let (job, problems) = yaml("runs: 3s\nexit: 2");
    assert_eq!((job.end.unwrap().kind, problems.len()), (EndKind::Exit { code: 2, log: None }, 0));
}

#[test]
fn mistakes_are_told_with_their_places() {
    let (_, problems) = yaml("boots: 1s\nboot: soon\nneeds: [db]\nlistens: [0]\nstores: [{path: data}]");
    let places: Vec<&str> = problems.iter().filter_map(|problem| problem.split(": ").next()).collect();
    assert_eq!(places, ["boot", "boots", "listens[0]", "needs[0].connect", "stores[0].path"]);
}

#[test]
fn variables_name_what_an_app_needs() {
    let guessed = |pairs: &[(&str, &str)]| {
        let environment: Vec<_> = pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let needs = guess(&Hints { environment: &environment, ports: &[80], ..Hints::default() }).needs;
        needs.iter().map(|need| format!("{}:{}", need.host, need.port)).collect::<Vec<_>>().join(" ")
    };
    for (pairs, expected) in [
        (&[("DATABASE_URL", "postgres://u:p@db/x")][..], "db:5432"),
        (&[("REDIS_URL", "redis://cache:6380/0")], "cache:6380"),
        (&[("DB_HOST", "db"), ("DB_PORT", "3306")], "db:3306"),
        (&[("DB_HOST", "mysql")], "mysql:3306"),
        (&[("API_URL", "https://example.com"), ("HOME", "/root")], ""),
        (&[("BROKER", "amqp://guest:guest@queue//")], "queue:5672"),
        (&[("PUBLIC_URL", "http://localhost:8000")], ""),
        (&[("API_URL", "http://api:8000")], ""),
        (&[("ELASTICSEARCH_URL", "http://search:9200")], "search:9200"),
        (&[("SPRING_DATASOURCE_URL", "jdbc:postgresql://db:5432/x")], "db:5432"),
        (&[("MONGO_URI", "mongodb://u:p@one,two:27018/x?replicaSet=rs0")], "one:27017 two:27018"),
        (&[("ConnectionStrings__Default", "Host=db;Port=5433;Database=x;Username=u")], "db:5433"),
        (&[("ConnectionStrings__Shop", "Server=sql;Database=x;User Id=sa;Password=p")], "sql:1433"),
        (&[("DSN", "u:p@tcp(db:3306)/x?parseTime=true")], "db:3306"),
        (&[("DSN", "host=db user=u dbname=x port=5432 sslmode=disable")], "db:5432"),
        (&[("PDO_DSN", "mysql:host=db;dbname=x")], "db:3306"),
        (&[("KAFKA_BROKERS", "one:9092,two:9092")], "one:9092 two:9092"),
        (&[("REDIS_ADDR", "cache:6379"), ("MEMCACHED_SERVERS", "mem:11211")], "cache:6379 mem:11211"),
        (&[("PGHOST", "db"), ("PGPORT", "5433")], "db:5433"),
        (&[("SERVER", "name with spaces"), ("IMAGE_TAG", "app:12")], ""),
    ] {
        assert_eq!(guessed(pairs), expected, "{pairs:?}");
    }
}

#[test]
fn a_guess_that_is_written_down_means_the_same() {
    let environment = [("DATABASE_URL".to_string(), "postgres://u:p@db/shop".to_string())];
    let guessed = guess(&Hints {
        environment: &environment,
        ports: &[8000],
        test: "curl localhost:9/health",
        ..Hints::default()
    });
    let text = written(&guessed);
    let whole: serde_json::Value = serde_yaml::from_str(&text).unwrap();
    let (read, problems) = decode(&whole[EXTENSION]);
    assert!(problems.is_empty(), "{problems:?} in {text}");
    assert_eq!(read, Declared { source: Source::Written, ..guessed });
}

#[test]
fn what_is_wrong_is_told_at_its_key_or_value() {
    let value: serde_json::Value = serde_yaml::from_str(
        "listen: [80]\nneeds: [{connect: 'db:1', missing: retri, attempts: x}]\nresponds: {/: {status: 20, bdy: x}}\nstop: ignored",
    )
    .unwrap();
    let problems = decode(&value).1;
    let told: Vec<(&str, Place)> = problems.iter().map(|problem| (problem.path.as_str(), problem.place)).collect();
    for (path, place) in [
        ("listen", Place::Key),
        ("needs[0].missing", Place::Value),
        ("needs[0].attempts", Place::Value),
        ("responds./.status", Place::Value),
        ("responds./.bdy", Place::Key),
        ("stop", Place::Value),
    ] {
        assert!(told.contains(&(path, place)), "{path} in {told:?}");
    }
}

#[test]
fn every_documented_key_is_understood() {
    for name in schema::names("") {
        let problems = decode(&serde_json::json!({ name: null })).1;
        assert!(problems.iter().all(|problem| problem.place == Place::Value), "{name}: {problems:?}");
    }
}

#[test]
fn a_health_check_tells_ports_and_paths() {
    for (test, listens, paths) in [
        ("CMD curl -f http://localhost:8080/health", &[8080][..], &["/", "/health"][..]),
        ("CMD-SHELL wget -q --spider 'http://127.0.0.1:3000/' || exit 1", &[3000], &["/"]),
        ("CMD-SHELL curl -fsS http://localhost/api/v1?x=1|grep up", &[80], &["/", "/api/v1"]),
        ("CMD nc -z localhost 5432", &[5432], &["/"]),
        ("CMD bash -c ':> /dev/tcp/127.0.0.1/6333'", &[6333], &["/"]),
        ("CMD-SHELL curl http://localhost:$PORT/x http://db:5432/", &[], &["/"]),
        ("CMD pg_isready -h localhost", &[], &["/"]),
    ] {
        let guessed = guess(&Hints { test, ..Hints::default() });
        assert_eq!(guessed.listens, listens, "{test}");
        assert!(guessed.responds.keys().eq(paths), "{test}: {:?}", guessed.responds);
    }
}

#[test]
fn a_command_tells_where_its_program_listens() {
    for (command, port, told) in [
        ("uvicorn main:app --host 0.0.0.0 --port 9000", "", "9000"),
        ("uvicorn main:app --host 0.0.0.0", "", "8000"),
        ("uvicorn main:app", "", "8000 loopback"),
        ("sh -c python manage.py migrate && python manage.py runserver 0.0.0.0:8001", "", "8001"),
        ("python manage.py runserver", "", "8000 loopback"),
        ("gunicorn -b :5000 shop.wsgi", "", "5000"),
        ("gunicorn shop.wsgi", "8080", "8080"),
        ("gunicorn -c gunicorn.conf.py shop.wsgi", "", "80"),
        ("bundle exec rails server -b 0.0.0.0 -p 3001", "", "3001"),
        ("npx vite --host", "", "5173"),
        ("php artisan serve --host=0.0.0.0 --port=8000", "", "8000"),
        ("java -jar app.jar --server.port=8081", "", "8081"),
        ("./server -addr :7000", "", "7000"),
        ("mkdir -p /data", "", "80"),
    ] {
        let environment: Vec<_> = [("PORT", port)].map(|(name, value)| (name.to_string(), value.to_string())).into();
        let guessed = guess(&Hints { command, environment: &environment, ports: &[80], ..Hints::default() });
        let ports: Vec<String> = guessed.listens.iter().map(u16::to_string).collect();
        let loopback = if guessed.only_loopback { " loopback" } else { "" };
        assert_eq!(format!("{}{loopback}", ports.join(" ")), told, "{command}");
    }
}
