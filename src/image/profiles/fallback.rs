//! The image nobody knows: a Debian with one program, which says that it is a guess.

use crate::image::base;
use crate::image::declared::{STAND_IN, mystery};
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::profiles::curl;
use crate::image::reference::Reference;

/// An image of that name whose program is a mystery.
pub fn define(reference: &Reference) -> ImageDefinition {
    let root = base::debian();
    root.install(STAND_IN, mystery());
    // Health checks of apps often use one of these; whether the image has them nobody knows.
    curl::install(&root);
    base::install_wget(&root);
    let mut config = ImageConfig { cmd: vec!["app".into()], working_dir: "/".into(), ..ImageConfig::default() };
    config.set_variable("PATH", base::PATH);
    ImageDefinition::known(reference, config, root, Fidelity::Guessed)
}
