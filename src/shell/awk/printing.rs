//! `print`, `printf` and `sprintf`.

use super::run::{Awk, Done, Stop};
use super::streams::Writer;
use super::syntax::{Expression, Target};
use super::value::Value;
use crate::kernel::Opening;
use crate::shell::builtins::numbers::{self, Layout};
use std::rc::Rc;

/// The widest field.
const WIDEST: usize = 1 << 16;

impl Awk {
    pub(super) async fn print_record(&mut self) -> Done<()> {
        let line = format!("{}{}", self.record_text(), self.text_of("ORS"));
        self.write(line.as_bytes()).await;
        Ok(())
    }

    pub(super) async fn print(
        &mut self,
        words: &[Expression],
        formatted: bool,
        target: Option<&(Target, Expression)>,
    ) -> Done<()> {
        let bytes = if formatted {
            self.formatted(words).await?
        } else if words.is_empty() {
            format!("{}{}", self.record_text(), self.text_of("ORS")).into_bytes()
        } else {
            let number_format = self.text_of("OFMT");
            let mut texts = Vec::with_capacity(words.len());
            for word in words {
                texts.push(self.value(word).await?.text(&number_format));
            }
            (texts.join(&*self.text_of("OFS")) + &self.text_of("ORS")).into_bytes()
        };
        let Some((target, name)) = target else {
            self.write(&bytes).await;
            return Ok(());
        };
        let name = self.text(name).await?;
        if !self.writers.contains_key(&name) {
            self.flush().await;
            let writer = match target {
                Target::Command => Writer::to_command(&self.process, &name).ok_or_else(|| "can't fork".to_owned()),
                Target::File => Writer::to_file(&self.process, &name, Opening::Truncate),
                Target::Append => Writer::to_file(&self.process, &name, Opening::Append),
            };
            self.writers.insert(name.clone(), writer.map_err(Stop::Error)?);
        }
        if let Some(writer) = self.writers.get(&name) {
            writer.write(&self.process, &bytes).await;
        }
        Ok(())
    }

    /// What `printf` writes: the first expression says how the others look.
    pub(super) async fn formatted(&mut self, words: &[Expression]) -> Done<Vec<u8>> {
        let mut values = Vec::with_capacity(words.len());
        for word in words {
            values.push(self.value(word).await?);
        }
        let Some((template, values)) = values.split_first() else { return Ok(Vec::new()) };
        let template = template.text("%.6g");
        let format = self.text_of("CONVFMT");
        let (mut out, mut values, mut rest) = (Vec::new(), values.iter(), &*template);
        while let Some(at) = rest.find('%') {
            out.extend(rest[..at].bytes());
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                out.push(b'%');
                rest = after;
                continue;
            }
            rest = conversion(rest, &mut values, &format, &mut out)?;
        }
        out.extend(rest.bytes());
        Ok(out)
    }
}

/// One conversion, after its `%`; yields the template after it.
fn conversion<'t, 'v>(
    text: &'t str,
    values: &mut impl Iterator<Item = &'v Value>,
    format: &Rc<str>,
    out: &mut Vec<u8>,
) -> Done<&'t str> {
    let flags = text.len() - text.trim_start_matches(['-', '+', ' ', '#', '0']).len();
    let (flags, rest) = text.split_at(flags);
    let count = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (width, rest) = rest.split_at(count(rest));
    let (precision, rest) = match rest.strip_prefix('.') {
        Some(rest) => (Some(&rest[..count(rest)]), &rest[count(rest)..]),
        None => (None, rest),
    };
    let rest = rest.trim_start_matches(['l', 'h']);
    let Some(letter) = rest.chars().next() else { return Ok(rest) };
    if letter == '*' {
        return Err(Stop::Error("cmd. line:1: %*x formats are not supported".into()));
    }
    let size = |digits: &str| digits.parse::<usize>().unwrap_or(0).min(WIDEST);
    let layout = Layout { flags, width: size(width), precision: precision.map(size) };
    let value = values.next().cloned().unwrap_or_default();
    let body = match letter {
        'c' => match value {
            Value::Number(code) => vec![code as i64 as u8],
            other => other.text(format).bytes().next().into_iter().collect(),
        },
        's' => {
            let text = value.text(format);
            text.bytes().take(layout.precision.unwrap_or(usize::MAX)).collect()
        }
        'd' | 'i' | 'o' | 'x' | 'X' | 'u' => {
            let letter = if letter == 'i' { 'd' } else { letter };
            numbers::integer(value.number() as i64, letter, &layout).into_bytes()
        }
        'f' | 'F' | 'e' | 'E' | 'g' | 'G' => numbers::real(value.number(), letter, &layout).into_bytes(),
        _ => return Err(Stop::Error("cmd. line:1: Invalid format specifier".into())),
    };
    out.extend(layout.pad(body, !"cs".contains(letter)));
    Ok(&rest[letter.len_utf8()..])
}
