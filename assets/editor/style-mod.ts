// CodeMirror's styles without <style> elements, which the page's Content-Security-Policy forbids.
//
// The package uses a constructed style sheet in a shadow root, a <style> element in a document. A document takes
// constructed sheets as well, so it is shown to the package as a root without a head.

// @ts-ignore: the package's own file; scripts/bundle.mjs puts this one in its place everywhere else.
import { StyleModule as Original } from "../../node_modules/style-mod/src/style-mod.js";

const headless = new WeakMap<Document, ShadowRoot>();

/** `root` as the package sees a shadow root. */
function withoutHead(document: Document): ShadowRoot {
  let root = headless.get(document);
  if (!root) {
    root = {
      ownerDocument: document,
      get adoptedStyleSheets() {
        return document.adoptedStyleSheets;
      },
      set adoptedStyleSheets(sheets: CSSStyleSheet[]) {
        document.adoptedStyleSheets = sheets;
      },
    } as ShadowRoot;
    headless.set(document, root);
  }
  return root;
}

/** The package's class; only where its rules are put differs. */
export class StyleModule extends Original {
  static mount(root: Document | ShadowRoot, modules: StyleModule | readonly StyleModule[], options?: { nonce?: string }): void {
    Original.mount(root instanceof Document ? withoutHead(root) : root, modules, options);
  }
}
