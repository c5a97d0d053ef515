//! The shell as a process: lists, pipelines, loops, functions, and what a signal does in between.

use super::builtins::Job;
use super::parser::{self, parse};
use super::pattern;
use super::syntax::{AndOr, Command, Compound, Connector, Item, LoopKind, Pipeline, Redirection, Script, Word};
use super::traps::Traps;
use super::variables::{Saved, Variables};
use crate::kernel::{Description, Disposition, ExitCode, ExitStatus, Process, Signal};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// How deeply commands, functions, `eval` and `.` may be nested while they run.
const DEEPEST: u32 = 60;

/// Why commands stop before their end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// `break N`
    Break(u32),
    /// `continue N`
    Continue(u32),
    /// `return`
    Return,
    /// `exit`, or an error that ends the shell; the status says which code.
    Exit,
}

pub(super) type Done = Result<(), Flow>;
pub(super) type Step<'a> = Pin<Box<dyn Future<Output = Done> + 'a>>;

/// Whether a command is the last thing a process does, so that it may become the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// Something follows.
    No,
    /// Nothing follows.
    Last,
}

/// The options of `set`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    pub(super) exit_on_error: bool,
    pub(super) unset_is_error: bool,
    pub(super) trace: bool,
    pub(super) no_files: bool,
    pub(super) no_clobber: bool,
    pub(super) export_all: bool,
    pub(super) pipefail: bool,
    pub(super) no_execution: bool,
    pub(super) verbose: bool,
    /// The commands stand in the arguments (`-c`) or come from standard input (`-s`).
    pub(super) from_text: bool,
    pub(super) from_input: bool,
}

impl Options {
    /// `$-`
    pub(super) fn letters(self) -> String {
        let known = [
            (self.unset_is_error, 'u'),
            (self.export_all, 'a'),
            (self.no_clobber, 'C'),
            (self.verbose, 'v'),
            (self.trace, 'x'),
            (self.from_text, 'c'),
            (self.from_input, 's'),
            (self.no_execution, 'n'),
            (self.no_files, 'f'),
            (self.exit_on_error, 'e'),
        ];
        known.iter().filter(|(set, _)| *set).map(|(_, letter)| letter).collect()
    }
}

/// A shell and all it remembers. A subshell is a copy of it in a process of its own.
#[derive(Clone)]
pub(super) struct Shell {
    pub(super) process: Process,
    /// `$0`
    pub(super) name: Rc<str>,
    /// The name of the program itself: `test`, `printf` and `kill` complain in this name, whatever `$0` is.
    pub(super) applet: Rc<str>,
    /// What messages name before the line: the script, the builtin that is running. Nothing in the text of `-c`.
    pub(super) speaker: Option<Rc<str>>,
    pub(super) main_pid: u32,
    /// PPID, also in a subshell.
    pub(super) parent_pid: u32,
    pub(super) variables: Variables,
    pub(super) positional: Rc<[Rc<str>]>,
    pub(super) functions: Rc<BTreeMap<Rc<str>, Rc<Command>>>,
    pub(super) options: Options,
    /// `$?`
    pub(super) status: u8,
    /// The status of the last command substitution in the present command.
    pub(super) substituted: Option<u8>,
    /// FUNCNAME
    pub(super) function: Option<Rc<str>>,
    pub(super) traps: Traps,
    pub(super) last_background: Option<u32>,
    pub(super) jobs: Vec<Job>,
    /// What `ulimit` has set.
    pub(super) limits: Rc<BTreeMap<char, Rc<str>>>,
    /// Variables that functions have made local, to be put back.
    pub(super) locals: Vec<Vec<Saved>>,
    /// Conditions around the present command: there, `set -e` does not count.
    pub(super) conditions: u32,
    pub(super) loops: u32,
    pub(super) sourced: u32,
    pub(super) line: u32,
    pub(super) depth: u32,
    /// The word `getopts` looks at next, and the letter in the present one.
    pub(super) option_index: usize,
    pub(super) option_place: usize,
    /// The working folder by the way `cd` took; nothing: as the kernel knows it.
    pub(super) folder: Option<Rc<str>>,
    pub(super) aliases: Rc<BTreeMap<Rc<str>, Rc<str>>>,
    random: Cell<u32>,
}

impl Shell {
    pub(super) fn new(process: Process, name: Rc<str>) -> Self {
        let mut shell = Self {
            main_pid: process.pid(),
            parent_pid: process.parent(),
            variables: Variables::new(process.environment()),
            applet: name.trim_start_matches('-').rsplit('/').next().unwrap_or_default().into(),
            name,
            speaker: None,
            positional: Rc::new([]),
            functions: Rc::default(),
            options: Options::default(),
            status: 0,
            substituted: None,
            function: None,
            traps: Traps::default(),
            last_background: None,
            jobs: Vec::new(),
            limits: Rc::default(),
            locals: Vec::new(),
            conditions: 0,
            loops: 0,
            sourced: 0,
            line: 1,
            depth: 0,
            option_index: 0,
            option_place: 0,
            folder: None,
            aliases: Rc::default(),
            random: Cell::new(process.pid()),
            process,
        };
        shell.traps.inherit(&shell.process);
        shell
    }

    /// What becomes of a copy of the shell in a child process.
    pub(super) fn enter_subshell(&mut self, process: Process) {
        self.process = process;
        self.traps.forget_handlers(&self.process);
        self.jobs.clear();
        self.loops = 0;
    }

    pub(super) fn next_random(&self) -> u32 {
        self.random.set(self.random.get().wrapping_mul(1_103_515_245).wrapping_add(12_345));
        self.random.get() >> 16 & 0x7fff
    }

    /// Runs a whole text and what follows: the trap on exit, the exit code.
    pub(super) async fn run_text(&mut self, text: &Rc<str>, first_line: u32, tail: Tail) -> ExitCode {
        let flow = self.run_parsed(&parse(text, first_line), tail).await;
        self.finish(flow).await
    }

    /// What ends a shell: its trap on exit; then the status.
    pub(super) async fn finish(&mut self, _: Done) -> ExitCode {
        if let Some(action) = self.traps.take_exit() {
            let status = self.status;
            self.conditions = 0;
            let script = parse(&action, self.line);
            let flow = Box::pin(self.run_parsed(&script, Tail::No)).await;
            if flow != Err(Flow::Exit) {
                self.status = status;
            }
        }
        ExitCode(self.status)
    }

    /// Runs the lines of a text; one that is wrong ends it with a message and status 2.
    pub(super) async fn run_parsed(&mut self, script: &Script, tail: Tail) -> Done {
        let tail = if script.error.is_some() { Tail::No } else { tail };
        self.run_items(&script.items, tail).await?;
        if let Some(error) = &script.error {
            self.line = error.line;
            return Box::pin(self.fatal_with(2, &format!("syntax error: {}", error.message))).await;
        }
        Ok(())
    }

    pub(super) fn run_script<'a>(&'a mut self, script: &'a Script) -> Step<'a> {
        Box::pin(self.run_items(&script.items, Tail::No))
    }

    async fn run_items(&mut self, items: &[Item], tail: Tail) -> Done {
        for (index, item) in items.iter().enumerate() {
            if self.options.no_execution {
                return Ok(());
            }
            let last = tail == Tail::Last && index + 1 == items.len() && !item.background;
            if item.background {
                self.run_in_background(item).await?;
            } else {
                self.run_and_or(&item.list, if last { Tail::Last } else { Tail::No }).await?;
            }
            self.run_traps().await?;
        }
        Ok(())
    }

    async fn run_in_background(&mut self, item: &Item) -> Done {
        let (mut inner, list) = (self.clone(), item.list.clone());
        let forked = self.process.fork(|child| {
            let _ = child.set_disposition(Signal::INT, Disposition::Ignore);
            let _ = child.set_disposition(Signal::QUIT, Disposition::Ignore);
            let _ = child.set_descriptor(0, Some(Rc::new(Description::Null)));
            async move {
                inner.enter_subshell(child);
                let flow = inner.run_and_or(&list, Tail::Last).await;
                inner.finish(flow).await
            }
        });
        let Ok(child) = forked else { return self.cannot_fork().await };
        self.last_background = Some(child.pid());
        self.add_job(child);
        self.status = 0;
        Ok(())
    }

    pub(super) async fn run_and_or(&mut self, list: &AndOr, tail: Tail) -> Done {
        let only = |alone: bool| if alone { tail } else { Tail::No };
        self.run_pipeline(&list.first, !list.rest.is_empty(), only(list.rest.is_empty())).await?;
        for (index, (connector, pipeline)) in list.rest.iter().enumerate() {
            self.run_traps().await?;
            if (*connector == Connector::And) == (self.status == 0) {
                let last = index + 1 == list.rest.len();
                self.run_pipeline(pipeline, !last, only(last)).await?;
            }
        }
        Ok(())
    }

    async fn run_pipeline(&mut self, pipeline: &Pipeline, tested: bool, tail: Tail) -> Done {
        let excused = tested || pipeline.negated;
        self.conditions += u32::from(excused);
        let result = match pipeline.commands.as_slice() {
            [command] => self.run_command(command, if pipeline.negated { Tail::No } else { tail }).await,
            commands => Box::pin(self.run_piped(commands)).await,
        };
        self.conditions -= u32::from(excused);
        result?;
        if pipeline.negated {
            self.status = u8::from(self.status == 0);
        }
        if !excused && self.status != 0 && self.options.exit_on_error && self.conditions == 0 {
            // A compound command's own commands have been looked at one by one.
            let simple = !matches!(&*pipeline.commands[0], Command::Compound(compound, _) if !matches!(compound, Compound::Subshell(_)));
            if simple || pipeline.commands.len() > 1 {
                return Err(Flow::Exit);
            }
        }
        Ok(())
    }

    async fn run_piped(&mut self, commands: &[Rc<Command>]) -> Done {
        let mut children = Vec::with_capacity(commands.len());
        let mut input: Option<Rc<Description>> = None;
        for (index, command) in commands.iter().enumerate() {
            let (mut inner, command) = (self.clone(), command.clone());
            let (next, output) = if index + 1 < commands.len() {
                let (reader, writer) = self.process.pipe();
                (Some(reader), Some(writer))
            } else {
                (None, None)
            };
            let own_input = std::mem::replace(&mut input, next);
            let forked = self.process.fork(|child| {
                if own_input.is_some() {
                    let _ = child.set_descriptor(0, own_input);
                }
                if output.is_some() {
                    let _ = child.set_descriptor(1, output);
                }
                async move {
                    inner.enter_subshell(child);
                    let flow = inner.run_command(&command, Tail::Last).await;
                    inner.finish(flow).await
                }
            });
            let Ok(child) = forked else { return self.cannot_fork().await };
            children.push(child);
        }
        drop(input);
        let mut worst = 0;
        for child in &children {
            self.status = self.wait_for(child).await;
            worst = if self.status == 0 { worst } else { self.status };
        }
        if self.options.pipefail {
            self.status = worst;
        }
        Ok(())
    }

    /// Waits for a child in the foreground. Traps wait until it has ended, as in every shell.
    pub(super) async fn wait_for(&mut self, child: &Process) -> u8 {
        let status = self.process.wait(child).await;
        self.notice_ended_jobs();
        if let ExitStatus::Killed(signal) = status
            && let Some(text) = death_notice(signal)
        {
            self.process.complain(format!("{text}\n")).await;
        }
        status.code()
    }

    pub(super) fn run_command<'a>(&'a mut self, command: &'a Command, tail: Tail) -> Step<'a> {
        if self.depth >= DEEPEST {
            return Box::pin(self.fatal("maximum recursion depth exceeded"));
        }
        self.depth += 1;
        match command {
            // Apart from the others, which need much more room.
            Command::Simple(simple) => Box::pin(async move {
                let result = self.run_simple(simple, tail).await;
                self.depth -= 1;
                result
            }),
            other => Box::pin(async move {
                let result = self.run_not_simple(other, tail).await;
                self.depth -= 1;
                result
            }),
        }
    }

    async fn run_not_simple(&mut self, command: &Command, tail: Tail) -> Done {
        match command {
            Command::Simple(simple) => self.run_simple(simple, tail).await,
            Command::Compound(compound, redirections) if redirections.is_empty() => {
                self.run_compound(compound, tail).await
            }
            Command::Compound(compound, redirections) => self.run_redirected(compound, redirections).await,
            Command::Function(name, body) => {
                Rc::make_mut(&mut self.functions).insert(name.clone(), body.clone());
                self.status = 0;
                Ok(())
            }
        }
    }

    async fn run_redirected(&mut self, compound: &Compound, redirections: &[Redirection]) -> Done {
        let Some(opened) = self.open_redirections(redirections).await? else { return Ok(()) };
        let saved = self.redirect(opened);
        let result = self.run_compound(compound, Tail::No).await;
        self.put_back(saved);
        result
    }

    async fn run_compound(&mut self, compound: &Compound, tail: Tail) -> Done {
        match compound {
            Compound::Group(body) => self.run_items(&body.items, tail).await,
            Compound::Subshell(body) => {
                let (mut inner, body) = (self.clone(), body.clone());
                let forked = self.process.fork(|child| async move { inner.run_forked(child, body).await });
                let Ok(child) = forked else { return self.cannot_fork().await };
                self.status = self.wait_for(&child).await;
                Ok(())
            }
            Compound::If(branches, otherwise) => {
                for (condition, body) in branches {
                    if self.holds(condition).await? {
                        return self.run_items(&body.items, tail).await;
                    }
                }
                self.status = 0;
                match otherwise {
                    Some(body) => self.run_items(&body.items, tail).await,
                    None => Ok(()),
                }
            }
            Compound::Loop(kind, condition, body) => self.run_loop(*kind, condition, body).await,
            Compound::For(name, words, body) => self.run_for(name, words.as_deref(), body).await,
            Compound::Case(subject, arms) => self.run_case(subject, arms, tail).await,
        }
    }

    async fn holds(&mut self, condition: &Script) -> Result<bool, Flow> {
        self.conditions += 1;
        let result = self.run_items(&condition.items, Tail::No).await;
        self.conditions -= 1;
        result?;
        Ok(self.status == 0)
    }

    async fn run_loop(&mut self, kind: LoopKind, condition: &Script, body: &Script) -> Done {
        let mut status = 0;
        loop {
            self.process.work(1).await;
            self.loops += 1;
            let holds = self.holds(condition).await;
            self.loops -= 1;
            match holds {
                Ok(holds) if holds == (kind == LoopKind::While) => {}
                Ok(_) => break,
                Err(flow) => match leave_loop(Err(flow))? {
                    Next::Round => continue,
                    Next::Nothing => break,
                },
            }
            self.loops += 1;
            let result = self.run_items(&body.items, Tail::No).await;
            self.loops -= 1;
            status = self.status;
            if leave_loop(result)? == Next::Nothing {
                break;
            }
        }
        self.status = status;
        Ok(())
    }

    async fn run_for(&mut self, name: &Rc<str>, words: Option<&[Word]>, body: &Script) -> Done {
        let values = match words {
            Some(words) => self.expand_words(words).await?,
            None => self.positional.to_vec(),
        };
        self.status = 0;
        for value in values {
            self.process.work(1).await;
            self.assign(name, value).await?;
            self.loops += 1;
            let result = self.run_items(&body.items, Tail::No).await;
            self.loops -= 1;
            if leave_loop(result)? == Next::Nothing {
                break;
            }
        }
        Ok(())
    }

    async fn run_case(&mut self, subject: &Word, arms: &[(Vec<Word>, Script)], tail: Tail) -> Done {
        let subject = self.expand_text(subject).await?;
        self.status = 0;
        for (patterns, body) in arms {
            for word in patterns {
                let wanted = self.expand_pattern(word).await?;
                if pattern::matches(&wanted, &subject) {
                    return self.run_items(&body.items, tail).await;
                }
            }
        }
        Ok(())
    }

    /// Sets a variable; one that is read-only ends the shell.
    pub(super) async fn assign(&mut self, name: &Rc<str>, value: Rc<str>) -> Done {
        if !parser::is_name(name) {
            return self.fatal(&format!("{name}: bad variable name")).await;
        }
        if self.variables.set(name, value).is_err() {
            return self.fatal(&format!("{name}: is read only")).await;
        }
        if self.options.export_all {
            self.variables.export(name);
        }
        Ok(())
    }

    /// An error message as busybox prints it.
    pub(super) async fn complain(&self, message: &str) {
        let speaker = match &self.speaker {
            None => String::new(),
            Some(speaker) if *speaker == self.name => format!("line {}: ", self.line),
            Some(speaker) => format!("{speaker}: line {}: ", self.line),
        };
        self.process.complain(format!("{}: {speaker}{message}\n", self.name)).await;
    }

    /// An error that ends a shell that is not interactive; status 2.
    pub(super) async fn fatal<T>(&mut self, message: &str) -> Result<T, Flow> {
        self.fatal_with(2, message).await
    }

    pub(super) async fn fatal_with<T>(&mut self, status: u8, message: &str) -> Result<T, Flow> {
        self.complain(message).await;
        self.status = status;
        Err(Flow::Exit)
    }

    pub(super) async fn cannot_fork<T>(&mut self) -> Result<T, Flow> {
        self.fatal("can't fork: Resource temporarily unavailable").await
    }
}

#[derive(PartialEq, Eq)]
enum Next {
    Round,
    Nothing,
}

fn leave_loop(result: Done) -> Result<Next, Flow> {
    match result {
        Ok(()) | Err(Flow::Continue(0 | 1)) => Ok(Next::Round),
        Err(Flow::Break(0 | 1)) => Ok(Next::Nothing),
        Err(Flow::Break(count)) => Err(Flow::Break(count - 1)),
        Err(Flow::Continue(count)) => Err(Flow::Continue(count - 1)),
        Err(flow) => Err(flow),
    }
}

/// What a shell prints when a child in the foreground was killed.
pub(super) fn death_notice(signal: Signal) -> Option<String> {
    Some(match signal {
        Signal::INT | Signal::PIPE => return None,
        Signal::HUP => "Hangup".into(),
        Signal::QUIT => "Quit".into(),
        Signal::KILL => "Killed".into(),
        Signal::USR1 => "User defined signal 1".into(),
        Signal::USR2 => "User defined signal 2".into(),
        Signal::ALRM => "Alarm clock".into(),
        Signal::TERM => "Terminated".into(),
        _ => match signal.number() {
            4 => "Illegal instruction".into(),
            5 => "Trace/breakpoint trap".into(),
            6 => "Aborted".into(),
            7 => "Bus error".into(),
            8 => "Floating point exception".into(),
            11 => "Segmentation fault".into(),
            16 => "Stack fault".into(),
            24 => "CPU time limit exceeded".into(),
            25 => "File size limit exceeded".into(),
            26 => "Virtual timer expired".into(),
            27 => "Profiling timer expired".into(),
            29 => "I/O possible".into(),
            30 => "Power failure".into(),
            31 => "Bad system call".into(),
            number => format!("Unknown signal {number}"),
        },
    })
}
