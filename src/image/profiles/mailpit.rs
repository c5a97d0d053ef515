//! Mailpit: takes every mail, sends none on, and shows them through its page and its interface.
//!
//! Sources: the image's Dockerfile (axllent/mailpit: Alpine, ports 1025, 1110 and 8025, ENTRYPOINT, HEALTHCHECK every 15 s with `/mailpit
//! readyz`); Mailpit's documentation, "Runtime options" (`MP_DATABASE`: without it mails are gone with the process) and "API v1";
//! `server/smtpd` for what is said on the port for mail; a log and a conversation with it for the lines. From memory: errors of both.
//! Simplified: no login, no TLS, no POP3; a mail is its header and text.

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, HealthCheck, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::arguments::Arguments;
use crate::image::programs::clock::Date;
use crate::image::programs::daemon::{read_json, write_json};
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::image::reference::Reference;
use crate::kernel::http::{Request, Response, fetch};
use crate::kernel::{Connection, ExitCode, Process, Signal};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// Mailpit.
pub const PROFILE: Profile = Profile { repositories: &["axllent/mailpit"], title: "Mailpit", define };

/// How often the image's own health check asks.
const INTERVAL: Duration = Duration::from_secs(15);

/// Its start and its end. Typical; 20 to 200 ms.
const LAUNCH: Duration = Duration::from_millis(60);
const STOP: Duration = Duration::from_millis(50);

/// Ports for mail and for the page (`MP_SMTP_BIND_ADDR`, `MP_UI_BIND_ADDR`).
const SMTP: u16 = 1025;
const PAGE: u16 = 8025;

/// How many mails it keeps (`MP_MAX_MESSAGES`).
const MOST_MAILS: usize = 500;

/// The longest line of a mail (RFC 5321, 4.5.3.1.6), with room.
const LONGEST_LINE: usize = 4096;

/// The biggest mail that is taken here.
const BIGGEST_MAIL: usize = 1 << 20;

fn define(reference: &Reference) -> ImageDefinition {
    let root = base::alpine();
    root.install("/mailpit", programs::of(mailpit));
    let mut config = ImageConfig {
        entrypoint: vec!["/mailpit".into()],
        working_dir: "/".into(),
        exposed_ports: ["1025/tcp", "1110/tcp", "8025/tcp"].map(Into::into).into(),
        healthcheck: Some(HealthCheck {
            test: vec!["CMD-SHELL".into(), "/mailpit readyz".into()],
            interval: Some(INTERVAL),
            ..HealthCheck::default()
        }),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    let simplified = &[
        "no login, no TLS, no POP3; a mail is its header and its text",
        "its page is its title: mails are at /api/v1/messages",
    ];
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified })
}

/// What it has: the mails, the newest first, and the file they are kept in, if any.
struct Mailbox {
    mails: RefCell<Vec<Value>>,
    path: Option<String>,
}

async fn log(process: &Process, text: &str) {
    process.complain(format!("time=\"{}\" level=info msg=\"{text}\"\n", Date::now(process).slashes())).await;
}

/// `mailpit readyz` asks the server beside it; anything else is the server.
async fn mailpit(process: Process) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), &["d", "database", "m", "max", "s", "smtp", "l", "listen"]);
    if arguments.operands.first().is_some_and(|word| word == "readyz") {
        let answer = fetch(&process, "localhost", PAGE, &Request::get("localhost", "/readyz")).await;
        return if answer.is_ok_and(|answer| answer.status == 200) { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    handle_signals(&process, &[Signal::TERM, Signal::INT]);
    let given = arguments.value(&["d", "database"]).map(str::to_string);
    let path =
        given.or_else(|| process.variable("MP_DATABASE").map(|path| path.to_string())).filter(|path| !path.is_empty());
    process.sleep(LAUNCH).await;
    let kept = path.as_ref().map(|path| read_json(&process, path)).and_then(|kept| kept.as_array().cloned());
    let mails = Rc::new(Mailbox { mails: RefCell::new(kept.unwrap_or_default()), path });
    if let Err(text) = mails.save(&process).await {
        process.complain(format!("time=\"{}\" level=fatal msg=\"[db] {text}\"\n", Date::now(&process).slashes())).await;
        return ExitCode::FAILURE;
    }
    let (Ok(mail), Ok(page)) = (process.listen(SMTP), process.listen(PAGE)) else {
        process
            .complain(format!(
                "time=\"{}\" level=fatal msg=\"[http] listen tcp [::]:{PAGE}: bind: address already in use\"\n",
                Date::now(&process).slashes()
            ))
            .await;
        return ExitCode::FAILURE;
    };
    log(&process, &format!("[smtpd] starting on [::]:{SMTP} (no encryption)")).await;
    log(&process, &format!("[http] starting on [::]:{PAGE}")).await;
    log(&process, &format!("[http] accessible via http://localhost:{PAGE}/")).await;
    let handler = |port: u16, connection: Connection| handle(process.clone(), mails.clone(), port, connection);
    serve(&process, &[&mail, &page], &mut Crowd::default(), &handler).await;
    process.sleep(STOP).await;
    ExitCode::SUCCESS
}

impl Mailbox {
    /// Writes the mails to their file, if there is one; the error is the system's text.
    async fn save(&self, process: &Process) -> Result<(), String> {
        let Some(path) = &self.path else { return Ok(()) };
        let all = Value::Array(self.mails.borrow().clone());
        write_json(process, path, &all).await?;
        let folder = path.rsplit_once('/').map_or("/", |(folder, _)| folder);
        process.summarise(folder, &format!("{} mails", self.mails.borrow().len()));
        Ok(())
    }

    async fn take(&self, process: &Process, mail: Value) -> Result<(), String> {
        self.mails.borrow_mut().insert(0, mail);
        self.mails.borrow_mut().truncate(MOST_MAILS);
        self.save(process).await
    }
}

fn handle(process: Process, mails: Rc<Mailbox>, port: u16, connection: Connection) -> Handling {
    Box::pin(async move {
        if port == SMTP {
            // The other end may go away at any time; then there is nobody left to be told.
            let _ = converse(&process, &mails, &connection).await;
        } else if let Some(request) = Request::receive(&connection).await {
            answer(&process, &mails, &request).await.send(&connection, &request).await;
        }
    })
}

/// The conversation on the port for mail; `None` when the other end has gone.
async fn converse(process: &Process, mails: &Mailbox, connection: &Connection) -> Option<()> {
    let host = process.hostname();
    let say = |text: String| async move { connection.write(format!("{text}\r\n").as_bytes()).await.ok() };
    say(format!("220 {host} Mailpit ESMTP Service ready")).await?;
    let (mut from, mut to): (Option<String>, Vec<String>) = (None, Vec::new());
    loop {
        let line = connection.read_line(LONGEST_LINE).await.ok()?;
        let line = String::from_utf8_lossy(&line).trim_end().to_string();
        let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let address = || rest.split_once('<').and_then(|(_, rest)| rest.split('>').next()).map(str::to_string);
        match verb.to_uppercase().as_str() {
            "EHLO" => say(format!("250-{host} greets {rest}\r\n250-SIZE 0\r\n250 ENHANCEDSTATUSCODES")).await?,
            "HELO" => say(format!("250 {host} greets {rest}")).await?,
            "MAIL" => match address() {
                Some(address) => {
                    (from, to) = (Some(address), Vec::new());
                    say("250 2.1.0 Ok".into()).await?;
                }
                None => {
                    say("501 5.5.4 Syntax error in parameters or arguments (invalid FROM parameter)".into()).await?
                }
            },
            "RCPT" if from.is_none() => {
                say("503 5.5.1 Bad sequence of commands (MAIL required before RCPT)".into()).await?
            }
            "RCPT" => match address() {
                Some(address) => {
                    to.push(address);
                    say("250 2.1.5 Ok".into()).await?;
                }
                None => say("501 5.5.4 Syntax error in parameters or arguments (invalid TO parameter)".into()).await?,
            },
            "DATA" if to.is_empty() => {
                say("503 5.5.1 Bad sequence of commands (MAIL & RCPT required before DATA)".into()).await?
            }
            "DATA" => {
                say("354 Start mail input; end with <CR><LF>.<CR><LF>".into()).await?;
                let text = read_mail(connection).await?;
                let mail = mail(process, mails.mails.borrow().len(), from.take().unwrap_or_default(), &to, &text);
                let reply = match mails.take(process, mail).await {
                    Ok(()) => "250 2.0.0 Ok: queued".to_string(),
                    Err(text) => format!("451 4.3.5 Unable to process mail ({text})"),
                };
                say(reply).await?;
            }
            "RSET" | "NOOP" => say("250 2.0.0 Ok".into()).await?,
            "QUIT" => {
                say(format!("221 2.0.0 {host} Mailpit ESMTP Service closing transmission channel")).await?;
                return None;
            }
            _ => say("500 5.5.2 Syntax error, command unrecognized".into()).await?,
        }
    }
}

/// The lines up to the one with a point alone.
async fn read_mail(connection: &Connection) -> Option<String> {
    let mut text = String::new();
    while text.len() < BIGGEST_MAIL {
        let line = connection.read_line(LONGEST_LINE).await.ok()?;
        let line = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_string();
        if line == "." {
            break;
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
        text.push('\n');
    }
    Some(text)
}

/// A mail as the interface shows it.
fn mail(process: &Process, count: usize, from: String, to: &[String], text: &str) -> Value {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let subject = head.lines().find_map(|line| line.strip_prefix("Subject:")).unwrap_or_default().trim();
    let person = |address: &String| json!({ "Name": "", "Address": address });
    let id = crate::image::identity::Identity::of(&format!("{:?} {count}", process.now())).digits();
    json!({
        "ID": id.get(..22),
        "Read": false,
        "From": person(&from),
        "To": to.iter().map(person).collect::<Vec<_>>(),
        "Subject": subject,
        "Created": Date::now(process).iso(),
        "Size": text.len(),
        "Snippet": body.split_whitespace().collect::<Vec<_>>().join(" "),
        "Text": body,
    })
}

async fn answer(process: &Process, mails: &Mailbox, request: &Request) -> Response {
    match (request.method.as_str(), request.plain_path()) {
        (_, "/livez" | "/readyz") => Response::text(200, "ok"),
        ("GET", "/api/v1/messages") => Response::json(200, list(&mails.mails.borrow())),
        ("DELETE", "/api/v1/messages") => {
            mails.mails.borrow_mut().clear();
            match mails.save(process).await {
                Ok(()) => Response::text(200, "ok"),
                Err(text) => Response::text(400, text),
            }
        }
        ("GET", path) if path.starts_with("/api/v1/message/") => {
            let wanted = path.trim_start_matches("/api/v1/message/");
            let all = mails.mails.borrow();
            match all.iter().find(|mail| wanted == "latest" || mail["ID"] == json!(wanted)) {
                Some(mail) => Response::json(200, mail.to_string()),
                None => Response::text(404, "Message not found"),
            }
        }
        (_, path) if path.starts_with("/api/") => Response::text(501, format!("drydock: {path} is not simulated\n")),
        (_, "/") => Response::html(200, "<title>Mailpit</title>\n"),
        _ => Response::text(404, "404 page not found\n"),
    }
}

/// The list, in the order of `server/apiv1/structs.go`, without the texts.
fn list(mails: &[Value]) -> String {
    let short = |mail: &Value| {
        let mut mail = mail.clone();
        if let Some(fields) = mail.as_object_mut() {
            fields.remove("Text");
        }
        mail.to_string()
    };
    let count = mails.len();
    let unread = mails.iter().filter(|mail| mail["Read"] == json!(false)).count();
    let all: Vec<String> = mails.iter().map(short).collect();
    format!(
        "{{\"total\":{count},\"unread\":{unread},\"count\":{count},\"messages_count\":{count},\"start\":0,\"tags\":[],\"messages\":[{}]}}",
        all.join(",")
    )
}
