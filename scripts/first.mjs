// The first picture: what the page shows while its engine is still on its way, moving, for somebody who is here for
// the first time. Nothing of it is drawn by hand: the built page itself runs here, in a document without a browser
// (dom.mjs), plays its first example, and is written down hop by hop. assets/first.js plays that.
//
//   node scripts/first.mjs DIST LANG     writes DIST/first-LANG-{narrow,wide}.pack  (finish.mjs calls it)
//
// The drawing depends on the size of the stage, and is linear in it as long as the same things have room. So it is
// written down at the corners of such ranges of sizes; a number that differs between the corners becomes a plane
// over them. Every range is checked at its far corner and its middle, and parted until that comes out right.
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { all, install, press } from "./dom.mjs";
import { pack } from "./pack.mjs";

const [dist, lang] = process.argv.slice(2);
const sizes = { figure: { width: 728, height: 594 }, div: { width: 420, height: 58 } };
const page = install({ lang, size: (element) => sizes[element.tag] });
const files = await readdir(dist);
const file = (ending) => resolve(join(dist, files.find((name) => name.startsWith("kubehop-") && name.endsWith(ending))));
const { default: init } = await import(pathToFileURL(file(".js")));
await init({ module_or_path: await readFile(file("_bg.wasm")) });
await page.settle();

const has = (element, name) => (element.getAttribute("class") ?? "").split(" ").includes(name);
const one = (name, below = page.body) => [...all(below)].find((element) => has(element, name));
const rows = [...all(one("hops"))].filter((element) => has(element, "hop-row"));
const PARTS = ["stage", "time", "strip", "say", "legend", "outcome", "hops", "inspect"];
const live = Object.fromEntries(PARTS.map((name) => [name, one(name)]));
const play = () => ((button) => ({ label: button.getAttribute("aria-label"), html: inner(button) }))(one("play"));
const inner = (element) => element.childNodes.map((node) => node.html).join("");
const numbers = (text) => text.split(" ").map(Number);

// Where the packets are that run; those of the card and the legend stand.
const MOVING = new Set([one("marks", live.strip), one("scene", live.stage).children[0]]);

/** A copy without placeholders, and without what the player moves by itself. */
function still(element) {
  const copy = element.copy();
  const transform = copy.getAttribute("transform");
  if (transform && has(copy, "packet") && MOVING.has(element.parentNode)) {
    copy.setAttribute("data-tail", transform.replace(/^translate\([^)]*\)(rotate\([^)]*\))?/, ""));
    copy.removeAttribute("transform");
  }
  if (has(copy, "route")) copy.removeAttribute("stroke-dasharray");
  if (has(copy, "chevron") || has(copy, "leader")) copy.removeAttribute("d");
  // Nothing is said twice: the live regions are those of the page itself.
  if (/^(status|alert)$/.test(copy.getAttribute("role"))) copy.removeAttribute("role");
  copy.removeAttribute("aria-live");
  copy.removeAttribute("data-stops");
  if (element.value !== undefined) copy.value = element.value;
  for (const node of element.childNodes) {
    if (node.tag) copy.appendChild(still(node));
    else if (node.html !== "") copy.appendChild(node.copy());
  }
  return copy;
}

/** An element's markup, remembered: of parts that nobody changes any more. */
const known = new WeakMap();
const markup = (node) => known.get(node) ?? (known.set(node, node.html), known.get(node));

/** What makes `to` of `from`: attributes set, children put in the place of others. */
function changes(name, from, to, path = []) {
  const steps = [];
  for (const key of new Set([...from.attributes.keys(), ...to.attributes.keys()])) {
    if (from.getAttribute(key) !== to.getAttribute(key)) steps.push([name, path, key, to.getAttribute(key)]);
  }
  const [a, b] = [from.childNodes, to.childNodes];
  const put = (start, n, nodes) => [name, path, start, n, nodes.map((node) => markup(node)).join("")];
  let head = 0;
  while (head < a.length && head < b.length && markup(a[head]) === markup(b[head])) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && markup(a.at(-1 - tail)) === markup(b.at(-1 - tail))) tail++;
  if (head + tail === a.length && a.length === b.length) return steps;
  const whole = [put(head, a.length - head - tail, b.slice(head, b.length - tail))];
  const parts = [];
  const alike = a.length === b.length;
  for (let at = head; alike && at < a.length - tail; at++) {
    if (a[at].tag && a[at].tag === b[at].tag) parts.push(...changes(name, a[at], b[at], [...path, at]));
    else parts.push(put(at, 1, [b[at]]));
  }
  const shorter = alike && JSON.stringify(parts).length < JSON.stringify(whole).length;
  return [...steps, ...(shorter ? parts : whole)];
}

/** The parts of the page that change, as they are now; those of the stage and of the strip change with their size. */
function parts(group) {
  if (group === "strip") return { strip: still(live.strip) };
  if (group === "own") return Object.fromEntries(["say", "legend", "outcome", "hops", "inspect"].map((name) => [name, still(live[name])]));
  const time = still(live.time);
  for (const name of ["say", "transport"]) one(name, time).childNodes = [];
  return { stage: still(live.stage), time };
}

/** One group of parts at every hop, for a size of the stage and a width of the strip. */
async function record(group, { width, height } = sizes.figure, strip = 420) {
  await lay(width, height, strip);
  const hops = [];
  for (const row of rows) {
    press(row);
    await page.settle();
    hops.push(parts(group));
  }
  if (group === "strip") {
    // How far the passed line of each stretch gets: the player cuts it to where the packet is.
    for (const [idx, line] of [...all(live.strip)].entries()) {
      if (!has(line, "s-req") && !has(line, "s-rep")) continue;
      for (const { strip } of hops) {
        const it = [...all(strip)][idx];
        it.removeAttribute("d");
        it.setAttribute("data-d", line.getAttribute("d"));
      }
    }
  }
  return hops;
}

/** From nothing to the first hop, and from each hop to the next. */
function film(hops) {
  return hops.map((hop, idx) => Object.keys(hop).flatMap((name) => changes(name, idx ? hops[idx - 1][name] : empty[name], hop[name])));
}

async function lay(width, height, strip = 420) {
  sizes.figure = { width, height };
  sizes.div = { width: strip, height: 58 };
  page.measure();
  await page.settle();
}

const NUMBER = /-?\d+(?:\.\d+)?/g;
const FIRST_MARK = 0xe000;

/** One text of several that differ in numbers only: a mark for each number that is no constant. */
function plane([at, right, below], [w, h]) {
  if ([right, below].some((text) => skeleton(text) !== skeleton(at))) return null;
  const [b, c] = [right.match(NUMBER), below.match(NUMBER)];
  const triples = [];
  const known = new Map();
  let idx = -1;
  const text = at.replace(NUMBER, (number) => {
    idx++;
    if (b[idx] === number && c[idx] === number) return number;
    const slope = (to, by) => (by ? +((to - number) / by).toFixed(5) : 0);
    const triple = [+number, slope(b[idx], w), slope(c[idx], h)];
    const key = triple.join();
    if (!known.has(key)) {
      known.set(key, known.size);
      triples.push(...triple);
    }
    return String.fromCharCode(FIRST_MARK + known.get(key));
  });
  return { text, triples };
}

/** What assets/first.js makes of a plane at a distance from its first corner. */
function fill({ text, triples }, w, h) {
  return text.replace(/[\ue000-\uf8ff]/g, (mark) => {
    const at = 3 * (mark.charCodeAt(0) - FIRST_MARK);
    return Math.round(10 * (triples[at] + triples[at + 1] * w + triples[at + 2] * h)) / 10;
  });
}

const skeleton = (text) => text.replace(NUMBER, "#");
const every = (from, to, step) => Array.from({ length: Math.ceil((to - from) / step) }, (_, idx) => from + idx * step);

/** There is one page, so one thing after the other. */
async function inTurn(tasks) {
  const done = [];
  for (const task of tasks) done.push(await task());
  return done;
}

/** Parts of `points` within which `look(point)` says the same; the last point is the end. */
async function runs(points, look) {
  const found = [];
  let last;
  for (const [idx, point] of points.slice(0, -1).entries()) {
    const now = await look(point);
    const end = points[idx + 1] - 1;
    if (now === last) found.at(-1)[1] = end;
    else found.push([point, end]);
    last = now;
  }
  return found;
}

/** Whether two texts differ in nothing but a pixel here and there. */
function near(text, other) {
  if (skeleton(text) !== skeleton(other)) return false;
  const b = other.match(NUMBER);
  return text.match(NUMBER).every((number, idx) => Math.abs(number - b[idx]) <= 1);
}

/**
 * What `write(w, h)` is in each range of widths and heights. `look(w, h)` is a cheaper part of it, by which the
 * ranges are found. Sizes between ranges take the nearest one.
 */
async function ranges(widths, heights, look, write) {
  const remember = (make, seen = new Map()) => async (w, h) => {
    const key = `${w} ${h}`;
    if (!seen.has(key)) seen.set(key, await make(w, h));
    return seen.get(key);
  };
  const [at, full] = [remember(look), remember(write)];
  const found = [];
  for (const band of heights) {
    const open = (await runs(widths, async (w) => skeleton(await at(w, band[0])))).map((part) => [...part, ...band]);
    while (open.length > 0) {
      const [a, b, c, d] = open.pop();
      const x = (a + b) >> 1;
      const line = plane([await at(a, c), await at(b, c), await at(a, c)], [b - a, 0]);
      const level = line !== null && near(fill(line, x - a, 0), await at(x, c));
      // The bands are chosen so that heights hardly bend; where they do, the drawing stays as at their lower end.
      const whole = async (corners) => plane(await inTurn(corners.map(([w, h]) => () => full(w, h))), [b - a, d - c]);
      const made = level && ((await whole([[a, c], [b, c], [a, d]])) ?? (await whole([[a, c], [b, c], [a, c]])));
      if (made) found.push({ w: [a, b], h: [c, d], ...made });
      else if (b - a >= SMALLEST) open.push([a, x, c, d], [x + 1, b, c, d]);
    }
  }
  return found;
}

// Where something jumps, ranges are not made smaller than this: the one beside will do.
const SMALLEST = 12;
// The stage of a phone has one height; above, the bands within which the layout is (nearly) linear in the height.
const NARROW_H = 346;
const BANDS = [[240, 402], [403, 451], [452, 460], [461, 496], [497, 589], [590, 737], [738, 1400]];
const pause = play();
const kept = Object.fromEntries(page.kept);
press(rows[0]);
await page.settle();
const empty = { ...parts("own"), ...parts("stage"), ...parts("strip") };
one("stage-world", empty.stage).childNodes = [];
one("marks", empty.strip).childNodes = [];
empty.time.childNodes = empty.time.childNodes.filter((node) => !has(node, "docked"));
// The page around them, with nothing on the stage and the strip.
const shell = still(page.body);
one("stage-world", shell).childNodes = [];
one("marks", one("strip", shell)).childNodes = [];
const time = one("time", shell);
time.childNodes = time.childNodes.filter((node) => !has(node, "docked"));

const common = {
  html: inner(shell),
  text: kept["kubehop.text"],
  settings: JSON.parse(kept["kubehop.settings"]),
  times: numbers(live.strip.getAttribute("data-times")),
  labels: [play(), pause],
  own: film(await record("own")),
};
const stage = async (width, height) => {
  const hops = film(await record("stage", { width, height }));
  return JSON.stringify({ hops, stops: numbers(one("scene", live.stage).getAttribute("data-stops")) });
};
const strip = async (width) => JSON.stringify({ hops: film(await record("strip", undefined, width)) });
const some = [0, rows.length >> 1, rows.length - 2];
const glance = (part, size) => async (w, h) => {
  let text = "";
  await size(w, h);
  for (const row of some) {
    press(rows[row]);
    await page.settle();
    text += still(live[part]).html;
  }
  return text;
};
const stageForm = glance("stage", lay);
const stripForm = glance("strip", (w) => lay(728, 594, w));
const shapes = {
  narrow: {
    stage: await ranges([...every(300, 560, 6), 600], [[NARROW_H, NARROW_H]], stageForm, stage),
    strip: await ranges([...every(100, 460, 12), 600], [[0, 0]], stripForm, strip),
  },
  wide: {
    stage: await ranges([...every(560, 836, 12), 836, 2400], BANDS, stageForm, stage),
    strip: await ranges([...every(240, 800, 20), 2400], [[0, 0]], stripForm, strip),
  },
};
for (const [name, shape] of Object.entries(shapes)) {
  const text = JSON.stringify({ ...common, ...shape });
  const packed = await pack(Buffer.from(text));
  console.log(`first-${lang}-${name}: ${shape.stage.length} + ${shape.strip.length} ranges, ${text.length} characters, ${packed.length} bytes`);
  await writeFile(join(dist, `first-${lang}-${name}.pack`), packed);
}
