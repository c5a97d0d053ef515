//! The timeline as SVG: margin, lanes, bars, marks, gates, axis, playhead. Every place, word and class comes from
//! `playground::picture`; the colours are the stylesheet's. Must not know what a bar means.

use crate::playground::picture::{self, Bar, Flag, GateArrow, Lane, Mark, Picture};
use crate::playground::{Action, EventId, Instant, Pane, words};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

/// Properties of [`Chart`].
#[derive(Properties, PartialEq)]
pub struct ChartProps {
    /// The picture.
    pub picture: Rc<Picture>,
    /// Where the line stands.
    pub playhead: Instant,
    /// Where the session ends.
    pub end: Instant,
    /// The chosen event.
    pub selected: Option<EventId>,
    /// What each lane is at the line, with its class.
    pub now: Vec<(String, &'static str)>,
    /// The sentence under the picture.
    pub strip: Option<String>,
    /// The part that scrolls.
    pub scroller: NodeRef,
    /// Where actions go.
    pub send: Callback<Action>,
}

/// Width of the margin with the lanes' names, which covers the left of what scrolls.
pub fn margin_width(scroller: &Element) -> f64 {
    let margin = scroller.query_selector(".margin").ok().flatten();
    margin.map_or(0.0, |margin| f64::from(margin.client_width()))
}

/// The timeline.
#[component]
pub fn Chart(props: &ChartProps) -> Html {
    let picture = &props.picture;
    if picture.lanes.is_empty() {
        return html! {
            <div class="chart"><div class="chart-scroll" ref={props.scroller.clone()}>
                <p class="empty">{ &picture.nothing }</p>
            </div></div>
        };
    }
    let x = picture.scale.x(props.playhead);
    html! {
        <div class={classes!("chart", picture.stale.map(|_| "stale"))}>
            if let Some(note) = picture.stale {
                <p class="stale-note" role="status">{ note }</p>
            }
            <div class="chart-scroll" ref={props.scroller.clone()} tabindex="0" role="region" aria-label={words::PICTURE}>
                { margin(picture, &props.now) }
                <div class="canvas" style={format!("width:{}px;height:{}px", picture.width, picture.height)}>
                    <Drawing picture={picture.clone()} selected={props.selected} send={props.send.clone()} />
                    { playhead(picture, x, props) }
                </div>
            </div>
            { strip(props) }
        </div>
    }
}

/// The sentence about what is pointed at or chosen; without it, what there is to do.
fn strip(props: &ChartProps) -> Html {
    let Some(sentence) = &props.strip else {
        return html! { <p class="strip quiet"><span>{ words::STRIP }</span><span class="keys">{ words::KEYS }</span></p> };
    };
    let to_why = props.send.reform(|_: MouseEvent| Action::ShowPane(Pane::Panels));
    html! {
        <p class="strip"><span aria-live="polite">{ super::panels::with_code(sentence) }</span>
            if props.selected.is_some() {
                <button class="to-why" onclick={to_why}>{ words::WHY }</button>
            }
        </p>
    }
}

/// Names of the lanes, and what each is at the line.
fn margin(picture: &Picture, now: &[(String, &'static str)]) -> Html {
    let sections = picture.sections.iter().map(|section| {
        html! { <h2 style={format!("top:{}px", section.y)}>{ section.label }</h2> }
    });
    let lanes = picture.lanes.iter().enumerate().map(|(index, lane)| {
        let (word, class) = now.get(index).cloned().unwrap_or_default();
        html! {
            <div class={classes!("lane-name", lane.lit.then_some("lit"))}
                style={format!("top:{}px;height:{}px", lane.y, lane.height)}>
                <b title={lane.title.clone()}>{ &lane.title }</b>
                <small title={lane.subtitle.clone()}>
                    if !word.is_empty() {
                        <span class={classes!("now", class)}>{ word }</span>
                        { " · " }
                    }
                    { &lane.subtitle }
                </small>
            </div>
        }
    });
    html! { <div class="margin" style={format!("height:{}px", picture.height)}>{ for sections }{ for lanes }</div> }
}

fn playhead(picture: &Picture, x: f64, props: &ChartProps) -> Html {
    let at_end = props.playhead == props.end;
    html! {
        <div class={classes!("playhead", at_end.then_some("at-end"))} style={format!("transform:translateX({x}px)")}>
            <i style={format!("height:{}px", picture.height)}></i>
            <output>{ words::moment(props.playhead) }</output>
            if at_end {
                <em>{ words::NEXT }</em>
            }
        </div>
    }
}

/// Properties of [`Drawing`].
#[derive(Properties)]
struct DrawingProps {
    picture: Rc<Picture>,
    selected: Option<EventId>,
    send: Callback<Action>,
}

impl PartialEq for DrawingProps {
    /// The picture is compared by identity: moving the playhead must not walk through it.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.picture, &other.picture) && self.selected == other.selected
    }
}

/// All that stands still while the playhead moves.
#[component]
fn Drawing(props: &DrawingProps) -> Html {
    let picture = &props.picture;
    let scrub = {
        let (send, picture) = (props.send.clone(), props.picture.clone());
        move |event: &PointerEvent| {
            let target = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
            let Some(target) = target else { return };
            let x = f64::from(event.client_x()) - target.get_bounding_client_rect().left();
            send.emit(Action::Scrub(picture.scale.instant(x.max(0.0))));
        }
    };
    let pressed = {
        let scrub = scrub.clone();
        Callback::from(move |event: PointerEvent| {
            let target = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
            if let Some(target) = target {
                let _ = target.set_pointer_capture(event.pointer_id());
            }
            scrub(&event);
        })
    };
    let moved = Callback::from(move |event: PointerEvent| {
        if event.buttons() & 1 == 1 {
            scrub(&event);
        }
    });
    html! {
        <svg width={picture.width.to_string()} height={picture.height.to_string()} aria-label={words::TIMELINE} role="group">
            { patterns() }
            { backdrop(picture) }
            <rect class="scrub-area" width={picture.width.to_string()} height={picture::HEAD.to_string()}
                onpointerdown={pressed} onpointermove={moved} />
            { for picture.flags.iter().map(|flag| flag_html(flag, props)) }
            { for picture.lanes.iter().flat_map(|lane| lane.bars.iter().enumerate()).map(|(at, bar)| bar_html(bar, at, props)) }
            { for picture.gates.iter().map(|gate| gate_html(gate, props)) }
            { for picture.lanes.iter().flat_map(|lane| lane.marks.iter()).map(|mark| mark_html(mark, props)) }
        </svg>
    }
}

/// Patterns, so that no phase is told by its colour alone.
fn patterns() -> Html {
    html! {
        <defs>
            <pattern id="p-waiting" width="8" height="8" patternUnits="userSpaceOnUse">
                <circle cx="4" cy="4" r="1.5" class="ink" /></pattern>
            <pattern id="p-starting" width="12" height="8" patternUnits="userSpaceOnUse">
                <path d="M0 8 L12 0" class="stroke" /></pattern>
            <pattern id="p-unhealthy" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                <path d="M0 0 V6" class="stroke wide" /></pattern>
            <pattern id="p-restarting" width="10" height="10" patternUnits="userSpaceOnUse">
                <path d="M0 0 V10" class="stroke wide" /></pattern>
            <pattern id="p-paused" width="12" height="24" patternUnits="userSpaceOnUse">
                <path d="M3 6 V18 M7 6 V18" class="stroke" /></pattern>
            <linearGradient id="p-stopping"><stop class="from" offset="0" /><stop class="to" offset="1" /></linearGradient>
            <pattern id="p-seam" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(30)">
                <path d="M0 0 V8" class="stroke" /></pattern>
            <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
                <path d="M0 0 L8 4 L0 8 z" class="head" /></marker>
            <marker id="stop" viewBox="0 0 4 14" refX="2" refY="7" markerWidth="4" markerHeight="14" orient="auto"
                markerUnits="userSpaceOnUse"><path d="M2 0 V14" class="bar-end" /></marker>
        </defs>
    }
}

/// Axis, guide lines, start periods and folds.
fn backdrop(picture: &Picture) -> Html {
    let bottom = picture.height.to_string();
    let ticks = picture.ticks.iter().map(|tick| {
        let x = tick.x.to_string();
        html! {
            <g class="tick">
                <line x1={x.clone()} x2={x.clone()} y1={(picture::HEAD - 8.0).to_string()} y2={bottom.clone()} />
                <text x={(tick.x + 4.0).to_string()} y={(picture::HEAD - 10.0).to_string()}>{ &tick.label }</text>
            </g>
        }
    });
    let sections = picture.sections.iter().map(|section| {
        let y = (section.y + picture::SECTION - 4.0).to_string();
        html! { <line class="rule" x1="0" x2={picture.width.to_string()} y1={y.clone()} y2={y} /> }
    });
    let folds = picture.folds.iter().map(|fold| {
        html! {
            <g class="fold"><title>{ &fold.title }</title>
                <rect x={fold.x.to_string()} width={fold.width.to_string()} y={(picture::HEAD - 24.0).to_string()}
                    height={(picture.height - picture::HEAD + 24.0).to_string()} fill="url(#p-seam)" /></g>
        }
    });
    html! {
        <>
            { for ticks }{ for sections }{ for picture.lanes.iter().flat_map(shades) }{ for folds }
            <line class="end" x1={picture.end.to_string()} x2={picture.end.to_string()}
                y1={(picture::HEAD - 24.0).to_string()} y2={bottom} />
        </>
    }
}

fn shades(lane: &Lane) -> Vec<Html> {
    let shade = |(x, width): &(f64, f64)| {
        html! {
            <rect class="start-period" x={x.to_string()} width={width.to_string()} y={lane.y.to_string()}
                height={lane.height.to_string()} />
        }
    };
    lane.shades.iter().map(shade).collect()
}

/// What everything that can be chosen has: it is chosen by click and by key, and pointing at it says what it is.
struct Chosen {
    click: Callback<MouseEvent>,
    key: Callback<KeyboardEvent>,
    over: Callback<MouseEvent>,
    out: Callback<MouseEvent>,
    focus: Callback<FocusEvent>,
}

fn chosen(props: &DrawingProps, event: Option<EventId>) -> Chosen {
    let key = props.send.clone();
    Chosen {
        click: props.send.reform(move |_| Action::Select(event)),
        key: Callback::from(move |pressed: KeyboardEvent| {
            if pressed.key() == "Enter" || pressed.key() == " " {
                pressed.prevent_default();
                pressed.stop_propagation();
                key.emit(Action::Select(event));
            }
        }),
        over: props.send.reform(move |_| Action::Point(event)),
        out: props.send.reform(|_| Action::Point(None)),
        focus: props.send.reform(move |_| Action::Point(event)),
    }
}

/// A bar. The tab key stops at the first one of each lane; the arrows up and down go on from there.
fn bar_html(bar: &Bar, place_in_lane: usize, props: &DrawingProps) -> Html {
    let tab_index = if place_in_lane == 0 { "0" } else { "-1" };
    let style = bar.style.class();
    let is_selected = bar.event.is_some() && bar.event == props.selected;
    let class = classes!("bar", style, bar.lit.then_some("lit"), is_selected.then_some("selected"));
    let (x, y, width) = (bar.x.to_string(), bar.y.to_string(), bar.width.to_string());
    let height = picture::BAR.to_string();
    let pattern = match style {
        "waiting" | "starting" | "unhealthy" | "restarting" | "paused" | "stopping" => format!("url(#p-{style})"),
        _ => "none".to_owned(),
    };
    let on = chosen(props, bar.event);
    html! {
        <g {class} tabindex={tab_index} role="button" aria-label={bar.title.clone()} onclick={on.click} onkeydown={on.key}
            onmouseenter={on.over} onmouseleave={on.out} onfocus={on.focus}>
            <rect class="reach" x={x.clone()} y={(bar.y - 4.0).to_string()} width={width.clone()} height="40" />
            <rect class="fill" x={x.clone()} y={y.clone()} width={width.clone()} height={height.clone()} rx="3" />
            <rect class="pattern" {x} {y} {width} {height} rx="3" fill={pattern} />
            if !bar.word.is_empty() {
                <text aria-hidden="true" x={bar.word_x.to_string()} y={(bar.y + 16.0).to_string()}>{ &bar.word }</text>
            }
        </g>
    }
}

fn mark_html(mark: &Mark, props: &DrawingProps) -> Html {
    let on = chosen(props, Some(mark.event));
    let class = classes!("mark", mark.class, (Some(mark.event) == props.selected).then_some("selected"));
    html! {
        <g {class} tabindex="-1" role="button" aria-label={mark.title.clone()} onclick={on.click} onkeydown={on.key}
            onmouseenter={on.over} onmouseleave={on.out} onfocus={on.focus}>
            <rect class="reach" x={(mark.x - 8.0).to_string()} y={(mark.y - 12.0).to_string()} width="32" height="28" />
            <rect class="took" x={mark.x.to_string()} y={(mark.y - 7.0).to_string()} height="14"
                width={mark.width.max(2.0).to_string()} />
            <text aria-hidden="true" x={(mark.x + mark.width.max(2.0) + 2.0).to_string()} y={(mark.y + 4.0).to_string()}>
                { mark.sign }<tspan dx="2">{ &mark.label }</tspan>
            </text>
        </g>
    }
}

fn flag_html(flag: &Flag, props: &DrawingProps) -> Html {
    let on = chosen(props, Some(flag.event));
    let class =
        classes!("flag", flag.failed.then_some("failed"), (Some(flag.event) == props.selected).then_some("selected"));
    let x = flag.x.to_string();
    html! {
        <g {class} tabindex="-1" role="button" aria-label={flag.title.clone()} onclick={on.click} onkeydown={on.key}
            onmouseenter={on.over} onmouseleave={on.out} onfocus={on.focus}>
            <line x1={x.clone()} x2={x} y1="8" y2={(picture::HEAD + 4.0).to_string()} />
            <rect x={flag.x.to_string()} y="32" width={(flag.until - flag.x).max(2.0).to_string()} height="6" rx="2" />
            <text aria-hidden="true" x={(flag.x + 6.0).to_string()} y="24">{ &flag.label }</text>
        </g>
    }
}

fn gate_html(gate: &GateArrow, props: &DrawingProps) -> Html {
    let on = chosen(props, Some(gate.event));
    let points = gate.points.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ");
    let class = classes!("gate", (!gate.open).then_some("shut"));
    let arrow = if gate.open { "url(#arrow)" } else { "url(#stop)" };
    html! {
        <g {class} tabindex="-1" role="button" aria-label={gate.title.clone()} onclick={on.click} onkeydown={on.key}
            onmouseenter={on.over} onmouseleave={on.out} onfocus={on.focus}>
            <polyline points={points.clone()} class="reach" />
            <polyline {points} class="line" marker-end={arrow} />
            <text aria-hidden="true" x={gate.label_at.0.to_string()} y={gate.label_at.1.to_string()}>{ &gate.label }</text>
        </g>
    }
}
