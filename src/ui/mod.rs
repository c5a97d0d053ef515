//! The page: Yew components over `playground`, compiled for the browser only. Must not parse, simulate or decide.

use yew::prelude::*;

/// The whole page.
#[function_component]
pub fn Page() -> Html {
    html! { <main>{ "Drydock" }</main> }
}

/// Puts the page into the document.
pub fn mount() {
    console_error_panic_hook::set_once();
    yew::Renderer::<Page>::new().render();
}
