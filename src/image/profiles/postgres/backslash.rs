//! The backslash commands of `psql` but the lists, which are in [`super::lists`].

use super::client::Target;
use super::lists;
use super::print::{Format, Style};
use super::psql::{Flow, Psql, Source, run_source};
use super::script::substituted;

/// Most files that are read within each other.
const MOST_DEPTH: usize = 20;

/// Runs one command; `before` is the statement it stands behind.
pub async fn run(psql: &mut Psql, line: &str, before: &str) -> Flow {
    let line = substituted(line.trim_start_matches('\\'), &psql.variables);
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
    let words: Vec<String> = words(rest);
    if !before.is_empty() && !matches!(name, "g" | "gx") {
        return refuse(psql, &format!("the simulation's psql does not know \\{name} after a statement")).await;
    }
    match name {
        "q" | "quit" => Flow::Ends,
        "g" | "gx" => {
            let outer = psql.style.expanded;
            psql.style.expanded |= name == "gx";
            let flow = psql.send(before, None).await;
            psql.style.expanded = outer;
            flow
        }
        "i" | "include" | "ir" => include(psql, &words).await,
        "c" | "connect" => reconnect(psql, &words).await,
        "copy" => copy(psql, rest).await,
        "set" => {
            let value = words[1.min(words.len())..].concat();
            if let Some(name) = words.first() {
                psql.variables.insert(name.clone(), value);
            }
            Flow::Goes
        }
        "unset" => {
            words.first().map(|name| psql.variables.remove(name));
            Flow::Goes
        }
        "echo" | "qecho" => {
            let text = words.join(" ");
            psql.process.print(format!("{text}\n")).await;
            Flow::Goes
        }
        "warn" => {
            psql.process.complain(format!("{}\n", words.join(" "))).await;
            Flow::Goes
        }
        "x" | "t" | "a" | "pset" | "timing" | "f" => switch(psql, name, &words).await,
        // What pg_dump writes around a script, so that it can do nothing beside SQL.
        "restrict" | "unrestrict" => Flow::Goes,
        "conninfo" => {
            let text = connection(&psql.target);
            psql.process.print(text).await;
            Flow::Goes
        }
        "encoding" if words.is_empty() => {
            psql.process.print("UTF8\n").await;
            Flow::Goes
        }
        _ => lists::run(psql, name, words.first().map(String::as_str)).await,
    }
}

/// Says that something failed.
pub async fn refuse(psql: &Psql, text: &str) -> Flow {
    psql.process.complain(format!("{text}\n")).await;
    Flow::Fails
}

/// The words of a command's line, without quotes.
fn words(rest: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = rest.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, length) = match first {
            '\'' | '"' => {
                let end = rest[1..].find(first).map_or(rest.len(), |end| end + 1);
                (rest[1..end].to_string(), (end + 1).min(rest.len()))
            }
            _ => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (rest[..end].trim_end_matches(';').to_string(), end)
            }
        };
        words.push(word);
        rest = rest[length..].trim_start();
    }
    words
}

async fn include(psql: &mut Psql, words: &[String]) -> Flow {
    let Some(path) = words.first() else { return refuse(psql, "\\i: missing required argument").await };
    if psql.depth >= MOST_DEPTH {
        return refuse(
            psql,
            &format!("{path}: the simulation's psql reads at most {MOST_DEPTH} files within each other"),
        )
        .await;
    }
    let text = match psql.process.read_file(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => return refuse(psql, &format!("{path}: {error}")).await,
    };
    psql.depth += 1;
    let code = Box::pin(run_source(psql, Source::File(path, &text))).await;
    psql.depth -= 1;
    if code.is_success() { Flow::Goes } else { Flow::Fails }
}

async fn reconnect(psql: &mut Psql, words: &[String]) -> Flow {
    let word = |at: usize| words.get(at).filter(|word| *word != "-").cloned();
    let target = Target {
        database: word(0).unwrap_or_else(|| psql.target.database.clone()),
        user: word(1).unwrap_or_else(|| psql.target.user.clone()),
        ..psql.target.clone()
    };
    match super::client::connect(&psql.process, &target).await {
        Ok(session) => {
            (psql.session, psql.target) = (session, target);
            if !psql.quiet {
                let Target { database, user, .. } = &psql.target;
                let text = format!("You are now connected to database \"{database}\" as user \"{user}\".\n");
                psql.process.print(text).await;
            }
            Flow::Goes
        }
        Err(refusal) => {
            let text = format!("\\connect: {}", refusal.text().trim_end());
            // A script does not go on in the wrong database.
            refuse(psql, &text).await;
            Flow::Lost
        }
    }
}

/// `\copy table from 'file'`, `\copy table to 'file'`: COPY with the client's files.
async fn copy(psql: &mut Psql, rest: &str) -> Flow {
    let lower = rest.to_lowercase();
    let (at, is_out) = match (lower.rfind(" to "), lower.rfind(" from ")) {
        (Some(at), from) if from.is_none_or(|from| from < at) => (at + 4, true),
        (_, Some(at)) => (at + 6, false),
        _ => return refuse(psql, "\\copy: parse error at end of line").await,
    };
    let after = rest[at..].trim_start();
    let path = words(after).first().cloned().unwrap_or_default();
    let quotes = 2 * usize::from(after.starts_with('\''));
    let options = after[(path.len() + quotes).min(after.len())..].trim_end_matches(';');
    let is_stream = matches!(path.to_lowercase().as_str(), "stdin" | "stdout" | "pstdin" | "pstdout");
    let sql = format!("COPY {}{}{options}", &rest[..at], if is_out { "STDOUT" } else { "STDIN" });
    let mut reply = psql.session.send(&sql).await;
    if reply.error.is_none() && !is_out {
        let bytes = match is_stream {
            true => psql.process.read_to_end(0).await.map_err(|error| error.to_string()),
            false => psql.process.read_file(&path).map(|bytes| bytes.to_vec()).map_err(|error| error.to_string()),
        };
        match bytes {
            Ok(bytes) => reply = psql.session.send_lines(&String::from_utf8_lossy(&bytes)).await,
            Err(error) => return refuse(psql, &format!("{path}: {error}")).await,
        }
    }
    if let Some(error) = reply.error {
        return refuse(psql, &error).await;
    }
    for answer in &reply.answers {
        let lines = answer.lines.clone().unwrap_or_default();
        if is_stream && is_out {
            psql.process.print(lines).await;
            continue;
        }
        if is_out && let Err(error) = psql.process.write_file(&path, lines.as_bytes()).await {
            return refuse(psql, &format!("{path}: {error}")).await;
        }
        if !psql.quiet {
            psql.process.print(format!("{}\n", answer.tag)).await;
        }
    }
    Flow::Goes
}

/// Sets a part of the style; whether it is known.
pub fn set_style(style: &mut Style, name: &str, value: &str) -> bool {
    let is_on = !matches!(value, "off" | "false" | "0");
    match name {
        "format" => {
            style.format = match value {
                "unaligned" => Format::Unaligned,
                "csv" => Format::Csv,
                "aligned" => Format::Aligned,
                _ => return false,
            }
        }
        "null" => style.null = value.to_string(),
        "fieldsep" => style.separator = value.to_string(),
        "recordsep" => style.record_separator = value.to_string(),
        "footer" => style.footer = is_on,
        "tuples_only" | "t" => style.tuples_only = is_on,
        "expanded" | "x" => style.expanded = is_on,
        "pager" => {}
        _ => return false,
    }
    true
}

async fn switch(psql: &mut Psql, name: &str, words: &[String]) -> Flow {
    let given = words.first().map(|word| !matches!(word.as_str(), "off" | "false" | "0"));
    let on = |value: bool| if value { "on" } else { "off" };
    let text = match name {
        "x" => {
            psql.style.expanded = given.unwrap_or(!psql.style.expanded);
            format!("Expanded display is {}.\n", on(psql.style.expanded))
        }
        "t" => {
            psql.style.tuples_only = given.unwrap_or(!psql.style.tuples_only);
            format!("Tuples only is {}.\n", on(psql.style.tuples_only))
        }
        "a" => {
            let is_aligned = psql.style.format == Format::Aligned;
            psql.style.format = if is_aligned { Format::Unaligned } else { Format::Aligned };
            format!("Output format is {}.\n", if is_aligned { "unaligned" } else { "aligned" })
        }
        "f" => {
            psql.style.separator = words.first().cloned().unwrap_or_else(|| "|".to_string());
            format!("Field separator is \"{}\".\n", psql.style.separator)
        }
        "timing" => {
            return refuse(psql, "the simulation's psql does not know \\timing: its times would mean nothing").await;
        }
        _ => {
            let (name, value) = (words.first().cloned().unwrap_or_default(), words.get(1).cloned().unwrap_or_default());
            if !set_style(&mut psql.style, &name, &value) {
                return refuse(psql, &format!("the simulation's psql does not know \\pset {name} {value}")).await;
            }
            match name.as_str() {
                "null" => format!("Null display is \"{value}\".\n"),
                "format" => format!("Output format is {value}.\n"),
                "fieldsep" => format!("Field separator is \"{value}\".\n"),
                "footer" => format!("Default footer is {}.\n", on(psql.style.footer)),
                "tuples_only" | "t" => format!("Tuples only is {}.\n", on(psql.style.tuples_only)),
                "expanded" | "x" => format!("Expanded display is {}.\n", on(psql.style.expanded)),
                _ => String::new(),
            }
        }
    };
    if !psql.quiet {
        psql.process.print(text).await;
    }
    Flow::Goes
}

fn connection(target: &Target) -> String {
    let Target { database, user, port, .. } = target;
    let place = match &target.host {
        Some(host) => format!("on host \"{host}\""),
        None => "via socket in \"/var/run/postgresql\"".to_string(),
    };
    format!("You are connected to database \"{database}\" as user \"{user}\" {place} at port \"{port}\".\n")
}
