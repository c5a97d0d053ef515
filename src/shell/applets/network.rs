//! Words about the network: nc, wget, httpd, ping, nslookup, getent.

use super::basic::span;
use super::{Options, fail_with, misused, usage};
use crate::kernel::http::{Request, Response, reason};
use crate::kernel::network::{NameError, Route};
use crate::kernel::select::{Either, select};
use crate::kernel::{ConnectError, Connection, Description, Disposition, ExitCode, Listener, Process, Signal};
use std::rc::Rc;
use std::time::Duration;

/// How many bytes are passed on at once.
const BLOCK: usize = 16 << 10;

/// How long `wget` waits for anything if it is not told.
const WGET_PATIENCE: Duration = Duration::from_secs(900);

/// How often `wget` goes where an answer leads.
const MOST_REDIRECTIONS: u32 = 5;

/// What went wrong with a connection, as busybox words it; `address` is what the user wrote.
fn connect_message(error: ConnectError, address: &str) -> String {
    match error {
        ConnectError::Name(_) => format!("bad address '{address}'"),
        ConnectError::Failed(ip, errno) => format!("can't connect to remote host ({ip}): {errno}"),
    }
}

/// `nc [-w SEC] [-e PROG] HOST PORT`, `nc -l -p PORT [-e PROG]`
pub(super) async fn nc(process: Process) -> ExitCode {
    let args = process.args();
    // Everything after -e is the program's own.
    let split = args.iter().position(|arg| &**arg == "-e").unwrap_or(args.len());
    let run: Rc<[Rc<str>]> = args.get(split + 1..).unwrap_or_default().into();
    let options = match Options::parse(&args[..split], "lkp:w:zvni:s:u46") {
        Ok(options) => options,
        Err(message) => return misused(&process, &message).await,
    };
    if options.has('k') || options.letters.iter().filter(|(letter, _)| *letter == 'l').count() > 1 {
        return serve_all(&process, &options, run).await;
    }
    let limit = options.value('w').and_then(|text| span(text));
    let connected = connect_or_accept(&process, &options);
    let connection = match limit {
        None => connected.await,
        Some(limit) => match process.kernel().tasks().clone().timeout(limit, connected).await {
            Some(connection) => connection,
            None => Err("timed out".into()),
        },
    };
    let connection = match connection {
        Ok(connection) => connection,
        Err(message) => return fail_with(&process, &message).await,
    };
    if options.has('z') {
        return ExitCode::SUCCESS;
    }
    if !run.is_empty() {
        return serve_with(&process, connection, run).await;
    }
    match limit {
        None => exchange(&process, &connection).await,
        Some(limit) => {
            // The limit counts while nothing moves; here that is the whole exchange.
            let tasks = process.kernel().tasks().clone();
            match tasks.timeout(limit, exchange(&process, &connection)).await {
                Some(code) => code,
                None => fail_with(&process, "timed out").await,
            }
        }
    }
}

/// `-ll` (and `-lk` of other builds): one caller after the other, with `-e` each with a program of its own.
async fn serve_all(process: &Process, options: &Options, run: Rc<[Rc<str>]>) -> ExitCode {
    let listener = match listen(process, options) {
        Ok(listener) => listener,
        Err(message) => return fail_with(process, &message).await,
    };
    loop {
        let connection = listener.accept().await;
        if run.is_empty() {
            exchange(process, &connection).await;
            continue;
        }
        let run = run.clone();
        if let Err(error) = process.fork(move |child| async move { serve_with(&child, connection, run).await }) {
            return fail_with(process, &format!("fork: {error}")).await;
        }
    }
}

fn port(text: &Rc<str>) -> Result<u16, String> {
    text.parse().map_err(|_| format!("bad port '{text}'"))
}

fn listen(process: &Process, options: &Options) -> Result<Listener, String> {
    let wanted = options.value('p').or_else(|| options.operands.last()).cloned().unwrap_or_else(|| "0".into());
    process.listen(port(&wanted)?).map_err(|error| format!("bind: {error}"))
}

async fn connect_or_accept(process: &Process, options: &Options) -> Result<Connection, String> {
    if options.has('l') {
        return Ok(listen(process, options)?.accept().await);
    }
    let (host, port_text) = match options.operands.as_slice() {
        [host, port] => (host.clone(), port.clone()),
        // `localhost:80` in one word is understood too.
        [both] => both.rsplit_once(':').map(|(host, port)| (host.into(), port.into())).ok_or("bad address")?,
        _ => return Err("bad address".into()),
    };
    let connected = process.connect(&host, port(&port_text)?).await;
    if options.has('v')
        && let Ok(connection) = &connected
    {
        process.complain(format!("{host} ({}:{port_text}) open\n", connection.peer())).await;
    }
    connected.map_err(|error| connect_message(error, &host))
}

async fn serve_with(process: &Process, connection: Connection, run: Rc<[Rc<str>]>) -> ExitCode {
    let connection = Rc::new(Description::Connection(connection));
    let _ = process.set_descriptor(0, Some(connection.clone()));
    let _ = process.set_descriptor(1, Some(connection.clone()));
    let _ = process.set_descriptor(2, Some(connection));
    match process.find_program(&run[0]) {
        Ok(executable) => process.exec(&executable, run, process.environment()).await,
        Err(error) => fail_with(process, &format!("can't execute '{}': {error}", run[0])).await,
    }
}

/// Passes standard input on to the other end, and what comes from there on to standard output, until it closes.
async fn exchange(process: &Process, connection: &Connection) -> ExitCode {
    let send = async {
        loop {
            match process.read(0, BLOCK).await {
                Ok(bytes) if !bytes.is_empty() => {
                    if connection.write(&bytes).await.is_err() {
                        break;
                    }
                }
                _ => break,
            }
        }
        connection.close_write();
        std::future::pending::<()>().await;
    };
    let receive = async {
        loop {
            match connection.read(BLOCK).await {
                Ok(bytes) if bytes.is_empty() => return ExitCode::SUCCESS,
                Ok(bytes) => {
                    let _ = process.write(1, &bytes).await;
                }
                Err(error) => return fail_with(process, &format!("read: {error}")).await,
            }
        }
    };
    // What standard input has is sent before the other end's closing counts.
    match select(send, receive).await {
        Either::Left(()) => ExitCode::SUCCESS,
        Either::Right(code) => code,
    }
}

/// A URL's host with its port as written, the host, the port, the path.
struct Address {
    authority: String,
    host: String,
    port: u16,
    path: String,
}

impl Address {
    fn parse(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("http://").unwrap_or(url);
        if rest.contains("://") {
            return None;
        }
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        let authority = authority.rsplit('@').next().unwrap_or_default().to_owned();
        let (host, port) = authority.split_once(':').unwrap_or((&authority, "80"));
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Some(Self { host: host.to_owned(), port: port.parse().ok()?, path, authority })
    }
}

/// `wget [-q] [-O FILE] [-T SEC] [-S] [--spider] URL`
pub(super) async fn wget(process: Process) -> ExitCode {
    let mut args = joined(&process.args());
    let spider = args.iter().any(|arg| matches!(&**arg, "--spider" | "-s"));
    let mut body = None;
    let mut headers = Vec::new();
    args.retain(|arg| {
        if let Some(data) = arg.strip_prefix("--post-data=") {
            body = Some(data.to_owned());
        }
        if let Some(header) = arg.strip_prefix("--header=") {
            headers
                .extend(header.split_once(':').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())));
        }
        !arg.starts_with("--") && &**arg != "-s"
    });
    let options = match Options::parse(&args, "qO:T:t:SYcP:U:") {
        Ok(options) => options,
        Err(message) => return misused(&process, &message).await,
    };
    let [url] = options.operands.as_slice() else {
        return usage(&process).await;
    };
    let Some(address) = Address::parse(url) else {
        return fail_with(&process, &format!("not an http or ftp url: {url}")).await;
    };
    let limit = options.value('T').and_then(|text| span(text)).unwrap_or(WGET_PATIENCE);
    let mut request = Request::get(&address.authority, &address.path);
    request.headers.push(("user-agent".into(), "Wget".into()));
    // A header of one's own takes the place of wget's.
    request.headers.retain(|(name, _)| !headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)));
    request.headers.extend(headers);
    if let Some(body) = body {
        (request.method, request.body) = ("POST".into(), body.into_bytes());
    }
    let fetching = follow(&process, address, request, &options);
    let response = match process.kernel().tasks().clone().timeout(limit, fetching).await {
        None => Err("download timed out".into()),
        Some(response) => response,
    };
    match response {
        Err(message) => fail_with(&process, &message).await,
        Ok(_) if spider => {
            if !options.has('q') {
                process.complain("remote file exists\n").await;
            }
            ExitCode::SUCCESS
        }
        Ok((address, response)) => save(&process, &address, &response, &options).await,
    }
}

/// Long options with their value in the same word.
fn joined(args: &[Rc<str>]) -> Vec<Rc<str>> {
    let mut joined: Vec<Rc<str>> = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let value = matches!(&**arg, "--header" | "--post-data").then(|| rest.next()).flatten();
        joined.push(value.map_or_else(|| arg.clone(), |value| format!("{arg}={value}").into()));
    }
    joined
}

/// Fetches, and goes where the answer leads: with GET, five times at most (BusyBox, `networking/wget.c`).
async fn follow(
    process: &Process,
    mut address: Address,
    mut request: Request,
    options: &Options,
) -> Result<(Address, Response), String> {
    for _ in 0..=MOST_REDIRECTIONS {
        let response = fetch(process, &address, &request, options).await?;
        let target = response.header("location").filter(|_| matches!(response.status, 300..=303 | 307 | 308));
        let Some(target) = target else {
            return match response.status {
                status if status < 300 => Ok((address, response)),
                status => Err(format!("server returned error: HTTP/1.1 {status} {}", response.reason())),
            };
        };
        address = match target.strip_prefix('/') {
            Some(_) => Address { path: target.to_owned(), ..address },
            None => Address::parse(target).ok_or(format!("not an http or ftp url: {target}"))?,
        };
        let headers = request.headers.into_iter().filter(|(name, _)| name != "host" && name != "content-length");
        let host = ("host".to_owned(), address.authority.clone());
        request = Request { headers: [host].into_iter().chain(headers).collect(), ..Request::get("", &address.path) };
    }
    Err("too many redirections".into())
}

async fn fetch(process: &Process, address: &Address, request: &Request, options: &Options) -> Result<Response, String> {
    let failed = |error| connect_message(error, &address.authority);
    let addresses = process.resolve(&address.host).map_err(|error| failed(ConnectError::Name(error)))?;
    if !options.has('q') {
        let first = addresses.first().map(ToString::to_string).unwrap_or_default();
        process.complain(format!("Connecting to {} ({first}:{})\n", address.authority, address.port)).await;
    }
    let connection = process.connect(&address.host, address.port).await.map_err(failed)?;
    let response = request.send(&connection).await.map_err(|error| format!("error getting response: {error}"))?;
    let response = response.ok_or("error getting response")?;
    if options.has('S') {
        process.complain(format!("  HTTP/1.1 {} {}\n", response.status, response.reason())).await;
        for (name, value) in &response.headers {
            process.complain(format!("  {name}: {value}\n")).await;
        }
    }
    Ok(response)
}

async fn save(process: &Process, address: &Address, response: &Response, options: &Options) -> ExitCode {
    let quiet = options.has('q');
    let last = address.path.split('?').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    let default: Rc<str> = if last.is_empty() { "index.html".into() } else { last.into() };
    let name = options.value('O').unwrap_or(&default);
    let (begin, end) = if &**name == "-" {
        ("writing to stdout\n".to_owned(), "written to stdout\n".to_owned())
    } else {
        (format!("saving to '{name}'\n"), format!("'{name}' saved\n"))
    };
    if !quiet {
        process.complain(begin).await;
    }
    let result = if &**name == "-" {
        process.write(1, &response.body).await
    } else {
        if !options.has('O') && process.stat(name).is_ok() {
            return fail_with(process, &format!("can't open '{name}': File exists")).await;
        }
        process.write_file(name, &response.body).await
    };
    if let Err(error) = result {
        let verb = if &**name == "-" { "write error".to_owned() } else { format!("can't open '{name}'") };
        return fail_with(process, &format!("{verb}: {error}")).await;
    }
    if !quiet {
        let shown: String = name.rsplit('/').next().unwrap_or_default().chars().take(20).collect();
        let size = response.body.len();
        process.complain(format!("{shown:<20} 100% |{}| {size:>5}  0:00:00 ETA\n", "*".repeat(32))).await;
        process.complain(end).await;
    }
    ExitCode::SUCCESS
}

/// `httpd [-f] [-v] [-p PORT] [-h HOME]`: the files of a folder; scripts in `/cgi-bin/`.
pub(super) async fn httpd(process: Process) -> ExitCode {
    let options = match Options::parse(&process.args(), "fvip:h:u:c:r:") {
        Ok(options) => options,
        Err(message) => return misused(&process, &message).await,
    };
    let home = options.value('h').cloned().unwrap_or_else(|| ".".into());
    if let Err(error) = process.set_folder(&home) {
        return fail_with(&process, &format!("can't change directory to '{home}': {error}")).await;
    }
    let port = options.value('p').map_or("80", |text| text.rsplit(':').next().unwrap_or_default());
    let listener = match port.parse().map(|port| process.listen(port)) {
        Ok(Ok(listener)) => listener,
        Ok(Err(error)) => return fail_with(&process, &format!("bind: {error}")).await,
        Err(_) => return fail_with(&process, &format!("bad port '{port}'")).await,
    };
    if options.has('f') {
        return accept_all(&process, listener).await;
    }
    match process.fork(|child| async move { accept_all(&child, listener).await }) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => fail_with(&process, &format!("fork: {error}")).await,
    }
}

async fn accept_all(process: &Process, listener: Listener) -> ExitCode {
    loop {
        let connection = listener.accept().await;
        process.reap();
        let _ = process.fork(|child| async move {
            if let Some(request) = Request::receive(&connection).await {
                answer(&child, &request).await.send(&connection, &request).await;
            }
            ExitCode::SUCCESS
        });
    }
}

async fn answer(process: &Process, request: &Request) -> Response {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    if path.split('/').any(|part| part == "..") {
        return error_page(400);
    }
    let mut file = format!(".{path}");
    if path.starts_with("/cgi-bin/") {
        return run_script(process, request, &file, query).await;
    }
    if process.stat(&file).is_ok_and(|stat| stat.is_folder()) {
        file = format!("{}/index.html", file.trim_end_matches('/'));
    }
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return error_page(501);
    }
    match process.read_file(&file) {
        Ok(bytes) => {
            let kind = match file.rsplit('.').next() {
                Some("html" | "htm") => "text/html",
                Some("css") => "text/css",
                Some("js") => "application/x-javascript",
                Some("json") => "application/json",
                Some("png") => "image/png",
                Some("txt" | "sh" | "c" | "h") => "text/plain",
                _ => "application/octet-stream",
            };
            Response::of_type(200, kind, bytes.to_vec())
        }
        Err(_) => error_page(404),
    }
}

fn error_page(status: u16) -> Response {
    let title = format!("{status} {}", reason(status));
    let about = match status {
        404 => "The requested URL was not found",
        501 => "The requested method is not recognized",
        _ => "Unsupported method",
    };
    let body = format!("<HTML><HEAD><TITLE>{title}</TITLE></HEAD>\n<BODY><H1>{title}</H1>\n{about}\n</BODY></HTML>\n");
    Response::of_type(status, "text/html", body)
}

/// Runs a script of `/cgi-bin/`: its headers and body come from its output.
async fn run_script(process: &Process, request: &Request, file: &str, query: &str) -> Response {
    let Ok(executable) = process.find_program(file) else { return error_page(404) };
    let (reader, writer) = process.pipe();
    let mut environment = process.environment();
    environment.set("REQUEST_METHOD", request.method.as_str());
    environment.set("QUERY_STRING", query);
    environment.set("REQUEST_URI", request.path.as_str());
    environment.set("CONTENT_LENGTH", request.body.len().to_string());
    let args: Rc<[Rc<str>]> = Rc::new([file.into()]);
    let input = Description::of_text(&request.body);
    let spawned = process.spawn(&executable, args, |child| {
        child.set_environment(environment);
        let _ = child.set_descriptor(0, Some(input));
        let _ = child.set_descriptor(1, Some(writer));
    });
    let Ok(child) = spawned else { return error_page(500) };
    let _ = process.set_descriptor(9, Some(reader));
    let output = process.read_to_end(9).await.unwrap_or_default();
    process.wait(&child).await;
    let text = String::from_utf8_lossy(&output).replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap_or(("", &text));
    let headers: Vec<(String, String)> = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().into()))
        .collect();
    let status = headers.iter().find(|(name, _)| name == "status");
    let status = status.and_then(|(_, value)| value.split(' ').next()?.parse().ok()).unwrap_or(200);
    Response { status, reason: None, headers, body: body.as_bytes().to_vec() }
}

/// `ping [-c COUNT] [-W SEC] [-q] HOST`
pub(super) async fn ping(process: Process) -> ExitCode {
    let options = match Options::parse(&process.args(), "c:W:w:i:s:q4n") {
        Ok(options) => options,
        Err(message) => return misused(&process, &message).await,
    };
    let Some(host) = options.operands.first() else { return fail_with(&process, "bad address").await };
    let address = match process.resolve(host) {
        Ok(addresses) if !addresses.is_empty() => addresses[0],
        _ => return fail_with(&process, &format!("bad address '{host}'")).await,
    };
    process.print(format!("PING {host} ({address}): 56 data bytes\n")).await;
    let count = options.number('c').unwrap_or(u64::MAX);
    let route = process.namespaces().network().route(address);
    if matches!(route, Route::NoNetwork) {
        return fail_with(&process, "sendto: Network is unreachable").await;
    }
    let answers = matches!(route, Route::To(_));
    // What has been counted is told also when it is cut short.
    let _ = process.set_disposition(Signal::INT, Disposition::Handle);
    let mut sent = 0;
    while sent < count {
        if answers {
            process.print(format!("64 bytes from {address}: seq={sent} ttl=64 time=0.070 ms\n")).await;
        }
        sent += 1;
        if sent < count {
            let interrupted = select(process.sleep(Duration::from_secs(1)), process.signal_arrived()).await;
            if matches!(interrupted, Either::Right(())) {
                break;
            }
        }
    }
    if !answers {
        process.sleep(options.value('W').and_then(|text| span(text)).unwrap_or(Duration::from_secs(10))).await;
    }
    let (received, loss) = if answers { (sent, 0) } else { (0, 100) };
    process.print(format!("\n--- {host} ping statistics ---\n{sent} packets transmitted, {received} packets received, {loss}% packet loss\n")).await;
    if answers {
        process.print("round-trip min/avg/max = 0.070/0.070/0.070 ms\n").await;
    }
    ExitCode(u8::from(!answers))
}

/// `nslookup HOST`
pub(super) async fn nslookup(process: Process) -> ExitCode {
    let args = process.args();
    let Some(host) = args.get(1) else { return usage(&process).await };
    process.print("Server:\t\t127.0.0.11\nAddress:\t127.0.0.11:53\n\n").await;
    match process.resolve(host) {
        Ok(addresses) => {
            process.print("Non-authoritative answer:\n").await;
            for address in addresses {
                process.print(format!("Name:\t{host}\nAddress: {address}\n")).await;
            }
            process.print("\n").await;
            ExitCode::SUCCESS
        }
        Err(NameError::Unknown) => {
            process.print(format!("** server can't find {host}: NXDOMAIN\n\n")).await;
            ExitCode::FAILURE
        }
        Err(NameError::NoServer) => {
            process.print(";; connection timed out; no servers could be reached\n\n").await;
            ExitCode::FAILURE
        }
    }
}

/// `getent hosts NAME`
pub(super) async fn getent(process: Process) -> ExitCode {
    let args = process.args();
    let (Some("hosts" | "ahosts" | "ahostsv4"), Some(host)) = (args.get(1).map(|arg| &**arg), args.get(2)) else {
        return ExitCode(2);
    };
    match process.resolve(host) {
        Ok(addresses) if !addresses.is_empty() => {
            process.print(format!("{:<15}   {host}\n", addresses[0].to_string())).await;
            ExitCode::SUCCESS
        }
        _ => ExitCode(2),
    }
}
