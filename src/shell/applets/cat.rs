//! `cat [-nbvteA] [FILE]…`

use super::{complain, fail_with, options};
use crate::kernel::{ExitCode, Opening, Process};

/// How many bytes are read at once.
const BLOCK: usize = 64 << 10;

/// How lines are shown.
struct Style {
    numbers: bool,
    /// Only lines that are not empty get a number.
    nonempty: bool,
    /// Control characters as `^X`; tabs, and the ends of lines as `$`.
    controls: bool,
    tabs: bool,
    ends: bool,
}

impl Style {
    fn is_plain(&self) -> bool {
        !(self.numbers || self.nonempty || self.controls || self.tabs || self.ends)
    }
}

pub(super) async fn cat(process: Process) -> ExitCode {
    let mut options = options!(process, "unetvAb");
    if options.operands.is_empty() {
        options.operands.push("-".into());
    }
    let has = |letters: &str| letters.chars().any(|letter| options.has(letter));
    let style =
        Style { numbers: has("n"), nonempty: has("b"), controls: has("vetA"), tabs: has("tA"), ends: has("eA") };
    let mut code = ExitCode::SUCCESS;
    let mut place = Place { number: 0, line_begins: true };
    for path in &options.operands {
        let source = if &**path == "-" {
            match process.descriptor(0) {
                Some(source) => source,
                None => {
                    complain(&process, &mut code, "read error: Bad file descriptor".into()).await;
                    continue;
                }
            }
        } else {
            match process.open(path, Opening::Read) {
                Ok(source) => source,
                Err(error) => {
                    complain(&process, &mut code, format!("can't open '{path}': {error}")).await;
                    continue;
                }
            }
        };
        loop {
            process.work(1).await;
            let bytes = match source.read(BLOCK).await {
                Ok(bytes) if bytes.is_empty() => break,
                Ok(bytes) => bytes,
                Err(error) => {
                    complain(&process, &mut code, format!("read error: {error}")).await;
                    break;
                }
            };
            let bytes = if style.is_plain() { bytes } else { place.styled(&bytes, &style) };
            if let Err(error) = process.write(1, &bytes).await {
                return fail_with(&process, &format!("write error: {error}")).await;
            }
        }
    }
    code
}

/// Where in the output the next byte comes.
struct Place {
    number: u64,
    line_begins: bool,
}

impl Place {
    fn styled(&mut self, bytes: &[u8], style: &Style) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() * 2);
        for byte in bytes {
            if self.line_begins && (style.nonempty && *byte != b'\n' || style.numbers && !style.nonempty) {
                self.number += 1;
                out.extend(format!("{:6}\t", self.number).bytes());
            }
            self.line_begins = *byte == b'\n';
            match byte {
                b'\n' if style.ends => out.extend(b"$\n"),
                b'\t' if style.tabs => out.extend(b"^I"),
                b'\n' | b'\t' => out.push(*byte),
                byte if style.controls => out.extend(visible(*byte)),
                byte => out.push(*byte),
            }
        }
        out
    }
}

/// A byte as `cat -v` shows it.
fn visible(byte: u8) -> Vec<u8> {
    match byte {
        0..=31 => vec![b'^', byte + 64],
        127 => b"^?".to_vec(),
        128.. => [b"M-".as_slice(), &visible(byte - 128)].concat(),
        byte => vec![byte],
    }
}
