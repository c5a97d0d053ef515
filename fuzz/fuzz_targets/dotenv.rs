//! Any text as a `.env` file, in both formats.
#![no_main]

use drydock::compose::format::dotenv;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for file in [dotenv::parse(text, &|_| None), dotenv::parse_raw(text, &|_| None)] {
        for assignment in file.variables.values() {
            let (name, value) = (assignment.name_range, assignment.value_range);
            assert!(text.get(name.start as usize..name.end as usize).is_some());
            assert!(text.get(value.start as usize..value.end as usize).is_some());
        }
    }
});
