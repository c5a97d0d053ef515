//! `ulimit`. Nothing in the simulation is limited by it; what is set is what is shown.

use crate::shell::interpreter::{Flow, Shell};
use std::rc::Rc;

/// The limits in busybox's order: their names, their letters, and what Docker gives a container.
const LIMITS: [(&str, char, &str); 15] = [
    ("core file size (blocks)", 'c', "unlimited"),
    ("data seg size (kb)", 'd', "unlimited"),
    ("scheduling priority", 'e', "0"),
    ("file size (blocks)", 'f', "unlimited"),
    ("pending signals", 'i', "unlimited"),
    ("max locked memory (kb)", 'l', "8192"),
    ("max memory size (kb)", 'm', "unlimited"),
    ("open files", 'n', "1048576"),
    ("POSIX message queues (bytes)", 'q', "819200"),
    ("real-time priority", 'r', "0"),
    ("stack size (kb)", 's', "8192"),
    ("cpu time (seconds)", 't', "unlimited"),
    ("max user processes", 'u', "unlimited"),
    ("virtual memory (kb)", 'v', "unlimited"),
    ("file locks", 'x', "unlimited"),
];

/// `ulimit [-HSa] [-LETTER] [LIMIT]`; without a letter, the size of files.
pub(super) async fn ulimit(shell: &mut Shell, args: &[Rc<str>]) -> Result<u8, Flow> {
    let mut letter = 'f';
    for arg in &args[1..] {
        let Some(given) = arg.strip_prefix('-') else {
            if &**arg != "unlimited" && arg.parse::<u64>().is_err() {
                shell.process.complain(format!("{}: invalid number '{arg}'\n", shell.applet)).await;
                return Ok(1);
            }
            Rc::make_mut(&mut shell.limits).insert(letter, arg.clone());
            return Ok(0);
        };
        for given in given.chars().filter(|given| !matches!(given, 'H' | 'S')) {
            if given != 'a' && !LIMITS.iter().any(|(_, known, _)| *known == given) {
                shell.process.complain(format!("ulimit: invalid option -- '{given}'\n")).await;
                return Ok(1);
            }
            letter = given;
        }
    }
    let value = |letter: char, first: &str| shell.limits.get(&letter).map_or(first.to_owned(), |set| set.to_string());
    let text: String = LIMITS
        .iter()
        .filter(|(_, known, _)| letter == 'a' || letter == *known)
        .map(|(name, known, first)| match letter {
            'a' => format!("{name:<32}(-{known}) {}\n", value(*known, first)),
            _ => format!("{}\n", value(*known, first)),
        })
        .collect();
    shell.process.print(text).await;
    Ok(0)
}
