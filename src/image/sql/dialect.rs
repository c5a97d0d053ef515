//! Which server's SQL is spoken: the few places where the two differ in meaning, not in wording.

use serde::{Deserialize, Serialize};

/// A dialect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// PostgreSQL: strict types, `"names"` in double quotes.
    #[default]
    Postgres,
    /// MySQL and MariaDB: texts count as numbers, `"texts"` in double quotes too, letters compare without case.
    MySql,
}

impl Dialect {
    /// Whether it is MySQL's.
    pub fn is_mysql(self) -> bool {
        self == Dialect::MySql
    }
}
