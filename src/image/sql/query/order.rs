//! The order of rows.

use crate::image::sql::ast::{Expression, Form, Order};
use crate::image::sql::dialect::Dialect;
use crate::image::sql::value::Value;
use std::cmp::Ordering;

/// The order of two rows by the values of their keys.
pub fn compare_keys(a: &[Value], b: &[Value], keys: &[Order], dialect: Dialect) -> Ordering {
    let each = a.iter().zip(b).zip(keys).map(|((a, b), key)| {
        if a.is_null() != b.is_null() {
            let nulls_first = key.nulls_first.unwrap_or(key.descending != dialect.is_mysql());
            return if a.is_null() == nulls_first { Ordering::Less } else { Ordering::Greater };
        }
        let order = a.order(b, dialect);
        if key.descending { order.reverse() } else { order }
    });
    each.fold(Ordering::Equal, Ordering::then)
}

/// The item that a number of ORDER BY or GROUP BY means, counted from 0.
pub fn item_place(key: &Expression, count: usize) -> Option<usize> {
    match &key.form {
        Form::Literal(Value::Integer(number)) => {
            usize::try_from(*number).ok().and_then(|at| at.checked_sub(1)).filter(|at| *at < count)
        }
        _ => None,
    }
}
