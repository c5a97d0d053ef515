//! The image nobody knows.

use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::reference::Reference;
use crate::kernel::Tree;
use std::rc::Rc;

/// An image of that name whose behaviour is a guess.
pub fn define(reference: &Reference) -> ImageDefinition {
    ImageDefinition {
        reference: reference.to_string().into(),
        id: "".into(),
        config: Rc::new(ImageConfig { working_dir: "/".into(), ..ImageConfig::default() }),
        root: Tree::new(),
        fidelity: Fidelity::Guessed,
    }
}
