//! Named volumes of a project: made by `up`, removed by `down -v` (U10-U12, S1-S3); and `docker compose volumes`. Must not
//! know who mounts them.

use super::super::arguments::Arguments;
use super::super::context::Context;
use super::super::docker::list;
use super::super::table::{self, quote};
use super::super::template;
use super::super::terminal::{Done, Failure};
use super::containers::{self, OneOff, Reach};
use super::host::Compose;
use super::{hash, labels, stop};
use crate::compose::model::{Project, Volume};
use crate::sim::engine::{ContainerView, ErrorKind, Grace, RemoveOptions, VolumeSpecification, VolumeView};
use crate::sim::log::{Cause, DataPlace, Rule};
use serde_json::json;

/// Makes the volumes that are missing, one after the other.
pub async fn ensure_all(context: &Context, compose: &Compose, project: &Project, yes: bool) -> Done {
    for volume in project.volumes.values() {
        ensure(context, compose, project, volume, yes).await?;
    }
    Ok(())
}

async fn ensure(context: &Context, compose: &Compose, project: &Project, volume: &Volume, yes: bool) -> Done {
    let found = context.engine.inspect_volume(&volume.name);
    match found {
        Err(_) if volume.external => Err(Failure::new(format!("external volume {} not found", quote(&volume.name)))),
        Err(_) => create(context, project, volume, Rule::Missing).await,
        Ok(_) if volume.external => Ok(()),
        Ok(found) => check(context, compose, project, volume, &found, yes).await,
    }
}

async fn create(context: &Context, project: &Project, volume: &Volume, rule: Rule) -> Done {
    let resource = format!("Volume {}", volume.name);
    context.progress.event(&resource, "Creating");
    let mut all_labels = volume.labels.clone();
    let own = [
        (labels::VOLUME, volume.key.value.clone()),
        (labels::PROJECT, project.name.clone()),
        (labels::VERSION, labels::COMPOSE_VERSION.to_owned()),
        (labels::CONFIG_HASH, hash_of(volume)),
    ];
    all_labels.extend(own.map(|(name, value)| (name.to_owned(), value)));
    let specification = VolumeSpecification {
        name: volume.name.clone(),
        driver: volume.driver.clone().unwrap_or_default(),
        options: volume.driver_opts.clone(),
        labels: all_labels,
    };
    if let Err(failure) = context.create_volume(specification, context.because(rule, Some(volume.key.span))).await {
        context.progress.event(&resource, "Error");
        return Err(failure);
    }
    context.progress.event(&resource, "Created");
    Ok(())
}

fn hash_of(volume: &Volume) -> String {
    hash::of_value(&json!({
        "name": volume.name,
        "driver": volume.driver.as_deref().unwrap_or("local"),
        "driver_opts": volume.driver_opts,
        "labels": volume.labels,
    }))
}

/// An existing volume: somebody else's, as wanted, or different (U10, U12).
async fn check(
    context: &Context,
    compose: &Compose,
    project: &Project,
    volume: &Volume,
    found: &VolumeView,
    yes: bool,
) -> Done {
    let name = quote(&volume.name);
    match found.labels.get(labels::PROJECT) {
        None => context.terminal.warn(&format!(
            "volume {name} already exists but was not created by Docker Compose. Use `external: true` to use an existing volume"
        )),
        Some(owner) if *owner != project.name => context.terminal.warn(&format!(
            "volume {name} already exists but was created for project {} (expected {}). Use `external: true` to use an \
             existing volume",
            quote(owner),
            quote(&project.name)
        )),
        Some(_) => {}
    }
    let same = found.labels.get(labels::CONFIG_HASH).is_none_or(|hash| *hash == hash_of(volume));
    let question =
        format!("Volume {name} exists but doesn't match configuration in compose file. Recreate (data will be lost)?");
    if same || !(yes || compose.confirms(context, &question).await) {
        return Ok(());
    }
    replace(context, project, volume).await
}

/// Removes the containers that use it, and the volume, and makes it anew (U12).
async fn replace(context: &Context, project: &Project, volume: &Volume) -> Done {
    let users: Vec<String> = project
        .services
        .iter()
        .filter(|(_, service)| service.volumes.iter().any(|mount| mount.source.as_ref() == Some(&volume.key.value)))
        .map(|(name, _)| name.clone())
        .collect();
    stop::stop_services(context, project, &users, Grace::Configured).await?;
    let all = containers::of_project(context, &project.name, OneOff::Exclude, Reach::All).await;
    let cause = context.because(Rule::Diverged, Some(volume.key.span));
    for container in all.iter().filter(|container| users.iter().any(|user| user == containers::service(container))) {
        stop::remove_container(context, container, RemoveOptions { force: true, volumes: false }, cause).await?;
    }
    context.remove_volume(&volume.name, cause).await??;
    create(context, project, volume, Rule::Diverged).await
}

/// Removes one volume, unless a container uses it (S3).
pub async fn remove(context: &Context, name: &str, cause: Cause) -> Done {
    if context.engine.inspect_volume(name).is_err() {
        return Ok(());
    }
    let resource = format!("Volume {name}");
    context.progress.event(&resource, "Removing");
    let status = match context.remove_volume(name, cause).await? {
        Ok(()) => "Removed",
        Err(error) if error.kind == ErrorKind::Conflict => "Resource is still in use",
        Err(error) if error.kind == ErrorKind::NotFound => "Warning: No resource found to remove",
        Err(error) => return Err(error.into()),
    };
    context.progress.event(&resource, status);
    Ok(())
}

/// `docker compose volumes`: the volumes with the project's label; of named services, those that their running containers use.
pub async fn run(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let named = &arguments.positional;
    let (_, name) = compose.project_or_name(context, named)?;
    let running = containers::of_project(context, &name, OneOff::Include, Reach::Running).await;
    let mut volumes = context.engine.list_volumes();
    volumes.retain(|volume| {
        let ours = volume.labels.get(labels::PROJECT).is_some_and(|project| *project == name);
        let uses = |container: &ContainerView| {
            named.iter().any(|name| name == containers::service(container)) && mounts(container, &volume.name)
        };
        ours && (named.is_empty() || running.iter().any(uses))
    });
    let text = match (arguments.on("quiet"), arguments.text("format").unwrap_or("table")) {
        (true, _) => volumes.iter().map(|volume| format!("{}\n", volume.name)).collect(),
        (false, "table" | "") => {
            let mut rows = vec![vec!["DRIVER".to_owned(), "VOLUME NAME".to_owned()]];
            rows.extend(volumes.iter().map(|volume| vec![list::driver(volume).to_owned(), volume.name.to_string()]));
            table::table(table::DOCKER, &rows)
        }
        (false, "json") => volumes.iter().map(|volume| format!("{}\n", list::describe_volume(volume))).collect(),
        (false, format) => {
            let values: Vec<serde_json::Value> = volumes.iter().map(list::describe_volume).collect();
            template::listing(format, &list::VOLUMES, &values).map_err(Failure::new)?
        }
    };
    context.terminal.out(&text);
    Ok(())
}

fn mounts(container: &ContainerView, volume: &str) -> bool {
    container.mounts.iter().any(|mount| matches!(&mount.place, DataPlace::Volume(name) if **name == *volume))
}
