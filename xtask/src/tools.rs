//! The tools the chores need, each installed when it is missing or of another version than the project wants.

use crate::command::{Outcome, command, output_of, root, run, run_command, say, target};
use std::fs;
use std::path::{Path, PathBuf};

const TRUNK: &str = "0.21.14";
const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// Where a Chromium is usually found.
const CHROMIUM_NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// Everything that building the page needs.
pub fn for_page() -> Outcome {
    node()?;
    wasm_target()?;
    npm_packages()?;
    cargo_tool("trunk", TRUNK, "trunk", &["--no-default-features"])?;
    cargo_tool("wasm-bindgen-cli", &locked_version("wasm-bindgen")?, "wasm-bindgen", &[])?;
    crates()
}

/// Rust's standard library for the browser.
pub fn wasm_target() -> Outcome {
    let there = output_of("rustc", &["--print", "target-libdir", "--target", WASM_TARGET]);
    if there.is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    if output_of("rustup", &["--version"]).is_none() {
        return Err("rustup is missing: install it from rustup.rs, then start again".into());
    }
    say("adding Rust's target wasm32-unknown-unknown (rustup)");
    run("rustup", &["target", "add", WASM_TARGET])
}

fn node() -> Outcome {
    match output_of("node", &["--version"]).zip(output_of("npm", &["--version"])) {
        Some(_) => Ok(()),
        None => Err("Node.js (with npm) is missing: install version 20 or newer, then start again".into()),
    }
}

/// The npm packages of package-lock.json, in node_modules/.
pub fn npm_packages() -> Outcome {
    node()?;
    let wanted =
        fs::read(root().join("package-lock.json")).map_err(|problem| format!("package-lock.json: {problem}"))?;
    let stamp = target().join("tools/installed-package-lock.json");
    let installed = root().join("node_modules/.package-lock.json").is_file();
    if installed && fs::read(&stamp).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    say("installing the npm packages of package-lock.json into node_modules/");
    run("npm", &["ci", "--no-audit", "--no-fund"])?;
    write(&stamp, &wanted)
}

/// The crates of Cargo.lock, so that later steps need no network.
fn crates() -> Outcome {
    let wanted = fs::read(root().join("Cargo.lock")).map_err(|problem| format!("Cargo.lock: {problem}"))?;
    let stamp = target().join("tools/fetched-Cargo.lock");
    if fs::read(&stamp).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    say("fetching the crates of Cargo.lock");
    run("cargo", &["fetch", "--locked"])?;
    write(&stamp, &wanted)
}

/// A tool's own release profile is made for its users; here it runs for seconds, and is built on every fresh machine.
const BUILT_QUICKLY: [(&str, &str); 3] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
];

/// A program of a published package, in target/tools/bin, built there unless this version of it is there already.
fn cargo_tool(package: &str, version: &str, binary: &str, options: &[&str]) -> Outcome {
    let own = target().join("tools/bin").join(binary);
    let there = own.is_file().then(|| output_of(binary, &["--version"])).flatten();
    if there.is_some_and(|text| text.split_whitespace().any(|word| word == version)) {
        return Ok(());
    }
    say(&format!("building {package} {version} into target/tools/ (once; takes minutes)"));
    let folder = target().join("tools");
    let build = folder.join("build");
    let mut install = command("cargo", &["install", "--quiet", "--locked", "--force"]);
    install.args(options).args(["--version", version, package, "--bin", binary]);
    install.arg("--root").arg(&folder).arg("--target-dir").arg(&build).envs(BUILT_QUICKLY);
    run_command(install)?;
    fs::remove_dir_all(&build).map_err(|problem| format!("{}: {problem}", build.display()))
}

/// The version of a crate in Cargo.lock.
fn locked_version(name: &str) -> Outcome<String> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).map_err(|problem| format!("Cargo.lock: {problem}"))?;
    let entry = format!("name = \"{name}\"\nversion = \"");
    let rest = lock.split_once(&entry).map(|(_, rest)| rest).ok_or(format!("Cargo.lock has no {name}"))?;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

/// A Chromium for the browser tests: the machine's own, else Debian's package, else Playwright's.
pub fn chromium() -> Outcome<PathBuf> {
    if let Some(found) = installed_chromium() {
        return Ok(found);
    }
    if Path::new("/etc/debian_version").exists() && output_of("id", &["-u"]).as_deref() == Some("0") {
        say("installing Debian's package chromium, for the browser tests");
        run("apt-get", &["update", "-qq"])?;
        let mut install = command("apt-get", &["install", "-y", "-qq", "chromium"]);
        install.env("DEBIAN_FRONTEND", "noninteractive").stdout(std::process::Stdio::null());
        run_command(install)?;
        return installed_chromium().ok_or("Debian's chromium was installed but does not start".into());
    }
    say("installing Playwright's Chromium under target/tools/, for the browser tests");
    let browsers = target().join("tools/browsers");
    let mut install = command("npx", &["playwright-core", "install", "chromium"]);
    install.env("PLAYWRIGHT_BROWSERS_PATH", &browsers);
    run_command(install)?;
    playwright_chromium().ok_or("no Chromium: install one, then start again".into())
}

fn installed_chromium() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&folders).flat_map(|folder| CHROMIUM_NAMES.map(|name| folder.join(name)));
    let mut starting = on_path.filter(|path| path.is_file() && starts(path));
    starting.next().or_else(playwright_chromium)
}

fn starts(browser: &Path) -> bool {
    output_of(&browser.to_string_lossy(), &["--version"]).is_some()
}

fn playwright_chromium() -> Option<PathBuf> {
    let browsers = target().join("tools/browsers").to_string_lossy().into_owned();
    let script = "const p=require('playwright-core').chromium.executablePath();\
                  if(!require('fs').existsSync(p))process.exit(1);console.log(p)";
    let mut ask = command("node", &["-e", script]);
    let output = ask.env("PLAYWRIGHT_BROWSERS_PATH", browsers).output().ok()?;
    output.status.success().then(|| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

fn write(path: &Path, bytes: &[u8]) -> Outcome {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, bytes))
        .map_err(|problem| format!("{}: {problem}", path.display()))
}
