//! `mysql`, `mysqladmin`, `mysqldump` and MariaDB's `healthcheck.sh`.

use super::Product;
use super::client::{Answer, Refusal, SOCKET, ServerError, Session, Target, connect};
use super::print::{Format, shown};
use crate::image::programs::arguments::Arguments;
use crate::image::sql::{Dialect, statements};
use crate::kernel::{ExitCode, Process};
use std::rc::Rc;
use std::time::Duration;

const WITH_VALUE: &[&str] =
    &["u", "user", "h", "host", "P", "port", "e", "execute", "D", "database", "connect-timeout", "protocol"];

/// The client's own start.
const LAUNCH: Duration = Duration::from_millis(15);

/// The command line without the password, and the password. `-p` has its value at once or none, so it is taken out first.
pub fn arguments(process: &Process) -> (Arguments, Option<String>) {
    let is_password = |word: &&Rc<str>| word.starts_with("-p") || word.starts_with("--password");
    let words = process.args();
    let password = words
        .iter()
        .find(is_password)
        .map(|word| word.strip_prefix("--password=").or_else(|| word.strip_prefix("-p")).unwrap_or("").to_string());
    let rest: Vec<Rc<str>> = words.iter().filter(|word| !is_password(word)).cloned().collect();
    (Arguments::parse(&rest, WITH_VALUE), password)
}

/// The name under which a program was called.
pub fn program(process: &Process) -> String {
    let words = process.args();
    words.first().and_then(|path| path.rsplit('/').next()).unwrap_or_default().to_string()
}

/// Where to, and as whom.
pub fn target(process: &Process, arguments: &Arguments, password: Option<&str>, product: &Product) -> Target {
    let variable = |name: &str| process.variable(name).map(|value| value.to_string());
    Target {
        host: arguments.value(&["h", "host"]).map(str::to_string),
        port: arguments.value(&["P", "port"]).and_then(|port| port.parse().ok()).unwrap_or(3306),
        user: arguments.value(&["u", "user"]).unwrap_or("root").to_string(),
        password: password.map(str::to_string).or_else(|| variable("MYSQL_PWD")).unwrap_or_default(),
        database: arguments.value(&["D", "database"]).map(str::to_string).unwrap_or_default(),
        is_mariadb: matches!(product, Product::MariaDb(_)),
    }
}

/// The program `mysqladmin`: `ping` answers 0 as soon as a server answers at all, even one that refuses the user.
pub async fn admin(process: Process, product: Rc<Product>) -> ExitCode {
    let (arguments, password) = arguments(&process);
    process.sleep(LAUNCH).await;
    let target = target(&process, &arguments, password.as_deref(), &product);
    let name = program(&process);
    let server = product.server();
    let is_ping = arguments.operands.iter().any(|word| word == "ping");
    match connect(&process, &target).await {
        Ok(_) if is_ping => {
            process.print("mysqld is alive\n").await;
            ExitCode::SUCCESS
        }
        Ok(_) => {
            let words = arguments.operands.join(" ");
            process.complain(format!("the simulation's {name} does not know {words}\n")).await;
            ExitCode::FAILURE
        }
        Err(Refusal::Denied(text)) => {
            let text = text.split_once(": ").map_or(text.as_str(), |(_, rest)| rest);
            process
                .complain(format!(
                    "\u{7}{name}: connect to server at '{}' failed\nerror: '{text}'\n",
                    target.host.as_deref().unwrap_or("localhost")
                ))
                .await;
            if is_ping { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(Refusal::NoAnswer(text)) => {
            let text = text.split_once(": ").map_or(text.as_str(), |(_, rest)| rest);
            let place = target.host.as_deref().unwrap_or("localhost");
            process.complain(format!("\u{7}{name}: connect to server at '{place}' failed\nerror: '{text}'\nCheck that {server} is running and that the socket: '{SOCKET}' exists!\n")).await;
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
        is_mariadb: true,
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

/// The line around a statement that MariaDB's client prints before an error.
pub const STATEMENT_RULE: &str = "--------------";

/// How the client works, from its options.
struct Manner {
    format: Format,
    has_names: bool,
    goes_on: bool,
    verbosity: usize,
    is_mariadb: bool,
}

/// The program `mysql`; its output is that of a pipe unless options say otherwise.
pub async fn client(process: Process, product: Rc<Product>) -> ExitCode {
    let (arguments, password) = arguments(&process);
    let is_mariadb = matches!(*product, Product::MariaDb(_));
    if arguments.has(&["V", "version"]) {
        process.print(version_line(&process, &product)).await;
        return ExitCode::SUCCESS;
    }
    process.sleep(LAUNCH).await;
    if !is_mariadb && password.as_ref().is_some_and(|password| !password.is_empty()) {
        process.complain("mysql: [Warning] Using a password on the command line interface can be insecure.\n").await;
    }
    let mut target = target(&process, &arguments, password.as_deref(), &product);
    if let Some(database) = arguments.operands.first() {
        target.database.clone_from(database);
    }
    let session = match begin(&process, &target).await {
        Ok(session) => session,
        Err(code) => return code,
    };
    let script = match arguments.values(&["e", "execute"]).as_slice() {
        [] => String::from_utf8_lossy(&process.read_to_end(0).await.unwrap_or_default()).into_owned(),
        texts => texts.join("\n"),
    };
    let format = if arguments.has(&["E", "vertical"]) {
        Format::Vertical
    } else if arguments.has(&["t", "table"]) {
        Format::Table
    } else if arguments.has(&["r", "raw"]) {
        Format::Raw
    } else {
        Format::Batch
    };
    let manner = Manner {
        format,
        has_names: !arguments.has(&["N", "skip-column-names"]),
        goes_on: arguments.has(&["f", "force"]),
        verbosity: arguments.values(&["v", "verbose"]).len(),
        is_mariadb,
    };
    run_script(&process, &session, &script, &manner).await
}

fn version_line(process: &Process, product: &Product) -> String {
    let name = program(process);
    match product {
        Product::MariaDb(number) => {
            format!(
                "{name}  Ver 15.1 Distrib {number}-MariaDB, for debian-linux-gnu (x86_64) using  EditLine wrapper\n"
            )
        }
        Product::MySql(number) => format!("{name}  Ver {number} for Linux on x86_64 (MySQL Community Server - GPL)\n"),
    }
}

/// `\G` and `\g` end a statement as `;` does; the place of each statement says its line.
fn pieces(script: &str) -> Vec<(usize, String, bool)> {
    let plain = script.replace("\\G", "; /*vertical*/").replace("\\g", "; ");
    let found = statements(&plain, Dialect::MySql);
    let mark = |(at, sql): (usize, String)| {
        let after = plain[at + sql.len()..].trim_start_matches([';', ' ']);
        (plain[..at].matches('\n').count() + 1, sql, after.starts_with("/*vertical*/"))
    };
    found.into_iter().map(mark).collect()
}

async fn run_script(process: &Process, session: &Session, script: &str, manner: &Manner) -> ExitCode {
    for (line, sql, vertical) in pieces(script) {
        let is_local = ["delimiter", "source", "\\"].iter().any(|word| sql.to_lowercase().starts_with(word));
        if is_local || sql == "status" {
            process.complain(format!("the simulation's client does not know {sql}\n")).await;
            return ExitCode::FAILURE;
        }
        if manner.verbosity > 0 {
            process.print(format!("{STATEMENT_RULE}\n{sql}\n{STATEMENT_RULE}\n\n")).await;
        }
        match session.query(&sql).await {
            Ok(answer) => {
                let format = if vertical { Format::Vertical } else { manner.format };
                let mut text = shown(&answer, format, manner.has_names);
                if manner.verbosity > 1 {
                    text.push_str(&told(&answer));
                }
                process.print(text).await;
            }
            Err(ServerError { number, text }) => {
                let echo = match manner.is_mariadb && !is_use(&sql) {
                    true => format!("{STATEMENT_RULE}\n{sql}\n{STATEMENT_RULE}\n\n"),
                    false => String::new(),
                };
                process.complain(format!("{echo}ERROR {number} at line {line}: {text}\n")).await;
                if !manner.goes_on {
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    if manner.verbosity > 1 {
        process.print("Bye\n").await;
    }
    ExitCode::SUCCESS
}

/// USE is a command of the client itself.
fn is_use(sql: &str) -> bool {
    sql.to_lowercase().starts_with("use ")
}

/// What `-vv` adds: how many rows.
fn told(answer: &Answer) -> String {
    let rows = |number: usize| format!("{number} row{}", if number == 1 { "" } else { "s" });
    match answer.has_rows {
        true if answer.rows.is_empty() => "Empty set\n\n".to_string(),
        true => format!("{} in set\n\n", rows(answer.rows.len())),
        false => format!("Query OK, {} affected\n\n", rows(answer.affected as usize)),
    }
}
