//! Why a statement fails; each server words it in its own way.

use super::kind::Kind;

/// An error: what is wrong, and where in the statement.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlError {
    /// What is wrong.
    pub problem: Problem,
    /// Offset in the statement's text, for a server that points.
    pub at: Option<usize>,
}

impl SqlError {
    /// An error at a place.
    pub fn at(problem: Problem, at: usize) -> Self {
        Self { problem, at: Some(at) }
    }
}

impl From<Problem> for SqlError {
    fn from(problem: Problem) -> Self {
        Self { problem, at: None }
    }
}

/// What kind of thing a name stands for, in error texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A table.
    Table,
    /// A view.
    View,
    /// An index.
    Index,
    /// A sequence.
    Sequence,
    /// A schema.
    Schema,
    /// An extension.
    Extension,
    /// A database.
    Database,
    /// A role.
    Role,
    /// What a query reads from.
    Relation,
}

impl Thing {
    /// PostgreSQL's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Thing::Table => "table",
            Thing::View => "view",
            Thing::Index => "index",
            Thing::Sequence => "sequence",
            Thing::Schema => "schema",
            Thing::Extension => "extension",
            Thing::Database => "database",
            Thing::Role => "role",
            Thing::Relation => "relation",
        }
    }
}

/// A foreign key that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointing {
    /// The table that was changed.
    pub table: String,
    /// The constraint.
    pub constraint: String,
    /// The columns of the key.
    pub columns: String,
    /// Their values.
    pub values: String,
    /// The other table.
    pub other: String,
    /// The constraint in MySQL's words.
    pub text: String,
}

/// What is wrong.
#[expect(missing_docs, reason = "the variant says what its fields are")]
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// It cannot be read; the text near which reading stopped.
    Syntax {
        near: String,
        rest: String,
    },
    /// A quote is not closed.
    OpenQuote(String),
    /// It is legal SQL, and not simulated.
    Unsupported(String),
    Missing(Thing, String),
    /// There is nothing of that name to drop.
    NothingToDrop(Thing, String),
    Exists(Thing, String),
    NoDatabaseChosen,
    /// A column that no table has; `clause` is MySQL's word for the place, `like` a similar one.
    NoSuchColumn {
        name: String,
        clause: &'static str,
        like: Option<String>,
    },
    /// A column that a named table does not have.
    NoSuchColumnOf {
        table: String,
        column: String,
    },
    NoSuchAlias(String),
    Ambiguous {
        name: String,
        clause: &'static str,
    },
    ColumnExists {
        table: String,
        column: String,
    },
    ColumnTwice(String),
    NoSuchFunction {
        name: String,
        kinds: Vec<Kind>,
    },
    NoSuchOperator {
        operator: String,
        left: Kind,
        right: Kind,
    },
    NoSuchType(String),
    NoSuchConstraint {
        table: String,
        name: String,
    },
    NotGrouped(String),
    Unique {
        table: String,
        constraint: String,
        columns: String,
        values: String,
    },
    NotNull {
        table: String,
        column: String,
        row: String,
    },
    NoDefault(String),
    Check {
        table: String,
        constraint: String,
        row: String,
    },
    /// A row points at none that is there.
    NoSuchKey(Box<Pointing>),
    /// A row that goes is pointed at.
    StillReferenced(Box<Pointing>),
    GeneratedAlways(String),
    TooLong {
        kind: Kind,
        column: String,
        row: usize,
    },
    InvalidInput {
        kind: Kind,
        text: String,
        column: String,
        row: usize,
    },
    WrongValue {
        kind: Kind,
        text: String,
    },
    KindMismatch {
        column: String,
        wanted: Kind,
        given: Kind,
    },
    OutOfRange(Kind),
    NumericOverflow {
        precision: u32,
        scale: u32,
        column: String,
        row: usize,
    },
    DivisionByZero,
    TooManyValues {
        row: usize,
    },
    TooFewValues {
        row: usize,
    },
    MoreThanOneRow,
    ColumnCount,
    NotUniqueTarget,
    DependsOn {
        thing: Thing,
        name: String,
        others: Vec<String>,
    },
    Denied {
        thing: Thing,
        name: String,
        right: &'static str,
    },
    MustOwn(Thing, String),
    DeniedFor {
        what: String,
    },
    InUse(String),
    OpenDatabase,
    NoSuchSetting(String),
    NotBoolean {
        place: &'static str,
        kind: Kind,
    },
    InAggregate {
        place: &'static str,
    },
    SequenceUnset(String),
    Deadlock,
    LockTimeout,
    InTransactionBlock(&'static str),
    CannotAlter(String),
}
