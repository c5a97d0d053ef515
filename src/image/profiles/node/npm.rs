//! Package managers: `npm`, `npx`, `yarn`, `pnpm`. Packages are names in `node_modules`; the programs they bring are mysteries.
//!
//! Source of npm's texts: npm 11 itself; they have been the same in npm 10, as far as is remembered, but for the head of the
//! list of scripts, which there ends with `npm run-script`. From memory: yarn's and pnpm's.

use crate::image::declared::mystery;
use crate::image::programs;
use crate::image::programs::clock::Date;
use crate::image::programs::serve::handle_signals;
use crate::kernel::process::Origin;
use crate::kernel::{Errno, ExitCode, Process, Program, Signal};
use serde_json::Value;
use std::rc::Rc;
use std::time::Duration;

/// An installation without packages, and what each one adds. Typical of a laptop with a fair connection; real ones take from
/// one second to minutes.
const INSTALLATION: Duration = Duration::from_millis(1500);
const EACH_PACKAGE: Duration = Duration::from_millis(300);

/// npm sends itself the signal that ended its child, and waits so long for it to work (@npmcli/run-script).
const RESENT_SIGNAL: Duration = Duration::from_millis(500);

/// What `npm ci` says without a file of releases, without its usage, which differs from release to release.
const NO_LOCK: &str = "npm error code EUSAGE
npm error
npm error The `npm ci` command can only install with an existing package-lock.json or
npm error npm-shrinkwrap.json with lockfileVersion >= 1. Run an install with npm@5 or
npm error later to generate a package-lock.json file, then try again.
";

/// npm's exit code without a `package.json`: the error's number, -2, as a byte.
const NO_PACKAGE: u8 = 254;

/// Scripts that npm calls by itself, each with its `pre` and `post`, and those without.
const LIFECYCLE: [&str; 8] = ["install", "publish", "restart", "start", "stop", "test", "uninstall", "version"];
const LONE: [&str; 5] = ["prepare", "prepublishOnly", "prepack", "postpack", "dependencies"];

/// Packages whose programs have other names than themselves.
const PROGRAMS: [(&str, &[&str]); 12] = [
    ("typescript", &["tsc", "tsserver"]),
    ("@nestjs/cli", &["nest"]),
    ("@angular/cli", &["ng"]),
    ("webpack-cli", &["webpack"]),
    ("ts-node", &["ts-node", "ts-node-esm"]),
    ("sequelize-cli", &["sequelize", "sequelize-cli"]),
    ("@vue/cli-service", &["vue-cli-service"]),
    ("http-server", &["http-server"]),
    ("@babel/node", &["babel-node"]),
    ("@babel/cli", &["babel"]),
    ("nuxt", &["nuxt", "nuxi"]),
    ("@sveltejs/kit", &["svelte-kit"]),
];

/// The programs by name. `yarn` and `corepack` are in the image; `pnpm` is there once `corepack enable` has run, which is taken for granted.
pub fn programs() -> [(&'static str, Rc<dyn Program>); 5] {
    [
        ("npm", programs::of(manager)),
        ("yarn", programs::of(manager)),
        ("pnpm", programs::of(manager)),
        ("npx", programs::of(npx)),
        ("corepack", programs::of(|_| async { ExitCode::SUCCESS })),
    ]
}

/// `npm install|ci`, `npm start|run NAME`, and the others' ways to say so.
async fn manager(process: Process) -> ExitCode {
    let words = process.args();
    let own = words.first().map_or("npm", |word| word.rsplit('/').next().unwrap_or(word)).to_string();
    let mut rest = words.iter().skip(1).map(|word| &**word).skip_while(|word| word.starts_with("--"));
    match (own.as_str(), rest.next()) {
        ("npm", Some("ci")) if !has_lock(&process) => fail(&process, NO_LOCK, 1).await,
        ("yarn", None) | (_, Some("install" | "ci" | "i" | "add")) => install(&process, &own).await,
        (_, Some("cache" | "config" | "set" | "prune" | "audit" | "store" | "fetch")) => ExitCode::SUCCESS,
        (_, Some("exec" | "dlx" | "x")) => {
            let command: Vec<Rc<str>> = rest.filter(|word| *word != "--").map(Rc::from).collect();
            execute(&process, command).await
        }
        (_, Some("run" | "run-script")) => match rest.next() {
            Some(name) => script(&process, &own, name).await,
            None => list(&process, &own).await,
        },
        (_, Some(name)) => script(&process, &own, name).await,
        (_, None) => ExitCode::FAILURE,
    }
}

/// Whether there is a file that says which releases to install.
fn has_lock(process: &Process) -> bool {
    ["package-lock.json", "npm-shrinkwrap.json"].iter().any(|path| process.stat(path).is_ok())
}

fn package(process: &Process) -> Value {
    let bytes = process.read_file("package.json").ok();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

async fn install(process: &Process, own: &str) -> ExitCode {
    let words = process.args();
    let package = package(process);
    let is_production = words.iter().any(|word| {
        matches!(&**word, "--production" | "--only=production" | "--omit=dev" | "--prod" | "-P" | "--production=true")
    }) || process.variable("NODE_ENV").as_deref() == Some("production");
    let parts: &[&str] = if is_production { &["dependencies"] } else { &["dependencies", "devDependencies"] };
    let listed = parts.iter().filter_map(|part| package[*part].as_object()).flat_map(|map| map.keys().cloned());
    // Names behind `install` are added; with -g they are there for all.
    let is_global = words.iter().any(|word| matches!(&**word, "-g" | "--global"));
    let given = words.iter().skip(2).filter(|word| !word.starts_with('-'));
    let given =
        given.map(|word| word.rsplit_once('@').filter(|(name, _)| !name.is_empty()).map_or(&**word, |(name, _)| name));
    let given: Vec<String> = given.map(str::to_string).collect();
    if own == "npm" && !is_global && given.is_empty() && process.stat("package.json").is_err() {
        return no_package(process).await;
    }
    let names: Vec<String> = if is_global { given } else { listed.chain(given).collect() };
    process.sleep(INSTALLATION + EACH_PACKAGE * names.len() as u32).await;
    for name in &names {
        if let Err((error, path)) = put(process, name, is_global).await {
            let text = format!("npm error {error}, mkdir '{}'\n", process.absolute(&path));
            return fail(process, &text, 243).await;
        }
    }
    let said = match own {
        "yarn" => "success Saved lockfile.\nDone in 2.00s.\n".to_string(),
        "pnpm" => "Done in 2s\n".to_string(),
        _ => added(names.len(), is_global),
    };
    process.print(said).await;
    ExitCode::SUCCESS
}

/// What npm says at the end of an installation; what is there for all is not audited.
fn added(count: usize, is_global: bool) -> String {
    let packages = |count: usize| format!("{count} package{}", if count == 1 { "" } else { "s" });
    match (count, is_global) {
        (_, true) => format!("\nadded {} in 2s\n", packages(count)),
        (0, _) => "\nup to date, audited 1 package in 2s\n\nfound 0 vulnerabilities\n".to_string(),
        _ => format!(
            "\nadded {}, and audited {} in 2s\n\nfound 0 vulnerabilities\n",
            packages(count),
            packages(count + 1)
        ),
    }
}

/// Puts a package where it belongs, and its programs; the error, and the folder it is about.
async fn put(process: &Process, name: &str, is_global: bool) -> Result<(), (Errno, String)> {
    let (modules, programs) = if is_global {
        ("/usr/local/lib/node_modules", "/usr/local/bin")
    } else {
        ("node_modules", "node_modules/.bin")
    };
    let folder = format!("{modules}/{name}");
    let with_place = |error| (error, folder.clone());
    process.make_folders(&folder).map_err(with_place)?;
    process.write_file(&format!("{folder}/package.json"), b"{}").await.map_err(with_place)?;
    process.make_folders(programs).map_err(with_place)?;
    let known = PROGRAMS.iter().find(|(package, _)| *package == name).map(|(_, programs)| *programs);
    let own = [name.rsplit('/').next().unwrap_or(name)];
    for program in known.unwrap_or(&own) {
        process.install(&format!("{programs}/{program}"), mystery()).map_err(with_place)?;
    }
    Ok(())
}

/// A script of `package.json`, in a shell that finds the packages' programs.
async fn script(process: &Process, own: &str, name: &str) -> ExitCode {
    let package = package(process);
    let server = (name == "start" && process.stat("server.js").is_ok()).then_some("node server.js");
    let Some(script) = package["scripts"][name].as_str().or(server) else {
        if own != "npm" && process.stat(&format!("node_modules/.bin/{name}")).is_ok() {
            let command = process.args().iter().skip(1).cloned().collect();
            return execute(process, command).await;
        }
        return no_script(process, own, name).await;
    };
    let full = match (package["name"].as_str(), package["version"].as_str()) {
        (Some(package), Some(version)) => format!("{package}@{version} {name}"),
        (Some(package), None) => format!("{package} {name}"),
        _ => name.to_string(),
    };
    process.print(format!("\n> {full}\n> {script}\n\n")).await;
    execute(process, vec!["sh".into(), "-c".into(), script.into()]).await
}

/// What there is no script for, or no `package.json`.
async fn no_script(process: &Process, own: &str, name: &str) -> ExitCode {
    if own != "npm" {
        process.complain(format!("error Command \"{name}\" not found.\n")).await;
        return ExitCode::FAILURE;
    }
    if process.stat("package.json").is_err() {
        return no_package(process).await;
    }
    // Commands that are spelled like it.
    let similar = if name == "start" {
        "npm error Did you mean one of these?\nnpm error   npm star # Mark your favorite packages\nnpm error   npm stars # View packages marked as favorites\nnpm error\n"
    } else {
        ""
    };
    let text = format!(
        "npm error Missing script: \"{name}\"\nnpm error\n{similar}npm error To see a list of scripts, run:\nnpm error   npm run\n"
    );
    fail(process, &text, 1).await
}

/// What npm says without a `package.json`.
async fn no_package(process: &Process) -> ExitCode {
    let path = process.absolute("package.json");
    let text = format!(
        "npm error code ENOENT\nnpm error syscall open\nnpm error path {path}\nnpm error errno -2\nnpm error enoent Could not read package.json: Error: ENOENT: no such file or directory, open '{path}'\nnpm error enoent This is related to npm not being able to find a file.\nnpm error enoent\n"
    );
    fail(process, &text, NO_PACKAGE).await
}

/// An error of npm's, with its log behind it.
async fn fail(process: &Process, text: &str, code: u8) -> ExitCode {
    let home = process.variable("HOME").map_or("/root".to_string(), |home| home.to_string());
    let date = Date::now(process).millis().replace(' ', "T").replace([':', '.'], "_");
    let log = format!("{home}/.npm/_logs/{date}Z-debug-0.log");
    process.complain(format!("{text}npm error A complete log of this run can be found in: {log}\n")).await;
    ExitCode(code)
}

/// Whether npm calls a script by itself, at some command or around it.
fn is_lifecycle(name: &str) -> bool {
    let around = name.strip_prefix("pre").or(name.strip_prefix("post")).unwrap_or(name);
    LIFECYCLE.contains(&around) || LONE.contains(&name)
}

/// `npm run` alone lists the scripts, those that npm calls by itself first.
async fn list(process: &Process, own: &str) -> ExitCode {
    if own != "npm" {
        return ExitCode::SUCCESS;
    }
    if process.stat("package.json").is_err() {
        return no_package(process).await;
    }
    let package = package(process);
    let scripts = package["scripts"].as_object().into_iter().flatten();
    let scripts = scripts.filter_map(|(name, script)| Some((name.as_str(), script.as_str()?)));
    let (own, others): (Vec<_>, Vec<_>) = scripts.partition(|(name, _)| is_lifecycle(name));
    let shown = |all: &[(&str, &str)]| -> String {
        all.iter().map(|(name, script)| format!("  {name}\n    {script}\n")).collect()
    };
    let text = |name: &str| package[name].as_str().unwrap_or_default();
    let id = if text("version").is_empty() {
        text("name").to_string()
    } else {
        format!("{}@{}", text("name"), text("version"))
    };
    let mut said = String::new();
    if !own.is_empty() {
        said = format!("Lifecycle scripts included in {id}:\n{}", shown(&own));
    }
    if !others.is_empty() {
        let head = if own.is_empty() { format!("Scripts available in {id} via") } else { "available via".to_string() };
        said.push_str(&format!("{head} `npm run`:\n{}", shown(&others)));
    }
    process.print(said).await;
    ExitCode::SUCCESS
}

/// `npx PROGRAM …`.
async fn npx(process: Process) -> ExitCode {
    let words = process.args();
    let command: Vec<Rc<str>> = words.iter().skip(1).skip_while(|word| word.starts_with('-')).cloned().collect();
    execute(&process, command).await
}

/// Runs a command with `node_modules/.bin` in its PATH; a program that no package brought is fetched, and then a mystery.
async fn execute(process: &Process, command: Vec<Rc<str>>) -> ExitCode {
    let path = process.variable("PATH").map_or_else(String::new, |path| path.to_string());
    process.set_variable("PATH", &format!("{}:{path}", process.absolute("node_modules/.bin")));
    let Some(name) = command.first().cloned() else { return ExitCode::SUCCESS };
    if process.find_program(&name).is_err() {
        return mystery().run(process.clone()).await;
    }
    let words = command.join(" ");
    handle_signals(process, &[Signal::TERM, Signal::INT]);
    let Ok(child) = process.find_program(&name).and_then(|program| process.spawn(&program, command.into(), |_| {}))
    else {
        return ExitCode(127);
    };
    match process.wait_interruptibly(&child).await {
        Some(status) => ExitCode(status.code()),
        None => passed_on(process, &child, &words).await,
    }
}

/// A signal is passed on to the child alone, whose end is then an error (npm 11 as process 1: `npm error signal SIGTERM`, code 1).
async fn passed_on(process: &Process, child: &Process, words: &str) -> ExitCode {
    let signal = process.take_signal().unwrap_or(Signal::TERM);
    child.deliver(signal, Origin::Inside);
    process.wait(child).await;
    process.sleep(RESENT_SIGNAL).await;
    let folder = process.folder();
    let text = format!(
        "npm error path {folder}\nnpm error command failed\nnpm error signal SIG{}\nnpm error command {words}\n",
        signal.name().unwrap_or_default()
    );
    process.complain(text).await;
    ExitCode::FAILURE
}
