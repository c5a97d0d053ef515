//! The header: the name, what is simulated, colours. Must not know anything else of the state.

use crate::playground::{Action, Theme, words};
use yew::prelude::*;

/// Properties of [`Header`].
#[derive(Properties, PartialEq)]
pub struct HeaderProps {
    /// The colours now.
    pub theme: Theme,
    /// How many projects can come back.
    pub former: usize,
    /// Where actions go.
    pub send: Callback<Action>,
}

/// The header of the page.
#[component]
pub fn Header(props: &HeaderProps) -> Html {
    let next_theme = props.send.reform(|_: MouseEvent| Action::NextTheme);
    let start_over = props.send.reform(|_: MouseEvent| Action::StartOver);
    html! {
        <header class="top">
            <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
                <path class="dock" d="M4 8v16h24V8" />
                <path class="hull" d="M8 15h16l-3 6H11z" />
                <path class="cargo" d="M11 11h4v4h-4zm6 0h4v4h-4z" />
            </svg>
            <h1>{ words::NAME }</h1>
            <p class="tagline">{ words::TAGLINE }</p>
            <p class="versions">{ words::SIMULATES }</p>
            if props.former > 0 {
                <button class="plain" title={words::BRING_BACK_HINT}
                    onclick={props.send.reform(|_: MouseEvent| Action::BringBack)}>{ words::BRING_BACK }</button>
            }
            <button aria-haspopup="dialog" title={words::EXAMPLES_HINT}
                onclick={props.send.reform(|_: MouseEvent| Action::ShowGallery)}>{ words::EXAMPLES }</button>
            <button class="plain" title={words::START_OVER_HINT} onclick={start_over}>{ words::START_OVER }</button>
            <button class="plain" onclick={next_theme}>{ words::theme(props.theme) }</button>
        </header>
    }
}
