//! The options of an applet, as getopt reads them.

use std::rc::Rc;

/// Options of an applet: single letters, some with a value; then its operands.
pub(super) struct Options {
    pub(super) letters: Vec<(char, Option<Rc<str>>)>,
    pub(super) operands: Vec<Rc<str>>,
}

/// The long options of the applets that have some, by the letters that mean the same.
const LONG: [(&str, &str); 12] = [
    (
        "cp",
        "archive=a force=f interactive=i no-clobber=n link=l dereference=L no-dereference=P recursive=R symbolic-link=s \
         no-target-directory=T target-directory=t update=u verbose=v preserve=p",
    ),
    ("mv", "interactive=i force=f no-clobber=n no-target-directory=T target-directory=t verbose=v"),
    ("mkdir", "mode=m parents=p verbose=v"),
    ("rmdir", "parents=p ignore-fail-on-non-empty=\u{1}"),
    ("date", "rfc-2822=R iso-8601=I set=s utc=u date=d reference=r"),
    ("env", "ignore-environment=i unset=u"),
    ("touch", "no-create=c reference=r date=d no-dereference=h"),
    ("chown chgrp", "recursive=R dereference=\u{1} no-dereference=h changes=c silent=f quiet=f verbose=v"),
    ("gzip gunzip", "stdout=c to-stdout=c force=f verbose=v decompress=d uncompress=d quiet=q keep=k test=t"),
    ("sed", "in-place=i regexp-extended=E quiet=n silent=n expression=e file=f"),
    ("install", "directory=d preserve-timestamps=p strip=s group=g mode=m owner=o"),
    ("wget", "quiet=q output-document=O timeout=T tries=t header=H post-data=d user-agent=U spider=\u{2} continue=c"),
];

impl Options {
    /// Takes `args` (the first is the name) apart: `letters` as for getopts, `v` or `v:`; a `+` in front ends the options at
    /// the first operand. The letter that is not among them, if there is one, is the error.
    pub(super) fn parse(args: &[Rc<str>], letters: &str) -> Result<Self, String> {
        let (strict, letters) = match letters.strip_prefix('+') {
            Some(letters) => (true, letters),
            None => (false, letters),
        };
        let mut options = Self { letters: Vec::new(), operands: Vec::new() };
        let mut rest = args.iter().skip(1);
        while let Some(arg) = rest.next() {
            if &**arg == "--" {
                options.operands.extend(rest.cloned());
                break;
            }
            let Some(given) = arg.strip_prefix('-').filter(|given| !given.is_empty()) else {
                options.operands.push(arg.clone());
                if strict {
                    options.operands.extend(rest.cloned());
                    break;
                }
                continue;
            };
            match given.strip_prefix('-') {
                Some(long) => options.take_long(args.first().map_or("", |name| name), long, letters, &mut rest)?,
                None => options.take(given, letters, &mut rest)?,
            }
        }
        Ok(options)
    }

    fn take<'a>(
        &mut self,
        given: &str,
        letters: &str,
        rest: &mut impl Iterator<Item = &'a Rc<str>>,
    ) -> Result<(), String> {
        for (at, letter) in given.char_indices() {
            let place = letters.find(letter).filter(|_| letter != ':');
            let Some(place) = place else { return Err(format!("invalid option -- '{letter}'")) };
            if !letters[place + letter.len_utf8()..].starts_with(':') {
                self.letters.push((letter, None));
                continue;
            }
            let after = &given[at + letter.len_utf8()..];
            let value = if after.is_empty() { rest.next().cloned() } else { Some(after.into()) };
            let value = value.ok_or_else(|| format!("option requires an argument -- '{letter}'"))?;
            self.letters.push((letter, Some(value)));
            break;
        }
        Ok(())
    }

    fn take_long<'a>(
        &mut self,
        applet: &str,
        given: &str,
        letters: &str,
        rest: &mut impl Iterator<Item = &'a Rc<str>>,
    ) -> Result<(), String> {
        let (name, joined) = match given.split_once('=') {
            Some((name, value)) => (name, Some(Rc::from(value))),
            None => (given, None),
        };
        let applet = applet.rsplit('/').next().unwrap_or_default();
        let known = LONG.iter().filter(|(known, _)| known.split(' ').any(|known| known == applet));
        let known = known.flat_map(|(_, options)| options.split(' ')).filter_map(|option| option.split_once('='));
        let mut fitting: Vec<(&str, &str)> = known.filter(|(long, _)| long.starts_with(name)).collect();
        fitting.sort_by_key(|(long, _)| *long != name);
        let letter = fitting.first().and_then(|(_, letter)| letter.chars().next());
        let Some(letter) = letter.filter(|letter| letters.contains(*letter)) else {
            return Err(format!("unrecognized option '--{given}'"));
        };
        let takes = letters.split_once(letter).is_some_and(|(_, after)| after.starts_with(':'));
        let value = match (takes, joined) {
            (false, None) => None,
            (false, Some(_)) => return Err(format!("option '--{name}' doesn't allow an argument")),
            (true, Some(value)) => Some(value),
            (true, None) => {
                Some(rest.next().cloned().ok_or_else(|| format!("option '--{name}' requires an argument"))?)
            }
        };
        self.letters.push((letter, value));
        Ok(())
    }

    pub(super) fn has(&self, letter: char) -> bool {
        self.letters.iter().any(|(known, _)| *known == letter)
    }

    pub(super) fn value(&self, letter: char) -> Option<&Rc<str>> {
        self.letters.iter().rev().find(|(known, _)| *known == letter).and_then(|(_, value)| value.as_ref())
    }

    pub(super) fn number(&self, letter: char) -> Option<u64> {
        self.value(letter).and_then(|value| value.parse().ok())
    }
}

/// The options of an applet, or its end if there is one that it does not know.
macro_rules! options {
    ($process:expr, $letters:literal) => {
        match $crate::shell::applets::Options::parse(&$process.args(), $letters) {
            Ok(options) => options,
            Err(message) => return $crate::shell::applets::misused(&$process, &message).await,
        }
    };
}
pub(super) use options;
