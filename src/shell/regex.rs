//! Regular expressions, basic and extended, matched in linear time: all possible states at once, the preferred one first.

use super::pattern::in_class;

/// How big a compiled expression may get.
const MOST_INSTRUCTIONS: usize = 5_000;

/// How deeply parentheses may be nested.
const DEEPEST: u32 = 60;

/// Which kind of expression a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `\(`, `\{`, `\|`, `\+` are special, the bare ones are not.
    Basic,
    /// The other way round.
    Extended,
    /// Nothing is special.
    Fixed,
}

/// A compiled expression.
pub struct Regex {
    program: Vec<Instruction>,
    ignores_case: bool,
    groups: usize,
}

#[derive(Clone)]
enum Instruction {
    One(Matcher),
    /// Goes on at the first, or, if that leads nowhere, at the second.
    Split(usize, usize),
    Jump(usize),
    Save(usize),
    LineStart,
    LineEnd,
    WordEdge,
    Done,
}

#[derive(Clone)]
enum Matcher {
    Char(char),
    Any,
    Set { ranges: Vec<(char, char)>, classes: Vec<String>, negated: bool },
}

/// Where an expression and its groups matched, as byte offsets.
pub struct Match {
    slots: Vec<Option<usize>>,
}

impl Match {
    /// Offsets of the whole match (0) or of a group.
    pub fn group(&self, number: usize) -> Option<(usize, usize)> {
        Some(((*self.slots.get(number * 2)?)?, (*self.slots.get(number * 2 + 1)?)?))
    }
}

impl Regex {
    /// Compiles `text`; or what is wrong with it.
    pub fn new(text: &str, dialect: Dialect, ignores_case: bool) -> Result<Self, String> {
        let chars = text.chars().collect();
        let mut compiler = Compiler { chars, at: 0, dialect, program: Vec::new(), groups: 1, depth: 0 };
        compiler.program.push(Instruction::Save(0));
        if dialect == Dialect::Fixed {
            compiler.program.extend(text.chars().map(|next| Instruction::One(Matcher::Char(next))));
        } else {
            compiler.alternatives()?;
            if compiler.at < compiler.chars.len() {
                return Err("Unmatched ( or \\(".into());
            }
        }
        compiler.program.extend([Instruction::Save(1), Instruction::Done]);
        Ok(Self { program: compiler.program, ignores_case, groups: compiler.groups })
    }

    /// The first match in `text` at or after byte `from`.
    pub fn find(&self, text: &str, from: usize) -> Option<Match> {
        let mut threads: Vec<(usize, Vec<Option<usize>>)> = Vec::new();
        let mut found = None;
        let mut before = text[..from].chars().next_back();
        let ends = text[from..].char_indices().map(|(at, next)| (from + at, Some(next))).chain([(text.len(), None)]);
        for (at, next) in ends {
            let mut seen = vec![false; self.program.len()];
            let mut current = Vec::new();
            let place = Place { at, before, next };
            for (instruction, slots) in threads {
                self.follow(instruction, slots, place, &mut seen, &mut current);
            }
            if found.is_none() {
                self.follow(0, vec![None; self.groups * 2], place, &mut seen, &mut current);
            }
            threads = Vec::new();
            for (instruction, slots) in current {
                match &self.program[instruction] {
                    Instruction::Done => {
                        found = Some(Match { slots });
                        break;
                    }
                    Instruction::One(matcher) if next.is_some_and(|next| matcher.accepts(next, self.ignores_case)) => {
                        threads.push((instruction + 1, slots));
                    }
                    _ => {}
                }
            }
            if threads.is_empty() && found.is_some() {
                break;
            }
            before = next;
        }
        found
    }

    /// Whether anything in `text` matches.
    pub fn is_match(&self, text: &str) -> bool {
        self.find(text, 0).is_some()
    }

    fn follow(
        &self,
        start: usize,
        slots: Vec<Option<usize>>,
        place: Place,
        seen: &mut [bool],
        current: &mut Vec<(usize, Vec<Option<usize>>)>,
    ) {
        let mut waiting = vec![(start, slots)];
        while let Some((at, mut slots)) = waiting.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            match &self.program[at] {
                Instruction::One(_) | Instruction::Done => current.push((at, slots)),
                Instruction::Jump(to) => waiting.push((*to, slots)),
                Instruction::Split(first, second) => {
                    waiting.push((*second, slots.clone()));
                    waiting.push((*first, slots));
                }
                Instruction::Save(slot) => {
                    slots[*slot] = Some(place.at);
                    waiting.push((at + 1, slots));
                }
                Instruction::LineStart if place.before.is_none() => waiting.push((at + 1, slots)),
                Instruction::LineEnd if place.next.is_none() => waiting.push((at + 1, slots)),
                Instruction::WordEdge if is_word(place.before) != is_word(place.next) => waiting.push((at + 1, slots)),
                Instruction::LineStart | Instruction::LineEnd | Instruction::WordEdge => {}
            }
        }
    }
}

/// A place between two characters.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    before: Option<char>,
    next: Option<char>,
}

fn is_word(next: Option<char>) -> bool {
    next.is_some_and(|next| next.is_alphanumeric() || next == '_')
}

impl Matcher {
    fn accepts(&self, next: char, ignores_case: bool) -> bool {
        if !ignores_case {
            return self.accepts_exactly(next);
        }
        let other = if next.is_lowercase() { next.to_uppercase().next() } else { next.to_lowercase().next() };
        match self {
            Self::Set { negated: true, .. } => {
                self.accepts_exactly(next) && self.accepts_exactly(other.unwrap_or(next))
            }
            _ => self.accepts_exactly(next) || self.accepts_exactly(other.unwrap_or(next)),
        }
    }

    fn accepts_exactly(&self, next: char) -> bool {
        match self {
            Self::Char(wanted) => *wanted == next,
            Self::Any => true,
            Self::Set { ranges, classes, negated } => {
                let within = ranges.iter().any(|(low, high)| (*low..=*high).contains(&next));
                (within || classes.iter().any(|class| in_class(class, next))) != *negated
            }
        }
    }
}

struct Compiler {
    chars: Vec<char>,
    at: usize,
    dialect: Dialect,
    program: Vec<Instruction>,
    groups: usize,
    depth: u32,
}

type Compiled = Result<(), String>;

impl Compiler {
    /// Whether the operator `operator` stands here: bare in extended, after a backslash in basic expressions.
    fn operator(&self, operator: char) -> Option<usize> {
        let bare = self.chars.get(self.at) == Some(&operator);
        let escaped = self.chars.get(self.at) == Some(&'\\') && self.chars.get(self.at + 1) == Some(&operator);
        match self.dialect {
            Dialect::Extended => bare.then_some(1),
            _ => escaped.then_some(2),
        }
    }

    fn eat(&mut self, operator: char) -> bool {
        let length = self.operator(operator);
        self.at += length.unwrap_or(0);
        length.is_some()
    }

    fn push(&mut self, instruction: Instruction) -> Compiled {
        if self.program.len() >= MOST_INSTRUCTIONS {
            return Err("Regular expression too big".into());
        }
        self.program.push(instruction);
        Ok(())
    }

    fn alternatives(&mut self) -> Compiled {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("Regular expression too big".into());
        }
        let start = self.program.len();
        self.sequence()?;
        let mut ends = Vec::new();
        while self.eat('|') {
            let branch: Vec<Instruction> = self.program.split_off(start);
            let shifted = branch.into_iter().map(|instruction| shift(instruction, start, 1));
            self.program.push(Instruction::Split(start + 1, 0));
            self.program.extend(shifted);
            for end in &mut ends {
                *end += 1;
            }
            ends.push(self.program.len());
            self.push(Instruction::Jump(0))?;
            let next = self.program.len();
            self.program[start] = Instruction::Split(start + 1, next);
            self.sequence()?;
        }
        let after = self.program.len();
        for end in ends {
            self.program[end] = Instruction::Jump(after);
        }
        self.depth -= 1;
        Ok(())
    }

    fn sequence(&mut self) -> Compiled {
        let begin = self.program.len();
        while self.at < self.chars.len()
            && self.operator('|').is_none()
            && !(self.depth > 1 && self.operator(')').is_some())
        {
            let start = self.program.len();
            let first = start == begin;
            if !self.atom(first)? {
                continue;
            }
            self.repetition(start)?;
        }
        Ok(())
    }

    /// One atom; whether it can be repeated.
    fn atom(&mut self, first: bool) -> Result<bool, String> {
        if self.eat('(') {
            let group = self.groups;
            self.groups += 1;
            self.push(Instruction::Save(group * 2))?;
            self.alternatives()?;
            if !self.eat(')') {
                return Err("Unmatched ( or \\(".into());
            }
            self.push(Instruction::Save(group * 2 + 1))?;
            return Ok(true);
        }
        let next = self.chars[self.at];
        self.at += 1;
        let last = self.at >= self.chars.len() || self.operator('|').is_some() || self.operator(')').is_some();
        let matcher = match next {
            '.' => Matcher::Any,
            '[' => self.set()?,
            '^' if first || self.dialect == Dialect::Extended => {
                self.push(Instruction::LineStart)?;
                return Ok(false);
            }
            '$' if last || self.dialect == Dialect::Extended => {
                self.push(Instruction::LineEnd)?;
                return Ok(false);
            }
            '\\' => {
                let Some(escaped) = self.chars.get(self.at).copied() else { return Err("Trailing backslash".into()) };
                self.at += 1;
                match escaped {
                    'n' => Matcher::Char('\n'),
                    't' => Matcher::Char('\t'),
                    'b' | '<' | '>' => {
                        self.push(Instruction::WordEdge)?;
                        return Ok(false);
                    }
                    'w' | 'W' => {
                        let ranges = vec![('_', '_')];
                        Matcher::Set { ranges, classes: vec!["alnum".into()], negated: escaped == 'W' }
                    }
                    's' | 'S' => {
                        Matcher::Set { ranges: Vec::new(), classes: vec!["space".into()], negated: escaped == 'S' }
                    }
                    other => Matcher::Char(other),
                }
            }
            other => Matcher::Char(other),
        };
        self.push(Instruction::One(matcher))?;
        Ok(true)
    }

    fn set(&mut self) -> Result<Matcher, String> {
        let mut next = || {
            let next = self.chars.get(self.at).copied();
            self.at += 1;
            next.ok_or("Unmatched [, [^, [:, [., or [=")
        };
        let (mut ranges, mut classes) = (Vec::new(), Vec::new());
        let mut low = next()?;
        let negated = low == '^';
        if negated {
            low = next()?;
        }
        let mut begun = false;
        while low != ']' || !begun {
            begun = true;
            let rest = &self.chars[self.at.min(self.chars.len())..];
            if low == '[' && rest.first() == Some(&':') {
                let end = rest.windows(2).position(|pair| pair == [':', ']']).ok_or("Unmatched [")?;
                classes.push(rest[1..end].iter().collect());
                self.at += end + 2;
            } else if rest.first() == Some(&'-') && rest.get(1).is_some_and(|high| *high != ']') {
                ranges.push((low, rest[1]));
                self.at += 2;
            } else {
                ranges.push((low, low));
            }
            low = self.chars.get(self.at).copied().ok_or("Unmatched [, [^, [:, [., or [=")?;
            self.at += 1;
        }
        Ok(Matcher::Set { ranges, classes, negated })
    }

    fn repetition(&mut self, start: usize) -> Compiled {
        loop {
            let (least, most) = if self.chars.get(self.at) == Some(&'*') {
                self.at += 1;
                (0, None)
            } else if self.eat('+') {
                (1, None)
            } else if self.eat('?') {
                (0, Some(1))
            } else if self.operator('{').is_some() {
                match self.counts()? {
                    Some(counts) => counts,
                    None => return Ok(()),
                }
            } else {
                return Ok(());
            };
            let atom = self.program.split_off(start);
            self.repeat(&atom, start, least, most)?;
        }
    }

    fn counts(&mut self) -> Result<Option<(usize, Option<usize>)>, String> {
        self.eat('{');
        let end = self.chars[self.at..].iter().position(|next| *next == '}').ok_or("Unmatched { or \\{")?;
        let text: String = self.chars[self.at..self.at + end].iter().filter(|next| **next != '\\').collect();
        self.at += end + 1;
        let number = |text: &str| text.parse::<usize>().map_err(|_| "Invalid content of \\{\\}".to_owned());
        Ok(Some(match text.split_once(',') {
            None => (number(&text)?, Some(number(&text)?)),
            Some((least, "")) => (number(least)?, None),
            Some(("", most)) => (0, Some(number(most)?)),
            Some((least, most)) => (number(least)?, Some(number(most)?)),
        }))
    }

    /// The instructions of one atom (compiled to stand at `origin`), as often as asked for.
    fn repeat(&mut self, atom: &[Instruction], origin: usize, least: usize, most: Option<usize>) -> Compiled {
        for _ in 0..least {
            self.copy(atom, origin)?;
        }
        match most {
            None => {
                let split = self.program.len();
                self.push(Instruction::Split(split + 1, 0))?;
                self.copy(atom, origin)?;
                self.push(Instruction::Jump(split))?;
                self.program[split] = Instruction::Split(split + 1, self.program.len());
            }
            Some(most) => {
                let mut splits = Vec::new();
                for _ in least..most {
                    splits.push(self.program.len());
                    self.push(Instruction::Split(0, 0))?;
                    self.copy(atom, origin)?;
                }
                let after = self.program.len();
                for split in splits {
                    self.program[split] = Instruction::Split(split + 1, after);
                }
            }
        }
        Ok(())
    }

    fn copy(&mut self, atom: &[Instruction], origin: usize) -> Compiled {
        let moved = self.program.len() - origin;
        for instruction in atom {
            self.push(shift(instruction.clone(), 0, moved))?;
        }
        Ok(())
    }
}

/// An instruction whose targets at or after `from` have moved by `by`.
fn shift(instruction: Instruction, from: usize, by: usize) -> Instruction {
    let moved = |target: usize| if target >= from { target + by } else { target };
    match instruction {
        Instruction::Split(first, second) => Instruction::Split(moved(first), moved(second)),
        Instruction::Jump(to) => Instruction::Jump(moved(to)),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, dialect: Dialect, text: &str) -> Option<String> {
        let regex = Regex::new(pattern, dialect, false).unwrap();
        regex.find(text, 0).and_then(|found| found.group(0)).map(|(start, end)| text[start..end].to_owned())
    }

    #[test]
    fn both_dialects_find_what_they_should() {
        for (pattern, text, expected) in [
            ("a*b", "xaab", Some("aab")),
            ("^a.c$", "abc", Some("abc")),
            ("[0-9][0-9]*", "ab123c", Some("123")),
            ("a\\{2,3\\}", "caaaa", Some("aaa")),
            ("\\(ab\\)*c", "ababc", Some("ababc")),
            ("a+b", "a+b", Some("a+b")),
            ("x\\|y", "ay", Some("y")),
            ("b$", "abc", None),
        ] {
            assert_eq!(found(pattern, Dialect::Basic, text).as_deref(), expected, "{pattern}");
        }
        for (pattern, text, expected) in [
            ("(foo|ba[rz])+", "xbarbaz!", Some("barbaz")),
            ("^[^ ]+", "word two", Some("word")),
            ("a{2}", "aaa", Some("aa")),
            ("a|b|c", "zc", Some("c")),
            ("(a|ab)(c|bcd)", "abcd", Some("abcd")),
            ("[[:digit:]]+\\.[0-9]?", "v1.5", Some("1.5")),
            ("colou?r", "color", Some("color")),
            ("()", "a", Some("")),
            ("\\bend\\b", "the end", Some("end")),
        ] {
            assert_eq!(found(pattern, Dialect::Extended, text).as_deref(), expected, "{pattern}");
        }
        for bad in ["(", "[a", "a{", "\\", "a{x}"] {
            assert!(Regex::new(bad, Dialect::Extended, false).is_err(), "{bad}");
        }
        assert!(Regex::new("((((a{99}){99}){99}){99})", Dialect::Extended, false).is_err());
        assert!(Regex::new(&"(".repeat(9_999), Dialect::Extended, false).is_err());
    }
}
