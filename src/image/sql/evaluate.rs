//! The value of an expression for one row.

use super::aggregate;
use super::ast::{Call, Expression, Form, Query, Test};
use super::cast::{cast, level};
use super::context::Context;
use super::functions;
use super::kind::Kind;
use super::operators::{apply, like};
use super::problem::{Problem, SqlError};
use super::query;
use super::relation::Scope;
use super::value::Value;

/// Result of an evaluation.
pub type Evaluated = Result<Value, SqlError>;

/// The value of `expression` in `scope`.
pub fn evaluate(expression: &Expression, scope: &Scope<'_>, context: &Context<'_>) -> Evaluated {
    let dialect = context.dialect();
    let here = |problem: Problem| locate(problem, expression.at);
    let value = |inner: &Expression| evaluate(inner, scope, context);
    Ok(match &expression.form {
        Form::Literal(value) => value.clone(),
        Form::Column(table, name) => {
            let found = scope.find(table.as_deref(), name, expression.at, context)?;
            found.value.cloned().unwrap_or(Value::Null)
        }
        Form::Not(inner) => value(inner)?.truth().map_or(Value::Null, |truth| Value::Boolean(!truth)),
        Form::Minus(inner) => negative(value(inner)?),
        Form::Is(inner, test) => {
            let inner = value(inner)?;
            Value::Boolean(match test {
                Test::Null => inner.is_null(),
                Test::True => inner.truth() == Some(true),
                Test::False => inner.truth() == Some(false),
            })
        }
        Form::In(inner, list) => {
            let wanted = value(inner)?;
            let items: Result<Vec<Value>, SqlError> = list.iter().map(value).collect();
            contains(&wanted, &items?, context).map_err(here)?
        }
        Form::InQuery(inner, query) => {
            let wanted = value(inner)?;
            let rows = query::run(query, Some(scope), context)?.rows;
            let items: Vec<Value> = rows.iter().filter_map(|row| row.first().cloned()).collect();
            contains(&wanted, &items, context).map_err(here)?
        }
        Form::Between(inner, low, high) => {
            let (inner, low, high) = (value(inner)?, value(low)?, value(high)?);
            let above = apply(">=", inner.clone(), low, dialect).map_err(here)?;
            let below = apply("<=", inner, high, dialect).map_err(here)?;
            conjunction(above.truth(), || Ok(below.truth()))?
        }
        Form::Like(inner, pattern, is_sensitive) => match (value(inner)?, value(pattern)?) {
            (Value::Null, _) | (_, Value::Null) => Value::Null,
            (text, pattern) => Value::Boolean(like(&pattern.shown(dialect), &text.shown(dialect), *is_sensitive)),
        },
        Form::Binary("and", left, right) => conjunction(value(left)?.truth(), || Ok(value(right)?.truth()))?,
        Form::Binary("or", left, right) => {
            let right = || Ok(value(right)?.truth().map(|truth| !truth));
            negated(conjunction(value(left)?.truth().map(|truth| !truth), right)?)
        }
        Form::Binary(operator, left, right) => apply(operator, value(left)?, value(right)?, dialect).map_err(here)?,
        Form::Call(call) => self::call(call, expression.at, scope, context)?,
        Form::Cast(inner, kind) => {
            let inner_value = value(inner)?;
            cast(&inner_value, kind, dialect).map_err(|problem| locate(problem, inner.at))?
        }
        Form::Case(operand, branches, otherwise) => {
            case(operand.as_deref(), branches, otherwise.as_deref(), scope, context)?
        }
        Form::Exists(query) => Value::Boolean(!query::run(query, Some(scope), context)?.rows.is_empty()),
        Form::Scalar(query) => scalar(query, scope, context)?,
        Form::Row(items) => {
            let items: Result<Vec<String>, SqlError> =
                items.iter().map(|item| Ok(value(item)?.shown(dialect))).collect();
            Value::Text(format!("({})", items?.join(",")))
        }
        Form::Variable(name) => variable(name, context)?,
    })
}

/// `@@name`: a setting.
fn variable(name: &str, context: &Context<'_>) -> Evaluated {
    let plain = name.trim_start_matches('@').trim_start_matches("global.").trim_start_matches("session.");
    match context.session.settings.get(plain) {
        Some(value) => Ok(value.parse().map_or_else(|_| Value::text(value), Value::Integer)),
        None if name.starts_with("@@") => Err(Problem::NoSuchSetting(plain.to_string()).into()),
        None => Err(Problem::Unsupported(format!("the variable {name}")).into()),
    }
}

/// An error with the place it points at: only some kinds of errors point.
fn locate(problem: Problem, at: usize) -> SqlError {
    match problem {
        Problem::WrongValue { .. } | Problem::NoSuchOperator { .. } | Problem::InvalidInput { .. } => {
            SqlError::at(problem, at)
        }
        other => other.into(),
    }
}

/// AND of three values: NULL unless one side is false.
fn conjunction(left: Option<bool>, right: impl FnOnce() -> Result<Option<bool>, SqlError>) -> Evaluated {
    if left == Some(false) {
        return Ok(Value::Boolean(false));
    }
    Ok(match (left, right()?) {
        (_, Some(false)) => Value::Boolean(false),
        (Some(true), Some(true)) => Value::Boolean(true),
        _ => Value::Null,
    })
}

fn negated(value: Value) -> Value {
    value.truth().map_or(Value::Null, |truth| Value::Boolean(!truth))
}

fn negative(value: Value) -> Value {
    match value {
        Value::Integer(number) => Value::Integer(number.saturating_neg()),
        Value::Numeric(number) => Value::Numeric(number.negated()),
        Value::Interval(interval) => Value::Interval(interval.negated()),
        other => other.to_float().map_or(Value::Null, |number| Value::Double(-number)),
    }
}

fn contains(wanted: &Value, items: &[Value], context: &Context<'_>) -> Result<Value, Problem> {
    let mut has_null = wanted.is_null();
    for item in items {
        has_null |= item.is_null();
        let (left, right) = level(wanted.clone(), item.clone(), context.dialect())?;
        if left.compare(&right, context.dialect()).is_some_and(std::cmp::Ordering::is_eq) {
            return Ok(Value::Boolean(true));
        }
    }
    Ok(if has_null && !items.is_empty() { Value::Null } else { Value::Boolean(false) })
}

fn case(
    operand: Option<&Expression>,
    branches: &[(Expression, Expression)],
    otherwise: Option<&Expression>,
    scope: &Scope<'_>,
    context: &Context<'_>,
) -> Evaluated {
    let operand = operand.map(|operand| evaluate(operand, scope, context)).transpose()?;
    for (test, result) in branches {
        let test = evaluate(test, scope, context)?;
        let is_met = match &operand {
            Some(operand) => apply("=", operand.clone(), test, context.dialect())?.truth(),
            None => test.truth(),
        };
        if is_met == Some(true) {
            return evaluate(result, scope, context);
        }
    }
    otherwise.map_or(Ok(Value::Null), |otherwise| evaluate(otherwise, scope, context))
}

fn scalar(query: &Query, scope: &Scope<'_>, context: &Context<'_>) -> Evaluated {
    let found = query::run(query, Some(scope), context)?;
    match found.rows.as_slice() {
        [] => Ok(Value::Null),
        [row] => Ok(row.first().cloned().unwrap_or(Value::Null)),
        _ => Err(Problem::MoreThanOneRow.into()),
    }
}

fn call(call: &Call, at: usize, scope: &Scope<'_>, context: &Context<'_>) -> Evaluated {
    if call.over.is_some() {
        let found = scope.windows.iter().find(|(known, _)| known == call);
        return found
            .map(|(_, value)| value.clone())
            .ok_or_else(|| Problem::Unsupported("OVER in this place".to_string()).into());
    }
    if aggregate::is_aggregate(&call.name) {
        let Some(group) = scope.group else {
            return Err(SqlError::at(Problem::InAggregate { place: scope.clause }, at));
        };
        return aggregate::evaluate_over(call, group, scope, context);
    }
    // Of these the later arguments are only looked at when they are needed.
    match (call.name.as_str(), call.arguments.as_slice()) {
        ("coalesce" | "ifnull", arguments) => {
            for argument in arguments {
                let value = evaluate(argument, scope, context)?;
                if !value.is_null() {
                    return Ok(value);
                }
            }
            return Ok(Value::Null);
        }
        ("if", [test, yes, no]) if context.dialect().is_mysql() => {
            let is_met = evaluate(test, scope, context)?.truth() == Some(true);
            return evaluate(if is_met { yes } else { no }, scope, context);
        }
        _ => {}
    }
    let arguments: Result<Vec<Value>, SqlError> =
        call.arguments.iter().map(|argument| evaluate(argument, scope, context)).collect();
    let arguments = arguments?;
    let kinds = || {
        arguments.iter().map(|value| if let Value::Text(_) = value { Kind::Unknown } else { value.kind() }).collect()
    };
    match functions::call(&call.name, &arguments, context) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(SqlError::at(Problem::NoSuchFunction { name: call.name.clone(), kinds: kinds() }, at)),
        Err(problem) => Err(locate(problem, call.arguments.first().map_or(at, |argument| argument.at))),
    }
}
