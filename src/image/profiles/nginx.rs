//! nginx: files from its folder, or a proxy in front of other services.
//!
//! Sources: the official image (STOPSIGNAL SIGQUIT, port 80, no VOLUME, entrypoint's lines); nginx's documentation: names in
//! `proxy_pass` and `upstream` are resolved once, at start, and a name that cannot be resolved ends it with code 1.
//! Simplified: of the configuration `listen`, `location`, `proxy_pass`, `root`, `upstream`, `server` and `return` are read.

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::clock::Date;
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::image::reference::Reference;
use crate::kernel::http::{Request, Response, fetch, reason};
use crate::kernel::{Connection, ExitCode, Listener, Process, Signal};
use std::cell::Cell;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

/// The profile.
pub const PROFILE: Profile =
    Profile { repositories: &["nginx", "nginxinc/nginx-unprivileged"], title: "nginx", define };

const CONFIGURATION: &str =
    "server {\n    listen 80;\n    location / {\n        root /usr/share/nginx/html;\n    }\n}\n";
const WELCOME: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n</body>\n</html>\n";

fn define(reference: &Reference) -> ImageDefinition {
    let root = if reference.has_variant("alpine") { base::alpine() } else { base::debian() };
    base::write(&root, "/etc/nginx/conf.d/default.conf", CONFIGURATION);
    base::write(&root, "/usr/share/nginx/html/index.html", WELCOME);
    root.install("/usr/sbin/nginx", programs::of(nginx));
    let entry = programs::of(|process: Process| async move {
        let command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
        if command.first().is_some_and(|word| &**word == "nginx") {
            process.sleep(Duration::from_millis(60)).await;
            process.print("/docker-entrypoint.sh: Configuration complete; ready for start up\n").await;
        }
        programs::exec(&process, &command, "/docker-entrypoint.sh", 47).await
    });
    root.install("/docker-entrypoint.sh", entry);
    let mut config = ImageConfig {
        entrypoint: vec!["/docker-entrypoint.sh".into()],
        cmd: vec!["nginx".into(), "-g".into(), "daemon off;".into()],
        working_dir: "/".into(),
        stop_signal: Some("SIGQUIT".into()),
        exposed_ports: ["80/tcp".into()].into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    let simplified =
        &["of the configuration only listen, location, proxy_pass, root, upstream, server and return are read"];
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified })
}

/// What a location does.
#[derive(Clone, Debug)]
enum Action {
    Files(String),
    Proxy(Vec<(Ipv4Addr, u16)>),
    Return(u16, String),
}

struct Server {
    process: Process,
    ports: Vec<u16>,
    locations: Vec<(String, Action)>,
    turn: Cell<usize>,
}

async fn nginx(process: Process) -> ExitCode {
    handle_signals(&process, &[Signal::QUIT, Signal::TERM, Signal::INT]);
    let server = match configure(&process) {
        Ok(server) => Rc::new(server),
        Err(text) => {
            let date = Date::now(&process).slashes();
            process.complain(format!("{date} [emerg] 1#1: {text}\nnginx: [emerg] {text}\n")).await;
            return ExitCode::FAILURE;
        }
    };
    let mut listeners = Vec::new();
    for port in &server.ports {
        match process.listen(*port) {
            Ok(listener) => listeners.push(listener),
            Err(error) => {
                process.complain(format!("nginx: [emerg] bind() to 0.0.0.0:{port} failed (98: {error})\n")).await;
                return ExitCode::FAILURE;
            }
        }
    }
    let date = Date::now(&process).slashes();
    process.complain(format!("{date} [notice] 1#1: nginx/1.29.3\n{date} [notice] 1#1: start worker processes\n")).await;
    let all: Vec<&Listener> = listeners.iter().collect();
    let handler = |_, connection| answer(server.clone(), connection);
    let signal = serve(&process, &all, &mut Crowd::default(), &handler).await;
    let date = Date::now(&process).slashes();
    let words = if signal == Signal::QUIT { "gracefully shutting down" } else { "exiting" };
    process
        .complain(format!(
            "{date} [notice] 1#1: signal {} received, {words}\n{date} [notice] 1#1: exit\n",
            signal.number()
        ))
        .await;
    process.sleep(Duration::from_millis(30)).await;
    ExitCode::SUCCESS
}

/// Reads all of `/etc/nginx/conf.d/*.conf` and resolves the names in it.
fn configure(process: &Process) -> Result<Server, String> {
    let mut server = Server { process: process.clone(), ports: Vec::new(), locations: Vec::new(), turn: Cell::new(0) };
    let names = process.list("/etc/nginx/conf.d").unwrap_or_default();
    let texts = names.iter().filter(|name| name.ends_with(".conf")).map(|name| format!("/etc/nginx/conf.d/{name}"));
    let mut upstreams: Vec<(String, Vec<(Ipv4Addr, u16)>)> = Vec::new();
    for path in texts {
        let bytes = process.read_file(&path).map_err(|error| format!("open() \"{path}\" failed ({error})"))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (mut location, mut upstream) = (None, false);
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or("").trim();
            let place = format!("{path}:{}", number + 1);
            let words: Vec<&str> = line.split([' ', '\t', ';', '{']).filter(|word| !word.is_empty()).collect();
            match words.as_slice() {
                ["upstream", name, ..] => {
                    upstreams.push((name.to_string(), Vec::new()));
                    upstream = true;
                }
                ["server", address, ..] if upstream && *address != "{" => {
                    let found = resolve(process, address, &place)?;
                    upstreams.last_mut().into_iter().for_each(|(_, list)| list.extend(found.iter().copied()));
                }
                ["server"] => upstream = false,
                ["listen", port, ..] => {
                    server.ports.extend(port.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()))
                }
                ["location", path, ..] => location = Some(path.to_string()),
                ["root", folder] => {
                    server.locations.push((location.clone().unwrap_or("/".into()), Action::Files(folder.to_string())))
                }
                ["return", status, rest @ ..] => {
                    let body = rest.join(" ").trim_matches(['"', '\'']).to_string();
                    let status = status.parse().unwrap_or(200);
                    server.locations.push((location.clone().unwrap_or("/".into()), Action::Return(status, body)));
                }
                ["proxy_pass", url] => {
                    let target = url.trim_start_matches("http://").split('/').next().unwrap_or("");
                    let known = upstreams.iter().find(|(name, _)| name == target).map(|(_, list)| list.clone());
                    let addresses = match known {
                        Some(list) => list,
                        None => resolve(process, target, &place)?,
                    };
                    server.locations.push((location.clone().unwrap_or("/".into()), Action::Proxy(addresses)));
                }
                _ => {}
            }
        }
    }
    server.ports.dedup();
    server.locations.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
    Ok(server)
}

fn resolve(process: &Process, address: &str, place: &str) -> Result<Vec<(Ipv4Addr, u16)>, String> {
    let (host, port) = address.split_once(':').unwrap_or((address, "80"));
    let port = port.parse().map_err(|_| format!("invalid port in upstream \"{address}\" in {place}"))?;
    let found = process.resolve(host).map_err(|_| format!("host not found in upstream \"{address}\" in {place}"))?;
    Ok(found.into_iter().map(|address| (address, port)).collect())
}

fn answer(server: Rc<Server>, connection: Connection) -> Handling {
    Box::pin(async move {
        let Some(request) = Request::receive(&connection).await else { return };
        let response = server.respond(&request).await;
        let date = Date::now(&server.process).access_log();
        let size = response.body.len();
        let line = format!(
            "{} - - [{date}] \"{} {} HTTP/1.1\" {} {size} \"-\" \"-\" \"-\"\n",
            connection.peer(),
            request.method,
            request.path,
            response.status
        );
        server.process.print(line).await;
        response.send(&connection, &request).await;
    })
}

impl Server {
    async fn respond(&self, request: &Request) -> Response {
        let path = request.plain_path();
        let location = self.locations.iter().find(|(prefix, _)| path.starts_with(prefix.trim_start_matches("= ")));
        match location.map(|(_, action)| action) {
            None => page(404),
            Some(Action::Return(status, body)) => Response::text(*status, body.as_bytes()),
            Some(Action::Files(folder)) => {
                let name = if path.ends_with('/') { format!("{path}index.html") } else { path.to_string() };
                let found = self.process.read_file(&format!("{folder}{name}"));
                found.map_or_else(|_| page(404), |bytes| Response::html(200, bytes.to_vec()))
            }
            Some(Action::Proxy(addresses)) => self.pass(request, addresses).await,
        }
    }

    /// Each address in turn; the next one if nobody answers there.
    async fn pass(&self, request: &Request, addresses: &[(Ipv4Addr, u16)]) -> Response {
        for _ in 0..addresses.len() {
            let turn = self.turn.get();
            self.turn.set(turn + 1);
            let (address, port) = addresses[turn % addresses.len()];
            if let Ok(response) = fetch(&self.process, &address.to_string(), port, request).await {
                return response;
            }
            let date = Date::now(&self.process).slashes();
            self.process.complain(format!("{date} [error] 29#29: *1 connect() failed (111: Connection refused) while connecting to upstream, upstream: \"http://{address}:{port}{}\"\n", request.path)).await;
        }
        page(502)
    }
}

fn page(status: u16) -> Response {
    let reason = reason(status);
    Response::html(
        status,
        format!(
            "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1></center>\r\n<hr><center>nginx/1.29.3</center>\r\n</body>\r\n</html>\r\n"
        ),
    )
}
