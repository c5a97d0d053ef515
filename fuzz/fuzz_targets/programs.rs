//! Any text as what the programs of images read: statements, configurations, scripts. A session with it ends, and never
//! panics. The first byte chooses who reads the rest.
#![no_main]

use drydock::sim::session::{Limits, Session, Step, TimedStep, simulate_within};
use libfuzzer_sys::fuzz_target;
use std::time::Duration;

/// A service, and where it finds the text.
const READERS: [(&str, &str); 10] = [
    ("image: postgres:17\n    environment: {POSTGRES_PASSWORD: x}", "/docker-entrypoint-initdb.d/text.sql"),
    ("image: mysql:8\n    environment: {MYSQL_ROOT_PASSWORD: x, MYSQL_DATABASE: x}", "/docker-entrypoint-initdb.d/text.sql"),
    ("image: mongo:7", "/docker-entrypoint-initdb.d/text.js"),
    ("image: nginx:1", "/etc/nginx/conf.d/default.conf"),
    ("image: redis:7\n    command: redis-server /redis.conf", "/redis.conf"),
    ("image: python:3\n    command: python /text.py", "/text.py"),
    ("image: node:22\n    command: node /text.js", "/text.js"),
    ("image: caddy:2", "/etc/caddy/Caddyfile"),
    ("image: httpd:2", "/usr/local/apache2/conf/httpd.conf"),
    ("image: prom/prometheus", "/etc/prometheus/prometheus.yml"),
];

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let (service, path) = READERS[usize::from(*first) % READERS.len()];
    let compose = format!("services:\n  reader:\n    {service}\n    volumes: [\"./text:{path}\"]\n");
    let step = |step| TimedStep { not_before: Duration::ZERO, step };
    let session = Session {
        folder: [("compose.yaml".to_string(), compose.into_bytes()), ("text".to_string(), rest.to_vec())].into(),
        folder_name: "demo".into(),
        before: Vec::new(),
        steps: vec![
            step(Step::Run { command: "docker compose up -d".into(), interrupt_after: None }),
            step(Step::Wait(Duration::from_secs(20))),
        ],
    };
    simulate_within(&session, &Limits::default());
});
