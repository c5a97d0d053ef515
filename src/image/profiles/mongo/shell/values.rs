//! What JavaScript's own values and functions can do, as far as scripts for `mongosh` use it.

use super::evaluate::{Doing, Done, Shell, Thrown, Worth};
use super::syntax::{Expression, parse};
use crate::image::profiles::mongo::value::Value;
use std::time::Duration;

impl Shell {
    /// Methods of arrays that call a function for each item.
    pub async fn each(&mut self, items: Vec<Value>, key: &str, arguments: &[Expression]) -> Done<Option<Worth>> {
        if !matches!(key, "forEach" | "map" | "filter" | "find" | "some" | "every") {
            return Ok(None);
        }
        let Some(argument) = arguments.first() else {
            return Err(Thrown::error("TypeError", "undefined is not a function"));
        };
        let Worth::Function(function) = self.evaluate(argument).await? else {
            let mut all = Vec::new();
            for item in &items {
                if let Worth::Named(name) = self.evaluate(argument).await? {
                    let worth = self.builtin(&name, std::slice::from_ref(item)).await?;
                    all.push(self.plain(worth).await?);
                }
            }
            return Ok(Some(Worth::Value(if key == "map" { Value::Array(all) } else { Value::Undefined })));
        };
        let mut results = Vec::new();
        for (number, item) in items.iter().enumerate() {
            let values = vec![Worth::Value(item.clone()), Worth::Value(Value::Number(number as f64))];
            let worth = self.apply(&function, values).await?;
            results.push(self.plain(worth).await?);
        }
        let chosen = || items.iter().zip(&results).filter(|(_, result)| result.is_true()).map(|(item, _)| item.clone());
        Ok(Some(Worth::Value(match key {
            "map" => Value::Array(results),
            "filter" => Value::Array(chosen().collect()),
            "find" => chosen().next().unwrap_or(Value::Undefined),
            "some" => Value::Bool(results.iter().any(Value::is_true)),
            "every" => Value::Bool(results.iter().all(Value::is_true)),
            _ => Value::Undefined,
        })))
    }

    /// A method of a value.
    pub async fn value_method(&mut self, value: Value, key: &str, arguments: &[Expression]) -> Done<Worth> {
        if let Value::Array(items) = &value
            && let Some(worth) = self.each(items.clone(), key, arguments).await?
        {
            return Ok(worth);
        }
        let values = self.values(arguments).await?;
        let first = values.first().cloned().unwrap_or(Value::Undefined);
        let text = value.to_text();
        Ok(Worth::Value(match key {
            "toString" | "valueOf" | "toHexString" | "str" => Value::Text(text),
            "toISOString" | "toJSON" => {
                Value::Text(value.inspected().trim_start_matches("ISODate('").trim_end_matches("')").to_string())
            }
            "getTime" => {
                if let Value::Date(millis) = value {
                    Value::Number(millis as f64)
                } else {
                    Value::Undefined
                }
            }
            "toNumber" | "toInt" => Value::Number(text.parse().unwrap_or(f64::NAN)),
            "toUpperCase" => Value::Text(text.to_uppercase()),
            "toLowerCase" => Value::Text(text.to_lowercase()),
            "trim" => Value::Text(text.trim().to_string()),
            "padStart" => {
                let width = first.as_number().unwrap_or(0.0) as usize;
                let filler = values.get(1).map_or(" ".to_string(), Value::to_text);
                Value::Text(filler.repeat(width.saturating_sub(text.chars().count()).min(100)) + &text)
            }
            "includes" => Value::Bool(match &value {
                Value::Array(items) => items.contains(&first),
                _ => text.contains(&first.to_text()),
            }),
            "startsWith" => Value::Bool(text.starts_with(&first.to_text())),
            "endsWith" => Value::Bool(text.ends_with(&first.to_text())),
            "split" => Value::Array(text.split(&first.to_text()).map(Value::text).collect()),
            "join" => Value::Text(value.items().iter().map(Value::to_text).collect::<Vec<_>>().join(&first.to_text())),
            "slice" => {
                Value::Array(value.items().iter().skip(first.as_number().unwrap_or(0.0) as usize).cloned().collect())
            }
            "concat" => Value::Array(value.items().iter().chain(first.items()).cloned().collect()),
            "toArray" => value,
            "pretty" => value,
            _ => return Err(Thrown::error("TypeError", &format!("{key} is not a function"))),
        }))
    }

    /// Functions that are there without any object, and those of JavaScript's own.
    pub async fn builtin(&mut self, name: &str, arguments: &[Value]) -> Done<Worth> {
        let first = arguments.first().cloned().unwrap_or(Value::Undefined);
        Ok(Worth::Value(match name {
            "print" | "console.log" | "console.error" | "console.info" => {
                let words: Vec<String> = arguments
                    .iter()
                    .map(|value| if let Value::Text(text) = value { text.clone() } else { value.inspected() })
                    .collect();
                self.process.print(format!("{}\n", words.join(" "))).await;
                Value::Undefined
            }
            "printjson" => {
                self.process.print(format!("{}\n", first.inspected())).await;
                Value::Undefined
            }
            "quit" | "exit" | "process.exit" => return Err(Thrown::Quit(first.as_number().unwrap_or(0.0) as u8)),
            "sleep" => {
                self.process.sleep(Duration::from_millis(first.as_number().unwrap_or(0.0).max(0.0) as u64)).await;
                Value::Undefined
            }
            "load" => return self.load(&first.to_text()).await,
            "cat" => {
                let bytes = self.process.read_file(&first.to_text());
                let bytes = bytes.map_err(|error| Thrown::error("Error", &error.to_string()))?;
                Value::Text(String::from_utf8_lossy(&bytes).into_owned())
            }
            "ObjectId" => match first {
                Value::Text(digits) => Value::ObjectId(digits),
                _ => Value::ObjectId(format!("{:08x}a1b2c3d4e5ffffff", self.process.kernel().wall_clock().as_secs())),
            },
            "Date" | "ISODate" => match first {
                Value::Number(millis) => Value::Date(millis as i64),
                Value::Text(text) => Value::Date(millis_of(&text)),
                _ => Value::Date(self.process.kernel().wall_clock().as_millis() as i64),
            },
            "Date.now" => Value::Number(self.process.kernel().wall_clock().as_millis() as f64),
            "NumberLong" | "NumberInt" | "NumberDecimal" | "Long" | "Int32" | "Double" | "Decimal128" | "Number"
            | "parseInt" | "parseFloat" => Value::Number(number(&first)),
            "String" => Value::Text(first.to_text()),
            "Boolean" => Value::Bool(first.is_true()),
            "Error" => Value::object(&[("name", Value::text("Error")), ("message", Value::Text(first.to_text()))]),
            "JSON.stringify" | "EJSON.stringify" | "tojson" => Value::Text(json(&first)),
            "Object.keys" => Value::Array(first.fields().iter().map(|(key, _)| Value::text(key.clone())).collect()),
            "Object.values" => Value::Array(first.fields().iter().map(|(_, value)| value.clone()).collect()),
            "Math.floor" => Value::Number(number(&first).floor()),
            "Math.ceil" => Value::Number(number(&first).ceil()),
            "Math.round" => Value::Number(number(&first).round()),
            "Math.max" => arguments.iter().max_by(|one, two| one.order(two)).cloned().unwrap_or(Value::Undefined),
            "Math.min" => arguments.iter().min_by(|one, two| one.order(two)).cloned().unwrap_or(Value::Undefined),
            // The same at every run: a simulation has no chance.
            "Math.random" => Value::Number(0.5),
            other => return Err(Thrown::error("TypeError", &format!("{other} is not a function"))),
        }))
    }

    /// `load("file.js")`.
    fn load<'a>(&'a mut self, path: &'a str) -> Doing<'a, Worth> {
        Box::pin(async move {
            let bytes = self
                .process
                .read_file(path)
                .map_err(|_| Thrown::error("Error", &format!("ENOENT: no such file or directory, open '{path}'")))?;
            let statements =
                parse(&String::from_utf8_lossy(&bytes)).map_err(|text| Thrown::error("SyntaxError", &text))?;
            self.run(&statements).await?;
            Ok(Worth::Value(Value::Bool(true)))
        })
    }
}

/// JavaScript's number of a value.
pub fn number(value: &Value) -> f64 {
    match value {
        Value::Number(number) => *number,
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Null => 0.0,
        Value::Date(millis) => *millis as f64,
        Value::Text(text) => text.trim().parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

/// `==`.
pub fn loosely_equal(one: &Value, two: &Value) -> bool {
    let is_nothing = |value: &Value| matches!(value, Value::Null | Value::Undefined);
    match (one, two) {
        _ if is_nothing(one) || is_nothing(two) => is_nothing(one) && is_nothing(two),
        (Value::Number(_) | Value::Bool(_), _) | (_, Value::Number(_) | Value::Bool(_)) => number(one) == number(two),
        _ => one == two,
    }
}

/// JSON as `JSON.stringify` writes it.
fn json(value: &Value) -> String {
    match value {
        Value::Text(text) => serde_json::json!(text).to_string(),
        Value::ObjectId(digits) => format!("\"{digits}\""),
        Value::Date(_) => format!("\"{}\"", value.inspected().trim_start_matches("ISODate('").trim_end_matches("')")),
        Value::Array(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(",")),
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(_, value)| *value != Value::Undefined);
            let pairs = fields.map(|(key, value)| format!("{}:{}", serde_json::json!(key), json(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
        }
        other => other.inspected(),
    }
}

/// The time of `2026-11-22` or `2026-11-22T09:44:47Z`; 0 for anything else.
fn millis_of(text: &str) -> i64 {
    let numbers: Vec<i64> = text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
    let part = |at: usize| numbers.get(at).copied().unwrap_or(0);
    let (year, month, day) = (part(0), numbers.get(1).copied().unwrap_or(1), numbers.get(2).copied().unwrap_or(1));
    // Days since 1970 of a date, counted from 1 March so that leap days come last.
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let year = if month > 2 { year } else { year - 1 };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * shifted + 2) / 5 + day - 1 - 719_468;
    ((days * 24 + part(3)) * 60 + part(4)) * 60_000 + part(5) * 1000
}
