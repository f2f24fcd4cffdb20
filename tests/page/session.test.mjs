// The page as a person uses it: text, cluster, traffic, what comes back after a reload.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, serve, toTheEnd, withBrowser } from "./site.mjs";

let site;
before(async () => void (site = await serve()));
after(() => site.close());

const editor = (page) => page.locator(".cm-content");
const status = (page) => page.locator(".status");
const field = (page, name) => page.getByRole("combobox", { name, exact: true });

/** Opens the page, waits for the code editor, and asks at the end whether anything complained. */
const withPage = (options, run) =>
  withBrowser(options, async (context) => {
    const { page, errors } = await open(context, site.url);
    await editor(page).waitFor();
    await run(page);
    assert.deepEqual(errors, []);
  });

/** Puts a text in the place of what the editor holds. */
async function write(page, text) {
  await editor(page).click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(text);
}

const POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: alone\nspec:\n  containers:\n  - name: a\n    image: nginx\n";

test("what is typed before the editor has come is in it", () =>
  withBrowser({ serviceWorkers: "block" }, async (context) => {
    let typed;
    const held = new Promise((done) => (typed = done));
    await context.route("**/editor*.js", async (route) => (await held, route.continue()));
    const { page } = await open(context, site.url);
    const plain = page.locator("textarea.plain-code");
    await plain.focus();
    await plain.evaluate((area) => area.setSelectionRange(0, 0));
    await page.keyboard.insertText("# 먼저\n");
    typed();
    await editor(page).waitFor();
    assert.match(await editor(page).innerText(), /^# 먼저\napiVersion/);
    assert.ok(await editor(page).evaluate((it) => it === document.activeElement), "the focus went with it");
    await page.keyboard.insertText("# next\n");
    assert.match(await editor(page).innerText(), /^# 먼저\n# next\napiVersion/);
  }));

test("the cluster follows the text; while it is wrong the last good one stays", () =>
  withPage({}, async (page) => {
    await write(page, POD);
    await status(page).getByText("1 object").waitFor();
    await field(page, "From").click();
    await page.keyboard.press("ArrowDown");
    await page.getByRole("option", { name: /pod\/alone/ }).waitFor();
    await page.keyboard.press("Escape");

    await editor(page).click();
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.insertText("  nodeNme: x\n");
    const problem = page.locator(".problems li");
    // What a person says comes first; what the server says stands below it.
    await problem.getByText("Did you mean").first().waitFor();
    await problem.locator("summary").click();
    await problem.getByText('unknown field "spec.nodeNme"').waitFor();
    await problem.getByRole("button", { name: "line 9" }).click();
    assert.ok(await editor(page).evaluate((it) => it === document.activeElement));
    await field(page, "From").fill("pod/al");
    await page.getByRole("option", { name: /pod\/alone/ }).waitFor();
  }));

test("text, traffic, language and theme come back after a reload", () =>
  withPage({}, async (page) => {
    await write(page, POD);
    await field(page, "From").fill("node/node-2");
    await field(page, "To").fill("http://10.96.0.1:443");
    await page.locator("button.lang").click();
    await page.locator("button.theme").click();
    const theme = await page.locator("html").getAttribute("data-theme");
    await page.reload();
    await editor(page).waitFor();
    assert.equal(await page.locator("html").getAttribute("lang"), "ko");
    assert.equal(await page.locator("html").getAttribute("data-theme"), theme);
    assert.match(await editor(page).innerText(), /name: alone/);
    assert.equal(await page.locator("#from").inputValue(), "node/node-2");
    assert.equal(await page.locator("#to").inputValue(), "http://10.96.0.1:443");
  }));

test("a text that brought the page down is shown, and applied only when asked for", () =>
  withPage({}, async (page) => {
    await write(page, POD);
    await status(page).getByText("1 object").waitFor();
    await page.evaluate(() => localStorage.setItem("kubehop.opening", "1"));
    await page.reload();
    await page.getByText("Kubehop stopped while it read this text").waitFor();
    await status(page).getByText("Not applied").waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await status(page).getByText("Applied to the cluster").waitFor();
  }));

test("without storage the page works and says that nothing is kept", () =>
  withBrowser({}, async (context) => {
    await context.addInitScript(() => {
      Object.defineProperty(window, "localStorage", { get: () => { throw new DOMException("no", "SecurityError"); } });
    });
    const { page } = await open(context, site.url);
    await page.getByText("This browser blocks storage").waitFor();
    await status(page).getByText("Applied to the cluster").waitFor();
  }));

test("a destination that cannot be read says what to write", () =>
  withPage({}, async (page) => {
    await field(page, "To").fill("web");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByRole("alert").getByText("“web” has no port").waitFor();
    assert.equal(await field(page, "To").getAttribute("aria-invalid"), "true");
    await field(page, "To").fill("http://web");
    assert.equal(await page.getByRole("alert").count(), 0);
  }));

test("suggestions are chosen by keyboard", () =>
  withPage({}, async (page) => {
    await field(page, "From").fill("node-3");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("#from").inputValue(), "node/node-3");
    assert.equal(await field(page, "From").getAttribute("aria-expanded"), "false");
  }));

test("an example replaces the text and sends its request; undo brings the text back", () =>
  withPage({}, async (page) => {
    await page.getByRole("button", { name: "Examples" }).click();
    await page.getByRole("button", { name: "LoadBalancer: policy Local" }).click();
    await page.waitForFunction(() => document.querySelector(".cm-content").innerText.includes("externalTrafficPolicy"));
    assert.match(await page.locator("#to").inputValue(), /^http:\/\/198\.51\.100\.\d+$/);
    await editor(page).click();
    await page.keyboard.press("ControlOrMeta+Z");
    await page.waitForFunction(() => document.querySelector(".cm-content").innerText.includes("targetPort: http"));
  }));

test("a repaired text shows at once what becomes of the same packet", () =>
  withPage({}, async (page) => {
    await page.getByRole("button", { name: "Examples" }).click();
    await page.getByRole("button", { name: "A selector that matches no Pod" }).click();
    await page.locator(".lab", { hasText: "A selector that matches" }).waitFor();
    await toTheEnd(page);
    await page.locator("#hops").getByText("connection refused").waitFor();
    const line = page.locator(".cm-line", { hasText: "app: wbe" });
    await line.click();
    await page.keyboard.press("End");
    for (let i = 0; i < 2; i++) await page.keyboard.press("Backspace");
    await page.keyboard.insertText("eb");
    await page.locator("#hops").getByText("200 OK").waitFor();
    assert.equal(await page.locator("#hops").getByText("connection refused").count(), 0);
  }));

test("with less motion asked for, the first hop is shown and each press is a step", () =>
  withBrowser({ reducedMotion: "reduce" }, async (context) => {
    const { page } = await open(context, site.url);
    const count = page.locator("#hops header .n");
    await count.getByText(/^1 \//).waitFor();
    await page.waitForTimeout(1500);
    assert.match(await count.innerText(), /^1 \//);
    await page.locator(".stage").focus().catch(() => {});
    await page.keyboard.press("Space");
    await count.getByText(/^2 \//).waitFor();
  }));

test("a packet moves within two seconds of opening, without a click", () =>
  withPage({}, async (page) => {
    const first = await page.evaluate(() => document.querySelector("#hops .n").innerText);
    await page.waitForFunction((was) => document.querySelector("#hops .n").innerText !== was, first, { timeout: 5000 });
  }));

test("keys step, play and send", () =>
  withPage({}, async (page) => {
    const count = page.locator("#hops header .n");
    await page.locator(".brand").focus();
    await page.keyboard.press("End");
    const [, last] = (await count.innerText()).match(/^(\d+) \/ \1$/) ?? [];
    assert.ok(last, "the last hop");
    await page.keyboard.press("ArrowLeft");
    await count.getByText(`${last - 1} / ${last}`).waitFor();
    await page.keyboard.press("Home");
    await count.getByText(`1 / ${last}`).waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    await editor(page).click();
    await page.keyboard.press("ControlOrMeta+Shift+Enter");
    await page.getByText("Who answered").waitFor();
  }));

test("a hundred requests are counted by who answered", () =>
  withPage({}, async (page) => {
    await page.getByRole("button", { name: "Send 100" }).click();
    await page.getByText("Who answered").waitFor();
    await toTheEnd(page);
    await page.getByText("100 requests", { exact: true }).waitFor();
    const counts = await page.locator(".histo td.num").allInnerTexts();
    assert.equal(counts.length, 3);
    assert.equal(counts.reduce((sum, it) => sum + Number(it), 0), 100);
  }));

for (const [width, height] of [[1440, 900], [1024, 768], [720, 960], [390, 844], [360, 640]]) {
  test(`nothing scrolls sideways at ${width} × ${height}`, () =>
    withBrowser({ viewport: { width, height } }, async (context) => {
      const { page } = await open(context, site.url);
      await page.waitForTimeout(300);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    }));
}
