//! CREATE, ALTER, DROP.

use super::{Parser, Read};
use crate::image::sql::ast::{CreateTable, Named, ObjectKind, Order, Statement, TableChange};
use crate::image::sql::problem::Problem;

impl Parser<'_> {
    pub(super) fn create(&mut self) -> Read<Statement> {
        self.at += 1;
        let replaces = self.words("or replace");
        let temporary = self.word("temporary") || self.word("temp");
        let _ = self.word("unlogged");
        let unique = self.word("unique");
        let kind = self.peek_word(0).unwrap_or_default();
        match kind.as_str() {
            "table" => self.create_table(temporary),
            "index" => self.create_index(unique),
            "view" => self.create_view(replaces),
            "database" => self.create_database(),
            "schema" if self.dialect.is_mysql() => self.create_database(),
            "schema" => {
                self.at += 1;
                let if_not_exists = self.words("if not exists");
                let name = self.name()?;
                self.at = self.tokens.len();
                Ok(Statement::CreateSchema { name, if_not_exists })
            }
            "extension" => {
                self.at += 1;
                let if_not_exists = self.words("if not exists");
                let name = self.name()?;
                self.at = self.tokens.len();
                Ok(Statement::CreateExtension { name, if_not_exists })
            }
            "sequence" => self.create_sequence(),
            "user" | "role" | "group" => self.role(true),
            _ => Err(self.near()),
        }
    }

    fn create_table(&mut self, temporary: bool) -> Read<Statement> {
        self.at += 1;
        let if_not_exists = self.words("if not exists");
        let name = self.named()?;
        let mut create =
            CreateTable { name, if_not_exists, columns: Vec::new(), constraints: Vec::new(), query: None, temporary };
        if self.word("like") || (self.is_sign(0, "(") && self.is_word(1, "like")) {
            return Err(Problem::Unsupported("CREATE TABLE … LIKE".to_string()).into());
        }
        if self.sign("(") {
            loop {
                match self.table_constraint()? {
                    Some(constraint) => create.constraints.push(constraint),
                    None => create.columns.push(self.column()?),
                }
                if self.sign(")") {
                    break;
                }
                self.expect_sign(",")?;
            }
        }
        if self.word("partition") {
            return Err(Problem::Unsupported("PARTITION BY".to_string()).into());
        }
        self.table_options()?;
        if self.word("as") || self.is_word(0, "select") {
            create.query = Some(self.query()?);
        }
        Ok(Statement::CreateTable(create))
    }

    /// `ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`, `WITH (…)`, `TABLESPACE x`: without effect.
    fn table_options(&mut self) -> Read<()> {
        while !self.is_end() && !self.is_word(0, "as") && !self.is_word(0, "select") {
            let known = [
                "engine",
                "default",
                "charset",
                "character",
                "collate",
                "auto_increment",
                "comment",
                "row_format",
                "with",
                "without",
                "tablespace",
                "on",
                "inherits",
                "set",
            ];
            if !self.peek_word(0).is_some_and(|word| known.contains(&word.as_str())) {
                return Err(self.near());
            }
            self.at += 1;
            while !self.is_end()
                && (self.at_sign("=") || self.at_sign("(") || self.at_sign(",") || !self.is_known_option(&known))
            {
                if self.at_sign("(") { self.skip_parentheses()? } else { self.at += 1 }
            }
        }
        Ok(())
    }

    fn is_known_option(&self, known: &[&str]) -> bool {
        self.peek_word(0).is_some_and(|word| known.contains(&word.as_str()) || word == "as" || word == "select")
    }

    pub(super) fn skip_parentheses(&mut self) -> Read<()> {
        let mut depth = 0;
        while !self.is_end() {
            depth += i32::from(self.at_sign("(")) - i32::from(self.at_sign(")"));
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
        Err(self.near())
    }

    fn create_index(&mut self, unique: bool) -> Read<Statement> {
        self.at += 1;
        let _ = self.word("concurrently");
        let if_not_exists = self.words("if not exists");
        let name = if self.is_word(0, "on") { None } else { Some(self.name()?) };
        self.expect("on")?;
        let table = self.named()?;
        if self.word("using") {
            self.name()?;
        }
        self.expect_sign("(")?;
        let keys = self.list(Self::order_key)?;
        let is_partial = self.is_word(0, "where");
        if unique && is_partial {
            return Err(Problem::Unsupported("a unique index with WHERE".to_string()).into());
        }
        self.at = self.tokens.len();
        let columns = keys.into_iter().map(|Order { key, .. }| key).collect();
        Ok(Statement::CreateIndex { name, table, columns, unique, if_not_exists })
    }

    fn create_view(&mut self, replaces: bool) -> Read<Statement> {
        self.at += 1;
        let if_not_exists = self.words("if not exists");
        let name = self.named()?;
        let columns = if self.at_sign("(") { self.names()? } else { Vec::new() };
        self.expect("as")?;
        let start = self.here();
        let query = self.query()?;
        Ok(Statement::CreateView { name, replaces, if_not_exists, columns, query, text: self.since(start) })
    }

    fn create_database(&mut self) -> Read<Statement> {
        self.at += 1;
        let if_not_exists = self.words("if not exists");
        let name = self.name()?;
        let mut owner = None;
        while !self.is_end() {
            if self.word("owner") {
                self.sign("=");
                owner = Some(self.name()?);
            } else {
                self.at += 1;
            }
        }
        Ok(Statement::CreateDatabase { name, if_not_exists, owner })
    }

    fn create_sequence(&mut self) -> Read<Statement> {
        self.at += 1;
        let if_not_exists = self.words("if not exists");
        let name = self.named()?;
        let (mut start, mut step) = (1, 1);
        while !self.is_end() {
            if self.word("start") {
                let _ = self.word("with");
                start = self.number()?;
            } else if self.word("increment") {
                let _ = self.word("by");
                step = self.number()?;
            } else {
                self.at += 1;
            }
        }
        Ok(Statement::CreateSequence { name, start, step, if_not_exists })
    }

    pub(super) fn drop_object(&mut self) -> Read<Statement> {
        self.at += 1;
        let _ = self.word("temporary");
        let kind = match self.peek_word(0).as_deref() {
            Some("table") => ObjectKind::Table,
            Some("view") => ObjectKind::View,
            Some("index") => ObjectKind::Index,
            Some("sequence") => ObjectKind::Sequence,
            Some("schema") if self.dialect.is_mysql() => ObjectKind::Database,
            Some("schema") => ObjectKind::Schema,
            Some("extension") => ObjectKind::Extension,
            Some("database") => ObjectKind::Database,
            Some("user" | "role" | "group") => ObjectKind::Role,
            Some(other @ ("function" | "procedure" | "trigger" | "type" | "event" | "owned")) => {
                return Err(Problem::Unsupported(format!("DROP {}", other.to_uppercase())).into());
            }
            _ => return Err(self.near()),
        };
        self.at += 1;
        let if_exists = self.words("if exists");
        let names = match kind {
            ObjectKind::Role => self.separated(Self::account)?,
            _ => self.separated(Self::named)?,
        };
        if kind == ObjectKind::Index && self.word("on") {
            self.named()?;
        }
        let cascade = self.word("cascade");
        let _ = self.word("restrict");
        if self.word("with") || self.at_sign("(") {
            // WITH (FORCE)
            self.skip_parentheses()?;
        }
        Ok(Statement::Drop { kind, names, if_exists, cascade })
    }

    pub(super) fn alter(&mut self) -> Read<Statement> {
        self.at += 1;
        match self.peek_word(0).as_deref() {
            Some("table") => self.alter_table(),
            Some("user" | "role") => self.role(false),
            Some("sequence") => {
                self.at += 1;
                let name = self.named()?;
                if self.word("restart") {
                    let _ = self.word("with");
                    let with = if self.is_end() { 1 } else { self.number()? };
                    return Ok(Statement::RestartSequence { name, with });
                }
                self.at = self.tokens.len();
                Ok(Statement::Accepted("ALTER SEQUENCE".to_string()))
            }
            Some("database" | "schema") => {
                let is_database = self.is_word(0, "database");
                self.at += 1;
                let from = self.name()?;
                if is_database && self.words("rename to") {
                    return Ok(Statement::RenameDatabase { from, to: self.name()? });
                }
                self.at = self.tokens.len();
                Ok(Statement::Accepted(if is_database { "ALTER DATABASE" } else { "ALTER SCHEMA" }.to_string()))
            }
            Some(other) => Err(Problem::Unsupported(format!("ALTER {}", other.to_uppercase())).into()),
            None => Err(self.near()),
        }
    }

    fn alter_table(&mut self) -> Read<Statement> {
        self.at += 1;
        let if_exists = self.words("if exists");
        let _ = self.word("only");
        let table = self.named()?;
        // Only the keys of MyISAM's tables can be switched off.
        if self.words("disable keys") || self.words("enable keys") {
            return Ok(Statement::Accepted("ALTER TABLE".to_string()));
        }
        let changes = self.separated(Self::table_change)?;
        Ok(Statement::AlterTable { table, if_exists, changes })
    }

    fn table_change(&mut self) -> Read<TableChange> {
        if self.word("add") {
            return self.table_addition();
        }
        if self.word("drop") {
            return self.table_removal();
        }
        if self.words("rename to") || self.words("rename as") {
            return Ok(TableChange::Rename(self.name()?));
        }
        if self.word("rename") {
            let _ = self.word("column");
            let from = self.name()?;
            self.expect("to")?;
            return Ok(TableChange::RenameColumn { from, to: self.name()? });
        }
        if self.words("owner to") {
            return Ok(TableChange::Owner(self.name()?));
        }
        if self.word("alter") {
            return self.column_change();
        }
        if self.word("modify") {
            let _ = self.word("column");
            let column = self.column()?;
            return Ok(TableChange::Redefine { old: column.name.clone(), column });
        }
        if self.word("change") {
            let _ = self.word("column");
            let old = self.name()?;
            return Ok(TableChange::Redefine { old, column: self.column()? });
        }
        Err(match self.peek_word(0) {
            Some(word) => Problem::Unsupported(format!("ALTER TABLE … {}", word.to_uppercase())).into(),
            None => self.near(),
        })
    }

    fn table_addition(&mut self) -> Read<TableChange> {
        if let Some(constraint) = self.table_constraint()? {
            return Ok(TableChange::AddConstraint(constraint));
        }
        let _ = self.word("column");
        let if_not_exists = self.words("if not exists");
        let column = self.column()?;
        if self.word("first") || self.word("after") {
            return Err(Problem::Unsupported("ADD COLUMN … FIRST or AFTER".to_string()).into());
        }
        Ok(TableChange::AddColumn { column, if_not_exists })
    }

    fn table_removal(&mut self) -> Read<TableChange> {
        let change = if self.word("constraint") || self.words("foreign key") || self.word("index") || self.word("key") {
            let if_exists = self.words("if exists");
            TableChange::DropConstraint { name: self.name()?, if_exists }
        } else if self.words("primary key") {
            TableChange::DropConstraint { name: "PRIMARY".to_string(), if_exists: false }
        } else {
            let _ = self.word("column");
            let if_exists = self.words("if exists");
            TableChange::DropColumn { name: self.name()?, if_exists }
        };
        let _ = self.word("cascade") || self.word("restrict");
        Ok(change)
    }

    fn column_change(&mut self) -> Read<TableChange> {
        let _ = self.word("column");
        let column = self.name()?;
        if self.words("set default") {
            return Ok(TableChange::SetDefault { column, default: Some(self.expression()?) });
        }
        if self.words("drop default") {
            return Ok(TableChange::SetDefault { column, default: None });
        }
        if self.words("set not null") {
            return Ok(TableChange::SetNotNull { column, not_null: true });
        }
        if self.words("drop not null") {
            return Ok(TableChange::SetNotNull { column, not_null: false });
        }
        if self.word("type") || self.words("set data type") {
            let kind = self.kind()?;
            if self.word("using") {
                self.expression()?;
            }
            return Ok(TableChange::SetKind { column, kind });
        }
        Err(self.near())
    }

    /// A role's name: MySQL's `'app'@'%'` is one.
    pub(super) fn account(&mut self) -> Read<Named> {
        let at = self.here();
        let name = match self.string() {
            Ok(name) => name,
            Err(_) => self.name()?,
        };
        if self.dialect.is_mysql() {
            self.account_host()?;
        }
        Ok(Named { name, schema: None, at })
    }

    /// The host of an account, which is not simulated: any host is meant.
    fn account_host(&mut self) -> Read<()> {
        match self.tokens.get(self.at).map(|placed| &placed.token) {
            Some(super::Token::Variable(host)) => {
                let is_quoted = host == "@";
                self.at += 1;
                if is_quoted && self.string().is_err() {
                    self.name()?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
