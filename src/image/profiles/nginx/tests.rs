//! Configurations with what nginx 1.22 itself says about them (`nginx -t`).

use crate::image::bench::Bench;
use crate::kernel::Tree;

/// Name in the message: the file; then the text.
const WRONG: &[(&str, &str)] = &[
    ("server {\n listen 80;\n foo bar;\n}\n", "unknown directive \"foo\" in F:3"),
    (
        "server {\n listen 80\n location / { return 200; }\n}\n",
        "directive \"listen\" is not terminated by \";\" in F:3",
    ),
    ("server {\n listen 80;\n root /x\n}\n", "unexpected \"}\" in F:4"),
    ("server {\n listen 80;\n}}\n", "unexpected \"}\" in F:3"),
    ("server {\n listen 80;\n", "unexpected end of file, expecting \"}\" in F:3"),
    ("server {\n listen 80;\n location / {\n root /x;\n}\n", "unexpected end of file, expecting \"}\" in F:6"),
    ("proxy_pass http://x;\n", "\"proxy_pass\" directive is not allowed here in F:1"),
    ("server { location / { server_name x; } }\n", "\"server_name\" directive is not allowed here in F:1"),
    ("events { }\n", "\"events\" directive is not allowed here in F:1"),
    ("server { listen; }\n", "invalid number of arguments in \"listen\" directive in F:1"),
    ("server { root a b; }\n", "invalid number of arguments in \"root\" directive in F:1"),
    ("server { location / root /x; }\n", "directive \"location\" has no opening \"{\" in F:1"),
    ("server listen 80;\n", "directive \"server\" has no opening \"{\" in F:1"),
    ("server { location / { proxy_pass http://nope:80; } }\n", "host not found in upstream \"nope\" in F:1"),
    (
        "upstream a { server nope:80; }\nserver { location / { proxy_pass http://a; } }\n",
        "host not found in upstream \"nope:80\" in F:1",
    ),
    ("server { location / { proxy_pass http://nope/x/; } }\n", "host not found in upstream \"nope\" in F:1"),
    ("server { location / { proxy_pass http://$nope:80; } }\n", "unknown \"nope\" variable"),
    ("server { location / { proxy_pass api:80; } }\n", "invalid URL prefix in F:1"),
    ("server { listen 99999; }\n", "invalid port in \"99999\" of the \"listen\" directive in F:1"),
    ("server { listen abc:80; }\n", "host not found in \"abc:80\" of the \"listen\" directive in F:1"),
    ("server { listen 80; root /a; root /b; }\n", "\"root\" directive is duplicate in F:1"),
    ("server { location / { return 200; } location / { return 201; } }\n", "duplicate location \"/\" in F:1"),
    ("upstream a { server 127.0.0.1:1; }\nupstream a { server 127.0.0.1:2; }\n", "duplicate upstream \"a\" in F:2"),
    ("upstream a { }\n", "no servers are inside upstream in F:1"),
    ("server { ; }\n", "unexpected \";\" in F:1"),
    ("server { return 200 \"abc; }\n", "unexpected end of file, expecting \";\" or \"}\" in F:2"),
    (
        "server { location ~ /x { proxy_pass http://127.0.0.1:1/y; } }\n",
        "\"proxy_pass\" cannot have URI part in location given by regular expression, or inside named location, or inside \
         \"if\" statement, or inside \"limit_except\" block in F:1",
    ),
    (
        "server { location ~ ( { return 200; } }\n",
        "pcre2_compile() failed: missing closing parenthesis in \"(\" in F:1",
    ),
    ("server { return abc; }\n", "invalid return code \"abc\" in F:1"),
    ("server { proxy_read_timeout abc; }\n", "\"proxy_read_timeout\" directive invalid value in F:1"),
    ("server { client_max_body_size 10x; }\n", "\"client_max_body_size\" directive invalid value in F:1"),
    ("server { gzip maybe; }\n", "invalid value \"maybe\" in \"gzip\" directive, it must be \"on\" or \"off\" in F:1"),
    ("server { listen 80; listen 80; }\n", "a duplicate listen 0.0.0.0:80 in F:1"),
    ("include /nope/x.conf;\n", "open() \"/nope/x.conf\" failed (2: No such file or directory) in F:1"),
    ("server { access_log /dev/stdout nope; }\n", "unknown log format \"nope\" in F:1"),
    ("server { listen 443 ssl; }\n", "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive in F:1"),
    (
        "server { listen 443 ssl; ssl_certificate /n.pem; ssl_certificate_key /n.key; }\n",
        "cannot load certificate \"/n.pem\": BIO_new_file() failed (SSL: error:80000002:system library::No such file or \
         directory:calling fopen(/n.pem, r) error:10000080:BIO routines::no such file)",
    ),
    (
        "server { location = /x { alias /y; root /z; } }\n",
        "\"root\" directive is duplicate, \"alias\" directive was specified earlier in F:1",
    ),
    ("server { try_files $uri; }\n", "invalid number of arguments in \"try_files\" directive in F:1"),
    ("server { if ($x = 1) { return 200; } }\n", "unknown \"x\" variable"),
    ("upstream a { server 127.0.0.1:1 foo=1; }\n", "invalid parameter \"foo=1\" in F:1"),
    ("server { location foo / { return 200; } }\n", "invalid location modifier \"foo\" in F:1"),
    ("server { location /a { location /b { return 200; } } }\n", "location \"/b\" is outside location \"/a\" in F:1"),
    ("server { listen 80 { } }\n", "directive \"listen\" is not terminated by \";\" in F:1"),
    ("server { add_header X; }\n", "invalid number of arguments in \"add_header\" directive in F:1"),
    ("server { return 200 $nope; }\n", "unknown \"nope\" variable"),
    (
        "server { listen 80 default_server; }\nserver { listen 80 default_server; }\n",
        "a duplicate default server for 0.0.0.0:80 in F:2",
    ),
    (
        "upstream a { server 127.0.0.1:1; }\nserver { location / { proxy_pass http://a:80; } }\n",
        "upstream \"a\" may not have port 80 in F:2",
    ),
];

const RIGHT: &[&str] = &[
    "",
    "server { location / { set $u nope; proxy_pass http://$u:80; } }\n",
    "map $http_upgrade $connection_upgrade { default upgrade; '' close; }\nserver { listen 80; gzip on; gzip_types text/css \
     application/json; location ~* \\.(js|css)$ { expires 7d; add_header Cache-Control \"public\"; } location / { try_files $uri \
     $uri/ /index.html; } location ~ ^/u/(?<name>\\w+)$ { return 200 \"$name${uri}\"; } }\n",
    "server { listen 80; listen [::]:80; server_name a b.example ~^c; if ($request_method = POST) { return 405; } rewrite ^/x/(.*)$ \
     /$1 last; error_page 404 =200 /i.html; error_page 500 502 @down; location @down { return 503; } }\n",
];

fn tested(text: &str) -> String {
    let bench = Bench::new();
    let folder = Tree::new();
    folder.write("/default.conf", text).unwrap();
    let web = bench.start("web", "nginx:1", &[], &[("/etc/nginx/conf.d", &folder)], &["sleep", "1000"]);
    web.exec(&["nginx", "-t"]).1
}

#[test]
fn mistakes_are_told_as_nginx_tells_them() {
    for (text, expected) in WRONG {
        let said = tested(text);
        let expected = expected.replace(" in F:", " in /etc/nginx/conf.d/default.conf:");
        assert!(said.contains(&format!("nginx: [emerg] {expected}\n")), "{text}: {said}");
        assert!(said.ends_with("nginx: configuration file /etc/nginx/nginx.conf test failed\n"), "{said}");
    }
}

#[test]
fn what_nginx_accepts_is_accepted() {
    for text in RIGHT {
        let expected = "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file \
                        /etc/nginx/nginx.conf test is successful\n";
        assert_eq!(tested(text), expected, "{text}");
    }
    let warned = tested("server { listen 80; server_name a; }\nserver { listen 80; server_name a; }\n");
    assert!(warned.contains("nginx: [warn] conflicting server name \"a\" on 0.0.0.0:80, ignored\n"), "{warned}");
}
