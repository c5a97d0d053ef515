//! Words about the identity of bytes: md5sum, sha256sum, sha512sum, base64.

use super::text::{all_input, content, text_of, write};
use super::{complain, fail_with, options, own_name};
use crate::kernel::{ExitCode, Process};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha2::{Digest, Sha256, Sha512};

/// The digest of `bytes` that a word of this name prints.
fn digest(name: &str, bytes: &[u8]) -> String {
    let hexadecimal = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match name {
        "md5sum" => hexadecimal(&Md5::digest(bytes)),
        "sha512sum" => hexadecimal(&Sha512::digest(bytes)),
        _ => hexadecimal(&Sha256::digest(bytes)),
    }
}

/// `md5sum [-c] [FILE]…`, and its kin.
pub(super) async fn sum(process: Process) -> ExitCode {
    let mut options = options!(process, "csw");
    let name = own_name(&process);
    let mut code = ExitCode::SUCCESS;
    if options.has('c') {
        return check(&process, &name, &all_input(&process, &options.operands, &mut code).await).await;
    }
    if options.operands.is_empty() {
        options.operands.push("-".into());
    }
    for file in &options.operands {
        match content(&process, file).await {
            Ok(bytes) => process.print(format!("{}  {file}\n", digest(&name, &bytes))).await,
            Err(error) => complain(&process, &mut code, format!("can't open '{file}': {error}")).await,
        }
    }
    code
}

async fn check(process: &Process, name: &str, list: &str) -> ExitCode {
    let (mut total, mut wrong) = (0, 0);
    for (expected, file) in list.lines().filter_map(|line| line.split_once("  ")) {
        total += 1;
        let agrees = content(process, file).await.is_ok_and(|bytes| digest(name, &bytes) == expected);
        wrong += u32::from(!agrees);
        process.print(format!("{file}: {}\n", if agrees { "OK" } else { "FAILED" })).await;
    }
    match wrong {
        0 if total > 0 => ExitCode::SUCCESS,
        0 => fail_with(process, "no checksum lines found").await,
        _ => fail_with(process, &format!("WARNING: {wrong} of {total} computed checksums did NOT match")).await,
    }
}

/// `base64 [-d] [-w COLUMNS] [FILE]`
pub(super) async fn base64(process: Process) -> ExitCode {
    let options = options!(process, "dw:");
    let file = options.operands.first().map_or("-", |file| file);
    let bytes = match content(&process, file).await {
        Ok(bytes) => bytes,
        Err(error) => return fail_with(&process, &format!("can't open '{file}': {error}")).await,
    };
    if options.has('d') {
        let text: String = text_of(&bytes).split_whitespace().collect();
        return match STANDARD.decode(text) {
            Ok(decoded) => write(&process, decoded, ExitCode::SUCCESS).await,
            Err(_) => fail_with(&process, "truncated input").await,
        };
    }
    let encoded = STANDARD.encode(&bytes);
    let columns = match options.number('w').unwrap_or(76) as usize {
        0 => encoded.len().max(1),
        columns => columns,
    };
    // Base64 is ASCII, so every cut is between characters.
    let lines: String =
        encoded.as_bytes().chunks(columns).map(|line| String::from_utf8_lossy(line).into_owned() + "\n").collect();
    write(&process, lines, ExitCode::SUCCESS).await
}
