//! Reference to definition: which images there are.

use super::definition::ImageDefinition;
use super::profiles;
use super::reference::Reference;

/// The known image of that reference; `None` if no profile knows its name.
pub fn find(reference: &Reference) -> Option<ImageDefinition> {
    profiles::PROFILES.iter().find(|profile| profile.matches(reference)).map(|profile| (profile.define)(reference))
}

/// An image for a reference nobody knows: it runs, does nothing, and says in its log that its behaviour is guessed.
pub fn fallback(reference: &Reference) -> ImageDefinition {
    profiles::fallback::define(reference)
}
