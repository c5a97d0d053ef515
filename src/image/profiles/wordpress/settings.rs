//! `wp-config.php`: which database, as whom, and how its tables are called. It is read at each request, so a variable that is
//! changed later acts, although the file is made only once.
//!
//! Source: docker-library/wordpress, `wp-config-docker.php` (names of the variables, what holds without them, `NAME_FILE`).

use crate::image::profiles::{mysql, php};
use crate::kernel::Process;

/// The image's file, without what does not matter here.
pub const FILE: &str = "<?php
define( 'DB_NAME', getenv_docker('WORDPRESS_DB_NAME', 'wordpress') );
define( 'DB_USER', getenv_docker('WORDPRESS_DB_USER', 'example username') );
define( 'DB_PASSWORD', getenv_docker('WORDPRESS_DB_PASSWORD', 'example password') );
define( 'DB_HOST', getenv_docker('WORDPRESS_DB_HOST', 'mysql') );
$table_prefix = getenv_docker('WORDPRESS_TABLE_PREFIX', 'wp_');
define( 'WP_DEBUG', !!getenv_docker('WORDPRESS_DEBUG', '') );
require_once ABSPATH . 'wp-settings.php';
";

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The database.
    pub target: mysql::client::Target,
    /// What names of tables begin with.
    pub prefix: String,
}

impl Settings {
    /// Reads the file; `None` if there is none.
    pub fn read(process: &Process) -> Option<Self> {
        let bytes = process.read_file("/var/www/html/wp-config.php").ok()?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let lookup = |name: &str| php::setting(process, name);
        let constant = |name: &str| constant(&text, name, &lookup);
        let address = constant("DB_HOST").unwrap_or_default();
        let (host, port) = address.split_once(':').unwrap_or((&address, "3306"));
        let target = mysql::client::Target {
            host: Some(host.to_string()),
            port: port.parse().unwrap_or(3306),
            user: constant("DB_USER").unwrap_or_default(),
            password: constant("DB_PASSWORD").unwrap_or_default(),
            database: constant("DB_NAME").unwrap_or_default(),
            is_mariadb: false,
        };
        let prefix = text.split_once("$table_prefix").and_then(|(_, rest)| value(rest.split_once('=')?.1, &lookup));
        Some(Self { target, prefix: prefix.unwrap_or_else(|| "wp_".to_string()) })
    }
}

/// What `define( 'NAME', … )` says.
fn constant(text: &str, name: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let quoted = ["'", "\""].map(|quote| format!("{quote}{name}{quote}"));
    let rest = text
        .lines()
        .filter(|line| line.trim_start().starts_with("define"))
        .find_map(|line| quoted.iter().find_map(|name| line.split_once(name.as_str())).map(|(_, rest)| rest))?;
    value(rest.trim_start().strip_prefix(',')?, lookup)
}

/// The value of an expression: a text, or a variable with what holds without it.
fn value(expression: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let expression = expression.trim_start();
    let Some(call) = expression.strip_prefix("getenv_docker(").or(expression.strip_prefix("getenv(")) else {
        return literal(expression).map(|(text, _)| text);
    };
    let (name, rest) = literal(call)?;
    let default = rest.trim_start().strip_prefix(',').and_then(|rest| literal(rest.trim_start()));
    lookup(&name).or(default.map(|(text, _)| text))
}

/// The quoted text that a line begins with, and what is behind it.
fn literal(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let (inside, rest) = text[1..].split_once(quote)?;
    Some((inside.to_string(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_and_plain_texts_are_read() {
        let given = |name: &str| (name == "WORDPRESS_DB_HOST").then(|| "db:3307".to_string());
        assert_eq!(constant(FILE, "DB_HOST", &given).as_deref(), Some("db:3307"));
        assert_eq!(constant(FILE, "DB_NAME", &given).as_deref(), Some("wordpress"));
        assert_eq!(constant("define( \"DB_USER\" , 'me' );", "DB_USER", &given).as_deref(), Some("me"));
        assert_eq!(constant("// 'DB_USER'", "DB_USER", &given), None);
    }
}
