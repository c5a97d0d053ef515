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
    console_error_panic_hook::set_once();
    yew::Renderer::<app::App>::new().render();
}
