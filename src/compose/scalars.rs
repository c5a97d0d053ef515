//! What a scalar means, as a value of this room. Must not know where it stands.

use super::value::Data;
use crate::yaml::Scalar;
use crate::yaml::resolve::Resolved;

/// The value of a scalar with an explicit tag (`!!int`) or none. The error is go-yaml's.
pub fn resolve(scalar: &Scalar, tag: Option<&str>) -> Result<Data, String> {
    Ok(match scalar.resolve(tag)? {
        Resolved::Null => Data::Null,
        Resolved::Bool(flag) => Data::Bool(flag),
        Resolved::Integer(number) => Data::Integer(number),
        Resolved::Unsigned(number) => Data::Unsigned(number),
        Resolved::Float(number) => Data::Float(number),
        Resolved::Timestamp(text) => Data::Timestamp(text.into()),
        Resolved::Text(text) => Data::Text(text.into()),
    })
}
