// Trunk's post-build hook, over the site it has just put together:
// minification, names with hashes, the Content-Security-Policy's hashes, the service worker.
import { transform } from "esbuild";
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { readFile, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

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

const INLINE_MODULE = /(<script type="module">)([\s\S]*?)(<\/script>)/;

let html = await readFile(at("index.html"), "utf8");
if (release) {
  await minify();
  html = html.replace(/<!--[\s\S]*?-->\n?/g, "");
  const inline = html.match(INLINE_MODULE);
  if (inline) {
    // Trunk measures the module before wasm-opt; progress goes by this number.
    const wasm = (await files()).find((file) => file.endsWith("_bg.wasm"));
    const script = inline[2].replace(/(_bg\.wasm', )\d+/, (_, before) => before + statSync(at(wasm)).size);
    const { code } = await transform(script, { loader: "js", minify: true, format: "esm" });
    html = html.replace(INLINE_MODULE, (_, open, body, close) => open + code.trim() + close);
  }
  const attributes = [`data-editor="${await hashed("editor.js")}"`, 'data-worker="sw.js"'];
  html = html.replace(/<html /, `<html ${attributes.join(" ")} `);
  html = html.replace("{SCRIPT-HASHES}", hashes(html, "script")).replace("{STYLE-HASHES}", hashes(html, "style"));
} else {
  // Trunk changes its reloading script while serving, and that script opens a web socket.
  html = html
    .replace("{SCRIPT-HASHES}", "'unsafe-inline'")
    .replace("{STYLE-HASHES}", "'unsafe-inline'")
    .replace("connect-src 'self'", "connect-src 'self' ws: wss:");
}
if (/\{[A-Z]+-HASHES\}/.test(html)) throw new Error("index.html: a place for hashes was not filled");
await writeFile(at("index.html"), html);

if (release) {
  const kept = (await files()).filter((file) => file !== "sw.js" && !file.endsWith(".txt") && !file.startsWith("."));
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
