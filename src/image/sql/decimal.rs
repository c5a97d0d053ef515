//! Exact numbers with a fraction: NUMERIC and DECIMAL, up to 38 digits.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// `digits` divided by ten to the power of `scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decimal {
    digits: i128,
    scale: u32,
}

/// Most digits after the point.
const MOST_SCALE: u32 = 30;

impl Decimal {
    /// A whole number.
    pub fn whole(number: i64) -> Self {
        Self { digits: i128::from(number), scale: 0 }
    }

    /// Reads `-12.50`, also `1e3`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (mantissa, power) = match text.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (sign, plain) = match mantissa.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, part) = plain.split_once('.').unwrap_or((plain, ""));
        let together = format!("{whole}{part}");
        if together.is_empty() || !together.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = together.parse::<i128>().ok()? * sign;
        let scale = i32::try_from(part.len()).ok()? - power;
        if scale < 0 {
            let digits = digits.checked_mul(10_i128.checked_pow(scale.unsigned_abs())?)?;
            return Some(Self { digits, scale: 0 });
        }
        Some(Self { digits, scale: scale.unsigned_abs() })
    }

    /// The nearest one with `scale` digits after the point to a floating number.
    pub fn of_float(number: f64) -> Option<Self> {
        if number.is_finite() { Self::parse(&format!("{number}")) } else { None }
    }

    /// Digits after the point.
    pub fn scale(self) -> u32 {
        self.scale
    }

    /// Digits before the point.
    pub fn whole_digits(self) -> usize {
        let whole = self.digits.unsigned_abs() / 10_u128.pow(self.scale.min(38));
        if whole == 0 { 0 } else { whole.to_string().len() }
    }

    /// Rounded half away from zero to `scale` digits after the point; filled with zeros if it had fewer.
    pub fn rounded(self, scale: u32) -> Option<Self> {
        let scale = scale.min(MOST_SCALE);
        if scale >= self.scale {
            let digits = self.digits.checked_mul(10_i128.checked_pow(scale - self.scale)?)?;
            return Some(Self { digits, scale });
        }
        let unit = 10_i128.checked_pow(self.scale - scale)?;
        let (quotient, rest) = (self.digits / unit, self.digits % unit);
        let up = i128::from(rest.abs() * 2 >= unit) * self.digits.signum();
        Some(Self { digits: quotient + up, scale })
    }

    /// Cut to a whole number, towards `direction`: negative for floor, positive for ceiling, zero for truncation.
    pub fn cut(self, direction: i32, scale: u32) -> Self {
        if scale >= self.scale {
            return self;
        }
        let unit = 10_i128.pow((self.scale - scale).min(38));
        let (quotient, rest) = (self.digits / unit, self.digits % unit);
        let step = match direction.cmp(&0) {
            Ordering::Less if rest < 0 => -1,
            Ordering::Greater if rest > 0 => 1,
            _ => 0,
        };
        Self { digits: quotient + step, scale }
    }

    /// The nearest whole number, if it is small enough.
    pub fn to_whole(self) -> Option<i64> {
        i64::try_from(self.rounded(0)?.digits).ok()
    }

    /// As a floating number.
    pub fn to_float(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// The other sign.
    pub fn negated(self) -> Self {
        Self { digits: -self.digits, ..self }
    }

    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        Some((self.rounded(scale)?.digits, other.rounded(scale)?.digits, scale))
    }

    /// The sum; `None` if it has too many digits.
    pub fn add(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        Some(Self { digits: a.checked_add(b)?, scale })
    }

    /// The product.
    pub fn multiply(self, other: Self) -> Option<Self> {
        let product = Self { digits: self.digits.checked_mul(other.digits)?, scale: self.scale + other.scale };
        if product.scale > MOST_SCALE { product.rounded(MOST_SCALE) } else { Some(product) }
    }

    /// The quotient with `scale` digits after the point; the divisor is not zero.
    pub fn divide(self, other: Self, scale: u32) -> Option<Self> {
        let (a, b, _) = self.aligned(other)?;
        let digits = a.checked_mul(10_i128.checked_pow(scale + 1)?)?.checked_div(b)?;
        Self { digits, scale: scale + 1 }.rounded(scale)
    }

    /// The remainder of a division that is cut; the divisor is not zero.
    pub fn remainder(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        Some(Self { digits: a.checked_rem(b)?, scale })
    }

    /// The scale PostgreSQL gives a quotient: 16 significant digits at least, and no fewer than the operands have
    /// (`select_div_scale` of numeric.c, which counts in groups of four digits).
    pub fn quotient_scale(self, other: Self) -> u32 {
        let (weight_a, first_a) = self.leading_group();
        let (weight_b, first_b) = other.leading_group();
        let weight = weight_a - weight_b - i32::from(first_a <= first_b);
        let scale = 16 - weight * 4;
        (scale.max(0).unsigned_abs()).max(self.scale).max(other.scale).min(MOST_SCALE)
    }

    /// Weight and value of the first group of four digits.
    fn leading_group(self) -> (i32, u32) {
        let text = self.digits.unsigned_abs().to_string();
        if self.digits == 0 {
            return (0, 0);
        }
        let places = i32::try_from(text.len()).unwrap_or(0) - i32::try_from(self.scale).unwrap_or(0);
        let weight = (places - 1).div_euclid(4);
        let length = (places - weight * 4).clamp(1, 4).unsigned_abs() as usize;
        let first = format!("{text:0<4}")[..length.min(text.len().max(length))].parse().unwrap_or(0);
        (weight, first)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match self.aligned(*other) {
            Some((a, b, _)) => a.cmp(&b),
            None => self.to_float().total_cmp(&other.to_float()),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let scale = self.scale as usize;
        let text = format!("{:0>width$}", self.digits.unsigned_abs(), width = scale + 1);
        let (whole, part) = text.split_at(text.len() - scale);
        if scale == 0 { write!(out, "{sign}{whole}") } else { write!(out, "{sign}{whole}.{part}") }
    }
}
