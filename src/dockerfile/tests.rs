//! Texts with expectations for the whole reader.

use super::*;
use std::time::Duration;

fn read(text: &str) -> Dockerfile {
    let (dockerfile, problems) = parse(text, FileId(0));
    assert_eq!(problems, [], "{text}");
    dockerfile
}

fn only(text: &str) -> Instruction {
    read(&format!("FROM a\n{text}")).stages.remove(0).instructions.remove(0).instruction
}

fn error(text: &str) -> String {
    let (_, problems) = parse(text, FileId(0));
    problems.into_iter().filter_map(|problem| problem.docker).collect::<Vec<_>>().join("; ")
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| word.to_string()).collect()
}

#[test]
fn stages_have_names_platforms_and_places() {
    let text = "ARG TAG=3\nFROM --platform=linux/amd64 node:$TAG AS Build\nRUN x\nFROM build\n";
    let dockerfile = read(text);
    assert_eq!(dockerfile.arguments, [Argument { name: "TAG".into(), default: Some("3".into()) }]);
    let stage = &dockerfile.stages[0];
    assert_eq!((stage.base.value.as_str(), stage.platform.as_deref()), ("node:$TAG", Some("linux/amd64")));
    let range = stage.base.span.range;
    assert_eq!(&text[range.start as usize..range.end as usize], "node:$TAG");
    assert_eq!(stage.name.as_ref().map(|name| name.value.as_str()), Some("build"));
    assert_eq!(dockerfile.stages[1].base.value, "build");
}

#[test]
fn continuations_skip_comments_and_blank_lines() {
    let instruction = only("RUN a \\\n  # why\n\n  && b\n");
    assert_eq!(instruction, Instruction::Run(CommandForm::Shell("a   && b".into())));
    let dockerfile = read("# escape=`\nFROM a\nRUN a `\n b\n");
    assert_eq!(dockerfile.stages[0].instructions[0].instruction, Instruction::Run(CommandForm::Shell("a  b".into())));
}

#[test]
fn commands_have_two_forms() {
    assert_eq!(only("CMD [\"a\", \"b c\"]"), Instruction::Cmd(CommandForm::Exec(words(&["a", "b c"]))));
    assert_eq!(only("CMD ['a']"), Instruction::Cmd(CommandForm::Shell("['a']".into())));
    let shell = words(&["/bin/sh", "-c"]);
    assert_eq!(CommandForm::Shell("x y".into()).arguments(&shell), words(&["/bin/sh", "-c", "x y"]));
}

#[test]
fn heredocs_are_scripts_and_files() {
    assert_eq!(only("RUN <<EOF\na\nb\nEOF\n"), Instruction::Run(CommandForm::Shell("a\nb\n".into())));
    assert_eq!(
        only("RUN cat <<EOF > /x\na\nEOF\n"),
        Instruction::Run(CommandForm::Shell("cat <<EOF > /x\na\nEOF\n".into()))
    );
    let Instruction::Copy(copy) = only("COPY <<\"conf\" /etc/\n$A\nconf\n") else { panic!("COPY expected") };
    assert_eq!(copy.sources, [CopySource::Heredoc { name: "conf".into(), content: "$A\n".into(), expand: false }]);
}

#[test]
fn copy_has_flags_and_sources() {
    let Instruction::Copy(copy) = only("COPY --from=build --chown=1:2 a b* /c/") else { panic!("COPY expected") };
    assert_eq!(copy.sources, [CopySource::Path("a".into()), CopySource::Path("b*".into())]);
    assert_eq!(
        (copy.destination.as_str(), copy.from.as_deref(), copy.chown.as_deref()),
        ("/c/", Some("build"), Some("1:2"))
    );
}

#[test]
fn healthchecks_have_flags_and_none() {
    let Instruction::Healthcheck(check) = only(
        "HEALTHCHECK --interval=1m30s --timeout=500ms --retries=2 --start-period=5s --start-interval=1s CMD a || exit 1",
    ) else {
        panic!("HEALTHCHECK expected")
    };
    assert_eq!(check.test, words(&["CMD-SHELL", "a || exit 1"]));
    assert_eq!(check.interval, Some(Duration::from_secs(90)));
    assert_eq!((check.timeout, check.retries), (Some(Duration::from_millis(500)), Some(2)));
    assert_eq!(
        only("HEALTHCHECK NONE"),
        Instruction::Healthcheck(HealthCheck { test: words(&["NONE"]), ..HealthCheck::default() })
    );
}

#[test]
fn pairs_are_read_in_both_forms() {
    let pair = |name: &str, value: &str| (name.to_string(), value.to_string());
    assert_eq!(
        only("ENV A=1 B=\"x y\" C=a\\ b"),
        Instruction::Env(vec![pair("A", "1"), pair("B", "\"x y\""), pair("C", "a\\ b")])
    );
    assert_eq!(only("ENV A some words"), Instruction::Env(vec![pair("A", "some words")]));
}

#[test]
fn variables_are_replaced_like_the_builder_does() {
    let lookup = |name: &str| match name {
        "A" => Some("one".to_string()),
        "EMPTY" => Some(String::new()),
        _ => None,
    };
    let cases = [
        ("$A/${A}x", "one/onex"),
        ("'$A' \"$A\" \\$A", "$A one $A"),
        ("${B:-two}${EMPTY:-three}${EMPTY-four}", "twothree"),
        ("${A:+set}${B+set}", "set"),
        ("${B:-${A}}!", "one!"),
        ("a$", "a$"),
    ];
    for (word, expected) in cases {
        assert_eq!(expand(word, '\\', &lookup), expected, "{word}");
    }
}

#[test]
fn ignore_rules_exclude_and_except() {
    let ignore = Ignore::parse("# c\nnode_modules\n**/*.log\n*.md\n!README.md\n/dist/\n");
    for (path, excluded) in [
        ("node_modules/a/b.js", true),
        ("src/deep/x.log", true),
        ("x.log", true),
        ("NOTES.md", true),
        ("README.md", false),
        ("dist/main.js", true),
        ("src/main.js", false),
    ] {
        assert_eq!(ignore.excludes(path), excluded, "{path}");
    }
    assert!(glob_matches("a[0-9]?.txt", "a1b.txt") && !glob_matches("*.txt", "a/b.txt"));
}

#[test]
fn mistakes_are_told_in_dockers_words() {
    assert_eq!(error("FROM a\nRUNN x"), "dockerfile parse error on line 2: unknown instruction: RUNN");
    assert_eq!(error("FROM a b\n"), "dockerfile parse error on line 1: FROM requires either one or three arguments");
    assert_eq!(error("# nothing\n"), "file with no instructions");
    assert_eq!(error("RUN x\n"), "dockerfile parse error on line 1: no build stage in current context");
    assert_eq!(error("FROM a\nENV\n"), "dockerfile parse error on line 2: ENV requires at least one argument");
    assert!(error("FROM a\nCOPY x\n").ends_with("but only one was provided. Destination could not be determined."));
    assert_eq!(
        error("FROM a\nHEALTHCHECK CURL x\n"),
        "dockerfile parse error on line 2: Unknown type \"CURL\" in HEALTHCHECK (try CMD)"
    );
}
