// The editor's looks, all from the page's tokens; light and dark come with them.

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const code = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "var(--code-key)" },
  { tag: [tags.string, tags.content, tags.attributeValue], color: "var(--code-value)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--ink-3)" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace, tags.meta], color: "var(--code-punct)" },
  { tag: [tags.keyword, tags.typeName, tags.labelName], color: "var(--code-number)" },
  { tag: tags.invalid, color: "var(--verdict-refused)" },
]);

const button = {
  minHeight: "28px",
  padding: "0 10px",
  border: "1px solid var(--control-line)",
  borderRadius: "var(--radius-1)",
  background: "none",
  backgroundImage: "none",
  color: "var(--ink)",
  font: "var(--text-note)",
  cursor: "pointer",
};

/** A wavy line in a severity's color, which differs from the others by more than color: the gutter shows its shape. */
const squiggle = (color: string, style: string) => ({
  backgroundImage: "none",
  paddingBottom: "0",
  textDecoration: `underline ${style} ${color} 1.5px`,
  textUnderlineOffset: "3px",
  textDecorationSkipInk: "none",
});

const looks = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--surface-1)", font: "var(--text-code)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { font: "var(--text-code)", overflow: "auto", overscrollBehavior: "contain" },
  ".cm-content": { padding: "8px 0 40px", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 12px 0 6px" },
  "& .cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--surface-2)", color: "var(--ink-3)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "28px", padding: "0 6px 0 4px" },
  ".cm-activeLine": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine:not(.cm-mark-hop):not(.cm-mark-bad)": { backgroundColor: "var(--surface-2)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLineGutter": { backgroundColor: "var(--surface-3)", color: "var(--ink)" },
  ".cm-content ::selection, .cm-content::selection": {
    backgroundColor: "color-mix(in srgb, var(--packet-request) 28%, transparent)",
  },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--packet-request) 14%, transparent)" },
  ".cm-searchMatch": { backgroundColor: "var(--nat-dnat-mark)", outline: "1px solid var(--nat-dnat)" },
  ".cm-searchMatch-selected": { outline: "2px solid var(--focus)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "transparent",
    outline: "1px solid var(--control-line)",
  },

  ".cm-mark-hop": { backgroundColor: "var(--line-mark-hop)", boxShadow: "inset 3px 0 0 var(--nat-dnat)" },
  ".cm-mark-bad": { backgroundColor: "var(--line-mark-bad)", boxShadow: "inset 3px 0 0 var(--verdict-refused)" },

  ".cm-lintRange-error": squiggle("var(--verdict-refused)", "wavy"),
  ".cm-lintRange-warning": squiggle("var(--not-ready)", "wavy"),
  ".cm-lintRange-info": squiggle("var(--packet-request)", "dotted"),
  ".cm-lintRange-hint": squiggle("var(--ink-3)", "dotted"),
  ".cm-lintRange-active": { backgroundColor: "var(--line-mark-bad)" },
  ".cm-lintPoint::after": { display: "none" },
  ".cm-gutter-lint": { width: "16px" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "2px 0 0 2px" },
  ".cm-lint-marker": { width: "14px", height: "14px", content: "none", font: "700 11px/14px var(--font-ui)", textAlign: "center" },
  ".cm-lint-marker::before": { display: "block", color: "var(--surface-1)" },
  ".cm-lint-marker-error": {
    content: "none",
    background: "var(--verdict-refused)",
    clipPath: "polygon(30% 0, 70% 0, 100% 30%, 100% 70%, 70% 100%, 30% 100%, 0 70%, 0 30%)",
  },
  ".cm-lint-marker-error::before": { content: '"×"' },
  ".cm-lint-marker-warning": { content: "none", background: "var(--not-ready)", clipPath: "polygon(50% 0, 100% 100%, 0 100%)" },
  ".cm-lint-marker-warning::before": { content: '"!"', lineHeight: "17px" },
  ".cm-lint-marker-info, .cm-lint-marker-hint": { content: "none", background: "var(--packet-request)", borderRadius: "50%" },
  ".cm-lint-marker-info::before, .cm-lint-marker-hint::before": { content: '"i"' },

  ".cm-tooltip": {
    maxWidth: "min(460px, 92vw)",
    border: "1px solid var(--line)",
    borderRadius: "var(--radius-2)",
    backgroundColor: "var(--surface-float)",
    color: "var(--ink)",
    boxShadow: "var(--shadow-float)",
    font: "var(--text-note)",
    wordBreak: "keep-all",
    overflowWrap: "anywhere",
    overflow: "hidden",
    zIndex: "var(--z-popover)",
  },
  ".cm-tooltip ul.cm-tooltip-lint, .cm-tooltip-lint": { margin: 0, padding: 0 },
  ".cm-diagnostic": { padding: "8px 12px", borderLeft: "4px solid var(--ink-3)", whiteSpace: "pre-wrap" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--verdict-refused)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--not-ready)" },
  ".cm-diagnostic-info": { borderLeftColor: "var(--packet-request)" },
  ".cm-diagnosticText": { display: "block" },
  ".cm-diagnosticAction": { ...button, margin: "8px 8px 0 0" },
  ".cm-diagnosticAction:hover": { backgroundColor: "var(--surface-3)" },
  ".kh-message": { display: "block", font: "var(--text-addr)", fontSize: "13px" },
  ".kh-explain": { display: "block", marginTop: "4px", color: "var(--ink-2)" },
  ".kh-code": { display: "block", marginTop: "4px", color: "var(--ink-3)", font: "var(--text-addr)" },

  ".kh-help": { padding: "8px 12px", maxHeight: "40vh", overflowY: "auto" },
  ".kh-help-title": { margin: 0, font: "600 13px/20px var(--font-mono)", overflowWrap: "anywhere" },
  ".kh-help-title span": { marginLeft: "8px", color: "var(--ink-3)", fontWeight: 400 },
  ".kh-help p": { margin: "4px 0 0", color: "var(--ink-2)" },

  ".cm-tooltip.cm-tooltip-autocomplete": { overflow: "visible" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    font: "var(--text-code)",
    maxHeight: "15em",
    minWidth: "220px",
    borderRadius: "var(--radius-2)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { display: "flex", gap: "8px", padding: "4px 10px", lineHeight: "20px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--surface-3)", color: "var(--ink)" },
  ".cm-completionLabel": { flex: 1 },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: 700, color: "var(--packet-request)" },
  ".cm-completionDetail": { margin: 0, fontStyle: "normal", color: "var(--ink-3)" },
  ".cm-tooltip.cm-completionInfo": { padding: "8px 12px", maxWidth: "320px" },

  ".cm-panels": { backgroundColor: "var(--surface-2)", color: "var(--ink)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-panel.cm-search": { display: "flex", flexWrap: "wrap", alignItems: "center", gap: "6px", padding: "8px 36px 8px 12px", font: "var(--text-note)" },
  ".cm-panel.cm-search br": { flexBasis: "100%", content: '""' },
  ".cm-panel.cm-search input, .cm-panel.cm-search button, .cm-panel.cm-search label": { margin: 0 },
  ".cm-panel.cm-search label": { display: "inline-flex", alignItems: "center", gap: "4px", font: "var(--text-note)" },
  ".cm-textfield": {
    minHeight: "28px",
    border: "1px solid var(--control-line)",
    borderRadius: "var(--radius-1)",
    backgroundColor: "var(--surface-1)",
    color: "var(--ink)",
    font: "var(--text-code)",
  },
  ".cm-button": button,
  ".cm-button:hover": { backgroundColor: "var(--surface-3)" },
  ".cm-panel.cm-search button[name=close], .cm-panel.cm-panel-lint button[name=close]": {
    top: "8px",
    right: "8px",
    width: "28px",
    height: "28px",
    color: "var(--ink-2)",
    cursor: "pointer",
  },
  ".cm-panel.cm-panel-lint ul": { maxHeight: "140px", font: "var(--text-note)" },
  ".cm-panel.cm-panel-lint ul [aria-selected]": { backgroundColor: "var(--surface-3)" },
  ".cm-panel.cm-panel-lint ul:focus [aria-selected]": { backgroundColor: "var(--surface-3)", backgroundImage: "none", outline: "2px solid var(--focus)" },
  "& :focus-visible:not(.cm-content)": { outline: "2px solid var(--focus)", outlineOffset: "1px" },
  "@media (pointer: coarse)": {
    ".cm-content": { fontSize: "16px", lineHeight: "24px" },
    ".cm-diagnosticAction, .cm-button, .cm-textfield": { minHeight: "44px" },
  },
});

/** Colors of the text and of everything around it. */
export const theme: Extension = [looks, syntaxHighlighting(code)];
