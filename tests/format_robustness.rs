//! Broken values: whatever is cut off or changed, each format's reader ends, and its ranges lie in the text.

use drydock::compose::format::{
    FormatError, command_line, dotenv, duration, number, pair, port, size, variable, volume,
};
use drydock::text::TextRange;

const TEXTS: [&str; 14] = [
    "export A = b # c\n\nB=\"x\\n${A:-y}\\$é\"\nC='it\\'s'\nHOME\nD: ${E:?must be set}\n# end",
    "${A:-${B:+${C?d}}} $D $$E ${F-} ${é} ${G",
    "x${A:-é}${B:-\n}${C}}",
    "sh -c \"echo 'a' $(b) `c 'd'` \\\"e\\\"\" > f; g",
    "1h30m.5s",
    "-1.5w2d",
    "1.5 GiB",
    "[::1]:8000-8010:80/tcp",
    "127.0.0.1:80-82:8080-8082/udp",
    "./a:/b:ro,z,rshared",
    "C:\\a:/b",
    "KEY =value",
    "1e309",
    "Yes",
];

fn check(text: &str) {
    let inside = |range: TextRange| {
        assert!(text.get(range.start as usize..range.end as usize).is_some(), "{range:?} in {text:?}");
    };
    let failed = |error: Option<FormatError>| error.into_iter().for_each(|error| inside(error.range));
    failed(command_line::split(text).map(|line| line.ranges.into_iter().for_each(inside)).err());
    failed(duration::parse(text).map(duration::print).err());
    failed(size::parse(text).err());
    failed(port::parse(text).err());
    failed(volume::parse(text).err());
    failed(pair::variable(text).err());
    failed(number::parse_boolean(text).err());
    failed(number::parse_float(text).err());
    failed(number::parse_uint(text).err());
    let result = variable::substitute(text, &|name| (name == "A").then_some("a".into()));
    result.mentions.iter().for_each(|mention| inside(mention.range));
    result.unset.iter().for_each(|(_, range)| inside(*range));
    result.error.iter().for_each(|error| inside(error.range()));
    for file in [dotenv::parse(text, &|_| None), dotenv::parse_raw(text, &|_| None)] {
        file.variables.values().for_each(|found| {
            inside(found.name_range);
            inside(found.value_range);
        });
        file.unset.iter().for_each(|(_, range)| inside(*range));
        file.error.iter().for_each(|error| inside(error.range));
    }
}

#[test]
fn every_prefix_and_every_suffix() {
    for text in TEXTS {
        for (at, _) in text.char_indices() {
            check(&text[..at]);
            check(&text[at..]);
        }
    }
}

#[test]
fn every_character_changed() {
    for text in TEXTS {
        for (at, character) in text.char_indices() {
            for new in [
                "",
                "$",
                "${",
                "}",
                "\"",
                "'",
                "\\",
                "\n",
                "#",
                "=",
                ":",
                "-",
                "/",
                "[",
                "]",
                "0",
                "é",
                "\u{1F600}",
                " ",
            ] {
                check(&format!("{}{new}{}", &text[..at], &text[at + character.len_utf8()..]));
            }
        }
    }
}

#[test]
fn long_values_take_no_long_time() {
    for piece in
        ["${A:-", "${A:-}", "$A", "$", "${", "}", "\"", "'", "a ", "\\", "A=${B:-", "A=\"", "(", "`", "1h", "1:", "\n"]
    {
        check(&piece.repeat(20_000));
    }
}
