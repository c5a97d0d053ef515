//! The page: Yew components over `playground`, compiled for the browser only. Must not parse, simulate or decide.
//!
//! [`app`] holds the state and hands it down; a component shows a part of it and sends actions. [`browser`] is the one place
//! that touches storage, clocks and the document.

mod app;
mod browser;
mod chart;
mod editor;
mod gallery;
mod header;
mod keys;
mod panels;
mod session;
mod transport;

/// Puts the page into the document.
pub fn mount() {
    browser::tell_of_panics();
    if let Some(page) = gloo::utils::document().get_element_by_id("page") {
        yew::Renderer::<app::App>::with_root(page).render();
    }
}
