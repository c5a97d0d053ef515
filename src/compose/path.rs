//! A path of keys from the top of a file down to a value, kept on the stack while a stage walks. Must not know values.

/// The last part of a path, and the path before it.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    before: Option<&'a Path<'a>>,
    part: Part<'a>,
}

/// One step down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// The top itself.
    Top,
    /// To the value of a key.
    Key(&'a str),
    /// To an item of a list.
    Index(usize),
}

/// One step of a path that outlives the walk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// To the value of a key.
    Key(String),
    /// To an item of a list.
    Index(usize),
}

impl<'a> Path<'a> {
    /// The top.
    pub const TOP: Path<'static> = Path { before: None, part: Part::Top };

    /// The path to `key` below this one.
    pub fn key(&'a self, key: &'a str) -> Path<'a> {
        Path { before: Some(self), part: Part::Key(key) }
    }

    /// The path to item `index` below this one.
    pub fn index(&'a self, index: usize) -> Path<'a> {
        Path { before: Some(self), part: Part::Index(index) }
    }

    /// Number of steps.
    pub fn depth(&self) -> usize {
        self.before.map_or(0, |before| before.depth() + 1)
    }

    /// The last step.
    pub fn part(&self) -> Part<'a> {
        self.part
    }

    /// All steps, from the top.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps = self.before.map(|before| before.steps()).unwrap_or_default();
        match self.part {
            Part::Top => {}
            Part::Key(key) => steps.push(Step::Key(key.to_string())),
            Part::Index(index) => steps.push(Step::Index(index)),
        }
        steps
    }

    /// The path with list items written by `index`: `0` in schema messages, `[]` or `[0]` elsewhere.
    pub fn text(&self, index: fn(usize) -> String) -> String {
        let parts: Vec<String> = self
            .steps()
            .into_iter()
            .map(|step| match step {
                Step::Key(key) => key,
                Step::Index(at) => index(at),
            })
            .collect();
        parts.join(".")
    }

    /// The path as the messages of the schema write it: `services.web.ports.0`.
    pub fn numbered(&self) -> String {
        self.text(|index| index.to_string())
    }

    /// The path as the messages of interpolation and transformation write it: `services.web.ports.[]`.
    pub fn unnumbered(&self) -> String {
        self.text(|_| "[]".into())
    }

    /// The path as the messages of the unicity rules write it: `services.web.ports.[0]`.
    pub fn bracketed(&self) -> String {
        self.text(|index| format!("[{index}]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_in_three_ways() {
        let services = Path::TOP.key("services");
        let ports = services.key("ports");
        let path = ports.index(3);
        assert_eq!(path.depth(), 3);
        assert_eq!(path.numbered(), "services.ports.3");
        assert_eq!(path.unnumbered(), "services.ports.[]");
        assert_eq!(path.bracketed(), "services.ports.[3]");
    }
}
