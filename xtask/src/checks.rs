//! `cargo xtask test`: every check there is, counted per kind. One failing check does not hide the others.

use crate::command::{Outcome, command, run, run_and_read, say, target};
use crate::{page, tools};
use std::time::Instant;

/// How much is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Everything,
    /// All but what needs the page and a browser.
    WithoutBrowser,
}

#[derive(Clone, Copy, Default)]
struct Count {
    passed: u64,
    failed: u64,
}

impl Count {
    fn of_one(outcome: Outcome) -> Count {
        match outcome {
            Ok(()) => Count { passed: 1, failed: 0 },
            Err(problem) => {
                eprintln!("xtask: {problem}");
                Count { passed: 0, failed: 1 }
            }
        }
    }
}

struct Tally {
    began: Instant,
    rows: Vec<(&'static str, Count, u64)>,
}

impl Tally {
    fn check(&mut self, kind: &'static str, check: impl FnOnce() -> Count) {
        say(kind);
        let began = Instant::now();
        let count = check();
        self.rows.push((kind, count, began.elapsed().as_secs()));
    }

    fn close(&self) -> Outcome {
        println!();
        say(&format!("all checks, in {} s", self.began.elapsed().as_secs()));
        for (kind, count, seconds) in &self.rows {
            println!("    {kind:<24} {:>6} passed {:>4} failed {seconds:>6} s", count.passed, count.failed);
        }
        let passed: u64 = self.rows.iter().map(|(_, count, _)| count.passed).sum();
        let failed: u64 = self.rows.iter().map(|(_, count, _)| count.failed).sum();
        println!("{passed} passed, {failed} failed");
        if failed == 0 { Ok(()) } else { Err(String::new()) }
    }
}

/// Runs every check, says how many of each kind passed, and ends with `N passed, N failed`.
pub fn run_all(extent: Extent) -> Outcome {
    let mut tally = Tally { began: Instant::now(), rows: Vec::new() };
    tally.check("formatting", || Count::of_one(run("cargo", &["fmt", "--all", "--check"])));
    tally.check("lints, native", || {
        let arguments = ["clippy", "--quiet", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
        Count::of_one(run("cargo", &arguments))
    });
    tally.check("native tests", native_tests);
    tally.check("lints, wasm32", || {
        let target = ["clippy", "--quiet", "--locked", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"];
        Count::of_one(tools::wasm_target().and_then(|()| run("cargo", &target)))
    });
    if extent == Extent::Everything {
        tally.check("page build", || Count::of_one(tools::for_page().and_then(|()| page::build(page::Form::Quick))));
        tally.check("browser tests", browser_tests);
    }
    tally.close()
}

fn native_tests() -> Count {
    let arguments = ["test", "--quiet", "--locked", "--workspace", "--no-fail-fast"];
    let outcome = run_and_read(command("cargo", &arguments));
    counted(outcome, |line| {
        let counts = line.strip_prefix("test result: ")?;
        Some(Count { passed: number_before(counts, " passed")?, failed: number_before(counts, " failed")? })
    })
}

/// The tests in a real browser, against `dist/`; they leave screenshots in target/screenshots/.
fn browser_tests() -> Count {
    let chromium = match tools::npm_packages().and_then(|()| tools::chromium()) {
        Ok(path) => path,
        Err(problem) => return Count::of_one(Err(problem)),
    };
    let arguments = ["--test", "--test-reporter=spec", "--test-concurrency=1", "tests/browser/"];
    let mut node = command("node", &arguments);
    node.env("DRYDOCK_CHROMIUM", chromium).env("DRYDOCK_SCREENSHOTS", target().join("screenshots"));
    counted(run_and_read(node), |line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [_, "pass", number] => Some(Count { passed: number.parse().ok()?, failed: 0 }),
            [_, "fail", number] => Some(Count { passed: 0, failed: number.parse().ok()? }),
            _ => None,
        }
    })
}

/// Adds up what a runner's closing lines say; a runner that failed, or ran nothing, without saying so is one failure.
fn counted(outcome: Outcome<(bool, String)>, read: impl Fn(&str) -> Option<Count>) -> Count {
    let (succeeded, text) = match outcome {
        Ok(ended) => ended,
        Err(problem) => return Count::of_one(Err(problem)),
    };
    let mut sum = Count::default();
    for count in text.lines().filter_map(read) {
        sum.passed += count.passed;
        sum.failed += count.failed;
    }
    if sum.failed == 0 && (!succeeded || sum.passed == 0) {
        sum.failed += 1;
    }
    sum
}

fn number_before(text: &str, word: &str) -> Option<u64> {
    let before = &text[..text.find(word)?];
    before.split_whitespace().next_back()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str, succeeded: bool) -> (u64, u64) {
        let sum = counted(Ok((succeeded, text.into())), |line| {
            let counts = line.strip_prefix("test result: ")?;
            Some(Count { passed: number_before(counts, " passed")?, failed: number_before(counts, " failed")? })
        });
        (sum.passed, sum.failed)
    }

    #[test]
    fn closing_lines_add_up() {
        let text =
            "test result: ok. 3 passed; 0 failed; 0 ignored\nx\ntest result: FAILED. 1 passed; 2 failed; 0 ignored\n";
        assert_eq!(count(text, false), (4, 2));
    }

    #[test]
    fn a_runner_that_fails_or_runs_nothing_without_saying_so_counts_as_a_failure() {
        assert_eq!(count("test result: ok. 3 passed; 0 failed;\n", false), (3, 1));
        assert_eq!(count("error: could not compile\n", false), (0, 1));
        assert_eq!(count("", true), (0, 1));
    }
}
