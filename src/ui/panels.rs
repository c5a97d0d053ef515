//! The panels: state at the playhead, terminal, logs, reasons, survival, problems. Must not know how any of it is found out.

use super::browser;
use crate::playground::faults::Faults;
use crate::playground::panels::{EventLine, Line, PanelsView, Reason, SurvivalLine};
use crate::playground::problems::{Place, Problem, Problems};
use crate::playground::{Action, EventId, Output, Step, words};
use std::rc::Rc;
use web_sys::Element;
use yew::prelude::*;

/// Properties of [`Panels`].
#[derive(Properties, PartialEq)]
pub struct PanelsProps {
    /// All of them.
    pub view: PanelsView,
    /// Where actions go.
    pub send: Callback<Action>,
}

/// The panels under the picture.
#[component]
pub fn Panels(props: &PanelsProps) -> Html {
    let view = &props.view;
    html! {
        <>
            <article class="panel state" aria-label={words::STATE}>
                <h2>{ words::STATE }<small>{ &view.at }</small></h2>
                <div class="body">{ pending(props) }{ containers(props) }{ data(view) }{ ports(props) }</div>
            </article>
            <article class="panel output" aria-label={words::OUTPUT}>
                <h2>{ output_choice(props) }</h2>
                { output(props) }
            </article>
            if view.why.is_empty() {
                <article class="panel survival" aria-label={words::SURVIVAL}>
                    <h2>{ words::SURVIVAL }</h2>
                    <div class="body">{ survival(&view.survival) }</div>
                </article>
            } else {
                <article class="panel why" aria-label={words::WHY}>
                    <h2>{ words::WHY }
                        <button class="plain" onclick={props.send.reform(|_: MouseEvent| Action::Select(None))}>
                            { words::WHY_CLOSE }
                        </button>
                    </h2>
                    <div class="body">
                        if let Some(one) = &view.faults { { faults(one, &props.send) } }
                        <ol class="reasons">{ for view.why.iter().map(|one| reason(one, &props.send)) }</ol>
                    </div>
                </article>
            }
        </>
    }
}

fn pending(props: &PanelsProps) -> Html {
    if props.view.pending.is_empty() {
        return Html::default();
    }
    let items = props.view.pending.iter().map(|one| {
        html! { <li>{ choose(&props.send, Some(one.event), &one.text) }</li> }
    });
    html! { <ul class="pending">{ for items }</ul> }
}

fn choose(send: &Callback<Action>, event: Option<EventId>, label: &str) -> Html {
    html! {
        <button class="link" title={words::WHY} onclick={send.reform(move |_: MouseEvent| Action::Select(event))}>
            { with_code(label) }
        </button>
    }
}

fn containers(props: &PanelsProps) -> Html {
    if props.view.containers.is_empty() {
        return html! { <p class="quiet">{ words::NO_CONTAINERS }</p> };
    }
    let rows = props.view.containers.iter().map(|row| {
        html! {
            <tr>
                <th scope="row">{ choose(&props.send, row.event, &row.name) }</th>
                <td><span class={classes!("dot", row.class)}></span>{ &row.status }</td>
                <td class="image">{ &row.image }</td>
            </tr>
        }
    });
    html! {
        <table>
            <thead><tr>
                <th scope="col">{ words::COLUMN_CONTAINER }</th><th scope="col">{ words::COLUMN_STATUS }</th>
                <th scope="col" class="image">{ words::COLUMN_IMAGE }</th>
            </tr></thead>
            <tbody>{ for rows }</tbody>
        </table>
    }
}

fn data(view: &PanelsView) -> Html {
    if view.data.is_empty() {
        return Html::default();
    }
    let rows = view.data.iter().map(|row| {
        html! {
            <tr><th scope="row" title={row.name.clone()}><span>{ &row.name }</span><small>{ row.kind }</small></th>
                <td>{ &row.content }</td><td class="image">{ &row.attached }</td></tr>
        }
    });
    html! {
        <table>
            <thead><tr>
                <th scope="col">{ words::DATA }</th><th scope="col">{ words::COLUMN_CONTENT }</th>
                <th scope="col" class="image">{ words::COLUMN_ATTACHED }</th>
            </tr></thead>
            <tbody>{ for rows }</tbody>
        </table>
    }
}

/// Published ports: what holds each, a request to it, the last answer; then every request so far.
fn ports(props: &PanelsProps) -> Html {
    let view = &props.view;
    if view.ports.is_empty() {
        return Html::default();
    }
    let rows = view.ports.iter().map(|row| {
        let (send, port) = (props.send.clone(), row.port);
        let ask = move |_| send.emit(Action::Take(Step::Request { port, path: "/".into() }));
        html! {
            <tr>
                <th scope="row">
                    <button class="ask" aria-label={words::request_button(port)} onclick={ask}>{ format!(":{port}") }</button>
                    <small>{ &row.service }</small>
                </th>
                <td class="now">{ &row.now }</td>
                <td class={classes!("answer", row.class)}>{ &row.answer }</td>
            </tr>
        }
    });
    html! {
        <>
            <table class="ports">
                <thead><tr>
                    <th scope="col">{ words::COLUMN_ADDRESS }</th><th scope="col">{ words::COLUMN_NOW }</th>
                    <th scope="col">{ words::COLUMN_ANSWER }</th>
                </tr></thead>
                <tbody>{ for rows }</tbody>
            </table>
            { requests(props) }
        </>
    }
}

fn requests(props: &PanelsProps) -> Html {
    if props.view.requests.is_empty() {
        return Html::default();
    }
    let items = props.view.requests.iter().map(|one| {
        html! {
            <li>{ choose(&props.send, Some(one.event), &one.at) }<span>{ format!(":{}", one.port) }</span>
                <span class={classes!("got", one.class)}>{ &one.answer }</span></li>
        }
    });
    html! {
        <details class="requests">
            <summary>{ words::requests(props.view.requests.len()) }</summary>
            <ol>{ for items }</ol>
        </details>
    }
}

/// What can be broken about the container that "why?" is about.
fn faults(faults: &Faults, send: &Callback<Action>) -> Html {
    let buttons = faults.buttons.iter().map(|button| {
        let (send, step) = (send.clone(), button.step.clone());
        html! {
            <button title={button.hint} disabled={!button.works} onclick={move |_| send.emit(Action::Take(step.clone()))}>
                { button.label.to_string() }
            </button>
        }
    });
    let name = words::break_it(&faults.name);
    html! {
        <div class="faults" role="group" aria-label={name.clone()}><p class="quiet">{ name }</p>{ for buttons }</div>
    }
}

fn output_choice(props: &PanelsProps) -> Html {
    let choice = |output: Output, label: &'static str| {
        let pressed = (output == props.view.output).to_string();
        let show = props.send.reform(move |_: MouseEvent| Action::ShowOutput(output));
        html! { <button class="plain" aria-pressed={pressed} onclick={show}>{ label }</button> }
    };
    html! {
        <span class="choices" role="group" aria-label={words::OUTPUT}>
            { choice(Output::Terminal, words::TERMINAL) }{ choice(Output::Logs, words::LOGS) }
            { choice(Output::Events, words::EVENTS) }
        </span>
    }
}

fn output(props: &PanelsProps) -> Html {
    let view = &props.view;
    match view.output {
        Output::Terminal => html! { <Lines key="terminal" lines={view.terminal.clone()} empty={words::NO_OUTPUT} /> },
        Output::Logs => html! {
            <>{ log_choice(props) }<Lines key="logs" lines={view.logs.clone()} empty={words::NO_LOGS} /></>
        },
        Output::Events => html! { <Events lines={view.events.clone()} send={props.send.clone()} /> },
    }
}

/// Properties of [`Events`].
#[derive(Properties, PartialEq)]
struct EventsProps {
    lines: Vec<EventLine>,
    send: Callback<Action>,
}

/// The timeline as a list, the last event in view.
#[component]
fn Events(props: &EventsProps) -> Html {
    let list = use_node_ref();
    {
        let list = list.clone();
        use_effect_with(props.lines.len(), move |_| {
            if let Some(list) = list.cast::<Element>() {
                browser::scroll_to_end(&list);
            }
        });
    }
    let items = props.lines.iter().map(|line| {
        html! {
            <li class={line.class}><time>{ &line.at }</time>{ choose(&props.send, Some(line.event), &line.text) }</li>
        }
    });
    html! {
        <div class="body" ref={list} tabindex="0" role="region" aria-label={words::EVENTS}>
            if props.lines.is_empty() { <p class="quiet">{ words::NO_EVENTS }</p> }
            <ol class="events">{ for items }</ol>
        </div>
    }
}

fn log_choice(props: &PanelsProps) -> Html {
    let choice = |service: Option<String>, label: String| {
        let send = props.send.clone();
        let pressed = (service == props.view.log_of).to_string();
        html! {
            <button class="plain" aria-pressed={pressed}
                onclick={move |_| send.emit(Action::ShowLogOf(service.clone()))}>{ label }</button>
        }
    };
    let services = props.view.log_services.iter().map(|service| choice(Some(service.clone()), service.clone()));
    html! { <span class="choices services" role="group" aria-label={words::LOGS}>{ choice(None, words::LOGS_ALL.to_owned()) }{ for services }</span> }
}

/// Properties of [`Lines`].
#[derive(Properties, PartialEq)]
struct LinesProps {
    lines: Vec<Line>,
    empty: &'static str,
}

/// Lines of a terminal or a log, the last one in view.
#[component]
fn Lines(props: &LinesProps) -> Html {
    let list = use_node_ref();
    {
        let list = list.clone();
        use_effect_with(props.lines.len(), move |_| {
            if let Some(list) = list.cast::<Element>() {
                browser::scroll_to_end(&list);
            }
        });
    }
    if props.lines.is_empty() {
        return html! { <div class="body"><p class="quiet">{ props.empty }</p></div> };
    }
    let lines = props.lines.iter().map(|line| {
        html! {
            <div class={line.class}>
                if !line.who.is_empty() {
                    <b>{ &line.who }</b>
                }
                { &line.text }
            </div>
        }
    });
    html! { <div class="body code" ref={list} tabindex="0">{ for lines }</div> }
}

fn reason(reason: &Reason, send: &Callback<Action>) -> Html {
    let event = reason.event;
    html! {
        <li>
            <button class="link" onclick={send.reform(move |_: MouseEvent| Action::Select(Some(event)))}>
                <time>{ &reason.at }</time>{ with_code(&reason.text) }
            </button>
            <p><b>{ reason.because }</b>{ " " }{ with_code(reason.meaning) }{ place(reason.place.as_ref(), send) }</p>
        </li>
    }
}

/// A place in the files, to be gone to.
fn place(place: Option<&Place>, send: &Callback<Action>) -> Html {
    let Some(Place { label, file, offset }) = place.cloned() else { return Html::default() };
    let go_to = send.reform(move |_: MouseEvent| Action::GoTo(file, offset));
    html! { <button class="link place" title={words::SHOW_PLACE} onclick={go_to}>{ label }</button> }
}

/// One row per command, one column per place.
fn survival(places: &[SurvivalLine]) -> Html {
    let Some(first) = places.first() else { return html! { <p class="quiet">{ words::NO_DATA }</p> } };
    let heads = places.iter().map(|place| {
        html! { <th scope="col" title={place.name.clone()}><span>{ &place.name }</span><small>{ place.kind }</small></th> }
    });
    let rows = first.fates.iter().enumerate().map(|(index, fate)| {
        let cells = places.iter().filter_map(|place| place.fates.get(index)).map(|fate| {
            html! { <td class={classes!("fate", fate.class)} title={fate.reason}>{ fate.word }</td> }
        });
        html! { <tr><th scope="row"><code>{ fate.command }</code></th>{ for cells }</tr> }
    });
    html! {
        <table class="survives">
            <thead><tr><th scope="col">{ words::COLUMN_NEXT }</th>{ for heads }</tr></thead>
            <tbody>{ for rows }</tbody>
        </table>
    }
}

/// A text in which what stands between backticks is code.
pub fn with_code(text: &str) -> Html {
    let parts = text.split('`').enumerate().map(|(index, part)| {
        if index % 2 == 1 {
            html! { <code>{ part }</code> }
        } else {
            html! { { part } }
        }
    });
    html! { <>{ for parts }</> }
}

/// Properties of [`ProblemList`].
#[derive(Properties, PartialEq)]
pub struct ProblemListProps {
    /// All problems.
    pub list: Rc<Problems>,
    /// Where actions go.
    pub send: Callback<Action>,
}

/// Problems of the files, under the editor.
#[component]
pub fn ProblemList(props: &ProblemListProps) -> Html {
    let Problems { grave, more_grave, advice, more_advice } = &*props.list;
    let more = |count: usize| (count > 0).then(|| html! { <p class="more quiet">{ words::more_problems(count) }</p> });
    let items = |list: &[Problem]| list.iter().map(|problem| problem_html(problem, &props.send)).collect::<Html>();
    html! {
        <div class="problems" role="region" aria-label={words::PROBLEMS}>
            if grave.is_empty() { <p class="none">{ words::NO_PROBLEMS }</p> }
            else { <ul>{ items(grave) }</ul>{ more(*more_grave) } }
            if !advice.is_empty() {
                <details class="all-advice">
                    <summary>{ words::advice(advice.len() + more_advice) }</summary>
                    <ul>{ items(advice) }</ul>{ more(*more_advice) }
                </details>
            }
        </div>
    }
}

fn problem_html(problem: &Problem, send: &Callback<Action>) -> Html {
    let index = problem.index;
    let fixes = problem.fixes.iter().enumerate().map(|(fix, title)| {
        html! {
            <button onclick={send.reform(move |_: MouseEvent| Action::ApplyFix(index, fix))}>{ with_code(title) }</button>
        }
    });
    html! {
        <li class={problem.class}>
            <b>{ problem.severity }</b>{ " " }{ place(problem.place.as_ref(), send) }
            <details open={problem.class == "error"}>
                <summary>{ with_code(&problem.message) }</summary>
                if !problem.why.is_empty() { <p class="quiet">{ with_code(&problem.why) }</p> }
                if !problem.remedy.is_empty() { <p>{ with_code(&problem.remedy) }</p> }
                if let Some(docker) = &problem.docker {
                    <p class="quiet">{ words::DOCKER_SAYS }</p><code class="docker">{ docker }</code>
                }
                { for fixes }
            </details>
        </li>
    }
}
