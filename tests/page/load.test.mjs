// How the site opens: anywhere, asking nobody, in the reader's language, without a network the second time.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, serve, withBrowser } from "./site.mjs";

let site;
before(async () => void (site = await serve()));
after(() => site.close());

test("opens under a sub-path, without a complaint and without asking anybody else", () =>
  withBrowser({}, async (context) => {
    const { page, errors, strangers } = await open(context, site.url);
    await page.waitForLoadState("networkidle");
    assert.equal(await page.locator("#boot").count(), 0, "the loading screen is gone");
    assert.deepEqual(errors, []);
    assert.deepEqual(strangers, []);
  }));

test("the policy of the page keeps scripts, styles and requests of others out", () =>
  withBrowser({}, async (context) => {
    const { page } = await open(context, site.url);
    const outcome = await page.evaluate(async () => {
      const blocked = [];
      document.addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
      const add = (tag, fields) => document.head.append(Object.assign(document.createElement(tag), fields));
      add("script", { textContent: "window.broken = true" });
      add("script", { src: "https://example.com/x.js" });
      add("style", { textContent: "body { display: none }" });
      add("img", { src: "https://example.com/x.png" });
      await fetch("https://example.com/").catch(() => {});
      await new Promise((done) => setTimeout(done, 300));
      return { blocked: [...new Set(blocked)].sort(), broken: window.broken };
    });
    assert.deepEqual(outcome, { blocked: ["connect-src", "img-src", "script-src-elem", "style-src-elem"], broken: undefined });
  }));

for (const [locale, lang] of [["ko-KR", "ko"], ["en-GB", "en"], ["fr-FR", "en"]]) {
  test(`a browser in ${locale} gets the page in ${lang}`, () =>
    withBrowser({ locale }, async (context) => {
      const { page } = await open(context, site.url);
      assert.equal(await page.locator("html").getAttribute("lang"), lang);
    }));
}

test("opens again without a network", () =>
  withBrowser({ serviceWorkers: "allow" }, async (context) => {
    const own = await serve("/offline/");
    const { page } = await open(context, own.url);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.waitForFunction(async () => {
      const kept = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
      return kept.flat().some((request) => request.url.includes("editor"));
    });
    await own.close();
    await page.reload();
    await page.locator("body > main.work").waitFor();
    await page.evaluate(() => window.kubehopEditor());
    assert.equal(await page.locator("#boot").count(), 0);
  }));

/** What is fetched of the engine from now on. */
function engines(page) {
  const asked = [];
  page.on("request", (request) => /kubehop-.*\.(wasm|xz)$/.test(request.url()) && asked.push(request.url().split(".").at(-1)));
  return asked;
}

test("the engine comes packed once; the next visit has it", () =>
  withBrowser({ serviceWorkers: "block" }, async (context) => {
    const { page } = await open(context, site.url);
    await page.waitForFunction(async () => {
      const [name] = await caches.keys();
      return name && (await (await caches.open(name)).keys()).length === 1;
    });
    const asked = engines(page);
    await page.reload();
    await page.locator("body > main.work").waitFor();
    assert.deepEqual(asked, []);
  }));

for (const [what, pattern, answer] of [
  ["without the worker", /unpack-.*\.js$/, { status: 404, body: "" }],
  ["when the packed engine is not what it should be", /kubehop-.*\.xz$/, { status: 200, body: "<!doctype html>" }],
  ["when the packed engine is not there", /kubehop-.*\.xz$/, { status: 404, body: "" }],
]) {
  test(`${what} the plain engine starts the page`, () =>
    withBrowser({ serviceWorkers: "block" }, async (context) => {
      const page = await context.newPage();
      await page.route(pattern, (route) => route.fulfill(answer));
      const asked = engines(page);
      await page.goto(site.url);
      await page.locator("body > main.work").waitFor();
      assert.ok(asked.includes("wasm"), `${asked}`);
    }));
}

test("a module that does not arrive leaves a message and a way to try again", () =>
  withBrowser({ serviceWorkers: "block" }, async (context) => {
    const page = await context.newPage();
    await page.route(/kubehop-.*\.(wasm|xz)$/, (route) => route.fulfill({ status: 404, body: "" }));
    await page.goto(site.url);
    await page.getByRole("button", { name: "Reload" }).waitFor();
    await page.getByText("Kubehop could not start").waitFor();
    assert.equal(await page.locator("main.work").count(), 0, "no picture of what does not come");
  }));

/** Opens the site with its engine held back; `release` lets it come and waits until it has taken over. */
async function early(context, { path = "", kept = {} } = {}) {
  await context.addInitScript((kept) => Object.entries(kept).forEach(([key, value]) => localStorage.setItem(key, value)), kept);
  const page = await context.newPage();
  const errors = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  let go;
  const gate = new Promise((done) => (go = done));
  await page.route(/kubehop-.*\.(wasm|xz)$/, async (route) => (await gate, route.continue()));
  await page.goto(site.url + path, { waitUntil: "commit" });
  const release = async () => {
    go();
    await page.locator("body > main.work").waitFor();
    assert.equal(await page.locator("#first, #boot").count(), 0);
  };
  return { page, errors, release };
}

/** Where the regions of the page and the things on the stage are. */
const places = () => {
  const box = (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return [element.outerHTML.slice(0, 120), x, y, width, height];
  };
  const boxes = ["header.top", ".side", ".traffic", "figure.stage", ".legend", ".time", ".strip", ".hops", ".inspect"].map((it) => document.querySelector(it)).filter(Boolean);
  return [...boxes, ...document.querySelectorAll("figure.stage :is(rect, circle, text, .packet), .strip :is(circle, text, .packet), .hops li")].map(box);
};

const SHAPES = {
  "1440 by 900": { viewport: { width: 1440, height: 900 } },
  "1366 by 650": { viewport: { width: 1366, height: 650 } },
  "1180 by 820": { viewport: { width: 1180, height: 820 } },
  "a phone": { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
};
for (const [name, shape] of Object.entries(SHAPES)) {
  for (const locale of ["en-US", "ko-KR"]) {
    test(`a packet moves before the engine is there, which goes on without a jump: ${name}, ${locale}`, () =>
      withBrowser({ ...shape, locale, serviceWorkers: "block" }, async (context) => {
        const { page, errors, release } = await early(context);
        await page.locator("#first .time.playing").waitFor();
        const start = await page.locator("svg.scene .packet").getAttribute("transform");
        await page.waitForFunction((start) => document.querySelector("svg.scene .packet").getAttribute("transform") !== start, start);
        assert.equal(await page.locator("#first [aria-live], #first [role=status]").count(), 0, "nothing is said twice");
        // At rest, both can be compared.
        await page.waitForFunction(() => document.getElementById("first").dataset.ms > 2500);
        await page.locator(".play").click();
        const before = await page.evaluate(places);
        const sentence = await page.locator(".say").innerText();
        await release();
        await page.waitForTimeout(100);
        const after = await page.evaluate(places);
        assert.equal(await page.locator(".say").innerText(), sentence);
        assert.equal(after.length, before.length);
        const moved = before.map(([what, ...box], idx) => [Math.max(...box.map((it, side) => Math.abs(it - after[idx][side + 1]))), what]);
        assert.deepEqual(moved.filter(([by]) => by > 2), []);
        await page.locator(".play").click();
        await page.locator(".time.playing").waitFor();
        assert.deepEqual(errors, []);
      }));
  }
}

test("what is typed and pressed before the engine is there reaches it", () =>
  withBrowser({ serviceWorkers: "block" }, async (context) => {
    const { page, errors, release } = await early(context);
    await page.locator("#first textarea").click();
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.type("# mine");
    await page.getByRole("button", { name: "Send 100" }).first().click();
    await page.getByText("Your click will run as soon as the cluster is ready").waitFor();
    await page.locator("#first textarea").focus();
    await release();
    await page.locator(".traffic[data-burst=true]").waitFor();
    await page.locator(".cm-content").filter({ hasText: "# mine" }).waitFor();
    assert.ok(await page.evaluate(() => document.querySelector(".code").contains(document.activeElement)), "the focus stays in the text");
    assert.match(await page.evaluate(() => localStorage.getItem("kubehop.text")), /# mine/);
    assert.deepEqual(errors, []);
  }));

for (const [who, how] of [
  ["who has a text of their own", { kept: { "kubehop.text": "apiVersion: v1" } }],
  ["who comes by a link to a lesson", { path: "#lesson=01-pods-come-and-go" }],
]) {
  test(`${who} sees no other picture first`, () =>
    withBrowser({ serviceWorkers: "block" }, async (context) => {
      const { page, release } = await early(context, how);
      await page.locator("#boot-bar").waitFor();
      await page.waitForLoadState("domcontentloaded");
      await page.waitForTimeout(500);
      assert.equal(await page.locator("#first").count(), 0);
      await release();
    }));
}
