// Trunk's post-build hook, over the site it has just put together:
// minification, names with hashes, the first picture, the Content-Security-Policy's hashes, the service worker.
import { transform } from "esbuild";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { codes } from "./languages.mjs";
import { packEngine } from "./pack.mjs";

const dist = process.env.TRUNK_STAGING_DIR;
const release = process.env.TRUNK_PROFILE === "release";
if (!dist) throw new Error("TRUNK_STAGING_DIR is not set: Trunk runs this file");

const at = (file) => join(dist, file);
const sha = (data, encoding = "hex") => createHash("sha256").update(data).digest(encoding);

async function files() {
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(dist.length).replace(/^[/\\]/, "").replaceAll("\\", "/"))
    .sort();
}

/** Trunk's scripts and bindings are written for reading. */
async function minify() {
  for (const file of (await files()).filter((name) => /\.(js|css)$/.test(name))) {
    const source = await readFile(at(file), "utf8");
    const loader = file.endsWith(".css") ? "css" : "js";
    const { code } = await transform(source, { loader, minify: true, legalComments: "none", format: loader === "js" ? "esm" : undefined });
    await writeFile(at(file), code);
  }
}

/** A name that changes with the content, so that it can be cached for good. */
async function hashed(file) {
  const name = file.replace(/(\.\w+)$/, `-${sha(await readFile(at(file))).slice(0, 16)}$1`);
  await rename(at(file), at(name));
  return name;
}

/** The inline scripts and styles of `html`, as the policy names them. */
function hashes(html, tag) {
  return [...html.matchAll(new RegExp(`<${tag}(?![^>]*\\ssrc=)[^>]*>([\\s\\S]*?)</${tag}>`, "g"))]
    .map(([, body]) => `'sha256-${sha(body, "base64")}'`)
    .join(" ");
}

/** The first picture in every language and shape, made by the page just built; says what their names end with. */
async function firstPictures() {
  const run = promisify(execFile);
  const made = await Promise.all(codes.map((lang) => run(process.execPath, ["scripts/first.mjs", dist, lang])));
  for (const { stdout } of made) process.stdout.write(stdout);
  const packs = (await files()).filter((file) => /^first-.*\.pack$/.test(file));
  const hash = createHash("sha256");
  for (const file of packs) hash.update(await readFile(at(file)));
  const end = hash.digest("hex").slice(0, 16);
  for (const file of packs) await rename(at(file), at(file.replace(".pack", `-${end}.pack`)));
  return end;
}

/** A site without the picture works; that it is missing is said here, and fails the size check and the page's tests. */
function missing(reason) {
  console.error("finish: no first picture could be made of the page:", reason);
  return "";
}

/** A site with the plain engine works; that it is not packed is said here, and fails the size check. */
function unpacked(reason) {
  console.error("finish: the engine could not be packed (is xz installed?):", reason.message);
  return undefined;
}

/** Trunk's start script, ours instead: the engine packed, and after the picture in the queue. */
async function starter(html) {
  const wasm = (await files()).find((file) => file.endsWith("_bg.wasm"));
  const packed = wasm.replace("_bg.wasm", ".xz");
  const data = await packEngine(at(wasm)).catch(unpacked);
  if (data) await writeFile(at(packed), data);
  const [, body] = html.match(INLINE_MODULE)?.slice(1) ?? [];
  const [, url, bindings] = body?.match(/['"]([^'"]*?)(kubehop-[0-9a-f]+\.js)['"]/) ?? [];
  const boot = body?.match(/['"]([^'"]*boot\.js)['"]/)?.[1];
  if (!bindings || !boot) throw new Error("index.html: Trunk's start script is not what it was");
  const packing = data && { packed: url + packed, total: data.length, unpack: url + (await hashed("unpack.js")) };
  const args = [url + wasm, ...(packing ? [packing] : [])].map((it) => JSON.stringify(it));
  const script = `import{start}from${JSON.stringify(boot)};start(()=>import(${JSON.stringify(url + bindings)}),${args})`;
  const first = `<script type="module" async src="${url}${await hashed("first.js")}"></script>`;
  return html
    .replace(INLINE_MODULE, (_, open, __, close) => `${first}\n${open}${script}${close}`)
    // Whether the engine is fetched at all, and in which form, is for assets/boot.js to say.
    .replace(new RegExp(`<link rel="preload"[^>]*href="${url}${wasm}"[^>]*>`), "");
}

const INLINE_MODULE = /(<script type="module">)([\s\S]*?)(<\/script>)/;

let html = (await readFile(at("index.html"), "utf8")).replace("{LANGUAGES}", JSON.stringify(codes));
if (release) {
  await minify();
  html = html.replace(/<!--[\s\S]*?-->\n?/g, "");
  const attributes = [`data-editor="${await hashed("editor.js")}"`, 'data-worker="sw.js"', `data-first="${await firstPictures().catch(missing)}"`];
  html = await starter(html);
  html = html.replace(/<html /, `<html ${attributes.join(" ")} `);
  html = html.replace("{SCRIPT-HASHES}", hashes(html, "script")).replace("{STYLE-HASHES}", hashes(html, "style"));
} else {
  // Trunk changes its reloading script while serving, and that script opens a web socket.
  html = html
    .replace("{SCRIPT-HASHES}", "'unsafe-inline'")
    .replace("{STYLE-HASHES}", "'unsafe-inline'")
    .replace("connect-src 'self'", "connect-src 'self' ws: wss:");
}
if (/\{([A-Z]+-HASHES|LANGUAGES)\}/.test(html)) throw new Error("index.html: a place for hashes or languages was not filled");
await writeFile(at("index.html"), html);

if (release) {
  const kept = (await files()).filter((file) => file !== "sw.js" && !file.endsWith(".txt") && !/^(\.|first-.*\.pack$)/.test(file));
  const version = createHash("sha256");
  for (const file of kept) version.update(file).update(await readFile(at(file)));
  // The page is asked for by its folder's name.
  const names = kept.map((file) => (file === "index.html" ? "./" : file));
  const worker = (await readFile("assets/sw.js", "utf8"))
    .replace("{VERSION}", version.digest("hex").slice(0, 16))
    .replace('["{FILES}"]', JSON.stringify(names));
  const { code } = await transform(worker, { loader: "js", minify: true });
  await writeFile(at("sw.js"), code);
}
