//! The gallery of examples, as a dialog over the page. Must not know what an example holds.

use crate::playground::{Action, Dialog, examples, words};
use web_sys::HtmlDialogElement;
use yew::prelude::*;

/// Properties of [`Gallery`].
#[derive(Properties, PartialEq)]
pub struct GalleryProps {
    /// What lies over the page.
    pub dialog: Dialog,
    /// Where actions go.
    pub send: Callback<Action>,
}

/// The dialog; it is always in the document, so that the browser gives the focus back when it closes.
#[component]
pub fn Gallery(props: &GalleryProps) -> Html {
    let element = use_node_ref();
    let stacks = use_memo((), |()| examples::all());
    {
        let element = element.clone();
        use_effect_with(props.dialog, move |dialog| {
            let Some(element) = element.cast::<HtmlDialogElement>() else { return };
            match dialog {
                Dialog::Gallery if !element.open() => {
                    let _ = element.show_modal();
                }
                Dialog::None if element.open() => element.close(),
                _ => {}
            }
        });
    }
    let cards = stacks.iter().map(|stack| {
        let (send, index) = (props.send.clone(), stack.index);
        html! {
            <li>
                <button onclick={move |_| send.emit(Action::OpenStack(index))}>
                    <b>{ &stack.title }</b>
                    { for stack.look.iter().map(|line| html! { <span>{ super::panels::with_code(line) }</span> }) }
                </button>
            </li>
        }
    });
    let closed = props.send.reform(|_: Event| Action::CloseDialog);
    html! {
        <dialog ref={element} class="gallery" aria-label={words::EXAMPLES} onclose={closed}>
            <header>
                <h2>{ words::EXAMPLES }</h2>
                <p>{ words::EXAMPLES_INTRO }</p>
                <button class="plain" onclick={props.send.reform(|_: MouseEvent| Action::CloseDialog)}>
                    { words::CLOSE }
                </button>
            </header>
            <ul>{ for cards }</ul>
        </dialog>
    }
}
