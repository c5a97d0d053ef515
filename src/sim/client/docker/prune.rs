//! `docker … prune`: what nobody uses, removed, and how much that frees (S74). Must not know how the engine finds it.

use super::Invocation;
use crate::sim::client::moment;
use crate::sim::client::table;
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::engine::{ImageRemoval, LabelTest, PruneFilter};

/// A kind of things that are pruned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Containers,
    Networks,
    Volumes,
    Images,
    BuildCache,
}

impl Kind {
    /// The heading over what is gone.
    fn title(self) -> &'static str {
        match self {
            Self::Containers => "Containers",
            Self::Networks => "Networks",
            Self::Volumes => "Volumes",
            Self::Images => "Images",
            Self::BuildCache => "build cache objects",
        }
    }

    /// The filters that the engine has for it.
    fn filters(self) -> &'static [&'static str] {
        match self {
            Self::Volumes => &["label", "label!", "all"],
            Self::Images => &["dangling", "label", "label!", "until"],
            _ => &["label", "label!", "until"],
        }
    }
}

/// What goes, and with which of its kind.
struct Wish {
    kinds: Vec<Kind>,
    /// Also images with names, and volumes with names.
    all: bool,
    filter: PruneFilter,
}

/// `docker container prune` and its like, and `docker system prune`.
pub async fn run(invocation: &Invocation, path: &str) -> Done {
    let arguments = &invocation.arguments;
    let wish =
        Wish { kinds: kinds(invocation, path), all: takes_all(invocation, path)?, filter: PruneFilter::default() };
    if path == "system prune" && arguments.on("volumes") && filters(invocation).any(|(key, _)| key == "until") {
        return Err(Failure::new("ERROR: The \"until\" filter is not supported with \"--volumes\""));
    }
    if !arguments.on("force") && !invocation.confirms(&question(invocation, path, &wish)).await {
        return Ok(());
    }
    let wish = Wish { filter: filter(invocation, &wish.kinds)?, ..wish };
    let mut freed = Some(0);
    for kind in &wish.kinds {
        let (names, bytes) = prune(invocation, *kind, &wish).await?;
        freed = freed.zip(bytes).map(|(sum, bytes)| sum + bytes);
        if !names.is_empty() {
            let lines: Vec<String> = names.iter().map(|name| format!("{name}\n")).collect();
            invocation.out(&format!("Deleted {}:\n{}", kind.title(), lines.concat()));
        }
    }
    if path != "network prune" {
        // How large an image of the catalogue is, the simulation does not know.
        invocation
            .out(&format!("Total reclaimed space: {}", freed.map_or_else(|| "N/A".to_owned(), table::human_size)));
    }
    Ok(())
}

fn kinds(invocation: &Invocation, path: &str) -> Vec<Kind> {
    match path {
        "container prune" => vec![Kind::Containers],
        "network prune" => vec![Kind::Networks],
        "volume prune" => vec![Kind::Volumes],
        "image prune" => vec![Kind::Images],
        "builder prune" => vec![Kind::BuildCache],
        _ if invocation.arguments.on("volumes") => {
            vec![Kind::Containers, Kind::Networks, Kind::Volumes, Kind::Images, Kind::BuildCache]
        }
        _ => vec![Kind::Containers, Kind::Networks, Kind::Images, Kind::BuildCache],
    }
}

fn filters(invocation: &Invocation) -> impl Iterator<Item = (&str, &str)> {
    invocation.arguments.texts("filter").iter().filter_map(|filter| filter.split_once('='))
}

/// `--all`, or the filter that says the same.
fn takes_all(invocation: &Invocation, path: &str) -> Done<bool> {
    let all = invocation.arguments.on("all");
    let yes = |wanted: &str| {
        filters(invocation).find(|(key, _)| *key == wanted).map(|(_, value)| matches!(value, "1" | "true"))
    };
    match path {
        "volume prune" if all && yes("all").is_some() => {
            Err(Failure::new("conflicting options: cannot specify both --all and --filter all=1"))
        }
        "volume prune" => Ok(all || yes("all") == Some(true)),
        "image prune" => Ok(all || yes("dangling") == Some(false)),
        _ => Ok(all),
    }
}

/// What is asked before anything goes.
fn question(invocation: &Invocation, path: &str, wish: &Wish) -> String {
    let all = invocation.arguments.on("all");
    let warning = match (path, all) {
        ("container prune", _) => "WARNING! This will remove all stopped containers.\n".to_owned(),
        ("network prune", _) => {
            "WARNING! This will remove all custom networks not used by at least one container.\n".to_owned()
        }
        ("volume prune", true) => {
            "WARNING! This will remove all local volumes not used by at least one container.\n".to_owned()
        }
        ("volume prune", false) => {
            "WARNING! This will remove anonymous local volumes not used by at least one container.\n".to_owned()
        }
        ("image prune", true) => {
            "WARNING! This will remove all images without at least one container associated to them.\n".to_owned()
        }
        ("image prune", false) => "WARNING! This will remove all dangling images.\n".to_owned(),
        ("builder prune", true) => "WARNING! This will remove all build cache. ".to_owned(),
        ("builder prune", false) => "WARNING! This will remove all dangling build cache. ".to_owned(),
        _ => system_warning(invocation, wish),
    };
    format!("{warning}Are you sure you want to continue? [y/N] ")
}

fn system_warning(invocation: &Invocation, wish: &Wish) -> String {
    let mut lines = vec!["all stopped containers", "all networks not used by at least one container"];
    if wish.kinds.contains(&Kind::Volumes) {
        lines.push("all anonymous volumes not used by at least one container");
    }
    match wish.all {
        true => lines.extend(["all images without at least one container associated to them", "all build cache"]),
        false => lines.extend(["all dangling images", "unused build cache"]),
    }
    let listed = |lines: &[&str]| lines.iter().map(|line| format!("  - {line}\n")).collect::<String>();
    let mut filters: Vec<&str> = invocation.arguments.texts("filter").iter().map(String::as_str).collect();
    filters.sort_unstable();
    let filtered = match filters.is_empty() {
        true => String::new(),
        false => format!("\n  Items to be pruned will be filtered with:\n{}", listed(&filters)),
    };
    format!("WARNING! This will remove:\n{}{filtered}\n", listed(&lines))
}

/// The filters as the engine reads them.
fn filter(invocation: &Invocation, kinds: &[Kind]) -> Done<PruneFilter> {
    let mut read = PruneFilter::default();
    for (key, value) in filters(invocation) {
        if kinds.iter().any(|kind| !kind.filters().contains(&key)) {
            return Err(Failure::new(format!("Error response from daemon: invalid filter '{key}'")));
        }
        match key {
            "label" | "label!" => {
                let (name, wanted) = value.split_once('=').map_or((value, None), |(name, value)| (name, Some(value)));
                let test =
                    LabelTest { name: name.to_owned(), value: wanted.map(str::to_owned), wanted: key == "label" };
                read.labels.push(test);
            }
            "until" => {
                let until = moment::instant(value, invocation.clock(), invocation.process.now());
                let unreadable = || Failure::new(format!("Error response from daemon: {}", moment::unreadable(value)));
                read.until = Some(until.ok_or_else(unreadable)?);
            }
            _ => {}
        }
    }
    Ok(read)
}

/// Removes the unused things of one kind: what is printed of each, and how many bytes that frees.
async fn prune(invocation: &Invocation, kind: Kind, wish: &Wish) -> Done<(Vec<String>, Option<u64>)> {
    let (context, filter) = (&invocation.context, wish.filter.clone());
    let (engine, cause) = (context.engine.clone(), context.asked());
    let named = wish.all && wish.kinds.len() == 1;
    let texts = |names: Vec<std::rc::Rc<str>>| names.iter().map(|name| name.to_string()).collect();
    Ok(match kind {
        Kind::Containers => {
            let pruned = context.request(async move { engine.prune_containers(&filter, cause).await }).await?;
            (texts(pruned.removed), pruned.bytes)
        }
        Kind::Networks => {
            (texts(context.request(async move { engine.prune_networks(&filter, cause).await }).await?), Some(0))
        }
        Kind::Volumes => {
            let pruned = context.request(async move { engine.prune_volumes(named, &filter, cause).await }).await?;
            (texts(pruned.removed), pruned.bytes)
        }
        Kind::Images => {
            let all = wish.all;
            let pruned = context.request(async move { engine.prune_images(all, &filter).await }).await?;
            let line = |removal: &ImageRemoval| match removal {
                ImageRemoval::Untagged(reference) => format!("untagged: {reference}"),
                ImageRemoval::Deleted(id) => format!("deleted: {id}"),
            };
            (pruned.removed.iter().map(line).collect(), pruned.bytes)
        }
        Kind::BuildCache => (Vec::new(), Some(0)),
    })
}
