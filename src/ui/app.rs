//! The application's frame: holds the state, carries out effects, lays out the parts. Must not decide anything.

use super::chart::Chart;
use super::editor::Editor;
use super::gallery::Gallery;
use super::header::Header;
use super::panels::{Panels, ProblemList};
use super::session::SessionBar;
use super::transport::Transport;
use super::{browser, keys};
use crate::playground::picture::{self, Picture};
use crate::playground::problems::ProblemsInView;
use crate::playground::{
    Action, Effect, Freshness, Keeping, Pane, State, notices, problems, saved, simulation, update, words,
};
use gloo::events::{EventListener, EventListenerOptions};
use gloo::render::{AnimationFrame, request_animation_frame};
use gloo::timers::callback::Timeout;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

/// Milliseconds without a key after which the typing has paused.
const PAUSE: u32 = 300;

/// What a picture was drawn of; the same key means the same picture.
#[derive(Clone, PartialEq)]
struct PictureKey {
    run: usize,
    zoom: f64,
    pointed_offset: Option<u32>,
    active: usize,
    freshness: Freshness,
}

/// The whole page.
pub struct App {
    state: State,
    picture: Rc<Picture>,
    picture_key: PictureKey,
    hash: Rc<RefCell<Rc<crate::playground::simulation::Run>>>,
    frame: Option<AnimationFrame>,
    frame_began: f64,
    scroller: NodeRef,
    reveal: bool,
    show_text: Option<u32>,
    problems: ProblemsInView,
    run_later: Option<Timeout>,
    _keys: EventListener,
}

impl Component for App {
    type Message = Action;
    type Properties = ();

    fn create(context: &Context<Self>) -> Self {
        let state = browser::kept().map_or_else(State::first_visit, |text| saved::restore(&text));
        browser::show_theme(state.theme);
        let hash = Rc::new(RefCell::new(state.run.clone()));
        let asked = hash.clone();
        browser::answer_scripts(browser::Answers {
            log_hash: move || asked.borrow().hash(),
            count_problems: simulation::count_problems,
            count_events: simulation::count_events,
        });
        let send = context.link().callback(|action: Action| action);
        // A passive listener could not keep the key that moves the focus from being typed where it goes.
        let options = EventListenerOptions::enable_prevent_default();
        let listener = EventListener::new_with_options(&gloo::utils::document(), "keydown", options, move |event| {
            if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                keys::pressed(event, &send);
            }
        });
        Self {
            picture: Rc::new(picture::picture(&state)),
            picture_key: picture_key(&state),
            hash,
            frame: None,
            frame_began: 0.0,
            scroller: NodeRef::default(),
            reveal: false,
            show_text: None,
            problems: ProblemsInView::of(&state),
            run_later: None,
            state,
            _keys: listener,
        }
    }

    fn update(&mut self, context: &Context<Self>, action: Action) -> bool {
        let theme = self.state.theme;
        let effects = update(&mut self.state, action);
        for effect in effects {
            self.carry_out(context, effect);
        }
        if theme != self.state.theme {
            browser::show_theme(self.state.theme);
        }
        *self.hash.borrow_mut() = self.state.run.clone();
        if !self.problems.is_of(&self.state) {
            self.problems = ProblemsInView::of(&self.state);
        }
        let key = picture_key(&self.state);
        if key != self.picture_key {
            self.picture = Rc::new(picture::picture(&self.state));
            self.picture_key = key;
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let send = context.link().callback(|action: Action| action);
        let state = &self.state;
        html! {
            <>
                <Header theme={state.theme} former={state.former.len()} send={send.clone()} />
                <main class="panes" onscroll={send.reform(swiped)}>
                    <section class="pane editor-pane" data-pane="editor" aria-label={words::FILES}>
                        { self.editor(&send) }
                        <ProblemList list={self.problems.list.clone()} send={send.clone()} />
                    </section>
                    <section class="pane picture-pane" data-pane="picture" aria-label={words::TIMELINE}>
                        <SessionBar steps={state.steps.clone()} undone={state.undone.len()} ports={state.ports.clone()}
                            command={state.command.clone()} codes={exit_codes(state)}
                            can_continue_here={state.has_steps_after_playhead()} send={send.clone()} />
                        <Transport playhead={state.playhead} end={state.run.timeline.end} play={state.play}
                            speed={state.speed} send={send.clone()} />
                        { for notices::notices(state).into_iter().map(|one| notice(one, &send)) }
                        <Chart picture={self.picture.clone()} playhead={state.playhead} end={state.run.timeline.end}
                            selected={state.selected} now={now_words(state)} strip={picture::strip(state)}
                            scroller={self.scroller.clone()} send={send.clone()} />
                    </section>
                    <section class="pane panels-pane" data-pane="panels" aria-label={words::STATE}>
                        <Panels view={crate::playground::panels::view(state)} send={send.clone()} />
                    </section>
                </main>
                { pane_tabs(state.pane, &send) }
                <Gallery dialog={state.dialog} send={send.clone()} />
            </>
        }
    }

    fn rendered(&mut self, context: &Context<Self>, first: bool) {
        if first {
            context.link().send_message(Action::SetZoom(self.fit().clamp(14.0, 72.0)));
            browser::show_pane(pane_name(self.state.pane));
        }
        // Only now does the editor hold the file in which the place lies.
        if let Some(offset) = self.show_text.take() {
            super::editor::go_to(offset);
        }
        if std::mem::take(&mut self.reveal)
            && let Some(scroller) = self.scroller.cast::<Element>()
        {
            let x = self.picture.scale.x(self.state.playhead);
            browser::reveal(&scroller, x, super::chart::margin_width(&scroller));
        }
    }
}

impl App {
    fn carry_out(&mut self, context: &Context<Self>, effect: Effect) {
        match effect {
            Effect::Save(text) => {
                let keeping = if browser::keep(&text) { Keeping::Kept } else { Keeping::Refused };
                if keeping != self.state.keeping {
                    context.link().send_message(Action::Kept(keeping));
                }
            }
            Effect::RunSoon => {
                let link = context.link().clone();
                self.run_later = Some(Timeout::new(PAUSE, move || link.send_message(Action::Run)));
            }
            Effect::ShowText(offset) => self.show_text = Some(offset),
            Effect::RevealPlayhead => self.reveal = true,
            Effect::MeasureFit => context.link().send_message(Action::SetZoom(self.fit())),
            Effect::ShowPane(pane) => browser::show_pane(pane_name(pane)),
            Effect::RunClock => {
                if self.frame_began == 0.0 {
                    self.frame_began = browser::now();
                }
                let (link, began) = (context.link().clone(), self.frame_began);
                self.frame_began = browser::now();
                let passed = (browser::now() - began).clamp(0.0, 250.0);
                self.frame = Some(request_animation_frame(move |_| {
                    link.send_message(Action::Tick(Duration::from_micros((passed * 1000.0) as u64)));
                }));
            }
            Effect::StopClock => {
                (self.frame, self.frame_began) = (None, 0.0);
            }
        }
    }

    fn editor(&self, send: &Callback<Action>) -> Html {
        let state = &self.state;
        let file = state.active_file();
        let tabs = state.files.iter().enumerate().map(|(index, file)| {
            let send = send.clone();
            let selected = (index == state.active).to_string();
            html! {
                <button role="tab" aria-selected={selected} onclick={move |_| send.emit(Action::ShowFile(index))}>
                    { &file.path }
                </button>
            }
        });
        html! {
            <>
                <div class="files">
                    <div class="tabs" role="tablist" aria-label={words::FILES}>{ for tabs }</div>
                    { new_file(send) }
                    if state.files.len() > 1 {
                        <button class="plain" aria-label={words::REMOVE_FILE} title={words::REMOVE_FILE}
                            onclick={send.reform(|_: MouseEvent| Action::RemoveFile)}>{ "\u{00d7}" }</button>
                    }
                </div>
                <Editor path={file.path.clone()} text={state.active_text().to_owned()} revision={state.revision}
                    problems={self.problems.underlined.clone()} lit={problems::lit_for_editor(state)} send={send.clone()} />
                <div class="editor-foot">
                    <button class="plain" title={words::EDIT_FROM_NOW_HINT}
                        onclick={send.reform(|_: MouseEvent| Action::EditFromNow)}>{ words::EDIT_FROM_NOW }</button>
                </div>
            </>
        }
    }

    /// The zoom at which the whole session fits into the picture's place.
    fn fit(&self) -> f64 {
        let width = self
            .scroller
            .cast::<Element>()
            .map_or(900.0, |scroller| f64::from(scroller.client_width()) - super::chart::margin_width(&scroller));
        picture::fit(&self.state, width)
    }
}

/// A sentence over the timeline.
fn notice(notice: notices::Notice, send: &Callback<Action>) -> Html {
    let button = notice.button.map(|(label, action)| {
        let send = send.clone();
        html! { <button onclick={move |_| send.emit(action.clone())}>{ label }</button> }
    });
    html! { <p class="notice" role="status"><span>{ super::panels::with_code(&notice.text) }</span>{ button }</p> }
}

/// The pane a phone has been swiped to.
fn swiped(event: Event) -> Action {
    let panes = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let shown = panes.map_or(0.0, |panes| f64::from(panes.scroll_left()) / f64::from(panes.client_width().max(1)));
    Action::Swiped(match shown {
        ..0.5 => Pane::Editor,
        0.5..1.5 => Pane::Picture,
        _ => Pane::Panels,
    })
}

fn picture_key(state: &State) -> PictureKey {
    PictureKey {
        run: Rc::as_ptr(&state.run) as usize,
        zoom: state.zoom,
        pointed_offset: state.pointed_offset,
        active: state.active,
        freshness: state.freshness,
    }
}

/// What each lane is at the playhead, for the margin.
fn now_words(state: &State) -> Vec<(String, &'static str)> {
    picture::now_words(state)
}

fn exit_codes(state: &State) -> Vec<Option<i32>> {
    let mut codes = vec![None; state.steps.len()];
    for mark in &state.run.timeline.steps {
        if let Some(code) = codes.get_mut(mark.step.0 as usize) {
            *code = mark.exit_code;
        }
    }
    codes
}

fn pane_name(pane: Pane) -> &'static str {
    match pane {
        Pane::Editor => "editor",
        Pane::Picture => "picture",
        Pane::Panels => "panels",
    }
}

/// A field in which the path of a new file is typed.
fn new_file(send: &Callback<Action>) -> Html {
    let add = send.reform(|event: Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let path = input.as_ref().map(HtmlInputElement::value).unwrap_or_default();
        if let Some(input) = input {
            input.set_value("");
        }
        Action::AddFile(path)
    });
    html! {
        <input class="new-file" type="text" size="10" autocomplete="off" spellcheck="false" aria-label={words::ADD_FILE}
            placeholder={words::ADD_FILE_PLACEHOLDER} onchange={add} />
    }
}

/// The three swipes of a phone, as buttons too.
fn pane_tabs(shown: Pane, send: &Callback<Action>) -> Html {
    let all =
        [(Pane::Editor, words::PANE_EDITOR), (Pane::Picture, words::PANE_PICTURE), (Pane::Panels, words::PANE_PANELS)];
    let buttons = all.into_iter().map(|(pane, label)| {
        let send = send.clone();
        let current = (pane == shown).then_some("true");
        html! { <button aria-current={current} onclick={move |_| send.emit(Action::ShowPane(pane))}>{ label }</button> }
    });
    html! { <nav class="pane-tabs" aria-label={words::PANES}>{ for buttons }</nav> }
}
