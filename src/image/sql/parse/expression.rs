//! Expressions, by precedence.

use super::{Parser, Read, Token};
use crate::image::sql::ast::{Call, Expression, Form, Test, Window};
use crate::image::sql::decimal::Decimal;
use crate::image::sql::kind::Kind;
use crate::image::sql::moment::Interval;
use crate::image::sql::problem::{Problem, SqlError};
use crate::image::sql::value::Value;

/// Operators by precedence, the weakest first.
const LEVELS: [&[&str]; 7] = [
    &["or"],
    &["and"],
    &["=", "<>", "!=", "<=>", "<=", ">=", "<", ">"],
    &["||", "~", "~*", "!~", "!~*", "->", "->>"],
    &["+", "-"],
    &["*", "/", "%", "div", "mod"],
    &["^"],
];
const COMPARISON: usize = 2;

fn new(form: Form, at: usize) -> Expression {
    Expression::new(form, at)
}

fn negate(expression: Expression, negated: bool) -> Expression {
    let at = expression.at;
    if negated { new(Form::Not(Box::new(expression)), at) } else { expression }
}

impl Parser<'_> {
    /// An expression, lowest precedence first.
    pub(super) fn expression(&mut self) -> Read<Expression> {
        self.binary(0)
    }

    /// An expression without AND, OR, NOT and comparisons: what DEFAULT takes.
    pub(super) fn operand(&mut self) -> Read<Expression> {
        self.binary(COMPARISON + 1)
    }

    fn binary(&mut self, level: usize) -> Read<Expression> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let at = self.here();
        if level == COMPARISON && (self.word("not") || self.dialect.is_mysql() && self.sign("!")) {
            let inner = self.binary(level)?;
            return Ok(new(Form::Not(Box::new(inner)), at));
        }
        let mut left = self.binary(level + 1)?;
        loop {
            if level == COMPARISON
                && let Some(test) = self.test(&left)?
            {
                left = test;
                continue;
            }
            let at = self.here();
            let is_text_or = self.dialect.is_mysql() && self.at_sign("||");
            let found = operators
                .iter()
                .copied()
                .find(|operator| !(is_text_or && *operator == "||") && (self.sign(operator) || self.word(operator)));
            let Some(operator) = found.or_else(|| (level == 0 && is_text_or && self.sign("||")).then_some("or")) else {
                return Ok(left);
            };
            if level == COMPARISON && (self.is_word(0, "any") || self.is_word(0, "all") || self.is_word(0, "some")) {
                left = self.quantified(operator, left, at)?;
                continue;
            }
            let right = self.binary(level + 1)?;
            left = new(Form::Binary(operator, Box::new(left), Box::new(right)), at);
        }
    }

    /// `= ANY (SELECT …)`.
    fn quantified(&mut self, operator: &str, left: Expression, at: usize) -> Read<Expression> {
        let is_all = self.is_word(0, "all");
        self.at += 1;
        self.expect_sign("(")?;
        if !self.is_word(0, "select") || !matches!((operator, is_all), ("=", false) | ("<>" | "!=", true)) {
            return Err(Problem::Unsupported("ANY and ALL over arrays and with other comparisons".to_string()).into());
        }
        let query = self.query()?;
        self.expect_sign(")")?;
        let inside = new(Form::InQuery(Box::new(left), Box::new(query)), at);
        Ok(negate(inside, is_all))
    }

    /// IS, IN, BETWEEN, LIKE after an operand.
    fn test(&mut self, left: &Expression) -> Read<Option<Expression>> {
        let at = self.here();
        let left = || Box::new(left.clone());
        if self.word("is") {
            return self.is_test(left(), at).map(Some);
        }
        if self.word("isnull") {
            return Ok(Some(new(Form::Is(left(), Test::Null), at)));
        }
        let follows = |word: &str| ["in", "between", "like", "ilike", "regexp", "rlike", "similar"].contains(&word);
        let negated = self.is_word(0, "not") && self.peek_word(1).is_some_and(|word| follows(&word));
        self.at += usize::from(negated);
        let form = if self.word("in") {
            self.expect_sign("(")?;
            if self.is_word(0, "select") || self.is_word(0, "with") || self.is_word(0, "values") {
                let query = self.query()?;
                self.expect_sign(")")?;
                Form::InQuery(left(), Box::new(query))
            } else {
                Form::In(left(), self.list(Self::expression)?)
            }
        } else if self.word("between") {
            let _ = self.word("symmetric");
            let low = self.binary(COMPARISON + 1)?;
            self.expect("and")?;
            Form::Between(left(), Box::new(low), Box::new(self.binary(COMPARISON + 1)?))
        } else if self.word("like") {
            let is_sensitive = !self.dialect.is_mysql();
            Form::Like(left(), Box::new(self.binary(COMPARISON + 1)?), is_sensitive)
        } else if self.word("ilike") {
            Form::Like(left(), Box::new(self.binary(COMPARISON + 1)?), false)
        } else if self.word("regexp") || self.word("rlike") || self.word("similar") {
            return Err(Problem::Unsupported("regular expressions".to_string()).into());
        } else {
            return Ok(None);
        };
        Ok(Some(negate(new(form, at), negated)))
    }

    fn is_test(&mut self, left: Box<Expression>, at: usize) -> Read<Expression> {
        let negated = self.word("not");
        if self.words("distinct from") {
            let right = self.binary(COMPARISON + 1)?;
            return Ok(negate(new(Form::Binary("<=>", left, Box::new(right)), at), !negated));
        }
        let test = if self.word("null") || self.word("unknown") {
            Test::Null
        } else if self.word("true") {
            Test::True
        } else if self.word("false") {
            Test::False
        } else {
            return Err(self.near());
        };
        Ok(negate(new(Form::Is(left, test), at), negated))
    }

    fn unary(&mut self) -> Read<Expression> {
        let at = self.here();
        if self.sign("-") {
            let inner = self.unary()?;
            return Ok(new(Form::Minus(Box::new(inner)), at));
        }
        if self.sign("+") {
            return self.unary();
        }
        let mut value = self.primary()?;
        loop {
            let at = self.here();
            if self.sign("::") {
                value = new(Form::Cast(Box::new(value), self.kind()?), at);
            } else if self.words("at time zone") {
                return Err(Problem::Unsupported("AT TIME ZONE".to_string()).into());
            } else if self.word("collate") {
                self.named()?;
            } else if self.at_sign("[") {
                return Err(Problem::Unsupported("arrays".to_string()).into());
            } else {
                return Ok(value);
            }
        }
    }

    fn primary(&mut self) -> Read<Expression> {
        let Some(placed) = self.tokens.get(self.at).cloned() else { return Err(self.near()) };
        let at = placed.start;
        match placed.token {
            Token::Number(number) => {
                self.at += 1;
                let value = match number.parse::<i64>() {
                    Ok(whole) => Value::Integer(whole),
                    Err(_) => match (Decimal::parse(&number), number.parse::<f64>()) {
                        (Some(_), Ok(float)) if self.dialect.is_mysql() && number.contains(['e', 'E']) => {
                            Value::Double(float)
                        }
                        (Some(exact), _) => Value::Numeric(exact),
                        (None, Ok(float)) => Value::Double(float),
                        (None, Err(_)) => return Err(self.near()),
                    },
                };
                Ok(new(Form::Literal(value), at))
            }
            Token::Text(text) => {
                self.at += 1;
                Ok(new(Form::Literal(Value::Text(text)), at))
            }
            Token::Variable(name) => {
                self.at += 1;
                Ok(new(Form::Variable(name), at))
            }
            Token::Sign("(") => {
                self.at += 1;
                self.parenthesis(at)
            }
            Token::Word(word) => self.word_expression(&word, at),
            Token::Name(_) => {
                let name = self.name()?;
                self.after_name(name, at)
            }
            Token::Sign(_) => Err(self.near()),
        }
    }

    fn parenthesis(&mut self, at: usize) -> Read<Expression> {
        if self.is_word(0, "select") || self.is_word(0, "with") || self.is_word(0, "values") {
            let query = self.query()?;
            self.expect_sign(")")?;
            return Ok(new(Form::Scalar(Box::new(query)), at));
        }
        let mut items = self.list(Self::expression)?;
        Ok(match items.len() {
            1 => items.remove(0),
            _ => new(Form::Row(items), at),
        })
    }

    fn word_expression(&mut self, word: &str, at: usize) -> Read<Expression> {
        let literal = |value: Value| Ok(new(Form::Literal(value), at));
        let is_string = matches!(self.tokens.get(self.at + 1).map(|placed| &placed.token), Some(Token::Text(_)));
        match word {
            "null" | "true" | "false" => {
                self.at += 1;
                literal(match word {
                    "null" => Value::Null,
                    word => Value::Boolean(word == "true"),
                })
            }
            "case" => self.case(at),
            "exists" => {
                self.at += 1;
                self.expect_sign("(")?;
                let query = self.query()?;
                self.expect_sign(")")?;
                Ok(new(Form::Exists(Box::new(query)), at))
            }
            "cast" if self.is_sign(1, "(") => self.cast(at),
            "extract" if self.is_sign(1, "(") => self.extract(at),
            "position" | "substring" | "trim" | "overlay" if self.is_sign(1, "(") => self.worded_call(word, at),
            "interval" => self.interval(at),
            "array" => Err(Problem::Unsupported("arrays".to_string()).into()),
            "date" | "timestamp" | "timestamptz" | "time" if is_string => {
                let kind = self.kind()?;
                let text = self.string()?;
                Ok(new(Form::Cast(Box::new(new(Form::Literal(Value::Text(text)), at)), kind), at))
            }
            "current_timestamp" | "current_date" | "current_time" | "current_user" | "session_user"
            | "localtimestamp" | "user" | "utc_timestamp"
                if !self.is_sign(1, ".") && (word != "user" || !self.dialect.is_mysql()) =>
            {
                self.at += 1;
                if self.sign("(") {
                    self.list(Self::expression)?;
                }
                Ok(new(Form::Call(Call { name: word.to_string(), ..Call::default() }), at))
            }
            "left" | "right" | "if" | "replace" if self.is_sign(1, "(") => {
                self.at += 1;
                self.after_name(word.to_string(), at)
            }
            "default" => Err(self.near()),
            _ => {
                let name = self.name()?;
                self.after_name(name, at)
            }
        }
    }

    fn case(&mut self, at: usize) -> Read<Expression> {
        self.at += 1;
        let operand = if self.is_word(0, "when") { None } else { Some(Box::new(self.expression()?)) };
        let mut branches = Vec::new();
        while self.word("when") {
            let test = self.expression()?;
            self.expect("then")?;
            branches.push((test, self.expression()?));
        }
        let otherwise = if self.word("else") { Some(Box::new(self.expression()?)) } else { None };
        self.expect("end")?;
        Ok(new(Form::Case(operand, branches, otherwise), at))
    }

    fn cast(&mut self, at: usize) -> Read<Expression> {
        self.at += 2;
        let inner = self.expression()?;
        self.expect("as")?;
        let kind = match self.peek_word(0).as_deref() {
            Some("signed" | "unsigned") => {
                self.at += 1;
                let _ = self.word("integer");
                Kind::Big
            }
            _ => self.kind()?,
        };
        self.expect_sign(")")?;
        Ok(new(Form::Cast(Box::new(inner), kind), at))
    }

    fn extract(&mut self, at: usize) -> Read<Expression> {
        self.at += 2;
        let field = match self.string() {
            Ok(field) => field,
            Err(_) => self.name()?,
        };
        self.expect("from")?;
        let inner = self.expression()?;
        self.expect_sign(")")?;
        let arguments = vec![Expression::constant(Value::Text(field.to_lowercase())), inner];
        Ok(new(Form::Call(Call { name: "extract".to_string(), arguments, ..Call::default() }), at))
    }

    /// `position(a in b)`, `substring(a from b for c)`, `trim(both a from b)`; or a plain call.
    fn worded_call(&mut self, word: &str, at: usize) -> Read<Expression> {
        self.at += 2;
        if word == "overlay" {
            return Err(Problem::Unsupported("overlay".to_string()).into());
        }
        let mut name = word.to_string();
        if word == "trim" {
            let side = ["leading", "trailing", "both"].into_iter().find(|side| self.word(side));
            name = match side {
                Some("leading") => "ltrim".to_string(),
                Some("trailing") => "rtrim".to_string(),
                _ => "btrim".to_string(),
            };
            let first = self.expression()?;
            let arguments = if self.word("from") { vec![self.expression()?, first] } else { vec![first] };
            self.expect_sign(")")?;
            return Ok(new(Form::Call(Call { name, arguments, ..Call::default() }), at));
        }
        let mut arguments = vec![self.binary(COMPARISON + 1)?];
        if word == "position" {
            self.expect("in")?;
            arguments.insert(0, self.expression()?);
            name = "position".to_string();
        }
        while self.sign(",") || self.word("from") || self.word("for") {
            arguments.push(self.expression()?);
        }
        self.expect_sign(")")?;
        Ok(new(Form::Call(Call { name, arguments, ..Call::default() }), at))
    }

    /// `INTERVAL '1 day'`, MySQL's `INTERVAL 1 DAY`.
    fn interval(&mut self, at: usize) -> Read<Expression> {
        self.at += 1;
        if let Ok(text) = self.string() {
            let unit = if self.dialect.is_mysql() { self.name()? } else { String::new() };
            let whole = format!("{text} {unit}");
            let invalid = || SqlError::at(Problem::WrongValue { kind: Kind::Interval, text: text.clone() }, at);
            return Ok(new(Form::Literal(Value::Interval(Interval::parse(&whole).ok_or_else(invalid)?)), at));
        }
        let amount = self.operand()?;
        let unit = Expression::constant(Value::Text(self.name()?));
        let call = Call { name: "make_interval_of".to_string(), arguments: vec![amount, unit], ..Call::default() };
        Ok(new(Form::Call(call), at))
    }

    /// A column, `table.column` or a call, after its first name.
    fn after_name(&mut self, name: String, at: usize) -> Read<Expression> {
        if self.sign("(") {
            return self.call(name.to_lowercase(), at);
        }
        if !self.sign(".") {
            return Ok(new(Form::Column(None, name), at));
        }
        let second = self.name()?;
        if self.sign("(") {
            return self.call(second.to_lowercase(), at);
        }
        if self.sign(".") {
            return Ok(new(Form::Column(Some(second), self.name()?), at));
        }
        Ok(new(Form::Column(Some(name), second), at))
    }

    fn call(&mut self, name: String, at: usize) -> Read<Expression> {
        let mut call = Call { name, ..Call::default() };
        if self.sign("*") {
            call.star = true;
            self.expect_sign(")")?;
        } else if !self.sign(")") {
            call.distinct = self.word("distinct");
            call.arguments = self.separated(Self::expression)?;
            if self.words("order by") {
                call.order = self.separated(Self::order_key)?;
            }
            if self.word("separator") {
                call.arguments.push(Expression::constant(Value::Text(self.string()?)));
            }
            self.expect_sign(")")?;
        }
        if self.word("filter") {
            self.expect_sign("(")?;
            self.expect("where")?;
            call.filter = Some(Box::new(self.expression()?));
            self.expect_sign(")")?;
        }
        if self.word("over") {
            call.over = Some(Box::new(self.window()?));
        }
        Ok(new(Form::Call(call), at))
    }

    fn window(&mut self) -> Read<Window> {
        self.expect_sign("(")?;
        let mut window = Window::default();
        if self.words("partition by") {
            window.partition = self.separated(Self::expression)?;
        }
        if self.words("order by") {
            window.order = self.separated(Self::order_key)?;
        }
        if self.is_word(0, "rows") || self.is_word(0, "range") {
            return Err(Problem::Unsupported("frames of windows".to_string()).into());
        }
        self.expect_sign(")")?;
        Ok(window)
    }
}
