//! Broken YAML: whatever is cut off, left out or changed, the parser ends, and every range it gives lies in the text.

use drydock::text::TextRange;
use drydock::yaml::{Kind, Node, Parsed, parse, parse_bytes};

/// Texts with every construct the scanner knows.
const TEXTS: [&str; 5] = [
    "# head\nservices:\n  web: &w\n    image: \"nginx:1.27\" # why\n    command: [\"a\", 'it''s', {b: c}, -1]\n    ports:\n    - 80:80\n    - \"443\"\n  db:\n    <<: *w\n    environment:\n      A: !!str 1\n      'B': ~\nvolumes: {}\n",
    "%YAML 1.1\n%TAG !e! tag:x,2000:\n---\na: !e!t |2-\n   one\n  two\n\nb: >+\n folded\n text\n\n  more\n\n...\n---\n? [x, y]\n: z\n? k\n",
    "a: \"esc \\t \\u00e9 \\x41 \\\n   joined\n\n   lines\"\nb: 'single\n\n  lines'\nc: plain\n  more\n  lines\n",
    "é: ü\n\u{1F600}: [\u{1F600}, \u{A0}]\r\nx:\r\n  - y\r\n\tz: 1\n",
    "{a: [b, [c, {d: e}], ? f : g], \"h\": i, j}\n",
];

/// Small deterministic numbers: the same changes in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

fn check(bytes: &[u8]) {
    let parsed = parse_bytes(bytes);
    let text = drydock::yaml::decode(bytes).0;
    check_ranges(&text, &parsed);
}

fn check_ranges(text: &str, parsed: &Parsed) {
    let inside = |range: TextRange| text.get(range.start as usize..range.end as usize).is_some();
    for problem in &parsed.problems {
        assert!(inside(problem.range), "{problem:?} in {text:?}");
    }
    assert_eq!(parsed.failure.is_some(), parsed.problems.iter().any(|problem| problem.docker.is_some()), "{text:?}");
    for document in &parsed.documents {
        check_node(text, document);
    }
}

fn check_node(text: &str, node: &Node) {
    let slice = text.get(node.range.start as usize..node.range.end as usize);
    assert!(slice.is_some(), "{node:?} in {text:?}");
    match &node.kind {
        Kind::Mapping(entries) => entries.iter().for_each(|entry| {
            check_node(text, &entry.key);
            check_node(text, &entry.value);
        }),
        Kind::Sequence(items) => items.iter().for_each(|item| check_node(text, item)),
        Kind::Scalar(scalar) => {
            let whole = scalar.origin.file_range(TextRange::new(0, scalar.text.len() as u32));
            assert!(whole.end as usize <= text.len(), "{scalar:?} in {text:?}");
        }
        Kind::Alias(_) => {}
    }
}

#[test]
fn every_prefix() {
    for text in TEXTS {
        (0..=text.len()).for_each(|end| check(&text.as_bytes()[..end]));
    }
}

#[test]
fn every_line_left_out_and_doubled() {
    for text in TEXTS {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for skipped in 0..lines.len() {
            check([&lines[..skipped], &lines[skipped + 1..]].concat().concat().as_bytes());
            check([&lines[..=skipped], &lines[skipped..]].concat().concat().as_bytes());
        }
    }
}

#[test]
fn every_byte_changed() {
    const BYTES: &[u8] = b"\0\t\n\r :-?#,[]{}&*!|>'\"%@`\\a0\x7F\xC2\xE2\xFF";
    for text in TEXTS {
        for at in 0..text.len() {
            for byte in BYTES {
                let mut changed = text.as_bytes().to_vec();
                changed[at] = *byte;
                check(&changed);
            }
        }
    }
}

#[test]
fn random_changes() {
    let mut numbers = Numbers(1);
    let pieces = [
        "\n", "  ", "\t", ": ", "- ", "[", "]", "{", "}", "'", "\"", "#", "|", ">", "&a ", "*a", "!t ", "? ", ",",
        "---\n", "é",
    ];
    for round in 0..20_000 {
        let mut text = TEXTS[round % TEXTS.len()].to_owned();
        for _ in 0..1 + numbers.below(6) {
            let mut at = numbers.below(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            match numbers.below(3) {
                0 => text.insert_str(at, pieces[numbers.below(pieces.len())]),
                1 if at < text.len() => drop(text.remove(at)),
                _ => drop(text.pop()),
            }
        }
        check(text.as_bytes());
    }
}

#[test]
fn deep_nesting() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("[? ", "]")] {
        for depth in [300, 9_999, 12_000] {
            check((open.repeat(depth) + "x" + &close.repeat(depth)).as_bytes());
            check(open.repeat(depth).as_bytes());
        }
    }
    let steps: String = (0..2_000).map(|depth| " ".repeat(depth) + "a:\n").collect();
    check(steps.as_bytes());
    let failure = parse(&"[".repeat(12_000)).failure.map(|failure| failure.text);
    assert_eq!(failure.as_deref(), Some("yaml: exceeded max depth of 10000"));
}

#[test]
fn large_files() {
    let services: String =
        (0..10_000).map(|n| format!("  s{n}:\n    image: \"x:{n}\"\n    ports: [\"{n}:80\"]\n")).collect();
    let parsed = parse(&format!("services:\n{services}"));
    assert_eq!(parsed.failure, None);
    let large = 1 << 20;
    for text in ["a".repeat(large), "- a\n".repeat(large / 4), "[".repeat(large), "a: b\n".repeat(large / 5)] {
        check(text.as_bytes());
    }
    for line in [
        "\"", "'x\n", "a: |\n", "\t\n", "a b\n", "#\n", "a: [\n", "}", "&a ", "*a\n", "? ", ": ", "a:\n b\n", "@\n",
        "\u{1}",
    ] {
        check(line.repeat(large / 8 / line.len()).as_bytes());
    }
}

#[test]
fn alias_bombs_stay_small() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert_eq!(parse(&text).failure, None);
}
