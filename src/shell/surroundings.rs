//! What every shell has around it: its variables' first values, its working folder, its users' homes.

use super::interpreter::Shell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Variables that a shell has from the beginning, but for PWD and SHLVL.
const FIRST_VALUES: [(&str, &str); 5] =
    [("IFS", " \t\n"), ("OPTIND", "1"), ("PS1", "\\w \\$ "), ("PS2", "> "), ("PS4", "+ ")];

/// The value a variable has as long as nobody sets it.
pub(super) fn first_value(name: &str) -> Option<&'static str> {
    FIRST_VALUES.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

impl Shell {
    /// The working folder by the way `cd` took.
    pub(super) fn folder(&self) -> Rc<str> {
        self.folder.clone().unwrap_or_else(|| self.process.folder())
    }

    /// What `export` lists.
    pub(super) fn exported(&mut self) -> BTreeMap<Rc<str>, Option<Rc<str>>> {
        let folder = self.folder();
        self.variables.exported(|| folder)
    }

    /// What `set` lists: all variables, those of the shell itself among them.
    pub(super) fn all_variables(&mut self) -> BTreeMap<Rc<str>, Rc<str>> {
        let folder = self.folder();
        let mut all = self.variables.all(|| folder);
        let parent = self.parent_pid.to_string();
        let own = [("FUNCNAME", ""), ("LINENO", ""), ("PPID", parent.as_str())];
        for (name, value) in own.into_iter().chain(FIRST_VALUES) {
            all.entry(name.into()).or_insert_with(|| value.into());
        }
        all
    }

    /// What `~` or `~user` stands for.
    pub(super) fn home(&self, user: &str) -> Rc<str> {
        if user.is_empty() {
            return self.variables.get("HOME").cloned().unwrap_or_else(|| "~".into());
        }
        let accounts = self.process.read_file("/etc/passwd").unwrap_or_default();
        let accounts = String::from_utf8_lossy(&accounts);
        let line = accounts.lines().find(|line| line.split(':').next() == Some(user));
        line.and_then(|line| line.split(':').nth(5)).map_or_else(|| format!("~{user}").into(), Rc::from)
    }
}
