//! nginx's variables: which there are, and what they are worth in a request.
//!
//! Source: nginx.org, "Alphabetical index of variables".

use super::exchange::Exchange;
use super::parse::Node;
use crate::image::programs::clock::Date;
use std::collections::BTreeSet;

/// Beginnings of names that are always known: a header, an argument, a cookie.
const PREFIXES: [&str; 8] = [
    "http_",
    "sent_http_",
    "upstream_http_",
    "cookie_",
    "arg_",
    "upstream_cookie_",
    "upstream_trailer_",
    "sent_trailer_",
];

/// Names that are always known.
const NAMES: &str = " ancient_browser args binary_remote_addr body_bytes_sent bytes_sent connection connection_requests \
    connection_time connections_active connections_reading connections_waiting connections_writing content_length \
    content_type date_gmt date_local document_root document_uri fastcgi_path_info fastcgi_script_name gzip_ratio host \
    hostname http2 http3 https invalid_referer is_args is_request_port limit_conn_status limit_rate limit_req_status \
    memcached_key modern_browser msec msie nginx_version pid pipe proxy_add_x_forwarded_for proxy_host \
    proxy_internal_body_length proxy_internal_chunked proxy_port proxy_protocol_addr proxy_protocol_port \
    proxy_protocol_server_addr proxy_protocol_server_port query_string realip_remote_addr realip_remote_port \
    realpath_root remote_addr remote_port remote_user request request_body request_body_file request_completion \
    request_filename request_id request_length request_method request_port request_time request_uri scheme secure_link \
    secure_link_expires server_addr server_name server_port server_protocol slice_range ssl_cipher ssl_ciphers \
    ssl_client_cert ssl_client_fingerprint ssl_client_i_dn ssl_client_raw_cert ssl_client_s_dn ssl_client_serial \
    ssl_client_verify ssl_protocol ssl_server_name ssl_session_id ssl_session_reused status tcpinfo_rtt tcpinfo_rttvar \
    time_iso8601 time_local uid_got uid_reset uid_set upstream_addr upstream_bytes_received upstream_bytes_sent \
    upstream_cache_status upstream_connect_time upstream_header_time upstream_response_length upstream_response_time \
    upstream_status uri ";

/// Directives whose words may hold variables.
const TAKERS: [&str; 22] = [
    "proxy_pass",
    "return",
    "rewrite",
    "if",
    "set",
    "add_header",
    "proxy_set_header",
    "log_format",
    "try_files",
    "root",
    "alias",
    "map",
    "error_page",
    "fastcgi_param",
    "fastcgi_pass",
    "proxy_redirect",
    "index",
    "access_log",
    "auth_request_set",
    "sub_filter",
    "limit_req_zone",
    "grpc_pass",
];

/// Whether all variables that are used are known; the error is nginx's text, which names no place.
pub fn check(http: &Node) -> Result<(), String> {
    let mut known = BTreeSet::new();
    collect(http, &mut known);
    check_node(http, &known)
}

/// Names that directives make.
fn collect(node: &Node, known: &mut BTreeSet<String>) {
    for child in &node.block {
        let made = match child.name() {
            "set" | "auth_request_set" | "perl_set" | "js_set" => child.word(1),
            "map" | "split_clients" => child.word(2),
            "geo" => child.words.last().map_or("", String::as_str),
            _ => "",
        };
        known.extend(made.strip_prefix('$').map(str::to_string));
        for word in &child.words {
            let groups = word.split("(?<").skip(1).chain(word.split("(?P<").skip(1));
            known.extend(groups.filter_map(|rest| Some(rest.split_once('>')?.0.to_string())));
        }
        collect(child, known);
    }
}

fn check_node(node: &Node, known: &BTreeSet<String>) -> Result<(), String> {
    for child in &node.block {
        let words = child.words.iter().skip(1).filter(|_| TAKERS.contains(&child.name()));
        for name in words.flat_map(|word| names(word)) {
            let is_number = name.chars().all(|c| c.is_ascii_digit());
            let is_known = is_number
                || NAMES.contains(&format!(" {name} "))
                || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
                || known.contains(&name);
            if !is_known {
                return Err(format!("unknown \"{name}\" variable"));
            }
        }
        check_node(child, known)?;
    }
    Ok(())
}

/// The names of the variables in a text; a `$` at the end of an expression is none.
fn names(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for piece in text.split('$').skip(1) {
        let inside = piece.strip_prefix('{').map_or(piece, |rest| rest.split('}').next().unwrap_or(rest));
        let name: String = inside.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        if !name.is_empty() {
            found.push(name);
        }
    }
    found
}

/// A text with its variables filled in.
pub fn filled(text: &str, exchange: &Exchange) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        result.push_str(before);
        let (name, behind) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((name, behind)) => (name, behind),
            None => {
                let is_digit = after.starts_with(|c: char| c.is_ascii_digit());
                let is_part = |c: char| !is_digit && (c.is_ascii_alphanumeric() || c == '_');
                let end = if is_digit { 1 } else { after.find(|c: char| !is_part(c)).unwrap_or(after.len()) };
                after.split_at(end)
            }
        };
        match name.is_empty() {
            true => result.push('$'),
            false => result.push_str(&value(name, exchange)),
        }
        rest = behind;
    }
    result + rest
}

/// What a variable is worth; empty for what is not simulated, as for what is not there.
pub fn value(name: &str, exchange: &Exchange) -> String {
    if let Some(value) = exchange.set.get(name) {
        return value.clone();
    }
    if let Ok(number) = name.parse::<usize>() {
        return exchange.captures.get(number).cloned().unwrap_or_default();
    }
    if let Some(map) = exchange.site.maps.iter().find(|map| map.word(2).strip_prefix('$') == Some(name)) {
        return mapped(map, exchange);
    }
    let request = &exchange.request;
    let header = |name: &str| request.header(name).unwrap_or_default().to_string();
    if let Some(rest) = name.strip_prefix("http_") {
        return header(&rest.replace('_', "-"));
    }
    if let Some(rest) = name.strip_prefix("arg_") {
        let pairs = exchange.args.split('&').filter_map(|pair| pair.split_once('='));
        return pairs.filter(|(key, _)| *key == rest).map(|(_, value)| value.to_string()).next().unwrap_or_default();
    }
    if let Some(rest) = name.strip_prefix("cookie_") {
        let cookies = header("cookie");
        let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
        return pairs.filter(|(key, _)| *key == rest).map(|(_, value)| value.to_string()).next().unwrap_or_default();
    }
    of_the_request(name, exchange).unwrap_or_default()
}

fn of_the_request(name: &str, exchange: &Exchange) -> Option<String> {
    let request = &exchange.request;
    let process = &exchange.site.process;
    Some(match name {
        "uri" | "document_uri" => exchange.uri.clone(),
        "request_uri" => request.path.clone(),
        "args" | "query_string" => exchange.args.clone(),
        "is_args" => if exchange.args.is_empty() { "" } else { "?" }.to_string(),
        "host" => exchange.host(),
        "scheme" => "http".to_string(),
        "server_port" => exchange.port.to_string(),
        "server_name" => exchange.server_name(),
        "server_protocol" => "HTTP/1.1".to_string(),
        "remote_addr" | "realip_remote_addr" => exchange.client.to_string(),
        "remote_user" => "-".to_string(),
        "request_method" => request.method.clone(),
        "request" => format!("{} {} HTTP/1.1", request.method, request.path),
        "content_type" => request.header("content-type")?.to_string(),
        "content_length" => request.header("content-length")?.to_string(),
        "hostname" => process.hostname().to_string(),
        "server_addr" => process.namespaces().network().address()?.to_string(),
        "document_root" => exchange.root(),
        "request_filename" => exchange.file(),
        "nginx_version" => exchange.site.version.to_string(),
        "pid" => super::WORKER.to_string(),
        "proxy_host" => exchange.upstream_host.clone(),
        "proxy_add_x_forwarded_for" => match request.header("x-forwarded-for") {
            Some(known) => format!("{known}, {}", exchange.client),
            None => exchange.client.to_string(),
        },
        "status" => exchange.status.to_string(),
        "body_bytes_sent" | "bytes_sent" => exchange.size.to_string(),
        "upstream_addr" => exchange.upstream_address.clone(),
        "upstream_status" => exchange.upstream_status.clone(),
        "request_time" | "upstream_response_time" => {
            format!("{:.3}", process.now().since(exchange.began).as_secs_f64())
        }
        "time_local" => Date::now(process).access_log(),
        "time_iso8601" => Date::now(process).plain().replace(' ', "T") + "+00:00",
        "msec" => format!("{:.3}", process.kernel().wall_clock().as_secs_f64()),
        _ => return None,
    })
}

/// The value of a `map`.
fn mapped(map: &Node, exchange: &Exchange) -> String {
    let source = filled(map.word(1), exchange);
    let is_match = |key: &str| match key.strip_prefix('~') {
        Some(pattern) => super::pattern::find(pattern, &source).is_some(),
        None => key.eq_ignore_ascii_case(&source),
    };
    let entry = map.block.iter().find(|entry| entry.name() != "default" && is_match(entry.name()));
    let entry = entry.or_else(|| map.first("default"));
    entry.map(|entry| filled(entry.word(1), exchange)).unwrap_or_default()
}
