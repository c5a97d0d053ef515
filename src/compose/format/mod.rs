//! Formats of single values: durations, sizes, ports, volumes, command lines, `.env` files, variables. One file each, as
//! pure functions from a text to a value or to Docker's words and the place of the fault. Must not know any attribute.

pub mod command_line;
pub mod dotenv;
pub mod duration;
pub mod number;
pub mod pair;
pub mod port;
pub mod quote;
pub mod size;
pub mod variable;
pub mod volume;

use crate::text::TextRange;

/// Why a text is not of its format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatError {
    /// What Docker says, without what it puts before it (the attribute's path and the like).
    pub docker: String,
    /// The bytes of the text that are at fault.
    pub range: TextRange,
}

impl FormatError {
    /// `part` of `whole` is at fault; the whole if `part` is no slice of it.
    fn at(docker: impl Into<String>, whole: &str, part: &str) -> Self {
        let start = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize);
        let start = start.filter(|start| start + part.len() <= whole.len());
        let range = start.map_or((0, whole.len()), |start| (start, start + part.len()));
        Self { docker: docker.into(), range: TextRange::new(range.0 as u32, range.1 as u32) }
    }

    /// All of the text is at fault.
    fn whole(docker: impl Into<String>, text: &str) -> Self {
        Self::at(docker, text, text)
    }
}
