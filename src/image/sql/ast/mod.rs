//! What statements are made of. Offsets (`at`) are those of the statement's text, for error messages that point.

mod query;

use super::kind::Kind;

pub use query::*;

/// A name and where it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named {
    /// The name; of `schema.name` the last part.
    pub name: String,
    /// The part before it, if there is one.
    pub schema: Option<String>,
    /// Where it stands.
    pub at: usize,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// CREATE TABLE.
    CreateTable(CreateTable),
    /// CREATE VIEW.
    CreateView { name: Named, replaces: bool, if_not_exists: bool, columns: Vec<String>, query: Query, text: String },
    /// CREATE INDEX.
    CreateIndex { name: Option<String>, table: Named, columns: Vec<Expression>, unique: bool, if_not_exists: bool },
    /// CREATE SEQUENCE.
    CreateSequence { name: Named, start: i64, step: i64, if_not_exists: bool },
    /// CREATE SCHEMA.
    CreateSchema { name: String, if_not_exists: bool },
    /// CREATE EXTENSION.
    CreateExtension { name: String, if_not_exists: bool },
    /// CREATE DATABASE.
    CreateDatabase { name: String, if_not_exists: bool, owner: Option<String> },
    /// DROP of anything that has a name.
    Drop { kind: ObjectKind, names: Vec<Named>, if_exists: bool, cascade: bool },
    /// ALTER TABLE.
    AlterTable { table: Named, if_exists: bool, changes: Vec<TableChange> },
    /// ALTER SEQUENCE … RESTART.
    RestartSequence { name: Named, with: i64 },
    /// ALTER DATABASE a RENAME TO b.
    RenameDatabase { from: String, to: String },
    /// CREATE or ALTER ROLE or USER.
    Role(RoleChange),
    /// GRANT or REVOKE.
    Grant(Grant),
    /// INSERT.
    Insert(Insert),
    /// SELECT, VALUES, TABLE.
    Select(Query),
    /// UPDATE.
    Update(Update),
    /// DELETE.
    Delete {
        table: Named,
        alias: Option<String>,
        using: Vec<Source>,
        filter: Option<Expression>,
        order: Vec<Order>,
        limit: Option<Expression>,
        returning: Vec<SelectItem>,
    },
    /// DESCRIBE, SHOW COLUMNS.
    Describe(Named),
    /// SHOW CREATE TABLE.
    ShowCreate(Named),
    /// TRUNCATE.
    Truncate { names: Vec<Named>, restart: bool, cascade: bool },
    /// SHOW TABLES or SHOW DATABASES, perhaps LIKE a pattern.
    Show { kind: ObjectKind, like: Option<String>, of: Option<String> },
    /// SHOW of a setting (PostgreSQL), SHOW VARIABLES LIKE (MySQL).
    ShowSetting { name: String, is_pattern: bool },
    /// SHOW GRANTS FOR.
    ShowGrants(Option<String>),
    /// SHOW WARNINGS.
    ShowWarnings,
    /// SET name = value.
    Set { name: String, value: String },
    /// USE.
    Use(String),
    /// COPY.
    Copy(Copy),
    /// Accepted without effect, with its tag.
    Accepted(String),
}

/// What ALTER TABLE changes.
#[derive(Clone, Debug, PartialEq)]
pub enum TableChange {
    AddColumn {
        column: ColumnDefinition,
        if_not_exists: bool,
    },
    DropColumn {
        name: String,
        if_exists: bool,
    },
    RenameColumn {
        from: String,
        to: String,
    },
    Rename(String),
    AddConstraint(TableConstraint),
    DropConstraint {
        name: String,
        if_exists: bool,
    },
    SetDefault {
        column: String,
        default: Option<Expression>,
    },
    SetNotNull {
        column: String,
        not_null: bool,
    },
    SetKind {
        column: String,
        kind: Kind,
    },
    /// MySQL's MODIFY and CHANGE.
    Redefine {
        old: String,
        column: ColumnDefinition,
    },
    Owner(String),
}

/// What has a name and can be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// Tables.
    Table,
    /// Views.
    View,
    /// Indexes.
    Index,
    /// Sequences.
    Sequence,
    /// Schemas.
    Schema,
    /// Extensions.
    Extension,
    /// Databases.
    Database,
    /// Roles, users.
    Role,
}

/// CREATE TABLE.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTable {
    /// Its name.
    pub name: Named,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// Columns.
    pub columns: Vec<ColumnDefinition>,
    /// Constraints beside the columns'.
    pub constraints: Vec<TableConstraint>,
    /// AS SELECT.
    pub query: Option<Query>,
    /// TEMPORARY.
    pub temporary: bool,
}

/// A column as CREATE TABLE writes it.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDefinition {
    /// Name.
    pub name: String,
    /// Type.
    pub kind: Kind,
    /// How it counts by itself.
    pub counting: Counting,
    /// NOT NULL.
    pub not_null: bool,
    /// DEFAULT.
    pub default: Option<Expression>,
    /// `ON UPDATE CURRENT_TIMESTAMP`.
    pub on_update_now: bool,
    /// Its constraints.
    pub constraints: Vec<TableConstraint>,
}

/// How a column counts by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counting {
    /// It does not.
    #[default]
    No,
    /// SERIAL, AUTO_INCREMENT.
    Serial,
    /// GENERATED BY DEFAULT AS IDENTITY.
    IdentityByDefault,
    /// GENERATED ALWAYS AS IDENTITY.
    IdentityAlways,
}

/// A constraint of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableConstraint {
    /// CONSTRAINT name.
    pub name: Option<String>,
    /// What it demands.
    pub demand: Demand,
}

/// What a constraint demands.
#[derive(Clone, Debug, PartialEq)]
pub enum Demand {
    Primary(Vec<String>),
    Unique(Vec<String>),
    Check {
        test: Expression,
        text: String,
        column: Option<String>,
    },
    Foreign {
        columns: Vec<String>,
        table: Named,
        targets: Vec<String>,
        on_delete: OnDelete,
    },
    /// A plain index (MySQL's KEY).
    Index(Vec<String>),
}

/// What happens to rows that point at one that goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum OnDelete {
    /// The deletion is refused.
    #[default]
    Refuse,
    /// They go too.
    Cascade,
    /// They point nowhere.
    SetNull,
}

/// CREATE ROLE, ALTER ROLE and their MySQL cousins.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleChange {
    /// The roles, each with a password if one is given.
    pub roles: Vec<(String, Option<String>)>,
    /// Whether they are made.
    pub creates: bool,
    /// IF NOT EXISTS (MySQL).
    pub if_not_exists: bool,
    /// LOGIN or NOLOGIN.
    pub login: Option<bool>,
    /// SUPERUSER or NOSUPERUSER.
    pub superuser: Option<bool>,
    /// CREATEDB or NOCREATEDB.
    pub create_database: Option<bool>,
    /// CREATEROLE or NOCREATEROLE.
    pub create_role: Option<bool>,
}

/// GRANT or REVOKE.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// Whether rights are given, not taken.
    pub gives: bool,
    /// Words such as `select`; `all` for all.
    pub rights: Vec<String>,
    /// On what.
    pub on: GrantedOn,
    /// To or from whom.
    pub roles: Vec<String>,
}

/// What rights are on.
#[derive(Clone, Debug, PartialEq)]
pub enum GrantedOn {
    Tables(Vec<Named>),
    /// ALL TABLES IN SCHEMA; MySQL's `database.*`.
    AllTables(Option<String>),
    Schema(String),
    Database(String),
    /// MySQL's `*.*`.
    Everything,
    /// Membership, sequences, functions: accepted without effect.
    Other,
}

/// INSERT.
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    /// The table.
    pub table: Named,
    /// WITH.
    pub with: Vec<Common>,
    /// The columns named, each with its place.
    pub columns: Vec<Named>,
    /// The rows.
    pub source: InsertSource,
    /// IGNORE, ON CONFLICT DO NOTHING.
    pub skip_duplicates: bool,
    /// REPLACE.
    pub replaces: bool,
    /// `ON CONFLICT … DO UPDATE`, `ON DUPLICATE KEY UPDATE`.
    pub on_duplicate: Vec<(Named, Expression)>,
    /// The columns of ON CONFLICT.
    pub conflict: Vec<String>,
    /// RETURNING.
    pub returning: Vec<SelectItem>,
}

/// Where the rows of an INSERT come from.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertSource {
    /// VALUES; `None` is DEFAULT.
    Rows(Vec<Vec<Option<Expression>>>),
    /// A SELECT.
    Query(Box<Query>),
}

/// UPDATE.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The table.
    pub table: Named,
    /// AS.
    pub alias: Option<String>,
    /// New values; `None` is DEFAULT.
    pub changes: Vec<(Named, Option<Expression>)>,
    /// FROM.
    pub from: Vec<Source>,
    /// WHERE.
    pub filter: Option<Expression>,
    /// ORDER BY (MySQL).
    pub order: Vec<Order>,
    /// LIMIT (MySQL).
    pub limit: Option<Expression>,
    /// RETURNING.
    pub returning: Vec<SelectItem>,
}

/// COPY.
#[derive(Clone, Debug, PartialEq)]
pub struct Copy {
    /// A table and its columns, or a query.
    pub what: CopyOf,
    /// TO, not FROM.
    pub is_out: bool,
    /// A file of the server; standard input or output without.
    pub file: Option<String>,
    /// FORMAT csv.
    pub csv: bool,
    /// HEADER.
    pub header: bool,
    /// DELIMITER.
    pub delimiter: String,
    /// NULL.
    pub null: String,
}

/// What is copied.
#[derive(Clone, Debug, PartialEq)]
pub enum CopyOf {
    Table { name: Named, columns: Vec<String> },
    Query(Box<Query>),
}
