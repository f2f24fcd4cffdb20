// The lessons of the site: one file a lesson, fetched when it is opened, and an index made from their folder.
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { parse } from "yaml";
import { codes } from "./languages.mjs";

const from = "lessons";
/** What a learner needs; other answers and wrong ones are for the proof alone. */
const needed = ["lesson.yaml", ...codes.map((code) => `text.${code}.md`), "start.yaml", "solution.yaml"];

/** Writes `out/index.json` and `out/NAME.json` for every lesson. */
export async function bundleLessons(out) {
  await mkdir(out, { recursive: true });
  const folders = (await readdir(from, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const lessons = [];
  for (const name of folders.sort()) {
    const files = {};
    for (const file of needed) files[file] = await readFile(`${from}/${name}/${file}`, "utf8");
    const { title, chapter, clinic = false } = parse(files["lesson.yaml"]);
    lessons.push({ name, title, chapter, clinic });
    await writeFile(`${out}/${name}.json`, JSON.stringify(files));
  }
  const { chapters } = parse(await readFile(`${from}/chapters.yaml`, "utf8"));
  await writeFile(`${out}/index.json`, JSON.stringify({ chapters, lessons }));
}
