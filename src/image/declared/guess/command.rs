//! What a command says about the program it starts: the ports it listens on, and whether it ends by itself.
//!
//! Sources of the ports: the programs' own documentation (Uvicorn, Gunicorn, Django's runserver, Flask, Rails, Next.js, Vite
//! and so on), each named beside its row.

/// Where a program listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listening {
    pub ports: Vec<u16>,
    /// Whether only its own container reaches it.
    pub only_loopback: bool,
}

/// A program known by name.
struct Server {
    /// Words of the command, one behind the other.
    words: &'static [&'static str],
    /// The port it takes where the command gives none.
    port: u16,
    /// Whether the variable `PORT` changes that.
    reads_port: bool,
    /// Whether it listens on 127.0.0.1 unless it is told otherwise.
    only_loopback: bool,
}

const fn server(words: &'static [&'static str], port: u16, reads_port: bool, only_loopback: bool) -> Server {
    Server { words, port, reads_port, only_loopback }
}

const SERVERS: &[Server] = &[
    // uvicorn.org, "Settings": --host 127.0.0.1, --port 8000.
    server(&["uvicorn"], 8000, false, true),
    // fastapi.tiangolo.com, "FastAPI CLI": `run` on 0.0.0.0, `dev` on 127.0.0.1, port 8000.
    server(&["fastapi", "run"], 8000, false, false),
    server(&["fastapi", "dev"], 8000, false, true),
    // docs.gunicorn.org, "bind": 127.0.0.1:8000, or 0.0.0.0:$PORT.
    server(&["gunicorn"], 8000, true, true),
    // hypercorn.readthedocs.io, "bind"; github.com/django/daphne: 127.0.0.1:8000.
    server(&["hypercorn"], 8000, false, true),
    server(&["daphne"], 8000, false, true),
    // docs.djangoproject.com, "runserver": 127.0.0.1:8000.
    server(&["runserver"], 8000, false, true),
    // flask.palletsprojects.com, "flask run": 127.0.0.1:5000.
    server(&["flask", "run"], 5000, false, true),
    // docs.streamlit.io: all addresses, port 8501.
    server(&["streamlit", "run"], 8501, false, false),
    // guides.rubyonrails.org, "rails server": port 3000 or $PORT, localhost in development.
    server(&["rails", "server"], 3000, true, true),
    server(&["rails", "s"], 3000, true, true),
    // nextjs.org, "next start", "next dev": 0.0.0.0, port 3000 or $PORT.
    server(&["next", "start"], 3000, true, false),
    server(&["next", "dev"], 3000, true, false),
    // vite.dev, "server.host": localhost, port 5173; `vite preview` 4173.
    server(&["vite", "preview"], 4173, false, true),
    server(&["vite"], 5173, false, true),
    // angular.dev, "ng serve": localhost, port 4200.
    server(&["ng", "serve"], 4200, false, true),
    // create-react-app.dev, "Advanced configuration": HOST 0.0.0.0, port 3000 or $PORT.
    server(&["react-scripts", "start"], 3000, true, false),
    // php.net, "Built-in web server": where -S says, which here gives the port alone.
    server(&["php", "-S"], 8000, false, true),
    // laravel.com, "artisan serve": 127.0.0.1:8000.
    server(&["artisan", "serve"], 8000, false, true),
];

/// Options that name a port or an address: as `--port 80` or `--port=80`.
const OPTIONS: &[&str] = &[
    "--port",
    "-p",
    "-port",
    "--http-port",
    "--server.port",
    "-Dserver.port",
    "--bind",
    "-b",
    "--listen",
    "-l",
    "--address",
    "--addr",
    "-S",
    "--urls",
    "--http",
];
/// Options that name the address alone.
const HOSTS: &[&str] =
    &["--host", "-h", "--host-name", "--hostname", "-H", "--binding", "-b", "--bind", "--server.address"];
const ALL_ADDRESSES: [&str; 4] = ["0.0.0.0", "::", "[::]", "*"];

/// Words by which a command is one that ends: migrations, seeds, installations, compilations, tests.
const JOBS: &[&str] = &[
    "migrate",
    "migration:run",
    "migrations:run",
    "db:migrate",
    "db:prepare",
    "db:setup",
    "db:seed",
    "db:create",
    "upgrade",
    "collectstatic",
    "createsuperuser",
    "loaddata",
    "makemigrations",
    "seed",
    "install",
    "ci",
    "build",
    "compile",
    "generate",
    "push",
    "assets:precompile",
    "precompile",
    "restore",
    "test",
    "pytest",
    "lint",
];

/// Whether a program that is called with these words does something and ends.
pub(in crate::image::declared) fn is_job<'a>(mut words: impl Iterator<Item = &'a str>) -> bool {
    words.any(|word| JOBS.contains(&word.rsplit('/').next().unwrap_or(word)))
}

/// Where the program of a command listens; `None` where the command does not say.
pub(super) fn listening(command: &str, environment: &[(String, String)]) -> Option<Listening> {
    let words: Vec<&str> =
        command.split(|c: char| c.is_whitespace() || "\"'`&|;()".contains(c)).filter(|word| !word.is_empty()).collect();
    let row = SERVERS.iter().find(|server| is_called(&words, server.words));
    // A file of settings may say anything.
    if words.iter().any(|word| *word == "--config" || word.ends_with("conf.py")) {
        return None;
    }
    let mut ports = named_ports(&words, row.is_some());
    if ports.is_empty() {
        let row = row?;
        let variable = environment.iter().find(|(name, _)| name == "PORT").filter(|_| row.reads_port);
        let variable = variable.and_then(|(_, port)| port.parse().ok());
        // A server that takes $PORT from a platform is meant to be reached.
        let only_loopback = row.only_loopback && variable.is_none() && !opens(&words);
        return Some(Listening { ports: vec![variable.unwrap_or(row.port)], only_loopback });
    }
    ports.dedup();
    let only_loopback = row.is_some_and(|row| row.only_loopback) && !opens(&words);
    Some(Listening { ports, only_loopback })
}

fn is_called(words: &[&str], called: &[&str]) -> bool {
    let name = |word: &str| word.rsplit('/').next().unwrap_or(word).to_string();
    words.windows(called.len()).any(|window| window.iter().zip(called).all(|(word, wanted)| name(word) == *wanted))
}

/// Ports that options name, and those of addresses such as `0.0.0.0:8000` or `:8000`; a known server also takes `8000`.
fn named_ports(words: &[&str], is_server: bool) -> Vec<u16> {
    let mut ports = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let (option, inline) = word.split_once('=').map_or((*word, None), |(option, value)| (option, Some(value)));
        let is_option = OPTIONS.contains(&option);
        let value = inline
            .filter(|_| is_option)
            .or_else(|| words.get(at + 1).copied().filter(|_| is_option && inline.is_none()));
        ports.extend(value.and_then(port_of));
        let is_value = at > 0 && OPTIONS.contains(&words[at - 1]);
        let is_address =
            ALL_ADDRESSES.iter().any(|all| word.strip_prefix(all).is_some_and(|rest| rest.starts_with(':')));
        let is_bare = word.starts_with(':') || is_server && words[at.saturating_sub(1)] == "runserver";
        ports.extend(port_of(word).filter(|_| !is_value && (is_address || is_bare)));
    }
    ports
}

/// The port of `8000`, `:8000`, `0.0.0.0:8000`, `http://+:8000`.
fn port_of(text: &str) -> Option<u16> {
    let text = text.rsplit(':').next().unwrap_or(text).trim_end_matches('/');
    text.parse().ok().filter(|port| *port > 0)
}

/// Whether the command makes a server listen on all addresses.
fn opens(words: &[&str]) -> bool {
    let is_open = |text: &str| {
        let text = text.trim_start_matches("http://");
        ALL_ADDRESSES.iter().any(|all| text == *all || text.strip_prefix(all).is_some_and(|rest| rest.starts_with(':')))
            || text.starts_with(':')
            || text.starts_with("unix:")
    };
    let bare = |word: &str| word == "--host" || word == "--listen";
    let last = words.last().is_some_and(|word| bare(word));
    let followed = words.windows(2).any(|pair| bare(pair[0]) && pair[1].starts_with('-'));
    last || followed
        || words.iter().any(|word| {
            let value =
                word.split_once('=').filter(|(option, _)| HOSTS.contains(option)).map_or(*word, |(_, value)| value);
            is_open(value)
        })
}
