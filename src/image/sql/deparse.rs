//! Expressions as texts again: defaults and indexes as the servers show them.

use super::ast::{Expression, Form, Test};
use super::dialect::Dialect;
use super::value::Value;

/// The text of an expression with every operation in parentheses.
pub fn expression_text(expression: &Expression, dialect: Dialect) -> String {
    text(expression, dialect, true)
}

fn text(expression: &Expression, dialect: Dialect, has_parentheses: bool) -> String {
    let of = |inner: &Expression| text(inner, dialect, has_parentheses);
    let list = |items: &[Expression]| items.iter().map(of).collect::<Vec<_>>().join(", ");
    match &expression.form {
        Form::Literal(Value::Null) => "NULL".to_string(),
        Form::Literal(Value::Text(text)) => format!("'{}'", text.replace('\'', "''")),
        Form::Literal(Value::Boolean(value)) if !dialect.is_mysql() => value.to_string(),
        Form::Literal(Value::Interval(interval)) => format!("'{}'::interval", interval.text()),
        Form::Literal(value) => value.shown(dialect),
        Form::Column(None, name) => name.clone(),
        Form::Column(Some(table), name) => format!("{table}.{name}"),
        Form::Not(inner) => format!("NOT {}", of(inner)),
        Form::Minus(inner) => format!("-{}", of(inner)),
        Form::Is(inner, test) => {
            let word = match test {
                Test::Null => "NULL",
                Test::True => "TRUE",
                Test::False => "FALSE",
            };
            wrapped(format!("{} IS {word}", of(inner)), has_parentheses)
        }
        Form::Binary(operator, left, right) => {
            // OR within AND needs its parentheses in any case.
            let side = |inner: &Expression| match (&inner.form, *operator) {
                (Form::Binary("or", ..), "and") if !has_parentheses => format!("({})", of(inner)),
                _ => of(inner),
            };
            wrapped(format!("{} {} {}", side(left), operator.to_uppercase(), side(right)), has_parentheses)
        }
        Form::Call(call) => match call.name.as_str() {
            "current_timestamp" | "now" if dialect.is_mysql() => "current_timestamp()".to_string(),
            "current_timestamp" | "current_date" | "current_user" | "session_user" | "localtimestamp"
                if call.arguments.is_empty() =>
            {
                call.name.to_uppercase()
            }
            name => format!("{name}({})", list(&call.arguments)),
        },
        Form::Cast(inner, kind) => {
            let is_number = matches!(&inner.form, Form::Literal(value) if value.kind().is_number());
            format!("{}::{}", wrapped(of(inner), has_parentheses && is_number), kind.name(dialect))
        }
        Form::In(inner, items) => format!("{} IN ({})", of(inner), list(items)),
        Form::Between(inner, low, high) => format!("{} BETWEEN {} AND {}", of(inner), of(low), of(high)),
        Form::Like(inner, pattern, _) => format!("{} LIKE {}", of(inner), of(pattern)),
        Form::Row(items) => format!("({})", list(items)),
        Form::Variable(name) => name.clone(),
        Form::Case(..) | Form::InQuery(..) | Form::Exists(_) | Form::Scalar(_) => String::new(),
    }
}

fn wrapped(text: String, has_parentheses: bool) -> String {
    if has_parentheses { format!("({text})") } else { text }
}

/// A kept expression as PostgreSQL shows it: with every operation in parentheses in a dump, without in a list.
pub fn shown_expression(kept: &str, has_parentheses: bool) -> String {
    match super::parse::parse_expression(kept, Dialect::Postgres) {
        Ok(expression) => text(&expression, Dialect::Postgres, has_parentheses),
        Err(_) => kept.to_string(),
    }
}

/// `FOREIGN KEY (a) REFERENCES b(id) ON DELETE CASCADE`; `None` for another constraint.
pub fn foreign_key_text(rule: &super::storage::Rule) -> Option<String> {
    let super::storage::Rule::Foreign { columns, table, targets, on_delete } = rule else { return None };
    let action = match on_delete {
        super::ast::OnDelete::Refuse => "",
        super::ast::OnDelete::Cascade => " ON DELETE CASCADE",
        super::ast::OnDelete::SetNull => " ON DELETE SET NULL",
    };
    Some(format!("FOREIGN KEY ({}) REFERENCES {table}({}){action}", columns.join(", "), targets.join(", ")))
}
