//! What rules ask about a project: its services, the facts about their images, the text behind a place.

use crate::compose::Analysis;
use crate::compose::model::{Condition, Healthcheck, Mount, Project, Service};
use crate::image::facts::{ImageFacts, facts};
use crate::text::{Span, Spanned, TextRange};
use std::time::Duration;

/// A project and the texts it came from.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The analysis, with the texts.
    pub analysis: &'a Analysis,
    /// Its project.
    pub project: &'a Project,
}

impl<'a> Subject<'a> {
    /// The active services.
    pub fn services(&self) -> impl Iterator<Item = &'a Service> {
        self.project.services.values()
    }

    /// The services whose image keeps data, with what is known of it.
    pub fn stateful(&self) -> impl Iterator<Item = (&'a Service, ImageFacts)> {
        self.services().filter_map(|service| Some((service, image_facts(service)?)))
    }

    /// The text of a place; empty if there is none.
    pub fn text(&self, span: Span) -> &'a str {
        let text = self.whole(span);
        text.get(span.range.start as usize..span.range.end as usize).unwrap_or_default()
    }

    /// The whole text of the file that a place is in.
    pub fn whole(&self, span: Span) -> &'a str {
        self.analysis.file(span.file).map_or("", |file| file.text.as_str())
    }

    /// The place of `needle` within a place: the first one.
    pub fn find(&self, span: Span, needle: &str) -> Option<Span> {
        let at = self.text(span).find(needle)? as u32;
        let start = span.range.start + at;
        Some(Span { file: span.file, range: TextRange::new(start, start + needle.len() as u32) })
    }

    /// The value behind the key of an attribute's place: without `key:`, blanks before it and behind it.
    pub fn value(&self, attribute: Span) -> Option<Span> {
        let text = self.text(attribute);
        let colon = text.find(':')? + 1;
        let start = colon + (text[colon..].len() - text[colon..].trim_start().len());
        let end = text.trim_end().len();
        let range = TextRange::new(attribute.range.start + start as u32, attribute.range.start + end.max(start) as u32);
        Some(Span { file: attribute.file, range })
    }

    /// The key of an attribute's place.
    pub fn key(&self, attribute: Span) -> Span {
        let length = self.text(attribute).find(':').unwrap_or(0) as u32;
        let start = attribute.range.start;
        Span { file: attribute.file, range: TextRange::new(start, start + length) }
    }
}

/// What is known of a service's image.
pub fn image_facts(service: &Service) -> Option<ImageFacts> {
    service.image.as_ref().and_then(|image| facts(image))
}

/// The health check the file gives a service, if it has a test and is not disabled.
pub fn own_test(service: &Service) -> Option<(&Healthcheck, &Spanned<Vec<String>>)> {
    let healthcheck = service.healthcheck.as_ref()?;
    let test = healthcheck.test.as_ref()?;
    let off = healthcheck.disable || test.first().is_none_or(|word| word == "NONE");
    (!off).then_some((&healthcheck.value, test))
}

/// Whether a health check is switched off in the file.
pub fn is_disabled(service: &Service) -> bool {
    let Some(healthcheck) = &service.healthcheck else { return false };
    healthcheck.disable || healthcheck.test.as_ref().is_some_and(|test| test.first().is_some_and(|word| word == "NONE"))
}

/// The mounts of a service at exactly this path.
pub fn mounts_at<'s>(service: &'s Service, path: &str) -> impl Iterator<Item = &'s Spanned<Mount>> {
    service.volumes.iter().filter(move |mount| mount.target.trim_end_matches('/') == path)
}

/// Whether a `tmpfs:` entry of the service is at exactly this path.
pub fn tmpfs_at<'s>(service: &'s Service, path: &str) -> Option<&'s Spanned<String>> {
    service.tmpfs.iter().find(|entry| entry.split(':').next().map(|target| target.trim_end_matches('/')) == Some(path))
}

/// Whether somebody waits for a service in this way.
pub fn is_awaited(project: &Project, name: &str, condition: Condition) -> bool {
    project
        .services
        .values()
        .any(|service| service.depends_on.get(name).is_some_and(|edge| edge.condition == condition))
}

/// How the file writes a span of time: `1m30s`.
pub fn go_duration(time: Duration) -> String {
    match (time.as_secs(), time.subsec_millis()) {
        (seconds, 0) if seconds >= 60 && seconds % 60 == 0 => format!("{}m", seconds / 60),
        (seconds, 0) => format!("{seconds}s"),
        _ => format!("{}ms", time.as_millis()),
    }
}

impl Subject<'_> {
    /// Whether a place lies within an attribute of a service: a value of `environment` may also come from an `env_file`.
    pub fn attribute_holds(&self, service: &Service, attribute: &str, place: Span) -> bool {
        let holds = |span: &Span| span.file == place.file && span.range.contains_range(place.range);
        service.attributes.get(attribute).is_some_and(holds)
    }
}
