//! Ports in the short syntax: `[[IP:]HOST:]CONTAINER[/PROTOCOL]` with ranges (semantics P20, P21; the recordings have the
//! capital letters).

use super::FormatError;
use std::net::IpAddr;

/// One published port, after ranges are expanded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortMapping {
    /// Host address; empty for all interfaces.
    pub host_ip: String,
    /// Host port, or a range of which the engine takes a free one; empty for a random free one.
    pub published: String,
    /// Container port.
    pub target: u16,
    /// Protocol in lower case.
    pub protocol: String,
}

/// What a short port stands for, in the order Compose gives it: by the text `port/protocol`.
pub fn parse(text: &str) -> Result<Vec<PortMapping>, FormatError> {
    let (ip, host, container) = split(text);
    let (protocol, container) = split_protocol(container);
    let host_ip = address(text, ip)?;
    if container.is_empty() {
        return Err(FormatError::whole(format!("No port specified: {text}<empty>"), text));
    }
    let refuse = |words: &str, part: &str| FormatError::at(format!("{words}: {part}"), text, part);
    let (first, last) = range(container).ok_or_else(|| refuse("Invalid containerPort", container))?;
    let (host_first, host_last) = match host {
        "" => (0, 0),
        host => range(host).ok_or_else(|| refuse("Invalid hostPort", host))?,
    };
    if !host.is_empty() && last - first != host_last - host_first && first != last {
        let words = format!("Invalid ranges specified for container and host Ports: {container} and {host}");
        return Err(FormatError::whole(words, text));
    }
    let protocol_name = protocol.to_lowercase();
    if !matches!(protocol_name.as_str(), "tcp" | "udp" | "sctp") {
        return Err(refuse("Invalid proto", protocol));
    }
    let mapping = |target: u16| {
        let published = match host {
            "" => String::new(),
            _ if first == last && host_first != host_last => format!("{host_first}-{host_last}"),
            _ => (host_first + (target - first)).to_string(),
        };
        PortMapping { host_ip: host_ip.to_owned(), published, target, protocol: protocol_name.clone() }
    };
    let mut mappings: Vec<PortMapping> = (first..=last).map(mapping).collect();
    mappings.sort_by_key(|mapping| mapping.target.to_string() + "/");
    Ok(mappings)
}

/// Address, host port and container port. An address may hold colons.
fn split(text: &str) -> (&str, &str, &str) {
    let Some((rest, container)) = text.rsplit_once(':') else { return ("", "", text) };
    match rest.rsplit_once(':') {
        None => ("", rest, container),
        Some((ip, host)) => (ip, host, container),
    }
}

fn split_protocol(container: &str) -> (&str, &str) {
    let mut parts = container.split('/');
    let port = parts.next().unwrap_or("");
    match parts.next() {
        _ if port.is_empty() => ("", ""),
        None | Some("") => ("tcp", port),
        Some(protocol) => (protocol, port),
    }
}

/// The address without its brackets.
fn address<'a>(text: &str, ip: &'a str) -> Result<&'a str, FormatError> {
    let refuse = |reason: &str| {
        let words = format!("Invalid ip address {ip}: address {ip}:: {reason} in address");
        FormatError::at(words, text, ip)
    };
    let (host, unbracketed, after) = match ip.strip_prefix('[') {
        Some(inner) => {
            let end = inner.find(']').ok_or_else(|| refuse("missing ']'"))?;
            match &inner[end + 1..] {
                "" => {}
                rest if rest.starts_with(':') => return Err(refuse("too many colons")),
                _ => return Err(refuse("missing port")),
            }
            (&inner[..end], inner, "")
        }
        None if ip.contains(':') => return Err(refuse("too many colons")),
        None => (ip, ip, ip),
    };
    if unbracketed.contains('[') {
        return Err(refuse("unexpected '['"));
    }
    if after.contains(']') {
        return Err(refuse("unexpected ']'"));
    }
    if !host.is_empty() && host.parse::<IpAddr>().is_err() {
        return Err(FormatError::at(format!("Invalid ip address: {host}"), text, host));
    }
    Ok(host)
}

/// First and last port of `80` or `80-90`.
fn range(text: &str) -> Option<(u16, u16)> {
    let port = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse::<u16>().ok() } else { None }
    };
    let mut parts = text.split('-');
    let first = port(parts.next()?)?;
    let last = match parts.next() {
        None => first,
        Some(last) => port(last)?,
    };
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        match parse(text) {
            Err(error) => error.docker,
            Ok(mappings) => mappings
                .iter()
                .map(|m| format!("{}|{}|{}/{}", m.host_ip, m.published, m.target, m.protocol))
                .collect::<Vec<_>>()
                .join(" "),
        }
    }

    #[test]
    fn ports() {
        let cases = [
            ("80", "||80/tcp"),
            ("8080:80/UDP", "|8080|80/udp"),
            ("127.0.0.1:8080:80", "127.0.0.1|8080|80/tcp"),
            ("127.0.0.1::80", "127.0.0.1||80/tcp"),
            ("[::1]:6001:6001", "::1|6001|6001/tcp"),
            ("8000-8010:80", "|8000-8010|80/tcp"),
            ("9-10:9-10", "|10|10/tcp |9|9/tcp"),
            ("80/", "||80/tcp"),
            ("::1:6001:6001", "Invalid ip address ::1: address ::1:: too many colons in address"),
            ("localhost:80:80", "Invalid ip address: localhost"),
            ("[::1:80:80", "Invalid ip address [::1: address [::1:: missing ']' in address"),
            ("", "No port specified: <empty>"),
            ("80:", "No port specified: 80:<empty>"),
            ("http", "Invalid containerPort: http"),
            ("70000", "Invalid containerPort: 70000"),
            ("x:80", "Invalid hostPort: x"),
            ("8005-8001:80", "Invalid hostPort: 8005-8001"),
            ("80-81:8000-8002", "Invalid ranges specified for container and host Ports: 8000-8002 and 80-81"),
            ("80/http", "Invalid proto: http"),
        ];
        for (text, expected) in cases {
            assert_eq!(show(text), expected, "{text}");
        }
    }
}
