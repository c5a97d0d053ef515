//! A tmpfs mode that is not octal.
//!
//! ## What it does
//! Finds a `tmpfs.mode` that was meant as an octal number and is written as a decimal one.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, safe};
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule =
    Rule { code: "decimal-tmpfs-mode", title: "A tmpfs mode that is not octal", why: WHY, check, bad: BAD, good: GOOD };

const WHY: &str = "`1777` is the number one thousand seven hundred and seventy-seven, which is mode 3361 in octal: \
    other rights than meant. YAML needs a leading zero for octal numbers.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        for mount in service.volumes.iter().filter(|mount| mount.tmpfs_mode.is_some()) {
            let Some(label) = subject.find(mount.span, "mode:") else { continue };
            let rest = &subject.text(mount.span)[(label.range.end - mount.span.range.start) as usize..];
            let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
            let octal =
                matches!(digits.len(), 3 | 4) && digits.bytes().all(|digit| digit < b'8') && !digits.starts_with('0');
            let Some(place) = subject.find(mount.span, &digits).filter(|_| octal) else { continue };
            let message = format!("this is decimal: mode {:o}, not {digits}", mount.tmpfs_mode.unwrap_or_default());
            let fix = safe("Write it as octal", vec![replace(place, format!("0{digits}"))]);
            found.push(RULE.advice(place, message, format!("Write `0{digits}`.")).with_fix(fix));
        }
    }
}

const BAD: &str = r#"services:
  web:
    image: nginx:1.27
    volumes:
      - type: tmpfs
        target: /cache
        tmpfs:
          mode: 1777
#               ^^^^
"#;

const GOOD: &str = r#"services:
  web:
    image: nginx:1.27
    volumes:
      - type: tmpfs
        target: /cache
        tmpfs:
          mode: 01777
"#;
