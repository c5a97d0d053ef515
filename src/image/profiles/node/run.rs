//! The program `node`: what the source says it does, or a guess.
//!
//! Sources of the texts: Node.js 20.20 itself, and logs of 22 and 24 for a module that is not there; of its own frames of the
//! stack only the first is shown, and the numbers of its lines, which differ from release to release, are those of one of each.

use super::source::{Route, Source};
use crate::image::declared::{Clues, stand_for, trace};
use crate::image::programs;
use crate::image::programs::serve::{Crowd, Handling, accept};
use crate::kernel::http::{Request, Response};
use crate::kernel::{Connection, ExitCode, Process};
use std::rc::Rc;
use std::time::Duration;

/// From the start to the first line of a source. Typical of a laptop; 40 ms for a script alone, some tenths with packages.
const LAUNCH: Duration = Duration::from_millis(120);

/// The exit code for options that are wrong (Node.js' documentation, "Exit codes": 9).
const USAGE: u8 = 9;

/// What is in front of the error that is thrown.
const THROW: &str = "throw ";

/// The program.
pub async fn node(process: Process) -> ExitCode {
    let words = process.args();
    if words.get(1).is_some_and(|word| matches!(&**word, "--version" | "-v")) {
        process.print(format!("v{}\n", version(&process))).await;
        return ExitCode::SUCCESS;
    }
    if let Some(code) = evaluated(&words) {
        process.sleep(LAUNCH).await;
        return run(&process, code, "[eval]").await;
    }
    if let Some(option) = words.get(1).filter(|word| matches!(&***word, "-p" | "--print" | "-pe" | "-i" | "--test")) {
        process.complain(format!("drydock: node {option} is not simulated\n")).await;
        return ExitCode(USAGE);
    }
    let is_file = |word: &&Rc<str>| !word.starts_with('-') && !matches!(&***word, "inspect");
    let Some(path) = words.iter().skip(1).find(is_file) else { return ExitCode::SUCCESS };
    process.sleep(LAUNCH).await;
    let Some(absolute) = file(&process, path) else {
        let absolute = process.absolute(path);
        if trace::is_above(&absolute, &|path| process.stat(path).is_ok()) {
            return stand_for(process.clone(), Clues::default()).await;
        }
        return cannot_find(&process, &absolute, None).await;
    };
    let source = process.read_file(&absolute).unwrap_or_default();
    run(&process, &String::from_utf8_lossy(&source), &absolute).await
}

/// What stands behind `-e` or `--eval` (its manual page).
fn evaluated(words: &[Rc<str>]) -> Option<&str> {
    let at = words.iter().position(|word| matches!(&**word, "-e" | "--eval"))?;
    words.get(at + 1).map(|word| &**word)
}

/// Runs a source; `absolute` is its file, or `[eval]`.
async fn run(process: &Process, text: &str, absolute: &str) -> ExitCode {
    let folder = process.folder();
    let folder =
        if absolute.starts_with('/') { absolute.rsplit_once('/').map_or("", |(folder, _)| folder) } else { &folder };
    let variable = |name: &str| process.variable(name).map(|value| value.to_string());
    let whole = Source::new(text, &variable);
    if let Some(name) = whole.packages().iter().find(|name| !is_installed(process, folder, name)) {
        let is_module = absolute.ends_with(".mjs") || text.lines().any(|line| line.starts_with("import "));
        if is_module && absolute.starts_with('/') {
            return cannot_import(process, name, absolute).await;
        }
        let required_by = if absolute.starts_with('/') {
            absolute
        } else {
            &format!("{}/[eval]", process.folder().trim_end_matches('/'))
        };
        return cannot_find(process, name, Some(required_by)).await;
    }
    let (text, end) = split_at_end(text);
    let source = Source::new(text, &variable);
    if !source.is_recognised() {
        let paths = source.routes().into_iter().filter_map(|route| route.path).collect();
        let listens = source.port().into_iter().collect();
        return stand_for(process.clone(), Clues { listens, paths }).await;
    }
    let (before, after) = source.says();
    for text in before {
        process.print(format!("{text}\n")).await;
    }
    match (end, source.port().filter(|_| source.serves())) {
        (Some(End::Exit(code)), _) => ExitCode(code),
        (Some(End::Throw { line, statement, text }), _) => {
            let at = " ".repeat(statement.len() - statement.trim_start().len());
            let (version, column) = (version(process), at.len() + THROW.len() + 1);
            let place = format!("{absolute}:{line}:{column}");
            let place = if absolute.starts_with('/') { format!("Object.<anonymous> ({place})") } else { place };
            process
                .complain(format!(
                    "{absolute}:{line}\n{statement}\n{at}^\n\nError: {text}\n    at {place}\n\nNode.js v{version}\n"
                ))
                .await;
            ExitCode::FAILURE
        }
        (None, Some(port)) => serve(process, port, &source, after).await,
        (None, None) => ExitCode::SUCCESS,
    }
}

/// A statement at the outermost level that ends the program.
enum End {
    /// `process.exit(CODE)`.
    Exit(u8),
    /// `throw new Error(TEXT)`, which nobody catches.
    Throw { line: usize, statement: String, text: String },
}

/// What of a source runs, and the statement that ends it: a line that begins with it, or one of the statements of a line.
fn split_at_end(source: &str) -> (&str, Option<End>) {
    let mut at = 0;
    for (number, line) in source.split_inclusive('\n').enumerate() {
        for statement in line.split_inclusive(';') {
            let plain = statement.trim().trim_end_matches(';');
            let is_outermost = !statement.starts_with(char::is_whitespace) || statement.as_ptr() != line.as_ptr();
            if let Some(end) = end(plain, line.trim_end(), number + 1).filter(|_| is_outermost) {
                return (&source[..at], Some(end));
            }
            at += statement.len();
        }
    }
    (source, None)
}

fn end(statement: &str, line: &str, number: usize) -> Option<End> {
    if let Some(rest) = statement.strip_prefix("process.exit(") {
        let code = rest.trim_end_matches(')').trim();
        return Some(End::Exit(if code.is_empty() { 0 } else { code.parse().ok()? }));
    }
    let rest = statement.strip_prefix("throw new Error(")?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let text = rest[1..].split(quote).next()?.to_string();
    Some(End::Throw { line: number, statement: line.to_string(), text })
}

/// The file that a path means, as `require` finds it: itself, with `.js`, or its `index.js`.
fn file(process: &Process, path: &str) -> Option<String> {
    let absolute = process.absolute(path);
    let candidates =
        [absolute.clone(), format!("{absolute}.js"), format!("{}/index.js", absolute.trim_end_matches('/'))];
    candidates.into_iter().find(|path| process.stat(path).is_ok_and(|stat| !stat.is_folder()))
}

fn version(process: &Process) -> String {
    process.variable("NODE_VERSION").map_or_else(String::new, |version| version.to_string())
}

/// What is said of a module that is not there; of the stack of Node.js itself the first line.
async fn cannot_find(process: &Process, name: &str, required_by: Option<&str>) -> ExitCode {
    let (stack, list) = match required_by {
        Some(path) => (format!("\nRequire stack:\n- {path}"), format!("[ '{path}' ]")),
        None => (String::new(), "[]".to_string()),
    };
    let version = version(process);
    let (line, frame) = if version.starts_with("20.") { (1210, "Module") } else { (1386, "Function") };
    let text = format!(
        "node:internal/modules/cjs/loader:{line}\n  throw err;\n  ^\n\nError: Cannot find module '{name}'{stack}\n    at {frame}._resolveFilename (node:internal/modules/cjs/loader:{}:15) {{\n  code: 'MODULE_NOT_FOUND',\n  requireStack: {list}\n}}\n\nNode.js v{version}\n",
        line - 3
    );
    process.complain(text).await;
    ExitCode::FAILURE
}

/// The same for a module that is imported.
async fn cannot_import(process: &Process, name: &str, path: &str) -> ExitCode {
    let version = version(process);
    let (place, frame) = match version.starts_with("20.") {
        true => ("esm/resolve:873", "packageResolve"),
        false => ("package_json_reader:314", "Object.getPackageJSONURL"),
    };
    let text = format!(
        "node:internal/modules/{place}\n  throw new ERR_MODULE_NOT_FOUND(packageName, fileURLToPath(base), null);\n        ^\n\nError [ERR_MODULE_NOT_FOUND]: Cannot find package '{name}' imported from {path}\n    at {frame} (node:internal/modules/{place}:9) {{\n  code: 'ERR_MODULE_NOT_FOUND'\n}}\n\nNode.js v{version}\n"
    );
    process.complain(text).await;
    ExitCode::FAILURE
}

/// Whether a `node_modules` at or above `folder` has a package.
fn is_installed(process: &Process, folder: &str, name: &str) -> bool {
    let depth = if name.starts_with('@') { 2 } else { 1 };
    let package = name.split('/').take(depth).collect::<Vec<_>>().join("/");
    let mut at = folder;
    loop {
        let modules = format!("{at}/node_modules");
        let is_there = |path: &str| process.stat(path).is_ok();
        if is_there(&format!("{modules}/{package}")) || is_there(&format!("{modules}/{}", trace::NAME)) {
            return true;
        }
        match at.rfind('/') {
            Some(cut) => at = &at[..cut],
            None => return false,
        }
    }
}

/// Serves what the source sends. As process 1, node does not end on SIGTERM unless the source handles it.
async fn serve(process: &Process, port: u16, source: &Source<'_>, after: Vec<String>) -> ExitCode {
    let handles_signal = source.handles("SIGTERM");
    if handles_signal {
        programs::serve::handle_signals(process, &[crate::kernel::Signal::TERM]);
    }
    let Ok(listener) = process.listen(port) else {
        let text = format!(
            "node:events:502\n      throw er; // Unhandled 'error' event\n      ^\n\nError: listen EADDRINUSE: address already in use :::{port}\n    at Server.setupListenHandle [as _listen2] (node:net:1908:16)\nEmitted 'error' event on Server instance at:\n    at emitErrorNT (node:net:1944:8) {{\n  code: 'EADDRINUSE',\n  errno: -98,\n  syscall: 'listen',\n  address: '::',\n  port: {port}\n}}\n"
        );
        process.complain(format!("{text}\nNode.js v{}\n", version(process))).await;
        return ExitCode::FAILURE;
    };
    for text in after {
        process.print(format!("{text}\n")).await;
    }
    let routes = Rc::new(source.routes());
    let handler = |_: u16, connection: Connection| -> Handling {
        let routes = routes.clone();
        Box::pin(async move {
            if let Some(request) = Request::receive(&connection).await {
                answer(&routes, &request).send(&connection, &request).await;
            }
        })
    };
    let mut crowd = Crowd::default();
    let listeners = [&listener];
    let accepting = accept(&listeners, &mut crowd, &handler);
    match crate::kernel::select::select(process.signal_arrived(), accepting).await {
        crate::kernel::select::Either::Left(()) => ExitCode::SUCCESS,
        crate::kernel::select::Either::Right(never) => match never {},
    }
}

/// The route's answer; Express's page for a path that has none.
fn answer(routes: &[Route], request: &Request) -> Response {
    let path = request.plain_path();
    let route = routes.iter().find(|route| route.path.as_deref().is_none_or(|known| known == path || known == "*"));
    match route.and_then(|route| route.body.as_ref()) {
        Some(body) => Response::html(200, body.as_bytes()),
        None => Response::html(
            404,
            format!(
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>Cannot {} {path}</pre>\n</body>\n</html>\n",
                request.method
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_program_is_found_at_the_outermost_level() {
        let (text, end) = split_at_end("console.log('a'); process.exit(3); console.log('b')");
        assert!(matches!(end, Some(End::Exit(3))) && text == "console.log('a');");
        let (text, end) = split_at_end("a();\nthrow new Error('no');\n");
        assert!(matches!(end, Some(End::Throw { line: 2, ref text, .. }) if text == "no") && text == "a();\n");
        assert!(split_at_end("function f() {\n  process.exit(1);\n}\n").1.is_none());
    }
}
