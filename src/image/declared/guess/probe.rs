//! Ports and paths that a health check asks for on its own container.

/// Names by which a test addresses its own container.
const OWN_NAMES: [&str; 4] = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"];

/// Ports and paths that a test asks for: `http://localhost:3000/health`, `nc -z 127.0.0.1 5432`, `/dev/tcp/localhost/80`.
pub(super) fn addressed(test: &str) -> Vec<(u16, Option<String>)> {
    let starts = OWN_NAMES.iter().flat_map(|name| test.match_indices(name).map(|(at, name)| (at, at + name.len())));
    let mut starts: Vec<(usize, usize)> = starts.collect();
    starts.sort_unstable();
    starts.into_iter().filter_map(|(from, to)| address(&test[..from], &test[to..])).collect()
}

/// The port, and the path of a URL, between what stands before and after the name of a host.
fn address(before: &str, after: &str) -> Option<(u16, Option<String>)> {
    let number = |text: &str| -> Option<(u16, usize)> {
        let length = text.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(text.len());
        Some((text[..length].parse().ok().filter(|port| *port > 0)?, length))
    };
    let scheme = [("http://", 80), ("https://", 443)].into_iter().find(|(scheme, _)| before.ends_with(scheme));
    let (port, rest) = match (after.strip_prefix(':'), scheme) {
        (Some(text), _) => number(text).map(|(port, length)| (port, &text[length..]))?,
        (None, Some((_, port))) => (port, after),
        (None, None) => return number(after.strip_prefix([' ', '/'])?).map(|(port, _)| (port, None)),
    };
    let end = rest.find(|end: char| end.is_whitespace() || "\"'|;&)<>?#`".contains(end)).unwrap_or(rest.len());
    let path = Some(&rest[..end]).filter(|path| path.starts_with('/') && !path.contains('$'));
    Some((port, path.map(str::to_string)))
}
