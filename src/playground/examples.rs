//! The gallery as the page shows it. Must not know how a stack is run.

use crate::gallery::STACKS;

/// A stack as it is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Its index, for [`super::Action::OpenStack`].
    pub index: usize,
    /// Its title.
    pub title: String,
    /// What to look at.
    pub look: Vec<String>,
}

/// All stacks, in their order.
pub fn all() -> Vec<Example> {
    let abouts = STACKS.iter().map(|stack| stack.about()).enumerate();
    abouts.map(|(index, about)| Example { index, title: about.title, look: about.look }).collect()
}
