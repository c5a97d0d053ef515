//! `expr`: arithmetic, comparison and matching of its arguments.

use super::fail_with;
use crate::kernel::{ExitCode, Process};
use crate::shell::regex::{Dialect, Regex};
use std::rc::Rc;

/// How deeply parentheses may be nested.
const DEEPEST: u32 = 60;

pub(super) async fn expr(process: Process) -> ExitCode {
    let args = process.args();
    let mut parser = Parser { rest: &args[1..], depth: 0 };
    let value =
        parser.or().and_then(|value| if parser.rest.is_empty() { Ok(value) } else { Err("syntax error".into()) });
    match value {
        Ok(value) => {
            process.print(format!("{value}\n")).await;
            ExitCode(u8::from(value.is_empty() || value.parse() == Ok(0)))
        }
        Err(message) => {
            fail_with(&process, &message).await;
            ExitCode(2)
        }
    }
}

struct Parser<'a> {
    rest: &'a [Rc<str>],
    depth: u32,
}

type Value = Result<String, String>;

impl Parser<'_> {
    fn eat(&mut self, words: &[&str]) -> Option<String> {
        let found = self.rest.first().filter(|first| words.contains(&&***first))?.to_string();
        self.rest = &self.rest[1..];
        Some(found)
    }

    fn or(&mut self) -> Value {
        let mut left = self.and()?;
        while self.eat(&["|"]).is_some() {
            let right = self.and()?;
            left = if left.is_empty() || left == "0" { right } else { left };
        }
        Ok(left)
    }

    fn and(&mut self) -> Value {
        let mut left = self.comparison()?;
        while self.eat(&["&"]).is_some() {
            let right = self.comparison()?;
            let empty = |value: &str| value.is_empty() || value == "0";
            left = if empty(&left) || empty(&right) { "0".into() } else { left };
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Value {
        let mut left = self.sum()?;
        while let Some(operator) = self.eat(&["<", "<=", "=", "==", "!=", ">=", ">"]) {
            let right = self.sum()?;
            let order = match (left.parse::<i64>(), right.parse::<i64>()) {
                (Ok(one), Ok(other)) => one.cmp(&other),
                _ => left.cmp(&right),
            };
            let holds = match operator.as_str() {
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                "=" | "==" => order.is_eq(),
                "!=" => order.is_ne(),
                ">=" => order.is_ge(),
                _ => order.is_gt(),
            };
            left = i32::from(holds).to_string();
        }
        Ok(left)
    }

    fn sum(&mut self) -> Value {
        let mut left = self.product()?;
        while let Some(operator) = self.eat(&["+", "-"]) {
            let (one, other) = (number(&left)?, number(&self.product()?)?);
            left = if operator == "+" { one.wrapping_add(other) } else { one.wrapping_sub(other) }.to_string();
        }
        Ok(left)
    }

    fn product(&mut self) -> Value {
        let mut left = self.matching()?;
        while let Some(operator) = self.eat(&["*", "/", "%"]) {
            let (one, other) = (number(&left)?, number(&self.matching()?)?);
            left = match operator.as_str() {
                "*" => one.wrapping_mul(other),
                _ if other == 0 => return Err("division by zero".into()),
                "/" => one.wrapping_div(other),
                _ => one.wrapping_rem(other),
            }
            .to_string();
        }
        Ok(left)
    }

    fn matching(&mut self) -> Value {
        let mut left = self.primary()?;
        while self.eat(&[":"]).is_some() {
            let pattern = self.primary()?;
            left = matched(&left, &pattern)?;
        }
        Ok(left)
    }

    fn primary(&mut self) -> Value {
        let Some((first, rest)) = self.rest.split_first() else { return Err("syntax error".into()) };
        self.rest = rest;
        match &**first {
            "(" => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err("syntax error".into());
                }
                let value = self.or()?;
                self.depth -= 1;
                if self.eat(&[")"]).is_some() { Ok(value) } else { Err("syntax error".into()) }
            }
            "length" if !rest.is_empty() => Ok(self.operand()?.chars().count().to_string()),
            "match" if rest.len() > 1 => {
                let (text, pattern) = (self.operand()?, self.operand()?);
                matched(&text, &pattern)
            }
            "index" if rest.len() > 1 => {
                let (text, wanted) = (self.operand()?, self.operand()?);
                Ok(text.chars().position(|next| wanted.contains(next)).map_or(0, |at| at + 1).to_string())
            }
            "substr" if rest.len() > 2 => {
                let text = self.operand()?;
                let (from, count) = (number(&self.operand()?)?, number(&self.operand()?)?);
                if from < 1 || count < 1 {
                    return Ok(String::new());
                }
                Ok(text.chars().skip(from as usize - 1).take(count as usize).collect())
            }
            text => Ok(text.to_owned()),
        }
    }

    fn operand(&mut self) -> Value {
        let Some((first, rest)) = self.rest.split_first() else { return Err("syntax error".into()) };
        self.rest = rest;
        Ok(first.to_string())
    }
}

fn number(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| "non-numeric argument".to_owned())
}

/// `TEXT : PATTERN`: what the group matches, or how many characters match at the beginning.
fn matched(text: &str, pattern: &str) -> Value {
    let regex = Regex::new(&format!("^{}", pattern.trim_start_matches('^')), Dialect::Basic, false)?;
    let found = regex.find(text, 0);
    Ok(match (&found, pattern.contains("\\(")) {
        (Some(found), true) => found.group(1).map(|(start, end)| text[start..end].to_owned()).unwrap_or_default(),
        (None, true) => String::new(),
        (found, false) => {
            let part = found.as_ref().and_then(|found| found.group(0));
            part.map_or(0, |(start, end)| text[start..end].chars().count()).to_string()
        }
    })
}
