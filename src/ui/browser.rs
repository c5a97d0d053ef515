//! What the application asks of the browser: storage, the clock of the screen, the document. Nothing is decided here.

use crate::playground::{Theme, saved};
use gloo::storage::{LocalStorage, Storage};
use gloo::utils::{document, document_element, window};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{Element, HtmlElement};

/// The text kept by an earlier visit.
pub fn kept() -> Option<String> {
    LocalStorage::raw().get_item(saved::KEY).ok().flatten()
}

/// Keeps a text. A browser that keeps nothing (private windows, full storage) loses only the convenience.
pub fn keep(text: &str) {
    let _ = LocalStorage::raw().set_item(saved::KEY, text);
}

/// Milliseconds of the screen's clock.
pub fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Gives the document its colours.
pub fn show_theme(theme: Theme) {
    let root = document_element();
    let name = match theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let _ = root.set_attribute("data-theme", name);
}

/// Scrolls the picture sideways so that `x` is in view, with some room around it.
pub fn reveal(scroller: &Element, x: f64, margin: f64) {
    let (left, width) = (f64::from(scroller.scroll_left()), f64::from(scroller.client_width()));
    let room = width - margin;
    if x < left + 16.0 || x > left + room - 96.0 {
        scroller.set_scroll_left((x - room * 0.6).max(0.0) as i32);
    }
}

/// Brings the end of a list that scrolls into view.
pub fn scroll_to_end(list: &Element) {
    list.set_scroll_top(list.scroll_height());
}

/// Puts the keyboard where this selector points.
pub fn focus(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Brings one of the panes of a phone into view.
pub fn show_pane(name: &str) {
    let found = document().query_selector(&format!("[data-pane={name}]")).ok().flatten();
    if let Some(element) = found {
        element.scroll_into_view();
    }
}

/// Lets scripts ask for the hash of the run's log: `drydock.logHash()`. The tests compare it with a native run's.
pub fn offer_log_hash(hash: impl Fn() -> String + 'static) {
    let answer = Closure::<dyn Fn() -> String>::new(hash);
    let object = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&object, &"logHash".into(), answer.as_ref());
    let _ = js_sys::Reflect::set(&window(), &JsValue::from("drydock"), &object);
    answer.forget();
}
