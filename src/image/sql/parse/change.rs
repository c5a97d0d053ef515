//! INSERT, UPDATE, DELETE, TRUNCATE, COPY.

use super::{Parser, Read};
use crate::image::sql::ast::{
    Common, Copy, CopyOf, Expression, Insert, InsertSource, Named, SelectItem, Statement, Update,
};
use crate::image::sql::problem::Problem;

impl Parser<'_> {
    pub(super) fn insert(&mut self, with: Vec<Common>) -> Read<Statement> {
        let replaces = self.is_word(0, "replace");
        self.at += 1;
        let mut skip_duplicates = self.word("ignore");
        if !(self.word("into") || self.dialect.is_mysql()) {
            return Err(self.near());
        }
        let table = self.named()?;
        if self.word("as") {
            return Err(Problem::Unsupported("INSERT … AS".to_string()).into());
        }
        let mut columns = Vec::new();
        if self.at_sign("(") && !self.is_word(1, "select") {
            self.at += 1;
            columns = self.list(Self::named)?;
        }
        if self.words("overriding system value") {
            return Err(Problem::Unsupported("OVERRIDING SYSTEM VALUE".to_string()).into());
        }
        let source = if self.words("default values") {
            InsertSource::Rows(vec![Vec::new()])
        } else if self.word("values") || self.word("value") {
            InsertSource::Rows(self.separated(Self::value_row)?)
        } else if self.dialect.is_mysql() && self.word("set") {
            let changes = self.separated(Self::change)?;
            let (names, values): (Vec<Named>, Vec<Option<Expression>>) = changes.into_iter().unzip();
            columns = names;
            InsertSource::Rows(vec![values])
        } else {
            InsertSource::Query(Box::new(self.query()?))
        };
        let (mut conflict, mut on_duplicate) = (Vec::new(), Vec::new());
        if self.words("on conflict") {
            if self.at_sign("(") {
                conflict = self.names()?;
            } else if self.words("on constraint") {
                return Err(Problem::Unsupported("ON CONFLICT ON CONSTRAINT".to_string()).into());
            }
            if self.words("do nothing") {
                skip_duplicates = true;
            } else {
                self.expect("do update set")?;
                on_duplicate = self.changes_given()?;
                if self.is_word(0, "where") {
                    return Err(Problem::Unsupported("ON CONFLICT … DO UPDATE … WHERE".to_string()).into());
                }
            }
        } else if self.words("on duplicate key update") {
            on_duplicate = self.changes_given()?;
        }
        let returning = self.returning()?;
        Ok(Statement::Insert(Insert {
            table,
            with,
            columns,
            source,
            skip_duplicates,
            replaces,
            on_duplicate,
            conflict,
            returning,
        }))
    }

    fn value_row(&mut self) -> Read<Vec<Option<Expression>>> {
        self.expect_sign("(")?;
        self.list(Self::value_or_default)
    }

    fn value_or_default(&mut self) -> Read<Option<Expression>> {
        if self.is_word(0, "default") && (self.is_sign(1, ",") || self.is_sign(1, ")")) || self.is_last_default() {
            self.at += 1;
            return Ok(None);
        }
        self.expression().map(Some)
    }

    fn is_last_default(&self) -> bool {
        self.is_word(0, "default") && (self.is_word(1, "where") || self.at + 1 >= self.tokens.len())
    }

    fn change(&mut self) -> Read<(Named, Option<Expression>)> {
        let column = self.named()?;
        self.expect_sign("=")?;
        Ok((column, self.value_or_default()?))
    }

    fn changes_given(&mut self) -> Read<Vec<(Named, Expression)>> {
        let changes = self.separated(Self::change)?;
        Ok(changes.into_iter().filter_map(|(column, value)| Some((column, value?))).collect())
    }

    fn returning(&mut self) -> Read<Vec<SelectItem>> {
        if self.word("returning") { self.items() } else { Ok(Vec::new()) }
    }

    fn filter(&mut self) -> Read<Option<Expression>> {
        if self.word("where") { self.expression().map(Some) } else { Ok(None) }
    }

    fn short_alias(&mut self) -> Read<Option<String>> {
        let is_alias = self.peek_word(0).is_some_and(|word| !["set", "where", "using"].contains(&word.as_str()));
        if self.word("as")
            || (is_alias && self.peek_word(0).is_some_and(|word| !super::RESERVED.contains(&word.as_str())))
        {
            return self.name().map(Some);
        }
        Ok(None)
    }

    pub(super) fn update(&mut self) -> Read<Statement> {
        self.at += 1;
        let _ = self.word("only");
        let table = self.named()?;
        let alias = self.short_alias()?;
        self.expect("set")?;
        if self.at_sign("(") {
            return Err(Problem::Unsupported("UPDATE … SET (…) = (…)".to_string()).into());
        }
        let changes = self.separated(Self::change)?;
        let from = if self.word("from") { self.sources()? } else { Vec::new() };
        let filter = self.filter()?;
        let order = if self.words("order by") { self.separated(Self::order_key)? } else { Vec::new() };
        let limit = if self.word("limit") { Some(self.expression()?) } else { None };
        let returning = self.returning()?;
        Ok(Statement::Update(Update { table, alias, changes, from, filter, order, limit, returning }))
    }

    pub(super) fn delete(&mut self) -> Read<Statement> {
        self.at += 1;
        self.expect("from")?;
        let _ = self.word("only");
        let table = self.named()?;
        let alias = self.short_alias()?;
        let using = if self.word("using") { self.sources()? } else { Vec::new() };
        let filter = self.filter()?;
        let order = if self.words("order by") { self.separated(Self::order_key)? } else { Vec::new() };
        let limit = if self.word("limit") { Some(self.expression()?) } else { None };
        let returning = self.returning()?;
        Ok(Statement::Delete { table, alias, using, filter, order, limit, returning })
    }

    pub(super) fn truncate(&mut self) -> Read<Statement> {
        self.at += 1;
        let _ = self.word("table");
        let _ = self.word("only");
        let names = self.separated(Self::named)?;
        let restart = self.words("restart identity");
        let _ = self.words("continue identity");
        let cascade = self.word("cascade");
        let _ = self.word("restrict");
        Ok(Statement::Truncate { names, restart, cascade })
    }

    pub(super) fn copy(&mut self) -> Read<Statement> {
        self.at += 1;
        let what = if self.sign("(") {
            let query = self.query()?;
            self.expect_sign(")")?;
            CopyOf::Query(Box::new(query))
        } else {
            let name = self.named()?;
            let columns = if self.at_sign("(") { self.names()? } else { Vec::new() };
            CopyOf::Table { name, columns }
        };
        let is_out = self.word("to");
        if !is_out {
            self.expect("from")?;
        }
        let file = match self.string() {
            Ok(path) => Some(path),
            Err(_) if self.word("stdin") || self.word("stdout") => None,
            Err(error) => return Err(error),
        };
        let mut copy =
            Copy { what, is_out, file, csv: false, header: false, delimiter: String::new(), null: String::new() };
        self.copy_options(&mut copy)?;
        if copy.delimiter.is_empty() {
            copy.delimiter = if copy.csv { "," } else { "\t" }.to_string();
        }
        if copy.null.is_empty() && !copy.csv {
            copy.null = "\\N".to_string();
        }
        Ok(Statement::Copy(copy))
    }

    fn copy_options(&mut self, copy: &mut Copy) -> Read<()> {
        let _ = self.word("with");
        let _ = self.sign("(");
        while !self.is_end() {
            if self.word("format") {
                copy.csv = self.word("csv");
                let _ = self.word("text");
            } else if self.word("csv") {
                copy.csv = true;
            } else if self.word("header") {
                copy.header = !self.word("false");
                let _ = self.word("true");
            } else if self.word("delimiter") {
                let _ = self.word("as");
                copy.delimiter = self.string()?;
            } else if self.word("null") {
                let _ = self.word("as");
                copy.null = self.string()?;
            } else if self.sign(",") || self.sign(")") {
            } else {
                return Err(match self.peek_word(0) {
                    Some(word) => Problem::Unsupported(format!("COPY with {}", word.to_uppercase())).into(),
                    None => self.near(),
                });
            }
        }
        Ok(())
    }
}
