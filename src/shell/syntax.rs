//! What a shell script consists of once it is parsed. Must not know how it is run.

use std::cell::OnceCell;
use std::rc::Rc;

/// A parsed text. Its lines run one after the other; a syntax error is met only when the lines before it have run.
#[derive(Debug, Default)]
pub struct Script {
    /// The complete commands, in order.
    pub items: Vec<Item>,
    /// What is wrong with the text after them.
    pub error: Option<SyntaxError>,
}

/// A text that is not a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Busybox's words, without `syntax error: `.
    pub message: Rc<str>,
    /// Line.
    pub line: u32,
}

/// An and-or list and whether it runs in the background.
#[derive(Debug)]
pub struct Item {
    /// What is run.
    pub list: Rc<AndOr>,
    /// Ends with `&`.
    pub background: bool,
}

/// Pipelines joined by `&&` and `||`.
#[derive(Debug)]
pub struct AndOr {
    /// The first one.
    pub first: Pipeline,
    /// The others.
    pub rest: Vec<(Connector, Pipeline)>,
}

/// What joins two pipelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connector {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// Commands joined by `|`.
#[derive(Debug)]
pub struct Pipeline {
    /// Begins with `!`.
    pub negated: bool,
    /// At least one.
    pub commands: Vec<Rc<Command>>,
}

/// One command.
#[derive(Debug)]
pub enum Command {
    /// Assignments, words, redirections.
    Simple(Simple),
    /// A loop, a group … and its redirections.
    Compound(Compound, Vec<Redirection>),
    /// `name() body`
    Function(Rc<str>, Rc<Command>),
}

/// A simple command.
#[derive(Debug, Default)]
pub struct Simple {
    /// `NAME=value` before the words.
    pub assignments: Vec<(Rc<str>, Word)>,
    /// The program and its arguments.
    pub words: Vec<Word>,
    /// Redirections.
    pub redirections: Vec<Redirection>,
    /// Line.
    pub line: u32,
}

/// A command made of commands.
#[derive(Debug)]
pub enum Compound {
    /// `{ … }`
    Group(Script),
    /// `( … )`
    Subshell(Rc<Script>),
    /// `if … then … elif … else … fi`
    If(Vec<(Script, Script)>, Option<Script>),
    /// `while … do … done`; `until` if the flag says so.
    Loop(LoopKind, Script, Script),
    /// `for name in words; do … done`; without `in`, the positional parameters.
    For(Rc<str>, Option<Vec<Word>>, Script),
    /// `case word in pattern|pattern) … ;; esac`
    Case(Word, Vec<(Vec<Word>, Script)>),
}

/// When a loop goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopKind {
    /// While the condition succeeds.
    While,
    /// Until it does.
    Until,
}

/// A redirection.
#[derive(Debug)]
pub struct Redirection {
    /// The descriptor's number.
    pub number: u32,
    /// What becomes of it.
    pub kind: RedirectionKind,
}

/// What a redirection does.
#[derive(Debug)]
pub enum RedirectionKind {
    /// `<`
    Read(Word),
    /// `>` and `>|`
    Write(Word, Clobber),
    /// `>>`
    Append(Word),
    /// `<>`
    ReadWrite(Word),
    /// `>&` and `<&`
    Duplicate(Word),
    /// `&>`: standard output and standard error
    WriteBoth(Word),
    /// `<<`: the text, filled in when the line has been read.
    Here(Rc<OnceCell<Word>>),
}

/// Whether a file that exists is written over even if the option `noclobber` is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clobber {
    /// `>`
    IfAllowed,
    /// `>|`
    Always,
}

/// A word: what it is made of, in order. No part at all is an empty word that was not quoted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// The parts.
    pub parts: Vec<Part>,
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text as it stands.
    Literal(Rc<str>),
    /// Text in quotes; perhaps empty.
    Quoted(Rc<str>),
    /// `~` or `~name` at the beginning.
    Tilde(Rc<str>),
    /// `$name`, `${…}`; in double quotes or not.
    Parameter(Parameter, Quoting),
    /// `$(…)` or backquotes.
    Command(Substitution, Quoting),
    /// `$((…))`
    Arithmetic(Word, Quoting),
}

/// The script of a command substitution.
#[derive(Clone, Debug)]
pub struct Substitution(pub Rc<Script>);

impl PartialEq for Substitution {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Substitution {}

/// Whether an expansion stands in double quotes: its result is then neither split nor matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// No.
    Bare,
    /// Yes.
    Double,
}

/// A parameter and what is done with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// A variable's name, digits, or one of `@*#?-$!`.
    pub name: Rc<str>,
    /// What is done with it.
    pub operation: Operation,
}

/// Whether an empty value counts as missing (with the colon) or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Only unset.
    Unset,
    /// Unset or empty.
    Empty,
}

/// What is done with a parameter's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `$V`
    Value,
    /// `${#V}`
    Length,
    /// `${V-word}`
    Default(Missing, Word),
    /// `${V=word}`
    Assign(Missing, Word),
    /// `${V?word}`
    Require(Missing, Word),
    /// `${V+word}`
    Alternative(Missing, Word),
    /// `${V#pattern}`, `${V##pattern}`
    TrimStart(Reach, Word),
    /// `${V%pattern}`, `${V%%pattern}`
    TrimEnd(Reach, Word),
    /// `${V:offset:length}`
    Substring(Word, Option<Word>),
    /// `${V/pattern/word}`, `${V//pattern/word}`
    Replace(Reach, Word, Word),
}

/// The shortest or the longest match; the first or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Shortest, or the first.
    Short,
    /// Longest, or all.
    Long,
}

impl Word {
    /// The text of a word that consists of one unquoted text.
    pub fn literal(&self) -> Option<&Rc<str>> {
        match self.parts.as_slice() {
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// A word of one quoted text.
    pub fn quoted(text: &str) -> Self {
        Self { parts: vec![Part::Quoted(text.into())] }
    }
}
