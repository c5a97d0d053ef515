//! The builtin `read`: a line from a descriptor into variables.

use crate::shell::interpreter::{Flow, Shell};
use std::rc::Rc;
use std::time::Duration;

/// The longest line that is read.
const LONGEST: usize = 1 << 20;

/// What the options ask for.
struct Wanted {
    /// A backslash is an ordinary character.
    raw: bool,
    limit: Option<Duration>,
    /// At most so many characters.
    most: Option<usize>,
    /// What ends the line.
    delimiter: u8,
    descriptor: u32,
}

/// A line as it was read: each byte, and whether a backslash stood before it.
type Line = Vec<(u8, bool)>;

pub(super) async fn read(shell: &mut Shell, args: &[Rc<str>]) -> Result<u8, Flow> {
    let (wanted, mut names) = match options(args) {
        Ok(taken) => taken,
        Err(message) => {
            shell.complain(&message).await;
            return Ok(2);
        }
    };
    if let Some(name) = names.iter().find(|name| !crate::shell::parser::is_name(name)) {
        shell.process.complain(format!("{}: read: '{name}': bad variable name\n", shell.applet)).await;
        return Ok(1);
    }
    if names.is_empty() {
        names.push("REPLY".into());
    }
    let line = match wanted.limit {
        Some(Duration::ZERO) => return Ok(0),
        Some(limit) => {
            let tasks = shell.process.kernel().tasks().clone();
            match tasks.timeout(limit, line(shell, &wanted)).await {
                Some(line) => line,
                None => return Ok(1),
            }
        }
        None => line(shell, &wanted).await,
    };
    let Some((line, complete)) = line else {
        let status = shell.status;
        shell.run_traps().await?;
        return Ok(status.max(1));
    };
    assign(shell, &names, &line).await?;
    Ok(u8::from(!complete))
}

/// The options and the names after them, or what is wrong, in busybox's words.
fn options(args: &[Rc<str>]) -> Result<(Wanted, Vec<Rc<str>>), String> {
    let mut wanted = Wanted { raw: false, limit: None, most: None, delimiter: b'\n', descriptor: 0 };
    let mut rest = &args[1..];
    while let Some((first, after)) = rest.split_first() {
        let Some(given) = first.strip_prefix('-').filter(|given| !given.is_empty()) else { break };
        rest = after;
        if given == "-" {
            break;
        }
        for (at, letter) in given.char_indices() {
            if matches!(letter, 'r' | 's') {
                wanted.raw |= letter == 'r';
                continue;
            }
            if !"ntpdu".contains(letter) {
                return Err(format!("illegal option -{letter}"));
            }
            let joined = &given[at + 1..];
            let value = match rest.split_first() {
                _ if !joined.is_empty() => joined.into(),
                Some((value, after)) => {
                    rest = after;
                    value.clone()
                }
                None => return Err(format!("no arg for -{letter} option")),
            };
            take(&mut wanted, letter, &value)?;
            break;
        }
    }
    Ok((wanted, rest.to_vec()))
}

fn take(wanted: &mut Wanted, letter: char, value: &str) -> Result<(), String> {
    match letter {
        'n' => wanted.most = Some(value.parse().map_err(|_| "invalid count")?),
        't' => {
            let seconds: f64 = value.parse().ok().filter(|span| *span >= 0.0).ok_or("invalid timeout")?;
            wanted.limit = Some(Duration::from_secs_f64(seconds.min(1e9)));
        }
        'd' => wanted.delimiter = value.bytes().next().unwrap_or(0),
        'u' => wanted.descriptor = value.parse().map_err(|_| "invalid file descriptor")?,
        // The prompt of `-p` is for a terminal.
        _ => {}
    }
    Ok(())
}

/// A line, and whether it ended as it should; nothing if a signal came first.
async fn line(shell: &Shell, wanted: &Wanted) -> Option<(Line, bool)> {
    let (mut line, mut escaped) = (Line::new(), false);
    while line.len() < LONGEST {
        let read =
            crate::kernel::select::select(shell.process.read(wanted.descriptor, 1), shell.process.signal_arrived())
                .await;
        let byte = match read {
            crate::kernel::select::Either::Left(Ok(byte)) => byte.first().copied(),
            crate::kernel::select::Either::Left(Err(_)) => None,
            crate::kernel::select::Either::Right(()) => return None,
        };
        match byte {
            None => return Some((line, false)),
            Some(b'\n') if escaped => escaped = false,
            Some(byte) if byte == wanted.delimiter && !escaped => return Some((line, true)),
            Some(b'\\') if !wanted.raw && !escaped => {
                escaped = true;
                continue;
            }
            Some(0) => {}
            Some(byte) => line.push((byte, std::mem::take(&mut escaped))),
        }
        if wanted.most.is_some_and(|most| line.len() >= most) {
            return Some((line, true));
        }
    }
    Some((line, true))
}

async fn assign(shell: &mut Shell, names: &[Rc<str>], line: &[(u8, bool)]) -> Result<(), Flow> {
    let separators = shell.variables.get("IFS").cloned().unwrap_or_else(|| " \t\n".into());
    let separates = |(byte, escaped): &(u8, bool)| !escaped && separators.as_bytes().contains(byte);
    let blank = |next: &(u8, bool)| separates(next) && next.0.is_ascii_whitespace();
    let skip = |from: usize| from + line[from..].iter().take_while(|next| blank(next)).count();
    let field_end = |from: usize| line[from..].iter().position(separates).map_or(line.len(), |length| from + length);
    // After a field: the blanks, one separator that is none, and the blanks after that.
    let next_field = |end: usize| {
        let after = skip(end);
        if line.get(after).is_some_and(separates) { skip(after + 1) } else { after }
    };
    let mut at = skip(0);
    for (index, name) in names.iter().enumerate() {
        let mut end = field_end(at);
        let next = next_field(end);
        if index + 1 == names.len() && next < line.len() {
            end = line.len();
            while end > at && blank(&line[end - 1]) {
                end -= 1;
            }
        }
        let bytes: Vec<u8> = line[at..end].iter().map(|(byte, _)| *byte).collect();
        shell.assign(name, String::from_utf8_lossy(&bytes).into()).await?;
        at = next;
    }
    Ok(())
}
