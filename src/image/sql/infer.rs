//! The type of an expression, and what is wrong with it before any row is read: names that are not there, functions and
//! operators that do not take such types, literals that do not read as what they are compared with.

use super::aggregate;
use super::ast::{Call, Expression, Form};
use super::cast::cast;
use super::context::Context;
use super::functions;
use super::kind::Kind;
use super::problem::{Problem, SqlError};
use super::query;
use super::relation::Scope;
use super::value::Value;

/// The type of `expression`; [`Kind::Unknown`] if only its values can tell.
pub fn infer(expression: &Expression, scope: &Scope<'_>, context: &Context<'_>) -> Result<Kind, SqlError> {
    let of = |inner: &Expression| infer(inner, scope, context);
    Ok(match &expression.form {
        Form::Literal(Value::Text(_)) if !context.dialect().is_mysql() => Kind::Unknown,
        Form::Literal(value) => value.kind(),
        Form::Column(table, name) => scope.find(table.as_deref(), name, expression.at, context)?.field.kind.clone(),
        Form::Not(inner) | Form::Is(inner, _) => {
            of(inner)?;
            Kind::Boolean
        }
        Form::Minus(inner) => of(inner)?,
        Form::In(..) | Form::InQuery(..) | Form::Between(..) | Form::Like(..) => of_test(expression, scope, context)?,
        Form::Binary("and" | "or", left, right) => {
            of(left)?;
            of(right)?;
            Kind::Boolean
        }
        Form::Binary(operator @ ("=" | "<>" | "!=" | "<" | ">" | "<=" | ">=" | "<=>"), left, right) => {
            comparable(operator, left, right, expression.at, scope, context)?;
            Kind::Boolean
        }
        Form::Binary(operator, left, right) => arithmetic(operator, left, right, expression.at, scope, context)?,
        Form::Call(call) => of_call(call, expression.at, scope, context)?,
        Form::Cast(inner, kind) => {
            of(inner)?;
            kind.clone()
        }
        Form::Case(operand, branches, otherwise) => {
            case(operand.as_deref(), branches, otherwise.as_deref(), scope, context)?
        }
        Form::Exists(query) => {
            query::check(query, Some(scope), context)?;
            Kind::Boolean
        }
        Form::Scalar(query) => {
            query::check(query, Some(scope), context)?.first().map_or(Kind::Unknown, |field| field.kind.clone())
        }
        Form::Row(items) => {
            items.iter().try_for_each(|item| of(item).map(drop))?;
            Kind::Text
        }
        Form::Variable(_) => Kind::Unknown,
    })
}

/// IN, BETWEEN and LIKE.
fn of_test(expression: &Expression, scope: &Scope<'_>, context: &Context<'_>) -> Result<Kind, SqlError> {
    match &expression.form {
        Form::In(inner, list) => {
            for item in list {
                comparable("=", inner, item, expression.at, scope, context)?;
            }
        }
        Form::InQuery(inner, query) => {
            infer(inner, scope, context)?;
            query::check(query, Some(scope), context)?;
        }
        Form::Between(inner, low, high) => {
            comparable(">=", inner, low, expression.at, scope, context)?;
            comparable("<=", inner, high, expression.at, scope, context)?;
        }
        Form::Like(inner, pattern, _) => {
            let (left, right) = (infer(inner, scope, context)?, infer(pattern, scope, context)?);
            if !context.dialect().is_mysql() && (left.is_number() || left == Kind::Boolean) {
                let operator = "~~".to_string();
                return Err(SqlError::at(Problem::NoSuchOperator { operator, left, right }, expression.at));
            }
        }
        _ => {}
    }
    Ok(Kind::Boolean)
}

fn case(
    operand: Option<&Expression>,
    branches: &[(Expression, Expression)],
    otherwise: Option<&Expression>,
    scope: &Scope<'_>,
    context: &Context<'_>,
) -> Result<Kind, SqlError> {
    let mut kind = Kind::Unknown;
    if let Some(operand) = operand {
        infer(operand, scope, context)?;
    }
    for (test, result) in branches {
        infer(test, scope, context)?;
        kind = kind.wider(&infer(result, scope, context)?);
    }
    match otherwise {
        Some(otherwise) => Ok(kind.wider(&infer(otherwise, scope, context)?)),
        None => Ok(kind),
    }
}

/// Whether two sides can be compared; in PostgreSQL a literal must read as what it is compared with.
fn comparable(
    operator: &str,
    left: &Expression,
    right: &Expression,
    at: usize,
    scope: &Scope<'_>,
    context: &Context<'_>,
) -> Result<(), SqlError> {
    let (left_kind, right_kind) = (infer(left, scope, context)?, infer(right, scope, context)?);
    if context.dialect().is_mysql() {
        return Ok(());
    }
    readable(left, &right_kind, context)?;
    readable(right, &left_kind, context)?;
    let class = |kind: &Kind| match kind {
        Kind::Unknown | Kind::Void | Kind::Opaque(_) => 0,
        Kind::Boolean => 1,
        kind if kind.is_number() => 2,
        kind if kind.is_text() => 3,
        Kind::Interval => 4,
        Kind::Time => 5,
        _ => 6,
    };
    let (a, b) = (class(&left_kind), class(&right_kind));
    if a != b && a != 0 && b != 0 {
        let operator = operator.to_string();
        return Err(SqlError::at(Problem::NoSuchOperator { operator, left: left_kind, right: right_kind }, at));
    }
    Ok(())
}

/// That a literal reads as a value of that type.
pub fn readable(literal: &Expression, kind: &Kind, context: &Context<'_>) -> Result<(), SqlError> {
    let Form::Literal(value @ Value::Text(_)) = &literal.form else { return Ok(()) };
    if kind.is_text() || context.dialect().is_mysql() {
        return Ok(());
    }
    cast(value, kind, context.dialect()).map(drop).map_err(|problem| SqlError::at(problem, literal.at))
}

fn arithmetic(
    operator: &str,
    left: &Expression,
    right: &Expression,
    at: usize,
    scope: &Scope<'_>,
    context: &Context<'_>,
) -> Result<Kind, SqlError> {
    let (a, b) = (infer(left, scope, context)?, infer(right, scope, context)?);
    let dialect = context.dialect();
    if matches!(operator, "||" | "->" | "->>" | "~") {
        return Ok(Kind::Text);
    }
    if dialect.is_mysql() {
        return Ok(match (operator, a.is_whole() && b.is_whole()) {
            ("/", true) => Kind::Numeric(None),
            (_, true) => Kind::Big,
            _ if matches!(a, Kind::Numeric(_)) || matches!(b, Kind::Numeric(_)) => Kind::Numeric(None),
            _ => Kind::Double,
        });
    }
    if a.is_number() {
        readable(right, &b.wider(&a), context)?;
    }
    let is_moment =
        |kind: &Kind| matches!(kind, Kind::Date | Kind::Timestamp | Kind::TimestampZone | Kind::Time | Kind::Interval);
    if is_moment(&a) || is_moment(&b) {
        return Ok(Kind::Unknown);
    }
    let wrong = |kind: &Kind| kind.is_text() || *kind == Kind::Boolean;
    if wrong(&a) || wrong(&b) {
        let operator = operator.to_string();
        return Err(SqlError::at(Problem::NoSuchOperator { operator, left: a, right: b }, at));
    }
    if operator == "^" && !matches!(a, Kind::Numeric(_)) && !matches!(b, Kind::Numeric(_)) {
        return Ok(Kind::Double);
    }
    let plain = |kind: Kind| if let Kind::Numeric(_) = kind { Kind::Numeric(None) } else { kind };
    Ok(plain(a.wider(&b)))
}

fn of_call(call: &Call, at: usize, scope: &Scope<'_>, context: &Context<'_>) -> Result<Kind, SqlError> {
    let mut kinds = Vec::new();
    for argument in &call.arguments {
        kinds.push(infer(argument, scope, context)?);
    }
    if let Some(filter) = &call.filter {
        infer(filter, scope, context)?;
    }
    if let Some(kind) = aggregate::kind(&call.name, &kinds, context.dialect(), call.over.is_some()) {
        let is_hostile = matches!(call.name.as_str(), "sum" | "avg") && kinds.first().is_some_and(Kind::is_text);
        if is_hostile && !context.dialect().is_mysql() {
            return Err(SqlError::at(Problem::NoSuchFunction { name: call.name.clone(), kinds }, at));
        }
        return Ok(kind);
    }
    match functions::kind(&call.name, &kinds, context.dialect()) {
        Some(kind) => Ok(kind),
        None if functions::is_left_out(&call.name) => {
            Err(Problem::Unsupported(format!("the function {}", call.name)).into())
        }
        None => Err(SqlError::at(Problem::NoSuchFunction { name: call.name.clone(), kinds }, at)),
    }
}
