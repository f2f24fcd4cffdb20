// Whole lines marked from outside: the line a rule came from, the line at fault.

import { RangeSet, StateEffect, StateField, type Text } from "@codemirror/state";
import { Decoration, EditorView, GutterMarker, gutterLineClass } from "@codemirror/view";
import type { LineMark, MarkKind } from "./api";
import { toPosition } from "./offsets";

/** Replaces all marks (`keep` false) or adds to them. */
export const mark = StateEffect.define<{ marks: LineMark[]; keep: boolean }>();

const line: Record<MarkKind, Decoration> = {
  hop: Decoration.line({ class: "cm-mark-hop" }),
  bad: Decoration.line({ class: "cm-mark-bad" }),
};

class GutterMark extends GutterMarker {
  constructor(readonly elementClass: string) {
    super();
  }
}

const gutter: Record<MarkKind, GutterMarker> = { hop: new GutterMark("cm-mark-hop"), bad: new GutterMark("cm-mark-bad") };

interface Marks {
  lines: RangeSet<Decoration>;
  gutters: RangeSet<GutterMarker>;
}

/** The starts of the lines that `mark` covers. */
function starts(doc: Text, { from, to }: LineMark): number[] {
  const first = doc.lineAt(toPosition(doc, from));
  const end = toPosition(doc, to);
  // A span that ends at the beginning of a line does not touch it.
  const last = end > first.to ? doc.lineAt(end - 1) : first;
  return Array.from({ length: last.number - first.number + 1 }, (_, i) => doc.line(first.number + i).from);
}

const none: Marks = { lines: RangeSet.empty, gutters: RangeSet.empty };

/** The marks; they move with their lines as the text changes. */
export const lineMarks = StateField.define<Marks>({
  create: () => none,
  update(marks, transaction) {
    if (transaction.docChanged) {
      marks = { lines: marks.lines.map(transaction.changes), gutters: marks.gutters.map(transaction.changes) };
    }
    for (const effect of transaction.effects) {
      if (!effect.is(mark)) continue;
      const kept = effect.value.keep ? marks : none;
      const at = effect.value.marks.flatMap((one) =>
        starts(transaction.state.doc, one).map((from) => ({ from, kind: one.kind })),
      );
      marks = {
        lines: kept.lines.update({ add: at.map(({ from, kind }) => line[kind].range(from)), sort: true }),
        gutters: kept.gutters.update({ add: at.map(({ from, kind }) => gutter[kind].range(from)), sort: true }),
      };
    }
    return marks;
  },
  provide: (field) => [
    EditorView.decorations.from(field, (marks) => marks.lines),
    gutterLineClass.from(field, (marks) => marks.gutters),
  ],
});
