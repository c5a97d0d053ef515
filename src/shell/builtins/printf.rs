//! `echo` and `printf`: the texts they make, for the builtins and the programs of the same names.

use super::numbers::{self, Layout};
use crate::shell::interpreter::{Flow, Shell};
use std::rc::Rc;

/// The most that one `printf` writes.
const LONGEST: usize = 1 << 20;

pub(super) async fn echo_builtin(shell: &mut Shell, args: &[Rc<str>]) -> Result<u8, Flow> {
    write(shell, &args[0], &echo(&args[1..])).await
}

pub(super) async fn printf_builtin(shell: &mut Shell, args: &[Rc<str>]) -> Result<u8, Flow> {
    let operands = match args.get(1) {
        Some(first) if &**first == "--" => &args[2..],
        _ => &args[1..],
    };
    let Some((template, operands)) = operands.split_first() else {
        shell.process.complain(format!("{}: usage: printf FORMAT [ARGUMENT...]\n", shell.applet)).await;
        return Ok(2);
    };
    let (text, problems) = format(template, operands);
    // The output is kept back until the end, the complaints are not.
    for problem in &problems {
        shell.process.complain(format!("{}: {problem}\n", shell.applet)).await;
    }
    let status = write(shell, &args[0], &text).await?;
    Ok(if problems.is_empty() { status } else { 1 })
}

async fn write(shell: &mut Shell, _: &str, bytes: &[u8]) -> Result<u8, Flow> {
    if bytes.is_empty() {
        return Ok(0);
    }
    match shell.process.write(1, bytes).await {
        Ok(()) => Ok(0),
        Err(error) => {
            shell.process.complain(format!("{}: write error: {error}\n", shell.applet)).await;
            Ok(1)
        }
    }
}

/// What `echo` writes: `-n`, `-e` and `-E` at the beginning are options.
pub(in crate::shell) fn echo(args: &[Rc<str>]) -> Vec<u8> {
    let (mut newline, mut escapes, mut rest) = (true, false, args);
    while let Some((first, after)) = rest.split_first() {
        let Some(letters) = first.strip_prefix('-') else { break };
        if letters.is_empty() || !letters.bytes().all(|letter| b"neE".contains(&letter)) {
            break;
        }
        for letter in letters.bytes() {
            match letter {
                b'n' => newline = false,
                b'e' => escapes = true,
                // `-E` does not take `-e` back.
                _ => {}
            }
        }
        rest = after;
    }
    let mut out = Vec::new();
    for (index, arg) in rest.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        if !escapes {
            out.extend(arg.bytes());
        } else if unescape(arg, &mut out) == Escaped::Stop {
            return out;
        }
    }
    if newline {
        out.push(b'\n');
    }
    out
}

#[derive(PartialEq, Eq)]
enum Escaped {
    Whole,
    /// `\c`: nothing more is written.
    Stop,
}

/// Adds `text` to `out`, backslash sequences replaced.
fn unescape(text: &str, out: &mut Vec<u8>) -> Escaped {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        let Some(next) = bytes.get(at) else {
            out.push(b'\\');
            break;
        };
        at += 1;
        match next {
            b'c' => return Escaped::Stop,
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'e' => out.push(27),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'\\' => out.push(b'\\'),
            b'0'..=b'7' | b'x' => {
                let (base, start, most) = match next {
                    b'x' => (16, at, 2),
                    b'0' => (8, at, 3),
                    _ => (8, at - 1, 3),
                };
                let digits =
                    bytes[start..].iter().take(most).take_while(|digit| char::from(**digit).is_digit(base)).count();
                if *next == b'x' && digits == 0 {
                    out.extend(b"\\x");
                    continue;
                }
                let value = bytes[start..start + digits]
                    .iter()
                    .fold(0u32, |value, digit| value * base + char::from(*digit).to_digit(base).unwrap_or(0));
                out.push(value as u8);
                at = start + digits;
            }
            other => out.extend([b'\\', *other]),
        }
    }
    Escaped::Whole
}

/// What `printf` writes, and what was wrong with its arguments.
pub(in crate::shell) fn format(template: &str, args: &[Rc<str>]) -> (Vec<u8>, Vec<String>) {
    let mut state = Formatting { out: Vec::new(), args, used: 0, problems: Vec::new() };
    loop {
        let before = state.used;
        let flow = state.once(template);
        let done = state.used >= args.len() || state.used == before || state.out.len() > LONGEST;
        if flow == Escaped::Stop || done {
            return (state.out, state.problems);
        }
    }
}

struct Formatting<'a> {
    out: Vec<u8>,
    args: &'a [Rc<str>],
    used: usize,
    problems: Vec<String>,
}

impl Formatting<'_> {
    fn next(&mut self) -> Option<Rc<str>> {
        let arg = self.args.get(self.used).cloned();
        self.used += usize::from(arg.is_some());
        arg
    }

    fn once(&mut self, template: &str) -> Escaped {
        let mut rest = template;
        while !rest.is_empty() {
            let plain = rest.find('%').unwrap_or(rest.len());
            if unescape(&rest[..plain], &mut self.out) == Escaped::Stop {
                return Escaped::Stop;
            }
            rest = &rest[plain..];
            if rest.starts_with("%%") {
                self.out.push(b'%');
                rest = &rest[2..];
            } else if !rest.is_empty() {
                rest = match self.conversion(&rest[1..]) {
                    Some(rest) => rest,
                    None => return Escaped::Stop,
                };
            }
        }
        Escaped::Whole
    }

    fn conversion<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let flags = text.len() - text.trim_start_matches(['-', '+', ' ', '#', '0']).len();
        let (flags, rest) = text.split_at(flags);
        let (width, rest) = self.count(rest);
        let (precision, rest) = match rest.strip_prefix('.') {
            Some(rest) => {
                let (precision, rest) = self.count(rest);
                (Some(precision.unwrap_or(0)), rest)
            }
            None => (None, rest),
        };
        let before = &text[..text.len() - rest.len()];
        let rest = rest.trim_start_matches(['l', 'h', 'z', 'j', 't', 'L']);
        let letter = rest.chars().next().filter(|letter| "sbcdiuxXofFeEgG".contains(*letter));
        let Some(letter) = letter else {
            self.problems.push(format!("%{before}{rest}: invalid format"));
            return None;
        };
        let layout = Layout { flags, width: width.unwrap_or(0), precision };
        let body = match letter {
            's' => cut(&self.next().unwrap_or_default(), precision).into_bytes(),
            'b' => {
                let (arg, mut bytes) = (self.next().unwrap_or_default(), Vec::new());
                if unescape(&arg, &mut bytes) == Escaped::Stop {
                    self.out.extend(bytes);
                    return None;
                }
                bytes
            }
            'c' => self.next().and_then(|arg| arg.bytes().next()).into_iter().collect(),
            'd' | 'i' | 'u' | 'x' | 'X' | 'o' => {
                let value = self.value();
                numbers::integer(value, letter, &layout).into_bytes()
            }
            _ => {
                let value = self.real();
                numbers::real(value, letter, &layout).into_bytes()
            }
        };
        self.out.extend(layout.pad(body, !"sbc".contains(letter)));
        Some(&rest[letter.len_utf8()..])
    }

    fn count<'t>(&mut self, text: &'t str) -> (Option<usize>, &'t str) {
        if let Some(rest) = text.strip_prefix('*') {
            return (self.next().and_then(|arg| arg.parse().ok()).map(|count: usize| count.min(LONGEST)), rest);
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        (text[..digits].parse().ok().map(|count: usize| count.min(LONGEST)), &text[digits..])
    }

    /// The next argument as a whole number, as C reads one; a character after a quote stands for its code.
    fn value(&mut self) -> i64 {
        let arg = self.next().unwrap_or_default();
        let text = arg.trim_start();
        if let Some(character) = text.strip_prefix(['\'', '"']) {
            return character.chars().next().map_or(0, |character| i64::from(u32::from(character)));
        }
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let parsed = match (digits.strip_prefix("0x"), digits.strip_prefix('0')) {
            (Some(digits), _) => u64::from_str_radix(digits, 16),
            (None, Some(octal)) if !octal.is_empty() => u64::from_str_radix(octal, 8),
            _ => digits.parse(),
        };
        let Ok(value) = parsed else {
            self.problems.push(format!("invalid number '{arg}'"));
            return 0;
        };
        if negative { (value as i64).wrapping_neg() } else { value as i64 }
    }

    fn real(&mut self) -> f64 {
        let arg = self.next().unwrap_or_default();
        arg.trim().parse().unwrap_or_else(|_| {
            self.problems.push(format!("invalid number '{arg}'"));
            0.0
        })
    }
}

fn cut(text: &str, most: Option<usize>) -> String {
    text.chars().take(most.unwrap_or(usize::MAX)).collect()
}
