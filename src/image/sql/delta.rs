//! What a transaction changed, row by row: the difference of two states, which can be put upon a third.
//!
//! So a session sees what others committed meanwhile with its own changes on top (READ COMMITTED), a rollback takes back
//! nobody else's work, and two sessions that touch the same row can be told.

use super::storage::{Cluster, Database, Role, Sequence, Shape, Table};
use super::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A difference.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    roles: Option<Rc<BTreeMap<String, Role>>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    databases: BTreeMap<String, DatabaseDelta>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum DatabaseDelta {
    Dropped,
    Whole(Rc<Database>),
    Parts(Parts),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Parts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shape: Option<Rc<Shape>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sequences: BTreeMap<String, Option<Sequence>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tables: BTreeMap<String, TableDelta>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum TableDelta {
    Dropped,
    /// It was made, or its columns or constraints were changed.
    Whole(Rc<Table>),
    Rows {
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        written: BTreeMap<u64, Rc<Vec<Value>>>,
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        removed: BTreeSet<u64>,
    },
}

impl Delta {
    /// What makes `after` of `before`.
    pub fn between(before: &Cluster, after: &Cluster) -> Self {
        let mut databases = BTreeMap::new();
        for name in before.databases.keys().filter(|name| !after.databases.contains_key(*name)) {
            databases.insert(name.clone(), DatabaseDelta::Dropped);
        }
        for (name, database) in &after.databases {
            match before.databases.get(name) {
                None => drop(databases.insert(name.clone(), DatabaseDelta::Whole(database.clone()))),
                Some(old) if Rc::ptr_eq(old, database) => {}
                Some(old) => {
                    let parts = Parts::between(old, database);
                    if parts != Parts::default() {
                        databases.insert(name.clone(), DatabaseDelta::Parts(parts));
                    }
                }
            }
        }
        let roles = (before.roles != after.roles).then(|| after.roles.clone());
        Self { roles, databases }
    }

    /// Whether nothing changed but counters, which are no part of it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Makes the changes.
    pub fn apply(&self, cluster: &mut Cluster) {
        if let Some(roles) = &self.roles {
            cluster.roles = roles.clone();
        }
        for (name, delta) in &self.databases {
            match delta {
                DatabaseDelta::Dropped => drop(cluster.databases.remove(name)),
                DatabaseDelta::Whole(database) => drop(cluster.databases.insert(name.clone(), database.clone())),
                DatabaseDelta::Parts(parts) => {
                    if let Some(database) = cluster.database_mut(name) {
                        parts.apply(database);
                    }
                }
            }
        }
    }

    /// Whether one of the two must wait for the other: both remove or replace a row, or change the same table's shape.
    pub fn conflicts_with(&self, other: &Delta) -> bool {
        self.databases.iter().any(|(name, delta)| match (delta, other.databases.get(name)) {
            (_, None) => false,
            (DatabaseDelta::Parts(own), Some(DatabaseDelta::Parts(theirs))) => own.conflict_with(theirs),
            _ => true,
        })
    }

    /// Whether both write rows with the same key into a table, so that one must see first whether the other commits.
    pub fn may_clash_with(&self, other: &Delta, base: &Cluster) -> bool {
        self.databases.iter().any(|(name, delta)| {
            let (DatabaseDelta::Parts(own), Some(DatabaseDelta::Parts(theirs))) = (delta, other.databases.get(name))
            else {
                return false;
            };
            own.tables.iter().any(|(table, delta)| {
                let (TableDelta::Rows { written, .. }, Some(TableDelta::Rows { written: others, .. })) =
                    (delta, theirs.tables.get(table))
                else {
                    return false;
                };
                let shape = base.database(name).and_then(|database| database.tables.get(table));
                shape.is_some_and(|shape| share_key(shape, written, others))
            })
        })
    }
}

/// Whether two sets of rows hold the same key.
fn share_key(shape: &Table, rows: &BTreeMap<u64, Rc<Vec<Value>>>, others: &BTreeMap<u64, Rc<Vec<Value>>>) -> bool {
    shape.unique_keys().any(|(_, columns)| {
        let places: Vec<usize> = columns.iter().filter_map(|column| shape.place(column)).collect();
        let key = |row: &Rc<Vec<Value>>| -> Vec<Value> {
            places.iter().filter_map(|place| row.get(*place).cloned()).collect()
        };
        let is_whole = |key: &Vec<Value>| !key.is_empty() && !key.contains(&Value::Null);
        rows.values().map(key).filter(is_whole).any(|own| others.values().any(|other| key(other) == own))
    })
}

impl Parts {
    fn between(before: &Database, after: &Database) -> Self {
        let mut parts = Self { shape: (before.shape != after.shape).then(|| after.shape.clone()), ..Self::default() };
        for name in before.sequences.keys().filter(|name| !after.sequences.contains_key(*name)) {
            parts.sequences.insert(name.clone(), None);
        }
        for (name, sequence) in &after.sequences {
            if before.sequences.get(name).is_none_or(|old| !old.has_shape_of(sequence)) {
                parts.sequences.insert(name.clone(), Some(sequence.clone()));
            }
        }
        for name in before.tables.keys().filter(|name| !after.tables.contains_key(*name)) {
            parts.tables.insert(name.clone(), TableDelta::Dropped);
        }
        for (name, table) in &after.tables {
            match before.tables.get(name) {
                Some(old) if Rc::ptr_eq(old, table) || (old.rows == table.rows && old.has_shape_of(table)) => {}
                Some(old) if old.has_shape_of(table) => {
                    parts.tables.insert(name.clone(), rows_between(old, table));
                }
                _ => drop(parts.tables.insert(name.clone(), TableDelta::Whole(table.clone()))),
            }
        }
        parts
    }

    fn apply(&self, database: &mut Database) {
        if let Some(shape) = &self.shape {
            database.shape = shape.clone();
        }
        for (name, sequence) in &self.sequences {
            match sequence {
                Some(sequence) => drop(database.sequences.insert(name.clone(), sequence.clone())),
                None => drop(database.sequences.remove(name)),
            }
        }
        for (name, delta) in &self.tables {
            match delta {
                TableDelta::Dropped => drop(database.tables.remove(name)),
                TableDelta::Whole(table) => drop(database.tables.insert(name.clone(), table.clone())),
                TableDelta::Rows { written, removed } => {
                    let Some(table) = database.tables.get_mut(name).map(Rc::make_mut) else { continue };
                    removed.iter().for_each(|number| drop(table.rows.remove(number)));
                    table.rows.extend(written.iter().map(|(number, row)| (*number, row.clone())));
                }
            }
        }
    }

    fn conflict_with(&self, other: &Parts) -> bool {
        if self.shape.is_some() && other.shape.is_some() {
            return true;
        }
        self.tables.iter().any(|(name, delta)| match (delta, other.tables.get(name)) {
            (_, None) => false,
            (TableDelta::Rows { removed, .. }, Some(TableDelta::Rows { removed: theirs, .. })) => {
                !removed.is_disjoint(theirs)
            }
            _ => true,
        })
    }
}

fn rows_between(before: &Table, after: &Table) -> TableDelta {
    let is_new = |(number, row): &(&u64, &Rc<Vec<Value>>)| before.rows.get(number) != Some(row);
    TableDelta::Rows {
        written: after.rows.iter().filter(is_new).map(|(number, row)| (*number, row.clone())).collect(),
        removed: before.rows.keys().filter(|number| !after.rows.contains_key(number)).copied().collect(),
    }
}
