//! The environment of a process: variables in the order in which they were given.

use std::rc::Rc;

/// Names and values. A handle that is copied when it is changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment(Rc<Vec<(Rc<str>, Rc<str>)>>);

impl Environment {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&Rc<str>> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, value)| value)
    }

    /// Sets a variable: in its old place, or at the end.
    pub fn set(&mut self, name: impl Into<Rc<str>>, value: impl Into<Rc<str>>) {
        let (name, value) = (name.into(), value.into());
        let variables = Rc::make_mut(&mut self.0);
        match variables.iter_mut().find(|(known, _)| *known == name) {
            Some(entry) => entry.1 = value,
            None => variables.push((name, value)),
        }
    }

    /// Takes a variable out.
    pub fn remove(&mut self, name: &str) {
        if self.get(name).is_some() {
            Rc::make_mut(&mut self.0).retain(|(known, _)| **known != *name);
        }
    }

    /// All variables, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Rc<str>)> {
        self.0.iter().map(|(name, value)| (name, value))
    }
}

impl<N: Into<Rc<str>>, V: Into<Rc<str>>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let mut environment = Self::new();
        for (name, value) in variables {
            environment.set(name, value);
        }
        environment
    }
}
