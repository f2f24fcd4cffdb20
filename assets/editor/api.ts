// What the page and the editor say to each other. Every offset is a byte of UTF-8 in the document's text, as Rust counts.

/** Languages that the editor's own words exist in: those of assets/languages.json, to which tests/languages.rs holds it. */
export type Lang = "en" | "ko";

/** How to make an editor. The functions are called at any time until `destroy`. */
export interface Options {
  /** The text to begin with; line ends become `\n`. */
  doc: string;
  lang: Lang;
  /** What a screen reader calls the text. */
  label: string;
  readOnly: boolean;
  /** The user changed the text (never called for `setDoc`). While a syllable is being composed it waits for a rest. */
  onChange(text: string): void;
  /** The cursor moved to `offset`. */
  onCursor(offset: number): void;
  /** What may stand at `offset`; null or no options: nothing is offered. */
  complete(text: string, offset: number): Completions | null;
  /** What stands at `offset`; may take time, for help that is fetched first. */
  hover(text: string, offset: number): Help | null | Promise<Help | null>;
}

export interface Completions {
  /** Where what is already written begins; accepting replaces from here to the cursor. */
  from: number;
  options: Completion[];
}

export interface Completion {
  label: string;
  type: "kind" | "field" | "value" | "name";
  /** One word beside the label: a type. */
  detail?: string;
  /** Sentences shown beside the list. */
  info?: string;
  /** Written in place of the label. */
  apply?: string;
  /** −99 to 99; higher stands first among equals. */
  boost?: number;
}

export interface Help {
  from: number;
  to: number;
  /** What it is: `spec.ports[].targetPort`. */
  title: string;
  /** Its type, if any. */
  detail?: string;
  /** What it means, in plain text; blank lines part paragraphs. */
  text: string;
}

export type Severity = "error" | "warning" | "info" | "hint";

export interface Diagnostic {
  from: number;
  to: number;
  severity: Severity;
  message: string;
  /** A machine-readable name, shown small. */
  code?: string;
  /** Sentences under the message. */
  explain?: string;
  fixes?: Fix[];
}

/** One button under a diagnostic; pressing it replaces `from..to` by `insert`. */
export interface Fix {
  label: string;
  from: number;
  to: number;
  insert: string;
}

/** `hop`: the line that the current hop's rule came from; `bad`: the line at fault. */
export type MarkKind = "hop" | "bad";

export interface LineMark {
  from: number;
  to: number;
  kind: MarkKind;
}

export interface Editor {
  /** Replaces the whole text; it can be undone. `onChange` is not called. Returns the text as the editor holds it. */
  setDoc(text: string): string;
  getDoc(): string;
  /** Replaces all diagnostics. Offsets are of the text last given to `onChange` or `setDoc`. */
  setDiagnostics(diagnostics: Diagnostic[]): void;
  /** Replaces all marked lines. */
  setLineMarks(marks: LineMark[]): void;
  /** Marks the lines of `from..to` in addition, and scrolls to them if they are out of sight. */
  reveal(from: number, to: number, kind: MarkKind): void;
  /** Puts the cursor at `offset` and shows its line near the top; the focus stays where it is. */
  show(offset: number): void;
  /** Puts the cursor at `offset` and the focus into the editor. */
  focus(offset?: number): void;
  setTheme(theme: "light" | "dark"): void;
  setLang(lang: Lang, label: string): void;
  setReadOnly(readOnly: boolean): void;
  destroy(): void;
}
