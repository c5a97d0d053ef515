//! Volumes in the short syntax: `[SOURCE:]TARGET[:OPTIONS]` (semantics P1 to P6).

use super::FormatError;
use crate::compose::model::MountKind;

/// A volume of the short syntax, before paths are made absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShortVolume {
    /// Bind or volume, by the look of the source.
    pub kind: MountKind,
    /// Source as written; empty for an anonymous volume.
    pub source: String,
    /// Target as written.
    pub target: String,
    /// `ro`.
    pub read_only: bool,
    /// `nocopy`.
    pub no_copy: bool,
    /// The last propagation option.
    pub propagation: Option<String>,
    /// The last of `z` and `Z`.
    pub selinux: Option<String>,
    /// Options nobody knows: Docker ignores them without a word.
    pub unknown_options: Vec<String>,
}

impl ShortVolume {
    /// Whether an option was given that makes a `bind:` block.
    pub fn has_bind_options(&self) -> bool {
        self.propagation.is_some() || self.selinux.is_some()
    }

    fn option(&mut self, option: &str) {
        match option {
            "ro" => self.read_only = true,
            "rw" => self.read_only = false,
            "nocopy" => self.no_copy = true,
            "z" | "Z" => self.selinux = Some(option.to_owned()),
            "rprivate" | "private" | "rshared" | "shared" | "rslave" | "slave" => {
                self.propagation = Some(option.to_owned());
            }
            _ => self.unknown_options.push(option.to_owned()),
        }
    }
}

/// What a short volume says.
pub fn parse(text: &str) -> Result<ShortVolume, FormatError> {
    let mut volume = ShortVolume::default();
    match text.len() {
        0 => return Err(FormatError::whole("invalid empty volume spec", text)),
        1 | 2 => {
            volume.target = text.to_owned();
            return Ok(volume);
        }
        _ => {}
    }
    let refuse =
        |section: &str, reason: &str| FormatError::at(format!("invalid spec: {text}: {reason}"), text, section);
    let mut sections = sections(text).into_iter().peekable();
    while let Some(section) = sections.next() {
        let last = sections.peek().is_none();
        if section.is_empty() {
            return Err(refuse(section, "empty section between colons"));
        }
        if volume.source.is_empty() {
            let side = if last { &mut volume.target } else { &mut volume.source };
            section.clone_into(side);
        } else if volume.target.is_empty() {
            section.clone_into(&mut volume.target);
        } else if !last {
            return Err(refuse(section, "too many colons"));
        } else {
            section.split(',').for_each(|option| volume.option(option));
        }
    }
    volume.kind = if is_path(&volume.source) { MountKind::Bind } else { MountKind::Volume };
    Ok(volume)
}

/// The parts between colons; a single letter before a colon is a Windows drive and no part of its own.
fn sections(text: &str) -> Vec<&str> {
    let mut sections = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(':') {
        if !is_drive(&text[start..at]) {
            sections.push(&text[start..at]);
            start = at + 1;
        }
    }
    sections.push(&text[start..]);
    sections
}

fn is_drive(section: &str) -> bool {
    let mut letters = section.chars();
    letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
}

/// Whether a source is a path of the host, not a volume's name.
pub fn is_path(source: &str) -> bool {
    let drive = source.find(':').is_some_and(|colon| is_drive(&source[..colon]));
    source.starts_with(['.', '/', '~']) || source.starts_with("\\\\") || drive
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        match parse(text) {
            Err(error) => error.docker,
            Ok(v) => {
                let mut shown = format!("{:?} {}->{}", v.kind, v.source, v.target);
                let options = [("ro", v.read_only), ("nocopy", v.no_copy)];
                options.iter().filter(|(_, set)| *set).for_each(|(name, _)| shown.extend([" ", name]));
                v.propagation.iter().chain(&v.selinux).for_each(|option| shown.extend([" ", option]));
                v.unknown_options.iter().for_each(|option| shown.extend([" ?", option]));
                shown
            }
        }
    }

    #[test]
    fn volumes() {
        let cases = [
            ("/data", "Volume ->/data"),
            ("data:/data", "Volume data->/data"),
            ("data/sub:/x", "Volume data/sub->/x"),
            ("./a:/a:ro,z", "Bind ./a->/a ro z"),
            ("~/a:/a:rw,rshared", "Bind ~/a->/a rshared"),
            ("data:/x:nocopy,cached", "Volume data->/x nocopy ?cached"),
            ("C:\\a:/a:ro", "Bind C:\\a->/a ro"),
            ("\\\\.\\pipe\\x:\\\\.\\pipe\\y", "Bind \\\\.\\pipe\\x->\\\\.\\pipe\\y"),
            ("/data:ro", "Bind /data->ro"),
            ("./data", "Volume ->./data"),
            ("", "invalid empty volume spec"),
            (":/x", "invalid spec: :/x: empty section between colons"),
            ("./a:/a:ro:z", "invalid spec: ./a:/a:ro:z: too many colons"),
            ("./a::/b", "invalid spec: ./a::/b: empty section between colons"),
            ("./a:/a:", "invalid spec: ./a:/a:: empty section between colons"),
        ];
        for (text, expected) in cases {
            assert_eq!(show(text), expected, "{text}");
        }
    }
}
