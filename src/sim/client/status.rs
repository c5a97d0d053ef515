//! The texts of `ps`: STATUS, PORTS, COMMAND, CREATED (X20-X24). Must not know which containers are listed.

use super::clock::Clock;
use super::table::age;
use crate::sim::engine::{ContainerState, ContainerView, PortView};
use crate::sim::log::Health;
use std::time::Duration;

/// STATUS: the engine's own words.
pub fn status(container: &ContainerView) -> String {
    let since = |at: Option<crate::kernel::Instant>| age(at.map_or(Duration::ZERO, |at| container.now.since(at)));
    let up = || format!("Up {}", since(container.started_at));
    let code = container.exit_code;
    match container.state {
        ContainerState::Created => "Created".to_owned(),
        ContainerState::Paused => format!("{} (Paused)", up()),
        ContainerState::Restarting => format!("Restarting ({code}) {} ago", since(container.finished_at)),
        ContainerState::Exited => format!("Exited ({code}) {} ago", since(container.finished_at)),
        ContainerState::Removing => "Removal In Progress".to_owned(),
        ContainerState::Dead => "Dead".to_owned(),
        ContainerState::Running => match container.health {
            None => up(),
            Some((Health::Starting, _)) => format!("{} (health: starting)", up()),
            Some((health, _)) => format!("{} ({})", up(), health_word(health)),
        },
    }
}

/// The engine's word for a health.
pub fn health_word(health: Health) -> &'static str {
    match health {
        Health::Starting => "starting",
        Health::Healthy => "healthy",
        Health::Unhealthy => "unhealthy",
    }
}

/// The command line as one text: arguments with blanks stand in single quotes.
pub fn command(container: &ContainerView) -> String {
    let mut words = container.command.iter();
    let first = words.next().cloned().unwrap_or_default();
    words.fold(
        first,
        |line, word| if word.contains(' ') { format!("{line} '{word}'") } else { format!("{line} {word}") },
    )
}

/// CREATED: the engine tells whole seconds.
pub fn created(container: &ContainerView, clock: Clock) -> String {
    let whole = Duration::from_secs(clock.seconds(container.now).saturating_sub(clock.seconds(container.created_at)));
    format!("{} ago", age(whole))
}

/// A row of neighbouring ports under one key.
struct Group {
    key: (String, String),
    first: u16,
    last: u16,
}

impl Group {
    fn text(&self) -> String {
        let (address, protocol) = &self.key;
        let range =
            if self.first == self.last { self.first.to_string() } else { format!("{}-{}", self.first, self.last) };
        match address.is_empty() {
            true => format!("{range}/{protocol}"),
            false => format!("{address}:{range}->{range}/{protocol}"),
        }
    }
}

/// PORTS: neighbours that keep their number are grouped.
pub fn ports(ports: &[PortView]) -> String {
    let mut sorted: Vec<&PortView> = ports.iter().collect();
    sorted.sort_by(|left, right| {
        let key = |port: &PortView| (port.container, port.host.clone(), port.protocol.clone());
        key(left).cmp(&key(right))
    });
    let mut groups: Vec<Group> = Vec::new();
    let (mut texts, mut mappings) = (Vec::new(), Vec::new());
    for port in sorted {
        let address = match &port.host {
            Some((address, public)) if *public != port.container => {
                let address = bracketed(address);
                mappings.push(format!("{address}:{public}->{}/{}", port.container, port.protocol));
                continue;
            }
            Some((address, _)) => bracketed(address),
            None => String::new(),
        };
        let key = (address, port.protocol.to_string());
        match groups.iter_mut().find(|group| group.key == key) {
            None => groups.push(Group { key, first: port.container, last: port.container }),
            Some(group) if port.container == group.last => {}
            Some(group) if group.last.checked_add(1) == Some(port.container) => group.last = port.container,
            Some(group) => {
                texts.push(group.text());
                (group.first, group.last) = (port.container, port.container);
            }
        }
    }
    texts.extend(groups.iter().map(Group::text));
    texts.extend(mappings);
    texts.join(", ")
}

/// An address before a port: IPv6 in brackets.
pub fn bracketed(address: &str) -> String {
    if address.contains(':') { format!("[{address}]") } else { address.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_grouped_as_docker_groups_them() {
        let port = |container, host: Option<(&str, u16)>| PortView {
            container,
            protocol: "tcp".into(),
            host: host.map(|(address, port)| (address.into(), port)),
        };
        assert_eq!(ports(&[port(5432, None)]), "5432/tcp");
        assert_eq!(
            ports(&[port(80, Some(("0.0.0.0", 8080))), port(80, Some(("::", 8080)))]),
            "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp"
        );
        assert_eq!(
            ports(&[port(81, Some(("0.0.0.0", 81))), port(80, Some(("0.0.0.0", 80)))]),
            "0.0.0.0:80-81->80-81/tcp"
        );
        assert_eq!(ports(&[]), "");
    }
}
