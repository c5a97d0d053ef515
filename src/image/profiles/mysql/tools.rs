//! `mysql`, `mysqladmin`, `mysqldump` and MariaDB's `healthcheck.sh`.

use super::Product;
use super::client::{Answer, Refusal, SOCKET, Session, Target, connect};
use crate::image::profiles::postgres::dump as dump_text;
use crate::image::programs::arguments::Arguments;
use crate::image::sql::statements;
use crate::kernel::{ExitCode, Process};
use std::rc::Rc;
use std::time::Duration;

const WITH_VALUE: &[&str] =
    &["u", "user", "h", "host", "P", "port", "e", "execute", "D", "database", "connect-timeout", "protocol"];

/// The client's own start.
const LAUNCH: Duration = Duration::from_millis(15);

/// `-p` has its value at once or none, so it is taken out first.
fn arguments(process: &Process) -> (Arguments, Option<String>) {
    let is_password = |word: &&Rc<str>| word.starts_with("-p") || word.starts_with("--password");
    let words = process.args();
    let password = words
        .iter()
        .find(is_password)
        .map(|word| word.strip_prefix("--password=").or_else(|| word.strip_prefix("-p")).unwrap_or("").to_string());
    let rest: Vec<Rc<str>> = words.iter().filter(|word| !is_password(word)).cloned().collect();
    (Arguments::parse(&rest, WITH_VALUE), password)
}

fn target(process: &Process, arguments: &Arguments, password: Option<&str>) -> Target {
    let variable = |name: &str| process.variable(name).map(|value| value.to_string());
    Target {
        host: arguments.value(&["h", "host"]).map(str::to_string),
        port: arguments.value(&["P", "port"]).and_then(|port| port.parse().ok()).unwrap_or(3306),
        user: arguments.value(&["u", "user"]).unwrap_or("root").to_string(),
        password: password.map(str::to_string).or_else(|| variable("MYSQL_PWD")).unwrap_or_default(),
        database: arguments.value(&["D", "database"]).map(str::to_string).unwrap_or_default(),
    }
}

/// The program `mysqladmin`: `ping` answers 0 as soon as a server answers at all, even one that refuses the user.
pub async fn admin(process: Process, product: Rc<Product>) -> ExitCode {
    let (arguments, password) = arguments(&process);
    process.sleep(LAUNCH).await;
    let target = target(&process, &arguments, password.as_deref());
    let name = if matches!(*product, Product::MySql(_)) { "mysqladmin" } else { "mariadb-admin" };
    let is_ping = arguments.operands.iter().any(|word| word == "ping");
    match connect(&process, &target).await {
        Ok(_) if is_ping => {
            process.print("mysqld is alive\n").await;
            ExitCode::SUCCESS
        }
        Ok(_) => {
            process.print("Uptime: 1  Threads: 1  Questions: 1\n").await;
            ExitCode::SUCCESS
        }
        Err(Refusal::Denied(text)) => {
            let text = text.split_once(": ").map_or(text.as_str(), |(_, rest)| rest);
            process
                .complain(format!(
                    "{name}: connect to server at '{}' failed\nerror: '{text}'\n",
                    target.host.as_deref().unwrap_or("localhost")
                ))
                .await;
            if is_ping { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(Refusal::NoAnswer(text)) => {
            let text = text.split_once(": ").map_or(text.as_str(), |(_, rest)| rest);
            let place = target.host.as_deref().unwrap_or("localhost");
            process.complain(format!("{name}: connect to server at '{place}' failed\nerror: '{text}'\nCheck that mysqld is running and that the socket: '{SOCKET}' exists!\n")).await;
            ExitCode::FAILURE
        }
    }
}

/// MariaDB's `healthcheck.sh`: not fooled by the temporary server, which has no port.
pub async fn healthcheck(process: Process) -> ExitCode {
    process.sleep(LAUNCH).await;
    let target = Target {
        host: None,
        port: 3306,
        user: "healthcheck".to_string(),
        password: String::new(),
        database: String::new(),
    };
    match connect(&process, &target).await {
        Ok(session) if session.has_port => ExitCode::SUCCESS,
        Ok(_) => {
            process.complain("healthcheck connect failed\n").await;
            ExitCode::FAILURE
        }
        Err(refusal) => {
            process.complain(format!("{}\nhealthcheck connect failed\n", refusal.text())).await;
            ExitCode::FAILURE
        }
    }
}

async fn begin(process: &Process, target: &Target) -> Result<Session, ExitCode> {
    match connect(process, target).await {
        Ok(session) => Ok(session),
        Err(refusal) => {
            process.complain(format!("{}\n", refusal.text())).await;
            Err(ExitCode::FAILURE)
        }
    }
}

/// The program `mysql`; its output is that of a pipe: tabs between columns.
pub async fn client(process: Process, product: Rc<Product>) -> ExitCode {
    let (arguments, password) = arguments(&process);
    process.sleep(LAUNCH).await;
    if matches!(*product, Product::MySql(_)) && password.as_ref().is_some_and(|password| !password.is_empty()) {
        process.complain("mysql: [Warning] Using a password on the command line interface can be insecure.\n").await;
    }
    let mut target = target(&process, &arguments, password.as_deref());
    if let Some(database) = arguments.operands.first() {
        target.database.clone_from(database);
    }
    let session = match begin(&process, &target).await {
        Ok(session) => session,
        Err(code) => return code,
    };
    let script = match arguments.value(&["e", "execute"]) {
        Some(text) => text.to_string(),
        None => String::from_utf8_lossy(&process.read_to_end(0).await.unwrap_or_default()).into_owned(),
    };
    let has_names = !arguments.has(&["N", "skip-column-names"]);
    for sql in statements(&script) {
        match session.query(&sql).await {
            Ok(answer) => process.print(show(&answer, has_names)).await,
            Err(text) => {
                process.complain(format!("{text}\n")).await;
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn show(answer: &Answer, has_names: bool) -> String {
    if answer.rows.is_empty() {
        return String::new();
    }
    let mut text = if has_names { answer.columns.join("\t") + "\n" } else { String::new() };
    for row in &answer.rows {
        let cells: Vec<&str> = row.iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect();
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    text
}

/// The program `mysqldump`: the database as SQL.
pub async fn dump(process: Process) -> ExitCode {
    let (arguments, password) = arguments(&process);
    process.sleep(LAUNCH * 5).await;
    let mut target = target(&process, &arguments, password.as_deref());
    if let Some(database) = arguments.operands.first() {
        target.database.clone_from(database);
    }
    let session = match begin(&process, &target).await {
        Ok(session) => session,
        Err(code) => return code,
    };
    let database = session.database().await.unwrap_or_default();
    process.print(dump_text(&database).replace("PostgreSQL database dump", "MySQL dump")).await;
    ExitCode::SUCCESS
}
