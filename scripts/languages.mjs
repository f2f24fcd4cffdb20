// The languages of the page, as every script of the build takes them: assets/languages.json, which src/text.rs holds
// `Lang::ALL` to.
import { readFile } from "node:fs/promises";

/** BCP 47 tags, the first for readers of none of them. */
export const codes = JSON.parse(await readFile("assets/languages.json", "utf8")).map(({ code }) => code);
