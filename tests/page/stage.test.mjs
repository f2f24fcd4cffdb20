// The stage as a person uses it: steps, seeks, keys, less motion, and the same facts in drawing, list and sentence.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, serve, toTheEnd, withBrowser } from "./site.mjs";

let site;
before(async () => void (site = await serve()));
after(() => site.close());

const current = (page) => page.locator(".hops li[aria-current=step]");
const hopNumber = async (page) => Number(await page.locator(".strip").getAttribute("aria-valuenow"));
const packetAt = (page) => page.locator(".scene .packet").first().getAttribute("transform");
const start = async (page) => {
  await page.locator(".hops li").first().waitFor();
  await page.locator(".hops .hop-row").first().click();
};

test("stepping moves packet, list, strip and sentence together", () =>
  withBrowser({}, async (context) => {
    const { page, errors } = await open(context, site.url);
    await start(page);
    const [at, say] = [await packetAt(page), await page.locator(".say").innerText()];
    const forward = page.locator(".buttons button").nth(2);
    await forward.click();
    await forward.click();
    assert.equal(await hopNumber(page), 3);
    assert.equal(await page.locator(".hops li").evaluateAll((all) => all.findIndex((it) => it.ariaCurrent === "step")), 2);
    assert.notEqual(await packetAt(page), at);
    assert.notEqual(await page.locator(".say").innerText(), say);
    assert.equal(await page.locator(".scene").getAttribute("aria-label"), await page.locator(".say").innerText());
    assert.deepEqual(errors, []);
  }));

test("every hop can be chosen, and the one where rules decide shows the rewritten address and its line", () =>
  withBrowser({}, async (context) => {
    const { page } = await open(context, site.url);
    await start(page);
    const n = await page.locator(".hops li").count();
    assert.ok(n >= 8, `${n} hops`);
    for (let hop = 0; hop < n; hop++) {
      await page.locator(".hops .hop-row").nth(hop).click();
      assert.equal(await hopNumber(page), hop + 1);
      assert.equal(await current(page).count(), 1);
      assert.equal(await page.locator(".inspect .hr").count(), 2);
    }
    await page.locator(".hops li", { hasText: "DNAT" }).first().locator(".hop-row").click();
    assert.ok((await page.locator(".inspect .is.dnat").innerText()).startsWith("10.244."));
    assert.ok((await page.locator(".walk li").count()) >= 3, "the chains it walked");
    assert.match(await page.locator(".origin").innerText(), /Service default\/web/);
  }));

test("in the stage the arrow keys go from node to node and down to pods; outside they move the packet", () =>
  withBrowser({}, async (context) => {
    const { page } = await open(context, site.url);
    await start(page);
    const focused = () => page.evaluate(() => document.activeElement.getAttribute("aria-label"));
    await page.locator(".hit[tabindex='0']").focus();
    assert.match(await focused(), /^Node node-1/);
    await page.keyboard.press("ArrowRight");
    assert.match(await focused(), /^Node node-2/);
    await page.keyboard.press("ArrowDown");
    assert.match(await focused(), /^Pod /);
    assert.equal(await hopNumber(page), 1, "the packet stayed");
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("ArrowRight");
    assert.equal(await hopNumber(page), 2);
    await page.keyboard.press("End");
    assert.equal(await hopNumber(page), await page.locator(".hops li").count());
  }));

test("with less motion asked for, one press is one hop and nothing moves by itself", () =>
  withBrowser({ reducedMotion: "reduce" }, async (context) => {
    const { page } = await open(context, site.url);
    await page.locator(".hops li").first().waitFor();
    const before = await packetAt(page);
    await page.waitForTimeout(500);
    assert.equal(await packetAt(page), before);
    assert.equal(await hopNumber(page), 1);
    await page.locator(".buttons .play").click();
    assert.equal(await hopNumber(page), 2);
  }));

test("a burst shows its packets, and a bar for each pod that answered", () =>
  withBrowser({}, async (context) => {
    const { page } = await open(context, site.url);
    await start(page);
    await page.locator(".traffic .send.many").click();
    await page.waitForFunction(() => (document.querySelector(".scene .mini")?.getAttribute("d") ?? "").length > 100);
    const rows = await page.locator(".histo tbody tr").count();
    assert.equal(await page.locator(".scene .bar").count(), rows);
    assert.ok((await page.locator(".scene .flow").count()) >= rows);
    // Counts grow as answers arrive.
    const counted = async () => (await page.locator(".histo td.num").allInnerTexts()).reduce((sum, it) => sum + Number(it), 0);
    assert.ok((await counted()) < 100);
    await toTheEnd(page);
    await page.waitForFunction(() => [...document.querySelectorAll(".histo td.num")].reduce((sum, it) => sum + Number(it.innerText), 0) === 100);
  }));

for (const [width, height] of [[360, 780], [390, 844], [768, 1024], [1440, 900]]) {
  test(`at ${width} × ${height} no label of the stage lies over another`, () =>
    withBrowser({ viewport: { width, height } }, async (context) => {
      const { page } = await open(context, site.url);
      await start(page);
      const overlaps = await page.evaluate(() => {
        const boxes = [...document.querySelectorAll(".scene text")].map((it) => [it.textContent, it.getBoundingClientRect()]);
        // A line's box has air above and below its letters.
        const clash = ([, a], [, b]) =>
          a.left + 1 < b.right && b.left + 1 < a.right && a.top + 4 < b.bottom - 4 && b.top + 4 < a.bottom - 4;
        return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => clash(a, b)).map((b) => `${a[0]} | ${b[0]}`));
      });
      assert.deepEqual(overlaps, []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "no sideways scrolling");
    }));
}

// A phone on its side, a page at 200 %, a keyboard on the screen.
for (const [width, height, least] of [[720, 450, 200], [640, 512, 200], [844, 390, 150], [768, 600, 200], [932, 430, 200], [768, 1024, 300], [360, 740, 220], [320, 640, 200]]) {
  test(`at ${width} × ${height} the stage has room, and so has the text`, () =>
    withBrowser({ viewport: { width, height } }, async (context) => {
      const { page } = await open(context, site.url);
      await page.locator(".hops li").first().waitFor({ state: "attached" });
      const height = (selector) => page.locator(selector).evaluate((it) => it.getBoundingClientRect().height);
      assert.ok((await height(".stage")) >= least, `${await height(".stage")} px of stage`);
      const play = await page.locator(".buttons .play").boundingBox();
      assert.ok(play.y + play.height <= page.viewportSize().height, "play is on the screen");
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "no sideways scrolling");
      const yaml = page.getByRole("button", { name: "YAML", exact: true });
      if (await yaml.first().isVisible()) await yaml.first().click();
      else if (await yaml.last().isVisible()) await yaml.last().click();
      assert.ok((await height(".code")) >= 110, `${await height(".code")} px of text`);
    }));
}

test("with a keyboard on the screen the text keeps its room", () =>
  withBrowser({ viewport: { width: 390, height: 510 }, isMobile: true, hasTouch: true }, async (context) => {
    const { page } = await open(context, site.url);
    await page.locator(".phone-tabs").getByRole("button", { name: "YAML" }).click();
    const room = await page.locator(".code").evaluate((it) => it.getBoundingClientRect().height);
    assert.ok(room >= 250, `${room} px`);
  }));

test("the transport stands still whatever a sentence is long", () =>
  withBrowser({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }, async (context) => {
    const { page } = await open(context, site.url);
    await start(page);
    const top = () => page.locator(".transport").evaluate((it) => it.getBoundingClientRect().top);
    const places = new Set();
    for (let n = await page.locator(".hops li").count(); n > 0; n--) {
      places.add(await top());
      await page.getByRole("button", { name: "Next hop" }).click();
    }
    assert.equal(places.size, 1, [...places].join());
  }));
