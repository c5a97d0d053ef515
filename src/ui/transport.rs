//! The playhead's controls: play, pause, step, scrub, speed, zoom. Must not know what is drawn.

use crate::playground::state::SPEEDS;
use crate::playground::{Action, Instant, Play, words};
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Properties of [`Transport`].
#[derive(Properties, PartialEq)]
pub struct TransportProps {
    /// Where the line stands.
    pub playhead: Instant,
    /// Where the session ends.
    pub end: Instant,
    /// Whether the line moves.
    pub play: Play,
    /// Index of the speed.
    pub speed: usize,
    /// Where actions go.
    pub send: Callback<Action>,
}

/// The controls of the playhead.
#[component]
pub fn Transport(props: &TransportProps) -> Html {
    let scrub = props.send.reform(|event: InputEvent| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        Action::Scrub(Instant::from_micros((input.map_or(0.0, |input| input.value_as_number()) * 1000.0) as u64))
    });
    let millis = |at: Instant| (at.as_micros().div_ceil(1000)).to_string();
    let (play_sign, play_word) = match props.play {
        Play::Playing => (Sign::Pause, words::PAUSE),
        Play::Paused => (Sign::Play, words::PLAY),
    };
    html! {
        <div class="transport" role="group" aria-label={words::PLAYHEAD}>
            { control(props, Action::ToStart, Sign::ToStart, words::TO_START) }
            { control(props, Action::StepBack, Sign::Back, words::STEP_BACK) }
            <button class="play" aria-label={play_word} title={words::PLAY_HINT}
                onclick={props.send.reform(|_: MouseEvent| Action::TogglePlay)}>{ sign_html(play_sign) }</button>
            { control(props, Action::StepForward, Sign::Forward, words::STEP_FORWARD) }
            { control(props, Action::ToEnd, Sign::ToEnd, words::TO_END) }
            <output class="clock" aria-label={words::PLAYHEAD}>{ words::moment(props.playhead) }</output>
            <input class="scrub" type="range" min="0" max={millis(props.end)} value={millis(props.playhead)} step="10"
                aria-label={words::PLAYHEAD} aria-valuetext={words::playhead_value(props.playhead, props.end)}
                oninput={scrub} />
            { speeds(props) }
            { control(props, Action::Zoom(1.0 / 1.5), Sign::Minus, words::ZOOM_OUT) }
            { control(props, Action::Zoom(1.5), Sign::Plus, words::ZOOM_IN) }
            <button title={words::ZOOM_FIT_HINT} onclick={
                props.send.reform(|_: MouseEvent| Action::Fit)
            }>{ words::ZOOM_FIT }</button>
        </div>
    }
}

/// Signs on the buttons.
#[derive(Clone, Copy)]
enum Sign {
    ToStart,
    Back,
    Play,
    Pause,
    Forward,
    ToEnd,
    Minus,
    Plus,
}

fn sign_html(sign: Sign) -> Html {
    let path = match sign {
        Sign::ToStart => "M3 3h2v10H3z M13 3v10L6 8z",
        Sign::Back => "M4 3h2v10H4z M12 3v10L7 8z",
        Sign::Play => "M4 2v12l9-6z",
        Sign::Pause => "M4 3h3v10H4z M9 3h3v10H9z",
        Sign::Forward => "M10 3h2v10h-2z M4 3v10l5-5z",
        Sign::ToEnd => "M11 3h2v10h-2z M3 3v10l7-5z",
        Sign::Minus => "M3 7h10v2H3z",
        Sign::Plus => "M3 7h10v2H3z M7 3h2v10H7z",
    };
    html! { <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d={path} /></svg> }
}

fn control(props: &TransportProps, action: Action, sign: Sign, name: &'static str) -> Html {
    let send = props.send.clone();
    html! {
        <button class="sign" aria-label={name} title={name} onclick={move |_| send.emit(action.clone())}>
            { sign_html(sign) }
        </button>
    }
}

fn speeds(props: &TransportProps) -> Html {
    let chosen = props.send.reform(|event: Event| {
        let select = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
        Action::SetSpeed(select.map_or(0, |select| select.selected_index().max(0) as usize))
    });
    let options = SPEEDS.iter().enumerate().map(|(index, speed)| {
        html! { <option selected={index == props.speed}>{ format!("{speed}×") }</option> }
    });
    html! { <select aria-label={words::SPEED} title={words::SPEED} onchange={chosen}>{ for options }</select> }
}
