//! Any bytes as the only Compose file of a project: it ends, and every diagnostic lies in a file that was read.
#![no_main]

use drydock::compose::{FolderSource, LoadOptions, analyze};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;

fuzz_target!(|bytes: &[u8]| {
    let folder = BTreeMap::from([("compose.yaml".to_owned(), bytes.to_vec())]);
    let options = LoadOptions { working_directory: "/demo".to_owned(), ..LoadOptions::default() };
    let analysis = analyze(&FolderSource::new("/demo", &folder), &options);
    for diagnostic in &analysis.diagnostics {
        let range = diagnostic.span.range;
        let file = analysis.file(diagnostic.span.file).expect("a diagnostic is about a file that was read");
        assert!(file.text.get(range.start as usize..range.end as usize).is_some());
    }
});
