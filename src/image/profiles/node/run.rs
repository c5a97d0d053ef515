//! The program `node`: what the source says it does, or a guess.

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

/// The program.
pub async fn node(process: Process) -> ExitCode {
    let words = process.args();
    if words.get(1).is_some_and(|word| matches!(&**word, "--version" | "-v")) {
        process.print(format!("v{}\n", version(&process))).await;
        return ExitCode::SUCCESS;
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
    let source = String::from_utf8_lossy(&source).into_owned();
    let folder = absolute.rsplit_once('/').map_or("", |(folder, _)| folder);
    let variable = |name: &str| process.variable(name).map(|value| value.to_string());
    let source = Source::new(&source, &variable);
    if let Some(name) = source.packages().iter().find(|name| !is_installed(&process, folder, name)) {
        return cannot_find(&process, name, Some(&absolute)).await;
    }
    if !source.is_recognised() {
        let paths = source.routes().into_iter().filter_map(|route| route.path).collect();
        let listens = source.port().into_iter().collect();
        return stand_for(process.clone(), Clues { listens, paths }).await;
    }
    let (before, after) = source.says();
    for text in before {
        process.print(format!("{text}\n")).await;
    }
    match source.port().filter(|_| source.serves()) {
        Some(port) => serve(&process, port, &source, after).await,
        None => ExitCode::SUCCESS,
    }
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

async fn cannot_find(process: &Process, name: &str, required_by: Option<&str>) -> ExitCode {
    let (stack, list) = match required_by {
        Some(path) => (format!("\nRequire stack:\n- {path}"), format!("[ '{path}' ]")),
        None => (String::new(), "[]".to_string()),
    };
    let version = version(process);
    let text = format!(
        "node:internal/modules/cjs/loader:1386\n  throw err;\n  ^\n\nError: Cannot find module '{name}'{stack}\n  code: 'MODULE_NOT_FOUND',\n  requireStack: {list}\n\nNode.js v{version}\n"
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
        let text = format!("Error: listen EADDRINUSE: address already in use :::{port}\n");
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
    match crate::kernel::sync::select(process.signal_arrived(), accepting).await {
        crate::kernel::sync::Either::Left(()) => ExitCode::SUCCESS,
        crate::kernel::sync::Either::Right(never) => match never {},
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
