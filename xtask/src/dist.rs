//! `dist/`: the page for any static host, and what it weighs.

use crate::command::{Outcome, command, run_command, say};
use crate::{page, tools};

/// Sizes of every file in dist/, raw and as servers compress them, by Node's own zlib. A program that does not load is
/// refused: wasm-opt may write what only the newest browsers read.
const SIZES: &str = r#"
const fs = require("fs"), path = require("path"), zlib = require("zlib");
const walk = folder => fs.readdirSync(folder, { withFileTypes: true }).flatMap(entry =>
  entry.isDirectory() ? walk(path.join(folder, entry.name)) : [path.join(folder, entry.name)]);
const total = [0, 0, 0];
const row = (name, sizes) => console.log(name.padEnd(52), ...sizes.map(size => String(size).padStart(10)));
row("file", ["raw", "gzip", "brotli"]);
for (const file of walk("dist").sort()) {
  const bytes = fs.readFileSync(file);
  if (file.endsWith(".wasm")) new WebAssembly.Module(bytes);
  const sizes = [bytes.length, zlib.gzipSync(bytes, { level: 9 }).length, zlib.brotliCompressSync(bytes).length];
  sizes.forEach((size, at) => { total[at] += size; });
  row(path.relative("dist", file), sizes);
}
row("total", total);
"#;

/// Builds `dist/` and prints its sizes.
pub fn make() -> Outcome {
    tools::for_page()?;
    say("building the page into dist/");
    page::build(page::Form::Small)?;
    say("sizes in bytes");
    run_command(quiet_node())
}

fn quiet_node() -> std::process::Command {
    let script = crate::command::target().join("sizes.cjs");
    // A file instead of `-e`, so that the command said aloud stays one line.
    let _ = std::fs::write(&script, SIZES);
    command("node", &[&script.to_string_lossy()])
}
