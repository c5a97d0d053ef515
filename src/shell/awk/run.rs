//! An awk program as it runs: its variables, its input, its statements.

use super::Call;
use super::fields::{Record, Separator};
use super::streams::{Reader, RecordEnd, Writer};
use super::syntax::{Block, Pattern, Program, Statement};
use super::value::{Array, Value};
use crate::kernel::{ExitCode, Opening, Process};
use crate::shell::parser::is_name;
use crate::shell::regex::Regex;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// How deeply functions may be nested while they run.
pub(super) const DEEPEST: usize = 80;

/// How many bytes of output are kept back, as by C's library.
const BUFFER: usize = 4096;

/// Why statements stop before their end.
pub(super) enum Stop {
    Break,
    Continue,
    Next,
    Exit,
    Return(Value),
    /// What is wrong, in busybox's words.
    Error(String),
}

pub(super) type Done<T> = Result<T, Stop>;
pub(super) type Step<'a, T> = Pin<Box<dyn Future<Output = Done<T>> + 'a>>;

/// What a name stands for.
#[derive(Clone, Default)]
pub(super) enum Slot {
    #[default]
    Unset,
    Scalar(Value),
    Array(Rc<RefCell<Array>>),
}

pub(super) struct Awk {
    pub(super) process: Process,
    pub(super) program: Rc<Program>,
    pub(super) globals: BTreeMap<Rc<str>, Slot>,
    /// The parameters of the functions that are running.
    pub(super) frames: Vec<BTreeMap<Rc<str>, Slot>>,
    pub(super) record: Record,
    pub(super) readers: BTreeMap<Rc<str>, Reader>,
    pub(super) writers: BTreeMap<Rc<str>, Writer>,
    pub(super) regexes: BTreeMap<Rc<str>, Rc<Regex>>,
    pub(super) seed: u64,
    pub(super) random: u64,
    out: Vec<u8>,
    input: Option<Reader>,
    /// The next operand, and whether one of them was a file.
    next_operand: usize,
    has_read_file: bool,
    call: Call,
    code: u8,
    /// The rules with a range that has begun.
    open_ranges: Vec<usize>,
}

impl Awk {
    pub(super) fn new(process: Process, program: Rc<Program>, call: Call) -> Self {
        let mut awk = Self {
            process,
            program,
            globals: BTreeMap::new(),
            frames: Vec::new(),
            record: Record::default(),
            readers: BTreeMap::new(),
            writers: BTreeMap::new(),
            regexes: BTreeMap::new(),
            seed: 1,
            random: 1,
            out: Vec::new(),
            input: None,
            next_operand: 1,
            has_read_file: false,
            call,
            code: 0,
            open_ranges: Vec::new(),
        };
        awk.record.set("".into());
        awk.set_first_values();
        awk
    }

    fn set_first_values(&mut self) {
        for (name, value) in [
            ("FS", " "),
            ("OFS", " "),
            ("ORS", "\n"),
            ("RS", "\n"),
            ("SUBSEP", "\x1c"),
            ("CONVFMT", "%.6g"),
            ("OFMT", "%.6g"),
        ] {
            self.globals.insert(name.into(), Slot::Scalar(Value::Text(value.into())));
        }
        let mut environment = Array::default();
        for (name, value) in self.process.environment().iter() {
            environment.set(name, Value::Input(value.clone()));
        }
        self.globals.insert("ENVIRON".into(), Slot::Array(Rc::new(RefCell::new(environment))));
        let mut arguments = Array::default();
        arguments.set(&"0".into(), Value::Input("awk".into()));
        for (index, operand) in self.call.operands.iter().enumerate() {
            arguments.set(&(index + 1).to_string().into(), Value::Input(operand.clone()));
        }
        self.globals.insert("ARGV".into(), Slot::Array(Rc::new(RefCell::new(arguments))));
        self.set_number("ARGC", (self.call.operands.len() + 1) as f64);
        if let Some(separator) = self.call.separator.clone() {
            let separator = super::lexer::unescape(&separator);
            let separator = if separator == "t" { "\t".to_owned() } else { separator };
            self.globals.insert("FS".into(), Slot::Scalar(Value::Text(separator.into())));
        }
        for assignment in std::mem::take(&mut self.call.assignments) {
            self.assign_operand(&assignment);
        }
    }

    /// `name=value` among the operands; whether it was that.
    fn assign_operand(&mut self, operand: &str) -> bool {
        let Some((name, value)) = operand.split_once('=').filter(|(name, _)| is_name(name)) else { return false };
        let value = Value::Input(super::lexer::unescape(value).into());
        self.globals.insert(name.into(), Slot::Scalar(value));
        true
    }

    pub(super) async fn run(mut self) -> ExitCode {
        let result = self.phases().await;
        let mut code = ExitCode(self.code);
        if let Err(Stop::Error(message)) = result {
            self.flush().await;
            self.process.complain(format!("awk: {message}\n")).await;
            code = ExitCode::FAILURE;
        }
        self.flush().await;
        for (_, writer) in std::mem::take(&mut self.writers) {
            if let Some(child) = writer.child() {
                self.process.wait(&child).await;
            }
        }
        code
    }

    async fn phases(&mut self) -> Done<()> {
        let program = self.program.clone();
        let mut result = self.blocks(&program.begin).await;
        if result.is_ok() && (!program.rules.is_empty() || !program.end.is_empty()) {
            result = self.records(&program).await;
        }
        match result {
            Ok(()) | Err(Stop::Exit) => {}
            Err(stop) => return Err(stop),
        }
        match self.blocks(&program.end).await {
            Err(Stop::Error(message)) => Err(Stop::Error(message)),
            _ => Ok(()),
        }
    }

    async fn blocks(&mut self, blocks: &[Block]) -> Done<()> {
        for block in blocks {
            match self.block(block).await {
                Ok(()) | Err(Stop::Next | Stop::Break | Stop::Continue | Stop::Return(_)) => {}
                Err(stop) => return Err(stop),
            }
        }
        Ok(())
    }

    async fn records(&mut self, program: &Program) -> Done<()> {
        while let Some(text) = self.next_record().await? {
            self.process.work(1).await;
            self.record.set(text);
            for (index, rule) in program.rules.iter().enumerate() {
                if !self.fits(index, &rule.pattern).await? {
                    continue;
                }
                let result = match &rule.action {
                    Some(action) => self.block(action).await,
                    None => self.print_record().await,
                };
                match result {
                    Ok(()) | Err(Stop::Break | Stop::Continue) => {}
                    Err(Stop::Next) => break,
                    Err(stop) => return Err(stop),
                }
            }
        }
        Ok(())
    }

    async fn fits(&mut self, index: usize, pattern: &Pattern) -> Done<bool> {
        Ok(match pattern {
            Pattern::All => true,
            Pattern::If(condition) => self.value(condition).await?.is_true(),
            Pattern::Range(first, last) => {
                let open = self.open_ranges.contains(&index);
                if !open && !self.value(first).await?.is_true() {
                    return Ok(false);
                }
                self.open_ranges.retain(|known| *known != index);
                if !self.value(last).await?.is_true() {
                    self.open_ranges.push(index);
                }
                true
            }
        })
    }

    /// The next record of the files that the operands name, or of standard input.
    pub(super) async fn next_record(&mut self) -> Done<Option<Rc<str>>> {
        loop {
            if self.input.is_none() && !self.open_next_input()? {
                return Ok(None);
            }
            let end = RecordEnd::new(&self.text_of("RS"));
            let Some(input) = &mut self.input else { return Ok(None) };
            if let Some(record) = input.record(&end).await {
                self.set_number("NR", self.number_of("NR") + 1.0);
                self.set_number("FNR", self.number_of("FNR") + 1.0);
                return Ok(Some(record));
            }
            self.input = None;
        }
    }

    fn open_next_input(&mut self) -> Done<bool> {
        while (self.next_operand as f64) < self.number_of("ARGC") {
            let key: Rc<str> = self.next_operand.to_string().into();
            self.next_operand += 1;
            let operand = self.array("ARGV")?.borrow_mut().get(&key).text("%.6g");
            if !operand.is_empty() && !self.assign_operand(&operand) {
                return self.open_input(&operand).map(|()| true);
            }
        }
        if self.has_read_file {
            return Ok(false);
        }
        self.open_input(&"-".into()).map(|()| true)
    }

    fn open_input(&mut self, path: &Rc<str>) -> Done<()> {
        self.has_read_file = true;
        let source = match &**path {
            "-" => self.process.descriptor(0).ok_or_else(|| "read error: Bad file descriptor".to_owned()),
            _ => self.process.open(path, Opening::Read).map_err(|error| format!("{path}: {error}")),
        };
        self.input = Some(Reader::new(source.map_err(Stop::Error)?, None));
        self.set_number("FNR", 0.0);
        let name = if &**path == "-" { "".into() } else { path.clone() };
        self.globals.insert("FILENAME".into(), Slot::Scalar(Value::Text(name)));
        Ok(())
    }

    pub(super) fn block<'a>(&'a mut self, block: &'a Block) -> Step<'a, ()> {
        Box::pin(async move {
            for statement in block {
                self.statement(statement).await?;
            }
            Ok(())
        })
    }

    async fn statement(&mut self, statement: &Statement) -> Done<()> {
        self.process.work(1).await;
        match statement {
            Statement::Expression(expression) => drop(self.value(expression).await?),
            Statement::Print { words, formatted, target } => self.print(words, *formatted, target.as_ref()).await?,
            Statement::If(condition, yes, no) => {
                let branch = if self.value(condition).await?.is_true() { yes } else { no };
                self.block(branch).await?;
            }
            Statement::While(condition, body) => {
                while self.value(condition).await?.is_true() && self.round(body).await? {}
            }
            Statement::DoWhile(body, condition) => {
                while self.round(body).await? && self.value(condition).await?.is_true() {}
            }
            Statement::For { first, condition, step, body } => {
                if let Some(first) = first {
                    Box::pin(self.statement(first)).await?;
                }
                loop {
                    if let Some(condition) = condition
                        && !self.value(condition).await?.is_true()
                    {
                        break;
                    }
                    if !self.round(body).await? {
                        break;
                    }
                    if let Some(step) = step {
                        Box::pin(self.statement(step)).await?;
                    }
                }
            }
            Statement::ForIn { variable, array, body } => {
                let keys = self.array(array)?.borrow().keys();
                for key in keys {
                    self.assign(variable, Value::Input(key)).await?;
                    if !self.round(body).await? {
                        break;
                    }
                }
            }
            Statement::Group(block) => self.block(block).await?,
            other => self.leave(other).await?,
        }
        Ok(())
    }

    async fn leave(&mut self, statement: &Statement) -> Done<()> {
        match statement {
            Statement::Delete(array, None) => self.array(array)?.borrow_mut().clear(),
            Statement::Delete(array, Some(key)) => {
                let key = self.key(key).await?;
                self.array(array)?.borrow_mut().remove(&key);
            }
            Statement::Break => return Err(Stop::Break),
            Statement::Continue => return Err(Stop::Continue),
            Statement::Exit(code) => {
                if let Some(code) = code {
                    self.code = self.value(code).await?.number() as i64 as u8;
                }
                return Err(Stop::Exit);
            }
            Statement::Return(None) => return Err(Stop::Return(Value::Unset)),
            Statement::Return(Some(value)) => return Err(Stop::Return(self.value(value).await?)),
            _ => return Err(Stop::Next),
        }
        Ok(())
    }

    /// One round of a loop; whether there may be another one.
    async fn round(&mut self, body: &Block) -> Done<bool> {
        self.process.work(1).await;
        match self.block(body).await {
            Ok(()) | Err(Stop::Continue) => Ok(true),
            Err(Stop::Break) => Ok(false),
            Err(stop) => Err(stop),
        }
    }

    /// Keeps output back until there is enough of it.
    pub(super) async fn write(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
        if self.out.len() >= BUFFER {
            self.flush().await;
        }
    }

    pub(super) async fn flush(&mut self) {
        if !self.out.is_empty() {
            let out = std::mem::take(&mut self.out);
            self.process.print(out).await;
        }
    }

    pub(super) fn separator(&self) -> Separator {
        Separator::new(&self.text_of("FS"))
    }
}
