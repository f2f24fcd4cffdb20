// What the site is made of, in the form of CycloneDX 1.6: the crates that are compiled for the page and the npm packages
// of its editor, with versions, licences and checksums, as the lock files have them.
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";

const run = (...words) => JSON.parse(execFileSync("cargo", words, { encoding: "utf8", maxBuffer: 1 << 28 }));

/** Licence expressions of crates may use `/` for `OR`. */
const licence = (text) => (text ? [{ expression: text.replaceAll("/", " OR ") }] : undefined);

/** Crates that the page links, by their normal dependencies. */
async function crates() {
  const found = run("metadata", "--locked", "--format-version", "1", "--filter-platform", "wasm32-unknown-unknown");
  const lock = await readFile("Cargo.lock", "utf8");
  const checksums = new Map([...lock.matchAll(/name = "(.*)"\nversion = "(.*)"\nsource = ".*"\nchecksum = "(.*)"/g)].map(([, name, version, sum]) => [`${name} ${version}`, sum]));
  const nodes = new Map(found.resolve.nodes.map((it) => [it.id, it]));
  const reached = new Set();
  const visit = (id) => {
    if (reached.has(id)) return;
    reached.add(id);
    for (const it of nodes.get(id).deps) if (it.dep_kinds.some((kind) => kind.kind === null)) visit(it.pkg);
  };
  visit(found.resolve.root);
  const all = found.packages.filter((it) => reached.has(it.id) && it.id !== found.resolve.root);
  return all.map(({ name, version, license }) => {
    const sum = checksums.get(`${name} ${version}`);
    return { type: "library", name, version, purl: `pkg:cargo/${name}@${version}`, licenses: licence(license), hashes: sum && [{ alg: "SHA-256", content: sum }] };
  });
}

/** Packages that the editor is bundled from: those under CodeMirror's and Lezer's names and what they need. */
async function packages() {
  const lock = JSON.parse(await readFile("package-lock.json", "utf8")).packages;
  const reached = new Set();
  const visit = (name) => {
    const path = `node_modules/${name}`;
    if (reached.has(path) || !lock[path]) return;
    reached.add(path);
    for (const it of Object.keys(lock[path].dependencies ?? {})) visit(it);
  };
  for (const name of Object.keys(lock[""].devDependencies)) if (/^@(codemirror|lezer)\//.test(name)) visit(name);
  return [...reached].map((path) => {
    const name = path.slice("node_modules/".length);
    const { version, license, integrity } = lock[path];
    const [, sum] = integrity?.match(/^sha512-(.*)$/) ?? [];
    const hashes = sum && [{ alg: "SHA-512", content: Buffer.from(sum, "base64").toString("hex") }];
    return { type: "library", name, version, purl: `pkg:npm/${name.replace("@", "%40")}@${version}`, licenses: licence(license), hashes };
  });
}

/** The whole document. */
export async function sbom(version) {
  const components = [...(await crates()), ...(await packages())].sort((a, b) => (a.purl < b.purl ? -1 : 1));
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", name: "kubehop", version, licenses: licence("MIT OR Apache-2.0") } },
    components,
  };
}
