// Trunk's pre-build hook: the editor, the worker that unpacks the engine and the style sheet, each one file, and the
// lessons, into .cache/site.
import { build } from "esbuild";
import { appendFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { codes } from "./languages.mjs";
import { bundleLessons } from "./lessons.mjs";

const release = process.env.TRUNK_PROFILE === "release";
const out = ".cache/site";
await mkdir(out, { recursive: true });

const common = { bundle: true, minify: release, legalComments: "none", logLevel: "warning", metafile: true };

const editor = await build({
  ...common,
  entryPoints: ["assets/editor/editor.ts"],
  outfile: `${out}/editor.js`,
  format: "esm",
  target: ["es2022"],
  // Styles without <style> elements, which the page's Content-Security-Policy forbids.
  alias: { "style-mod": "./assets/editor/style-mod.ts" },
});

const worker = await build({ ...common, entryPoints: ["assets/unpack.js"], outfile: `${out}/unpack.js`, format: "iife", target: ["es2022"] });

await build({ ...common, entryPoints: ["assets/css/main.css"], outfile: `${out}/style.css`, external: ["*.woff2"] });
// What stands before the engine says everything in every language; the others' words are not shown.
const others = codes.map((code) => `html:lang(${code}) #boot [lang]:not(:lang(${code}))`);
await appendFile(`${out}/style.css`, `${others.join(",")}{display:none}\n`);

await bundleLessons(`${out}/lessons`);

// The licenses of what the editor and the worker are made of ask to go with them.
const packages = new Set(
  [editor, worker].flatMap((it) => Object.keys(it.metafile.inputs))
    .map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1])
    .filter(Boolean),
);
const texts = [];
for (const name of [...packages].sort()) {
  const files = (await readdir(`node_modules/${name}`)).filter((file) => /^licen[cs]e/i.test(file));
  for (const file of files) texts.push(`== ${name} ==\n\n${await readFile(`node_modules/${name}/${file}`, "utf8")}`);
}
await writeFile(`${out}/licenses.txt`, texts.join("\n"));
