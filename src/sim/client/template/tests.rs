//! Templates that people write, and what Go says of those that are wrong.

use super::*;
use serde_json::json;

fn shown(format: &str, value: &serde_json::Value) -> Result<String, Problem> {
    render(format, &Value::from(value), MissingKey::Refused)
}

#[test]
fn the_templates_people_write_work() {
    let value = json!({"Name": "/app", "State": {"Status": "running", "Health": {"Status": "healthy",
        "Log": [{"ExitCode": -1, "Output": "late"}, {"ExitCode": 0, "Output": ""}]}}, "Ports": {}, "Labels": {"a.b": "c"}});
    let cases = [
        ("{{.State.Status}} {{.Name}}", "running /app"),
        ("{{range .State.Health.Log}}{{.ExitCode}} {{.Output}};{{end}}", "-1 late;0 ;"),
        ("{{if .Ports}}some{{else}}none{{end}}", "none"),
        ("{{json .State.Health.Log}}", r#"[{"ExitCode":-1,"Output":"late"},{"ExitCode":0,"Output":""}]"#),
        ("{{range $k, $v := .Labels}}{{$k}}={{$v}} {{$.Name}}{{end}}", "a.b=c /app"),
        ("{{range $i, $probe := .State.Health.Log}}{{$i}}:{{$probe.ExitCode}} {{end}}", "0:-1 1:0 "),
        ("{{(index .State.Health.Log 0).Output}} {{- /* why */ -}} !", "late!"),
        ("{{index .Labels \"a.b\"}}{{index .Labels \"none\"}} {{len .State.Health.Log}}", "c 2"),
        ("{{.State.Status | upper}} {{with .State.Health}}{{.Status}}{{end}}", "RUNNING healthy"),
        ("{{if eq .State.Status \"running\"}}yes{{end}}{{printf \"%s!\" .Name}}", "yes/app!"),
        ("{{if .Ports}}a{{else if eq .Name \"/app\"}}b{{else}}c{{end}}", "b"),
        ("{{$x := .Name}}{{$x}} {{if gt (len .State.Health.Log) 1}}many{{end}}", "/app many"),
    ];
    for (format, expected) in cases {
        assert_eq!(shown(format, &value).as_deref(), Ok(expected), "{format}");
    }
}

#[test]
fn what_is_wrong_is_said_in_gos_words() {
    let value = json!({"State": {}});
    let execution =
        |place: &str, text: &str| Err(Problem::Execution(format!("template: :{place}: executing \"\" at {text}")));
    let missing = "<.State.Health.Status>: map has no entry for key \"Health\"";
    assert_eq!(shown("{{.State.Health.Status}}", &value), execution("1:8", missing));
    assert_eq!(shown("{{.Nope}}", &value), execution("1:2", "<.Nope>: map has no entry for key \"Nope\""));
    let syntax = |text: &str| Err(Problem::Syntax(format!("template: :1: {text}")));
    assert_eq!(shown("{{if .A}}", &value), syntax("unexpected EOF"));
    assert_eq!(shown("{{end}}", &value), syntax("unexpected {{end}}"));
    assert_eq!(shown("{{.A", &value), syntax("unclosed action"));
    assert_eq!(shown("{{frob .State}}", &value), syntax("function \"frob\" not defined"));
}
