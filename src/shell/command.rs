//! Simple commands: assignments, functions, builtins, programs.

use super::builtins::{self, Builtin};
use super::interpreter::{Done, Flow, Shell, Tail};
use super::lexer::{Cursor, Until};
use super::parser::FIRST_OF_A_FILE;
use super::redirect::Opened;
use super::syntax::{Command, Simple};
use super::variables::Saved;
use crate::kernel::{Environment, Errno, Executable};
use std::rc::Rc;

/// What starting a program costs in steps of `Process::work`.
const STEPS_OF_A_PROGRAM: u32 = 50;

impl Shell {
    pub(super) async fn run_simple(&mut self, simple: &Simple, tail: Tail) -> Done {
        self.process.work(1).await;
        self.line = simple.line;
        self.substituted = None;
        let words = self.expand_words(&simple.words).await?;
        // What is rare is in a box: a future is as big as the largest thing it may wait for.
        if words.is_empty() {
            return Box::pin(self.run_assignments(simple)).await;
        }
        if self.options.trace {
            Box::pin(self.trace_command(simple, &words)).await?;
        }
        let Some(opened) = self.open_redirections(&simple.redirections).await? else {
            return if builtins::is_special(&words[0]) { Err(Flow::Exit) } else { Ok(()) };
        };
        if let Some(body) = self.functions.get(&words[0]).cloned() {
            return Box::pin(self.run_function(simple, &words, &body, opened)).await;
        }
        match builtins::find(&words[0]) {
            Some(builtin) => self.run_builtin(simple, &words, builtin, opened).await,
            None => Box::pin(self.run_program(simple, words, opened, tail)).await,
        }
    }

    /// A command without words: its assignments stay.
    async fn run_assignments(&mut self, simple: &Simple) -> Done {
        let Some(opened) = self.open_redirections(&simple.redirections).await? else { return Ok(()) };
        drop(opened);
        let mut traced = Vec::new();
        for (name, word) in &simple.assignments {
            let value = self.expand_text(word).await?;
            if self.options.trace {
                traced.push(format!("{name}={}", builtins::quote_if_needed(&value)));
            }
            self.assign(name, value).await?;
        }
        if !traced.is_empty() {
            self.trace(&traced).await?;
        }
        self.status = self.substituted.unwrap_or(0);
        Ok(())
    }

    async fn trace_command(&mut self, simple: &Simple, words: &[Rc<str>]) -> Done {
        let mut traced = Vec::new();
        for (name, word) in &simple.assignments {
            let value = self.expand_text(word).await?;
            traced.push(format!("{name}={}", builtins::quote_if_needed(&value)));
        }
        traced.extend(words.iter().map(|word| builtins::quote_if_needed(word)));
        self.trace(&traced).await
    }

    /// Prints what `set -x` shows of a command, after PS4.
    async fn trace(&mut self, words: &[String]) -> Done {
        let prompt: Rc<str> = match self.variables.get("PS4").cloned() {
            Some(prompt) => self.expand_prompt(&prompt).await?,
            None => "+ ".into(),
        };
        self.process.complain(format!("{prompt}{}\n", words.join(" "))).await;
        Ok(())
    }

    async fn expand_prompt(&mut self, prompt: &str) -> Result<Rc<str>, Flow> {
        match Cursor::new(prompt, 0, 0).word(Until::End) {
            Ok(word) => Box::pin(self.expand_text(&word)).await,
            Err(_) => Ok(prompt.into()),
        }
    }

    /// Sets the assignments before a command; yields what the variables were.
    async fn assign_for_now(&mut self, simple: &Simple) -> Result<Vec<Saved>, Flow> {
        let mut saved = Vec::with_capacity(simple.assignments.len());
        for (name, word) in &simple.assignments {
            let value = self.expand_text(word).await?;
            saved.push(self.variables.save(name));
            self.assign(name, value).await?;
            self.variables.export(name);
        }
        Ok(saved)
    }

    fn restore(&mut self, saved: Vec<Saved>) {
        for variable in saved.into_iter().rev() {
            self.variables.restore(variable);
        }
    }

    async fn run_function(&mut self, simple: &Simple, words: &[Rc<str>], body: &Command, opened: Opened) -> Done {
        let assigned = self.assign_for_now(simple).await?;
        let redirected = self.redirect(opened);
        let outer = std::mem::replace(&mut self.positional, words[1..].into());
        let loops = std::mem::take(&mut self.loops);
        let function = self.function.replace(words[0].clone());
        self.locals.push(Vec::new());
        let result = self.run_command(body, Tail::No).await;
        let locals = self.locals.pop().unwrap_or_default();
        self.restore(locals);
        self.loops = loops;
        self.function = function;
        self.positional = outer;
        self.put_back(redirected);
        self.restore(assigned);
        match result {
            Err(Flow::Return) => Ok(()),
            result => result,
        }
    }

    async fn run_builtin(&mut self, simple: &Simple, words: &[Rc<str>], builtin: Builtin, opened: Opened) -> Done {
        let assigned = self.assign_for_now(simple).await?;
        // `exec` without a program keeps its redirections.
        let stays = &*words[0] == "exec";
        let redirected = self.redirect(opened);
        let speaker = self.speaker.clone();
        if &*words[0] != "command" {
            self.speaker = Some(words[0].clone());
        }
        let result = builtin(self, words).await;
        self.speaker = speaker;
        if !stays {
            self.put_back(redirected);
        }
        if !builtins::is_special(&words[0]) {
            self.restore(assigned);
        }
        self.status = result?;
        Ok(())
    }

    async fn run_program(&mut self, simple: &Simple, words: Vec<Rc<str>>, opened: Opened, tail: Tail) -> Done {
        let environment = self.environment_with(simple).await?;
        match self.executable(&words[0], simple, &environment) {
            Ok(executable) => self.run_executable(executable, words.into(), environment, opened, tail).await,
            Err(Errno::Enoexec) => self.run_as_script(words, opened).await,
            Err(error) => {
                let saved = self.redirect(opened);
                let text = match error {
                    Errno::Enoent if words[0].is_empty() => Errno::Eacces.message(),
                    Errno::Enoent => "not found",
                    error => error.message(),
                };
                self.complain(&format!("{}: {text}", words[0])).await;
                self.put_back(saved);
                self.status = if error == Errno::Enoent { 127 } else { 126 };
                Ok(())
            }
        }
    }

    fn executable(&self, name: &str, simple: &Simple, environment: &Environment) -> Result<Executable, Errno> {
        let own = simple.assignments.iter().any(|(name, _)| **name == *"PATH");
        let path = if own { environment.get("PATH") } else { self.variables.get("PATH") };
        let (folder, access) = (self.process.folder(), self.process.access());
        self.process.namespaces().look_up(name, path.map(|path| &**path), &folder, access)
    }

    /// What a program gets: the exported variables and the assignments before it.
    async fn environment_with(&mut self, simple: &Simple) -> Result<Environment, Flow> {
        let mut environment = self.child_environment();
        for (name, word) in &simple.assignments {
            let value = self.expand_text(word).await?;
            environment.set(name.clone(), value);
        }
        Ok(environment)
    }

    /// The exported variables in the order in which busybox passes them on.
    pub(super) fn child_environment(&mut self) -> Environment {
        let folder = self.folder();
        self.variables.for_children(|| folder)
    }

    async fn run_executable(
        &mut self,
        executable: Executable,
        args: Rc<[Rc<str>]>,
        environment: Environment,
        opened: Opened,
        tail: Tail,
    ) -> Done {
        self.process.work(STEPS_OF_A_PROGRAM).await;
        if tail == Tail::Last && self.traps.is_empty() {
            self.redirect(opened);
            self.status = self.process.exec(&executable, args, environment).await.0;
            return Err(Flow::Exit);
        }
        let spawned = self.process.spawn(&executable, args, |child| {
            child.set_environment(environment);
            for (number, description) in opened {
                let _ = child.set_descriptor(number, description);
            }
        });
        let Ok(child) = spawned else { return self.cannot_fork().await };
        self.status = self.wait_for(&child).await;
        Ok(())
    }

    /// An executable file without `#!` is a text for the shell.
    async fn run_as_script(&mut self, words: Vec<Rc<str>>, opened: Opened) -> Done {
        let path = words[0].clone();
        let environment = self.child_environment();
        let found = if path.contains('/') { Some(path.clone()) } else { builtins::in_path(self, &path) };
        let text = found.and_then(|path| self.process.read_file(&path).ok()).unwrap_or_default();
        let text: Rc<str> = String::from_utf8_lossy(&text).into();
        let forked = self.process.fork(|child| {
            child.set_environment(environment);
            for (number, description) in opened {
                let _ = child.set_descriptor(number, description);
            }
            async move {
                let mut shell = Shell::new(child, path);
                shell.speaker = Some(shell.name.clone());
                shell.positional = words[1..].into();
                shell.run_text(&text, FIRST_OF_A_FILE, Tail::No).await
            }
        });
        let Ok(child) = forked else { return self.cannot_fork().await };
        self.status = self.wait_for(&child).await;
        Ok(())
    }
}
