//! Any text as each of the formats of a single value.
#![no_main]

use drydock::compose::format::{command_line, duration, number, pair, port, size, volume};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = (command_line::split(text), duration::parse(text), size::parse(text), volume::parse(text));
    let _ = (number::parse_boolean(text), number::parse_float(text), number::atoi(text), pair::variable(text));
    // A range of ports is expanded: longer texts only make longer lists.
    if text.len() < 64 {
        let _ = port::parse(text);
    }
});
