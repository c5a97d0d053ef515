//! `docker images`. How large an image of the catalogue is, and when it was made, the simulation does not know: `N/A`. Must not
//! change anything.

use super::Invocation;
use super::list::{filters, has_label, print};
use crate::shell::pattern;
use crate::sim::client::table::age;
use crate::sim::client::template::{self, Listing};
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::engine::{ContainerFilter, ImageView};
use serde_json::{Value, json};

/// The rows.
const IMAGES: Listing = Listing { kind: "*formatter.imageContext", title, problems: template::PARSING };

/// The columns, and the fields under them.
const COLUMNS: [(&str, &str); 5] =
    [("REPOSITORY", "Repository"), ("TAG", "Tag"), ("IMAGE ID", "ID"), ("CREATED", "CreatedSince"), ("SIZE", "Size")];

/// What nobody knows here.
pub const UNKNOWN: &str = "N/A";

fn title(field: &str) -> Option<String> {
    Some(match field {
        "ID" => "IMAGE ID".to_owned(),
        "CreatedSince" => "CREATED".to_owned(),
        other => return template::title(other),
    })
}

/// One reference of an image, or an image that none names.
pub struct Row {
    /// Name without tag, or `<none>`.
    pub repository: String,
    /// Tag, or `<none>`.
    pub tag: String,
    /// The image.
    pub image: ImageView,
}

/// All references, those of the newest image first.
pub fn rows(invocation: &Invocation) -> Vec<Row> {
    let mut images = invocation.context.engine.list_images();
    images.sort_by(|one, other| {
        other.created_at.cmp(&one.created_at).then_with(|| one.tags.first().cmp(&other.tags.first()))
    });
    let named = |image: &ImageView, reference: &str| {
        let (repository, tag) = reference.rsplit_once(':').unwrap_or((reference, "<none>"));
        Row { repository: repository.to_owned(), tag: tag.to_owned(), image: image.clone() }
    };
    let of_image = |image: ImageView| match image.tags.is_empty() {
        true => vec![named(&image, "<none>:<none>")],
        false => image.tags.iter().map(|tag| named(&image, tag)).collect(),
    };
    images.into_iter().flat_map(of_image).collect()
}

/// `docker images`.
pub fn list(invocation: &Invocation) -> Done {
    let mut rows = rows(invocation);
    if let Some(wanted) = invocation.arguments.positional.first() {
        rows.retain(|row| refers_to(row, wanted));
    }
    for (key, value) in filters(invocation) {
        match key.as_str() {
            "dangling" => {
                let dangling = crate::sim::client::arguments::truth(&value);
                let invalid =
                    || Failure::new(format!("Error response from daemon: invalid filter 'dangling=[{value}]'"));
                let dangling = dangling.ok_or_else(invalid)?;
                rows.retain(|row| row.image.tags.is_empty() == dangling);
            }
            "label" => rows.retain(|row| has_label(&row.image.labels, &value)),
            "reference" => rows.retain(|row| refers_to(row, &value)),
            other => return Err(Failure::new(format!("Error response from daemon: invalid filter '{other}'"))),
        }
    }
    let values: Vec<Value> = rows.iter().map(|row| describe(invocation, row)).collect();
    let cell = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let cells = values.iter().map(|value| COLUMNS.iter().map(|(_, key)| cell(value, key)).collect()).collect();
    let ids: Vec<String> = values.iter().map(|value| cell(value, "ID")).collect();
    print(invocation, &IMAGES, &COLUMNS.map(|(title, _)| title), cells, &values, &ids)
}

/// Whether a pattern such as `post*` or `postgres:16*` stands for a reference; without a tag it stands for all tags.
fn refers_to(row: &Row, pattern: &str) -> bool {
    let reference = format!("{}:{}", row.repository, row.tag);
    matches(pattern, &row.repository) || matches(pattern, &reference)
}

/// Go's `path.Match`: no part of a pattern stands for a slash.
fn matches(pattern: &str, text: &str) -> bool {
    let (parts, names): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), text.split('/').collect());
    parts.len() == names.len() && parts.iter().zip(names).all(|(part, name)| pattern::matches(part, name))
}

fn describe(invocation: &Invocation, row: &Row) -> Value {
    let (clock, now) = (invocation.clock(), invocation.process.now());
    let created =
        |text: &dyn Fn(crate::kernel::Instant) -> String| row.image.created_at.map_or_else(|| UNKNOWN.to_owned(), text);
    let id = match invocation.arguments.on("no-trunc") {
        true => row.image.id.to_string(),
        false => row.image.id.trim_start_matches("sha256:").chars().take(12).collect(),
    };
    json!({
        "Containers": users(invocation, &row.image).to_string(),
        "CreatedAt": created(&|at| clock.go(at)),
        "CreatedSince": created(&|at| format!("{} ago", age(now.since(at)))),
        "Digest": "<none>",
        "ID": id,
        "Repository": row.repository,
        "SharedSize": UNKNOWN,
        "Size": UNKNOWN,
        "Tag": row.tag,
        "UniqueSize": UNKNOWN,
        "VirtualSize": UNKNOWN,
    })
}

/// How many containers an image has.
pub fn users(invocation: &Invocation, image: &ImageView) -> usize {
    let all = invocation.context.engine.list_containers(&ContainerFilter { all: true, labels: Vec::new() });
    all.iter().filter(|container| container.image_id == image.id).count()
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_are_those_of_paths() {
        assert!(matches("bus*", "busybox") && matches("b?sybox", "busybox") && matches("*/app:*", "team/app:1"));
        assert!(!matches("bus*", "busy/box") && !matches("bus", "busybox"));
        assert!(!matches(&"*a".repeat(40), &"a".repeat(39)), "many stars take no long time");
    }
}
