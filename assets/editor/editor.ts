// The YAML editor: CodeMirror 6 behind the interface of api.ts. See README.md beside this file.

import {
  autocompletion,
  completionKeymap,
  type Completion as CompletionItem,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic as LintItem } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, Prec, type Extension } from "@codemirror/state";
import {
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  hoverTooltip,
  keymap,
  lineNumbers,
  type ViewUpdate,
} from "@codemirror/view";
import type { Completion, Diagnostic, Editor, Help, Options } from "./api";
import { yamlKeys } from "./keys";
import { lineMarks, mark } from "./marks";
import { toBytes, toPosition } from "./offsets";
import { phrases } from "./phrases";
import { theme } from "./theme";

/** How long a composition must rest before its text is told, in milliseconds. */
const COMPOSITION_REST = 300;

/** Marks a change that the page made, which it need not be told. */
const fromPage = Annotation.define<boolean>();

function element(tag: string, className: string, ...children: (string | Node)[]): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

const paragraphs = (text: string): Node[] => text.split(/\n{2,}/).map((part) => element("p", "", part));

function completionSource(options: Options) {
  const types: Record<Completion["type"], string> = { kind: "class", field: "property", value: "enum", name: "variable" };
  return (context: CompletionContext): CompletionResult | null => {
    const { doc } = context.state;
    const found = options.complete(doc.toString(), toBytes(doc, context.pos));
    if (!found || found.options.length === 0) return null;
    return {
      from: toPosition(doc, found.from),
      options: found.options.map(
        ({ label, type, detail, info, apply, boost }): CompletionItem => ({
          label,
          type: types[type],
          detail: detail ?? undefined,
          info: info ? () => element("div", "", ...paragraphs(info)) : undefined,
          apply: apply ?? undefined,
          boost: boost ?? undefined,
        }),
      ),
      validFor: /^[\w./-]*$/,
    };
  };
}

const hoverHelp = (options: Options) =>
  hoverTooltip(async (view, position) => {
    const { doc } = view.state;
    const help: Help | null = await options.hover(doc.toString(), toBytes(doc, position));
    if (!help || view.state.doc !== doc) return null;
    return {
      pos: toPosition(doc, help.from),
      end: toPosition(doc, help.to),
      above: true,
      create: () => {
        const title = element("h3", "kh-help-title", help.title);
        if (help.detail) title.append(element("span", "", help.detail));
        return { dom: element("div", "kh-help", title, ...paragraphs(help.text)) };
      },
    };
  });

function lintItem(doc: EditorState["doc"], { from, to, severity, message, code, explain, fixes }: Diagnostic): LintItem {
  const start = toPosition(doc, from);
  // Something must be underlined: at least one character, before the line end if the span is empty there.
  // One line is enough to say where: what stands below it is not at fault by itself.
  const end = Math.min(Math.max(toPosition(doc, to), start + 1), Math.max(doc.lineAt(start).to, start + 1), doc.length);
  return {
    from: Math.min(start, Math.max(0, end - 1)),
    to: end,
    severity,
    message: explain ? `${message}\n${explain}` : message,
    renderMessage: () => {
      // What a person says comes first; what the server says, below it.
      const shown = element("span", "");
      if (explain) shown.append(element("span", "kh-explain", explain));
      shown.append(element("span", "kh-message", message));
      if (code) shown.append(element("span", "kh-code", code));
      return shown;
    },
    actions: (fixes ?? []).map((fix) => {
      const change = { from: toPosition(doc, fix.from), to: toPosition(doc, fix.to), insert: fix.insert };
      return {
        name: fix.label,
        apply: (view: EditorView) => {
          // Offered for this text only; the page will say again what holds for a newer one.
          if (view.state.doc.eq(doc)) view.dispatch({ changes: change, userEvent: "input.fix", scrollIntoView: true });
        },
      };
    }),
  };
}

/** Makes an editor that fills `parent`. */
export function createEditor(parent: HTMLElement, options: Options): Editor {
  const dark = new Compartment();
  const words = new Compartment();
  const writable = new Compartment();
  let waiting: ReturnType<typeof setTimeout> | undefined;
  /** What the page asked for while a syllable was being composed. */
  let deferred: (() => void)[] = [];

  const tell = () => {
    clearTimeout(waiting);
    waiting = undefined;
    options.onChange(view.state.doc.toString());
  };
  const settle = () => {
    if (view.composing) return;
    if (waiting !== undefined) tell();
    const now = deferred;
    deferred = [];
    for (const change of now) change();
  };
  /** Does `change` at once, or when the composition that it would disturb has ended. */
  const whenSettled = (key: string, change: () => void) => {
    if (!view.composing) return change();
    const named = Object.assign(change, { key });
    deferred = deferred.filter((other) => (other as typeof named).key !== key).concat(named);
  };
  const onUpdate = (update: ViewUpdate) => {
    if (update.docChanged && !update.transactions.every((one) => one.annotation(fromPage))) {
      clearTimeout(waiting);
      if (view.composing) waiting = setTimeout(tell, COMPOSITION_REST);
      else tell();
    }
    if (update.selectionSet || update.docChanged) {
      options.onCursor(toBytes(update.state.doc, update.state.selection.main.head));
    }
  };

  const wordsIn = (lang: Options["lang"], label: string): Extension => [
    phrases(lang),
    EditorView.contentAttributes.of({ "aria-label": label }),
  ];
  const readOnly = (on: boolean): Extension => [EditorState.readOnly.of(on), EditorView.editable.of(!on)];

  const view: EditorView = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.doc,
      extensions: [
        lineNumbers(),
        lintGutter(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        highlightSpecialChars(),
        highlightSelectionMatches({ minSelectionLength: 2 }),
        history(),
        search({ top: false }),
        yaml(),
        indentUnit.of("  "),
        EditorState.tabSize.of(2),
        autocompletion({ override: [completionSource(options)], icons: false, maxRenderedOptions: 60 }),
        hoverHelp(options),
        lineMarks,
        Prec.high(yamlKeys),
        keymap.of([...completionKeymap, ...searchKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
        theme,
        dark.of([]),
        words.of(wordsIn(options.lang, options.label)),
        writable.of(readOnly(options.readOnly)),
        EditorView.contentAttributes.of({
          tabindex: "0",
          spellcheck: "false",
          autocorrect: "off",
          autocapitalize: "off",
          translate: "no",
          "data-gramm": "false",
        }),
        EditorView.updateListener.of(onUpdate),
        EditorView.domEventHandlers({
          // Left to the browser, typing over several lines takes them out of the page, and the browser's own list of
          // what can be undone holds on to them for good.
          beforeinput: (event, view) => {
            const { main } = view.state.selection;
            const several = view.state.doc.lineAt(main.from).to < main.to;
            const typed = event.inputType === "insertText" ? event.data : null;
            if (typed === null || !several || view.composing || view.state.readOnly) return false;
            event.preventDefault();
            view.dispatch(view.state.replaceSelection(typed), { userEvent: "input.type", scrollIntoView: true });
            return true;
          },
          // CodeMirror itself learns of the end a moment later.
          compositionend: () => void setTimeout(settle, 60),
          blur: () => void setTimeout(settle, 60),
        }),
      ],
    }),
  });

  // A panel that opens below, a keyboard that comes up: the line that is typed stays in view.
  const sizes = new ResizeObserver(() => {
    const head = view.state.selection.main.head;
    if (view.hasFocus) view.dispatch({ effects: EditorView.scrollIntoView(head, { y: "nearest", yMargin: 24 }) });
  });
  sizes.observe(parent);

  return {
    setDoc(text) {
      const current = view.state.doc;
      const wanted = view.state.toText(text);
      if (!current.eq(wanted)) {
        view.dispatch({
          changes: { from: 0, to: current.length, insert: wanted },
          selection: { anchor: 0 },
          scrollIntoView: true,
          annotations: fromPage.of(true),
        });
      }
      return view.state.doc.toString();
    },
    getDoc: () => view.state.doc.toString(),
    setDiagnostics(diagnostics) {
      whenSettled("diagnostics", () => {
        const { doc } = view.state;
        view.dispatch(setDiagnostics(view.state, diagnostics.map((one) => lintItem(doc, one))));
      });
    },
    setLineMarks(marks) {
      whenSettled("marks", () => view.dispatch({ effects: mark.of({ marks, keep: false }) }));
    },
    reveal(from, to, kind) {
      whenSettled("reveal", () => {
        const position = toPosition(view.state.doc, from);
        view.dispatch({
          effects: [
            mark.of({ marks: [{ from, to, kind }], keep: true }),
            EditorView.scrollIntoView(position, { y: "nearest", yMargin: 60 }),
          ],
        });
      });
    },
    show(offset) {
      const position = toPosition(view.state.doc, offset);
      view.dispatch({
        selection: { anchor: position },
        effects: EditorView.scrollIntoView(position, { y: "start", yMargin: 44 }),
      });
    },
    focus(offset) {
      if (offset !== undefined) {
        view.dispatch({ selection: { anchor: toPosition(view.state.doc, offset) }, scrollIntoView: true });
      }
      view.focus();
    },
    setTheme(name) {
      view.dispatch({ effects: dark.reconfigure(name === "dark" ? EditorView.darkTheme.of(true) : []) });
    },
    setLang(lang, label) {
      view.dispatch({ effects: words.reconfigure(wordsIn(lang, label)) });
    },
    setReadOnly(on) {
      view.dispatch({ effects: writable.reconfigure(readOnly(on)) });
    },
    destroy() {
      if (waiting !== undefined) tell();
      sizes.disconnect();
      view.destroy();
    },
  };
}
