//! Expressions, by precedence.

use super::{Expression, Parser, Token};
use crate::image::sql::value::Value;

impl Parser<'_> {
    /// An expression, lowest precedence first.
    pub fn expression(&mut self) -> Result<Expression, String> {
        self.binary(0)
    }

    fn binary(&mut self, level: usize) -> Result<Expression, String> {
        const LEVELS: [&[&str]; 5] = [
            &["or"],
            &["and"],
            &["=", "<>", "!=", "<=", ">=", "<", ">", "like", "ilike"],
            &["+", "-", "||"],
            &["*", "/", "%"],
        ];
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        if level == 2 && self.word("not") {
            return Ok(Expression::Not(Box::new(self.binary(level)?)));
        }
        let mut left = self.binary(level + 1)?;
        loop {
            if level == 2 && self.word("is") {
                let negated = self.word("not");
                self.expect("null")?;
                left = negate(Expression::IsNull(Box::new(left)), negated);
                continue;
            }
            let negated = level == 2 && self.peek_word(1).as_deref() == Some("in") && self.word("not");
            if level == 2 && self.word("in") {
                self.expect_sign("(")?;
                left = negate(Expression::In(Box::new(left), self.list(Self::expression)?), negated);
                continue;
            }
            let Some(operator) = operators.iter().copied().find(|operator| self.sign(operator) || self.word(operator))
            else {
                return Ok(left);
            };
            let right = self.binary(level + 1)?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
    }

    fn unary(&mut self) -> Result<Expression, String> {
        if self.sign("-") {
            return Ok(Expression::Minus(Box::new(self.unary()?)));
        }
        let mut value = self.primary()?;
        while self.sign("::") {
            self.name()?;
            if self.at_sign("(") {
                self.skip_parentheses()?;
            }
            value = Expression::Call("cast".to_string(), vec![value]);
        }
        Ok(value)
    }

    pub(super) fn primary(&mut self) -> Result<Expression, String> {
        let Some(placed) = self.tokens.get(self.at).cloned() else { return Err(self.near()) };
        self.at += 1;
        match placed.token {
            Token::Number(number) => Ok(Expression::Literal(match number.parse::<i64>() {
                Ok(whole) => Value::Integer(whole),
                Err(_) => number.parse().map(Value::Real).map_err(|_| number.clone())?,
            })),
            Token::Text(text) => Ok(Expression::Literal(Value::Text(text))),
            Token::Name(name) => self.after_name(name),
            Token::Word(word) => match word.as_str() {
                "null" => Ok(Expression::Literal(Value::Null)),
                "true" => Ok(Expression::Literal(Value::Boolean(true))),
                "false" => Ok(Expression::Literal(Value::Boolean(false))),
                "exists" => {
                    self.expect_sign("(")?;
                    let select = self.select()?;
                    self.expect_sign(")")?;
                    Ok(Expression::Exists(Box::new(select)))
                }
                _ => self.after_name(word),
            },
            Token::Sign("(") => {
                let inner = match self.peek_word(0).as_deref() {
                    Some("select") => Expression::Scalar(Box::new(self.select()?)),
                    _ => self.expression()?,
                };
                self.expect_sign(")")?;
                Ok(inner)
            }
            Token::Sign(_) => {
                self.at -= 1;
                Err(self.near())
            }
        }
    }

    /// A column, `table.column` or a call, after its first name.
    fn after_name(&mut self, name: String) -> Result<Expression, String> {
        if self.sign("(") {
            if self.sign("*") {
                self.expect_sign(")")?;
                return Ok(Expression::Call(name, Vec::new()));
            }
            return Ok(Expression::Call(name, self.list(Self::expression)?));
        }
        if self.sign(".") {
            return Ok(Expression::Column(format!("{name}.{}", self.name()?)));
        }
        let without_parentheses = ["current_timestamp", "current_date", "current_user"];
        if without_parentheses.contains(&name.as_str()) {
            return Ok(Expression::Call(name, Vec::new()));
        }
        Ok(Expression::Column(name))
    }
}

fn negate(expression: Expression, negated: bool) -> Expression {
    if negated { Expression::Not(Box::new(expression)) } else { expression }
}
