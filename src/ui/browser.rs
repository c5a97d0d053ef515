//! What the application asks of the browser: storage, the clock of the screen, the document. Nothing is decided here.

use crate::playground::{Theme, saved};
use gloo::utils::{document, document_element, window};
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{Element, HtmlElement, SvgElement};

/// The text kept by this tab before it was reloaded, else by the last visit in any tab: two tabs do not undo each other's
/// work. A browser may refuse every access to its storage; then there is none.
pub fn kept() -> Option<String> {
    let of = |storage: Option<web_sys::Storage>| storage?.get_item(saved::KEY).ok().flatten();
    of(window().session_storage().ok().flatten()).or_else(|| of(window().local_storage().ok().flatten()))
}

/// Keeps a text and says whether that worked: private windows and full storages refuse.
pub fn keep(text: &str) -> bool {
    let into = |storage: Option<web_sys::Storage>| storage.is_some_and(|one| one.set_item(saved::KEY, text).is_ok());
    let for_this_tab = into(window().session_storage().ok().flatten());
    into(window().local_storage().ok().flatten()) || for_this_tab
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
    if x < left + 48.0_f64.min(x) || x > left + room - 96.0 {
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

/// Gives the focus to the part of the drawing before or after the one that has it.
pub fn focus_neighbour(of: &Element, after: bool) {
    let Ok(Some(drawing)) = of.closest("svg") else { return };
    let Ok(parts) = drawing.query_selector_all("[role=button]") else { return };
    let at = (0..parts.length()).find(|index| parts.item(*index).is_some_and(|one| one.is_same_node(Some(of))));
    let next = at.and_then(|at| if after { at.checked_add(1) } else { at.checked_sub(1) });
    let element = next.and_then(|next| parts.item(next)).and_then(|one| one.dyn_into::<SvgElement>().ok());
    if let Some(element) = element {
        let _ = element.focus();
    }
}

/// Says on the page that it broke, beside what the console is told: it cannot go on after a panic.
pub fn tell_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        if let Ok(Some(note)) = document().query_selector("#broken") {
            let _ = note.remove_attribute("hidden");
        }
    }));
}

/// Brings one of the panes of a phone into view.
pub fn show_pane(name: &str) {
    let found = document().query_selector(&format!("[data-pane={name}]")).ok().flatten();
    if let Some(element) = found {
        element.scroll_into_view();
    }
}

/// What scripts may ask: `drydock.logHash()`, which the tests compare with a native run's, and work to take the time of.
pub struct Answers<H> {
    /// `drydock.logHash()`: the hash of the run's log.
    pub log_hash: H,
    /// `drydock.countProblems(text)`: of a Compose file.
    pub count_problems: fn(&str) -> usize,
    /// `drydock.countEvents(text, seconds)`: of a Compose file whose services are up for so long.
    pub count_events: fn(&str, Duration) -> usize,
}

/// Gives scripts those answers.
pub fn answer_scripts<H: Fn() -> String + 'static>(answers: Answers<H>) {
    let Answers { log_hash, count_problems, count_events } = answers;
    let log_hash = Closure::<dyn Fn() -> String>::new(log_hash);
    let problems = Closure::<dyn Fn(String) -> usize>::new(move |text: String| count_problems(&text));
    let events = Closure::<dyn Fn(String, u32) -> usize>::new(move |text: String, seconds| {
        count_events(&text, Duration::from_secs(u64::from(seconds)))
    });
    let object = js_sys::Object::new();
    let functions = [
        ("logHash", log_hash.into_js_value()),
        ("countProblems", problems.into_js_value()),
        ("countEvents", events.into_js_value()),
    ];
    for (name, function) in functions {
        let _ = js_sys::Reflect::set(&object, &name.into(), &function);
    }
    let _ = js_sys::Reflect::set(&window(), &JsValue::from("drydock"), &object);
}
