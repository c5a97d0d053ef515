//! `!reset` and `!override`: what a later file takes out of the model so far (semantics L54).
//! Must not know how they were written.

use super::value::{Data, Mapping, Value};
use std::rc::Rc;

/// Paths that are taken out: keys, and numbers for items of lists.
pub type Replaced = Vec<Vec<Rc<str>>>;

/// Takes the values at `paths` out of a model. Items of lists cannot be taken out.
pub fn apply(model: &mut Mapping, paths: &Replaced) {
    for path in paths {
        remove(model, path);
    }
}

fn remove(mapping: &mut Mapping, path: &[Rc<str>]) {
    match path {
        [] => {}
        [last] if &**last == "*" => mapping.retain(|_| false),
        [last] => {
            mapping.remove(last);
        }
        [first, rest @ ..] => {
            if let Some(value) = mapping.get_mut(first) {
                remove_below(value, rest);
            }
        }
    }
}

fn remove_below(value: &mut Value, path: &[Rc<str>]) {
    match &mut value.data {
        Data::Mapping(mapping) => remove(mapping, path),
        Data::Sequence(items) => {
            let [first, rest @ ..] = path else { return };
            let index = first.parse::<usize>().ok();
            if let (Some(item), false) = (index.and_then(|index| items.get_mut(index)), rest.is_empty()) {
                remove_below(item, rest);
            }
        }
        _ => {}
    }
}
