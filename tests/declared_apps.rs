//! Apps of the learner's own: described by `x-drydock`, or guessed from variables and ports, in whole sessions.

use drydock::compose::{FolderSource, LoadOptions, Resources, analyze};
use drydock::lint::lint;
use drydock::sim::log::{CausedBy, EventKind, EventLog, Health, RequestOutcome};
use drydock::sim::session::{Folder, Session, Step, TimedStep, simulate};
use std::time::Duration;

fn run(command: &str) -> Step {
    Step::Run { command: command.into(), interrupt_after: None }
}

fn request(path: &str) -> Step {
    Step::Request { port: 8000, path: path.into() }
}

fn folder(files: &[(&str, &str)]) -> Folder {
    files.iter().map(|(path, text)| (path.to_string(), text.as_bytes().to_vec())).collect()
}

/// The log of a session in which these steps follow each other.
fn session(files: &[(&str, &str)], steps: &[Step]) -> EventLog {
    let timed = |step: &Step| TimedStep { not_before: Duration::ZERO, step: step.clone() };
    let steps = steps.iter().map(timed).collect();
    simulate(&Session { folder: folder(files), folder_name: "demo".into(), steps, ..Session::default() }).log
}

/// What a step printed.
fn printed(log: &EventLog, number: u32) -> String {
    let of_step = log.events.iter().filter_map(|event| match &event.kind {
        EventKind::Output { step, text, .. } if step.0 == number => Some(&**text),
        _ => None,
    });
    of_step.collect()
}

/// The answers to the requests, as `200 body`.
fn answers(log: &EventLog) -> Vec<String> {
    let outcomes = log.events.iter().filter_map(|event| match &event.kind {
        EventKind::Request { outcome, .. } => match &**outcome {
            RequestOutcome::Response { status, body } => Some(format!("{status} {}", body.trim_end())),
            outcome => Some(format!("{outcome:?}")),
        },
        _ => None,
    });
    outcomes.collect()
}

/// Exit codes of the containers that ended, in order.
fn ends(log: &EventLog) -> Vec<i32> {
    let codes = log.events.iter().filter_map(|event| match event.kind {
        EventKind::ContainerDied { exit_code, .. } => Some(exit_code),
        _ => None,
    });
    codes.collect()
}

const DB: &str = "
  db:
    image: postgres:17
    environment: { POSTGRES_PASSWORD: secret }
";

#[test]
fn a_described_app_waits_for_what_it_needs_listens_and_stores() {
    let text = format!(
        "services:{DB}  app:
    image: example/shop:3
    ports: ['8000:8000']
    volumes: [visits:/data]
    x-drydock:
      boot: 1s
      log: [ready to sell]
      needs: [{{ connect: db:5432, missing: retry, every: 1s }}]
      listens: [8000]
      responds: {{ /: 'hello {{count}}', /health: {{ status: 503, body: tired }} }}
      stores: [{{ path: /data/visits, on: request, text: 'visit {{count}}' }}]
volumes: {{ visits: }}
"
    );
    let steps = [
        run("docker compose up -d"),
        run("sleep 15"),
        request("/"),
        request("/health"),
        run("docker compose logs --no-log-prefix app"),
        run("docker compose down"),
        run("docker compose run --rm app cat /data/visits"),
    ];
    let log = session(&[("compose.yaml", &text)], &steps);
    assert_eq!(answers(&log), ["200 hello 1", "503 tired"]);
    let words = printed(&log, 4);
    assert!(words.starts_with("cannot connect to db:5432: ") && words.ends_with("ready to sell\n"), "{words}");
    assert!(printed(&log, 6).ends_with("visit 1\nvisit 2\n"), "{}", printed(&log, 6));
}

#[test]
fn a_described_app_that_does_not_wait_exits_and_is_restarted() {
    let text = format!(
        "services:{DB}  app:
    image: example/shop:3
    restart: on-failure
    depends_on: [db]
    x-drydock: {{ needs: [db:5432], listens: [8000] }}
"
    );
    let log = session(&[("compose.yaml", &text)], &[run("docker compose up -d"), run("sleep 20; docker compose ps")]);
    let ends = ends(&log);
    assert!(!ends.is_empty() && ends.iter().all(|code| *code == 1), "{ends:?}");
    assert!(printed(&log, 1).contains("demo-app-1"), "{}", printed(&log, 1));
}

#[test]
fn a_described_app_crashes_when_it_is_told_to() {
    let text = "services:\n  app:\n    image: example/shop:3\n    x-drydock:\n      boot: 1s\n      \
                crash: { after: 5s, code: 7, log: out of luck }\n";
    let log = session(&[("compose.yaml", text)], &[run("docker compose up")]);
    assert_eq!(ends(&log), [7]);
    assert!(printed(&log, 0).contains("out of luck") && printed(&log, 0).contains("exited with code 7"));
    let at = |wanted: fn(&EventKind) -> bool| log.events.iter().find(|event| wanted(&event.kind)).unwrap().at;
    let started = at(|kind| matches!(kind, EventKind::ContainerStarted { .. }));
    let lived = at(|kind| matches!(kind, EventKind::ContainerDied { .. })).since(started).as_secs_f64();
    assert!((6.0..6.5).contains(&lived), "{lived}");
}

#[test]
fn an_app_nobody_describes_is_guessed_and_says_so() {
    let text = format!(
        "services:{DB}  app:
    image: example/shop:3
    command: npm start
    ports: ['8000:3000']
    environment: {{ DATABASE_URL: 'postgres://u:p@db/shop' }}
"
    );
    let steps = [run("docker compose up -d; sleep 15"), request("/"), run("docker compose logs --no-log-prefix app")];
    let log = session(&[("compose.yaml", &text)], &steps);
    assert_eq!(answers(&log), ["200 ok"]);
    let words = printed(&log, 2);
    assert!(
        words.starts_with(
            "drydock: nobody knows this program, so its behaviour is guessed: it connects to db:5432, listens on 3000."
        ),
        "{words}"
    );
    assert_eq!(ends(&log), [0; 0]);
    assert_eq!(advice(&text), ["notice: `example/shop:3` is not known here: its behaviour is guessed"]);
}

#[test]
fn an_app_built_on_an_unknown_base_is_guessed_from_its_dockerfile() {
    let files = [
        ("compose.yaml", "services:\n  app:\n    build: .\n    ports: ['8000:8080']\n"),
        ("Dockerfile", "FROM example/base:1\nRUN make install\nEXPOSE 8080\nCMD [\"server\"]\n"),
    ];
    let steps = [run("docker compose up -d; sleep 5"), request("/"), run("docker compose logs --no-log-prefix app")];
    let log = session(&files, &steps);
    assert_eq!(answers(&log), ["200 ok"], "{}", printed(&log, 0));
    assert!(printed(&log, 2).contains("guessed: it connects to nothing, listens on 8080."), "{}", printed(&log, 2));
}

#[test]
fn what_docker_knows_to_be_missing_stays_missing() {
    let text = "services:\n  app:\n    image: busybox:1.37\n    command: npm start\n";
    let log = session(&[("compose.yaml", text)], &[run("docker compose up -d")]);
    assert!(printed(&log, 0).contains("executable file not found"), "{}", printed(&log, 0));
}

/// Notices and advice about images and descriptions.
fn advice(text: &str) -> Vec<String> {
    let folder = folder(&[("compose.yaml", text)]);
    let options =
        LoadOptions { working_directory: "/demo".into(), resources: Resources::All, ..LoadOptions::default() };
    let found = lint(&analyze(&FolderSource::new("/demo", &folder), &options));
    let own = found.iter().filter(|one| ["unknown-image", "x-drydock-problem"].contains(&one.code.as_ref()));
    own.map(|one| format!("{:?}: {}", one.severity, one.message).replace("Notice", "notice")).collect()
}

#[test]
fn mistakes_in_a_description_are_told() {
    let text = "services:\n  app:\n    image: example/shop:3\n    x-drydock: { boots: 1s, listens: [0] }\n";
    let told = advice(text);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("`boots` is not understood: unknown key"), "{told:?}");
    assert!(told[1].contains("`listens[0]` is not understood: expected a port"), "{told:?}");
}

#[test]
fn a_written_file_is_put_down_to_the_start_or_the_exec_that_wrote_it() {
    let text = "services:
  app:
    image: example/shop:3
    volumes: [data:/data]
    x-drydock: { boot: 1s, stores: [{ path: /data/own, on: 3s }] }
  chatty:
    image: busybox:1.37
    command: sh -c 'while sleep 0.1; do echo tick; done'
volumes: { data: }
";
    let steps =
        [run("docker compose up -d"), run("sleep 4"), run("docker compose exec -T app sh -c 'echo x > /data/x'")];
    let log = session(&[("compose.yaml", text)], &steps);
    let mut told = Vec::new();
    for event in &log.events {
        let EventKind::FileWritten(file) = &event.kind else { continue };
        let CausedBy::Event(by) = event.cause.by else { continue };
        let cause = match &log.events[by.0 as usize].kind {
            EventKind::ContainerStarted { .. } => "start".to_string(),
            EventKind::ExecStarted { command, .. } => format!("exec {command}"),
            other => format!("{other:?}"),
        };
        let line = format!("{}: {cause}", file.path);
        if !told.contains(&line) {
            told.push(line);
        }
    }
    assert_eq!(told, ["/own: start", "/x: exec sh -c echo x > /data/x"]);
}

/// The health of the containers at the end, and what their probes printed.
fn health(log: &EventLog) -> (Vec<Health>, String) {
    let changes = log.events.iter().filter_map(|event| match &event.kind {
        EventKind::HealthChanged { health, announced: true, .. } => Some(*health),
        _ => None,
    });
    let outputs = log.events.iter().filter_map(|event| match &event.kind {
        EventKind::ExecEnded { output, .. } => Some(&**output),
        _ => None,
    });
    (changes.collect(), outputs.collect())
}

#[test]
fn the_health_check_of_an_image_nobody_knows_is_guessed_to_pass() {
    for (test, says) in [
        ("[CMD, curl, -f, 'http://localhost:8080/health']", ""),
        ("wget -q --spider http://127.0.0.1:3000/ || exit 1", ""),
        ("[CMD, pg_isready, -U, postgres]", "nobody knows `pg_isready` in this image; its answer is guessed"),
        ("[CMD-SHELL, 'redis-cli ping | grep PONG']", "the probe is guessed to pass"),
        ("curl -s http://localhost:9200/_cluster/health | grep -q green", "the probe is guessed to pass"),
        ("[CMD, /app/check.sh]", "nobody knows `/app/check.sh` in this image"),
    ] {
        let text = format!(
            "services:\n  app:\n    image: example/shop:3\n    healthcheck:\n      test: {test}\n      interval: 2s\n      \
             retries: 1\n  after:\n    image: busybox:1.37\n    depends_on: {{ app: {{ condition: service_healthy }} }}\n"
        );
        let log = session(&[("compose.yaml", &text)], &[run("docker compose up -d; sleep 3")]);
        let (health, output) = health(&log);
        assert_eq!(health, [Health::Healthy], "{test}: {output}");
        assert!(output.contains(says), "{test}: {output}");
        assert_eq!(ends(&log), [0], "{test}");
    }
}

#[test]
fn a_guess_about_a_probe_waits_for_the_boot_and_leaves_what_is_known_alone() {
    let probed = |service: &str, test: &str| {
        let text =
            format!("services:\n  app:\n{service}    healthcheck: {{ test: {test}, interval: 1s, retries: 1 }}\n");
        health(&session(&[("compose.yaml", &text)], &[run("docker compose up -d; sleep 8")])).0
    };
    let slow = "    image: example/shop:3\n    x-drydock: { boot: 3s }\n";
    assert_eq!(probed(slow, "[CMD, pg_isready]"), [Health::Unhealthy, Health::Healthy]);
    let deaf = "    image: example/shop:3\n    x-drydock: { listens: [80] }\n";
    assert_eq!(probed(deaf, "curl -f http://localhost:81"), [Health::Unhealthy], "the description says so");
    assert_eq!(probed("    image: example/shop:3\n", "exit 1"), [Health::Unhealthy]);
    let known = "    image: busybox:1.37\n    command: sleep 100\n";
    assert_eq!(probed(known, "[CMD, pg_isready]"), [Health::Unhealthy]);
}

#[test]
fn a_script_and_an_exec_in_an_image_nobody_knows_meet_programs_that_are_guessed() {
    let text = "services:\n  app:\n    image: example/shop:3\n    command: sh -c 'wait-for db && server'\n    ports: ['8000:3000']\n";
    let steps = [
        run("docker compose up -d; sleep 2"),
        request("/"),
        run("docker compose exec -T app rails db:migrate; echo $?"),
    ];
    let log = session(&[("compose.yaml", text)], &steps);
    assert_eq!(answers(&log), ["200 ok"]);
    let words = printed(&log, 2);
    assert_eq!(words, "drydock: nobody knows `rails` in this image; its answer is guessed\n0\n");
}

/// A stack of an app that is built from `dockerfile` and files, behind port 8000 of the host, and a database.
fn built(dockerfile: &str, files: &[(&str, &str)], port: u16, environment: &str, steps: &[Step]) -> EventLog {
    let text = format!(
        "services:{DB}    healthcheck: {{ test: pg_isready -h 127.0.0.1, interval: 1s }}\n  app:\n    build: .\n    ports: ['8000:{port}']\n    \
         environment: {{ {environment} }}\n    depends_on: {{ db: {{ condition: service_healthy }} }}\n"
    );
    let mut all = vec![("compose.yaml", text.as_str()), ("Dockerfile", dockerfile)];
    all.extend(files);
    session(&all, steps)
}

/// A name, a Dockerfile, other files, the port it listens on, its variables.
type BuiltApp = (&'static str, &'static str, &'static [(&'static str, &'static str)], u16, &'static str);

const BUILT_APPS: &[BuiltApp] = &[
    (
        "Node with Express and a database",
        "FROM node:22-alpine\nWORKDIR /app\nCOPY package.json .\nRUN npm install --omit=dev\nCOPY . .\nCMD [\"node\", \"server.js\"]\n",
        &[
            ("package.json", r#"{"dependencies": {"express": "^5", "pg": "^8"}}"#),
            (
                "server.js",
                "const app = require('express')()\nconst { Pool } = require('pg')\nconst port = process.env.PORT || 3000\n\
                 app.get('/', async (q, r) => r.json(await find()))\napp.listen(port)\n",
            ),
        ],
        3000,
        "DATABASE_URL: 'postgres://u:p@db/x'",
    ),
    (
        "Node with a compiler",
        "FROM node:22 AS build\nWORKDIR /app\nCOPY package.json .\nRUN npm install\nCOPY . .\nRUN npm run build\nFROM node:22-slim\n\
         WORKDIR /app\nCOPY --from=build /app/node_modules ./node_modules\nCOPY --from=build /app/dist ./dist\nUSER node\nEXPOSE 3000\n\
         CMD [\"node\", \"dist/index.js\"]\n",
        &[(
            "package.json",
            r#"{"scripts": {"build": "tsc"}, "dependencies": {"express": "5"}, "devDependencies": {"typescript": "5"}}"#,
        )],
        3000,
        "PGHOST: db",
    ),
    (
        "Go on nothing",
        "FROM golang:1.25 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /bin/server .\nFROM gcr.io/distroless/static\n\
         COPY --from=build /bin/server /server\nUSER nonroot\nEXPOSE 8080\nENTRYPOINT [\"/server\"]\n",
        &[("main.go", "package main\n")],
        8080,
        "DB_HOST: db, DB_PORT: '5432'",
    ),
    (
        "Go on Alpine",
        "FROM golang:1.25 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o app .\nFROM alpine:3.22\nWORKDIR /app\n\
         COPY --from=build /src/app .\nEXPOSE 8080\nCMD [\"./app\"]\n",
        &[("main.go", "package main\n")],
        8080,
        "DSN: 'host=db user=u dbname=x'",
    ),
    (
        "Java",
        "FROM maven:3-eclipse-temurin-21 AS build\nWORKDIR /app\nCOPY . .\nRUN mvn package\nFROM eclipse-temurin:21-jre\n\
         COPY --from=build /app/target/*.jar app.jar\nEXPOSE 8080\nENTRYPOINT [\"java\", \"-jar\", \"app.jar\"]\n",
        &[("pom.xml", "<project/>\n")],
        8080,
        "SPRING_DATASOURCE_URL: 'jdbc:postgresql://db:5432/x'",
    ),
    (
        "Ruby",
        "FROM ruby:3.4\nWORKDIR /app\nCOPY . .\nRUN bundle install\nCMD [\"rails\", \"server\", \"-b\", \"0.0.0.0\"]\n",
        &[("Gemfile", "")],
        3000,
        "DATABASE_URL: 'postgresql://u:p@db/x'",
    ),
    (
        ".NET",
        "FROM mcr.microsoft.com/dotnet/sdk:9.0 AS build\nWORKDIR /src\nCOPY . .\nRUN dotnet publish -o /app\n\
         FROM mcr.microsoft.com/dotnet/aspnet:9.0\nWORKDIR /app\nCOPY --from=build /app .\nEXPOSE 8080\n\
         ENTRYPOINT [\"dotnet\", \"App.dll\"]\n",
        &[("App.csproj", "")],
        8080,
        "ConnectionStrings__Default: 'Host=db;Database=x;Username=u'",
    ),
    (
        "Rust",
        "FROM rust:1.90 AS build\nWORKDIR /src\nCOPY . .\nRUN cargo build --release\nFROM debian:bookworm-slim\n\
         COPY --from=build /src/target/release/api /usr/local/bin/api\nEXPOSE 8000\nCMD [\"api\"]\n",
        &[("Cargo.toml", "")],
        8000,
        "DATABASE_URL: 'postgres://u:p@db:5432/x'",
    ),
    (
        "PHP",
        "FROM php:8.4-apache\nRUN docker-php-ext-install pdo_pgsql\nCOPY . /var/www/html/\nEXPOSE 80\n",
        &[("index.php", "<?php\n")],
        80,
        "DB_DSN: 'pgsql:host=db;dbname=x'",
    ),
    (
        "Django",
        "FROM python:3.13\nWORKDIR /code\nRUN pip install django psycopg2-binary\nCOPY . .\n\
         CMD python manage.py migrate && python manage.py runserver 0.0.0.0:8000\n",
        &[(
            "manage.py",
            "from django.core.management import execute_from_command_line\nexecute_from_command_line([])\n",
        )],
        8000,
        "POSTGRES_HOST: db",
    ),
    (
        "FastAPI",
        "FROM python:3.13-slim\nWORKDIR /code\nCOPY requirements.txt .\nRUN python -m venv /venv && /venv/bin/pip install -r requirements.txt\n\
         ENV PATH=/venv/bin:$PATH\nCOPY . .\nCMD [\"uvicorn\", \"main:app\", \"--host\", \"0.0.0.0\"]\n",
        &[
            ("requirements.txt", "fastapi\nuvicorn[standard]\n"),
            ("main.py", "from fastapi import FastAPI\napp = FastAPI()\n"),
        ],
        8000,
        "DATABASE_URL: 'postgresql+asyncpg://u:p@db/x'",
    ),
];

#[test]
fn an_app_of_ones_own_boots_connects_and_answers_whatever_it_is_written_in() {
    for (name, dockerfile, files, port, environment) in BUILT_APPS {
        let steps = [
            run("docker compose up -d --build; sleep 4"),
            request("/"),
            run("docker compose logs --no-log-prefix app"),
            run(
                "docker compose stop db; docker compose restart -t 0 app; sleep 2; docker compose logs --no-log-prefix app",
            ),
        ];
        let log = built(dockerfile, files, *port, environment, &steps);
        assert_eq!(answers(&log), ["200 ok"], "{name}: {}", printed(&log, 0));
        let told = format!("its behaviour is guessed: it connects to db:5432, listens on {port}.");
        assert!(printed(&log, 2).contains(&told), "{name}: {}", printed(&log, 2));
        assert!(printed(&log, 3).contains("cannot connect to db:5432"), "{name}: {}", printed(&log, 3));
        let guesses = log.events.iter().filter(|event| matches!(event.kind, EventKind::BehaviourGuessed { .. }));
        assert!(guesses.count() > 0, "{name}");
    }
}

#[test]
fn a_program_that_listens_on_the_loopback_alone_is_not_reached_from_outside() {
    let log = built(
        "FROM python:3.13\nRUN pip install fastapi uvicorn\nCMD uvicorn main:app\n",
        &[("main.py", "from fastapi import FastAPI\napp = FastAPI()\n")],
        8000,
        "A: b",
        &[
            run("docker compose up -d; sleep 4"),
            request("/"),
            run("docker compose exec -T app curl -s http://localhost:8000/"),
        ],
    );
    assert!(!answers(&log)[0].starts_with("200"), "{:?}", answers(&log));
    assert_eq!(printed(&log, 2), "ok");
}

#[test]
fn a_service_that_is_awaited_to_complete_is_taken_for_a_job() {
    let text = "services:
  migrate:
    image: example/migrations:1
  web:
    image: busybox:1.37
    command: sleep 100
    depends_on: { migrate: { condition: service_completed_successfully } }
";
    let log = session(
        &[("compose.yaml", text)],
        &[run("docker compose up -d"), run("docker compose logs --no-log-prefix migrate")],
    );
    assert_eq!(ends(&log), [0]);
    assert!(printed(&log, 1).contains("it connects to nothing, ends after 1 s with code 0."), "{}", printed(&log, 1));
}

#[test]
fn what_a_build_makes_of_a_page_is_guessed_and_the_server_in_front_of_it_known() {
    let files = [
        ("compose.yaml", "services:\n  app:\n    build: .\n    ports: ['8000:80']\n"),
        ("package.json", r#"{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}"#),
        (
            "Dockerfile",
            "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN npm install && npm run build\nFROM nginx:alpine\n\
             COPY --from=build /app/dist /usr/share/nginx/html\n",
        ),
    ];
    let log = session(&files, &[run("docker compose up -d; sleep 2"), request("/"), run("docker compose logs app")]);
    assert!(answers(&log)[0].contains("this page is a guess"), "{:?}", answers(&log));
    assert!(!printed(&log, 2).contains("nobody knows"), "{}", printed(&log, 2));
    let failed = session(
        &[
            ("compose.yaml", files[0].1),
            ("Dockerfile", "FROM alpine AS build\nRUN true\nFROM alpine\nCOPY --from=build /app/dist /x\n"),
        ],
        &[run("docker compose build")],
    );
    assert!(printed(&failed, 0).contains("stat app/dist: file does not exist"), "{}", printed(&failed, 0));
}
