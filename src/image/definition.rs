//! What an image is: its settings, its layers, and how far its behaviour is known.

pub use crate::dockerfile::HealthCheck;

use super::identity::Identity;
use super::reference::Reference;
use crate::kernel::Tree;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// An image on the engine.
#[derive(Clone)]
pub struct ImageDefinition {
    /// The name it was found or built by: `postgres:15-alpine`.
    pub reference: Rc<str>,
    /// Its id, `sha256:` and 64 hexadecimal digits: the same for the same content and settings.
    pub id: Rc<str>,
    /// Its settings.
    pub config: Rc<ImageConfig>,
    /// Its files. Nobody changes them: a container puts a layer over them ([`Tree::layered`]).
    pub root: Tree,
    /// How far its behaviour is known.
    pub fidelity: Fidelity,
    /// The id of the image its layers lie on: one nobody here has built. It is its own base if it was not built here.
    pub base: Rc<str>,
    /// The layers that were made here, the lowest first. How large those below are is not known.
    pub layers: Vec<Layer>,
}

/// A layer of an image that was made here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Its id, which also tells what lies below it.
    pub id: Rc<str>,
    /// How many bytes its files hold.
    pub bytes: u64,
}

impl ImageDefinition {
    /// Whether it consists of that layer, or lies on that image.
    pub fn has_layer(&self, id: &str) -> bool {
        *self.base == *id || self.layers.iter().any(|layer| *layer.id == *id)
    }
}

/// The settings of an image, as `docker inspect` shows them under `Config`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// `Env`, in order.
    pub env: Vec<(Rc<str>, Rc<str>)>,
    /// `Entrypoint`; empty for none.
    pub entrypoint: Vec<Rc<str>>,
    /// `Cmd`; empty for none.
    pub cmd: Vec<Rc<str>>,
    /// `Volumes`.
    pub volumes: BTreeSet<Rc<str>>,
    /// `WorkingDir`; `/` by default.
    pub working_dir: Rc<str>,
    /// `User`; empty for root.
    pub user: Rc<str>,
    /// `StopSignal`; `None` for SIGTERM.
    pub stop_signal: Option<Rc<str>>,
    /// `ExposedPorts`: `80/tcp`.
    pub exposed_ports: BTreeSet<Rc<str>>,
    /// `Healthcheck`.
    pub healthcheck: Option<HealthCheck>,
    /// `Shell`; empty for `/bin/sh -c`.
    pub shell: Vec<Rc<str>>,
    /// `Labels`.
    pub labels: BTreeMap<Rc<str>, Rc<str>>,
}

/// How far an image's behaviour is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fidelity {
    /// A known image; what its profile simplifies, one sentence each.
    Known {
        /// The simplifications.
        simplified: &'static [&'static str],
    },
    /// Built from a Dockerfile on an image of the catalogue.
    Built,
    /// Nothing is known about it: its behaviour is guessed, and says so in its log.
    Guessed,
}

impl ImageDefinition {
    /// A known image; its id follows from its name.
    pub fn known(reference: &Reference, config: ImageConfig, root: Tree, fidelity: Fidelity) -> Self {
        let name = reference.to_string();
        let id = Identity::of(&name).image_id().into();
        let (base, layers) = (Rc::clone(&id), Vec::new());
        Self { reference: name.into(), id, config: Rc::new(config), root, fidelity, base, layers }
    }
}

impl ImageConfig {
    /// A variable of `Env`.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.env.iter().rev().find(|(key, _)| &**key == name).map(|(_, value)| &**value)
    }

    /// Sets a variable, in its place if it is there already.
    pub fn set_variable(&mut self, name: &str, value: &str) {
        match self.env.iter_mut().find(|(key, _)| &**key == name) {
            Some((_, old)) => *old = value.into(),
            None => self.env.push((name.into(), value.into())),
        }
    }

    /// The shell of the shell forms: `Shell`, or `/bin/sh -c`.
    pub fn shell_or_default(&self) -> Vec<String> {
        if self.shell.is_empty() {
            return vec!["/bin/sh".to_string(), "-c".to_string()];
        }
        self.shell.iter().map(|word| word.to_string()).collect()
    }
}
