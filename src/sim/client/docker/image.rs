//! `docker pull`, `build`, `tag`, `rmi`. Must not know what images do when they run.

use super::Invocation;
use super::volume::pairs;
use crate::image::Reference;
use crate::sim::client::compose::images::tagged;
use crate::sim::client::table::quote;
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::engine::{BuildRequest, ErrorKind, ImageRemoval, OutputSink};
use std::rc::Rc;

/// `docker pull`.
pub async fn pull(invocation: &Invocation) -> Done {
    let context = &invocation.context;
    let reference = tagged(&invocation.arguments.positional[0]);
    if reference != invocation.arguments.positional[0] && !invocation.arguments.on("quiet") {
        invocation.out("Using default tag: latest");
    }
    let (engine, cause, wanted) = (context.engine.clone(), context.asked(), reference.clone());
    context.request(async move { engine.pull_image(&wanted, cause).await }).await?;
    if !invocation.arguments.on("quiet") {
        invocation.out(&format!("Status: Downloaded newer image for {reference}"));
    }
    let library = if reference.contains('/') { "docker.io/" } else { "docker.io/library/" };
    invocation.out(&format!("{library}{reference}"));
    Ok(())
}

/// `docker build`, with the classic builder.
pub async fn build(invocation: &Invocation) -> Done {
    let (context, arguments) = (&invocation.context, &invocation.arguments);
    let folder = invocation.process.absolute(&arguments.positional[0]);
    let file = arguments.text("file").map(|file| invocation.process.absolute(file));
    let relative = file.map(|file| file.strip_prefix(&format!("{folder}/")).map_or(file.clone(), str::to_owned));
    let request = BuildRequest {
        tag: arguments.text("tag").unwrap_or_default().to_owned(),
        context: folder,
        dockerfile: relative.unwrap_or_default(),
        dockerfile_inline: None,
        arguments: pairs(arguments.texts("build-arg")),
        target: arguments.text("target").map(str::to_owned),
        labels: pairs(arguments.texts("label")),
    };
    let (terminal, quiet) = (context.terminal.clone(), arguments.on("quiet"));
    let output: OutputSink = Rc::new(move |stream, bytes| {
        if !quiet {
            terminal.bytes(stream, bytes);
        }
    });
    let (engine, cause) = (context.engine.clone(), context.asked());
    match context.ask(async move { engine.build_image(request, output, cause).await }).await? {
        Ok(image) if quiet => {
            invocation.out(&image.id);
            Ok(())
        }
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::new(error.message)),
    }
}

/// `docker rmi`.
pub async fn remove(invocation: &Invocation) -> Done {
    let context = &invocation.context;
    let (mut failures, force) = (Vec::new(), invocation.arguments.on("force"));
    for reference in &invocation.arguments.positional {
        let (engine, cause, wanted) = (context.engine.clone(), context.asked(), reference.clone());
        match context.ask(async move { engine.remove_image(&wanted, force, cause).await }).await? {
            Ok(removed) => removed.iter().for_each(|removal| match removal {
                ImageRemoval::Untagged(reference) => invocation.out(&format!("Untagged: {reference}")),
                ImageRemoval::Deleted(id) => invocation.out(&format!("Deleted: {id}")),
            }),
            Err(error) if force && error.kind == ErrorKind::NotFound => {
                context.terminal.error(&format!("{error}\n"));
            }
            Err(error) => failures.push(error.to_string()),
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(Failure::new(failures.join("\n"))) }
}

/// `docker tag`.
pub async fn tag(invocation: &Invocation) -> Done {
    let [source, target] = &invocation.arguments.positional[..] else { return Ok(()) };
    Reference::parse(target).map_err(|problem| {
        let problem = problem.trim_start_matches("invalid reference format: ");
        Failure::new(format!(
            "Error parsing reference: {} is not a valid repository/tag: invalid reference format: {problem}",
            quote(target)
        ))
    })?;
    let (engine, source, target) = (invocation.context.engine.clone(), source.clone(), target.clone());
    invocation.context.request(async move { engine.tag_image(&source, &target).await }).await
}
