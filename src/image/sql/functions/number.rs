//! Functions on numbers.

use crate::image::sql::context::Context;
use crate::image::sql::decimal::Decimal;
use crate::image::sql::kind::Kind;
use crate::image::sql::problem::Problem;
use crate::image::sql::value::Value;
use std::cmp::Ordering;

/// The type of the value of a function on numbers.
pub fn kind(name: &str, arguments: &[Kind]) -> Option<Kind> {
    let first = arguments.first().cloned().unwrap_or_default();
    Some(match name {
        "abs" | "mod" => first,
        "round" | "ceil" | "ceiling" | "floor" | "trunc" | "truncate" => match first {
            Kind::Double | Kind::Real => Kind::Double,
            kind if kind.is_whole() => Kind::Double,
            _ => Kind::Numeric(None),
        },
        "sign" | "sqrt" | "power" | "pow" | "exp" | "ln" | "log" | "log10" | "pi" | "random" | "rand" | "degrees"
        | "radians" => Kind::Double,
        "div" => Kind::Numeric(None),
        "gcd" => Kind::Integer,
        "greatest" | "least" | "nullif" => arguments.iter().fold(Kind::Unknown, |kind, next| kind.wider(next)),
        _ => return None,
    })
}

/// The value of a function on numbers.
pub fn call(name: &str, arguments: &[Value], context: &Context<'_>) -> Result<Option<Value>, Problem> {
    let dialect = context.dialect();
    if kind(name, &[]).is_none() {
        return Ok(None);
    }
    let float = |at: usize| arguments.get(at).and_then(Value::to_float).unwrap_or(0.0);
    let answer = match (name, arguments) {
        ("greatest" | "least", [_, ..]) => {
            let wanted = if name == "greatest" { Ordering::Greater } else { Ordering::Less };
            if dialect.is_mysql() && arguments.iter().any(Value::is_null) {
                return Ok(Some(Value::Null));
            }
            let known = arguments.iter().filter(|value| !value.is_null()).cloned();
            let better =
                |best: Value, value: Value| if value.compare(&best, dialect) == Some(wanted) { value } else { best };
            known.reduce(better).unwrap_or(Value::Null)
        }
        ("nullif", [a, b]) => {
            let equal = crate::image::sql::operators::apply("=", a.clone(), b.clone(), dialect)?;
            if equal.truth() == Some(true) { Value::Null } else { a.clone() }
        }
        ("random" | "rand", _) => Value::Double((context.random() >> 11) as f64 / (1_u64 << 53) as f64),
        ("pi", []) if dialect.is_mysql() => Value::Numeric(Decimal::parse("3.141593").unwrap_or(Decimal::whole(3))),
        ("pi", []) => Value::Double(std::f64::consts::PI),
        ("abs", [Value::Integer(number)]) => Value::Integer(number.saturating_abs()),
        ("abs", [Value::Numeric(number)]) => {
            Value::Numeric(if number < &Decimal::whole(0) { number.negated() } else { *number })
        }
        ("abs", [_]) => Value::Double(float(0).abs()),
        ("mod", [a, b]) => crate::image::sql::operators::apply("%", a.clone(), b.clone(), dialect)?,
        ("div", [a, b]) => crate::image::sql::operators::apply("div", a.clone(), b.clone(), dialect)?,
        ("sign", [_]) => Value::Double(if float(0) == 0.0 { 0.0 } else { float(0).signum() }),
        ("sqrt", [_]) => Value::Double(float(0).sqrt()),
        ("power" | "pow", [_, _]) => Value::Double(float(0).powf(float(1))),
        ("exp", [_]) => Value::Double(float(0).exp()),
        ("ln", [_]) => Value::Double(float(0).ln()),
        ("log", [_]) if dialect.is_mysql() => Value::Double(float(0).ln()),
        ("log" | "log10", [_]) => Value::Double(float(0).log10()),
        ("degrees", [_]) => Value::Double(float(0).to_degrees()),
        ("radians", [_]) => Value::Double(float(0).to_radians()),
        ("gcd", [Value::Integer(a), Value::Integer(b)]) => Value::Integer(greatest_divisor(*a, *b)),
        ("round" | "ceil" | "ceiling" | "floor" | "trunc" | "truncate", [value, places @ ..]) if places.len() < 2 => {
            rounded(name, value, places.first().and_then(Value::to_decimal).and_then(Decimal::to_whole))?
        }
        _ => return Ok(None),
    };
    Ok(Some(answer))
}

fn greatest_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a.saturating_abs() } else { greatest_divisor(b, a % b) }
}

fn rounded(name: &str, value: &Value, places: Option<i64>) -> Result<Value, Problem> {
    if let (Value::Double(number), None) = (value, places) {
        return Ok(Value::Double(match name {
            "round" => number.round_ties_even(),
            "ceil" | "ceiling" => number.ceil(),
            "floor" => number.floor(),
            _ => number.trunc(),
        }));
    }
    if let (Value::Integer(_), None) = (value, places) {
        return Ok(value.clone());
    }
    let number = value.to_decimal().ok_or_else(|| Problem::WrongValue { kind: Kind::Double, text: String::new() })?;
    let scale = u32::try_from(places.unwrap_or(0)).map_err(|_| Problem::Unsupported("rounding to tens".to_string()))?;
    let result = match name {
        "round" => number.rounded(scale),
        "ceil" | "ceiling" => Some(number.cut(1, scale)),
        "floor" => Some(number.cut(-1, scale)),
        _ => Some(number.cut(0, scale)),
    };
    result.map(Value::Numeric).ok_or(Problem::OutOfRange(Kind::Numeric(None)))
}
