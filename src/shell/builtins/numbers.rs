//! Numbers as C's `printf` writes them: `%d`, `%x`, `%f`, `%e`, `%g`. For `printf` and `awk`.

/// The flags, width and precision between `%` and the letter.
#[derive(Clone, Copy, Default)]
pub(in crate::shell) struct Layout<'a> {
    pub(in crate::shell) flags: &'a str,
    pub(in crate::shell) width: usize,
    pub(in crate::shell) precision: Option<usize>,
}

impl Layout<'_> {
    /// `body` as wide as asked for; a number may be filled up with zeros.
    pub(in crate::shell) fn pad(&self, body: Vec<u8>, number: bool) -> Vec<u8> {
        let missing = self.width.saturating_sub(body.len());
        if missing == 0 {
            return body;
        }
        if self.flags.contains('-') {
            return [body, vec![b' '; missing]].concat();
        }
        let whole = body.iter().all(|byte| byte.is_ascii_hexdigit() || b"+-xX ".contains(byte));
        if !number || !self.flags.contains('0') || whole && self.precision.is_some() {
            return [vec![b' '; missing], body].concat();
        }
        let sign = body.iter().take_while(|byte| b"+- ".contains(byte)).count();
        let sign = sign + if body[sign..].starts_with(b"0x") || body[sign..].starts_with(b"0X") { 2 } else { 0 };
        [&body[..sign], &vec![b'0'; missing], &body[sign..]].concat()
    }
}

/// A whole number by its letter: `d`, `i`, `u`, `x`, `X`, `o`.
pub(in crate::shell) fn integer(value: i64, letter: char, layout: &Layout) -> String {
    let digits = match letter {
        'x' => format!("{value:x}"),
        'X' => format!("{value:X}"),
        'o' => format!("{value:o}"),
        'u' => (value as u64).to_string(),
        _ => value.unsigned_abs().to_string(),
    };
    let digits = match layout.precision {
        Some(0) if value == 0 => String::new(),
        precision => format!("{digits:0>width$}", width = precision.unwrap_or(0).min(1 << 16)),
    };
    let prefix = match letter {
        'd' | 'i' if value < 0 => "-",
        'd' | 'i' => plus(layout),
        'x' if layout.flags.contains('#') && value != 0 => "0x",
        'X' if layout.flags.contains('#') && value != 0 => "0X",
        'o' if layout.flags.contains('#') && !digits.starts_with('0') => "0",
        _ => "",
    };
    format!("{prefix}{digits}")
}

fn plus(layout: &Layout) -> &'static str {
    match (layout.flags.contains('+'), layout.flags.contains(' ')) {
        (true, _) => "+",
        (false, true) => " ",
        (false, false) => "",
    }
}

/// A real number by its letter: `f`, `e`, `g` and their capitals.
pub(in crate::shell) fn real(value: f64, letter: char, layout: &Layout) -> String {
    let precision = layout.precision.unwrap_or(6).min(400);
    let size = value.abs();
    let body = match letter.to_ascii_lowercase() {
        _ if value.is_nan() => "nan".to_owned(),
        _ if value.is_infinite() => "inf".to_owned(),
        'f' => format!("{size:.precision$}"),
        'e' => exponential(size, precision),
        _ => general(size, precision.max(1), layout.flags.contains('#')),
    };
    let body = if letter.is_ascii_uppercase() { body.to_ascii_uppercase() } else { body };
    let sign = if value.is_sign_negative() { "-" } else { plus(layout) };
    format!("{sign}{body}")
}

fn exponential(size: f64, precision: usize) -> String {
    let text = format!("{size:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.unsigned_abs())
}

fn general(size: f64, precision: usize, keeps_zeros: bool) -> String {
    let scientific = exponential(size, precision - 1);
    let exponent: i32 = scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    let trim = |text: &str| match keeps_zeros || !text.contains('.') {
        true => text.to_owned(),
        false => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
    };
    if exponent < -4 || exponent >= precision as i32 {
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, ""));
        return format!("{}e{exponent}", trim(mantissa));
    }
    trim(&format!("{size:.places$}", places = (precision as i32 - 1 - exponent).max(0) as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_in_c() {
        let layout = |flags, width, precision| Layout { flags, width, precision };
        for (value, letter, layout, text) in [
            (1.5, 'f', layout("", 0, None), "1.500000"),
            (12345.678, 'e', layout("", 0, None), "1.234568e+04"),
            (0.00012, 'E', layout("", 0, None), "1.200000E-04"),
            (0.0001, 'g', layout("", 0, None), "0.0001"),
            (1e10, 'g', layout("", 0, None), "1e+10"),
            (100000.0, 'g', layout("", 0, None), "100000"),
            (2.25, 'g', layout("", 0, Some(2)), "2.2"),
            (-0.5, 'f', layout("+", 0, Some(1)), "-0.5"),
        ] {
            assert_eq!(real(value, letter, &layout), text);
        }
        let zeros = layout("0", 8, Some(3));
        assert_eq!(zeros.pad(real(1.5, 'f', &zeros).into_bytes(), true), b"0001.500");
        assert_eq!(integer(255, 'x', &layout("#", 0, None)), "0xff");
    }
}
