//! The values of awk's expressions, and what they change.

use super::run::{Awk, DEEPEST, Done, Slot, Step, Stop};
use super::streams::{Reader, RecordEnd, read_command};
use super::syntax::{Expression, Source};
use super::value::{Array, Value};
use crate::kernel::Opening;
use crate::shell::regex::{Dialect, Regex};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::rc::Rc;

/// How many different regular expressions are kept.
const MOST_REGEXES: usize = 200;

/// An error that busybox finds while a program runs.
pub(super) fn problem<T>(message: &str) -> Done<T> {
    Err(Stop::Error(format!("cmd. line:1: {message}")))
}

/// Variables.
impl Awk {
    fn slot(&self, name: &str) -> Option<&Slot> {
        self.frames.last().and_then(|frame| frame.get(name)).or_else(|| self.globals.get(name))
    }

    pub(super) fn variable(&mut self, name: &Rc<str>) -> Value {
        if **name == *"NF" && self.frames.last().is_none_or(|frame| !frame.contains_key(name)) {
            self.split_record();
            return Value::Number(self.record.count() as f64);
        }
        match self.slot(name) {
            Some(Slot::Scalar(value)) => value.clone(),
            _ => Value::Unset,
        }
    }

    pub(super) fn set_variable(&mut self, name: &Rc<str>, value: Value) -> Done<()> {
        if let Some(slot) = self.frames.last_mut().and_then(|frame| frame.get_mut(name)) {
            if matches!(slot, Slot::Array(_)) {
                return problem("Not a scalar");
            }
            *slot = Slot::Scalar(value);
            return Ok(());
        }
        if **name == *"NF" {
            let count = value.number().max(0.0) as usize;
            self.split_record();
            self.record.set_count(count);
            return Ok(());
        }
        if **name == *"FS" {
            // The present record keeps the separator it was read with.
            self.split_record();
        }
        self.globals.insert(name.clone(), Slot::Scalar(value));
        Ok(())
    }

    pub(super) fn set_number(&mut self, name: &str, number: f64) {
        match self.globals.get_mut(name) {
            Some(slot) => *slot = Slot::Scalar(Value::Number(number)),
            None => drop(self.globals.insert(name.into(), Slot::Scalar(Value::Number(number)))),
        }
    }

    pub(super) fn number_of(&self, name: &str) -> f64 {
        match self.globals.get(name) {
            Some(Slot::Scalar(value)) => value.number(),
            _ => 0.0,
        }
    }

    pub(super) fn text_of(&self, name: &str) -> Rc<str> {
        match self.globals.get(name) {
            Some(Slot::Scalar(value)) => value.text("%.6g"),
            _ => "".into(),
        }
    }

    /// The array of that name; a name that nothing has used yet becomes one.
    pub(super) fn array(&mut self, name: &str) -> Done<Rc<RefCell<Array>>> {
        let local = self.frames.last_mut().and_then(|frame| frame.get_mut(name));
        let slot = match local {
            Some(slot) => slot,
            None => self.globals.entry(name.into()).or_default(),
        };
        match slot {
            Slot::Array(array) => Ok(array.clone()),
            Slot::Unset => {
                let array = Rc::new(RefCell::new(Array::default()));
                *slot = Slot::Array(array.clone());
                Ok(array)
            }
            Slot::Scalar(_) => problem("Not an array"),
        }
    }

    pub(super) async fn key(&mut self, key: &[Expression]) -> Done<Rc<str>> {
        if let [only] = key {
            return self.text(only).await;
        }
        let mut parts = Vec::with_capacity(key.len());
        for part in key {
            parts.push(self.text(part).await?);
        }
        Ok(parts.join(&*self.text_of("SUBSEP")).into())
    }

    pub(super) fn split_record(&mut self) {
        if !self.record.is_split() {
            let separator = self.separator();
            self.record.split(&separator);
        }
    }

    pub(super) fn record_text(&mut self) -> Rc<str> {
        let (separator, format) = (self.text_of("OFS"), self.text_of("CONVFMT"));
        self.record.text(&separator, &format)
    }

    fn field(&mut self, number: f64) -> Done<Value> {
        if number < 0.0 {
            return problem("Access to negative field");
        }
        if number < 1.0 {
            return Ok(Value::Input(self.record_text()));
        }
        self.split_record();
        Ok(self.record.field(number as usize))
    }

    pub(super) async fn assign(&mut self, target: &Expression, value: Value) -> Done<()> {
        match target {
            Expression::Name(name) => self.set_variable(name, value)?,
            Expression::Element(name, key) => {
                let key = self.key(key).await?;
                self.array(name)?.borrow_mut().set(&key, value);
            }
            Expression::Field(number) => {
                let number = self.value(number).await?.number();
                if number < 0.0 {
                    return problem("Access to negative field");
                }
                if number < 1.0 {
                    let text = value.text(&self.text_of("CONVFMT"));
                    self.record.set(text);
                    return Ok(());
                }
                self.split_record();
                self.record.set_field(number as usize, value);
            }
            Expression::Group(inner) => Box::pin(self.assign(inner, value)).await?,
            _ => return problem("Not an lvalue"),
        }
        Ok(())
    }
}

/// Expressions.
impl Awk {
    pub(super) async fn text(&mut self, expression: &Expression) -> Done<Rc<str>> {
        if let Expression::Text(text) = expression {
            return Ok(text.clone());
        }
        let value = self.value(expression).await?;
        Ok(match value {
            Value::Text(text) | Value::Input(text) => text,
            other => other.text(&self.text_of("CONVFMT")),
        })
    }

    pub(super) async fn value(&mut self, expression: &Expression) -> Done<Value> {
        match expression {
            Expression::Number(number) => Ok(Value::Number(*number)),
            Expression::Text(text) => Ok(Value::Text(text.clone())),
            Expression::Name(name) => Ok(self.variable(name)),
            Expression::Field(number) if matches!(**number, Expression::Number(_)) => {
                let Expression::Number(number) = **number else { return Ok(Value::Unset) };
                self.field(number)
            }
            other => self.evaluate(other).await,
        }
    }

    fn evaluate<'a>(&'a mut self, expression: &'a Expression) -> Step<'a, Value> {
        Box::pin(async move {
            Ok(match expression {
                Expression::Number(number) => Value::Number(*number),
                Expression::Text(text) => Value::Text(text.clone()),
                Expression::Name(name) => self.variable(name),
                Expression::Group(inner) => self.value(inner).await?,
                Expression::Regex(regex) => {
                    let regex = self.compiled(regex)?;
                    Value::truth(regex.is_match(&self.record_text()))
                }
                Expression::Element(name, key) => {
                    let key = self.key(key).await?;
                    self.array(name)?.borrow_mut().get(&key)
                }
                Expression::Field(number) => {
                    let number = self.value(number).await?.number();
                    self.field(number)?
                }
                Expression::Assign(target, operator, value) => self.assignment(target, *operator, value).await?,
                Expression::Increment(target, change, before) => {
                    let old = self.value(target).await?.number();
                    self.assign(target, Value::Number(old + change)).await?;
                    Value::Number(if *before { old } else { old + change })
                }
                other => self.compound(other).await?,
            })
        })
    }

    async fn assignment(&mut self, target: &Expression, operator: Option<char>, value: &Expression) -> Done<Value> {
        let mut value = self.value(value).await?;
        if let Some(operator) = operator {
            let old = self.value(target).await?.number();
            value = Value::Number(calculate(operator, old, value.number())?);
        }
        self.assign(target, value.clone()).await?;
        Ok(value)
    }

    fn compound<'a>(&'a mut self, expression: &'a Expression) -> Step<'a, Value> {
        Box::pin(async move {
            Ok(match expression {
                Expression::Condition(parts) => {
                    let condition = self.value(&parts[0]).await?.is_true();
                    self.value(&parts[if condition { 1 } else { 2 }]).await?
                }
                Expression::And(left, right) => {
                    Value::truth(self.value(left).await?.is_true() && self.value(right).await?.is_true())
                }
                Expression::Or(left, right) => {
                    Value::truth(self.value(left).await?.is_true() || self.value(right).await?.is_true())
                }
                Expression::Not(value) => Value::truth(!self.value(value).await?.is_true()),
                Expression::Sign(sign, value) => Value::Number(sign * self.value(value).await?.number()),
                Expression::Arithmetic(operator, left, right) => {
                    let left = self.value(left).await?.number();
                    let right = self.value(right).await?.number();
                    Value::Number(calculate(*operator, left, right)?)
                }
                Expression::Compare(sign, left, right) => {
                    let (left, right) = (self.value(left).await?, self.value(right).await?);
                    let order = left.compare(&right, &self.text_of("CONVFMT"));
                    Value::truth(fits(sign, order))
                }
                Expression::Concatenate(left, right) => {
                    let left = self.text(left).await?;
                    let right = self.text(right).await?;
                    Value::Text(format!("{left}{right}").into())
                }
                Expression::Match(wanted, text, regex) => {
                    let text = self.text(text).await?;
                    let regex = self.regex(regex).await?;
                    Value::truth(regex.is_match(&text) == *wanted)
                }
                Expression::In(key, name) => {
                    let key = self.key(key).await?;
                    Value::truth(self.array(name)?.borrow().contains(&key))
                }
                Expression::List(list) => Value::Text(self.key(list).await?),
                Expression::Call(name, arguments) => self.call(name, arguments).await?,
                Expression::Builtin(name, arguments) => self.builtin(name, arguments).await?,
                Expression::Getline(source, target) => self.getline(source, target.as_deref()).await?,
                _ => Value::Unset,
            })
        })
    }

    /// The regular expression that an operand means: as it stands, or the text it yields.
    pub(super) async fn regex(&mut self, expression: &Expression) -> Done<Rc<Regex>> {
        match expression {
            Expression::Regex(regex) => self.compiled(regex),
            other => {
                let text = self.text(other).await?;
                self.compiled(&text)
            }
        }
    }

    fn compiled(&mut self, text: &Rc<str>) -> Done<Rc<Regex>> {
        if let Some(regex) = self.regexes.get(text) {
            return Ok(regex.clone());
        }
        let regex = Regex::new(text, Dialect::Extended, false)
            .map_err(|error| Stop::Error(format!("bad regex '{text}': {error}")))?;
        let regex = Rc::new(regex);
        if self.regexes.len() >= MOST_REGEXES {
            self.regexes.clear();
        }
        self.regexes.insert(text.clone(), regex.clone());
        Ok(regex)
    }

    async fn call(&mut self, name: &Rc<str>, arguments: &[Expression]) -> Done<Value> {
        let program = self.program.clone();
        let Some(function) = program.functions.get(name) else { return problem("Call to undefined function") };
        if self.frames.len() >= DEEPEST {
            return problem("Recursion too deep");
        }
        let mut frame = std::collections::BTreeMap::new();
        for (index, parameter) in function.parameters.iter().enumerate() {
            let slot = match arguments.get(index) {
                None => Slot::Unset,
                Some(Expression::Name(name)) if **name != *"NF" => self.slot(name).cloned().unwrap_or_default(),
                Some(argument) => Slot::Scalar(self.value(argument).await?),
            };
            frame.insert(parameter.clone(), slot);
        }
        self.frames.push(frame);
        let result = self.block(&function.body).await;
        let frame = self.frames.pop().unwrap_or_default();
        // A name that nobody had used before may have become an array inside.
        for (parameter, argument) in function.parameters.iter().zip(arguments) {
            let Expression::Name(name) = argument else { continue };
            if matches!(self.slot(name), None | Some(Slot::Unset))
                && let Some(slot @ Slot::Array(_)) = frame.get(parameter)
            {
                match self.frames.last_mut().and_then(|frame| frame.get_mut(name)) {
                    Some(own) => *own = slot.clone(),
                    None => drop(self.globals.insert(name.clone(), slot.clone())),
                }
            }
        }
        match result {
            Ok(()) => Ok(Value::Unset),
            Err(Stop::Return(value)) => Ok(value),
            Err(stop) => Err(stop),
        }
    }

    async fn getline(&mut self, source: &Source, target: Option<&Expression>) -> Done<Value> {
        let record = match source {
            Source::Input => self.next_record().await?,
            Source::File(name) | Source::Command(name) => {
                let name = self.text(name).await?;
                if !self.readers.contains_key(&name) {
                    self.flush().await;
                    let reader = match source {
                        Source::Command(_) => read_command(&self.process, &name),
                        _ => self.process.open(&name, Opening::Read).ok().map(|file| Reader::new(file, None)),
                    };
                    let Some(reader) = reader else { return Ok(Value::Number(-1.0)) };
                    self.readers.insert(name.clone(), reader);
                }
                let end = RecordEnd::new(&self.text_of("RS"));
                let Some(reader) = self.readers.get_mut(&name) else { return Ok(Value::Number(-1.0)) };
                let record = reader.record(&end).await;
                if record.is_some() && matches!(source, Source::Command(_)) {
                    self.set_number("NR", self.number_of("NR") + 1.0);
                }
                record
            }
        };
        let Some(record) = record else { return Ok(Value::Number(0.0)) };
        match target {
            Some(target) => self.assign(target, Value::Input(record)).await?,
            None => self.record.set(record),
        }
        Ok(Value::Number(1.0))
    }
}

fn calculate(operator: char, left: f64, right: f64) -> Done<f64> {
    Ok(match operator {
        '+' => left + right,
        '-' => left - right,
        '*' => left * right,
        '^' => left.powf(right),
        _ if right == 0.0 => return problem("Division by zero"),
        '/' => left / right,
        _ => left % right,
    })
}

fn fits(sign: &str, order: Ordering) -> bool {
    match sign {
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    }
}
