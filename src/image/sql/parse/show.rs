//! SHOW and SET.

use super::{Parser, Read};
use crate::image::sql::ast::{ObjectKind, Statement};
use crate::image::sql::problem::Problem;

impl Parser<'_> {
    pub(super) fn show(&mut self) -> Read<Statement> {
        self.at += 1;
        if !self.dialect.is_mysql() {
            let words: Vec<String> =
                std::iter::from_fn(|| (!self.is_end()).then(|| self.name().ok()).flatten()).collect();
            let name = match words.join(" ").as_str() {
                "time zone" => "timezone".to_string(),
                "transaction isolation level" => "transaction_isolation".to_string(),
                _ => words.join("."),
            };
            return Ok(Statement::ShowSetting { name, is_pattern: false });
        }
        let _ = self.word("full") || self.word("global") || self.word("session");
        let kind = match self.peek_word(0).as_deref() {
            Some("databases" | "schemas") => ObjectKind::Database,
            Some("tables") => ObjectKind::Table,
            Some("columns" | "fields") => {
                self.at += 1;
                if !(self.word("from") || self.word("in")) {
                    return Err(self.near());
                }
                return self.named().map(Statement::Describe);
            }
            Some("create") => {
                self.at += 1;
                self.expect("table")?;
                return self.named().map(Statement::ShowCreate);
            }
            Some("variables") => {
                self.at += 1;
                return match self.pattern()? {
                    Some(name) => Ok(Statement::ShowSetting { name, is_pattern: true }),
                    None => Err(Problem::Unsupported("SHOW VARIABLES without LIKE".to_string()).into()),
                };
            }
            Some("warnings" | "errors") => {
                self.at += 1;
                return Ok(Statement::ShowWarnings);
            }
            Some("grants") => {
                self.at += 1;
                let of = if self.word("for") { Some(self.account()?.name) } else { None };
                return Ok(Statement::ShowGrants(of));
            }
            Some(
                other @ ("status" | "processlist" | "engines" | "engine" | "index" | "indexes" | "keys" | "table"
                | "triggers" | "master" | "slave" | "plugins" | "collation" | "privileges" | "procedure"),
            ) => return Err(Problem::Unsupported(format!("SHOW {}", other.to_uppercase())).into()),
            _ => return Err(self.near()),
        };
        self.at += 1;
        let of = if self.word("from") || self.word("in") { Some(self.name()?) } else { None };
        Ok(Statement::Show { kind, like: self.pattern()?, of })
    }

    fn pattern(&mut self) -> Read<Option<String>> {
        if self.word("like") {
            return self.string().map(Some);
        }
        if self.is_word(0, "where") {
            return Err(Problem::Unsupported("SHOW … WHERE".to_string()).into());
        }
        Ok(None)
    }

    pub(super) fn set(&mut self) -> Read<Statement> {
        self.at += 1;
        let _ = self.word("session") || self.word("local") || self.word("global");
        let start = self.here();
        let Some(placed) = self.tokens.get(self.at) else { return Err(self.near()) };
        let name = self.text[placed.start..placed.end].to_lowercase();
        while !self.is_end() && !self.at_sign("=") && !self.is_word(0, "to") && !self.at_sign(":=") {
            self.at += 1;
        }
        if self.dialect.is_mysql() && name == "password" {
            return Err(Problem::Unsupported("SET PASSWORD (ALTER USER is known)".to_string()).into());
        }
        self.at = (self.at + 1).min(self.tokens.len());
        let value_at = self.here();
        self.at = self.tokens.len();
        let value = self.text[value_at.max(start)..].trim_end_matches(';').trim().to_string();
        Ok(Statement::Set { name, value })
    }
}
