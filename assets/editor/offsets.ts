// The one place where the page's offsets (bytes of UTF-8) and CodeMirror's (units of UTF-16) meet.

import type { Text } from "@codemirror/state";

/** How many bytes of UTF-8 the UTF-16 unit at `index` begins; 0 for the second half of a pair. */
function bytesAt(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  if (unit >= 0xd800 && unit < 0xdc00) {
    const next = text.charCodeAt(index + 1);
    if (next >= 0xdc00 && next < 0xe000) return 4;
  }
  if (unit >= 0xdc00 && unit < 0xe000 && index > 0) {
    const previous = text.charCodeAt(index - 1);
    if (previous >= 0xd800 && previous < 0xdc00) return 0;
  }
  // A surrogate without its other half becomes U+FFFD on its way to Rust: three bytes, like the rest.
  return 3;
}

function byteLength(text: string, end: number): number {
  let bytes = 0;
  for (let i = 0; i < end; i++) bytes += bytesAt(text, i);
  return bytes;
}

/** For every line of a document, the byte that it begins at. */
const starts = new WeakMap<Text, number[]>();

function lineStarts(doc: Text): number[] {
  let known = starts.get(doc);
  if (!known) {
    known = [];
    let at = 0;
    for (const line of doc.iterLines()) {
      known.push(at);
      at += byteLength(line, line.length) + 1;
    }
    starts.set(doc, known);
  }
  return known;
}

/** A CodeMirror position as a byte offset. */
export function toBytes(doc: Text, position: number): number {
  const line = doc.lineAt(Math.max(0, Math.min(position, doc.length)));
  return lineStarts(doc)[line.number - 1] + byteLength(line.text, position - line.from);
}

/** A byte offset as a CodeMirror position; one beyond the end is the end, one inside a character its beginning. */
export function toPosition(doc: Text, offset: number): number {
  const known = lineStarts(doc);
  let low = 0;
  let high = known.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (known[middle] <= offset) low = middle;
    else high = middle - 1;
  }
  const line = doc.line(low + 1);
  let bytes = known[low];
  for (let i = 0; i < line.length; i++) {
    const next = bytes + bytesAt(line.text, i);
    if (next > offset) return line.from + i;
    bytes = next;
  }
  return line.to;
}
