//! The keyboard: which key sends which action. Keys that are typed into a field or the editor are left alone.

use super::browser;
use crate::playground::Action;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};
use yew::Callback;

/// Sends what a key means, if it means anything here.
pub fn pressed(event: &KeyboardEvent, send: &Callback<Action>) {
    if event.ctrl_key()
        || event.meta_key()
        || event.alt_key()
        || is_typed_into(event)
        || matches(event, "dialog, dialog *")
    {
        return;
    }
    if let (key @ ("ArrowUp" | "ArrowDown"), true) = (event.key().as_str(), matches(event, "svg [role=button]")) {
        return go_through_the_drawing(event, key == "ArrowDown");
    }
    let action = match event.key().as_str() {
        " " if !is_on_a_control(event) => Action::TogglePlay,
        "ArrowLeft" => Action::StepBack,
        "ArrowRight" => Action::StepForward,
        "Home" => Action::ToStart,
        "End" => Action::ToEnd,
        "+" | "=" => Action::Zoom(1.5),
        "-" => Action::Zoom(1.0 / 1.5),
        "f" => Action::Fit,
        "u" => Action::Undo,
        "r" => Action::Redo,
        "w" => Action::SelectAtPlayhead,
        "Escape" => Action::Select(None),
        "/" => return take_focus(event, "#command"),
        "e" => return take_focus(event, ".cm-content"),
        _ => return,
    };
    event.prevent_default();
    send.emit(action);
}

fn take_focus(event: &KeyboardEvent, selector: &str) {
    event.prevent_default();
    browser::focus(selector);
}

fn go_through_the_drawing(event: &KeyboardEvent, forward: bool) {
    event.prevent_default();
    if let Some(part) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) {
        browser::focus_neighbour(&part, forward);
    }
}

fn is_typed_into(event: &KeyboardEvent) -> bool {
    matches(event, "input, textarea, select, [contenteditable=true], .cm-editor, .cm-editor *")
}

fn is_on_a_control(event: &KeyboardEvent) -> bool {
    matches(event, "button, [role=button], [role=tab], summary, a")
}

fn matches(event: &KeyboardEvent, selector: &str) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| element.matches(selector).unwrap_or(false))
}
