//! Grafana: its health, logging in, and the password of its administrator, which is set when its database is new.
//!
//! Sources: the official image (grafana/grafana, `Dockerfile`: Alpine with curl, user 472, port 3000, no VOLUME; `packaging/docker/run.sh`
//! for what it says of a folder it may not write to and for `GF_…__FILE`); Grafana's documentation, "Configure Grafana"
//! (`admin_password`: set once at the first start), "Reset admin password"; `pkg/api/http_server.go` for `/api/health` and
//! `/healthz`; a log of 11.x for the lines. From memory: refusals of its interface but at the login.
//! Simplified: dashboards, data sources and provisioning are not simulated.

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::clock::Date;
use crate::image::programs::daemon::{read_json, write_json};
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::image::reference::Reference;
use crate::kernel::files::Owner;
use crate::kernel::http::{Request, Response};
use crate::kernel::{Connection, ExitCode, Process, Signal};
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;

/// Grafana.
pub const PROFILE: Profile =
    Profile { repositories: &["grafana/grafana", "grafana/grafana-oss"], title: "Grafana", define };

/// The release of November 2025 (grafana.com, "Release notes").
const NEWEST: &str = "12.3.0";

/// What its releases say of their source; here it is always the same.
const COMMIT: &str = "00000000";

/// Where its database is (`GF_PATHS_DATA` in the Dockerfile).
const DATA: &str = "/var/lib/grafana";

/// The number of its user (Dockerfile, `GF_UID`); its group is root's.
const USER: Owner = Owner { user: 472, group: 0 };

/// Its start. Typical of a laptop; 0.5 to 3 s.
const LAUNCH: Duration = Duration::from_millis(600);

/// Making the tables, some 600 migrations. Typical; 2 to 30 s.
const MIGRATIONS: Duration = Duration::from_millis(4500);

/// Looking at tables that are there. Typical; 0.2 to 2 s.
const CHECK: Duration = Duration::from_millis(500);

/// An orderly end. Typical; 20 to 500 ms.
const STOP: Duration = Duration::from_millis(80);

const SIMPLIFIED: &[&str] = &[
    "its database is a JSON file with the administrator's password; dashboards, data sources and provisioning are not simulated",
    "the number of its migrations and its commit differ from release to release; here they are always the same",
    "its pages are their titles; one logs in with the name and password of each request",
];

fn define(reference: &Reference) -> ImageDefinition {
    let root = base::alpine();
    super::curl::install(&root);
    base::add_user(&root, "grafana", USER.user, "/usr/share/grafana");
    for folder in [DATA, "/var/log/grafana", "/etc/grafana/provisioning"] {
        base::folder(&root, folder, USER, 0o777);
    }
    base::write(&root, "/etc/grafana/grafana.ini", "");
    let release: Rc<str> = release(reference).into();
    root.install("/run.sh", programs::of(move |process| grafana(process, release.clone())));
    root.install("/usr/share/grafana/bin/grafana", programs::of(command_line));
    root.install("/usr/share/grafana/bin/grafana-cli", programs::of(command_line));
    let mut config = ImageConfig {
        entrypoint: vec!["/run.sh".into()],
        working_dir: "/usr/share/grafana".into(),
        user: "472".into(),
        exposed_ports: ["3000/tcp".into()].into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", &format!("/usr/share/grafana/bin:{}", base::PATH));
    config.set_variable("GF_PATHS_DATA", DATA);
    config.set_variable("GF_PATHS_PROVISIONING", "/etc/grafana/provisioning");
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

fn release(reference: &Reference) -> String {
    let written = reference.version();
    match written.len() {
        3 => written.iter().map(u32::to_string).collect::<Vec<_>>().join("."),
        0 => NEWEST.to_string(),
        _ if written[0] == 12 && written.len() == 1 => NEWEST.to_string(),
        _ => format!("{}.{}.0", written[0], written.get(1).unwrap_or(&0)),
    }
}

/// A setting of the environment, or the content of the file that `NAME__FILE` names (`run.sh`).
fn setting(process: &Process, name: &str) -> Option<String> {
    if let Some(path) = process.variable(&format!("{name}__FILE")) {
        return process.read_file(&path).ok().map(|bytes| String::from_utf8_lossy(&bytes).trim_end().to_string());
    }
    process.variable(name).filter(|value| !value.is_empty()).map(|value| value.to_string())
}

/// A line of the log: `logger=http.server t=2024-05-21T03:12:41.403339594Z level=info msg="TEXT" …`.
async fn log(process: &Process, logger: &str, text: &str) {
    let date = Date::now(process).iso();
    process.print(format!("logger={logger} t={date} level=info {text}\n")).await;
}

fn database(process: &Process) -> String {
    format!("{}/grafana.db", setting(process, "GF_PATHS_DATA").unwrap_or_else(|| DATA.to_string()))
}

/// `run.sh`, and the server.
async fn grafana(process: Process, release: Rc<str>) -> ExitCode {
    handle_signals(&process, &[Signal::TERM, Signal::INT]);
    let path = database(&process);
    let folder = path.trim_end_matches("/grafana.db");
    if process.may(folder, 2).is_err() {
        let text = format!(
            "GF_PATHS_DATA='{folder}' is not writable.\nYou may have issues with file permissions, more information here: http://docs.grafana.org/installation/docker/#migrate-to-v51-or-later\n"
        );
        process.print(text).await;
        process.complain(format!("mkdir: can't create directory '{folder}/plugins': Permission denied\n")).await;
        return ExitCode::FAILURE;
    }
    if let Err(text) = secrets(&process).await {
        process.complain(text).await;
        return ExitCode::FAILURE;
    }
    process.sleep(LAUNCH).await;
    log(&process, "settings", &format!("msg=\"Starting Grafana\" version={release}")).await;
    log(&process, "sqlstore", "msg=\"Connecting to DB\" dbtype=sqlite3").await;
    log(&process, "migrator", "msg=\"Starting DB migrations\"").await;
    if let Err(text) = migrate(&process, &path).await {
        process.print(format!("Error: ✗ failed to connect to database: {text}\n")).await;
        return ExitCode::FAILURE;
    }
    let port = setting(&process, "GF_SERVER_HTTP_PORT").and_then(|text| text.parse().ok()).unwrap_or(3000);
    let Ok(listener) = process.listen(port) else {
        process.print(format!("Error: ✗ failed to open listener on address 0.0.0.0:{port}: listen tcp 0.0.0.0:{port}: bind: address already in use\n")).await;
        return ExitCode::FAILURE;
    };
    log(
        &process,
        "http.server",
        &format!("msg=\"HTTP Server Listen\" address=[::]:{port} protocol=http subUrl= socket="),
    )
    .await;
    let handler = |_: u16, connection: Connection| handle(process.clone(), release.clone(), connection);
    let signal = serve(&process, &[&listener], &mut Crowd::default(), &handler).await;
    let name = if signal == Signal::INT { "interrupt" } else { "terminated" };
    log(&process, "server", &format!("msg=\"Shutdown started\" reason=\"System signal: {name}\"")).await;
    process.sleep(STOP).await;
    ExitCode::SUCCESS
}

/// Tells of each `GF_…__FILE`; both it and the variable itself are too much (`run.sh`).
async fn secrets(process: &Process) -> Result<(), String> {
    for (name, path) in process.environment().iter() {
        let Some(plain) = name.strip_suffix("__FILE").filter(|name| name.starts_with("GF_") && !path.is_empty()) else {
            continue;
        };
        if process.variable(plain).is_some_and(|value| !value.is_empty()) {
            return Err(format!("ERROR: Both {plain} and {name} are set (but are exclusive)\n"));
        }
        process.print(format!("Getting secret {plain} from {path}\n")).await;
    }
    Ok(())
}

/// Makes the database with its administrator, once: from then on GF_SECURITY_ADMIN_PASSWORD changes nothing.
async fn migrate(process: &Process, path: &str) -> Result<(), String> {
    if read_json(process, path).is_object() {
        process.sleep(CHECK).await;
        log(process, "migrator", "msg=\"migrations completed\" performed=0 skipped=611").await;
        return Ok(());
    }
    process.sleep(MIGRATIONS).await;
    log(process, "migrator", "msg=\"migrations completed\" performed=611 skipped=0").await;
    let user = setting(process, "GF_SECURITY_ADMIN_USER").unwrap_or_else(|| "admin".to_string());
    let password = setting(process, "GF_SECURITY_ADMIN_PASSWORD").unwrap_or_else(|| "admin".to_string());
    write_json(process, path, &json!({ "user": user, "password": password })).await?;
    log(process, "sqlstore", &format!("msg=\"Created default admin\" user={user}")).await;
    log(process, "sqlstore", "msg=\"Created default organization\"").await;
    process.summarise(path.trim_end_matches("/grafana.db"), "1 account");
    Ok(())
}

fn handle(process: Process, release: Rc<str>, connection: Connection) -> Handling {
    Box::pin(async move {
        if let Some(request) = Request::receive(&connection).await {
            answer(&process, &release, &request).send(&connection, &request).await;
        }
    })
}

fn answer(process: &Process, release: &str, request: &Request) -> Response {
    let kept = read_json(process, &database(process));
    match request.plain_path() {
        "/api/health" => Response::json(
            200,
            format!("{{\n  \"database\": \"ok\",\n  \"version\": \"{release}\",\n  \"commit\": \"{COMMIT}\"\n}}"),
        ),
        "/healthz" => Response::text(200, "Ok"),
        "/login" if request.method == "POST" => login(&kept, &request.body),
        "/login" => Response::html(200, "<title>Grafana</title>\n"),
        "/api/org" if is_allowed(&kept, request) => Response::json(200, "{\"id\":1,\"name\":\"Main Org.\"}"),
        "/api/user" if is_allowed(&kept, request) => {
            Response::json(200, format!("{{\"id\":1,\"login\":{},\"isGrafanaAdmin\":true}}", kept["user"]))
        }
        path if path.starts_with("/api/") => {
            match request.header("authorization").is_some() && !is_allowed(&kept, request) {
                true => Response::json(
                    401,
                    "{\"message\":\"Invalid username or password\",\"messageId\":\"password-auth.failed\",\"statusCode\":401,\"traceID\":\"\"}",
                ),
                false if !is_allowed(&kept, request) => Response::json(
                    401,
                    "{\"message\":\"Unauthorized\",\"messageId\":\"auth.unauthorized\",\"statusCode\":401,\"traceID\":\"\"}",
                ),
                false => Response::json(501, format!("{{\"message\":\"drydock: {path} is not simulated\"}}")),
            }
        }
        _ => Response::html(302, "<a href=\"/login\">Found</a>.\n\n").with("Location", "/login"),
    }
}

/// The form of the page: JSON with `user` and `password`.
fn login(kept: &Value, body: &[u8]) -> Response {
    let given: Value = serde_json::from_slice(body).unwrap_or_default();
    match given["user"] == kept["user"] && given["password"] == kept["password"] {
        true => Response::json(200, "{\"message\":\"Logged in\",\"redirectUrl\":\"/\"}"),
        false => Response::json(
            401,
            "{\"statusCode\":401,\"messageId\":\"password-auth.failed\",\"message\":\"Invalid username or password\"}",
        ),
    }
}

/// Whether a request names the administrator (`Authorization: Basic …`).
fn is_allowed(kept: &Value, request: &Request) -> bool {
    let text = |name: &str| kept[name].as_str().unwrap_or_default();
    let wanted = format!("Basic {}", base64(format!("{}:{}", text("user"), text("password")).as_bytes()));
    request.header("authorization") == Some(wanted.as_str())
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let letter = LETTERS[(number >> (18 - 6 * at)) as usize & 63];
            text.push(if at <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

/// `grafana cli admin reset-admin-password WORD`.
async fn command_line(process: Process) -> ExitCode {
    let words = process.args();
    let Some(at) = words.iter().position(|word| &**word == "reset-admin-password") else {
        process.complain("drydock: of Grafana's command line only admin reset-admin-password is simulated\n").await;
        return ExitCode::FAILURE;
    };
    let Some(word) = words.get(at + 1) else {
        process.complain("Error: ✗ password too short\n").await;
        return ExitCode::FAILURE;
    };
    let path = database(&process);
    let mut kept = read_json(&process, &path);
    kept["password"] = json!(&**word);
    match write_json(&process, &path, &kept).await {
        Ok(()) => {
            process.print("\nAdmin password changed successfully ✔\n").await;
            ExitCode::SUCCESS
        }
        Err(text) => {
            process.complain(format!("Error: ✗ {text}\n")).await;
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_passwords_are_encoded() {
        for (text, encoded) in [("admin:admin", "YWRtaW46YWRtaW4="), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj")] {
            assert_eq!(base64(text.as_bytes()), encoded);
        }
    }
}
