//! `COPY` and `ADD`: files from the context, another stage or an image.

use super::Recipe;
use super::unpack::{MemberContent, members};
use crate::dockerfile::{CopyFiles, CopySource, glob_matches};
use crate::image::declared::{mystery, trace};
use crate::image::identity::Identity;
use crate::kernel::Tree;
use crate::kernel::files::{FileKind, Owner, Stat};
use std::rc::Rc;

/// Which instruction copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// `COPY`.
    Copy,
    /// `ADD`, which unpacks archives and takes addresses.
    Add,
}

impl Keyword {
    fn word(self) -> &'static str {
        match self {
            Self::Copy => "COPY",
            Self::Add => "ADD",
        }
    }
}

/// Everything a copy needs to know.
struct Copying<'a> {
    root: &'a Tree,
    source: &'a Tree,
    owner: Owner,
    mode: Option<u32>,
    identity: &'a mut Identity,
}

/// Where `--from` copies from.
pub struct Origin {
    /// The files.
    pub root: Tree,
    /// Whether nobody knows what it holds.
    pub is_unknown: bool,
}

impl Origin {
    /// Whether a file that is not there may be there.
    fn may_hold(&self, path: &str) -> bool {
        let absolute = format!("/{}", path.trim_start_matches("./").trim_start_matches('/'));
        self.is_unknown || trace::is_above(&absolute, &|path| self.root.exists(path))
    }
}

/// Names of folders that builds make, and whether a web server shows what is in them.
const MADE: [(&str, bool); 18] = [
    ("dist", true),
    ("build", true),
    ("public", true),
    ("out", true),
    ("html", true),
    ("www", true),
    ("static", true),
    ("browser", true),
    ("node_modules", false),
    (".next", false),
    ("standalone", false),
    ("publish", false),
    ("vendor", false),
    ("site-packages", false),
    ("wheels", false),
    ("venv", false),
    (".venv", false),
    ("install", false),
];

/// The page that stands for one that a build makes.
const PAGE: &str = "<!doctype html>\n<title>Guessed</title>\n<p>drydock: nobody knows what the build makes; this page is a guess.</p>\n";

/// Copies what `copy` names to `target`, which ends with a slash if it must be a folder. Answers with what is a guess: paths
/// that a stage may hold of which nobody knows what was made in it.
#[expect(clippy::too_many_arguments, reason = "an instruction touches the recipe, the stage and its identity")]
pub fn copy_files(
    keyword: Keyword,
    copy: &CopyFiles,
    from: Option<&Origin>,
    recipe: &Recipe<'_>,
    root: &Tree,
    target: &str,
    expanded: &dyn Fn(&str) -> String,
    identity: &mut Identity,
) -> Result<Vec<String>, String> {
    let owner = match &copy.chown {
        Some(text) => owner_of(root, &expanded(text))?,
        None => Owner::default(),
    };
    let mode = copy.chmod.as_ref().and_then(|text| u32::from_str_radix(expanded(text).trim_start_matches('0'), 8).ok());
    let source = from.map_or(recipe.context, |origin| &origin.root);
    let keeps_owners = copy.chown.is_none();
    let mut copying = Copying { root, source, owner, mode, identity };
    let several = copy.sources.len() > 1;
    let mut guessed = Vec::new();
    for one in &copy.sources {
        match one {
            CopySource::Heredoc { name, content, expand } => {
                let text = if *expand { expanded(content) } else { content.clone() };
                copying.write(&into(target, name, several), text.as_bytes(), 0o644)?;
            }
            CopySource::Path(path) => {
                let path = expanded(path);
                if keyword == Keyword::Add && is_address(&path) {
                    copying.not_fetched(&path, target)?;
                    continue;
                }
                let found = find(source, recipe, from.is_some(), &path);
                if found.is_empty() && from.is_some_and(|origin| origin.may_hold(&path)) {
                    copying.guess(&path, target, several)?;
                    guessed.push(path);
                    continue;
                }
                if found.is_empty() {
                    return Err(missing(keyword.word(), from.is_some(), &path));
                }
                for found in &found {
                    if keyword == Keyword::Add && copying.unpack(found, target, keeps_owners)? {
                        continue;
                    }
                    copying.path(
                        found,
                        target,
                        several || found.len() > 1 && path.contains(['*', '?', '[']),
                        recipe,
                        from.is_some(),
                    )?;
                }
            }
        }
    }
    Ok(guessed)
}

/// Whether `ADD` would fetch it.
pub fn is_address(path: &str) -> bool {
    ["http://", "https://", "git@", "git://"].iter().any(|scheme| path.starts_with(scheme))
}

fn missing(keyword: &str, from_image: bool, path: &str) -> String {
    let what = path.trim_start_matches("./").trim_start_matches('/');
    if path.contains(['*', '?', '[']) {
        return format!("{keyword} failed: no source files were specified");
    }
    match from_image {
        true => format!("{keyword} failed: stat {what}: file does not exist"),
        false => {
            let where_ = "file not found in build context or excluded by .dockerignore";
            format!("{keyword} failed: {where_}: stat {what}: file does not exist")
        }
    }
}

/// Where a single file goes.
fn into(target: &str, name: &str, several: bool) -> String {
    if target.ends_with('/') {
        format!("{target}{name}")
    } else if several {
        format!("{target}/{name}")
    } else {
        target.to_string()
    }
}

/// The absolute paths in `source` that a raw path means.
fn find(source: &Tree, recipe: &Recipe<'_>, from_image: bool, path: &str) -> Vec<Rc<str>> {
    let wanted = path.trim_start_matches("./").trim_matches('/');
    if wanted.is_empty() || wanted == "." {
        return vec!["/".into()];
    }
    if !wanted.contains(['*', '?', '[']) {
        let absolute = format!("/{wanted}");
        let visible = source.exists(&absolute)
            && (from_image || !recipe.ignore.excludes(wanted) || has_visible(source, recipe, wanted));
        return if visible { vec![absolute.into()] } else { Vec::new() };
    }
    let matching = source.walk().into_iter().map(|(path, _)| path);
    let matching = matching.filter(|path| glob_matches(wanted, path.trim_start_matches('/')));
    matching.filter(|path| from_image || !recipe.ignore.excludes(path.trim_start_matches('/'))).collect()
}

/// Whether an exception brings something below an excluded folder back.
fn has_visible(source: &Tree, recipe: &Recipe<'_>, folder: &str) -> bool {
    let prefix = format!("/{folder}/");
    let mut below = source.walk().into_iter().filter(|(path, _)| path.starts_with(&prefix));
    below.any(|(path, stat)| !stat.is_folder() && !recipe.ignore.excludes(path.trim_start_matches('/')))
}

impl Copying<'_> {
    /// What stands for a file or folder that a build made: a program of which only the name is known, or a folder with a
    /// trace; both where it may be either.
    fn guess(&mut self, path: &str, target: &str, several: bool) -> Result<(), String> {
        self.identity.add(path.as_bytes());
        let name = path.trim_end_matches(['/', '.', '*']).rsplit('/').next().unwrap_or(path);
        let plain = target.trim_end_matches('/');
        if let Some((_, is_shown)) = MADE.iter().find(|(made, _)| *made == name) {
            trace::leave(self.root, plain);
            return if *is_shown { self.write(&format!("{plain}/index.html"), PAGE.as_bytes(), 0o644) } else { Ok(()) };
        }
        let goes_into = target.ends_with('/') || several || self.root.stat(plain).is_ok_and(|stat| stat.is_folder());
        if goes_into {
            trace::leave(self.root, plain);
        }
        if !(goes_into && path.contains(['*', '?', '['])) {
            self.root.install(&into(target, name, goes_into), mystery());
        }
        Ok(())
    }

    /// What an address stands for: an empty file, or an empty folder for a repository.
    fn not_fetched(&mut self, address: &str, target: &str) -> Result<(), String> {
        let plain = address.split(['?', '#']).next().unwrap_or(address);
        if plain.ends_with(".git") {
            return self.folder(if target == "/" { target } else { target.trim_end_matches('/') });
        }
        let name = plain.rsplit('/').next().unwrap_or_default();
        self.write(&into(target, name, false), b"", 0o600)
    }

    /// Unpacks an archive below `target`; whether it was one.
    fn unpack(&mut self, path: &str, target: &str, keeps_owners: bool) -> Result<bool, String> {
        let Some(members) = self.source.read(path).ok().and_then(|bytes| members(&bytes)) else { return Ok(false) };
        let folder = target.trim_end_matches('/');
        self.folder(if folder.is_empty() { "/" } else { folder })?;
        let (owner, mode) = (self.owner, self.mode);
        for member in members {
            let to = format!("{folder}/{}", member.path);
            if keeps_owners {
                self.owner = member.owner;
            }
            self.mode = Some(mode.unwrap_or(member.mode));
            match &member.content {
                MemberContent::Folder => {
                    self.folder(&to)?;
                    self.own(&to, self.mode)?;
                }
                MemberContent::Link(link) => {
                    self.identity.add(to.as_bytes());
                    self.root.link(&to, link).map_err(|error| format!("symlink {to}: {error}"))?;
                }
                MemberContent::File(content) => self.write(&to, content, member.mode)?,
            }
        }
        (self.owner, self.mode) = (owner, mode);
        Ok(true)
    }

    fn path(
        &mut self,
        path: &str,
        target: &str,
        several: bool,
        recipe: &Recipe<'_>,
        from_image: bool,
    ) -> Result<(), String> {
        let stat = self.source.stat(path).map_err(|error| error.to_string())?;
        if !stat.is_folder() {
            let name = path.rsplit('/').next().unwrap_or(path);
            let target_is_folder = self.root.stat(target.trim_end_matches('/')).is_ok_and(|stat| stat.is_folder());
            return self.file(path, &stat, &into(target, name, several || target_is_folder));
        }
        let target = target.trim_end_matches('/');
        self.folder(if target.is_empty() { "/" } else { target })?;
        let prefix = if path == "/" { String::new() } else { path.to_string() };
        let below = format!("{prefix}/");
        for (inner, stat) in self.source.walk() {
            let Some(rest) = inner.strip_prefix(below.as_str()) else { continue };
            if !from_image && recipe.ignore.excludes(inner.trim_start_matches('/')) {
                continue;
            }
            self.entry(&inner, &stat, &format!("{target}/{rest}"))?;
        }
        Ok(())
    }

    fn entry(&mut self, from: &str, stat: &Stat, to: &str) -> Result<(), String> {
        match &stat.kind {
            FileKind::Folder => self.folder(to),
            FileKind::Link => {
                self.root.link(to, stat.target.as_deref().unwrap_or("")).map_err(|error| error.to_string())
            }
            FileKind::File | FileKind::Device => self.file(from, stat, to),
        }
    }

    fn folder(&mut self, path: &str) -> Result<(), String> {
        self.identity.add(path.as_bytes());
        if self.root.exists(path) {
            return Ok(());
        }
        self.root.make_folders(path).map_err(|error| format!("mkdir {path}: {error}"))?;
        self.own(path, None)
    }

    fn write(&mut self, path: &str, bytes: &[u8], mode: u32) -> Result<(), String> {
        self.identity.add(path.as_bytes());
        self.identity.add(bytes);
        self.root.write(path, bytes).map_err(|error| format!("write {path}: {error}"))?;
        self.own(path, Some(self.mode.unwrap_or(mode)))
    }

    /// A file; a program moves on as it is.
    fn file(&mut self, from: &str, stat: &Stat, to: &str) -> Result<(), String> {
        if let Some(program) = self.source.program(from) {
            self.identity.add(to.as_bytes());
            self.root.install(to, program);
            return Ok(());
        }
        let bytes = self.source.read(from).map_err(|error| format!("read {from}: {error}"))?;
        self.write(to, &bytes, stat.mode)
    }

    fn own(&self, path: &str, mode: Option<u32>) -> Result<(), String> {
        self.root.set_owner_and_mode(path, self.owner, mode).map_err(|error| format!("chown {path}: {error}"))
    }
}

/// `--chown=user[:group]` by number, or by name in the image's `/etc/passwd` and `/etc/group`.
fn owner_of(root: &Tree, text: &str) -> Result<Owner, String> {
    let (user, group) = text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
    let id = |file: &str, name: &str, column: usize| -> Option<u32> {
        let table = root.read(file).ok()?;
        let text = String::from_utf8_lossy(&table).into_owned();
        let line = text.lines().find(|line| line.split(':').next() == Some(name))?;
        line.split(':').nth(column)?.parse().ok()
    };
    let unknown =
        |name: &str| format!("unable to convert uid/gid chown string to host mapping: can't find uid for user {name}");
    let number = user.parse().ok().or_else(|| id("/etc/passwd", user, 2)).ok_or_else(|| unknown(user))?;
    let group = match group {
        Some(name) => name.parse().ok().or_else(|| id("/etc/group", name, 2)).ok_or_else(|| unknown(name))?,
        None => id("/etc/passwd", user, 3).unwrap_or(number),
    };
    Ok(Owner { user: number, group })
}
