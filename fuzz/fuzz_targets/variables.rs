//! Any text with variables in it.
#![no_main]

use drydock::compose::format::variable;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let result = variable::substitute(text, &|name| name.starts_with('A').then_some("value".into()));
    for mention in result.mentions {
        assert!(text.get(mention.range.start as usize..mention.range.end as usize).is_some());
    }
});
