//! What the editor offers while one types: keys and values that may stand where the cursor is, and what a key means. Read
//! from the attribute table of `compose`, by the indentation of the text, so that it works in a text that is half written.

use super::problems::byte_offset;
use super::words;
use crate::compose::attributes::{self, Attribute, Support};
use crate::image::declared::{EXTENSION, schema};
use serde::Serialize;

/// Something the editor may insert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// What is inserted.
    pub label: String,
    /// What kind of thing, in the editor's words.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What it means.
    pub info: String,
}

/// Where the cursor is: the keys around its line, and the key on its line if the cursor is behind the colon.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    around: Vec<String>,
    behind: Option<String>,
}

/// An item of a list, in a path of keys.
const ITEM: &str = "[]";

/// What may stand at an offset (UTF-16 units), as JSON for the editor.
pub fn complete(text: &str, offset: u32) -> String {
    serde_json::to_string(&offers(text, offset)).unwrap_or_else(|_| "[]".into())
}

/// What may stand at an offset.
pub fn offers(text: &str, offset: u32) -> Vec<Offer> {
    let place = place(text, byte_offset(text, offset) as usize);
    if let Some(inside) = described(&place.around) {
        let keys = schema::keys_at(&inside);
        return match &place.behind {
            Some(behind) => {
                let choices = keys.iter().find(|key| key.name == behind).map_or(&[][..], |key| key.choices);
                choices.iter().map(|value| offer(value, "enum", "")).collect()
            }
            None => keys.iter().map(|key| offer(key.name, "property", key.meaning)).collect(),
        };
    }
    if let Some(key) = &place.behind {
        let path: Vec<&str> = place.around.iter().map(String::as_str).chain([key.as_str()]).collect();
        let choices = attributes::find(&path).map_or(&[][..], Attribute::choices);
        return choices.iter().map(|value| offer(value, "enum", "")).collect();
    }
    let path: Vec<&str> = place.around.iter().map(String::as_str).collect();
    if let ["services", service, "depends_on", ..] = path[..]
        && path.len() <= 4
        && path.get(3).is_none_or(|last| *last == ITEM)
    {
        let others = service_names(text).into_iter().filter(|name| *name != service);
        return others.map(|name| offer(name, "variable", "")).collect();
    }
    let mut offers: Vec<Offer> =
        attributes::keys_at(&path).iter().map(|one| offer(one.name, "property", &meaning(one))).collect();
    if matches!(path[..], ["services", _]) {
        offers.push(offer(EXTENSION, "property", words::DESCRIBES_AN_APP));
    }
    offers
}

/// The keys around a place from `x-drydock` on, if it is within one.
fn described(around: &[String]) -> Option<Vec<&str>> {
    match around {
        [services, _, extension, inside @ ..] if services == "services" && extension == EXTENSION => {
            Some(inside.iter().map(String::as_str).collect())
        }
        _ => None,
    }
}

/// What the key at an offset means; empty where there is no key of the language.
pub fn explain(text: &str, offset: u32) -> String {
    let at = byte_offset(text, offset) as usize;
    let line = line_at(text, at);
    let Some(key) = key_of(line) else { return String::new() };
    let begins = at - text[..at].rfind('\n').map_or(at, |end| at - end - 1);
    let indent = line.find(key).unwrap_or(0);
    if !(begins + indent..=begins + indent + key.len()).contains(&at) {
        return String::new();
    }
    let around = place(text, begins + indent).around;
    if let Some(inside) = described(&around) {
        let found = schema::keys_at(&inside).into_iter().find(|known| known.name == key);
        return found.map(|known| known.meaning.to_owned()).unwrap_or_default();
    }
    if key == EXTENSION && matches!(&around[..], [services, _] if services == "services") {
        return words::DESCRIBES_AN_APP.to_owned();
    }
    let path: Vec<&str> = around.iter().map(String::as_str).chain([key]).collect();
    attributes::find(&path).map(meaning).unwrap_or_default()
}

fn offer(label: &str, kind: &'static str, info: &str) -> Offer {
    Offer { label: label.to_owned(), kind, info: info.to_owned() }
}

fn meaning(attribute: &Attribute) -> String {
    let mut text = attribute.meaning.to_owned();
    if !attribute.default.is_empty() {
        text.push_str(&words::default_value(attribute.default));
    }
    match attribute.support {
        Support::Simulated => {}
        Support::ShownOnly => text.push_str(words::SHOWN_ONLY),
        Support::Ignored => text.push_str(words::NOT_SIMULATED),
    }
    text
}

fn place(text: &str, at: usize) -> Place {
    let begins = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let before = &text[begins..at];
    let behind = before.split_once(": ").and_then(|(left, _)| key_of(&format!("{left}:")).map(str::to_owned));
    let mut indent = before.len() - before.trim_start_matches([' ', '-']).len();
    let mut around = Vec::new();
    if before.trim_start().starts_with('-') {
        around.push(ITEM.to_owned());
        indent = before.len() - before.trim_start().len() + 1;
    }
    for line in text[..begins].lines().rev() {
        let depth = line.len() - line.trim_start().len();
        let is_item = line.trim_start().starts_with("- ");
        if depth >= indent && !(is_item && depth + 2 == indent) {
            continue;
        }
        if let Some(key) = key_of(line) {
            if is_item {
                around.push(ITEM.to_owned());
            } else {
                around.push(key.to_owned());
            }
            indent = depth;
        }
        if indent == 0 {
            break;
        }
    }
    around.reverse();
    Place { around, behind }
}

fn line_at(text: &str, at: usize) -> &str {
    let begins = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[begins..].lines().next().unwrap_or_default()
}

/// The key a line begins with.
fn key_of(line: &str) -> Option<&str> {
    let rest = line.trim_start().trim_start_matches("- ");
    let (key, after) = rest.split_once(':')?;
    let plain = !key.is_empty() && !key.contains([' ', '"', '\'', '#', '{', '[']);
    (plain && (after.is_empty() || after.starts_with(' '))).then_some(key)
}

fn service_names(text: &str) -> Vec<&str> {
    let inside = text.lines().skip_while(|line| *line != "services:").skip(1);
    let inside = inside.take_while(|line| line.is_empty() || line.starts_with([' ', '#']));
    let named = inside.filter(|line| line.starts_with("  ") && !line[2..].starts_with([' ', '#', '-']));
    named.filter_map(key_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text without its `|`, and the offset at which that stood.
    fn cursor(text: &str) -> (String, u32) {
        let at = text.find('|').unwrap();
        (text.replacen('|', "", 1), at as u32)
    }

    fn labels(text: &str) -> Vec<String> {
        let (text, at) = cursor(text);
        offers(&text, at).into_iter().map(|offer| offer.label).collect()
    }

    #[test]
    fn keys_of_the_place_are_offered() {
        assert!(labels("|").contains(&"services".into()));
        assert!(labels("services:\n  db:\n    |").contains(&"healthcheck".into()));
        assert!(labels("services:\n  db:\n    healthcheck:\n      |").contains(&"start_period".into()));
        assert!(labels("services:\n  db:\n    |").iter().all(|label| label != "start_period"));
    }

    #[test]
    fn values_and_services_are_offered() {
        let text = "services:\n  db:\n    image: x\n  app:\n    depends_on:\n      db:\n        condition: |";
        assert!(labels(text).contains(&"service_healthy".into()));
        assert_eq!(labels("services:\n  db:\n    image: x\n  app:\n    depends_on:\n      |"), ["db"]);
    }

    #[test]
    fn what_an_app_does_can_be_completed_and_explained() {
        let head = "services:\n  app:\n    image: x\n";
        assert!(labels(&format!("{head}    |")).contains(&"x-drydock".into()));
        let inside = format!("{head}    x-drydock:\n");
        assert!(labels(&format!("{inside}      |")).contains(&"listens".into()));
        assert_eq!(
            labels(&format!("{inside}      needs:\n        - connect: db:5432\n          missing: |")),
            ["exit", "retry"]
        );
        assert!(labels(&format!("{inside}      needs:\n        - |")).contains(&"connect".into()));
        assert_eq!(labels(&format!("{inside}      leak:\n        |")), ["after"]);
        let (text, at) = cursor(&format!("{inside}      crash:\n        co|de: 1\n"));
        assert!(explain(&text, at).contains("Exit code"));
        let (text, at) = cursor(&format!("{head}    x-dry|dock:\n"));
        assert!(!explain(&text, at).is_empty());
    }

    #[test]
    fn a_key_is_explained_where_it_stands_and_nowhere_else() {
        let (text, at) = cursor("services:\n  db:\n    healthcheck:\n      retr|ies: 5\n");
        assert!(!explain(&text, at).is_empty());
        let (text, at) = cursor("services:\n  db:\n    image: ret|ries\n");
        assert_eq!(explain(&text, at), "");
    }
}
