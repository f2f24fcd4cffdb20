// The size budget, as gzip -9 makes it: everything that is fetched before the first packet moves, and behind it the
// engine, without which nothing can be sent.
//   node scripts/size.mjs [DIST]
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

// Before the first packet: the design's budget, and what may not be exceeded meanwhile.
const BUDGET = 400 * 1024;
const PICTURE_CEILING = 77 * 1024;
// The engine, without which nothing can be sent. It has outgrown the budget (ARCHITECTURE.md, "Where this departs
// from the given design"); from here it only goes down.
const ENGINE_CEILING = 1150 * 1024;
const dist = process.argv[2] ?? "dist";

const html = await readFile(join(dist, "index.html"), "utf8");
const all = (await readdir(dist, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(join(dist, "/").length))
  // Left by a build that broke off.
  .filter((file) => !file.startsWith(".stage/"))
  .sort();

/** Files that the page names, and those that these import, as far as `take` goes. */
async function reached(take) {
  const found = new Set(["index.html"]);
  const queue = ["index.html"];
  while (queue.length > 0) {
    const file = queue.pop();
    if (!/\.(html|js|css)$/.test(file)) continue;
    const text = await readFile(join(dist, file), "utf8");
    for (const other of all) {
      if (found.has(other) || !take(other) || !text.includes(other.split("/").pop())) continue;
      found.add(other);
      queue.push(other);
    }
  }
  return found;
}

const later = html.match(/data-editor="([^"]+)"/)?.[1];
const pictures = all.filter((file) => /^first-.*\.pack$/.test(file));
if (pictures.length === 0) throw new Error("size: no first picture among the files: the check looks in the wrong place");
const size = async (file) => (await readFile(join(dist, file))).length;
const largest = (await Promise.all(pictures.map(async (file) => [await size(file), file]))).sort((a, b) => b[0] - a[0])[0][1];

// What plays the picture, and one picture of those for each language and shape: no page fetches two.
const before = await reached((file) => /^(style-|icon-|first-[0-9a-f]+\.js)/.test(file));
before.add(largest);
// What the engine is, in the form that it is fetched in.
const behind = await reached((file) => file !== later && file !== "sw.js" && !file.endsWith(".wasm") && !before.has(file));
behind.delete("index.html");
const rows = [];
for (const file of all) {
  const data = await readFile(join(dist, file));
  rows.push({
    file,
    group: before.has(file) ? 0 : behind.has(file) ? 1 : 2,
    raw: data.length,
    gzip: gzipSync(data, { level: 9, memLevel: 9 }).length,
    brotli: brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: data.length } }).length,
  });
}
rows.sort((a, b) => a.group - b.group || b.gzip - a.gzip);

const line = (name, raw, gzip, brotli) =>
  console.log(`${name.padEnd(48)} ${String(raw).padStart(10)} ${String(gzip).padStart(10)} ${String(brotli).padStart(10)}`);
const sum = (which, key) => which.reduce((total, row) => total + row[key], 0);
const total = (name, which) => line(name, sum(which, "raw"), sum(which, "gzip"), sum(which, "brotli"));

line("bytes", "raw", "gzip -9", "brotli");
const groups = ["before the first packet", "the engine behind it", "after that, or never"].map((name, group) => {
  const members = rows.filter((row) => row.group === group);
  for (const row of members) line(row.file, row.raw, row.gzip, row.brotli);
  total(name, members);
  return sum(members, "gzip");
});

const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
const [picture, engine] = groups;
let failed = false;
const check = (what, used, ceiling) => {
  console.log(`${kb(used)} (gzip) ${what}; ceiling ${kb(ceiling)}, budget ${kb(BUDGET)}`);
  if (used <= ceiling) return;
  console.error(`size: ${kb(used - ceiling)} over the ceiling`);
  failed = true;
};
console.log();
check("before the first packet moves", picture, PICTURE_CEILING);
check("of engine behind it", engine, ENGINE_CEILING);
if (![...behind].some((file) => /^kubehop-.*\.xz$/.test(file))) {
  console.error("size: no engine among the files that the page starts: the check looks in the wrong place");
  failed = true;
}
if (failed) process.exit(1);
