//! How fast a folder of Compose files is read: `CORPUS_DIR=… cargo bench --bench corpus`. Prints files and megabytes a
//! second for the YAML parser and for the whole analysis, and the slowest file. Without a folder it reads the project's own fixtures.

use drydock::compose::{FolderSource, LoadOptions, analyze};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Each file is read this often, and the fastest time counts.
const ROUNDS: usize = 20;

fn main() {
    #[allow(clippy::disallowed_methods, reason = "the folder to measure is the caller's choice")]
    let folder = std::env::var("CORPUS_DIR").map_or_else(|_| Path::new("tests").to_owned(), PathBuf::from);
    let mut texts = Vec::new();
    collect(&folder, &mut texts);
    measure("yaml::parse", &texts, |text| {
        std::hint::black_box(drydock::yaml::parse(text));
    });
    let options = LoadOptions { working_directory: "/demo".to_owned(), ..LoadOptions::default() };
    measure("compose::analyze", &texts, |text| {
        let folder = BTreeMap::from([("compose.yaml".to_owned(), text.as_bytes().to_vec())]);
        std::hint::black_box(analyze(&FolderSource::new("/demo", &folder), &options));
    });
    let folders: Vec<BTreeMap<String, Vec<u8>>> = texts
        .iter()
        .map(|(_, text)| BTreeMap::from([("compose.yaml".to_owned(), text.clone().into_bytes())]))
        .collect();
    let options = LoadOptions { working_directory: "/demo".into(), ..LoadOptions::default() };
    let place = |text: &str| texts.iter().position(|(_, known)| std::ptr::eq(known.as_str(), text)).unwrap_or_default();
    measure("compose::analyze", &texts, |text| {
        let source = FolderSource::new("/demo", &folders[place(text)]);
        std::hint::black_box(analyze(&source, &options));
    });
}

fn collect(folder: &Path, texts: &mut Vec<(PathBuf, String)>) {
    for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            texts.push((path, text));
        }
    }
}

fn measure(what: &str, texts: &[(PathBuf, String)], read: impl Fn(&str)) {
    let times: Vec<Duration> = texts.iter().map(|(_, text)| fastest(|| read(text))).collect();
    let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
    let total: Duration = times.iter().sum();
    let seconds = total.as_secs_f64().max(f64::MIN_POSITIVE);
    println!(
        "{what}: {} files, {bytes} bytes, {:.0} files/s, {:.1} MB/s, {:.1} us a file",
        texts.len(),
        texts.len() as f64 / seconds,
        bytes as f64 / seconds / 1e6,
        seconds * 1e6 / texts.len().max(1) as f64,
    );
    if let Some((slowest, (path, text))) = times.iter().zip(texts).max_by_key(|(time, _)| **time) {
        println!("  slowest: {} ({} bytes), {slowest:?}", path.display(), text.len());
    }
}

fn fastest(mut read: impl FnMut()) -> Duration {
    #[allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a benchmark measures real time")]
    let time = |read: &mut dyn FnMut()| {
        let start = std::time::Instant::now();
        read();
        start.elapsed()
    };
    (0..ROUNDS).map(|_| time(&mut read)).min().unwrap_or_default()
}
