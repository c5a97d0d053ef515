//! The variables of a shell. Exported ones live in an [`Environment`], so that a child's environment costs nothing.

use crate::kernel::Environment;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The variable cannot be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadOnly;

/// Variables with their values.
#[derive(Clone, Default)]
pub struct Variables {
    exported: Environment,
    own: BTreeMap<Rc<str>, Rc<str>>,
    /// Exported, but without a value yet.
    promised: BTreeSet<Rc<str>>,
    read_only: BTreeSet<Rc<str>>,
    /// What children get, in busybox's order; made when the first program is started.
    ordered: Option<Environment>,
    /// SHLVL and PWD have been set.
    started: bool,
}

/// What a variable was, to be put back.
#[derive(Clone)]
pub struct Saved {
    name: Rc<str>,
    value: Option<Rc<str>>,
    exported: bool,
}

impl Variables {
    /// The variables of a shell that was started with `environment`.
    pub fn new(environment: Environment) -> Self {
        Self { exported: environment, ..Self::default() }
    }

    /// A variable's value.
    pub fn get(&self, name: &str) -> Option<&Rc<str>> {
        self.own.get(name).or_else(|| self.exported.get(name))
    }

    /// Sets a variable; one that is exported stays so.
    pub fn set(&mut self, name: &Rc<str>, value: impl Into<Rc<str>>) -> Result<(), ReadOnly> {
        if self.read_only.contains(name) {
            return Err(ReadOnly);
        }
        if self.promised.remove(name) || self.exported.get(name).is_some() {
            self.exported.set(name.clone(), value);
            self.ordered = None;
        } else {
            self.own.insert(name.clone(), value.into());
        }
        Ok(())
    }

    /// From now on children get it.
    pub fn export(&mut self, name: &Rc<str>) {
        self.ordered = None;
        if let Some(value) = self.own.remove(name) {
            self.exported.set(name.clone(), value);
        } else if self.exported.get(name).is_none() {
            self.promised.insert(name.clone());
        }
    }

    /// Takes a variable away.
    pub fn unset(&mut self, name: &str) -> Result<(), ReadOnly> {
        if self.read_only.contains(name) {
            return Err(ReadOnly);
        }
        self.ordered = None;
        self.own.remove(name);
        self.promised.remove(name);
        self.exported.remove(name);
        Ok(())
    }

    /// From now on it cannot be changed.
    pub fn set_read_only(&mut self, name: &Rc<str>) {
        self.read_only.insert(name.clone());
    }

    /// From now on children do not get it.
    pub fn keep_from_children(&mut self, name: &Rc<str>) {
        self.promised.remove(name);
        if let Some(value) = self.exported.get(name).cloned() {
            self.ordered = None;
            self.exported.remove(name);
            self.own.insert(name.clone(), value);
        }
    }

    /// What children get and what is only promised to them, by name.
    pub fn exported(&mut self, folder: impl FnOnce() -> Rc<str>) -> BTreeMap<Rc<str>, Option<Rc<str>>> {
        self.start(folder);
        let exported = self.exported.iter().map(|(name, value)| (name.clone(), Some(value.clone())));
        exported.chain(self.promised.iter().map(|name| (name.clone(), None))).collect()
    }

    /// What cannot be changed, by name.
    pub fn read_only(&self) -> BTreeMap<Rc<str>, Option<Rc<str>>> {
        self.read_only.iter().map(|name| (name.clone(), self.get(name).cloned())).collect()
    }

    /// SHLVL as this shell has it: one more than it was given.
    pub fn level(&self) -> Rc<str> {
        let given = self.get("SHLVL");
        if self.started {
            return given.cloned().unwrap_or_default();
        }
        (given.and_then(|level| level.parse::<u32>().ok()).unwrap_or(0) + 1).to_string().into()
    }

    /// Sets SHLVL and PWD, as every shell does when it starts; here, when somebody looks.
    fn start(&mut self, folder: impl FnOnce() -> Rc<str>) {
        if !self.started {
            let level = self.level();
            self.started = true;
            self.exported.set("SHLVL", level);
            if self.get("PWD").is_none() {
                self.exported.set("PWD", folder());
            }
        }
    }

    /// What children get: the exported variables with PWD and SHLVL, in the order of busybox's hash table.
    pub fn for_children(&mut self, folder: impl FnOnce() -> Rc<str>) -> Environment {
        if let Some(ordered) = &self.ordered {
            return ordered.clone();
        }
        self.start(folder);
        let mut variables: Vec<_> = self.exported.iter().collect();
        variables.sort_by_key(|(name, _)| chain(name));
        let ordered: Environment = variables.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        self.ordered = Some(ordered.clone());
        ordered
    }

    /// All variables that have a value, by name.
    pub fn all(&mut self, folder: impl FnOnce() -> Rc<str>) -> BTreeMap<Rc<str>, Rc<str>> {
        self.start(folder);
        let exported = self.exported.iter().map(|(name, value)| (name.clone(), value.clone()));
        exported.chain(self.own.iter().map(|(name, value)| (name.clone(), value.clone()))).collect()
    }

    /// What a variable is now.
    pub fn save(&self, name: &Rc<str>) -> Saved {
        Saved { name: name.clone(), value: self.get(name).cloned(), exported: self.exported.get(name).is_some() }
    }

    /// Makes a variable what it was.
    pub fn restore(&mut self, saved: Saved) {
        let _ = self.unset(&saved.name);
        if let Some(value) = saved.value {
            let _ = self.set(&saved.name, value);
            if saved.exported {
                self.export(&saved.name);
            }
        }
    }
}

/// Place of a variable or an alias in a hash table of busybox's ash, which has 39 chains.
pub fn chain(name: &str) -> u32 {
    let first = u32::from(name.as_bytes().first().copied().unwrap_or_default()) << 4;
    name.bytes().fold(first, |sum, byte| sum.wrapping_add(u32::from(byte))) % 39
}
