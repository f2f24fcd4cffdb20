// Keys that know YAML: Tab, Enter, Backspace in steps of two columns.

import { acceptCompletion } from "@codemirror/autocomplete";
import { indentLess, indentMore, insertNewlineAndIndent } from "@codemirror/commands";
import { EditorSelection, type ChangeSpec, type StateCommand } from "@codemirror/state";
import { keymap } from "@codemirror/view";

const STEP = 2;

/** Spaces up to the next column that is a multiple of two; a selection is shifted as a block. */
const tab: StateCommand = (target) => {
  const { state, dispatch } = target;
  if (state.readOnly) return false;
  if (state.selection.ranges.some((range) => !range.empty)) return indentMore(target);
  dispatch(
    state.update(
      state.changeByRange((range) => {
        const column = range.head - state.doc.lineAt(range.head).from;
        const insert = " ".repeat(STEP - (column % STEP));
        return { changes: { from: range.head, insert }, range: EditorSelection.cursor(range.head + insert.length) };
      }),
      { scrollIntoView: true, userEvent: "input" },
    ),
  );
  return true;
};

/**
 * A new line at the depth that YAML most likely wants next: deeper after `key:`, at the keys of an item after
 * `- key: value`, back at the left after an item left empty. Within flow collections and block scalars, as above.
 */
const enter: StateCommand = (target) => {
  const { state, dispatch } = target;
  const { head, empty } = state.selection.main;
  const line = state.doc.lineAt(head);
  const before = line.text.slice(0, head - line.from);
  if (state.readOnly || !empty || line.text.slice(head - line.from).trim() !== "") return insertNewlineAndIndent(target);
  const [, indent, dashes, rest] = before.match(/^( *)((?:- +)*)(.*)$/) ?? ["", "", "", "", ""];
  if (rest === "-" || (rest === "" && dashes !== "")) {
    // An empty item: Enter again ends the list.
    const change: ChangeSpec = { from: line.from, to: line.to, insert: indent.slice(STEP) };
    dispatch(state.update({ changes: change, scrollIntoView: true, userEvent: "delete" }));
    return true;
  }
  if (rest.trim() === "") return insertBreak(target, before.length);
  const column = indent.length + dashes.length;
  const opens = /^(?:[\w./$-]+|"[^"]*"|'[^']*'):(?:\s*[|>][-+0-9]*)?\s*(?:#.*)?$/.test(rest);
  return insertBreak(target, opens ? column + STEP : column);
};

function insertBreak({ state, dispatch }: Parameters<StateCommand>[0], column: number): boolean {
  const insert = `\n${" ".repeat(column)}`;
  dispatch(state.update(state.replaceSelection(insert), { scrollIntoView: true, userEvent: "input" }));
  return true;
}

/** In the indentation, back to the previous even column. */
const backspace: StateCommand = ({ state, dispatch }) => {
  const { head, empty } = state.selection.main;
  const line = state.doc.lineAt(head);
  const before = line.text.slice(0, head - line.from);
  if (state.readOnly || !empty || before.length < STEP || before.trim() !== "" || before.includes("\t")) return false;
  const from = head - (before.length % STEP || STEP);
  dispatch(state.update({ changes: { from, to: head }, scrollIntoView: true, userEvent: "delete.backward" }));
  return true;
};

/** Stands before the default keys. Escape, then Tab leaves the editor (CodeMirror's own). */
export const yamlKeys = keymap.of([
  { key: "Tab", run: (view) => acceptCompletion(view) || tab(view), shift: indentLess },
  { key: "Enter", run: enter },
  { key: "Backspace", run: backspace },
]);
