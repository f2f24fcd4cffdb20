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
      const [name] = await caches.keys();
      return name && (await (await caches.open(name)).keys()).some((request) => request.url.includes("editor"));
    });
    await own.close();
    await page.reload();
    await page.locator("main.work").waitFor();
    await page.evaluate(() => window.kubehopEditor());
    assert.equal(await page.locator("#boot").count(), 0);
  }));

test("a module that does not arrive leaves a message and a way to try again", () =>
  withBrowser({ serviceWorkers: "block" }, async (context) => {
    const page = await context.newPage();
    await page.route("**/*.wasm", (route) => route.fulfill({ status: 404, body: "" }));
    await page.goto(site.url);
    await page.getByRole("button", { name: "Reload" }).waitFor();
    await page.getByText("Kubehop could not start").waitFor();
  }));
