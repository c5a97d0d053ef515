//! One logical line to one instruction. An error is Docker's text, without the line number.

use super::lines::{Heredoc, Line, heredoc_opening};
use super::model::*;
use super::{flags, words};
use crate::text::{FileId, Span, Spanned};

/// What a line turned out to be.
pub enum Read {
    /// A new stage.
    From(Box<Stage>),
    /// An instruction of the stage before it.
    Instruction(Instruction),
}

/// Reads a logical line.
pub fn read(line: &Line, escape: char, file: FileId) -> Result<Read, String> {
    let end = line.text.find(char::is_whitespace).unwrap_or(line.text.len());
    let (keyword, rest) = (line.text[..end].to_ascii_uppercase(), line.text[end..].trim());
    if keyword == "FROM" {
        return from(line, file).map(|stage| Read::From(Box::new(stage)));
    }
    if rest.is_empty()
        && known(&keyword)
        && line.heredocs.is_empty()
        && !matches!(keyword.as_str(), "CMD" | "ENTRYPOINT")
    {
        return Err(format!(
            "{keyword} requires {} argument",
            if takes_one(&keyword) { "exactly one" } else { "at least one" }
        ));
    }
    instruction(&keyword, rest, line, escape).map(Read::Instruction)
}

const KEYWORDS: [&str; 17] = [
    "RUN",
    "COPY",
    "ADD",
    "ENV",
    "ARG",
    "LABEL",
    "WORKDIR",
    "VOLUME",
    "EXPOSE",
    "USER",
    "STOPSIGNAL",
    "SHELL",
    "CMD",
    "ENTRYPOINT",
    "HEALTHCHECK",
    "ONBUILD",
    "MAINTAINER",
];

fn known(keyword: &str) -> bool {
    KEYWORDS.contains(&keyword)
}

fn takes_one(keyword: &str) -> bool {
    matches!(keyword, "WORKDIR" | "USER" | "STOPSIGNAL" | "MAINTAINER")
}

fn instruction(keyword: &str, rest: &str, line: &Line, escape: char) -> Result<Instruction, String> {
    Ok(match keyword {
        "RUN" => Instruction::Run(run(rest, &line.heredocs)),
        "COPY" => Instruction::Copy(copy(keyword, rest, &line.heredocs)?),
        "ADD" => Instruction::Add(copy(keyword, rest, &line.heredocs)?),
        "ENV" => Instruction::Env(words::pairs("ENV", rest, escape)?),
        "LABEL" => Instruction::Label(words::pairs("LABEL", rest, escape)?),
        "ARG" => Instruction::Arg(words::split(rest, escape).into_iter().map(|(_, word)| argument(word)).collect()),
        "WORKDIR" => Instruction::Workdir(rest.to_string()),
        "VOLUME" => Instruction::Volume(list_or_words(rest, escape)),
        "EXPOSE" => Instruction::Expose(list_or_words(rest, escape)),
        "USER" => Instruction::User(rest.to_string()),
        "STOPSIGNAL" => Instruction::StopSignal(rest.to_string()),
        "SHELL" => Instruction::Shell(
            words::json_list(rest).ok_or_else(|| "SHELL requires the arguments to be in JSON form".to_string())?,
        ),
        "CMD" => Instruction::Cmd(command(rest)),
        "ENTRYPOINT" => Instruction::Entrypoint(command(rest)),
        "HEALTHCHECK" => Instruction::Healthcheck(healthcheck(rest)?),
        "ONBUILD" => Instruction::OnBuild(rest.to_string()),
        "MAINTAINER" => Instruction::Maintainer(rest.to_string()),
        _ => return Err(format!("unknown instruction: {keyword}")),
    })
}

fn from(line: &Line, file: FileId) -> Result<Stage, String> {
    let words = words::split(&line.text, '\\');
    let platform = words.iter().find_map(|(_, word)| word.strip_prefix("--platform=")).map(str::to_string);
    let operands: Vec<_> = words.iter().skip(1).filter(|(_, word)| !word.starts_with("--")).collect();
    let spanned = |(at, word): (usize, &str)| {
        Spanned::new(word.to_string(), Span { file, range: line.place(at, at + word.len()) })
    };
    let name = match operands.as_slice() {
        [_] => None,
        [_, (_, word), name] if word.eq_ignore_ascii_case("as") => Some(spanned(**name)),
        _ => return Err("FROM requires either one or three arguments".to_string()),
    };
    let name = name.map(|name| Spanned::new(name.value.to_ascii_lowercase(), name.span));
    Ok(Stage { base: spanned(*operands[0]), name, platform, instructions: Vec::new() })
}

fn command(rest: &str) -> CommandForm {
    match words::json_list(rest) {
        Some(list) => CommandForm::Exec(list),
        None => CommandForm::Shell(rest.to_string()),
    }
}

/// `RUN` with a here-document: alone it is the script; otherwise the line is fed by it, as in a shell.
fn run(rest: &str, heredocs: &[Heredoc]) -> CommandForm {
    let rest = flags::take(rest).rest;
    match heredocs {
        [] => command(rest),
        [only] if heredoc_opening(rest).is_some() => CommandForm::Shell(only.content.clone()),
        several => {
            let documents = several.iter().map(|heredoc| format!("{}{}\n", heredoc.content, heredoc.name));
            CommandForm::Shell(format!("{rest}\n{}", documents.collect::<String>()))
        }
    }
}

fn copy(keyword: &str, rest: &str, heredocs: &[Heredoc]) -> Result<CopyFiles, String> {
    let flags = flags::take(rest);
    let known = ["from", "chown", "chmod", "link", "parents", "exclude", "checksum", "keep-git-dir", "unpack"];
    flags.only(&known)?;
    let list = words::json_list(flags.rest)
        .unwrap_or_else(|| words::split(flags.rest, '\\').into_iter().map(|(_, word)| word.to_string()).collect());
    let Some((destination, sources)) = list.split_last().filter(|(_, sources)| !sources.is_empty()) else {
        return Err(format!(
            "{keyword} requires at least two arguments, but only one was provided. Destination could not be determined."
        ));
    };
    let mut documents = heredocs.iter();
    let source = |word: &String| match heredoc_opening(word).and_then(|_| documents.next()) {
        Some(heredoc) => {
            CopySource::Heredoc { name: heredoc.name.clone(), content: heredoc.content.clone(), expand: heredoc.expand }
        }
        None => CopySource::Path(word.clone()),
    };
    Ok(CopyFiles {
        sources: sources.iter().map(source).collect(),
        destination: destination.clone(),
        from: flags.get("from"),
        chown: flags.get("chown"),
        chmod: flags.get("chmod"),
    })
}

fn argument(word: &str) -> Argument {
    match word.split_once('=') {
        Some((name, default)) => Argument { name: name.to_string(), default: Some(default.to_string()) },
        None => Argument { name: word.to_string(), default: None },
    }
}

fn list_or_words(rest: &str, escape: char) -> Vec<String> {
    words::json_list(rest)
        .unwrap_or_else(|| words::split(rest, escape).into_iter().map(|(_, word)| word.to_string()).collect())
}

fn healthcheck(rest: &str) -> Result<HealthCheck, String> {
    let flags = flags::take(rest);
    flags.only(&["interval", "timeout", "start-period", "start-interval", "retries"])?;
    let (kind, command_text) = flags.rest.split_once(char::is_whitespace).unwrap_or((flags.rest, ""));
    let test = match kind.to_ascii_uppercase().as_str() {
        "NONE" if command_text.trim().is_empty() && flags.values.is_empty() => vec!["NONE".to_string()],
        "NONE" => return Err("HEALTHCHECK NONE takes no arguments".to_string()),
        "CMD" if command_text.trim().is_empty() => return Err("Missing command after HEALTHCHECK CMD".to_string()),
        "CMD" => match command(command_text.trim()) {
            CommandForm::Shell(text) => vec!["CMD-SHELL".to_string(), text],
            CommandForm::Exec(list) => std::iter::once("CMD".to_string()).chain(list).collect(),
        },
        _ => return Err(format!("Unknown type {:?} in HEALTHCHECK (try CMD)", kind.to_ascii_uppercase())),
    };
    let retries = match flags.get("retries").filter(|text| !text.is_empty()) {
        Some(text) => {
            Some(text.parse::<u64>().map_err(|_| format!("strconv.ParseInt: parsing {text:?}: invalid syntax"))?)
        }
        None => None,
    };
    Ok(HealthCheck {
        test,
        interval: flags.duration("interval")?,
        timeout: flags.duration("timeout")?,
        start_period: flags.duration("start-period")?,
        start_interval: flags.duration("start-interval")?,
        retries,
    })
}
