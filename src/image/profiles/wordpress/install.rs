//! The installation: what the form must say, and what it writes into the database.
//!
//! Sources: WordPress 6, `wp-admin/install.php` for the form and its errors, `wp-admin/includes/schema.php` for the tables and
//! options, `wp-admin/includes/upgrade.php` for the first post. From memory.

use crate::image::profiles::mysql::client::Session;
use std::collections::BTreeMap;

/// The tables of one site, with the columns that matter. `PREFIX` stands for what their names begin with.
const TABLES: [(&str, &str); 12] = [
    (
        "users",
        "ID bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, user_login varchar(60) NOT NULL, user_pass varchar(255) NOT NULL, user_email varchar(100) NOT NULL",
    ),
    (
        "usermeta",
        "umeta_id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id bigint NOT NULL, meta_key varchar(255), meta_value text",
    ),
    (
        "termmeta",
        "meta_id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, term_id bigint NOT NULL, meta_key varchar(255), meta_value text",
    ),
    (
        "terms",
        "term_id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(200) NOT NULL, slug varchar(200) NOT NULL",
    ),
    (
        "term_taxonomy",
        "term_taxonomy_id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, term_id bigint NOT NULL, taxonomy varchar(32) NOT NULL",
    ),
    ("term_relationships", "object_id bigint NOT NULL, term_taxonomy_id bigint NOT NULL"),
    (
        "commentmeta",
        "meta_id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, comment_id bigint NOT NULL, meta_key varchar(255), meta_value text",
    ),
    (
        "comments",
        "comment_ID bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, comment_post_ID bigint NOT NULL, comment_author text, comment_content text NOT NULL",
    ),
    (
        "links",
        "link_id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, link_url varchar(255) NOT NULL, link_name varchar(255) NOT NULL",
    ),
    (
        "options",
        "option_id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, option_name varchar(191) NOT NULL, option_value text NOT NULL",
    ),
    (
        "postmeta",
        "meta_id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, post_id bigint NOT NULL, meta_key varchar(255), meta_value text",
    ),
    (
        "posts",
        "ID bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, post_author bigint NOT NULL, post_content text NOT NULL, post_title text NOT NULL, post_status varchar(20) NOT NULL, post_name varchar(200) NOT NULL, post_type varchar(20) NOT NULL",
    ),
];

/// The first post's text.
const FIRST_POST: &str = "Welcome to WordPress. This is your first post. Edit or delete it, then start writing!";

/// What is missing in the form; `None` if nothing is.
pub fn complaint(form: &BTreeMap<String, String>) -> Option<&'static str> {
    let field = |name: &str| form.get(name).map_or("", |value| value.trim());
    if field("user_name").is_empty() {
        return Some("Please provide a valid username.");
    }
    let password = field("admin_password");
    if password != field("admin_password2") {
        return Some("Your passwords do not match. Please try again.");
    }
    match field("admin_email") {
        "" => Some("You must provide an email address."),
        address if !address.contains('@') => Some(
            "Sorry, that is not a valid email address. Email addresses look like <code>username@example.com</code>.",
        ),
        _ => None,
    }
}

/// A text of SQL.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// Makes the tables and what is in them at first; the error is the server's.
pub async fn install(
    session: &Session,
    prefix: &str,
    url: &str,
    form: &BTreeMap<String, String>,
) -> Result<(), String> {
    let field = |name: &str| quoted(form.get(name).map_or("", |value| value.trim()));
    let mut statements: Vec<String> =
        TABLES.iter().map(|(name, columns)| format!("CREATE TABLE {prefix}{name} ({columns})")).collect();
    let options = [
        ("siteurl", quoted(url)),
        ("home", quoted(url)),
        ("blogname", field("weblog_title")),
        ("admin_email", field("admin_email")),
        ("permalink_structure", quoted("/%year%/%monthnum%/%day%/%postname%/")),
    ];
    for (name, value) in options {
        statements.push(format!("INSERT INTO {prefix}options (option_name, option_value) VALUES ('{name}', {value})"));
    }
    statements.push(format!(
        "INSERT INTO {prefix}users (user_login, user_pass, user_email) VALUES ({}, '$wp$', {})",
        field("user_name"),
        field("admin_email")
    ));
    statements.push(format!("INSERT INTO {prefix}terms (name, slug) VALUES ('Uncategorized', 'uncategorized')"));
    let posts = [
        (quoted(FIRST_POST), "Hello world!", "publish", "hello-world", "post"),
        (quoted("This is an example page."), "Sample Page", "publish", "sample-page", "page"),
    ];
    for (content, title, status, name, kind) in posts {
        statements.push(format!(
            "INSERT INTO {prefix}posts (post_author, post_content, post_title, post_status, post_name, post_type) VALUES (1, {content}, '{title}', '{status}', '{name}', '{kind}')"
        ));
    }
    for sql in &statements {
        session.query(sql).await.map_err(|error| error.text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_must_be_whole() {
        let form =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        assert_eq!(complaint(&form(&[])), Some("Please provide a valid username."));
        let two = [("user_name", "a"), ("admin_password", "x"), ("admin_password2", "y")];
        assert_eq!(complaint(&form(&two)), Some("Your passwords do not match. Please try again."));
        assert_eq!(complaint(&form(&[("user_name", "a")])), Some("You must provide an email address."));
        assert_eq!(complaint(&form(&[("user_name", "a"), ("admin_email", "a@b.c")])), None);
    }
}
