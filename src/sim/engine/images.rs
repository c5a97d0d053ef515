//! The images the engine has: which references name them, pulling, tagging, removing (semantics §4.2). An image that no
//! reference names any more stays until it is removed: it dangles.

use super::error::EngineError;
use super::view::{ImageRemoval, ImageView};
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
    /// References, and the ids of what they name.
    tags: BTreeMap<String, Rc<str>>,
    stored: BTreeMap<Rc<str>, Stored>,
    /// Whether every image of the catalogue counts as fetched before the session.
    whole_catalogue: bool,
}

struct Stored {
    definition: Rc<ImageDefinition>,
    made_at: Option<Instant>,
}

impl Images {
    /// The image a reference, an id or the beginning of an id names.
    pub fn find(&mut self, reference: &str) -> Answer<Rc<ImageDefinition>> {
        self.fetch_beforehand(reference);
        let normal = normal(reference);
        let id = self.tags.get(&normal).cloned().or_else(|| self.id(reference));
        let found = id.and_then(|id| self.stored.get(&id)).map(|stored| stored.definition.clone());
        found.ok_or_else(|| EngineError::not_found(format!("No such image: {normal}")))
    }

    /// The id that a text is, or begins.
    fn id(&self, text: &str) -> Option<Rc<str>> {
        let digits = text.strip_prefix("sha256:").unwrap_or(text);
        let begins = |id: &&Rc<str>| id.strip_prefix("sha256:").is_some_and(|own| own.starts_with(digits));
        self.stored.keys().find(begins).filter(|_| !digits.is_empty()).cloned()
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
    pub fn tag(&mut self, reference: &str, definition: Rc<ImageDefinition>, made_at: Option<Instant>) {
        self.name(reference, &definition.id);
        self.store(definition, made_at);
    }

    /// Keeps an image, which nothing need name.
    pub fn store(&mut self, definition: Rc<ImageDefinition>, made_at: Option<Instant>) {
        self.stored.entry(definition.id.clone()).or_insert(Stored { definition, made_at });
    }

    /// Lets a reference name an image.
    pub fn name(&mut self, reference: &str, id: &Rc<str>) {
        self.tags.insert(normal(reference), id.clone());
    }

    /// The references that name an image.
    pub fn references(&self, id: &str) -> Vec<String> {
        self.tags.iter().filter(|(_, named)| ***named == *id).map(|(reference, _)| reference.clone()).collect()
    }

    /// Takes a reference away.
    pub fn untag(&mut self, reference: &str) {
        self.tags.remove(&normal(reference));
    }

    /// Takes an image away; the layers that no other image has, the image's own id first, and what they held: nothing if that
    /// is not known.
    pub fn delete(&mut self, id: &str) -> (Vec<Rc<str>>, Option<u64>) {
        let Some(gone) = self.stored.remove(id) else { return (Vec::new(), Some(0)) };
        let kept = |layer: &str| self.stored.values().any(|other| other.definition.has_layer(layer));
        let mut ids = vec![gone.definition.id.clone()];
        let mut bytes = if kept(&gone.definition.base) { Some(0) } else { None };
        for layer in gone.definition.layers.iter().rev().filter(|layer| !kept(&layer.id)) {
            ids.push(layer.id.clone());
            bytes = bytes.map(|bytes| bytes + layer.bytes);
        }
        (ids, bytes)
    }

    fn view(&self, stored: &Stored) -> ImageView {
        let definition = &stored.definition;
        let labels = &definition.config.labels;
        ImageView {
            id: definition.id.clone(),
            tags: self.references(&definition.id).into_iter().map(Rc::from).collect(),
            volumes: definition.config.volumes.iter().map(|path| path.to_string()).collect(),
            labels: labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            config: definition.config.clone(),
            created_at: stored.made_at,
        }
    }
}

/// A reference with Docker's defaults; as it is if it cannot be read.
fn normal(reference: &str) -> String {
    Reference::parse(reference).map_or_else(|_| reference.to_string(), |reference| reference.to_string())
}

/// The first twelve digits of an id.
fn short(id: &str) -> &str {
    let digits = id.trim_start_matches("sha256:");
    digits.get(..12).unwrap_or(digits)
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
        Ok(images.view(&images.stored[&found.id]))
    }

    /// All local images.
    pub fn list_images(&self) -> Vec<ImageView> {
        let images = self.0.images.borrow();
        images.stored.values().map(|stored| images.view(stored)).collect()
    }

    /// Fetches an image the registry has. What no profile knows is taken for an image whose behaviour is guessed.
    pub async fn pull_image(&self, reference: &str, _cause: Cause) -> Answer<ImageView> {
        let parsed = Reference::parse(reference).map_err(EngineError::invalid)?;
        self.tasks().sleep(costs::IMAGE_PULL).await;
        let definition = catalog::find(&parsed).unwrap_or_else(|| catalog::fallback(&parsed));
        self.0.images.borrow_mut().tag(reference, Rc::new(definition), None);
        self.inspect_image(reference)
    }

    /// Gives an image one more name.
    pub async fn tag_image(&self, source: &str, target: &str) -> Answer<()> {
        Reference::parse(target).map_err(EngineError::invalid)?;
        let definition = self.0.images.borrow_mut().find(source)?;
        self.0.images.borrow_mut().tag(target, definition, None);
        Ok(())
    }

    /// Removes a reference to an image, and the image with its last one; or the image that an id names.
    pub async fn remove_image(&self, reference: &str, force: bool, _cause: Cause) -> Answer<Vec<ImageRemoval>> {
        let id = self.0.images.borrow_mut().find(reference)?.id.clone();
        let references = self.0.images.borrow().references(&id);
        let named = references.contains(&normal(reference));
        let user = self.image_user(&id);
        if named {
            if let (Some((hex, _)), 1, false) = (&user, references.len(), force) {
                return Err(EngineError::conflict(format!(
                    "conflict: unable to remove repository reference \"{reference}\" (must force) - container {} is using \
                     its referenced image {}",
                    &hex[..12],
                    short(&id)
                )));
            }
        } else {
            self.check_image_by_id(&id, &references, force, user.as_ref())?;
        }
        self.tasks().sleep(costs::IMAGE_REMOVE).await;
        let mut images = self.0.images.borrow_mut();
        let untagged = if named { vec![normal(reference)] } else { references };
        untagged.iter().for_each(|reference| images.untag(reference));
        let mut removed: Vec<ImageRemoval> =
            untagged.into_iter().map(|one| ImageRemoval::Untagged(one.into())).collect();
        if images.references(&id).is_empty() && !user.is_some_and(|(_, runs)| runs) {
            removed.extend(images.delete(&id).0.into_iter().map(ImageRemoval::Deleted));
        }
        Ok(removed)
    }

    /// What forbids to remove an image by its id.
    fn check_image_by_id(
        &self,
        id: &str,
        references: &[String],
        force: bool,
        user: Option<&(Rc<str>, bool)>,
    ) -> Answer<()> {
        let conflict = |how: &str, why: String| {
            Err(EngineError::conflict(format!("conflict: unable to delete {} ({how}) - {why}", short(id))))
        };
        match user {
            Some((hex, true)) => {
                conflict("cannot be forced", format!("image is being used by running container {}", &hex[..12]))
            }
            _ if force => Ok(()),
            _ if references.len() > 1 => {
                conflict("must be forced", "image is referenced in multiple repositories".to_owned())
            }
            Some((hex, false)) => {
                conflict("must be forced", format!("image is being used by stopped container {}", &hex[..12]))
            }
            None => Ok(()),
        }
    }

    /// A container of an image, one that runs if there is one, and whether it runs.
    pub(super) fn image_user(&self, id: &str) -> Option<(Rc<str>, bool)> {
        let containers = self.containers();
        let users = containers.iter().filter(|container| *container.image.id == *id);
        let runs = |container: &super::container::Container| super::daemon::counts_as_running(self.state(container));
        users.map(|container| (container.hex.clone(), runs(container))).max_by_key(|(_, runs)| *runs)
    }
}
