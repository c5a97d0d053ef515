//! The Caddyfile: sites, what they do, and what is refused.
//!
//! Sources: Caddy's documentation, "Caddyfile Concepts" (structure, addresses, matchers, `{$NAME}`), "Directives" (their names and
//! their order); `caddyconfig/caddyfile/parse.go` and `httpcaddyfile/builtins.go` for the texts of errors.

/// Directives that act.
const ACTING: [&str; 9] =
    ["root", "header", "redir", "handle", "handle_path", "route", "respond", "reverse_proxy", "file_server"];

/// Other directives there are ("Directives").
const KNOWN: [&str; 28] = [
    "abort",
    "acme_server",
    "basic_auth",
    "basicauth",
    "bind",
    "encode",
    "error",
    "forward_auth",
    "fs",
    "handle_errors",
    "import",
    "intercept",
    "invoke",
    "log",
    "log_append",
    "log_name",
    "log_skip",
    "map",
    "method",
    "metrics",
    "php_fastcgi",
    "push",
    "request_body",
    "request_header",
    "rewrite",
    "templates",
    "tls",
    "tracing",
];

/// More of them, which only change the path or set values.
const PATHS: [&str; 4] = ["uri", "try_files", "vars", "copy_response"];

/// A directive with its matcher, its words and what is in its braces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directive {
    /// Its name.
    pub name: String,
    /// The path it is for: `*` for all.
    pub matcher: String,
    /// What is behind it.
    pub words: Vec<String>,
    /// What is in its braces.
    pub block: Vec<Directive>,
}

/// A site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// Hosts and ports: `("", 80)` for `:80`.
    pub addresses: Vec<(String, u16)>,
    /// What it does.
    pub directives: Vec<Directive>,
    /// Whether it writes an access log.
    pub logs: bool,
    /// What is not simulated.
    pub notes: Vec<String>,
}

impl Site {
    /// Whether it is served over TLS.
    pub fn is_secure(&self) -> bool {
        self.addresses.iter().any(|(_, port)| *port == 443)
    }
}

/// The ports of all sites; who has one with TLS listens on 80, too, to lead there.
pub fn ports(sites: &[Site]) -> Vec<u16> {
    let mut all: Vec<u16> = sites.iter().flat_map(|site| &site.addresses).map(|(_, port)| *port).collect();
    if all.contains(&443) {
        all.push(80);
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// A word and its line.
type Token = (String, usize);

/// Reads a Caddyfile.
pub fn parse(text: &str, path: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Vec<Site>, String> {
    let lines = lines(&filled(text, variable));
    let mut rest = lines.as_slice();
    let mut sites = Vec::new();
    let mut notes = Vec::new();
    // Options for all come first, in braces without a name.
    if rest.first().is_some_and(|line| line.len() == 1 && line[0].0 == "{") {
        rest = &rest[1..];
        block(&mut rest, path)?;
        notes.push("global options are not simulated".to_string());
    }
    while let Some(line) = rest.first() {
        let has_braces = line.last().is_some_and(|(word, _)| word == "{");
        let heads = if has_braces { &line[..line.len() - 1] } else { &line[..] };
        if has_braces && heads.first().is_some_and(|(word, _)| word.starts_with('(')) {
            return Err(format!("{path}:{}: drydock: snippets are not simulated", line[0].1));
        }
        let addresses: Vec<(String, u16)> =
            heads.iter().flat_map(|(word, _)| word.split(',')).filter(|word| !word.is_empty()).map(address).collect();
        rest = &rest[1..];
        // Without braces the file is one site.
        let body = if has_braces { block(&mut rest, path)? } else { unbraced(&mut rest, path)? };
        sites.push(site(addresses, body, path)?);
    }
    if let Some(first) = sites.first_mut() {
        first.notes.extend(notes);
    }
    Ok(sites)
}

/// `{$NAME}` and `{$NAME:default}` are replaced before anything is read.
fn filled(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{$") {
        let (inside, behind) = after.split_once('}').unwrap_or((after, ""));
        let (name, default) = inside.split_once(':').unwrap_or((inside, ""));
        result.push_str(before);
        result.push_str(&variable(name).filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_string()));
        rest = behind;
    }
    result + rest
}

/// The words of each line that has any; quotes hold together, `#` begins a comment.
fn lines(text: &str) -> Vec<Vec<Token>> {
    let words = |(at, line): (usize, &str)| {
        let mut words = Vec::new();
        let mut rest = line.trim();
        while !rest.is_empty() && !rest.starts_with('#') {
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '`'));
            let (word, after) = match quote {
                Some(quote) => rest[1..].split_once(quote).unwrap_or((&rest[1..], "")),
                None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
            };
            words.push((word.to_string(), at + 1));
            rest = after.trim_start();
        }
        words
    };
    text.lines().enumerate().map(words).filter(|line| !line.is_empty()).collect()
}

/// The directives up to the closing brace.
fn block(rest: &mut &[Vec<Token>], path: &str) -> Result<Vec<(Directive, usize)>, String> {
    let mut found = Vec::new();
    while let Some((line, behind)) = rest.split_first() {
        *rest = behind;
        if line[0].0 == "}" {
            return Ok(found);
        }
        found.push(directive(line, rest, path)?);
    }
    Err(format!("{path}: unexpected EOF, expecting '}}'"))
}

fn unbraced(rest: &mut &[Vec<Token>], path: &str) -> Result<Vec<(Directive, usize)>, String> {
    let mut found = Vec::new();
    while let Some((line, behind)) = rest.split_first() {
        *rest = behind;
        found.push(directive(line, rest, path)?);
    }
    Ok(found)
}

fn directive(line: &[Token], rest: &mut &[Vec<Token>], path: &str) -> Result<(Directive, usize), String> {
    let opens = line.len() > 1 && line.last().is_some_and(|(word, _)| word == "{");
    let mut words: Vec<String> = line[..line.len() - usize::from(opens)].iter().map(|(word, _)| word.clone()).collect();
    let name = words.remove(0);
    let is_matcher = words.first().is_some_and(|word| word == "*" || word.starts_with('/') || word.starts_with('@'));
    // `root /srv` is a folder; `root * /srv` has a matcher.
    let is_path = name == "root" && words.len() == 1;
    let matcher = if is_matcher && !is_path { words.remove(0) } else { "*".to_string() };
    let inner =
        if opens { block(rest, path)?.into_iter().map(|(directive, _)| directive).collect() } else { Vec::new() };
    Ok((Directive { name, matcher, words, block: inner }, line[0].1))
}

fn site(addresses: Vec<(String, u16)>, body: Vec<(Directive, usize)>, path: &str) -> Result<Site, String> {
    let mut site = Site { addresses, ..Site::default() };
    for (directive, line) in body {
        let name = directive.name.as_str();
        if name == "log" {
            site.logs = true;
        } else if ACTING.contains(&name) {
            if directive.matcher.starts_with('@') {
                site.notes.push(format!("the matcher {} is not simulated: {name} is for all paths", directive.matcher));
            }
            site.directives.push(directive);
        } else if KNOWN.contains(&name) || PATHS.contains(&name) || name.starts_with('@') {
            site.notes.push(format!("{name} is not simulated"));
        } else {
            return Err(format!("{path}:{line}: unrecognized directive: {name}"));
        }
    }
    Ok(site)
}

/// `:80`, `http://name`, `name:8080`, `name`, which means port 443.
fn address(text: &str) -> (String, u16) {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (host, port) = rest.rsplit_once(':').map_or((rest, None), |(host, port)| (host, port.parse().ok()));
    let default = if scheme == "http" { 80 } else { 443 };
    (host.to_string(), port.unwrap_or(default))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sites(text: &str) -> Result<Vec<Site>, String> {
        parse(text, "Caddyfile", &|name| (name == "PORT").then(|| "8080".to_string()))
    }

    #[test]
    fn addresses_and_braces_are_read() {
        let all = sites(":{$PORT} {\n\trespond /a \"one two\" 201\n\thandle_path /b/* {\n\t\trespond b\n\t}\n}\nhttp://name, other.example.com {\n}\n").expect("sites");
        assert_eq!(all[0].addresses, [(String::new(), 8080)]);
        assert_eq!(all[0].directives[0].words, ["one two", "201"]);
        assert_eq!(all[0].directives[1].block[0].words, ["b"]);
        assert_eq!(all[1].addresses, [("name".to_string(), 80), ("other.example.com".to_string(), 443)]);
        assert_eq!(ports(&all), [80, 443, 8080]);
    }

    #[test]
    fn one_site_needs_no_braces_and_mistakes_are_told() {
        let all = sites("localhost:80\nrespond hello\n").expect("a site");
        assert_eq!(all[0].directives.len(), 1);
        assert_eq!(
            sites(":80 {\n\treverse_prox app\n}\n"),
            Err("Caddyfile:2: unrecognized directive: reverse_prox".into())
        );
        assert!(sites(":80 {\n").is_err_and(|text| text.contains("unexpected EOF")));
    }
}
