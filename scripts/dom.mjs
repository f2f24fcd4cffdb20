// As much of a document as the page needs to draw itself without a browser (scripts/first.mjs): elements, text,
// attributes, a clock that is wound by hand. No layout: whoever asks for a size is told the one given here.
//
// Ours and not linkedom, which runs the page as well and as fast: half of this would stay (sizes, clock, storage, and
// markup as the recording wants it: no placeholders, what fields hold as their content), and the other half is less
// than the fifteen packages that it brings.

const VOID = new Set(["area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"]);
const NAMED = { "&": "&amp;", "<": "&lt;", '"': "&quot;", "\u00a0": "&nbsp;" };
const escape = (text) => (/[&<\u00a0]/.test(text) ? text.replace(/[&<\u00a0]/g, (it) => NAMED[it]) : text);
const quote = (text) => (/[&<"\u00a0]/.test(text) ? text.replace(/[&<"\u00a0]/g, (it) => NAMED[it]) : text);

class Node {
  parentNode = null;
  childNodes = [];
  get nextSibling() {
    const all = this.parentNode?.childNodes;
    return all?.[all.indexOf(this) + 1] ?? null;
  }
  get firstChild() {
    return this.childNodes[0] ?? null;
  }
  get firstElementChild() {
    return this.children[0] ?? null;
  }
  get children() {
    return this.childNodes.filter((node) => node instanceof Element);
  }
  remove() {
    const all = this.parentNode?.childNodes;
    all?.splice(all.indexOf(this), 1);
    this.parentNode = null;
  }
  insertBefore(node, before) {
    if (node instanceof Fragment) {
      for (const child of [...node.childNodes]) this.insertBefore(child, before);
      return node;
    }
    node.remove();
    const at = before ? this.childNodes.indexOf(before) : this.childNodes.length;
    this.childNodes.splice(at, 0, node);
    node.parentNode = this;
    return node;
  }
  appendChild(node) {
    return this.insertBefore(node, null);
  }
  cloneNode(deep) {
    const made = this.copy();
    if (deep) for (const child of this.childNodes) made.appendChild(child.cloneNode(true));
    return made;
  }
  addEventListener(type, call) {
    (this.listeners ??= new Map()).set(type, call);
  }
  removeEventListener() {}
}

class Text extends Node {
  constructor(text) {
    super();
    this.nodeValue = text;
  }
  copy() {
    return new Text(this.nodeValue);
  }
  get html() {
    return escape(this.nodeValue);
  }
}

class Comment extends Node {
  copy() {
    return new Comment();
  }
  get html() {
    return "";
  }
}

class Fragment extends Node {
  copy() {
    return new Fragment();
  }
}

class Element extends Node {
  attributes = new Map();
  constructor(tag) {
    super();
    this.tag = tag;
    if (tag === "template") this.content = new Fragment();
  }
  copy() {
    const made = make(this.tag);
    for (const [name, value] of this.attributes) made.attributes.set(name, value);
    return made;
  }
  setAttribute(name, value) {
    this.attributes.set(name, String(value));
  }
  removeAttribute(name) {
    this.attributes.delete(name);
  }
  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }
  get classList() {
    const names = () => (this.getAttribute("class") ?? "").split(" ").filter(Boolean);
    return {
      add: (name) => this.setAttribute("class", [...new Set([...names(), name])].join(" ")),
      remove: (name) => this.setAttribute("class", names().filter((it) => it !== name).join(" ")),
    };
  }
  set className(value) {
    this.setAttribute("class", value);
  }
  set id(value) {
    this.setAttribute("id", value);
  }
  set textContent(text) {
    this.childNodes = [];
    this.appendChild(new Text(text));
  }
  set innerHTML(html) {
    const target = this.tag === "template" ? this.content : this;
    target.childNodes = [];
    parse(html, target);
  }
  getBoundingClientRect() {
    return { left: 0, top: 0, ...this.size?.() };
  }
  scrollIntoView() {}
  get html() {
    let html = `<${this.tag}`;
    for (const [name, value] of this.attributes) html += ` ${name}="${quote(value)}"`;
    if (this.value !== undefined && this.tag === "input") html += ` value="${quote(this.value)}"`;
    if (VOID.has(this.tag)) return `${html}>`;
    html += ">";
    if (this.tag === "textarea") html += escape(this.value ?? "");
    else for (const node of this.childNodes) html += node.html;
    return `${html}</${this.tag}>`;
  }
}

class HTMLInputElement extends Element {}
class HTMLSelectElement extends Element {}
class HTMLTextAreaElement extends Element {}
const OWN = { input: HTMLInputElement, select: HTMLSelectElement, textarea: HTMLTextAreaElement };
const make = (tag) => new (OWN[tag] ?? Element)(tag);

/** Markup as the page's own templates write it: well-formed. */
function parse(html, into) {
  let at = into;
  for (const [, text, close, tag, attributes, end] of html.matchAll(/([^<]+)|<(?:!--.*?--|!|(\/)?([\w-]+)((?:\s+[^\s=>/]+(?:="[^"]*")?)*)\s*(\/)?)>/gs)) {
    const plain = (value) => value.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&nbsp;", "\u00a0").replaceAll("&amp;", "&");
    if (text !== undefined) at.appendChild(new Text(plain(text)));
    else if (close) at = at.parentNode;
    else if (!tag) at.appendChild(new Comment());
    else {
      const made = at.appendChild(make(tag));
      for (const [, name, value] of attributes.matchAll(/([^\s=]+)(?:="([^"]*)")?/g)) made.setAttribute(name, plain(value ?? ""));
      if (!end && !VOID.has(tag)) at = made;
    }
  }
}

/** Every element below `node`, in order. */
export function* all(node) {
  for (const child of node.children) {
    yield child;
    yield* all(child);
  }
}

/** Presses a button. */
export function press(element) {
  element.listeners.get("click")({ target: element, currentTarget: element, stopPropagation() {}, preventDefault() {} });
}

/**
 * Puts a window around whatever runs next in this process. `size(element)` says how large an element is, and
 * `measure()` tells those that watch their size; `settle()` waits for what is pending. Time stands still.
 */
export function install({ lang, size }) {
  const root = make("html");
  root.setAttribute("lang", lang);
  const body = root.appendChild(make("body"));
  const observers = new Map();
  const store = new Map();
  const document = {
    body,
    documentElement: root,
    activeElement: body,
    createElement: make,
    createElementNS: (_, tag) => make(tag),
    createTextNode: (text) => new Text(text),
    createComment: () => new Comment(),
    createDocumentFragment: () => new Fragment(),
    getElementById: (id) => [...all(body)].find((it) => it.getAttribute("id") === id) ?? null,
    addEventListener() {},
    removeEventListener() {},
  };
  class Window {
    static [Symbol.hasInstance](it) {
      return it === globalThis;
    }
  }
  class ResizeObserver {
    constructor(call) {
      this.call = call;
    }
    observe(element) {
      element.size = () => size(element);
      observers.set(element, this);
    }
    disconnect() {}
  }
  const matchMedia = () => ({ matches: false });
  const fields = {
    Window, Node, Element, Comment, Text, HTMLInputElement, HTMLSelectElement, HTMLTextAreaElement, ResizeObserver, document, matchMedia,
    ShadowRoot: class {},
    window: globalThis,
    self: globalThis,
    location: { hash: "", search: "" },
    history: { replaceState() {} },
    navigator: { platform: "" },
    localStorage: { getItem: (key) => store.get(key) ?? null, setItem: (key, value) => void store.set(key, value), removeItem: (key) => void store.delete(key) },
    performance: { now: () => 0 },
    addEventListener() {},
    removeEventListener() {},
    requestAnimationFrame: () => 1,
    cancelAnimationFrame() {},
    setTimeout: () => 0,
    clearTimeout() {},
  };
  for (const [name, value] of Object.entries(fields)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  return {
    body,
    kept: store,
    settle: () => new Promise((done) => setImmediate(done)),
    measure: () => [...observers.values()].forEach((observer) => observer.call([])),
  };
}
