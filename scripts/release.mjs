// What a release is made of, into target/release-files.
//
//   node scripts/release.mjs check v0.2.0          the tag is the version of Cargo.toml, and CHANGELOG.md has it
//   node scripts/release.mjs notes v0.2.0          that section of the changelog
//   node scripts/release.mjs site [FOLDER]         the built site (dist) as a zip, and what it is made of (an SBOM)
//   node scripts/release.mjs command [TARGET]      the built command as an archive
//   node scripts/release.mjs sums                  SHA256SUMS of all of them
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { sbom } from "./sbom.mjs";
import { zip } from "./zip.mjs";

const OUT = "target/release-files";
const [action, argument] = process.argv.slice(2);

const manifest = await readFile("Cargo.toml", "utf8");
const version = manifest.match(/^version = "(.*)"$/m)[1];
const text = (file) => readFile(file);

/** The section of the changelog about a version. */
async function notes(wanted) {
  const changelog = await readFile("CHANGELOG.md", "utf8");
  const sections = changelog.split(/^## /m).slice(1);
  const found = sections.find((it) => it.startsWith(`[${wanted}]`));
  if (!found) throw new Error(`CHANGELOG.md has no section [${wanted}]`);
  return found.slice(found.indexOf("\n") + 1).trim();
}

async function put(name, data) {
  await mkdir(OUT, { recursive: true });
  await writeFile(join(OUT, name), data);
  console.log(`${createHash("sha256").update(data).digest("hex")}  ${name}`);
}

/** Every file below a folder, as paths relative to it, in order. */
async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((it) => it.isFile()).map((it) => join(it.parentPath ?? it.path, it.name).slice(folder.length + 1));
  return files.map((it) => it.replaceAll("\\", "/")).sort();
}

const licences = async (folder) => Promise.all(["LICENSE-APACHE", "LICENSE-MIT"].map(async (it) => [`${folder}/${it}`, await text(it)]));

const actions = {
  async check(tag) {
    if (tag !== `v${version}`) throw new Error(`the tag is ${tag}, Cargo.toml says ${version}`);
    await notes(version);
  },
  async notes(tag) {
    console.log(await notes(tag.replace(/^v/, "")));
  },
  async site(dist = "dist") {
    const folder = `kubehop-${version}`;
    const site = await Promise.all((await filesOf(dist)).map(async (it) => [`${folder}/${it}`, await text(join(dist, it))]));
    if (!site.some(([name]) => name === `${folder}/index.html`)) throw new Error(`there is no ${dist}/index.html: run \`make build\``);
    const read = [`${folder}/README.txt`, await text("scripts/release-readme.txt")];
    await put(`kubehop-site-${version}.zip`, zip([...site, read, [`${folder}/serve.mjs`, await text("scripts/serve.mjs")], ...(await licences(folder))]));
    await put(`kubehop-${version}.cdx.json`, JSON.stringify(await sbom(version), null, 1) + "\n");
  },
  async command(target = execFileSync("rustc", ["-vV"], { encoding: "utf8" }).match(/^host: (.*)$/m)[1]) {
    const program = target.includes("windows") ? "kubehop.exe" : "kubehop";
    const folder = `kubehop-${version}-${target}`;
    const files = [[`${folder}/${program}`, await text(`target/release/${program}`), 0o755], ...(await licences(folder))];
    await put(`${folder}.zip`, zip(files));
  },
  async sums() {
    const names = (await readdir(OUT)).filter((it) => it !== "SHA256SUMS").sort();
    const lines = await Promise.all(names.map(async (it) => `${createHash("sha256").update(await text(join(OUT, it))).digest("hex")}  ${basename(it)}\n`));
    await writeFile(join(OUT, "SHA256SUMS"), lines.join(""));
  },
};

if (!actions[action]) {
  console.error(`usage: node scripts/release.mjs ${Object.keys(actions).join(" | ")}`);
  process.exit(2);
}
try {
  await actions[action](argument);
} catch (error) {
  console.error(`release: ${error.message}`);
  process.exit(1);
}
