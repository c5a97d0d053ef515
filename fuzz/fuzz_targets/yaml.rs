//! Any bytes as a YAML file: it ends, and every problem lies in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = drydock::yaml::decode(bytes).0;
    for problem in drydock::yaml::parse_bytes(bytes).problems {
        assert!(text.get(problem.range.start as usize..problem.range.end as usize).is_some());
    }
});
