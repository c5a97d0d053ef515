//! Redirections: opening files, duplicating descriptors, here-documents.

use super::interpreter::{Flow, Shell};
use super::syntax::{Clobber, Redirection, RedirectionKind};
use crate::kernel::{Description, Errno, Opening};
use std::rc::Rc;

/// Descriptors and what they are to become; nothing: closed.
pub(super) type Opened = Vec<(u32, Option<Rc<Description>>)>;

impl Shell {
    /// Opens what `redirections` ask for, in order. `None`: one failed, with a message and status 1.
    pub(super) async fn open_redirections(&mut self, redirections: &[Redirection]) -> Result<Option<Opened>, Flow> {
        let mut opened = Opened::with_capacity(redirections.len());
        for redirection in redirections {
            match Box::pin(self.open_redirection(redirection, &opened)).await? {
                Ok(description) => {
                    if matches!(redirection.kind, RedirectionKind::WriteBoth(_)) {
                        opened.push((2, description.clone()));
                    }
                    opened.push((redirection.number, description));
                }
                Err(message) => {
                    self.complain(&message).await;
                    self.status = 1;
                    return Ok(None);
                }
            }
        }
        Ok(Some(opened))
    }

    async fn open_redirection(
        &mut self,
        redirection: &Redirection,
        opened: &Opened,
    ) -> Result<Result<Option<Rc<Description>>, String>, Flow> {
        let (word, opening) = match &redirection.kind {
            RedirectionKind::Read(word) => (word, Opening::Read),
            RedirectionKind::Write(word, _) | RedirectionKind::WriteBoth(word) => (word, Opening::Truncate),
            RedirectionKind::Append(word) => (word, Opening::Append),
            RedirectionKind::ReadWrite(word) => (word, Opening::ReadWrite),
            RedirectionKind::Duplicate(word) => {
                let text = self.expand_text(word).await?;
                return self.duplicate(&text, opened).await;
            }
            RedirectionKind::Here(slot) => {
                let text = match slot.get() {
                    Some(word) => self.expand_text(word).await?,
                    None => "".into(),
                };
                return Ok(Ok(Some(Description::of_text(text.as_bytes()))));
            }
        };
        let path = self.expand_text(word).await?;
        if opening == Opening::Truncate
            && self.options.no_clobber
            && !matches!(redirection.kind, RedirectionKind::Write(_, Clobber::Always))
            && self.process.stat(&path).is_ok_and(|stat| stat.size > 0)
        {
            return Ok(Err(format!("can't create {path}: File exists")));
        }
        Ok(self.process.open(&path, opening).map(Some).map_err(|error| match (opening, error) {
            (Opening::Read, Errno::Enoent) => format!("can't open {path}: no such file"),
            (Opening::Read, error) => format!("can't open {path}: {error}"),
            (_, Errno::Enoent | Errno::Enotdir) => format!("can't create {path}: nonexistent directory"),
            (_, error) => format!("can't create {path}: {error}"),
        }))
    }

    async fn duplicate(
        &mut self,
        text: &str,
        opened: &Opened,
    ) -> Result<Result<Option<Rc<Description>>, String>, Flow> {
        if text == "-" {
            return Ok(Ok(None));
        }
        let Ok(number) = text.parse::<u32>() else {
            return self.fatal(&format!("syntax error: bad fd number: {text}")).await;
        };
        let changed =
            opened.iter().rev().find(|(known, _)| *known == number).map(|(_, description)| description.clone());
        let description = changed.unwrap_or_else(|| self.process.descriptor(number));
        Ok(match description {
            Some(description) => Ok(Some(description)),
            None => Err(format!("{number}: Bad file descriptor")),
        })
    }

    /// Redirects the shell itself; yields what was there before.
    pub(super) fn redirect(&self, opened: Opened) -> Opened {
        let mut saved = Opened::with_capacity(opened.len());
        for (number, description) in opened {
            saved.push((number, self.process.descriptor(number)));
            let _ = self.process.set_descriptor(number, description);
        }
        saved
    }

    /// Undoes [`Shell::redirect`].
    pub(super) fn put_back(&self, saved: Opened) {
        for (number, description) in saved.into_iter().rev() {
            let _ = self.process.set_descriptor(number, description);
        }
    }
}
