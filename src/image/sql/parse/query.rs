//! Queries: WITH, SELECT, UNION, FROM.

use super::{Parser, Placed, Read, Token};
use crate::image::sql::ast::{
    Body, Combination, Common, Join, Order, Origin, Query, Select, SelectItem, Source, Statement,
};
use crate::image::sql::problem::Problem;

impl Parser<'_> {
    pub(super) fn query_statement(&mut self) -> Read<Statement> {
        let with = self.with()?;
        if self.is_word(0, "insert") {
            return self.insert(with);
        }
        if self.is_word(0, "update") || self.is_word(0, "delete") {
            return Err(Problem::Unsupported("WITH before UPDATE or DELETE".to_string()).into());
        }
        let mut query = self.query()?;
        query.with.splice(0..0, with);
        Ok(Statement::Select(query))
    }

    fn with(&mut self) -> Read<Vec<Common>> {
        if !self.word("with") {
            return Ok(Vec::new());
        }
        let recursive = self.word("recursive");
        let mut common = Vec::new();
        loop {
            let name = self.name()?;
            let columns = if self.at_sign("(") { self.names()? } else { Vec::new() };
            self.expect("as")?;
            let _ = self.words("not materialized") || self.word("materialized");
            self.expect_sign("(")?;
            if ["insert", "update", "delete"].iter().any(|word| self.is_word(0, word)) {
                return Err(Problem::Unsupported("WITH that changes data".to_string()).into());
            }
            let query = self.query()?;
            self.expect_sign(")")?;
            common.push(Common { name, columns, query, recursive });
            if !self.sign(",") {
                return Ok(common);
            }
        }
    }

    pub(super) fn query(&mut self) -> Read<Query> {
        let with = self.with()?;
        let body = self.body()?;
        let mut query = Query { with, body, ..Query::default() };
        if self.words("order by") {
            query.order = self.separated(Self::order_key)?;
        }
        loop {
            if self.word("limit") {
                if !self.word("all") {
                    query.limit = Some(self.expression()?);
                }
                // MySQL's LIMIT offset, count.
                if self.dialect.is_mysql() && self.sign(",") {
                    query.offset = query.limit.take();
                    query.limit = Some(self.expression()?);
                }
            } else if self.word("offset") {
                query.offset = Some(self.expression()?);
                let _ = self.word("rows") || self.word("row");
            } else if self.word("fetch") {
                let _ = self.word("first") || self.word("next");
                query.limit = Some(self.expression()?);
                let _ = self.word("rows") || self.word("row");
                self.expect("only")?;
            } else if self.word("for") {
                if !(self.word("update") || self.word("share") || self.words("no key update")) {
                    return Err(self.near());
                }
                return Err(Problem::Unsupported("the locks of SELECT ... FOR UPDATE and FOR SHARE".to_string()).into());
            } else {
                return Ok(query);
            }
        }
    }

    fn body(&mut self) -> Read<Body> {
        let mut left = self.intersection()?;
        loop {
            let how = if self.word("union") {
                Combination::Union
            } else if self.word("except") {
                Combination::Except
            } else {
                return Ok(left);
            };
            let all = self.word("all");
            let _ = self.word("distinct");
            let right = self.intersection()?;
            left = Body::Combined(how, all, Box::new(left), Box::new(right));
        }
    }

    fn intersection(&mut self) -> Read<Body> {
        let mut left = self.simple_body()?;
        while self.word("intersect") {
            let all = self.word("all");
            let right = self.simple_body()?;
            left = Body::Combined(Combination::Intersect, all, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn simple_body(&mut self) -> Read<Body> {
        if self.sign("(") {
            let inner = self.query()?;
            self.expect_sign(")")?;
            return Ok(Body::Nested(Box::new(inner)));
        }
        if self.word("values") {
            let rows = self.separated(|parser| {
                let _ = parser.word("row");
                parser.expect_sign("(")?;
                parser.list(Self::expression)
            })?;
            return Ok(Body::Values(rows));
        }
        if self.word("table") {
            let origin = Origin::Table(self.named()?);
            let select =
                Select { items: vec![SelectItem::All(None, 0)], sources: vec![plain(origin, 0)], ..Select::default() };
            return Ok(Body::Select(Box::new(select)));
        }
        self.select().map(|select| Body::Select(Box::new(select)))
    }

    fn select(&mut self) -> Read<Select> {
        self.expect("select")?;
        let mut select = Select::default();
        if self.word("distinct") {
            select.distinct = true;
            if self.word("on") {
                self.expect_sign("(")?;
                select.distinct_on = self.list(Self::expression)?;
            }
        }
        let _ = self.word("all");
        let has_items = !(self.is_end() || self.is_word(0, "from") || self.is_word(0, "where"));
        if has_items {
            select.items = self.items()?;
        } else if self.dialect.is_mysql() || self.is_end() && self.at > 1 {
            return if self.dialect.is_mysql() { Err(self.near()) } else { Ok(select) };
        }
        if self.word("into") {
            return Err(Problem::Unsupported("SELECT INTO".to_string()).into());
        }
        if self.word("from") {
            select.sources = self.sources()?;
        }
        if self.word("where") {
            select.filter = Some(self.expression()?);
        }
        if self.words("group by") {
            select.groups = self.separated(Self::expression)?;
            if self.is_word(0, "with") {
                return Err(Problem::Unsupported("WITH ROLLUP".to_string()).into());
            }
        }
        if self.word("having") {
            select.having = Some(self.expression()?);
        }
        if self.is_word(0, "window") {
            return Err(Problem::Unsupported("WINDOW".to_string()).into());
        }
        Ok(select)
    }

    pub(super) fn order_key(&mut self) -> Read<Order> {
        let key = self.expression()?;
        let descending = self.word("desc");
        let _ = self.word("asc");
        let mut nulls_first = None;
        if self.words("nulls first") {
            nulls_first = Some(true);
        } else if self.words("nulls last") {
            nulls_first = Some(false);
        }
        Ok(Order { key, descending, nulls_first })
    }

    /// `a, b JOIN c ON …`.
    pub(super) fn sources(&mut self) -> Read<Vec<Source>> {
        let mut sources = vec![self.source()?];
        loop {
            let natural = self.word("natural");
            let join = if self.sign(",") || self.words("cross join") {
                sources.push(self.source()?);
                continue;
            } else if self.words("left outer join") || self.words("left join") {
                Join::Left
            } else if self.words("right outer join") || self.words("right join") {
                Join::Right
            } else if self.words("full outer join") || self.words("full join") {
                Join::Full
            } else if self.words("inner join") || self.word("join") {
                Join::Inner
            } else {
                return if natural { Err(self.near()) } else { Ok(sources) };
            };
            let mut source = Source { join, natural, ..self.source()? };
            if self.word("on") {
                source.condition = Some(self.expression()?);
            } else if self.word("using") {
                source.using = self.names()?;
            } else if !(natural || self.dialect.is_mysql() && join == Join::Inner) {
                return Err(self.near());
            }
            sources.push(source);
        }
    }

    fn source(&mut self) -> Read<Source> {
        if self.word("lateral") {
            return Err(Problem::Unsupported("LATERAL".to_string()).into());
        }
        let at = self.here();
        let origin = if self.sign("(") {
            let query = self.query()?;
            self.expect_sign(")")?;
            Origin::Query(Box::new(query))
        } else {
            let _ = self.word("only");
            let name = self.named()?;
            if self.sign("(") {
                Origin::Function(name.name.to_lowercase(), self.list(Self::expression)?)
            } else {
                Origin::Table(name)
            }
        };
        if self.words("with ordinality") {
            return Err(Problem::Unsupported("WITH ORDINALITY".to_string()).into());
        }
        let mut source = plain(origin, at);
        let is_alias = match self.tokens.get(self.at).map(|placed| &placed.token) {
            Some(Token::Word(word)) => !super::RESERVED.contains(&word.as_str()) && word != "set" && word != "window",
            Some(Token::Name(_)) => true,
            _ => false,
        };
        if self.word("as") || is_alias {
            source.alias = Some(self.name()?);
            if self.at_sign("(") {
                source.columns = self.names()?;
            }
        }
        Ok(source)
    }

    pub(super) fn items(&mut self) -> Read<Vec<SelectItem>> {
        self.separated(|parser| {
            let at = parser.here();
            if parser.sign("*") {
                return Ok(SelectItem::All(None, at));
            }
            if parser.is_sign(1, ".") && parser.is_sign(2, "*") {
                let table = parser.name()?;
                parser.at += 2;
                return Ok(SelectItem::All(Some(table), at));
            }
            let expression = parser.expression()?;
            let text = parser.since(at);
            let label = parser.label()?;
            Ok(SelectItem::Expression(expression, label, text))
        })
    }

    /// `AS name`, or a name that no clause begins with.
    fn label(&mut self) -> Read<Option<String>> {
        if self.word("as") {
            if self.dialect.is_mysql()
                && let Ok(text) = self.string()
            {
                return Ok(Some(text));
            }
            // Any word may follow AS.
            if let Some(Placed { token: Token::Word(word), .. }) = self.tokens.get(self.at).cloned() {
                let raw = &self.tokens[self.at];
                let text = self.text[raw.start..raw.end].to_string();
                self.at += 1;
                return Ok(Some(if self.dialect.is_mysql() { text } else { word }));
            }
            return self.name().map(Some);
        }
        let is_name = match self.tokens.get(self.at).map(|placed| &placed.token) {
            Some(Token::Name(_)) => true,
            Some(Token::Word(word)) => !super::RESERVED.contains(&word.as_str()) && word != "window",
            _ => false,
        };
        if is_name { self.name().map(Some) } else { Ok(None) }
    }
}

fn plain(origin: Origin, at: usize) -> Source {
    Source {
        origin,
        alias: None,
        columns: Vec::new(),
        join: Join::Inner,
        condition: None,
        using: Vec::new(),
        natural: false,
        at,
    }
}
