// Plays the first picture while the engine is on its way (scripts/first.mjs makes it out of the page itself), and
// hands over when the engine is there: the packet goes on from where it is, what was typed, pressed and focused
// meanwhile reaches the real controls.
//
// index.html decides who sees it: those who have nothing kept, on a page that no link leads into.

const FIRST_MARK = 0xe000;
const TYPED = "input, textarea, select";
const place = document.createElement("div");
place.id = "first";

let film, stage, strip;
let hop = -1;
let undo = [];
let ms = 0;
let playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
let drawnAt = null;
const pressed = [];
const scrolled = new Set();

const $ = (selector) => place.querySelector(selector);
const clamp = (value, from, to) => Math.min(Math.max(value, from), to);
const num = (value) => Math.round(value * 10) / 10;
const numbers = (text) => text.split(" ").map(Number);

// ---- The recording ----

/** The range of sizes that a size lies in, or the nearest one, with its numbers put in for that size. */
function written(ranges, w, h) {
  const away = (at, [from, to]) => Math.max(from - at, at - to, 0);
  const far = (range) => away(w, range.w) + away(h, range.h);
  const range = ranges.reduce((best, it) => (far(it) < far(best) ? it : best));
  const [dw, dh] = [w - range.w[0], h - range.h[0]];
  const text = range.text.replace(/[\ue000-\uf8ff]/g, (mark) => {
    const at = 3 * (mark.charCodeAt(0) - FIRST_MARK);
    return num(range.triples[at] + range.triples[at + 1] * dw + range.triples[at + 2] * dh);
  });
  return JSON.parse(text);
}

/** Does one step of the recording and says how to take it back. */
function step([name, path, at, ...what]) {
  const node = path.reduce((it, idx) => it.childNodes[idx], $(`.${name}`));
  if (typeof at === "string") {
    const [value, old] = [what[0], node.getAttribute(at)];
    const set = (to) => (to === null ? node.removeAttribute(at) : node.setAttribute(at, to));
    set(value);
    return () => set(old);
  }
  const [count, html] = what;
  const old = [...node.childNodes].slice(at, at + count);
  const before = node.childNodes[at + count] ?? null;
  // Parsed inside an element of the same kind: shapes are SVG only there.
  const like = node.cloneNode(false);
  like.innerHTML = html;
  const fresh = [...like.childNodes];
  for (const it of old) it.remove();
  for (const it of fresh) node.insertBefore(it, before);
  return () => {
    for (const it of fresh) it.remove();
    for (const it of old) node.insertBefore(it, before);
  };
}

/** The page at a hop; -1 is the page before anything was sent. */
function show(wanted) {
  if (wanted === hop) return;
  while (hop > wanted) {
    for (const back of undo.pop().reverse()) back();
    hop--;
  }
  while (hop < wanted) {
    hop++;
    undo.push([...film.own[hop], ...stage.hops[hop], ...strip.hops[hop]].map(step));
  }
  if (hop >= 0) $(".hops .cur").scrollIntoView({ block: "nearest" });
}

/** Lays stage and strip out anew for the sizes that they have now. */
function fit() {
  const [a, b] = [$(".stage"), $(".strip")].map((it) => it.getBoundingClientRect());
  if (!a.width || !b.width) return;
  const now = Math.max(hop, 0);
  show(-1);
  stage = written(film.stage, Math.round(a.width), Math.round(a.height));
  strip = written(film.strip, Math.round(b.width), 0);
  show(now);
  move();
}

// ---- Time: the same positions as scene::timeline, scene::frame and scene::route give ----

const startOf = (idx) => film.times[2 * idx] ?? end();
const leaveOf = (idx) => film.times[2 * idx + 1] ?? end();
const end = () => film.times.at(-1);
const hopAt = (at) => {
  let idx = 0;
  while (2 * idx + 2 < film.times.length && startOf(idx + 1) <= at) idx++;
  return idx;
};

/** How much of the way from this hop to the next is behind the packet. */
function partAt(at, idx) {
  const [from, to] = [leaveOf(idx), startOf(idx + 1)];
  const part = to > from ? clamp((at - from) / (to - from), 0, 1) : 0;
  return part * part * (3 - 2 * part);
}

const lengths = new WeakMap();
function length(path) {
  const d = path.getAttribute("d");
  const known = lengths.get(path);
  if (known?.d === d) return known.total;
  const total = path.getTotalLength();
  lengths.set(path, { d, total });
  return total;
}

function pointAt(path, along) {
  const total = length(path);
  const at = path.getPointAtLength(clamp(along, 0, total));
  const [a, b] = [path.getPointAtLength(clamp(along - 0.5, 0, total - 1)), path.getPointAtLength(clamp(along + 0.5, 1, total))];
  return { x: at.x, y: at.y, heading: (Math.atan2(b.y - a.y, b.x - a.x) * 180) / Math.PI };
}

/** Arrows along the first `done` of a way, none in bends. */
function chevrons(path, done, reply) {
  let d = "";
  for (let along = 26; along < done - 18; along += 46) {
    const at = pointAt(path, along);
    const straight = (by) => Math.abs(pointAt(path, along + by).heading - at.heading) < 1;
    if (along + 7 > length(path) || !straight(-7) || !straight(7)) continue;
    const [cos, sin] = [Math.cos((at.heading * Math.PI) / 180), Math.sin((at.heading * Math.PI) / 180)];
    const corners = reply ? [[-3.5, -5], [2.5, 0], [-3.5, 5]] : [[-4, -5.5], [4, 0], [-4, 5.5]];
    d += corners.map(([x, y], idx) => `${idx ? "L" : "M"}${num(at.x + x * cos - y * sin)} ${num(at.y + x * sin + y * cos)}`).join("");
    if (!reply) d += "Z";
  }
  return d;
}

/** The line from the header card to the packet (scene::card::Dock::leader, for a packet that lives). */
function leader([left, top, right, bottom, crossing, reach], at) {
  if (at.y < bottom + 6) {
    const y = clamp(at.y, top + 14, bottom - 14);
    const [from, to] = at.x > right ? [right, at.x - reach] : [left, at.x + reach];
    return `M${num(from)} ${num(y)}L${num(to)} ${num(at.y)}`;
  }
  const tip = at.y - reach;
  if (at.x >= left + 16 && at.x <= right - 16) return `M${num(at.x)} ${num(bottom)}L${num(at.x)} ${num(tip)}`;
  const side = at.x > right ? right : left;
  const k = Math.min(8, Math.abs(at.x - side) / 2, Math.abs(tip - crossing) / 2);
  const before = at.x - k * Math.sign(at.x - side);
  const after = crossing + k * Math.sign(tip - crossing);
  return `M${num(side)} ${num(crossing)}L${num(before)} ${num(crossing)}Q${num(at.x)} ${num(crossing)} ${num(at.x)} ${num(after)}L${num(at.x)} ${num(tip)}`;
}

/** Scrolls so that the packet is well within the view, as `ui::stage::view` does. */
function follow(at) {
  const view = $(".stage-view");
  const height = view?.clientHeight ?? 0;
  if (!view || view.scrollHeight <= height) return;
  const margin = Math.min(height * 0.22, 120);
  const wanted = clamp(view.scrollTop, at.y - height + margin, Math.max(at.y - margin, at.y - height + margin));
  if (Math.abs(wanted - view.scrollTop) >= 1) view.scrollTop = Math.trunc(wanted);
}

const turned = (at, tail) => `translate(${num(at.x)} ${num(at.y)})${num(at.heading) ? `rotate(${num(at.heading)})` : ""}${tail}`;

/** Everything that moves, at `ms`. */
function move() {
  const now = hopAt(ms);
  show(now);
  const part = partAt(ms, now);
  const stop = (idx) => ({ way: stage.stops[2 * idx], along: stage.stops[2 * idx + 1] });
  const [here, next] = [stop(now), stop(now + 1)];
  let { way, along } = here;
  if (part > 0 && next.way === way) along += (next.along - along) * part;
  else if (part > 0) [way, along] = [next.way, next.along * part];

  for (const ahead of place.querySelectorAll(".stage .ahead")) {
    const [idx, total] = [Number(ahead.dataset.way), length(ahead)];
    // Its nose touches what it has reached.
    const done = idx < way || (idx === way && total - along < 14) ? total : idx === way ? along : 0;
    const reply = ahead.classList.contains("reply");
    for (let it = ahead.nextElementSibling; it && !it.classList.contains("ahead"); it = it.nextElementSibling) {
      if (it.classList.contains("route")) it.setAttribute("stroke-dasharray", `${num(done)} ${num(total + 10)}`);
      if (it.classList.contains("chevron")) it.setAttribute("d", chevrons(ahead, done, reply));
    }
    if (idx !== way) continue;
    const at = pointAt(ahead, along);
    const packet = $(".stage .packet");
    packet?.setAttribute("transform", turned(at, packet.dataset.tail));
    follow(at);
    const line = $(".stage .leader");
    line?.setAttribute("d", leader(numbers(line.dataset.card), at));
  }
  const [from, y, to] = numbers($(".strip .ahead-line").getAttribute("d").replace(/[MH]/g, " ").trim());
  const x = from + ((to - from) * (now + part)) / (film.times.length / 2 - 1);
  const dot = $(".strip .packet");
  dot?.setAttribute("transform", turned({ x, y, heading: 0 }, dot.dataset.tail));
  for (const line of place.querySelectorAll(".strip [data-d]")) {
    const [start, , most] = numbers(line.dataset.d.replace(/[MH]/g, " ").trim());
    if (x > start) line.setAttribute("d", `M${start} ${y}H${num(Math.min(x, most))}`);
    else line.removeAttribute("d");
  }
  place.dataset.ms = String(Math.round(ms));
}

function frame(time) {
  if (!place.isConnected || !playing) return (drawnAt = null);
  ms = Math.min(ms + (drawnAt === null ? 0 : clamp(time - drawnAt, 0, 64)), end());
  drawnAt = time;
  move();
  if (ms >= end()) play(false);
  requestAnimationFrame(frame);
}

function play(on) {
  playing = on;
  if (on && ms >= end()) ms = 0;
  place.toggleAttribute("data-playing", on);
  for (const name of [".stage", ".time"]) $(name).classList.toggle("playing", on);
  const [{ label, html }, button] = [film.labels[Number(on)], $(".play")];
  button.innerHTML = html;
  for (const name of ["aria-label", "title"]) button.setAttribute(name, label);
  if (on) requestAnimationFrame(frame);
}

function seek(at) {
  play(false);
  ms = clamp(at, 0, end());
  move();
}

const seekHop = (idx) => seek(startOf(clamp(idx, 0, film.times.length / 2 - 1)));

// ---- What the visitor does meanwhile ----

/** The way from the picture's root to an element: the page that takes over is built alike. */
function trail(element) {
  const path = [];
  for (let it = element; it !== place; it = it.parentElement) path.unshift([...it.parentElement.children].indexOf(it));
  return path;
}

/** A control that needs the engine: it is marked, and pressed again when the engine is there. */
function later(control) {
  pressed.push({ path: trail(control), tag: control.tagName });
  control.setAttribute("aria-busy", "true");
  document.getElementById("boot")?.classList.add("asked");
}

function click(event) {
  const control = event.target.closest("button, a, [role=button]");
  if (!control || control.matches("a[href]:not([download]), [popovertarget], [popovertargetaction]")) return;
  const row = control.closest(".hops li");
  if (control.matches(".play")) return play(!playing);
  if (control.closest(".buttons")) return seekHop(hop + (control === control.parentElement.firstElementChild ? -1 : 1));
  if (row) return seekHop([...row.parentElement.children].indexOf(row));
  const tabs = control.closest(".tabs, .phone-tabs");
  if (tabs) {
    const which = [...tabs.children].indexOf(control);
    $(".work").dataset.panel = ["yaml", "hops"][which];
    for (const [idx, tab] of [...place.querySelectorAll(".tabs button, .phone-tabs button")].entries()) {
      const on = idx % 2 === which;
      if (tab.closest(".tabs")) tab.setAttribute("aria-pressed", String(on));
      else if (on) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    }
    pressed.push({ path: trail(control), tag: control.tagName });
    return;
  }
  event.preventDefault();
  later(control);
}

function scrub(event) {
  if (!event.buttons || !event.target.closest(".strip")) return;
  const [from, , to] = numbers($(".strip .ahead-line").getAttribute("d").replace(/[MH]/g, " ").trim());
  const at = ((event.clientX - $(".strip").getBoundingClientRect().left - from) / (to - from)) * (film.times.length / 2 - 1);
  seekHop(Math.round(at));
}

function key(event) {
  if (event.ctrlKey || event.metaKey) {
    if (event.key === "Enter") later($("button.send"));
    return;
  }
  if (event.altKey || event.target.closest?.(`${TYPED}, dialog, [role=separator]`)) return;
  const onButton = event.target.closest?.("button, a");
  const act = { " ": onButton ? null : () => play(!playing), ArrowLeft: () => seekHop(hop - 1), ArrowRight: () => seekHop(hop + 1), Home: () => seekHop(0), End: () => seekHop(Infinity) }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

// ---- The engine is there ----

function handOver() {
  document.removeEventListener("keydown", key);
  removeEventListener("pagehide", keep);
  if (!place.isConnected) return;
  const mine = [...place.children];
  const theirs = [...document.body.children].slice(-mine.length);
  const counterpart = ([first, ...rest], tag) => {
    const found = rest.reduce((it, idx) => it?.children[idx], theirs[first]);
    return found?.tagName === tag ? found : undefined;
  };
  const pairs = (elements) => elements.map((it) => [it, counterpart(trail(it), it.tagName)]).filter(([, other]) => other);
  const focused = place.contains(document.activeElement) ? pairs([document.activeElement])[0] : undefined;
  const typed = pairs([...place.querySelectorAll(TYPED)].filter((it) => it.dataset.typed));
  const open = pairs([...place.querySelectorAll("[popover]")].filter((it) => it.matches(":popover-open")));
  const moved = pairs([...scrolled].filter((it) => place.contains(it)));
  const values = typed.map(([mine]) => mine.value);
  const places = moved.map(([mine]) => [mine.scrollLeft, mine.scrollTop]);
  const selection = focused?.[0].selectionStart === undefined ? null : [focused[0].selectionStart, focused[0].selectionEnd];
  place.remove();

  for (const [idx, [, other]] of typed.entries()) {
    other.value = values[idx];
    other.dispatchEvent(new Event(other.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
  }
  for (const [, other] of open) other.showPopover();
  for (const [idx, [, other]] of moved.entries()) other.scrollTo(...places[idx]);
  if (focused) {
    focused[1].focus({ preventScroll: true });
    if (selection?.[0] != null) focused[1].setSelectionRange(...selection);
  }
  for (const { path, tag } of pressed) counterpart(path, tag)?.click();
}

/** Should the page go before the engine comes: what was typed comes back with the next visit. */
function keep() {
  const area = place.isConnected && $("textarea[data-typed]");
  if (!area) return;
  try {
    localStorage.setItem("kubehop.text", area.value);
  } catch {
    // Nothing is kept in this browser; the page itself says so.
  }
}

async function begin(url) {
  const answer = await fetch(url);
  if (!answer.ok) return;
  film = await new Response(answer.body.pipeThrough(new DecompressionStream("gzip"))).json();
  // Without a loading screen the engine is there already, or could not start.
  const boot = document.getElementById("boot");
  if (!boot?.contains(document.getElementById("boot-bar"))) return;
  place.innerHTML = film.html;
  document.body.prepend(place);
  boot.classList.add("beside");
  fit();
  play(playing);
  const watch = new ResizeObserver(fit);
  for (const name of [".stage", ".strip"]) watch.observe($(name));
  place.addEventListener("click", click);
  place.addEventListener("submit", (event) => event.preventDefault());
  place.addEventListener("input", (event) => (event.target.dataset.typed = "1"));
  place.addEventListener("pointerdown", scrub);
  place.addEventListener("pointermove", scrub);
  place.addEventListener("scroll", (event) => scrolled.add(event.target), { capture: true });
  document.addEventListener("keydown", key);
  addEventListener("pagehide", keep);
  addEventListener("TrunkApplicationStarted", handOver, { once: true });
  addEventListener("kubehop-failed", () => (keep(), place.remove()), { once: true });
}

const url = document.documentElement.dataset.picture;
if (url) begin(url).catch(console.warn);
