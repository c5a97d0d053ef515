//! SELECT: its items, tables, groups and order.

use super::{Expression, Parser, Placed, Token};
use crate::image::sql::select::{Join, Select, SelectItem, Source};
use crate::image::sql::value::Value;

impl Parser<'_> {
    pub(super) fn select(&mut self) -> Result<Select, String> {
        self.expect("select")?;
        let distinct = self.word("distinct");
        let mut select = Select { distinct, items: self.items()?, ..Select::default() };
        if self.word("from") {
            select.sources = self.sources()?;
        }
        select.filter = self.filter()?;
        if self.words(&["group", "by"]) {
            select.groups = self.separated(Self::expression)?;
        }
        if self.word("having") {
            select.having = Some(self.expression()?);
        }
        if self.words(&["order", "by"]) {
            select.order = self.separated(Self::order_key)?;
        }
        if self.word("limit") {
            select.limit = Some(self.count()?);
        }
        if self.word("offset") {
            select.offset = self.count()?;
        }
        if self.words(&["for", "update"]) {
            self.words(&["skip", "locked"]);
        }
        Ok(select)
    }

    fn order_key(&mut self) -> Result<(Expression, bool), String> {
        let expression = self.expression()?;
        let descending = self.word("desc");
        self.word("asc");
        Ok((expression, descending))
    }

    fn count(&mut self) -> Result<usize, String> {
        match self.primary()? {
            Expression::Literal(Value::Integer(number)) => usize::try_from(number).map_err(|_| self.near()),
            _ => Err(self.near()),
        }
    }

    /// `FROM a, b JOIN c ON …`.
    fn sources(&mut self) -> Result<Vec<Source>, String> {
        let mut sources = vec![self.source(Join::Inner)?];
        loop {
            let join = if self.sign(",") || self.words(&["cross", "join"]) {
                sources.push(self.source(Join::Inner)?);
                continue;
            } else if self.words(&["left", "outer", "join"]) || self.words(&["left", "join"]) {
                Join::Left
            } else if self.words(&["inner", "join"]) || self.word("join") {
                Join::Inner
            } else {
                return Ok(sources);
            };
            let mut source = self.source(join)?;
            self.expect("on")?;
            source.condition = Some(self.expression()?);
            sources.push(source);
        }
    }

    fn source(&mut self, join: Join) -> Result<Source, String> {
        const NO_ALIAS: [&str; 13] = [
            "where", "group", "having", "order", "limit", "offset", "for", "join", "left", "inner", "cross", "on",
            "set",
        ];
        let table = self.name()?;
        let series = if self.sign("(") { Some(self.list(Self::expression)?) } else { None };
        let is_alias = self.peek_word(0).is_some_and(|word| !NO_ALIAS.contains(&word.as_str()));
        let alias = if self.word("as") || is_alias { self.name()? } else { table.clone() };
        Ok(Source { table, series, alias, join, condition: None })
    }

    /// Items separated by commas.
    pub(super) fn separated<T>(&mut self, item: impl Fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        let mut items = vec![item(self)?];
        while self.sign(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    pub(super) fn items(&mut self) -> Result<Vec<SelectItem>, String> {
        let mut items = Vec::new();
        loop {
            if self.sign("*") {
                items.push(SelectItem::All);
            } else {
                let expression = self.expression()?;
                let is_name = matches!(self.tokens.get(self.at), Some(Placed { token: Token::Name(_), .. }));
                let label = if self.word("as") || is_name { Some(self.name()?) } else { None };
                items.push(SelectItem::Expression(expression, label));
            }
            if !self.sign(",") {
                return Ok(items);
            }
        }
    }
}
