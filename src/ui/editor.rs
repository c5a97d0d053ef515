//! The text editor: CodeMirror behind `static/editor/editor.js`. Text goes in when the application changed it, comes out
//! when the learner did. Must not know YAML.

use crate::playground::{Action, assist, words};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::Element;
use yew::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = drydockEditor)]
    fn create(parent: &Element, text: &str, label: &str, listeners: &JsValue) -> JsValue;
    #[wasm_bindgen(js_namespace = drydockEditor)]
    fn show(editor: &JsValue, text: &str, is_yaml: bool);
    #[wasm_bindgen(js_namespace = drydockEditor)]
    fn mark(editor: &JsValue, problems: &str);
    #[wasm_bindgen(js_namespace = drydockEditor)]
    fn light(editor: &JsValue, places: &str, reveal: bool);
    #[wasm_bindgen(js_namespace = drydockEditor, js_name = goTo)]
    fn go_to_in(offset: u32);
}

/// Puts the cursor of the page's editor at an offset, and the keyboard into it.
pub fn go_to(offset: u32) {
    go_to_in(offset);
}

/// Properties of [`Editor`].
#[derive(Properties, PartialEq)]
pub struct EditorProps {
    /// The file's path.
    pub path: String,
    /// The file's text.
    pub text: String,
    /// Rises when the application changed the text.
    pub revision: u32,
    /// Problems, as JSON.
    pub problems: Rc<str>,
    /// Places to light, as JSON.
    pub lit: String,
    /// Where actions go.
    pub send: Callback<Action>,
}

/// The editor of one file.
pub struct Editor {
    place: NodeRef,
    editor: Option<JsValue>,
    _listeners: Vec<JsValue>,
}

impl Component for Editor {
    type Message = ();
    type Properties = EditorProps;

    fn create(_context: &Context<Self>) -> Self {
        Self { place: NodeRef::default(), editor: None, _listeners: Vec::new() }
    }

    fn changed(&mut self, context: &Context<Self>, old: &EditorProps) -> bool {
        let (Some(editor), new) = (&self.editor, context.props()) else { return false };
        if new.revision != old.revision || new.path != old.path {
            show(editor, &new.text, is_yaml(&new.path));
        }
        if new.problems != old.problems || new.revision != old.revision {
            mark(editor, &new.problems);
        }
        if new.lit != old.lit {
            light(editor, &new.lit, true);
        }
        false
    }

    fn view(&self, _context: &Context<Self>) -> Html {
        html! { <div class="editor" ref={self.place.clone()}></div> }
    }

    fn rendered(&mut self, context: &Context<Self>, first: bool) {
        let Some(place) = self.place.cast::<Element>().filter(|_| first) else { return };
        let props = context.props();
        let listeners = listeners(&props.send);
        let editor = create(&place, &props.text, words::EDITOR, &listeners);
        show(&editor, &props.text, is_yaml(&props.path));
        mark(&editor, &props.problems);
        self.editor = Some(editor);
        self._listeners.push(listeners);
    }
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

/// What the editor calls: `changed(text)`, `pointed(offset)`, `complete(text, offset)` and `explain(text, offset)`.
fn listeners(send: &Callback<Action>) -> JsValue {
    let object = js_sys::Object::new();
    let changed = {
        let send = send.clone();
        Closure::<dyn Fn(String)>::new(move |text| send.emit(Action::EditText(text)))
    };
    let pointed = {
        let send = send.clone();
        Closure::<dyn Fn(f64)>::new(move |offset: f64| {
            send.emit(Action::PointText((offset >= 0.0).then_some(offset as u32)));
        })
    };
    let _ = js_sys::Reflect::set(&object, &"changed".into(), &changed.into_js_value());
    let complete =
        Closure::<dyn Fn(String, f64) -> String>::new(|text: String, at: f64| assist::complete(&text, at as u32));
    let explain =
        Closure::<dyn Fn(String, f64) -> String>::new(|text: String, at: f64| assist::explain(&text, at as u32));
    let _ = js_sys::Reflect::set(&object, &"complete".into(), &complete.into_js_value());
    let _ = js_sys::Reflect::set(&object, &"explain".into(), &explain.into_js_value());
    let _ = js_sys::Reflect::set(&object, &"pointed".into(), &pointed.into_js_value());
    object.into()
}
