//! Arithmetic of the shell: `$((…))`. Numbers are 64 bits and wrap around.

use std::rc::Rc;

/// How deeply parentheses, signs and variables' values may be nested.
const DEEPEST: u32 = 40;

/// What arithmetic reads and writes.
pub trait Variables {
    /// The value of a variable, or nothing.
    fn value(&self, name: &str) -> Option<Rc<str>>;
    /// Sets a variable.
    fn assign(&mut self, name: &str, value: i64);
}

/// The value of an expression, or what is wrong with it, in busybox's words.
pub fn evaluate(text: &str, variables: &mut dyn Variables) -> Result<i64, &'static str> {
    evaluate_nested(text, variables, DEEPEST)
}

fn evaluate_nested(text: &str, variables: &mut dyn Variables, depth: u32) -> Result<i64, &'static str> {
    let mut parser = Parser { rest: text, variables, depth, live: true };
    parser.blanks();
    if parser.rest.is_empty() {
        return Ok(0);
    }
    let value = parser.comma()?;
    if parser.rest.is_empty() { Ok(value) } else { Err("arithmetic syntax error") }
}

struct Parser<'a> {
    rest: &'a str,
    variables: &'a mut dyn Variables,
    depth: u32,
    /// Whether what is read also counts: not in the part of `&&`, `||`, `?:` that is skipped.
    live: bool,
}

type Value = Result<i64, &'static str>;

/// Binary operators by precedence, weakest first; longer ones before those they begin with.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Parser<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, text: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(text) else { return false };
        self.rest = rest;
        self.blanks();
        true
    }

    fn comma(&mut self) -> Value {
        let mut value = self.assignment()?;
        while self.eat(",") {
            value = self.assignment()?;
        }
        Ok(value)
    }

    fn name(&self) -> &str {
        let length = self.rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        if self.rest.starts_with(|first: char| first.is_ascii_digit()) { "" } else { &self.rest[..length] }
    }

    fn assignment(&mut self) -> Value {
        self.depth = self.depth.checked_sub(1).ok_or("expression recursion loop detected")?;
        let value = self.assignment_or_condition();
        self.depth += 1;
        value
    }

    fn assignment_or_condition(&mut self) -> Value {
        let name = self.name().to_owned();
        let after = self.rest[name.len()..].trim_start();
        if !name.is_empty() {
            const OPERATORS: [&str; 11] = ["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "^=", "|="];
            let operator = OPERATORS.iter().find(|operator| after.starts_with(**operator) && !after.starts_with("=="));
            if let Some(operator) = operator {
                self.rest = after[operator.len()..].trim_start();
                let right = self.assignment()?;
                let binary = operator.trim_end_matches('=');
                let value =
                    if binary.is_empty() { right } else { apply(binary, self.variable(&name)?, right, self.live)? };
                if self.live {
                    self.variables.assign(&name, value);
                }
                return Ok(value);
            }
        }
        self.condition()
    }

    fn condition(&mut self) -> Value {
        let condition = self.binary(0)?;
        if !self.eat("?") {
            return Ok(condition);
        }
        let live = self.live;
        self.live = live && condition != 0;
        let yes = self.assignment()?;
        if !self.eat(":") {
            return Err("arithmetic syntax error");
        }
        self.live = live && condition == 0;
        let no = self.assignment()?;
        self.live = live;
        Ok(if condition != 0 { yes } else { no })
    }

    fn operator(&self, level: usize) -> Option<&'static str> {
        let found = LEVELS[level].iter().find(|operator| self.rest.starts_with(**operator))?;
        let next = self.rest[found.len()..].chars().next();
        let longer = match *found {
            "|" => next == Some('|') || next == Some('='),
            "&" => next == Some('&') || next == Some('='),
            "<" | ">" => next == Some(found.chars().next().unwrap_or_default()),
            "*" => matches!(next, Some('=' | '*')),
            "^" | "+" | "-" | "/" | "%" | "<<" | ">>" => next == Some('='),
            _ => false,
        };
        (!longer).then_some(found)
    }

    fn binary(&mut self, level: usize) -> Value {
        if level == LEVELS.len() {
            return self.power();
        }
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = self.operator(level) {
            self.eat(operator);
            let live = self.live;
            match operator {
                "&&" => self.live = live && left != 0,
                "||" => self.live = live && left == 0,
                _ => {}
            }
            let right = self.binary(level + 1)?;
            self.live = live;
            left = apply(operator, left, right, live)?;
        }
        Ok(left)
    }

    /// `2 ** 3`; from right to left, stronger than a product.
    fn power(&mut self) -> Value {
        let base = self.unary()?;
        if !self.eat("**") {
            return Ok(base);
        }
        self.depth = self.depth.checked_sub(1).ok_or("expression recursion loop detected")?;
        let exponent = self.power();
        self.depth += 1;
        let exponent = exponent?;
        if exponent < 0 {
            return Err("exponent less than 0");
        }
        Ok((0..exponent.min(64 * 64)).fold(1i64, |product, _| product.wrapping_mul(base)))
    }

    fn unary(&mut self) -> Value {
        self.depth = self.depth.checked_sub(1).ok_or("expression recursion loop detected")?;
        let value = self.unary_inside();
        self.depth += 1;
        value
    }

    fn unary_inside(&mut self) -> Value {
        for (operator, change) in [("++", 1), ("--", -1)] {
            if self.rest.starts_with(operator) && self.eat(operator) {
                let name = self.name().to_owned();
                if name.is_empty() {
                    return self.unary();
                }
                self.skip(name.len());
                return self.change(&name, change).map(|before| before.wrapping_add(change));
            }
        }
        if self.eat("!") {
            return Ok(i64::from(self.unary()? == 0));
        }
        if self.eat("~") {
            return Ok(!self.unary()?);
        }
        if self.eat("-") {
            return Ok(self.unary()?.wrapping_neg());
        }
        if self.eat("+") {
            return self.unary();
        }
        self.primary()
    }

    fn skip(&mut self, length: usize) {
        self.rest = self.rest[length..].trim_start();
    }

    fn change(&mut self, name: &str, change: i64) -> Value {
        let before = self.variable(name)?;
        if self.live {
            self.variables.assign(name, before.wrapping_add(change));
        }
        Ok(before)
    }

    fn primary(&mut self) -> Value {
        if self.eat("(") {
            let value = self.comma()?;
            return if self.eat(")") { Ok(value) } else { Err("arithmetic syntax error") };
        }
        let name = self.name().to_owned();
        if !name.is_empty() {
            self.skip(name.len());
            for (operator, change) in [("++", 1), ("--", -1)] {
                if self.eat(operator) {
                    return self.change(&name, change);
                }
            }
            return self.variable(&name);
        }
        let length = self.rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#').count();
        let value = number(&self.rest[..length]).ok_or("arithmetic syntax error")?;
        self.skip(length);
        Ok(value)
    }

    fn variable(&mut self, name: &str) -> Value {
        let Some(value) = self.variables.value(name) else { return Ok(0) };
        let value = value.trim();
        if let Some(number) = number(value.trim_start_matches('-')) {
            return Ok(if value.starts_with('-') { number.wrapping_neg() } else { number });
        }
        let depth = self.depth.checked_sub(1).ok_or("expression recursion loop detected")?;
        evaluate_nested(value, self.variables, depth)
    }
}

/// A number: decimal, `0x…`, `0…`, `base#…`; an empty text is none.
fn number(text: &str) -> Option<i64> {
    let (digits, base) = if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        (digits, 16)
    } else if let Some((base, digits)) = text.split_once('#') {
        (digits, base.parse::<u32>().ok().filter(|base| (2..=36).contains(base))?)
    } else if text.len() > 1 && text.starts_with('0') {
        (&text[1..], 8)
    } else {
        (text, 10)
    };
    u64::from_str_radix(digits, base).ok().map(|value| value as i64)
}

fn apply(operator: &str, left: i64, right: i64, live: bool) -> Value {
    Ok(match operator {
        "||" => i64::from(left != 0 || right != 0),
        "&&" => i64::from(left != 0 && right != 0),
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "==" => i64::from(left == right),
        "!=" => i64::from(left != right),
        "<=" => i64::from(left <= right),
        ">=" => i64::from(left >= right),
        "<" => i64::from(left < right),
        ">" => i64::from(left > right),
        "<<" => left.wrapping_shl(right as u32),
        ">>" => left.wrapping_shr(right as u32),
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        _ if right == 0 && live => return Err("divide by zero"),
        _ if right == 0 => 0,
        "/" => left.wrapping_div(right),
        _ => left.wrapping_rem(right),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    impl Variables for BTreeMap<String, i64> {
        fn value(&self, name: &str) -> Option<Rc<str>> {
            self.get(name).map(|value| value.to_string().into())
        }

        fn assign(&mut self, name: &str, value: i64) {
            self.insert(name.into(), value);
        }
    }

    #[test]
    fn expressions_have_their_values() {
        let mut variables = BTreeMap::from([("i".to_owned(), 5)]);
        for (text, value) in [
            ("1+2*3", 7),
            ("(1+2)*3", 9),
            ("i++ + i", 11),
            ("--i", 5),
            ("i += 3, i", 8),
            ("7/2", 3),
            ("-7 % 3", -1),
            ("1<<4|1", 17),
            ("0 && 1/0", 0),
            ("1 ? 2 : 3", 2),
            ("0x10 + 010", 24),
            ("!0 == 1", 1),
            ("", 0),
            ("nosuch + 1", 1),
            ("3 >= 3", 1),
            ("2#101", 5),
            ("2**3**2", 512),
            ("2*2**3", 16),
        ] {
            assert_eq!(evaluate(text, &mut variables), Ok(value), "{text}");
        }
        assert_eq!(evaluate("1/0", &mut variables), Err("divide by zero"));
        for text in ["1 +", "(1", "1 2", "+", "a b", "1..2", "\u{e9}", "08"] {
            assert!(evaluate(text, &mut variables).is_err(), "{text}");
        }
        assert!(evaluate(&"(".repeat(10_000), &mut variables).is_err());
    }
}
