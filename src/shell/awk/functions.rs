//! The functions that awk brings along.

use super::evaluate::problem;
use super::fields::Separator;
use super::run::{Awk, Done};
use super::streams::system;
use super::syntax::Expression;
use super::value::Value;
use std::rc::Rc;
use std::time::Duration;

/// The longest text that a replacement may make.
const LONGEST: usize = 16 << 20;

impl Awk {
    pub(super) async fn builtin(&mut self, name: &str, arguments: &[Expression]) -> Done<Value> {
        match name {
            "length" | "index" | "substr" | "tolower" | "toupper" | "sprintf" => self.texts(name, arguments).await,
            "split" => self.split(arguments).await,
            "match" => self.find(arguments).await,
            "sub" | "gsub" => self.substitute(name == "gsub", arguments).await,
            "gensub" => self.general_substitution(arguments).await,
            "system" | "close" | "fflush" => self.outside(name, arguments).await,
            "systime" | "strftime" | "rand" | "srand" => self.changing(name, arguments).await,
            _ => self.numbers(name, arguments).await,
        }
    }

    async fn texts(&mut self, name: &str, arguments: &[Expression]) -> Done<Value> {
        if name == "sprintf" {
            let bytes = self.formatted(arguments).await?;
            return Ok(Value::Text(String::from_utf8_lossy(&bytes).into()));
        }
        if name == "length"
            && let Some(Expression::Name(name)) = arguments.first()
            && let Some(length) = self.array_length(name)
        {
            return Ok(Value::Number(length as f64));
        }
        let text = match arguments.first() {
            Some(argument) => self.text(argument).await?,
            None => self.record_text(),
        };
        Ok(match name {
            "length" => Value::Number(text.chars().count() as f64),
            "tolower" => Value::Text(text.to_ascii_lowercase().into()),
            "toupper" => Value::Text(text.to_ascii_uppercase().into()),
            "index" => {
                let Some(sought) = arguments.get(1) else { return problem("Too few arguments") };
                let sought = self.text(sought).await?;
                let place = text.find(&*sought).filter(|_| !sought.is_empty());
                Value::Number(place.map_or(0, |at| text[..at].chars().count() + 1) as f64)
            }
            _ => {
                let Some(start) = arguments.get(1) else { return problem("Too few arguments") };
                let start = self.value(start).await?.number();
                let length = match arguments.get(2) {
                    Some(length) => self.value(length).await?.number(),
                    None => f64::MAX,
                };
                Value::Text(part(&text, start, length).into())
            }
        })
    }

    fn array_length(&mut self, name: &str) -> Option<usize> {
        use super::run::Slot;
        let slot = self.frames.last().and_then(|frame| frame.get(name)).or_else(|| self.globals.get(name));
        match slot {
            Some(Slot::Array(array)) => Some(array.borrow().len()),
            _ => None,
        }
    }

    async fn split(&mut self, arguments: &[Expression]) -> Done<Value> {
        let [text, Expression::Name(array), rest @ ..] = arguments else { return problem("Too few arguments") };
        let text = self.text(text).await?;
        let separator = match rest.first() {
            None => self.separator(),
            Some(Expression::Regex(regex)) if regex.is_empty() => Separator::Nothing,
            Some(Expression::Regex(_)) => Separator::Regex(self.regex(&rest[0]).await?),
            Some(other) => Separator::new(&self.text(other).await?),
        };
        let pieces = separator.split(&text);
        let array = self.array(array)?;
        let mut array = array.borrow_mut();
        array.clear();
        for (index, piece) in pieces.iter().enumerate() {
            array.set(&(index + 1).to_string().into(), Value::Input(piece.clone()));
        }
        Ok(Value::Number(pieces.len() as f64))
    }

    async fn find(&mut self, arguments: &[Expression]) -> Done<Value> {
        let [text, regex, ..] = arguments else { return problem("Too few arguments") };
        let text = self.text(text).await?;
        let found = self.regex(regex).await?.find(&text, 0).and_then(|found| found.group(0));
        let (start, length) = match found {
            Some((from, to)) => ((text[..from].chars().count() + 1) as f64, text[from..to].chars().count() as f64),
            None => (0.0, -1.0),
        };
        self.set_number("RSTART", start);
        self.set_number("RLENGTH", length);
        Ok(Value::Number(start))
    }

    async fn substitute(&mut self, all: bool, arguments: &[Expression]) -> Done<Value> {
        let [regex, replacement, rest @ ..] = arguments else { return problem("Too few arguments") };
        let record = Expression::Field(Box::new(Expression::Number(0.0)));
        let target = rest.first().unwrap_or(&record);
        let regex = self.regex(regex).await?;
        let replacement = self.text(replacement).await?;
        let text = self.text(target).await?;
        let insert = |found: &str, _: &dyn Fn(usize) -> String, out: &mut String| {
            let mut chars = replacement.chars();
            while let Some(next) = chars.next() {
                match next {
                    '&' => out.push_str(found),
                    '\\' => match chars.next() {
                        Some('&') => out.push('&'),
                        Some('\\') => out.push('\\'),
                        Some(other) => out.extend(['\\', other]),
                        None => out.push('\\'),
                    },
                    next => out.push(next),
                }
            }
        };
        let (changed, count) = replace(&regex, &text, if all { 0 } else { 1 }, insert);
        if count > 0 {
            self.assign(target, Value::Text(changed.into())).await?;
        }
        Ok(Value::Number(count as f64))
    }

    /// `gensub(regex, replacement, which, text)`: which one, or all with `g`; `\\1` is a group.
    async fn general_substitution(&mut self, arguments: &[Expression]) -> Done<Value> {
        let [regex, replacement, which, rest @ ..] = arguments else { return problem("Too few arguments") };
        let regex = self.regex(regex).await?;
        let replacement = self.text(replacement).await?;
        let which = self.text(which).await?;
        let text = match rest.first() {
            Some(text) => self.text(text).await?,
            None => self.record_text(),
        };
        let wanted = if which.starts_with(['g', 'G']) { 0 } else { which.parse::<usize>().unwrap_or(1).max(1) };
        let insert = |found: &str, group: &dyn Fn(usize) -> String, out: &mut String| {
            let mut chars = replacement.chars();
            while let Some(next) = chars.next() {
                match next {
                    '&' => out.push_str(found),
                    '\\' => match chars.next() {
                        Some(digit) if digit.is_ascii_digit() => {
                            out.push_str(&group(digit.to_digit(10).unwrap_or(0) as usize));
                        }
                        Some(other) => out.push(other),
                        None => {}
                    },
                    next => out.push(next),
                }
            }
        };
        Ok(Value::Text(replace(&regex, &text, wanted, insert).0.into()))
    }

    async fn outside(&mut self, name: &str, arguments: &[Expression]) -> Done<Value> {
        self.flush().await;
        let Some(argument) = arguments.first() else { return Ok(Value::Number(0.0)) };
        let text = self.text(argument).await?;
        if name == "system" {
            return Ok(Value::Number(system(&self.process, &text).await));
        }
        if name == "fflush" {
            return Ok(Value::Number(0.0));
        }
        let reader = self.readers.remove(&text).map(super::streams::Reader::child);
        let writer = self.writers.remove(&text).map(super::streams::Writer::child);
        let Some(child) = reader.or(writer) else { return Ok(Value::Number(-1.0)) };
        Ok(Value::Number(match child {
            Some(child) => f64::from(self.process.wait(&child).await.code()),
            None => 0.0,
        }))
    }

    async fn changing(&mut self, name: &str, arguments: &[Expression]) -> Done<Value> {
        let now = self.process.kernel().wall_clock();
        Ok(match name {
            "systime" => Value::Number(now.as_secs() as f64),
            "strftime" => {
                let format = match arguments.first() {
                    Some(format) => self.text(format).await?,
                    None => "%a %b %e %H:%M:%S %Z %Y".into(),
                };
                let clock = match arguments.get(1) {
                    Some(seconds) => Duration::from_secs(self.value(seconds).await?.number().max(0.0) as u64),
                    None => now,
                };
                Value::Text(crate::shell::applets::format_date(clock, &format).into())
            }
            "rand" => {
                self.random =
                    self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                Value::Number((self.random >> 11) as f64 / (1u64 << 53) as f64)
            }
            _ => {
                let before = self.seed;
                self.seed = match arguments.first() {
                    Some(seed) => self.value(seed).await?.number() as i64 as u64,
                    None => now.as_secs(),
                };
                self.random = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
                Value::Number(before as f64)
            }
        })
    }

    async fn numbers(&mut self, name: &str, arguments: &[Expression]) -> Done<Value> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.value(argument).await?.number());
        }
        let first = values.first().copied().unwrap_or(0.0);
        let Some(second) = values.get(1).copied() else {
            return Ok(Value::Number(match name {
                "int" => first.trunc(),
                "sqrt" => first.sqrt(),
                "exp" => first.exp(),
                "log" => first.ln(),
                "sin" => first.sin(),
                "cos" => first.cos(),
                "compl" => !(first as u64) as f64,
                _ => return problem("Too few arguments"),
            }));
        };
        let (left, right) = (first as u64, second as u64);
        Ok(Value::Number(match name {
            "atan2" => first.atan2(second),
            "and" => (left & right) as f64,
            "or" => (left | right) as f64,
            "xor" => (left ^ right) as f64,
            "lshift" => left.wrapping_shl(right as u32) as f64,
            "rshift" => left.wrapping_shr(right as u32) as f64,
            _ => return problem("Too many arguments"),
        }))
    }
}

/// `substr`: busybox cuts a start before the text without making it shorter.
fn part(text: &str, start: f64, length: f64) -> String {
    let skipped = (start.trunc() - 1.0).max(0.0);
    text.chars().skip(skipped.min(1e9) as usize).take(length.clamp(0.0, 1e9) as usize).collect()
}

/// `text` with its `wanted`-th match (0: all) replaced by what `insert` adds, and how many there were.
fn replace(
    regex: &crate::shell::regex::Regex,
    text: &Rc<str>,
    wanted: usize,
    insert: impl Fn(&str, &dyn Fn(usize) -> String, &mut String),
) -> (String, usize) {
    let (mut out, mut count, mut done, mut from) = (String::new(), 0, 0, 0);
    let (mut seen, mut after_match) = (0, None);
    while let Some(found) = regex.find(text, from) {
        let Some((begin, end)) = found.group(0) else { break };
        // Right after a match, nothing is no match.
        let stale = begin == end && Some(begin) == after_match;
        if !stale {
            seen += 1;
            out.push_str(&text[done..begin]);
            if wanted == 0 || wanted == seen {
                let group =
                    |number| found.group(number).map(|(from, to)| text[from..to].to_owned()).unwrap_or_default();
                insert(&text[begin..end], &group, &mut out);
                count += 1;
            } else {
                out.push_str(&text[begin..end]);
            }
            done = end;
            after_match = (begin < end).then_some(end);
        }
        if wanted != 0 && seen >= wanted || out.len() > LONGEST {
            break;
        }
        from = end;
        if begin == end {
            let Some(next) = text[end..].chars().next() else { break };
            out.push(next);
            from = end + next.len_utf8();
            done = from;
        }
    }
    out.push_str(&text[done.min(text.len())..]);
    (out, count)
}
