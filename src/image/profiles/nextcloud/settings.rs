//! `config/config.php` and `version.php`: whether it is installed, with which database, and who may ask for it.
//!
//! Source: Nextcloud's manual, "Configuration Parameters", for the names. Must not know what is done with them.

use super::{FOLDER, OWNER};
use crate::kernel::Process;

/// The file.
const FILE: &str = "/var/www/html/config/config.php";

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `installed`.
    pub installed: bool,
    /// `maintenance`.
    pub maintenance: bool,
    /// `trusted_domains`.
    pub domains: Vec<String>,
    /// `datadirectory`.
    pub data: String,
    /// `dbtype`, `dbname`, `dbhost`, `dbuser`, `dbpassword`.
    pub database: Vec<(String, String)>,
}

/// Names of the settings about the database.
pub const DATABASE: [&str; 5] = ["dbtype", "dbname", "dbhost", "dbuser", "dbpassword"];

impl Settings {
    /// Reads the file; what holds without one is that nothing is installed.
    pub fn read(process: &Process) -> Self {
        let bytes = process.read_file(FILE).unwrap_or_default();
        Self::parse(&String::from_utf8_lossy(&bytes))
    }

    fn parse(text: &str) -> Self {
        let mut settings = Self { data: format!("{FOLDER}/data"), ..Self::default() };
        for line in text.lines() {
            let Some((key, value)) = line.trim().trim_end_matches(',').split_once(" => ") else { continue };
            let (key, value) = (key.trim_matches('\''), value.trim_matches('\''));
            match key {
                "installed" => settings.installed = value == "true",
                "maintenance" => settings.maintenance = value == "true",
                "datadirectory" => settings.data = value.to_string(),
                key if DATABASE.contains(&key) => settings.database.push((key.to_string(), value.to_string())),
                key if key.parse::<u32>().is_ok() => settings.domains.push(value.to_string()),
                _ => {}
            }
        }
        settings
    }

    /// A setting about the database.
    pub fn of_database(&self, name: &str) -> &str {
        self.database.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Writes the file; the error is the system's text.
    pub async fn write(&self, process: &Process) -> Result<(), String> {
        let written = process.write_file(FILE, self.text().as_bytes()).await;
        written.map_err(|error| error.message().to_string())?;
        // Whoever may not give it away owns it already.
        let _ = process.set_owner(FILE, OWNER);
        Ok(())
    }

    fn text(&self) -> String {
        let domains: String =
            self.domains.iter().enumerate().map(|(at, name)| format!("    {at} => '{name}',\n")).collect();
        let database: String =
            self.database.iter().map(|(name, value)| format!("  '{name}' => '{value}',\n")).collect();
        let maintenance = if self.maintenance { "  'maintenance' => true,\n" } else { "" };
        format!(
            "<?php\n$CONFIG = array (\n  'trusted_domains' => \n  array (\n{domains}  ),\n  'datadirectory' => '{}',\n{database}  'installed' => {},\n{maintenance});\n",
            self.data, self.installed
        )
    }

    /// Whether a request may name this host (`lib/private/Security/TrustedDomainHelper.php`: with or without its port; a
    /// `*` stands for anything; the machine itself may always ask).
    pub fn trusts(&self, host: &str) -> bool {
        let plain = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let fits = |pattern: &String| match pattern.split_once('*') {
            Some((begin, end)) => [host, plain].iter().any(|host| host.starts_with(begin) && host.ends_with(end)),
            None => pattern == host || pattern == plain,
        };
        matches!(plain, "localhost" | "127.0.0.1" | "[::1]") || self.domains.iter().any(fits)
    }
}

/// The version in a folder's `version.php`; `None` without one.
pub fn version(process: &Process, folder: &str) -> Option<Vec<u32>> {
    let bytes = process.read_file(&format!("{folder}/version.php")).ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let inside = text.split_once("array(")?.1.split_once(')')?.0.to_string();
    Some(inside.split(',').filter_map(|number| number.trim().parse().ok()).collect())
}

/// `32.0.2.2`.
pub fn written(version: &[u32]) -> String {
    version.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let settings = Settings {
            installed: true,
            maintenance: true,
            domains: vec!["localhost".into(), "*.example.com".into()],
            data: "/data".into(),
            database: vec![("dbtype".into(), "mysql".into())],
        };
        assert_eq!(Settings::parse(&settings.text()), settings);
        for (host, trusted) in [("localhost:8080", true), ("a.example.com:80", true), ("cloud", false)] {
            assert_eq!(settings.trusts(host), trusted, "{host}");
        }
    }
}
