//! Advice that needs a run: programs that nobody recognised, and what they were taken for. Must not know the simulator: whoever
//! has run the project says which services are meant.

use super::edits::suggested;
use super::{Rule, Subject};
use crate::compose::Analysis;
use crate::compose::model::Service;
use crate::diagnostic::{Diagnostic, Severity};
use crate::image::declared::EXTENSION;
use crate::image::{Reference, catalog};
use std::collections::BTreeMap;

/// Name of the advice.
pub const CODE: &str = "unrecognised-program";

const WHY: &str = "What the program does is guessed from its command, variables, ports and health check: it connects to what they \
    name, and answers on its ports. The real one may behave differently.";

/// A notice for each service of which a run has shown that nobody recognises its program; with the `x-drydock` that says what
/// it was taken for. Unknown images have a rule of their own.
pub fn unrecognised(analysis: &Analysis, guesses: &BTreeMap<&str, &str>) -> Vec<Diagnostic> {
    let Some(project) = analysis.project.as_ref().filter(|_| analysis.docker.error.is_none()) else {
        return Vec::new();
    };
    let subject = Subject { analysis, project };
    let told = subject.services().filter(|service| !has_its_own_advice(service));
    told.filter_map(|service| notice(&subject, service, guesses.get(service.name.as_str())?)).collect()
}

fn has_its_own_advice(service: &Service) -> bool {
    let is_unknown = |image: &str| Reference::parse(image).is_ok_and(|reference| catalog::find(&reference).is_none());
    service.extensions.contains_key(EXTENSION)
        || service.build.is_none() && service.image.as_ref().is_some_and(|image| is_unknown(image))
}

fn notice(subject: &Subject, service: &Service, declaration: &str) -> Option<Diagnostic> {
    let attribute = ["build", "command", "image"].iter().find_map(|name| service.attributes.get(*name))?;
    let message = format!("Nobody recognises the program of `{}`: its behaviour is guessed", service.name.value);
    let remedy = "Describe what it does with `x-drydock`: what it needs, where it listens, what it stores.";
    let notice =
        Diagnostic::new(CODE, Severity::Notice, subject.key(*attribute), message).with_why(WHY).with_remedy(remedy);
    Some(match subject.insert_attribute(service, declaration) {
        Some(edit) => notice.with_fix(suggested(Rule::WRITE_DOWN, vec![edit])),
        None => notice,
    })
}
