//! Reference to definition: which images there are.

use super::definition::ImageDefinition;
use super::profiles;
use super::reference::Reference;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How many definitions are kept: more than a project has, fewer than somebody who types a tag leaves behind.
const MOST_KEPT: usize = 64;

/// The known image of that reference; `None` if no profile knows its name.
pub fn find(reference: &Reference) -> Option<ImageDefinition> {
    let profile = profiles::PROFILES.iter().find(|profile| profile.matches(reference))?;
    Some(defined_once(reference, profile.define))
}

/// An image for a reference nobody knows: it runs, does nothing, and says in its log that its behaviour is guessed.
pub fn fallback(reference: &Reference) -> ImageDefinition {
    defined_once(reference, profiles::fallback::define)
}

/// What `define` makes of a reference. It follows from the reference alone and nobody changes it, so every session may have
/// the same.
fn defined_once(reference: &Reference, define: fn(&Reference) -> ImageDefinition) -> ImageDefinition {
    thread_local! {
        static KEPT: RefCell<BTreeMap<Reference, ImageDefinition>> = const { RefCell::new(BTreeMap::new()) };
    }
    KEPT.with(|kept| {
        if let Some(known) = kept.borrow().get(reference) {
            return known.clone();
        }
        let defined = define(reference);
        let mut kept = kept.borrow_mut();
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(reference.clone(), defined.clone());
        defined
    })
}
