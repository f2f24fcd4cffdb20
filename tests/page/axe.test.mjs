// The main states of the page as axe sees them: nothing serious, in both themes and languages, at three sizes.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { open, serve, toTheEnd, withBrowser } from "./site.mjs";

let site, axe;
before(async () => {
  site = await serve();
  axe = await readFile("node_modules/axe-core/axe.min.js", "utf8");
});
after(() => site.close());

/** What axe finds that keeps somebody out: rule and places. */
async function serious(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter((it) => ["serious", "critical"].includes(it.impact))
      .map((it) => `${it.id}: ${it.nodes.slice(0, 4).map((node) => node.target.join(" ")).join(", ")}`);
  });
  return found;
}

const example = (title) => async (page) => {
  await page.locator(".menu-button").click();
  await page.locator(".examples button", { hasText: title }).click();
  await page.locator(".lab", { hasText: title }).waitFor({ state: "attached" });
  await toTheEnd(page);
};

/** The states, each from the one before. */
const STATES = {
  "a run that arrived": toTheEnd,
  "the examples": async (page) => {
    await page.locator(".menu-button").click();
    await page.locator(".examples input").waitFor();
  },
  "a run that failed": async (page) => {
    await page.keyboard.press("Escape");
    await example(/A selector that matches no Pod|일치하는 Pod가 없는 셀렉터/)(page);
  },
  "a hundred requests": async (page) => {
    await page.keyboard.press("ControlOrMeta+Shift+Enter");
    await toTheEnd(page);
  },
  "a node from within": async (page) => {
    await page.evaluate(() => document.querySelector(".hit").dispatchEvent(new MouseEvent("click", { bubbles: true })));
    await page.locator(".selection").waitFor({ state: "attached" });
  },
  "the lessons": async (page) => {
    await page.keyboard.press("Escape");
    await page.locator(".modes button").nth(1).click();
    await page.locator(".chapter li").first().waitFor();
  },
  "a lesson with a question": async (page) => {
    await page.locator(".chapter li button").nth(1).click();
    await page.locator(".checks li").first().waitFor({ state: "attached" });
    await page.locator(".predict .ask").waitFor({ timeout: 30_000 });
  },
};

for (const [width, height] of [[1440, 900], [768, 600], [390, 844]]) {
  for (const [colorScheme, locale] of [["light", "en-US"], ["dark", "ko-KR"]]) {
    test(`${width} × ${height}, ${colorScheme}, ${locale}: axe has nothing serious to say`, () =>
      withBrowser({ viewport: { width, height }, colorScheme, locale, serviceWorkers: "block" }, async (context) => {
        const { page } = await open(context, site.url);
        await page.locator(".cm-content").waitFor({ state: "attached" });
        const found = {};
        for (const [state, enter] of Object.entries(STATES)) {
          await enter(page);
          const list = await serious(page);
          if (list.length) found[state] = list;
        }
        assert.deepEqual(found, {});
      }));
  }
}
