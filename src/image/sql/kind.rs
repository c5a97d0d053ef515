//! Types of columns and expressions.

use super::dialect::Dialect;
use serde::{Deserialize, Serialize};

/// A type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A literal whose type nobody has said yet, or NULL.
    #[default]
    Unknown,
    /// BOOLEAN.
    Boolean,
    /// SMALLINT (TINYINT too).
    Small,
    /// INTEGER.
    Integer,
    /// BIGINT.
    Big,
    /// NUMERIC, perhaps with precision and scale.
    Numeric(Option<(u32, u32)>),
    /// REAL.
    Real,
    /// DOUBLE PRECISION.
    Double,
    /// TEXT.
    Text,
    /// VARCHAR, perhaps with a limit.
    Varying(Option<u32>),
    /// CHAR.
    Character(u32),
    /// DATE.
    Date,
    /// TIME.
    Time,
    /// TIMESTAMP without a zone; MySQL's DATETIME.
    Timestamp,
    /// TIMESTAMP WITH TIME ZONE; MySQL's TIMESTAMP.
    TimestampZone,
    /// INTERVAL.
    Interval,
    /// A type that is kept as text and shown as it was written: JSON, UUID and the like, by its name.
    Opaque(String),
    /// What a function without a result returns.
    Void,
}

impl Kind {
    /// Whether psql puts its values to the right.
    pub fn is_number(&self) -> bool {
        matches!(self, Kind::Small | Kind::Integer | Kind::Big | Kind::Numeric(_) | Kind::Real | Kind::Double)
            || matches!(self, Kind::Opaque(name) if name == "oid" || name == "money")
    }

    /// Whether it is a whole number.
    pub fn is_whole(&self) -> bool {
        matches!(self, Kind::Small | Kind::Integer | Kind::Big)
    }

    /// Whether it holds characters.
    pub fn is_text(&self) -> bool {
        matches!(self, Kind::Text | Kind::Varying(_) | Kind::Character(_))
    }

    /// The type that a name means, with the numbers in parentheses after it; `None` for one that is not known.
    pub fn named(name: &str, numbers: &[u32], dialect: Dialect) -> Option<Self> {
        let first = numbers.first().copied();
        let exact = first.map(|precision| (precision, numbers.get(1).copied().unwrap_or(0)));
        Some(match name {
            "bool" | "boolean" => Kind::Boolean,
            "smallint" | "int2" | "smallserial" | "serial2" | "tinyint" => Kind::Small,
            "int" | "integer" | "int4" | "serial" | "serial4" | "mediumint" => Kind::Integer,
            "bigint" | "int8" | "bigserial" | "serial8" => Kind::Big,
            "numeric" | "decimal" | "dec" => match (dialect, exact) {
                (Dialect::MySql, None) => Kind::Numeric(Some((10, 0))),
                (_, exact) => Kind::Numeric(exact),
            },
            "real" | "float4" => Kind::Real,
            "float" if dialect.is_mysql() => Kind::Real,
            "double" | "double precision" | "float8" | "float" => Kind::Double,
            "text" | "longtext" | "mediumtext" | "tinytext" => Kind::Text,
            "varchar" | "character varying" | "nvarchar" => Kind::Varying(first),
            "char" | "character" | "bpchar" | "nchar" => Kind::Character(first.unwrap_or(1)),
            "date" => Kind::Date,
            "time" | "time without time zone" => Kind::Time,
            "timestamp" if dialect.is_mysql() => Kind::TimestampZone,
            "timestamp" | "timestamp without time zone" | "datetime" => Kind::Timestamp,
            "timestamptz" | "timestamp with time zone" => Kind::TimestampZone,
            "interval" => Kind::Interval,
            "json" | "jsonb" | "uuid" | "bytea" | "inet" | "oid" | "regclass" | "name" | "blob" | "longblob" => {
                Kind::Opaque(name.to_string())
            }
            "void" => Kind::Void,
            _ => return None,
        })
    }

    /// Its name as the server shows it.
    pub fn name(&self, dialect: Dialect) -> String {
        if dialect.is_mysql() { self.mysql_name() } else { self.postgres_name() }
    }

    fn postgres_name(&self) -> String {
        match self {
            Kind::Unknown => "unknown".to_string(),
            Kind::Boolean => "boolean".to_string(),
            Kind::Small => "smallint".to_string(),
            Kind::Integer => "integer".to_string(),
            Kind::Big => "bigint".to_string(),
            Kind::Numeric(None) => "numeric".to_string(),
            Kind::Numeric(Some((precision, scale))) => format!("numeric({precision},{scale})"),
            Kind::Real => "real".to_string(),
            Kind::Double => "double precision".to_string(),
            Kind::Text => "text".to_string(),
            Kind::Varying(None) => "character varying".to_string(),
            Kind::Varying(Some(most)) => format!("character varying({most})"),
            Kind::Character(most) => format!("character({most})"),
            Kind::Date => "date".to_string(),
            Kind::Time => "time without time zone".to_string(),
            Kind::Timestamp => "timestamp without time zone".to_string(),
            Kind::TimestampZone => "timestamp with time zone".to_string(),
            Kind::Interval => "interval".to_string(),
            Kind::Opaque(name) => name.clone(),
            Kind::Void => "void".to_string(),
        }
    }

    fn mysql_name(&self) -> String {
        match self {
            Kind::Boolean => "tinyint(1)".to_string(),
            Kind::Small => "smallint(6)".to_string(),
            Kind::Integer => "int(11)".to_string(),
            Kind::Big => "bigint(20)".to_string(),
            Kind::Numeric(exact) => {
                let (precision, scale) = exact.unwrap_or((10, 0));
                format!("decimal({precision},{scale})")
            }
            Kind::Real => "float".to_string(),
            Kind::Double => "double".to_string(),
            Kind::Varying(most) => format!("varchar({})", most.unwrap_or(255)),
            Kind::Character(most) => format!("char({most})"),
            Kind::Time => "time".to_string(),
            Kind::Timestamp => "datetime".to_string(),
            Kind::TimestampZone => "timestamp".to_string(),
            other => other.postgres_name(),
        }
    }

    /// Its name without numbers, as error texts give it.
    pub fn plain_name(&self, dialect: Dialect) -> String {
        let name = self.name(dialect);
        name.split('(').next().unwrap_or_default().to_string()
    }

    /// The name of its column when a cast has none: PostgreSQL's internal name.
    pub fn internal_name(&self) -> String {
        match self {
            Kind::Boolean => "bool".to_string(),
            Kind::Small => "int2".to_string(),
            Kind::Integer => "int4".to_string(),
            Kind::Big => "int8".to_string(),
            Kind::Numeric(_) => "numeric".to_string(),
            Kind::Real => "float4".to_string(),
            Kind::Double => "float8".to_string(),
            Kind::Varying(_) => "varchar".to_string(),
            Kind::Character(_) => "bpchar".to_string(),
            Kind::Time => "time".to_string(),
            Kind::Timestamp => "timestamp".to_string(),
            Kind::TimestampZone => "timestamptz".to_string(),
            other => other.postgres_name(),
        }
    }

    /// The type of both when two meet in one column: the wider number, or the one that is known.
    pub fn wider(&self, other: &Kind) -> Kind {
        let rank = |kind: &Kind| match kind {
            Kind::Small => 1,
            Kind::Integer => 2,
            Kind::Big => 3,
            Kind::Numeric(_) => 4,
            Kind::Real => 5,
            Kind::Double => 6,
            _ => 0,
        };
        match (self, other) {
            (Kind::Unknown, kind) | (kind, Kind::Unknown) => kind.clone(),
            (a, b) if a == b => a.clone(),
            (Kind::Numeric(_), Kind::Numeric(_)) => Kind::Numeric(None),
            (a, b) if rank(a) > 0 && rank(b) > 0 => {
                if rank(a) >= rank(b) {
                    a.clone()
                } else {
                    b.clone()
                }
            }
            (a, b) if a.is_text() && b.is_text() => Kind::Text,
            (a, _) => a.clone(),
        }
    }
}
