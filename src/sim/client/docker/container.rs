//! `docker diff`, `commit`, `update`, `start`, `stop`, `restart`, `kill`, `rm`, `pause`, `unpause`, `wait`, `rename`, `port`, `logs`, `exec`. Must not know
//! Compose.

use super::Invocation;
use crate::image::Reference;
use crate::kernel::files::Difference;
use crate::kernel::pipe::pipe;
use crate::sim::client::compose::{logs as compose_logs, run, stop};
use crate::sim::client::context::Context;
use crate::sim::client::input;
use crate::sim::client::moment::Window;
use crate::sim::client::status::bracketed;
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::engine::{ErrorKind, LogEntry, OutputSink, RemoveOptions, RestartConfig, Streams};
use crate::sim::log::{ContainerId, Stream};
use std::rc::Rc;

/// Does one thing to each of the containers named; the name is printed for each that succeeds.
pub async fn each(invocation: &Invocation, action: &str) -> Done {
    let (context, arguments) = (&invocation.context, &invocation.arguments);
    let (mut failures, mut failed) = (Vec::new(), Vec::new());
    for name in &arguments.positional {
        let done = match context.engine.find_container(name) {
            Ok(container) => one(invocation, action, container).await,
            Err(error) => Err(error.into()),
        };
        match done {
            Ok(None) => invocation.out(name),
            Ok(Some(line)) => invocation.out(&line),
            // `rm -f` says that there is no such container, and is content.
            Err(failure)
                if action == "rm" && arguments.on("force") && failure.message().contains("No such container") =>
            {
                context.terminal.error(&format!("{}\n", failure.message()));
            }
            Err(failure) => {
                failures.push(failure.message().to_owned());
                failed.push(name.as_str());
            }
        }
    }
    if failures.is_empty() {
        return Ok(());
    }
    if action == "start" {
        failures.push(format!("Error: failed to start containers: {}", failed.join(", ")));
    }
    Err(Failure::new(failures.join("\n")))
}

async fn one(invocation: &Invocation, action: &str, container: ContainerId) -> Done<Option<String>> {
    let (context, arguments) = (&invocation.context, &invocation.arguments);
    let (cause, grace) = (context.asked(), stop::grace(arguments));
    match action {
        "start" => context.start(container, cause).await?,
        "stop" => context.stop(container, grace, cause).await??,
        "restart" => context.restart(container, grace, cause).await?,
        "kill" => context.kill(container, arguments.text("signal").unwrap_or("SIGKILL"), cause).await?,
        "pause" => context.pause(container, cause).await?,
        "unpause" => context.unpause(container, cause).await?,
        "wait" => return Ok(Some(context.wait(container).await?.to_string())),
        _ => {
            let options = RemoveOptions { force: arguments.on("force"), volumes: arguments.on("volumes") };
            context.remove(container, options, cause).await??;
        }
    }
    Ok(None)
}

/// `docker diff`: what the writable layer has that the image has not.
pub fn diff(invocation: &Invocation) -> Done {
    let engine = &invocation.context.engine;
    let container = engine.find_container(&invocation.arguments.positional[0])?;
    for (difference, path) in engine.container_changes(container)? {
        let letter = match difference {
            Difference::Added => 'A',
            Difference::Changed => 'C',
            Difference::Removed => 'D',
        };
        invocation.out(&format!("{letter} {path}"));
    }
    Ok(())
}

/// `docker commit`: an image made of a container.
pub async fn commit(invocation: &Invocation) -> Done {
    let (engine, arguments) = (invocation.context.engine.clone(), &invocation.arguments.positional);
    let container = engine.find_container(&arguments[0])?;
    let reference = arguments.get(1).cloned().unwrap_or_default();
    if !reference.is_empty() {
        Reference::parse(&reference).map_err(Failure::new)?;
    }
    let id = invocation.context.request(async move { engine.commit_container(container, &reference).await }).await?;
    invocation.out(&id);
    Ok(())
}

/// `docker update`: another restart policy.
pub fn update(invocation: &Invocation) -> Done {
    let (engine, arguments) = (&invocation.context.engine, &invocation.arguments);
    let Some(policy) = arguments.text("restart") else {
        return Err(Failure::new("you must provide one or more flags when using this command"));
    };
    let restart = restart_policy(policy)?;
    let mut failures = Vec::new();
    for name in &arguments.positional {
        let updated = engine.find_container(name).and_then(|found| engine.update_restart(found, restart.clone()));
        match updated {
            Ok(()) => invocation.out(name),
            Err(error) => failures.push(error.to_string()),
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(Failure::new(failures.join("\n"))) }
}

/// A restart policy as `--restart` writes it: `on-failure:3`.
pub fn restart_policy(policy: &str) -> Done<RestartConfig> {
    let invalid = |problem: &str| Failure::new(format!("invalid restart policy format: {problem}"));
    let (name, count) = match policy.split_once(':') {
        Some(("", _)) => return Err(invalid("no policy provided before colon")),
        Some((name, count)) if !count.is_empty() => (name, count),
        _ => (policy.trim_end_matches(':'), "0"),
    };
    let maximum_retries = count.parse().map_err(|_| invalid("maximum retry count must be an integer"))?;
    Ok(RestartConfig { name: name.to_owned(), maximum_retries })
}

/// `docker rename`.
pub async fn rename(invocation: &Invocation) -> Done {
    let context = &invocation.context;
    let [old, new] = &invocation.arguments.positional[..] else { return Ok(()) };
    let renamed = match context.engine.find_container(old) {
        Ok(container) => context.rename(container, new, context.asked()).await,
        Err(error) => Err(error.into()),
    };
    renamed.map_err(|failure| {
        Failure::new(format!("{}\nError: failed to rename container named {old}", failure.message()))
    })
}

/// `docker port`.
pub fn port(invocation: &Invocation) -> Done {
    let (engine, arguments) = (&invocation.context.engine, &invocation.arguments.positional);
    let container = engine.inspect_container(engine.find_container(&arguments[0])?)?;
    let wanted = arguments.get(1).map(|port| if port.contains('/') { port.clone() } else { format!("{port}/tcp") });
    let mut found = false;
    for port in &container.ports {
        let name = format!("{}/{}", port.container, port.protocol);
        let Some((address, public)) = &port.host else { continue };
        match &wanted {
            None => invocation.out(&format!("{name} -> {}:{public}", bracketed(address))),
            Some(wanted) if *wanted == name => {
                found = true;
                invocation.out(&format!("{}:{public}", bracketed(address)));
            }
            Some(_) => {}
        }
    }
    match wanted {
        Some(wanted) if !found => {
            let asked = arguments.get(1).map_or(wanted.as_str(), String::as_str);
            Err(Failure::new(format!("Error: No public port '{asked}' published for {}", arguments[0])))
        }
        _ => Ok(()),
    }
}

/// `docker logs`: each stream on its own.
pub async fn logs(invocation: &Invocation) -> Done {
    let (context, arguments) = (&invocation.context, &invocation.arguments);
    let container = context.engine.find_container(&arguments.positional[0])?;
    let clock = invocation.clock();
    let stamps = arguments.on("timestamps");
    let show = |entry: &LogEntry| {
        let stamp = if stamps { format!("{} ", clock.stamp(entry.at)) } else { String::new() };
        // A log driver without options has no details to tell, but their place is there.
        let stamp = if arguments.on("details") { stamp + " " } else { stamp };
        context.terminal.bytes(entry.stream, format!("{stamp}{}\n", entry.text).as_bytes());
    };
    let tail = compose_logs::tail(arguments);
    let window = Window::of(arguments, clock, context.tasks.now())?;
    let entries = compose_logs::within(context.engine.logs(container)?, &window, clock);
    compose_logs::last(&entries, tail).iter().for_each(show);
    if !arguments.on("follow") {
        return Ok(());
    }
    let terminal = context.terminal.clone();
    let output: OutputSink = Rc::new(move |stream, bytes| terminal.bytes(stream, bytes));
    let _attachment = context.engine.attach(container, output)?;
    let ended = async { context.wait(container).await.map(drop) };
    compose_logs::until(context, &window, clock, ended).await
}

/// `docker exec`.
pub async fn exec(invocation: &Invocation) -> Done {
    let (context, arguments) = (&invocation.context, &invocation.arguments);
    let container = context.engine.find_container(&arguments.positional[0])?;
    let variables = invocation.process.environment();
    let variables = variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let exec = run::exec_config(&arguments.positional[1..], arguments, &variables);
    if arguments.on("detach") {
        return detached(context, container, exec);
    }
    let terminal = context.terminal.clone();
    let output: OutputSink = Rc::new(move |stream: Stream, bytes: &[u8]| terminal.bytes(stream, bytes));
    let (engine, cause) = (context.engine.clone(), context.asked());
    let (reader, writer) = pipe();
    let _copying = arguments.on("interactive").then(|| input::copy(context, &invocation.process, writer));
    let streams = Streams { input: Some(reader), output };
    match context.ask(async move { engine.exec(container, exec, streams, cause).await }).await? {
        Ok(0) => Ok(()),
        Ok(code) => Err(Failure::code(code)),
        Err(error) if error.kind == ErrorKind::NotFound => Err(error.into()),
        Err(error) => Err(Failure::new(error.to_string())),
    }
}

fn detached(context: &Context, container: ContainerId, exec: crate::sim::engine::ExecConfig) -> Done {
    let (engine, cause) = (context.engine.clone(), context.asked());
    let silent: OutputSink = Rc::new(|_, _| {});
    drop(context.tasks.spawn(async move { engine.exec(container, exec, Streams::output(silent), cause).await }));
    Ok(())
}
