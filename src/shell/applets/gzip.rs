//! `gzip`, `gunzip`, `zcat`, in the real format.

use super::text::content;
use super::{complain, options, own_name};
use crate::kernel::calls::MOST_COLLECTED;
use crate::kernel::{ExitCode, Process};
use flate2::Compression;
use flate2::read::{GzDecoder, GzEncoder};
use std::io::Read;

/// How a compressed text begins.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// `bytes`, compressed.
pub(super) fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    match GzEncoder::new(bytes, Compression::default()).read_to_end(&mut compressed) {
        Ok(_) => compressed,
        Err(_) => bytes.to_vec(),
    }
}

/// `bytes`, expanded if they are compressed; `None` if they are damaged, or expand to more than a file may hold.
pub(super) fn expand(bytes: Vec<u8>) -> Option<Vec<u8>> {
    if !bytes.starts_with(&MAGIC) {
        return Some(bytes);
    }
    let mut expanded = Vec::new();
    GzDecoder::new(&bytes[..]).take(MOST_COLLECTED as u64 + 1).read_to_end(&mut expanded).ok()?;
    (expanded.len() <= MOST_COLLECTED).then_some(expanded)
}

/// `gzip [-cdkf] [FILE]…`, `gunzip [-ckf] [FILE]…`, `zcat [FILE]…`
pub(super) async fn gzip(process: Process) -> ExitCode {
    let mut options = options!(process, "cdkfvn123456789");
    let name = own_name(&process);
    let expands = options.has('d') || matches!(&*name, "gunzip" | "zcat");
    let to_output = options.has('c') || &*name == "zcat" || options.operands.is_empty();
    if options.operands.is_empty() {
        options.operands.push("-".into());
    }
    let mut code = ExitCode::SUCCESS;
    for file in &options.operands {
        let target = if expands { file.strip_suffix(".gz").map(str::to_owned) } else { Some(format!("{file}.gz")) };
        let bytes = match content(&process, file).await {
            Ok(bytes) => bytes,
            Err(error) => {
                complain(&process, &mut code, format!("{file}: {error}")).await;
                continue;
            }
        };
        let changed = match expands {
            false => Some(compress(&bytes)),
            true => expand(bytes),
        };
        let Some(changed) = changed else {
            complain(&process, &mut code, "invalid magic".into()).await;
            continue;
        };
        let written = match target {
            _ if to_output || &**file == "-" => process.write(1, &changed).await,
            Some(target) => process.write_file(&target, &changed).await.and_then(|()| match options.has('k') {
                true => Ok(()),
                false => process.remove_file(file),
            }),
            None => {
                complain(&process, &mut code, format!("{file}: unknown suffix - ignored")).await;
                continue;
            }
        };
        if let Err(error) = written {
            complain(&process, &mut code, format!("{file}: {error}")).await;
        }
    }
    code
}
