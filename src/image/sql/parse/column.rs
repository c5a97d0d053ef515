//! Columns, types and constraints.

use super::{Parser, Read, Token};
use crate::image::sql::ast::{ColumnDefinition, Counting, Demand, Expression, OnDelete, TableConstraint};
use crate::image::sql::kind::Kind;
use crate::image::sql::problem::{Problem, SqlError};

impl Parser<'_> {
    pub(super) fn column(&mut self) -> Read<ColumnDefinition> {
        let name = self.name()?;
        let is_serial = self.peek_word(0).is_some_and(|word| word.contains("serial"));
        let kind = self.kind()?;
        let counting = if is_serial { Counting::Serial } else { Counting::No };
        let mut column = ColumnDefinition {
            name,
            kind,
            counting,
            not_null: is_serial,
            default: None,
            on_update_now: false,
            constraints: Vec::new(),
        };
        while !self.is_end() && !self.at_sign(",") && !self.at_sign(")") {
            if self.is_word(0, "first") || self.is_word(0, "after") {
                break;
            }
            self.column_attribute(&mut column)?;
        }
        Ok(column)
    }

    fn column_attribute(&mut self, column: &mut ColumnDefinition) -> Read<()> {
        let name = if self.word("constraint") { Some(self.name()?) } else { None };
        let own = || vec![column.name.clone()];
        let demand = if self.words("primary key") {
            column.not_null = true;
            Demand::Primary(own())
        } else if self.word("unique") {
            let _ = self.word("key");
            Demand::Unique(own())
        } else if self.word("check") {
            let (test, text) = self.check()?;
            Demand::Check { test, text, column: Some(column.name.clone()) }
        } else if self.is_word(0, "references") {
            self.references(own())?
        } else {
            return self.plain_attribute(column);
        };
        column.constraints.push(TableConstraint { name, demand });
        Ok(())
    }

    fn plain_attribute(&mut self, column: &mut ColumnDefinition) -> Read<()> {
        if self.words("not null") {
            column.not_null = true;
        } else if self.word("null") {
            column.not_null = false;
        } else if self.word("default") {
            column.default = Some(self.default_value()?);
        } else if self.word("auto_increment") {
            column.counting = Counting::Serial;
        } else if self.words("on update") {
            self.expression()?;
            column.on_update_now = true;
        } else if self.word("generated") {
            return self.generated(column);
        } else if self.word("unsigned") || self.word("zerofill") || self.word("invisible") || self.word("key") {
        } else if self.word("comment") {
            self.string()?;
        } else if self.word("collate") || self.words("character set") || self.word("charset") {
            self.name()?;
        } else {
            return Err(self.near());
        }
        Ok(())
    }

    fn generated(&mut self, column: &mut ColumnDefinition) -> Read<()> {
        let always = self.word("always");
        if !always {
            self.expect("by default")?;
        }
        self.expect("as")?;
        if !self.word("identity") {
            return Err(Problem::Unsupported("a generated column".to_string()).into());
        }
        if self.at_sign("(") {
            self.skip_parentheses()?;
        }
        column.counting = if always { Counting::IdentityAlways } else { Counting::IdentityByDefault };
        column.not_null = true;
        Ok(())
    }

    /// The value of DEFAULT: an expression, in which a following NOT NULL is not taken for a part.
    fn default_value(&mut self) -> Read<Expression> {
        self.operand()
    }

    fn check(&mut self) -> Read<(Expression, String)> {
        self.expect_sign("(")?;
        let start = self.here();
        let test = self.expression()?;
        let text = self.since(start);
        self.expect_sign(")")?;
        Ok((test, text))
    }

    fn references(&mut self, columns: Vec<String>) -> Read<Demand> {
        self.expect("references")?;
        let table = self.named()?;
        let targets = if self.at_sign("(") { self.names()? } else { Vec::new() };
        let mut on_delete = OnDelete::Refuse;
        while self.is_word(0, "on") && (self.is_word(1, "delete") || self.is_word(1, "update")) {
            let is_delete = self.is_word(1, "delete");
            self.at += 2;
            let action = if self.word("cascade") {
                OnDelete::Cascade
            } else if self.words("set null") {
                OnDelete::SetNull
            } else if self.word("restrict") || self.words("no action") {
                OnDelete::Refuse
            } else {
                return Err(Problem::Unsupported("this action of a foreign key".to_string()).into());
            };
            if is_delete {
                on_delete = action;
            }
        }
        let _ = self.words("deferrable initially deferred") || self.word("deferrable");
        Ok(Demand::Foreign { columns, table, targets, on_delete })
    }

    /// A constraint of the table, or `None` if a column follows.
    pub(super) fn table_constraint(&mut self) -> Read<Option<TableConstraint>> {
        let begins = ["primary", "unique", "foreign", "constraint", "check", "key", "index", "fulltext", "exclude"];
        if !self.peek_word(0).is_some_and(|word| begins.contains(&word.as_str())) {
            return Ok(None);
        }
        let mut name = None;
        if self.word("constraint") && !self.is_word(0, "primary") && !self.is_word(0, "foreign") {
            name = Some(self.name()?);
        }
        let demand = if self.words("primary key") {
            Demand::Primary(self.names()?)
        } else if self.word("unique") {
            let _ = self.word("key") || self.word("index");
            name = if self.at_sign("(") { name } else { Some(self.name()?) };
            Demand::Unique(self.names()?)
        } else if self.word("check") {
            let (test, text) = self.check()?;
            Demand::Check { test, text, column: None }
        } else if self.words("foreign key") {
            if !self.at_sign("(") {
                self.name()?;
            }
            let columns = self.names()?;
            self.references(columns)?
        } else if self.word("key") || self.word("index") {
            name = if self.at_sign("(") { name } else { Some(self.name()?) };
            Demand::Index(self.names()?)
        } else {
            return Err(Problem::Unsupported("this constraint".to_string()).into());
        };
        Ok(Some(TableConstraint { name, demand }))
    }

    /// A type.
    pub(super) fn kind(&mut self) -> Read<Kind> {
        let start = self.here();
        let mut name = match self.tokens.get(self.at).map(|placed| placed.token.clone()) {
            Some(Token::Word(word)) => word,
            _ => return Err(self.near()),
        };
        self.at += 1;
        if name == "pg_catalog" && self.sign(".") {
            name = self.name()?.to_lowercase();
        }
        if name == "enum" || name == "set" && self.at_sign("(") {
            return Err(Problem::Unsupported("ENUM".to_string()).into());
        }
        if name == "double" && self.word("precision") || name == "character" && self.word("varying") {
            name = if name == "double" { "double precision" } else { "varchar" }.to_string();
        }
        let mut numbers = Vec::new();
        if self.sign("(") {
            numbers = self.list(|parser| parser.number())?;
        }
        if name == "time" || name == "timestamp" {
            if self.words("with time zone") {
                name = format!("{name}tz");
            } else {
                let _ = self.words("without time zone");
            }
        }
        if self.at_sign("[") {
            return Err(Problem::Unsupported("arrays".to_string()).into());
        }
        let numbers: Vec<u32> = numbers.into_iter().filter_map(|number| u32::try_from(number).ok()).collect();
        // A tinyint(1) is MySQL's boolean.
        if name == "tinyint" && numbers == [1] {
            return Ok(Kind::Boolean);
        }
        Kind::named(&name, &numbers, self.dialect).ok_or(SqlError::at(Problem::NoSuchType(name), start))
    }
}
