//! The directives of nginx: where each may stand, how many words it takes, whether it opens a block.
//!
//! Source of the table: nginx 1.22 itself, asked about every name; those that came since are from nginx.org, "Alphabetical index
//! of directives".

/// Where a directive stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// Outside all blocks.
    Main,
    /// `events`.
    Events,
    /// `http`.
    Http,
    /// `server` within `http`.
    Server,
    /// `location`.
    Location,
    /// `upstream` within `http`.
    Upstream,
    /// `if` in a server.
    ServerIf,
    /// `if` in a location.
    LocationIf,
    /// `limit_except`.
    LimitExcept,
}

impl Context {
    /// Its letter in the table.
    fn letter(self) -> char {
        match self {
            Self::Main => 'm',
            Self::Events => 'e',
            Self::Http => 'h',
            Self::Server => 's',
            Self::Location => 'l',
            Self::Upstream => 'u',
            Self::ServerIf => 'j',
            Self::LocationIf => 'i',
            Self::LimitExcept => 'x',
        }
    }
}

/// A line a directive: its name, letters of [`Context::letter`], how many words it takes at least and at most (`*`: any number), and `b` for a block, `f` for on or
/// off.
const TABLE: &str = include_str!("directives.txt");

/// A directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Directive<'a> {
    contexts: &'a str,
    least: usize,
    most: usize,
    /// Whether it opens a block.
    pub is_block: bool,
    /// Whether it takes `on` or `off`.
    pub is_flag: bool,
}

/// The directive of that name.
pub fn find(name: &str) -> Option<Directive<'static>> {
    let line = TABLE.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')))?;
    let mut words = line.split(' ').skip(1);
    let (contexts, count, kind) = (words.next()?, words.next()?, words.next().unwrap_or(""));
    let (least, most) = count.split_once('-').unwrap_or((count, count));
    Some(Directive {
        contexts,
        least: least.parse().ok()?,
        most: most.parse().unwrap_or(usize::MAX),
        is_block: kind == "b",
        is_flag: kind == "f",
    })
}

impl Directive<'_> {
    /// Whether it may stand there.
    pub fn is_allowed(&self, context: Context) -> bool {
        self.contexts.contains(context.letter())
    }

    /// Whether it takes so many words.
    pub fn takes(&self, count: usize) -> bool {
        (self.least..=self.most).contains(&count)
    }
}
