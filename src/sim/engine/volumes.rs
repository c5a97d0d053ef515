//! Volumes: where their bytes live, who mounts them, what may remove them (semantics §7.2-7.4). Must not know how
//! containers start.

use super::config::VolumeSpecification;
use super::error::EngineError;
use super::record::Observers;
use crate::kernel::Instant;
use crate::kernel::files::Tree;
use crate::sim::log::{DataPlace, VolumeKind};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The label of anonymous volumes.
pub(super) const ANONYMOUS_LABEL: &str = "com.docker.volume.anonymous";
/// The options the local driver knows (S4).
const OPTIONS: [&str; 4] = ["type", "o", "device", "size"];

/// A volume.
pub(super) struct Volume {
    pub specification: VolumeSpecification,
    pub kind: VolumeKind,
    pub created_at: Instant,
    /// How many running containers have it mounted.
    mounted: u32,
    backing: Backing,
}

/// Where a volume's bytes live.
enum Backing {
    /// In the engine's own folder.
    Own(Tree),
    /// In a folder of the host (`o: bind`).
    Folder(String),
    /// In memory, while anybody has it mounted (`type: tmpfs`).
    Memory { size: Option<u64>, live: Option<Tree> },
}

/// What a mounted volume shows: a tree, and the path in it.
pub(super) type Shown = (Tree, String);

/// All volumes, by name.
pub(super) struct Volumes {
    pub by_name: BTreeMap<Rc<str>, Volume>,
    host: Tree,
    observers: Observers,
}

impl Volumes {
    pub fn new(host: &Tree, observers: &Observers) -> Self {
        Self { by_name: BTreeMap::new(), host: host.clone(), observers: observers.clone() }
    }

    /// Checks a request and adds the volume.
    pub fn create(&mut self, specification: VolumeSpecification, now: Instant) -> Result<VolumeKind, EngineError> {
        let name: Rc<str> = specification.name.as_str().into();
        let refused = |problem: String| EngineError::invalid(format!("create {name}: {problem}"));
        check_driver(&specification.driver).map_err(refused)?;
        check_name(&name).map_err(refused)?;
        check_options(&specification.options).map_err(refused)?;
        let anonymous = specification.labels.contains_key(ANONYMOUS_LABEL);
        let kind = if anonymous { VolumeKind::Anonymous } else { VolumeKind::Named };
        let backing = self.backing(&name, &specification.options);
        let volume = Volume { specification, kind, created_at: now, mounted: 0, backing };
        self.by_name.insert(name, volume);
        Ok(kind)
    }

    fn backing(&self, name: &Rc<str>, options: &BTreeMap<String, String>) -> Backing {
        let mount_options = options.get("o").map_or("", String::as_str);
        let has = |option: &str| mount_options.split(',').any(|one| one == option);
        match (options.get("type").map(String::as_str), options.get("device")) {
            (Some("tmpfs"), _) => {
                let size = mount_options.split(',').find_map(|option| option.strip_prefix("size="));
                Backing::Memory { size: size.and_then(parse_size), live: None }
            }
            (_, Some(device)) if has("bind") || has("rbind") => Backing::Folder(device.clone()),
            _ => {
                let tree = Tree::new();
                self.observers.observe(&tree, DataPlace::Volume(name.clone()));
                Backing::Own(tree)
            }
        }
    }

    /// What a volume shows when it is mounted now; the driver's text if its device is missing.
    pub fn mount(&mut self, name: &Rc<str>) -> Result<Shown, String> {
        let host = self.host.clone();
        let observers = self.observers.clone();
        let Some(volume) = self.by_name.get_mut(name) else { return Err(format!("get {name}: no such volume")) };
        let shown = match &mut volume.backing {
            Backing::Own(tree) => (tree.clone(), "/".to_string()),
            Backing::Folder(path) if host.exists(path) => {
                observers.mounts_host_path(&path.as_str().into(), DataPlace::Volume(name.clone()));
                (host, path.clone())
            }
            Backing::Folder(path) => {
                let data = format!("/var/lib/docker/volumes/{name}/_data");
                return Err(format!(
                    "error while mounting volume '{data}': failed to mount local volume: mount {path}:{data}, flags: \
                     0x1000: no such file or directory"
                ));
            }
            Backing::Memory { size, live } => {
                let tree = live.get_or_insert_with(|| {
                    let tree = Tree::tmpfs(*size);
                    observers.observe(&tree, DataPlace::Volume(name.clone()));
                    tree
                });
                (tree.clone(), "/".to_string())
            }
        };
        volume.mounted += 1;
        Ok(shown)
    }

    /// The opposite of [`Volumes::mount`]. Whether bytes were lost: memory that nobody has mounted any more.
    pub fn unmount(&mut self, name: &str) -> bool {
        let Some(volume) = self.by_name.get_mut(name) else { return false };
        volume.mounted = volume.mounted.saturating_sub(1);
        match &mut volume.backing {
            Backing::Memory { live, .. } if volume.mounted == 0 => live.take().is_some_and(|tree| !is_empty(&tree)),
            _ => false,
        }
    }

    /// Makes writes to a volume fail, as a full disk does.
    pub fn fill(&mut self, name: &str) -> bool {
        match self.by_name.get(name).map(|volume| &volume.backing) {
            Some(Backing::Own(tree) | Backing::Memory { live: Some(tree), .. }) => {
                tree.set_full(true);
                true
            }
            _ => false,
        }
    }
}

impl Volume {
    /// How many bytes its files hold; a folder of the host is not the volume's.
    pub fn bytes(&self) -> u64 {
        match &self.backing {
            Backing::Own(tree) | Backing::Memory { live: Some(tree), .. } => tree.own_bytes(),
            Backing::Folder(_) | Backing::Memory { live: None, .. } => 0,
        }
    }

    /// Whether a prune may take it (S74): local, without driver options; with `all` also a named one.
    pub fn may_be_pruned(&self, all: bool) -> bool {
        self.specification.options.is_empty() && (all || self.kind == VolumeKind::Anonymous)
    }
}

/// Whether a tree holds nothing.
pub(super) fn is_empty(tree: &Tree) -> bool {
    tree.list("/").is_ok_and(|names| names.is_empty())
}

/// There is no volume plugin.
fn check_driver(driver: &str) -> Result<(), String> {
    match driver {
        "" | "local" => Ok(()),
        driver => Err(format!("error looking up volume plugin {driver}: plugin \"{driver}\" not found")),
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let mut letters = name.chars();
    let first = letters.next().is_some_and(|letter| letter.is_ascii_alphanumeric());
    if first && letters.all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter)) {
        return Ok(());
    }
    Err(format!(
        "\"{name}\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If \
         you intended to pass a host directory, use absolute path"
    ))
}

fn check_options(options: &BTreeMap<String, String>) -> Result<(), String> {
    if let Some(unknown) = options.keys().find(|key| !OPTIONS.contains(&key.as_str())) {
        return Err(format!("invalid option: \"{unknown}\""));
    }
    let has = |option: &str| options.contains_key(option);
    match () {
        () if (has("type") || has("o")) && !has("device") => Err("missing required option: \"device\"".to_owned()),
        () if (has("device") || has("o")) && !has("type") => Err("missing required option: \"type\"".to_owned()),
        () => Ok(()),
    }
}

/// A size as mount options write it: `64m`, `1g`, bytes.
pub(super) fn parse_size(text: &str) -> Option<u64> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let shift = match text[digits..].to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" => 10,
        "m" | "mb" => 20,
        "g" | "gb" => 30,
        _ => return None,
    };
    number.checked_shl(shift)
}
