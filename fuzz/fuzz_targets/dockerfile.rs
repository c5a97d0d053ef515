//! Any text as a Dockerfile: it ends, and every problem lies in the text.
#![no_main]

use drydock::dockerfile;
use drydock::text::FileId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (_, diagnostics) = dockerfile::parse(text, FileId(0));
    for diagnostic in diagnostics {
        let range = diagnostic.span.range;
        assert!(text.get(range.start as usize..range.end as usize).is_some());
    }
});
