//! The images the engine has: which references name them, pulling, removing (semantics §4.2).

use super::error::EngineError;
use super::view::ImageView;
use super::{Answer, Engine};
use crate::image::{ImageDefinition, Reference, catalog};
use crate::kernel::Instant;
use crate::sim::costs;
use crate::sim::log::Cause;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The local images.
#[derive(Default)]
pub(super) struct Images {
    tags: BTreeMap<String, Tagged>,
    /// Whether every image of the catalogue counts as fetched before the session.
    whole_catalogue: bool,
}

struct Tagged {
    definition: Rc<ImageDefinition>,
    built_at: Option<Instant>,
}

impl Images {
    /// The image a reference or an id names.
    pub fn find(&mut self, reference: &str) -> Answer<Rc<ImageDefinition>> {
        self.fetch_beforehand(reference);
        let by_id = || self.tags.values().find(|tagged| *tagged.definition.id == *reference);
        let normal = normal(reference);
        let found = self.tags.get(&normal).or_else(by_id).map(|tagged| tagged.definition.clone());
        found.ok_or_else(|| EngineError::not_found(format!("No such image: {normal}")))
    }

    fn fetch_beforehand(&mut self, reference: &str) {
        if !self.whole_catalogue || self.tags.contains_key(&normal(reference)) {
            return;
        }
        let found = Reference::parse(reference).ok().and_then(|parsed| catalog::find(&parsed));
        if let Some(definition) = found {
            self.tag(reference, Rc::new(definition), None);
        }
    }

    /// Gives an image a name; another image that bore it loses it.
    pub fn tag(&mut self, reference: &str, definition: Rc<ImageDefinition>, built_at: Option<Instant>) {
        self.tags.insert(normal(reference), Tagged { definition, built_at });
    }

    fn view(&self, definition: &ImageDefinition) -> ImageView {
        let own = self.tags.iter().filter(|(_, tagged)| tagged.definition.id == definition.id);
        let labels = &definition.config.labels;
        ImageView {
            id: definition.id.clone(),
            tags: own.clone().map(|(tag, _)| tag.as_str().into()).collect(),
            volumes: definition.config.volumes.iter().map(|path| path.to_string()).collect(),
            labels: labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            config: definition.config.clone(),
            created_at: own.filter_map(|(_, tagged)| tagged.built_at).next(),
        }
    }
}

/// A reference with Docker's defaults; as it is if it cannot be read.
fn normal(reference: &str) -> String {
    Reference::parse(reference).map_or_else(|_| reference.to_string(), |reference| reference.to_string())
}

impl Engine {
    /// Makes an image of the catalogue a local one, without any cost: what the machine has before the session.
    pub fn preload_image(&self, reference: &str) {
        if let Ok(parsed) = Reference::parse(reference)
            && let Some(definition) = catalog::find(&parsed)
        {
            self.0.images.borrow_mut().tag(reference, Rc::new(definition), None);
        }
    }

    /// Makes every image of the catalogue a local one: a machine on which all of them were used before.
    pub fn preload_catalogue(&self) {
        self.0.images.borrow_mut().whole_catalogue = true;
    }

    /// A local image by reference or id.
    pub fn inspect_image(&self, reference: &str) -> Answer<ImageView> {
        let mut images = self.0.images.borrow_mut();
        let found = images.find(reference)?;
        Ok(images.view(&found))
    }

    /// All local images.
    pub fn list_images(&self) -> Vec<ImageView> {
        let images = self.0.images.borrow();
        let mut views: Vec<ImageView> = Vec::new();
        for tagged in images.tags.values() {
            if !views.iter().any(|view| view.id == tagged.definition.id) {
                views.push(images.view(&tagged.definition));
            }
        }
        views
    }

    /// Fetches an image the registry has. What no profile knows is taken for an image whose behaviour is guessed.
    pub async fn pull_image(&self, reference: &str, _cause: Cause) -> Answer<ImageView> {
        let parsed = Reference::parse(reference).map_err(EngineError::invalid)?;
        self.tasks().sleep(costs::IMAGE_PULL).await;
        let definition = catalog::find(&parsed).unwrap_or_else(|| catalog::fallback(&parsed));
        self.0.images.borrow_mut().tag(reference, Rc::new(definition), None);
        self.inspect_image(reference)
    }

    /// Removes a reference to an image, and the image with its last one.
    pub async fn remove_image(&self, reference: &str, _cause: Cause) -> Answer<()> {
        let definition = self.0.images.borrow_mut().find(reference)?;
        if let Some(user) = self.containers().iter().find(|container| container.image.id == definition.id) {
            let (id, hex) = (definition.id.trim_start_matches("sha256:"), &user.hex);
            return Err(EngineError::conflict(format!(
                "conflict: unable to remove repository reference \"{reference}\" (must force) - container {} is using \
                 its referenced image {}",
                &hex[..12],
                id.get(..12).unwrap_or(id)
            )));
        }
        self.tasks().sleep(costs::IMAGE_REMOVE).await;
        self.0.images.borrow_mut().tags.remove(&normal(reference));
        Ok(())
    }
}
