//! The command line with its buttons, and the steps taken so far. Must not know what a command does.

use crate::playground::{Action, Step, words};
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Properties of [`SessionBar`].
#[derive(Properties, PartialEq)]
pub struct SessionBarProps {
    /// Steps of the session.
    pub steps: Vec<Step>,
    /// Exit code of each, as far as it has one.
    pub codes: Vec<Option<i32>>,
    /// How many steps can come back.
    pub undone: usize,
    /// Published ports, with the service behind each.
    pub ports: Vec<(u16, String)>,
    /// What stands in the command line.
    pub command: String,
    /// Whether there are steps behind the line.
    pub can_continue_here: bool,
    /// Where actions go.
    pub send: Callback<Action>,
}

/// The command line, its buttons, the steps.
#[component]
pub fn SessionBar(props: &SessionBarProps) -> Html {
    let submit = props.send.reform(|event: SubmitEvent| {
        event.prevent_default();
        Action::SubmitCommand
    });
    let typed = props.send.reform(|event: InputEvent| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        Action::TypeCommand(input.map(|input| input.value()).unwrap_or_default())
    });
    html! {
        <div class="session">
            <form class="command" onsubmit={submit}>
                <label for="command" aria-hidden="true">{ "$" }</label>
                <input id="command" type="text" autocomplete="off" autocapitalize="off" spellcheck="false"
                    placeholder={words::COMMAND_HINT} aria-label={words::COMMAND_LINE}
                    value={props.command.clone()} oninput={typed} />
                <button type="submit">{ words::RUN }</button>
            </form>
            <div class="usual" role="group" aria-label={words::SESSION}>{ for usual_buttons(props) }</div>
            <div class="history">
                { history(props) }
                if props.can_continue_here {
                    { button(props, Action::ContinueHere, words::CONTINUE_HERE, words::CONTINUE_HERE_HINT, false) }
                }
                { button(props, Action::Undo, words::UNDO, words::UNDO_HINT, props.steps.is_empty()) }
                { button(props, Action::Redo, words::REDO, words::REDO_HINT, props.undone == 0) }
                { button(props, Action::ForgetSteps, words::FORGET, words::FORGET_HINT, props.steps.is_empty()) }
            </div>
        </div>
    }
}

fn button(props: &SessionBarProps, action: Action, label: &'static str, hint: &'static str, disabled: bool) -> Html {
    let send = props.send.clone();
    html! {
        <button class="plain" title={hint} {disabled} onclick={move |_| send.emit(action.clone())}>{ label }</button>
    }
}

fn usual_buttons(props: &SessionBarProps) -> Vec<Html> {
    let take = |label: String, step: Step| {
        let send = props.send.clone();
        html! { <button onclick={move |_| send.emit(Action::Take(step.clone()))}>{ label }</button> }
    };
    let commands = words::USUAL_COMMANDS.iter().map(|(label, command)| {
        take((*label).to_owned(), Step::Run { command: (*command).to_owned(), interrupt_after: None })
    });
    let requests = props
        .ports
        .iter()
        .map(|(port, _)| take(words::request_button(*port), Step::Request { port: *port, path: "/".into() }));
    let wait = take(words::WAIT.to_owned(), Step::Wait(Duration::from_secs(5)));
    commands.chain([wait]).chain(requests).collect()
}

fn history(props: &SessionBarProps) -> Html {
    if props.steps.is_empty() {
        return html! { <p class="quiet">{ words::NO_STEPS }</p> };
    }
    let items = props.steps.iter().enumerate().map(|(index, step)| {
        let failed = props.codes.get(index).copied().flatten().is_some_and(|code| code != 0);
        let send = props.send.clone();
        html! {
            <li class={classes!(failed.then_some("failed"))}>
                <button title={words::step(step)} onclick={move |_| send.emit(Action::ToStep(index))}>
                    { words::short_step(step) }
                    if failed {
                        <span class="bad" role="img" aria-label={words::FAILED}>{ " ✗" }</span>
                    }
                </button>
            </li>
        }
    });
    html! { <ol aria-label={words::HISTORY}>{ for items }</ol> }
}
