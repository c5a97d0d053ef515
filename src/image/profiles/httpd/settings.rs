//! `httpd.conf`: what of it matters here, and what Apache refuses in it. Must not know requests.
//!
//! Sources: Apache's manual, "Directive Quick Reference" (which module each directive belongs to) and "Configuration Files";
//! `server/config.c` and `server/core.c` for the texts; the image's `conf/httpd.conf`, without its comments.

use super::ROOT;
use crate::kernel::Instant;
use crate::kernel::Process;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The main file.
pub const FILE: &str = "/usr/local/apache2/conf/httpd.conf";

/// How long a server that refused is left alone without `retry=` (manual, "ProxyPass", parameter `retry`).
const RETRY: Duration = Duration::from_secs(60);

/// How deep `Include` may lead (`AP_MAX_INCLUDE_DEPTH` is 20).
const DEEPEST: u32 = 20;

/// The image's main file.
pub const DEFAULT: &str = r#"ServerRoot "/usr/local/apache2"
Listen 80
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authn_file_module modules/mod_authn_file.so
LoadModule authn_core_module modules/mod_authn_core.so
LoadModule authz_host_module modules/mod_authz_host.so
LoadModule authz_groupfile_module modules/mod_authz_groupfile.so
LoadModule authz_user_module modules/mod_authz_user.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule access_compat_module modules/mod_access_compat.so
LoadModule auth_basic_module modules/mod_auth_basic.so
LoadModule reqtimeout_module modules/mod_reqtimeout.so
LoadModule filter_module modules/mod_filter.so
LoadModule mime_module modules/mod_mime.so
LoadModule log_config_module modules/mod_log_config.so
LoadModule env_module modules/mod_env.so
LoadModule headers_module modules/mod_headers.so
LoadModule setenvif_module modules/mod_setenvif.so
LoadModule version_module modules/mod_version.so
#LoadModule proxy_module modules/mod_proxy.so
#LoadModule proxy_http_module modules/mod_proxy_http.so
#LoadModule ssl_module modules/mod_ssl.so
LoadModule unixd_module modules/mod_unixd.so
LoadModule status_module modules/mod_status.so
LoadModule autoindex_module modules/mod_autoindex.so
LoadModule dir_module modules/mod_dir.so
LoadModule alias_module modules/mod_alias.so
#LoadModule rewrite_module modules/mod_rewrite.so
<IfModule unixd_module>
User www-data
Group www-data
</IfModule>
ServerAdmin you@example.com
#ServerName www.example.com:80
<Directory />
    AllowOverride none
    Require all denied
</Directory>
DocumentRoot "/usr/local/apache2/htdocs"
<Directory "/usr/local/apache2/htdocs">
    Options Indexes FollowSymLinks
    AllowOverride None
    Require all granted
</Directory>
<IfModule dir_module>
    DirectoryIndex index.html
</IfModule>
<Files ".ht*">
    Require all denied
</Files>
ErrorLog /proc/self/fd/2
LogLevel warn
<IfModule log_config_module>
    LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" combined
    LogFormat "%h %l %u %t \"%r\" %>s %b" common
    CustomLog /proc/self/fd/1 common
</IfModule>
"#;

/// Directives of modules that the image does not load by itself: without the module Apache does not know them.
const OF_MODULES: &[(&str, &[&str])] = &[
    (
        "proxy_module",
        &[
            "ProxyPass",
            "ProxyPassMatch",
            "ProxyPassReverse",
            "ProxyRequests",
            "ProxyPreserveHost",
            "ProxyTimeout",
            "ProxyVia",
            "BalancerMember",
            "ProxySet",
        ],
    ),
    ("rewrite_module", &["RewriteEngine", "RewriteRule", "RewriteCond", "RewriteBase", "RewriteMap", "RewriteOptions"]),
    (
        "ssl_module",
        &[
            "SSLEngine",
            "SSLCertificateFile",
            "SSLCertificateKeyFile",
            "SSLProtocol",
            "SSLCipherSuite",
            "SSLProxyEngine",
        ],
    ),
    ("expires_module", &["ExpiresActive", "ExpiresByType", "ExpiresDefault"]),
    ("userdir_module", &["UserDir"]),
];

/// Directives that are known and change nothing that is shown here.
const SILENT: &[&str] = &[
    "AddEncoding",
    "AddHandler",
    "AddIcon",
    "AddOutputFilter",
    "AddOutputFilterByType",
    "AddType",
    "AllowOverride",
    "AuthName",
    "AuthType",
    "AuthUserFile",
    "CustomLog",
    "EnableMMAP",
    "EnableSendfile",
    "ErrorLog",
    "Group",
    "KeepAlive",
    "KeepAliveTimeout",
    "LogFormat",
    "LogLevel",
    "MaxKeepAliveRequests",
    "MIMEMagicFile",
    "Options",
    "PidFile",
    "Require",
    "ScriptAlias",
    "ServerAdmin",
    "ServerRoot",
    "ServerSignature",
    "ServerTokens",
    "SetEnv",
    "SetEnvIf",
    "Timeout",
    "TraceEnable",
    "TypesConfig",
    "User",
];

/// One server: the main one, or a virtual host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// `ServerName` and `ServerAlias`.
    pub names: Vec<String>,
    /// `DocumentRoot`.
    pub folder: Option<String>,
    /// `DirectoryIndex`.
    pub index: Vec<String>,
    /// `ProxyPass`, in order.
    pub proxies: Vec<Proxy>,
}

/// A `ProxyPass`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// The path it is for.
    pub prefix: String,
    /// Where to; `!` for a path that is not passed on.
    pub target: String,
    /// How long the other server is left alone once it has refused.
    pub retry: Duration,
}

/// What the files say.
#[derive(Default)]
pub struct Settings {
    /// `Listen`.
    pub ports: Vec<u16>,
    /// Modules that are loaded.
    pub modules: BTreeSet<String>,
    /// The main server, and virtual hosts behind it.
    pub servers: Vec<Server>,
    /// What is not simulated.
    pub notes: Vec<String>,
    /// Since when servers behind it have been left alone, by their address.
    pub refused: RefCell<BTreeMap<String, Instant>>,
}

/// A path as `ServerRoot` completes it.
pub fn below_root(path: &str) -> String {
    if path.starts_with('/') { path.to_string() } else { format!("{ROOT}/{path}") }
}

/// A section that is open: its name, and whether what is in it counts.
struct Section {
    name: String,
    counts: bool,
}

impl Settings {
    /// Reads a file and all that it includes; the error is what Apache says.
    pub fn read(process: &Process, path: &str) -> Result<Self, String> {
        let mut settings = Settings { servers: vec![Server::default()], ..Settings::default() };
        settings.file(process, path, 0)?;
        if settings.ports.is_empty() {
            return Err("no listening sockets available, shutting down\nAH00015: Unable to open logs\n".into());
        }
        Ok(settings)
    }

    /// Whether the main server has a name.
    pub fn has_name(&self) -> bool {
        self.servers.first().is_some_and(|server| !server.names.is_empty())
    }

    /// The server for a host: the one with that name, the first virtual host, or the main one.
    pub fn server(&self, host: &str) -> &Server {
        let named = self.servers.iter().skip(1).find(|server| server.names.iter().any(|name| name == host));
        named.or(self.servers.get(1)).unwrap_or(&self.servers[0])
    }

    /// The folder of a server's files.
    pub fn folder<'a>(&'a self, server: &'a Server) -> &'a str {
        let main = self.servers[0].folder.as_deref();
        server.folder.as_deref().or(main).unwrap_or("/usr/local/apache2/htdocs")
    }

    /// The names that stand for a folder.
    pub fn index<'a>(&'a self, server: &'a Server) -> &'a [String] {
        if server.index.is_empty() { &self.servers[0].index } else { &server.index }
    }

    fn file(&mut self, process: &Process, path: &str, depth: u32) -> Result<(), String> {
        let bytes = process
            .read_file(path)
            .map_err(|error| format!("httpd: Could not open configuration file {path}: {}\n", error.message()))?;
        let text = String::from_utf8_lossy(&bytes).replace("\\\n", " ");
        let mut open: Vec<Section> = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |text: String| format!("AH00526: Syntax error on line {} of {path}:\n{text}\n", at + 1);
            if let Some(name) = line.strip_prefix("</") {
                close(&mut open, name.trim_end_matches('>').trim()).map_err(wrong)?;
            } else if let Some(section) = line.strip_prefix('<') {
                let section = self.section(section.trim_end_matches('>')).map_err(wrong)?;
                open.push(section);
            } else if open.iter().all(|section| section.counts) {
                let is_host = open.iter().any(|section| section.name.eq_ignore_ascii_case("VirtualHost"));
                let words = words(line);
                if matches!(words[0].to_lowercase().as_str(), "include" | "includeoptional") {
                    self.include(process, &words, depth)?;
                } else {
                    self.directive(process, &words, is_host).map_err(wrong)?;
                }
            }
        }
        match open.pop() {
            None => Ok(()),
            Some(section) => Err(format!(
                "httpd: Syntax error on line {} of {path}: <{}> was not closed.\n",
                text.lines().count(),
                section.name
            )),
        }
    }

    /// A section begins.
    fn section(&mut self, text: &str) -> Result<Section, String> {
        let words = words(text);
        let name = words.first().cloned().unwrap_or_default();
        let argument = words.get(1).map_or("", String::as_str);
        let counts = match name.to_lowercase().as_str() {
            "ifmodule" => {
                let plain = argument.trim_start_matches('!').trim_start_matches("mod_").trim_end_matches(".c");
                let full = if plain.ends_with("_module") { plain.to_string() } else { format!("{plain}_module") };
                self.modules.contains(&full) != argument.starts_with('!')
            }
            "ifdefine" => (argument == "FOREGROUND") != argument.starts_with('!'),
            "proxy" | "proxymatch" if !self.modules.contains("proxy_module") => {
                return Err(unknown(&format!("<{name}")));
            }
            "virtualhost" => {
                self.servers.push(Server::default());
                true
            }
            // What is in these limits access or changes single folders.
            _ => true,
        };
        Ok(Section { name, counts })
    }

    fn include(&mut self, process: &Process, words: &[String], depth: u32) -> Result<(), String> {
        let path = below_root(words.get(1).map_or("", String::as_str));
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let paths: Vec<String> = match name.split_once('*') {
            Some((begin, end)) => {
                let names = process.list(folder).unwrap_or_default();
                let fits = names.iter().filter(|name| name.starts_with(begin) && name.ends_with(end));
                fits.map(|name| format!("{folder}/{name}")).collect()
            }
            None if words[0].eq_ignore_ascii_case("IncludeOptional") && process.stat(&path).is_err() => Vec::new(),
            None => vec![path],
        };
        if depth >= DEEPEST {
            return Err(format!("httpd: Exceeded the maximum include depth of {DEEPEST}\n"));
        }
        paths.iter().try_for_each(|path| self.file(process, path, depth + 1))
    }

    fn directive(&mut self, process: &Process, words: &[String], is_host: bool) -> Result<(), String> {
        let name = words[0].as_str();
        let argument = words.get(1).cloned().unwrap_or_default();
        let is = |known: &&str| known.eq_ignore_ascii_case(name);
        let module = OF_MODULES.iter().find(|(_, names)| names.iter().any(is));
        if module.is_some_and(|(module, _)| !self.modules.contains(*module)) {
            return Err(unknown(name));
        }
        let at = if is_host { self.servers.len() - 1 } else { 0 };
        let server = &mut self.servers[at];
        match name.to_lowercase().as_str() {
            "listen" => {
                let port = argument.rsplit(':').next().and_then(|port| port.parse().ok());
                self.ports.push(port.ok_or("Port must be specified")?);
            }
            "loadmodule" => drop(self.modules.insert(argument)),
            "servername" => server.names.push(argument.split(':').next().unwrap_or_default().to_string()),
            "serveralias" => server.names.extend(words[1..].iter().cloned()),
            "directoryindex" => server.index = words[1..].to_vec(),
            "documentroot" => {
                let path = below_root(&argument);
                if !process.stat(&path).is_ok_and(|stat| stat.is_folder()) {
                    return Err(format!("DocumentRoot '{path}' is not a directory, or is not readable"));
                }
                server.folder = Some(path);
            }
            "proxypass" => server.proxies.push(proxy(words)),
            "proxypassreverse" | "proxypreservehost" | "proxyrequests" => {}
            _ if SILENT.iter().any(is) => {}
            _ => self.notes.push(format!("the directive {name} is not simulated")),
        }
        Ok(())
    }
}

/// What Apache says to a directive that no loaded module has.
fn unknown(name: &str) -> String {
    format!(
        "Invalid command '{name}', perhaps misspelled or defined by a module not included in the server configuration"
    )
}

fn proxy(words: &[String]) -> Proxy {
    let retry = words.iter().find_map(|word| word.strip_prefix("retry=")?.parse().ok());
    Proxy {
        prefix: words.get(1).cloned().unwrap_or_default(),
        target: words.get(2).cloned().unwrap_or_default(),
        retry: retry.map_or(RETRY, Duration::from_secs),
    }
}

/// A section ends.
fn close(open: &mut Vec<Section>, name: &str) -> Result<(), String> {
    match open.pop() {
        None => Err(format!("</{name}> without matching <{name}> section")),
        Some(section) if section.name.eq_ignore_ascii_case(name) => Ok(()),
        Some(section) => Err(format!("Expected </{}> but saw </{name}>", section.name)),
    }
}

/// The words of a line; quotes hold together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (word, after) = match quote {
            Some(quote) => rest[1..].split_once(quote).unwrap_or((&rest[1..], "")),
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.to_string());
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_held_together_by_quotes() {
        assert_eq!(words(" DocumentRoot \"/srv/my site\" x"), ["DocumentRoot", "/srv/my site", "x"]);
    }

    #[test]
    fn sections_close_in_their_order() {
        let mut open = vec![Section { name: "VirtualHost".into(), counts: true }];
        assert_eq!(close(&mut open, "Directory"), Err("Expected </VirtualHost> but saw </Directory>".into()));
        assert_eq!(close(&mut open, "Directory"), Err("</Directory> without matching <Directory> section".into()));
    }
}
