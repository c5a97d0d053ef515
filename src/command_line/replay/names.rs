//! Names of a recording: what a real engine draws at random is replaced by names that are the same in every run.

use crate::sim::engine::identity;
use crate::sim::log::{EventKind, EventLog, VolumeKind};
use std::collections::BTreeMap;

/// The names of one run.
#[derive(Default)]
pub struct Names {
    /// Whole words of hexadecimal digits and what stands for them.
    ids: BTreeMap<String, String>,
    /// Names of one-off containers and their numbered form.
    one_offs: BTreeMap<String, String>,
}

/// How the lines of the classic builder begin; a recording leaves them out.
const BUILDER: [&str; 6] = [
    "Step ",
    " ---> ",
    "Removing intermediate container ",
    "Successfully built ",
    "Successfully tagged ",
    "Sending build context",
];

/// A text without the builder's lines, if there are any.
fn without_builder(text: &str) -> String {
    if !text.lines().any(|line| line.starts_with("Step ") && line.contains(" : ")) {
        return text.to_string();
    }
    let kept = text.split_inclusive('\n').filter(|line| !BUILDER.iter().any(|begin| line.starts_with(begin)));
    kept.collect()
}

impl Names {
    /// Collects the names that occur in a log.
    pub fn of(log: &EventLog) -> Self {
        let mut names = Self::default();
        let mut anonymous = 0;
        let mut runs: BTreeMap<String, u32> = BTreeMap::new();
        for event in &log.events {
            match &event.kind {
                EventKind::VolumeCreated { name, kind: VolumeKind::Anonymous } => {
                    anonymous += 1;
                    names.ids.insert(name.to_string(), format!("anon-{anonymous}"));
                }
                EventKind::ContainerCreated(created) => {
                    names.one_off(&created.name, &mut runs);
                    let instance = names.rename(&created.instance);
                    names.add_id(&identity::container_id(&created.instance), &format!("<id {instance}>"));
                }
                EventKind::NetworkCreated { name, number } => {
                    names.add_id(&identity::network_id(name, *number), &format!("<id network {name}>"));
                }
                _ => {}
            }
        }
        names
    }

    fn add_id(&mut self, id: &str, shown: &str) {
        self.ids.insert(id.to_string(), shown.to_string());
        self.ids.insert(id[..identity::SHORT].to_string(), shown.to_string());
    }

    /// `demo-app-run-1a2b3c4d5e6f` becomes `demo-app-run-1`.
    fn one_off(&mut self, name: &str, runs: &mut BTreeMap<String, u32>) {
        let Some((stem, random)) = name.rsplit_once('-') else { return };
        if !stem.ends_with("-run") || random.len() != identity::SHORT || !is_hexadecimal(random) {
            return;
        }
        let number = runs.entry(stem.to_string()).or_default();
        *number += 1;
        self.one_offs.insert(name.to_string(), format!("{stem}-{number}"));
    }

    /// A container's, instance's or volume's name as the recording shows it.
    pub fn rename(&self, name: &str) -> String {
        if let Some(shown) = self.ids.get(name) {
            return shown.clone();
        }
        let (base, instance) = name.split_once('#').map_or((name, None), |(base, number)| (base, Some(number)));
        let base = match self.one_offs.get(base) {
            Some(shown) => shown.clone(),
            None => self.replace_ids(base),
        };
        instance.map_or_else(|| base.clone(), |number| format!("{base}#{number}"))
    }

    /// A text of a step's output as the recording shows it.
    pub fn text(&self, text: &str) -> String {
        // A recording is read as text, in which a carriage return counts as a line break.
        let mut text = without_builder(&text.replace('\r', "\n"));
        for (name, shown) in &self.one_offs {
            text = text.replace(name, shown);
        }
        let text = replace_after(&text, "time=\"", "T", |letter| letter != '"');
        let text = replace_after(&text, "/proc/thread-self/fd/", "N", |letter| letter.is_ascii_digit());
        self.replace_ids(&text)
    }

    /// Replaces every word of 12 or 64 hexadecimal digits.
    fn replace_ids(&self, text: &str) -> String {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(|letter: char| letter.is_ascii_alphanumeric()) {
            result.push_str(&rest[..start]);
            rest = &rest[start..];
            let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let word = &rest[..end];
            match self.ids.get(word) {
                Some(shown) => result.push_str(shown),
                None if is_hexadecimal(word) && [identity::SHORT, 64].contains(&word.len()) => result.push_str("<id>"),
                None => result.push_str(word),
            }
            rest = &rest[end..];
        }
        result.push_str(rest);
        result
    }
}

fn is_hexadecimal(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// `text` with the run of `inside` letters behind each `mark` replaced.
fn replace_after(text: &str, mark: &str, shown: &str, inside: fn(char) -> bool) -> String {
    let mut parts = text.split(mark);
    let mut result = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let end = part.find(|letter: char| !inside(letter)).unwrap_or(part.len());
        result.push_str(mark);
        result.push_str(if end > 0 { shown } else { "" });
        result.push_str(&part[end..]);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_ids_stamps_and_descriptors_are_masked() {
        let names = Names::default();
        let text = "time=\"2025-01-01T00:00:00Z\" x 0123456789ab (fd /proc/thread-self/fd/8, 0123456789abc)";
        assert_eq!(names.text(text), "time=\"T\" x <id> (fd /proc/thread-self/fd/N, 0123456789abc)");
    }
}
