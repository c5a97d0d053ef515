//! The image nobody knows: a Debian with one program, which says that it is a guess.

use crate::image::base;
use crate::image::declared::{Hints, STAND_IN, Unknown, guess};
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::profiles::curl;
use crate::image::programs;
use crate::image::reference::Reference;

/// An image of that name whose behaviour is a guess from its environment.
pub fn define(reference: &Reference) -> ImageDefinition {
    let root = base::debian();
    let app = programs::of(|process| async move {
        let variables = process.environment();
        let variables: Vec<(String, String)> =
            variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let port = process.variable("PORT").and_then(|port| port.parse().ok());
        let app = guess(&Hints { environment: &variables, ports: port.as_slice(), test: "" });
        Unknown::new(app).program().run(process.clone()).await
    });
    root.install(STAND_IN, app);
    // Health checks of apps often use one of these; whether the image has them nobody knows.
    curl::install(&root);
    base::install_wget(&root);
    let mut config = ImageConfig { cmd: vec!["app".into()], working_dir: "/".into(), ..ImageConfig::default() };
    config.set_variable("PATH", base::PATH);
    ImageDefinition::known(reference, config, root, Fidelity::Guessed)
}
