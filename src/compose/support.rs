//! Notices for attributes that are set and have no effect in the simulation. Must not judge them.

use super::attributes::service::SERVICE;
use super::attributes::{Object, Support};
use super::problems::Problems;
use super::value::{Entry, Mapping};
use crate::diagnostic::{Diagnostic, Severity};

/// Reports the attributes of a decoded project that the simulation does not heed.
pub fn report(model: &Mapping, problems: &mut Problems) {
    for service in model.mapping("services").into_iter().flat_map(Mapping::iter) {
        let Some(mapping) = service.value.as_mapping() else { continue };
        report_object(&SERVICE, mapping, service, problems);
    }
}

fn report_object(object: &Object, mapping: &Mapping, above: &Entry, problems: &mut Problems) {
    for entry in mapping.iter().filter(|entry| entry.key_span != above.key_span) {
        let Some(attribute) = object.attribute(&entry.key) else { continue };
        match attribute.support {
            Support::Simulated => {
                if let (Some(inner), Some(value)) = (attribute.object(), entry.value.as_mapping()) {
                    report_object(inner, value, entry, problems);
                }
            }
            Support::ShownOnly => {}
            Support::Ignored => {
                let message = format!("`{}` has no effect in the simulation", entry.key);
                let diagnostic = Diagnostic::new("not-simulated", Severity::Notice, entry.key_span, message);
                problems.report(diagnostic.with_why(attribute.meaning));
            }
        }
    }
}
