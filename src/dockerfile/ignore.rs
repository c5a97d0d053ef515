//! `.dockerignore` and the wildcards of `COPY`: Go's `filepath.Match` with `**` and exceptions.

/// The rules of a `.dockerignore`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignore {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    pattern: String,
    effect: Effect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Exclude,
    Include,
}

impl Ignore {
    /// Reads the file's text: a pattern a line, `#` comments, `!` exceptions.
    pub fn parse(text: &str) -> Self {
        let rule = |line: &str| {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                return None;
            }
            let (effect, pattern) = match line.strip_prefix('!') {
                Some(rest) => (Effect::Include, rest),
                None => (Effect::Exclude, line),
            };
            let pattern = pattern.trim().trim_matches('/').trim_start_matches("./");
            (!pattern.is_empty()).then(|| Rule { pattern: pattern.to_string(), effect })
        };
        Self { rules: text.lines().filter_map(rule).collect() }
    }

    /// Whether `path`, relative to the context, is left out. The last rule that matches it or a folder above it wins.
    pub fn excludes(&self, path: &str) -> bool {
        let mut excluded = false;
        for rule in &self.rules {
            if parents(path).any(|part| glob_matches(&rule.pattern, part)) {
                excluded = rule.effect == Effect::Exclude;
            }
        }
        excluded
    }
}

/// `path` and the folders above it.
fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.char_indices().filter(|(_, c)| *c == '/').map(|(at, _)| &path[..at]).chain([path])
}

/// Whether `path` matches `pattern`: `*` and `?` within a name, `[a-z]`, `**` over folders.
pub fn glob_matches(pattern: &str, path: &str) -> bool {
    let patterns: Vec<&str> = pattern.split('/').collect();
    let names: Vec<&str> = path.split('/').collect();
    segments_match(&patterns, &names)
}

fn segments_match(patterns: &[&str], names: &[&str]) -> bool {
    match (patterns.split_first(), names.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), None) => rest.is_empty(),
        (Some((&"**", rest)), Some((_, later))) => segments_match(rest, names) || segments_match(patterns, later),
        (Some((pattern, rest)), Some((name, later))) => {
            let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
            name_matches(&pattern, &name) && segments_match(rest, later)
        }
        _ => false,
    }
}

fn name_matches(pattern: &[char], name: &[char]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), _) => (0..=name.len()).any(|skip| name_matches(rest, &name[skip..])),
        (Some(('?', rest)), Some((_, later))) => name_matches(rest, later),
        (Some(('[', rest)), Some((c, later))) => match class(rest, *c) {
            Some((true, after)) => name_matches(after, later),
            _ => false,
        },
        (Some(('\\', rest)), Some((c, later))) => {
            rest.split_first().is_some_and(|(literal, after)| literal == c && name_matches(after, later))
        }
        (Some((literal, rest)), Some((c, later))) => literal == c && name_matches(rest, later),
        _ => false,
    }
}

/// Whether `c` belongs to the class that begins after `[`, and the pattern after its `]`.
fn class(pattern: &[char], c: char) -> Option<(bool, &[char])> {
    let end = pattern.iter().position(|c| *c == ']')?;
    let (inner, negated) = match pattern[..end].split_first() {
        Some(('^', rest)) => (rest, true),
        _ => (&pattern[..end], false),
    };
    let mut found = false;
    let mut at = 0;
    while at < inner.len() {
        if at + 2 < inner.len() && inner[at + 1] == '-' {
            found |= (inner[at]..=inner[at + 2]).contains(&c);
            at += 3;
        } else {
            found |= inner[at] == c;
            at += 1;
        }
    }
    Some((found != negated, &pattern[end + 1..]))
}
