//! `alias` and `unalias`.

use super::quote;
use crate::shell::interpreter::{Flow, Shell};
use crate::shell::variables::chain;
use std::rc::Rc;

type Outcome = Result<u8, Flow>;

pub(super) async fn alias(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    if args.len() == 1 {
        let mut all: Vec<(&Rc<str>, &Rc<str>)> = shell.aliases.iter().collect();
        all.sort_by_key(|(name, _)| chain(name));
        let all: String = all.into_iter().map(|(name, value)| format!("{name}={}\n", quote(value))).collect();
        shell.process.print(all).await;
    }
    let mut status = 0;
    for arg in &args[1..] {
        if let Some((name, value)) = arg.split_once('=').filter(|(name, _)| !name.is_empty()) {
            Rc::make_mut(&mut shell.aliases).insert(name.into(), value.into());
            continue;
        }
        match shell.aliases.get(arg) {
            Some(value) => shell.process.print(format!("{arg}={}\n", quote(value))).await,
            None => {
                shell.process.complain(format!("{}: {arg} not found\n", args[0])).await;
                status = 1;
            }
        }
    }
    Ok(status)
}

pub(super) async fn unalias(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let mut status = 0;
    for arg in &args[1..] {
        if &**arg == "-a" {
            shell.aliases = Rc::default();
        } else if Rc::make_mut(&mut shell.aliases).remove(arg).is_none() {
            shell.process.complain(format!("{}: {arg} not found\n", args[0])).await;
            status = 1;
        }
    }
    Ok(status)
}
