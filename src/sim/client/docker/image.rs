//! `docker images`, `pull`, `build`, `rmi`. Must not know what images do when they run.

use super::Invocation;
use super::volume::pairs;
use crate::sim::client::compose::images::tagged;
use crate::sim::client::table::{self, age};
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::engine::{BuildRequest, OutputSink};
use std::rc::Rc;

/// `docker images`. How large an image is, the simulation does not know.
pub fn list(invocation: &Invocation) -> Done {
    let arguments = &invocation.arguments;
    let wanted = arguments.positional.first();
    let mut rows = vec![["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"].map(str::to_owned).to_vec()];
    for image in invocation.context.engine.list_images() {
        let id = image.id.trim_start_matches("sha256:").chars().take(12).collect::<String>();
        let created = image
            .created_at
            .map_or_else(|| "N/A".to_owned(), |at| format!("{} ago", age(invocation.process.now().since(at))));
        for tag in image.tags.iter().map(|tag| tagged(tag)) {
            let (repository, tag) = tag.rsplit_once(':').unwrap_or((&tag, "<none>"));
            if wanted.is_none_or(|wanted| tagged(wanted) == format!("{repository}:{tag}") || wanted == repository) {
                rows.push([repository, tag, &id, &created, "N/A"].map(str::to_owned).to_vec());
            }
        }
    }
    match arguments.on("quiet") {
        true => rows.iter().skip(1).for_each(|row| invocation.out(&row[2])),
        false => invocation.context.terminal.out(&table::table(table::DOCKER, &rows)),
    }
    Ok(())
}

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
    let mut failures = Vec::new();
    for reference in &invocation.arguments.positional {
        let (engine, cause, wanted) = (context.engine.clone(), context.asked(), reference.clone());
        match context.ask(async move { engine.remove_image(&wanted, cause).await }).await? {
            Ok(()) => invocation.out(&format!("Untagged: {}", tagged(reference))),
            Err(error) => failures.push(error.to_string()),
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(Failure::new(failures.join("\n"))) }
}
