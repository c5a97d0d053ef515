// The text editor of the page: CodeMirror 6 behind a handful of calls that take and give plain values.
// It decides nothing: what is a problem, and what belongs to which line, is said by the application.
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** Marks a change that came from the application, so that it is not reported back to it. */
const fromApplication = Annotation.define();

const setLit = StateEffect.define();
const litLine = Decoration.line({ class: "cm-lit" });
/** Lines that belong to the thing pointed at on the timeline. */
const litLines = StateField.define({
  create: () => Decoration.none,
  update(lit, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(setLit)) continue;
      const document = transaction.state.doc;
      const starts = new Set();
      for (const [from, to] of effect.value) {
        const last = document.lineAt(Math.min(to, document.length)).number;
        for (let line = document.lineAt(Math.min(from, document.length)).number; line <= last; line += 1) {
          starts.add(document.line(line).from);
        }
      }
      return Decoration.set([...starts].sort((a, b) => a - b).map((start) => litLine.range(start)));
    }
    return lit.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

const colours = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "var(--code-key)" },
  { tag: [tags.string, tags.content], color: "var(--code-value)" },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword, tags.atom], color: "var(--code-atom)" },
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.labelName, tags.typeName], color: "var(--code-anchor)" },
  { tag: [tags.separator, tags.punctuation, tags.meta], color: "var(--ink-quiet)" },
]);

/** Our message, why it matters, what to do, and Docker's own words: one block under the squiggle. */
function renderProblem(problem) {
  const block = document.createElement("div");
  block.className = "problem";
  const add = (name, text) => {
    if (!text) return;
    const part = document.createElement("div");
    part.className = `problem-${name}`;
    part.textContent = text;
    block.append(part);
  };
  add("message", problem.message);
  add("why", problem.why);
  add("remedy", problem.remedy);
  add("docker", problem.docker);
  return block;
}

/**
 * Puts an editor into `parent`. `listeners` are `changed(text)`, `pointed(offset)` (-1 when nothing is pointed at),
 * `complete(text, offset)` and `explain(text, offset)`, the last two answering with a JSON list or a text that may be empty.
 */
export function create(parent, text, label, listeners) {
  const problems = { list: [] };
  const language = new Compartment();
  const complete = (context) => {
    const word = context.matchBefore(/[\w-]*/);
    if (!context.explicit && word && word.from === word.to) return null;
    const answer = listeners.complete(context.state.doc.toString(), context.pos);
    if (!answer) return null;
    const options = JSON.parse(answer);
    return options.length ? { from: word ? word.from : context.pos, options, validFor: /^[\w-]*$/ } : null;
  };
  const explain = hoverTooltip((view, position) => {
    const answer = listeners.explain(view.state.doc.toString(), position);
    if (!answer) return null;
    return {
      pos: position,
      create: () => {
        const dom = document.createElement("div");
        dom.className = "explanation";
        dom.textContent = answer;
        return { dom };
      },
    };
  });
  let pointed = -1;
  /** Reports the line that is pointed at by its first letter, once per line. */
  const point = (target, position) => {
    const line = position === null ? null : target.state.doc.lineAt(position);
    const offset = line === null || !line.text.trim() ? -1 : line.from + line.text.search(/\S/);
    if (offset === pointed) return;
    pointed = offset;
    listeners.pointed(offset);
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        highlightActiveLineGutter(),
        highlightActiveLine(),
        history(),
        foldGutter(),
        drawSelection(),
        indentOnInput(),
        indentUnit.of("  "),
        bracketMatching(),
        highlightSelectionMatches(),
        search({ top: true }),
        lintGutter(),
        litLines,
        explain,
        language.of(yaml()),
        syntaxHighlighting(colours),
        autocompletion({ override: [complete] }),
        keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !update.transactions.some((one) => one.annotation(fromApplication))) {
            listeners.changed(update.state.doc.toString());
          }
        }),
        EditorView.domEventHandlers({
          mousemove: (event, target) => {
            point(target, target.posAtCoords({ x: event.clientX, y: event.clientY }));
          },
          mouseleave: (_event, target) => {
            point(target, null);
          },
        }),
      ],
    }),
  });
  return { view, problems, language };
}

/** Replaces the text, for another file or another example; the undo history begins anew with it. */
export function show(editor, text, isYaml) {
  const { view, language } = editor;
  if (view.state.doc.toString() !== text) {
    view.dispatch({
      changes: { from: 0, to: view.state.doc.length, insert: text },
      annotations: fromApplication.of(true),
    });
  }
  view.dispatch({ effects: language.reconfigure(isYaml ? yaml() : []) });
}

/** Shows the problems of the text: a JSON list of {from, to, severity, message, why, remedy, docker}. */
export function mark(editor, json) {
  const length = editor.view.state.doc.length;
  const list = JSON.parse(json).map((problem) => ({
    from: Math.min(problem.from, length),
    to: Math.min(problem.to, length),
    severity: problem.severity,
    message: [problem.message, problem.why, problem.remedy, problem.docker].filter(Boolean).join("\n"),
    renderMessage: () => renderProblem(problem),
  }));
  editor.view.dispatch(setDiagnostics(editor.view.state, list));
}

/** Lights the lines of a JSON list of [from, to]; brings the first into view when asked. */
export function light(editor, json, reveal) {
  const ranges = JSON.parse(json);
  const effects = [setLit.of(ranges)];
  if (reveal && ranges.length) {
    const position = Math.min(ranges[0][0], editor.view.state.doc.length);
    effects.push(EditorView.scrollIntoView(position, { y: "center" }));
  }
  editor.view.dispatch({ effects });
}

/** Puts the cursor at an offset and the keyboard into the page's editor. */
export function goTo(offset) {
  const view = EditorView.findFromDOM(document.querySelector(".cm-editor"));
  if (!view) return;
  const position = Math.min(offset, view.state.doc.length);
  view.dispatch({ selection: { anchor: position }, effects: EditorView.scrollIntoView(position, { y: "center" }) });
  view.focus();
}

globalThis.drydockEditor = { create, show, mark, light, goTo };
