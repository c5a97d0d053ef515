//! A database is probed through its Unix socket.
//!
//! ## What it does
//! Finds `pg_isready` without `-h` and `mysqladmin ping` (`mariadb-admin ping`) without a TCP host in a health check.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::{insert_behind, safe};
use crate::lint::subject::own_test;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "socket-probe",
    title: "A database is probed through its Unix socket",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "On its first start, with an empty data folder, the image runs a temporary server that listens on the \
    Unix socket only, to set the database up. The probe succeeds against that server, dependents start, \
    and then the server goes down to start for real: \"connection refused\". It happens on the first \
    boot only, so nobody can reproduce it later.";

/// The program, and what makes it use TCP.
const PROGRAMS: [(&str, &str, &[&str]); 3] = [
    ("pg_isready", "-h 127.0.0.1", &["-h", "--host"]),
    ("mysqladmin ping", "-h 127.0.0.1", &["-h 1", "-h1", "--host=1", "--protocol"]),
    ("mariadb-admin ping", "-h 127.0.0.1", &["-h 1", "-h1", "--host=1", "--protocol"]),
];

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let Some((_, test)) = own_test(service) else { continue };
        let line = test[1..].join(" ");
        let Some((program, option, marks)) = PROGRAMS.iter().find(|(program, ..)| line.contains(program)) else {
            continue;
        };
        if marks.iter().any(|mark| line.contains(mark)) {
            continue;
        }
        let message =
            format!("`{program}` without a host asks the Unix socket, which answers before the database is ready");
        let remedy = format!("Probe over TCP: `{program} {option}`.");
        let place = subject.find(test.span, program).unwrap_or(test.span);
        let mut diagnostic = RULE.advice(place, message, remedy);
        let is_list_item = test.first().is_some_and(|word| word == "CMD");
        if place != test.span && !is_list_item {
            let edit = insert_behind(place, format!(" {option}"));
            diagnostic = diagnostic.with_fix(safe("Probe over TCP", vec![edit]));
        }
        found.push(diagnostic);
    }
}

const BAD: &str = r#"services:
  db:
    image: postgres:17
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U example"]
#                          ^^^^^^^^^^
"#;

const GOOD: &str = r#"services:
  db:
    image: postgres:17
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -h 127.0.0.1 -U example"]
"#;
