//! Texts and what go-yaml says to them, and the trees they give.

use super::*;
use std::fmt::Write;

/// A tree in one line: `{a: [1, 'b'], c: !t *x}`.
fn show(node: &Node) -> String {
    let mut text = String::new();
    if let Some(anchor) = &node.anchor {
        let _ = write!(text, "&{} ", anchor.text);
    }
    if let Some(tag) = node.tag_text() {
        let _ = write!(text, "{tag} ");
    }
    match &node.kind {
        Kind::Mapping(entries) => {
            let parts: Vec<_> = entries.iter().map(|e| format!("{}: {}", show(&e.key), show(&e.value))).collect();
            let _ = write!(text, "{{{}}}", parts.join(", "));
        }
        Kind::Sequence(items) => {
            let _ = write!(text, "[{}]", items.iter().map(show).collect::<Vec<_>>().join(", "));
        }
        Kind::Scalar(scalar) if scalar.style == Style::Plain => text.push_str(&scalar.text),
        Kind::Scalar(scalar) => {
            let _ = write!(text, "{:?}", scalar.text);
        }
        Kind::Alias(name) => {
            let _ = write!(text, "*{name}");
        }
    }
    text
}

fn tree(text: &str) -> String {
    let parsed = parse(text);
    assert_eq!(parsed.failure, None, "{text}");
    parsed.documents.iter().map(show).collect::<Vec<_>>().join(" --- ")
}

fn failure(text: &str) -> String {
    parse(text).failure.map_or("accepted".into(), |failure| failure.text)
}

#[test]
fn trees() {
    let cases = [
        ("a: 1\nb:\n- x\n- y: z\n  w: v\nc: {d: e, f: [g, h]}\n", "{a: 1, b: [x, {y: z, w: v}], c: {d: e, f: [g, h]}}"),
        ("a: &x !reset\n  b: c\nd: *x\n", "{a: &x !reset {b: c}, d: *x}"),
        ("a: \"x\\ty\\u00e9 z\\\n  q\"\nb: 'it''s\n  so\n\n  ok'\n", "{a: \"x\\tyé zq\", b: \"it's so\\nok\"}"),
        (
            "a: |\n  x\n   y\n\nb: >-\n  x\n  y\n\n  z\nc: |+\n  x\n\n",
            "{a: \"x\\n y\\n\", b: \"x y\\nz\", c: \"x\\n\\n\"}",
        ),
        ("one\n---\ntwo\n...\n---\n- three\n", "one --- two --- [three]"),
        ("? [a, b]\n: c\n? d\n", "{[a, b]: c, d: }"),
        ("a: !!str 1\nb: ! x\nc: !<tag:yaml.org,2002:int> 3\n", "{a: !!str 1, b: ! x, c: !!int 3}"),
        ("[a: b, {c, d: }, ]\n", "[{a: b}, {c: , d: }]"),
        ("a: b\r\nc:\r\n  - d\r\n", "{a: b, c: [d]}"),
        ("\u{FEFF}a: b # c\n#d\n\t# e\n", "{a: b}"),
        ("a: x y\n  z\nb: http://x:80/#y\n", "{a: x y z, b: http://x:80/#y}"),
        ("---\n", ""),
        ("", ""),
        ("- - a\n  - b\n-\n- c\n", "[[a, b], , c]"),
    ];
    for (text, expected) in cases {
        assert_eq!(tree(text), expected, "{text:?}");
    }
}

#[test]
fn failures() {
    let cases = [
        ("a: b: c\n", "yaml: mapping values are not allowed in this context"),
        ("x: y\na: b: c\n", "yaml: line 2: mapping values are not allowed in this context"),
        ("a: \"b\n", "yaml: line 2: found unexpected end of stream"),
        ("a:\n  b: \"c\n", "yaml: line 2: found unexpected end of stream"),
        ("a: [b\nc: d\n", "yaml: line 1: did not find expected ',' or ']'"),
        ("a:\n\tb: c\n", "yaml: line 2: found character that cannot start any token"),
        ("a:\n  b: c\n d: e\n", "yaml: line 2: did not find expected key"),
        ("a: b\n\tc\n", "yaml: line 2: found a tab character that violates indentation"),
        ("a: *x\n", "yaml: unknown anchor 'x' referenced"),
        ("a: \u{1}\n", "yaml: control characters are not allowed"),
        ("- a\nb: c\n", "yaml: line 1: did not find expected '-' indicator"),
        ("a: b\n...\nc\n", "yaml: line 2: did not find expected <document start>"),
        ("%FOO\n---\n", "yaml: found unknown directive name"),
        ("%YAML 1.1\n---\na: b\n", "accepted"),
        ("a: [http://x/?y=z]\n", "yaml: did not find expected ',' or ']'"),
        ("a: |\n\tb\n", "yaml: line 2: found a tab character where an indentation space is expected"),
        ("a: !x!y z\n", "yaml: found undefined tag handle"),
    ];
    for (text, expected) in cases {
        assert_eq!(failure(text), expected, "{text:?}");
    }
}

#[test]
fn ranges() {
    let text = "a: &n !t \"x\\ny\"\nbc:\n  - 'd' # e\n  - |\n    f\n    g\n  - [h,  i]\nj:\n";
    let parsed = parse(text);
    let slice = |range: TextRange| &text[range.start as usize..range.end as usize];
    let entries = parsed.documents[0].entries().unwrap();
    let places: Vec<_> = entries.iter().map(|e| (slice(e.key.range), slice(e.value.range))).collect();
    assert_eq!(places[0], ("a", "\"x\\ny\""));
    assert_eq!(places[2], ("j", ""));
    assert_eq!(slice(entries[0].value.anchor.as_ref().unwrap().range), "&n");
    assert_eq!(slice(entries[0].value.tag.as_ref().unwrap().range), "!t");
    let items: Vec<_> = entries[1].value.items().unwrap().iter().map(|item| slice(item.range)).collect();
    assert_eq!(items, ["'d'", "|\n    f\n    g", "[h,  i]"]);
    let scalar = entries[0].value.scalar().unwrap();
    let y = scalar.origin.file_range(TextRange::new(2, 3));
    assert_eq!(slice(y), "y");
}

/// What is said about `text`: the marked bytes and the message of each problem, then the tree that was made of it.
fn diagnosis(text: &str) -> String {
    let parsed = parse(text);
    let slice = |range: TextRange| text[range.start as usize..range.end as usize].trim().replace('\n', "⏎");
    let problems = parsed.problems.iter().map(|problem| format!("`{}` {}", slice(problem.range), problem.message));
    problems.chain(parsed.documents.iter().map(show)).collect::<Vec<_>>().join("; ")
}

#[test]
fn mistakes_are_named_and_mended() {
    let cases = [
        ("a:\n  b\n    c: d\ne: f\n", "`b` There is no colon after `b`; {a: {b: {c: d}}, e: f}"),
        (
            "a:\n\tb: c\n\td: @e\n",
            "`` A tab cannot indent YAML; `@` `@` is reserved in YAML and cannot begin a value; {a: {b: c, d: \"@e\"}}",
        ),
        (
            "a: \"b\nc: d: e\nf: g\n",
            "`\"b` This `\"` is never closed; `:` A second `: ` in one value; {a: \"b\", c: \"d: e\", f: g}",
        ),
        ("a: [b, c\nd: e\n", "`[` This `[` is never closed; {a: [b, c], d: e}"),
        ("a: [\n  \"b\"\n  \"c\"\n]\n", "`\"` There is no comma before this; {a: [\"b\", \"c\"]}"),
        ("a: - b\n", "`-` A list cannot begin on its key's line; {a: [b]}"),
        (
            "a:\n  b: c\n   d: e\n  f: g\n",
            "`` This line is indented deeper than the line above, which has a value already; {a: {b: c, d: e, f: g}}",
        ),
        ("a:\n  b:\n    c: d\n   e: f\n", "`` This line's indentation fits no line above it; {a: {b: {c: d, e: f}}}"),
        (
            "a: *b\nc: *d\n",
            "`*b` There is no anchor `&b` before this alias; `*d` There is no anchor `&d` before this alias; {a: *b, c: *d}",
        ),
        (
            "a: \"\\d\"\nb: 'c\n",
            "`\\d` `\\d` is no escape that YAML knows in double quotes; `'c` This `'` is never closed; {a: \"\\\\d\", b: \"c\"}",
        ),
        ("a:\n  b:c\n  d: e\n", "`:` There is no space after this colon; {a: {b: c, d: e}}"),
        ("a: b\u{1}\nc: d\n", "`\u{1}` The control character U+0001 may not stand in YAML; {a: b\u{1}, c: d}"),
    ];
    for (text, expected) in cases {
        assert_eq!(diagnosis(text), expected, "{text:?}");
    }
}

#[test]
fn fixes_mend() {
    let texts = [
        "a:\n  b\n    c: d\n",
        "a:\n\tb: c\n",
        "a: \"b\nc: d\n",
        "a: [b, c\nd: e\n",
        "a: b: c\n",
        "a:\n  - \"b\"\n  \"c\"\n",
    ];
    for text in texts {
        let diagnostic = parse(text).problems[0].diagnostic(crate::text::FileId(0));
        let mended =
            crate::text::apply_edits(text, &diagnostic.fixes.first().map_or(Vec::new(), |fix| fix.edits.clone()));
        assert_eq!(parse(&mended).failure, None, "{mended}");
    }
}

#[test]
fn a_refused_byte_stops_the_document_it_is_read_with() {
    let documents = |bytes: &[u8]| parse_bytes(bytes).failure.map(|failure| failure.documents);
    assert_eq!(documents(b"a: caf\xE9\n"), Some(0));
    let long = [b"a: b\n".repeat(200), b"---\n".to_vec(), b"c: d\n".repeat(200), b"e: \xFF\n".to_vec()].concat();
    assert_eq!(documents(&long), Some(1));
}
