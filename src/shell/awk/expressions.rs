//! The grammar of awk's expressions, weakest operators first.

use super::lexer::Token;
use super::parser::{Parsed, Parser};
use super::syntax::{Expression, Source};
use std::rc::Rc;

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        self.nested(Self::ternary)
    }

    /// Expressions up to `end`.
    pub(super) fn list(&mut self, end: &str) -> Parsed<Vec<Expression>> {
        let outer = (std::mem::replace(&mut self.prints, false), std::mem::replace(&mut self.iterates, false));
        let mut list = Vec::new();
        self.newlines()?;
        while !self.is(end) {
            list.push(self.expression()?);
            self.newlines()?;
            if !self.eat(",")? {
                break;
            }
            self.newlines()?;
        }
        self.expect(end)?;
        (self.prints, self.iterates) = outer;
        Ok(list)
    }

    fn ternary(&mut self) -> Parsed<Expression> {
        let condition = self.either()?;
        if self.is("?") {
            self.advance()?;
            self.newlines()?;
            let yes = self.nested(Self::ternary)?;
            self.newlines()?;
            self.expect(":")?;
            self.newlines()?;
            let no = self.nested(Self::ternary)?;
            return Ok(Expression::Condition(Box::new([condition, yes, no])));
        }
        self.assignment(condition)
    }

    fn assignment(&mut self, target: Expression) -> Parsed<Expression> {
        const SIGNS: [&str; 8] = ["=", "+=", "-=", "*=", "/=", "%=", "^=", "**="];
        let Token::Sign(sign) = self.token else { return Ok(target) };
        let assignable = matches!(target, Expression::Name(_) | Expression::Element(..) | Expression::Field(_));
        if !assignable || !SIGNS.contains(&sign) {
            return Ok(target);
        }
        self.advance()?;
        self.newlines()?;
        let operator = match sign {
            "=" => None,
            "**=" => Some('^'),
            sign => sign.chars().next(),
        };
        let value = self.nested(Self::ternary)?;
        Ok(Expression::Assign(Box::new(target), operator, Box::new(value)))
    }

    fn either(&mut self) -> Parsed<Expression> {
        let mut left = self.both()?;
        while self.eat("||")? {
            self.newlines()?;
            left = Expression::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Parsed<Expression> {
        let mut left = self.membership()?;
        while self.eat("&&")? {
            self.newlines()?;
            left = Expression::And(Box::new(left), Box::new(self.membership()?));
        }
        Ok(left)
    }

    fn membership(&mut self) -> Parsed<Expression> {
        let mut left = self.matching()?;
        while self.is_word("in") && !self.iterates {
            self.advance()?;
            let Token::Name(array) = self.token.clone() else { return self.unexpected() };
            self.advance()?;
            let key = match left {
                Expression::List(list) => list,
                other => vec![other],
            };
            left = Expression::In(key, array);
        }
        Ok(left)
    }

    fn matching(&mut self) -> Parsed<Expression> {
        let mut left = self.comparison()?;
        while self.is("~") || self.is("!~") {
            let wanted = self.is("~");
            self.advance()?;
            left = Expression::Match(wanted, Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Parsed<Expression> {
        let left = self.concatenation()?;
        let Token::Sign(sign @ ("<" | "<=" | "==" | "!=" | ">" | ">=")) = self.token else { return Ok(left) };
        if sign == ">" && self.prints {
            return Ok(left);
        }
        self.advance()?;
        Ok(Expression::Compare(sign, Box::new(left), Box::new(self.concatenation()?)))
    }

    pub(super) fn concatenation(&mut self) -> Parsed<Expression> {
        let mut left = self.sum()?;
        loop {
            if self.is("|") && self.getline_follows_pipe(&mut left)? {
                continue;
            }
            let begins = match &self.token {
                Token::Number(_) | Token::Text(_) | Token::Regex(_) | Token::Name(_) | Token::Called(_) => true,
                Token::Builtin(_) => true,
                Token::Sign(sign) => matches!(*sign, "$" | "!" | "(" | "++" | "--"),
                _ => false,
            };
            if !begins {
                return Ok(left);
            }
            left = Expression::Concatenate(Box::new(left), Box::new(self.sum()?));
        }
    }

    /// `command | getline [target]`; any other `|` belongs to `print`.
    fn getline_follows_pipe(&mut self, left: &mut Expression) -> Parsed<bool> {
        if self.prints {
            return Ok(false);
        }
        self.advance()?;
        if !self.is_word("getline") {
            return self.unexpected();
        }
        self.advance()?;
        let target = self.getline_target()?;
        let command = std::mem::replace(left, Expression::Number(0.0));
        *left = Expression::Getline(Source::Command(Box::new(command)), target);
        Ok(true)
    }

    fn getline_target(&mut self) -> Parsed<Option<Box<Expression>>> {
        match &self.token {
            Token::Name(_) | Token::Sign("$") => self.nested(Self::primary).map(|target| Some(Box::new(target))),
            _ => Ok(None),
        }
    }

    fn sum(&mut self) -> Parsed<Expression> {
        let mut left = self.product()?;
        while let Token::Sign(sign @ ("+" | "-")) = self.token {
            self.advance()?;
            left = Expression::Arithmetic(first(sign), Box::new(left), Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed<Expression> {
        let mut left = self.signed()?;
        while let Token::Sign(sign @ ("*" | "/" | "%")) = self.token {
            self.advance()?;
            left = Expression::Arithmetic(first(sign), Box::new(left), Box::new(self.signed()?));
        }
        Ok(left)
    }

    fn signed(&mut self) -> Parsed<Expression> {
        match self.token {
            Token::Sign("!") => {
                self.advance()?;
                Ok(Expression::Not(Box::new(self.nested(Self::signed)?)))
            }
            Token::Sign("-") => {
                self.advance()?;
                Ok(Expression::Sign(-1.0, Box::new(self.nested(Self::signed)?)))
            }
            Token::Sign("+") => {
                self.advance()?;
                Ok(Expression::Sign(1.0, Box::new(self.nested(Self::signed)?)))
            }
            _ => self.power(),
        }
    }

    fn power(&mut self) -> Parsed<Expression> {
        let base = self.stepped()?;
        if !self.is("^") && !self.is("**") {
            return Ok(base);
        }
        self.advance()?;
        Ok(Expression::Arithmetic('^', Box::new(base), Box::new(self.nested(Self::signed)?)))
    }

    /// `++x`, `x++`
    fn stepped(&mut self) -> Parsed<Expression> {
        for (sign, change) in [("++", 1.0), ("--", -1.0)] {
            if self.eat(sign)? {
                let target = self.nested(Self::primary)?;
                return Ok(Expression::Increment(Box::new(target), change, false));
            }
        }
        let value = self.primary()?;
        if matches!(value, Expression::Name(_) | Expression::Element(..) | Expression::Field(_)) {
            for (sign, change) in [("++", 1.0), ("--", -1.0)] {
                if self.eat(sign)? {
                    return Ok(Expression::Increment(Box::new(value), change, true));
                }
            }
        }
        Ok(value)
    }

    fn primary(&mut self) -> Parsed<Expression> {
        let token = self.token.clone();
        self.advance()?;
        Ok(match token {
            Token::Number(number) => Expression::Number(number),
            Token::Text(text) => Expression::Text(text),
            Token::Regex(regex) => Expression::Regex(regex),
            Token::Name(name) => self.variable(name)?,
            Token::Called(name) => {
                self.expect("(")?;
                Expression::Call(name, self.list(")")?)
            }
            Token::Builtin(name) => {
                let arguments = if self.eat("(")? { self.list(")")? } else { Vec::new() };
                if arguments.is_empty() && !matches!(name, "length" | "rand" | "srand" | "systime" | "fflush") {
                    return Err("Too few arguments");
                }
                Expression::Builtin(name, arguments)
            }
            Token::Sign("$") => {
                let field = self.nested(Self::stepped_or_signed)?;
                Expression::Field(Box::new(field))
            }
            Token::Sign("(") => self.group()?,
            Token::Word("getline") => {
                let target = self.getline_target()?;
                let source =
                    if self.eat("<")? { Source::File(Box::new(self.nested(Self::primary)?)) } else { Source::Input };
                Expression::Getline(source, target)
            }
            Token::End => return Err("Unexpected end of string"),
            _ => return Err("Unexpected token"),
        })
    }

    /// What may follow `$`: `$i`, `$++i`, `$-1`.
    fn stepped_or_signed(&mut self) -> Parsed<Expression> {
        match self.token {
            Token::Sign("-" | "+" | "!") => self.signed(),
            Token::Sign("++" | "--") => self.stepped(),
            _ => self.primary(),
        }
    }

    fn variable(&mut self, name: Rc<str>) -> Parsed<Expression> {
        if self.eat("[")? { Ok(Expression::Element(name, self.list("]")?)) } else { Ok(Expression::Name(name)) }
    }

    /// What stands in parentheses: one value, or a list.
    fn group(&mut self) -> Parsed<Expression> {
        let mut list = self.nested(|parser| parser.list(")"))?;
        match list.len() {
            0 => Err("Unexpected token"),
            1 => Ok(Expression::Group(Box::new(list.remove(0)))),
            _ => Ok(Expression::List(list)),
        }
    }
}

fn first(sign: &str) -> char {
    sign.chars().next().unwrap_or_default()
}
