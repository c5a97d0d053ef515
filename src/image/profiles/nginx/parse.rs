//! A configuration read as nginx reads it: in the order of its files and lines, every directive checked as it comes, up to the
//! first that is wrong.
//!
//! Source: nginx 1.22 itself, with whose errors these were compared, and its documentation. Values that are checked are those
//! met every day; of others only the number of words is.

use super::checks::Checks;
use super::directives::{Context, Directive, find};
use super::lexer::{End, Lexer, Statement};
use crate::kernel::Process;
use crate::shell::pattern_matches;
use std::rc::Rc;

/// How deep files may include each other, and blocks lie in each other.
const DEEPEST: usize = 40;

/// A directive with what is in its block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Its words; the first is its name. Empty for the whole configuration.
    pub words: Vec<String>,
    /// Where it stands: `/etc/nginx/nginx.conf:12`.
    pub place: String,
    /// What is in its block.
    pub block: Vec<Node>,
}

impl Node {
    /// Its name.
    pub fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// A word behind its name; empty if there are fewer.
    pub fn word(&self, number: usize) -> &str {
        self.words.get(number).map_or("", String::as_str)
    }

    /// The directives of that name in its block.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.block.iter().filter(move |node| node.name() == name)
    }

    /// The first of them.
    pub fn first(&self, name: &str) -> Option<&Node> {
        self.block.iter().find(|node| node.name() == name)
    }
}

/// What a block holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Directives of a context.
    Directives(Context),
    /// Entries of its own (`map`, `types`), or directives nobody checks (`stream`, `mail`).
    Anything,
}

/// Reads `path` behind the directives of `-g`; the error is nginx's text with its place. Warnings are added to `warnings`.
pub fn read(process: &Process, path: &str, global: &str, warnings: &mut Vec<String>) -> Result<Node, String> {
    let mut reader = Reader { process, checks: Checks::new(process), depth: 0 };
    let mut whole = Node::default();
    let lines = Source { name: "command line".into(), text: global.into() };
    reader.block(&mut Lexer::new(&lines.text), &lines, Inside::Directives(Context::Main), false, &mut whole)?;
    let file = reader.open(path, "")?;
    reader.block(&mut Lexer::new(&file.text), &file, Inside::Directives(Context::Main), false, &mut whole)?;
    reader.checks.whole(&whole)?;
    warnings.append(&mut reader.checks.warnings);
    Ok(whole)
}

/// A file, or what stands for one.
struct Source {
    name: Rc<str>,
    text: Rc<str>,
}

struct Reader<'a> {
    process: &'a Process,
    checks: Checks<'a>,
    depth: usize,
}

impl Reader<'_> {
    fn open(&self, path: &str, place: &str) -> Result<Source, String> {
        let bytes = self.process.read_file(path).map_err(|error| {
            let number = if error == crate::kernel::Errno::Eacces { 13 } else { 2 };
            format!("open() \"{path}\" failed ({number}: {}){place}", error.message())
        })?;
        Ok(Source { name: path.into(), text: String::from_utf8_lossy(&bytes).into_owned().into() })
    }

    /// Reads the statements of a file or block into `node`.
    fn block(
        &mut self,
        lexer: &mut Lexer<'_>,
        source: &Source,
        inside: Inside,
        is_braced: bool,
        node: &mut Node,
    ) -> Result<(), String> {
        let at = |(text, line): (String, usize)| format!("{text} in {}:{line}", source.name);
        if self.depth > DEEPEST {
            return Err(format!("too deep in {}", source.name));
        }
        loop {
            let statement = lexer.statement().map_err(at)?;
            let place = format!("{}:{}", source.name, statement.line);
            match statement.end {
                End::Closing if is_braced => {
                    return self.checks.closed(node).map_err(|text| format!("{text} in {place}"));
                }
                End::Closing => return Err(format!("unexpected \"}}\" in {place}")),
                End::File if is_braced => return Err(format!("unexpected end of file, expecting \"}}\" in {place}")),
                End::File => return Ok(()),
                End::Semicolon | End::Opening => {}
            }
            if inside == Inside::Anything {
                self.entry(lexer, source, statement, place, node)?;
            } else {
                self.directive(lexer, source, inside, statement, place, node)?;
            }
        }
    }

    /// An entry of a block that is not checked.
    fn entry(
        &mut self,
        lexer: &mut Lexer<'_>,
        source: &Source,
        statement: Statement,
        place: String,
        node: &mut Node,
    ) -> Result<(), String> {
        let mut entry = Node { words: statement.words, place, block: Vec::new() };
        if statement.end == End::Opening {
            self.depth += 1;
            self.block(lexer, source, Inside::Anything, true, &mut entry)?;
            self.depth -= 1;
        }
        node.block.push(entry);
        Ok(())
    }

    fn directive(
        &mut self,
        lexer: &mut Lexer<'_>,
        source: &Source,
        inside: Inside,
        statement: Statement,
        place: String,
        node: &mut Node,
    ) -> Result<(), String> {
        let Inside::Directives(context) = inside else { return Ok(()) };
        let name = statement.words[0].clone();
        let wrong = |text: String| format!("{text} in {place}");
        let known = known(&name, context).ok_or_else(|| wrong(format!("unknown directive \"{name}\"")))?;
        if !known.is_allowed(context) {
            return Err(wrong(format!("\"{name}\" directive is not allowed here")));
        }
        match (known.is_block, statement.end) {
            (false, End::Opening) => return Err(wrong(format!("directive \"{name}\" is not terminated by \";\""))),
            (true, End::Semicolon) => return Err(wrong(format!("directive \"{name}\" has no opening \"{{\""))),
            _ => {}
        }
        if !known.takes(statement.words.len() - 1) {
            return Err(wrong(format!("invalid number of arguments in \"{name}\" directive")));
        }
        if name == "include" {
            return self.include(&statement.words[1], &place, inside, node);
        }
        let mut child = Node { words: statement.words, place: place.clone(), block: Vec::new() };
        self.checks.directive(&child, node, context, known.is_flag).map_err(wrong)?;
        if known.is_block {
            self.depth += 1;
            let inside = within(&name, context);
            self.block(lexer, source, inside, true, &mut child)?;
            self.depth -= 1;
        }
        node.block.push(child);
        Ok(())
    }

    /// `include`: a pattern may match nothing, a name has to be there; names are those below nginx's folder.
    fn include(&mut self, pattern: &str, place: &str, inside: Inside, node: &mut Node) -> Result<(), String> {
        let absolute =
            if pattern.starts_with('/') { pattern.to_string() } else { format!("{}/{pattern}", super::FOLDER) };
        let paths = match absolute.contains(['*', '?', '[']) {
            true => self.matching(&absolute),
            false => vec![absolute],
        };
        for path in paths {
            let source = self.open(&path, &format!(" in {place}"))?;
            self.depth += 1;
            self.block(&mut Lexer::new(&source.text), &source, inside, false, node)?;
            self.depth -= 1;
        }
        Ok(())
    }

    /// The files whose names match the last part of a pattern, sorted.
    fn matching(&self, pattern: &str) -> Vec<String> {
        let Some((folder, pattern)) = pattern.rsplit_once('/') else { return Vec::new() };
        let names = self.process.list(folder).unwrap_or_default();
        let matching = names.iter().filter(|name| !name.starts_with('.') && pattern_matches(pattern, name));
        matching.map(|name| format!("{folder}/{name}")).collect()
    }
}

/// The directive of that name; `server` means something else in an upstream.
fn known(name: &str, context: Context) -> Option<Directive<'static>> {
    match (name, context) {
        ("server", Context::Upstream) => find("server_in_upstream"),
        ("server_in_upstream", _) => None,
        _ => find(name),
    }
}

/// What the block of a directive holds.
fn within(name: &str, context: Context) -> Inside {
    Inside::Directives(match name {
        "events" => Context::Events,
        "http" => Context::Http,
        "server" => Context::Server,
        "location" => Context::Location,
        "upstream" => Context::Upstream,
        "limit_except" => Context::LimitExcept,
        "if" if context == Context::Server => Context::ServerIf,
        "if" => Context::LocationIf,
        _ => return Inside::Anything,
    })
}
