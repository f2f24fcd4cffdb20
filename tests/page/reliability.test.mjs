// Nothing typed is lost, and whoever waits is told why: two tabs, files that bring progress, a start that does not come.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, serve, withBrowser } from "./site.mjs";

let site;
before(async () => void (site = await serve()));
after(() => site.close());

const editor = (page) => page.locator(".cm-content");
const POD = (name) => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n  containers:\n  - name: a\n    image: nginx\n`;

/** Puts a text in the place of what the editor holds. */
async function write(page, text) {
  await editor(page).click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(text);
}

const kept = (page) => page.evaluate(() => localStorage.getItem("kubehop.text"));

test("of two tabs that are both typed in, neither text is lost", () =>
  withBrowser({ serviceWorkers: "block" }, async (context) => {
    const { page: first } = await open(context, site.url);
    const { page: second } = await open(context, site.url);
    await editor(first).waitFor();
    await editor(second).waitFor();
    await write(first, POD("one"));
    await second.getByText("Another tab has changed these manifests").waitFor();
    await write(second, POD("two"));
    const notice = first.locator(".notice", { hasText: "Another tab" });
    await notice.waitFor();
    assert.match(await editor(first).innerText(), /name: one/);
    assert.match(await editor(second).innerText(), /name: two/);

    // This tab's own stays, and is what a reload brings back.
    await notice.getByRole("button", { name: "Keep mine" }).click();
    await notice.waitFor({ state: "detached" });
    assert.equal(await kept(first), POD("one"));
    // The other one sees it, and takes it.
    await second.locator(".notice").getByRole("button", { name: "Take the other tab's" }).click();
    await second.waitForFunction(() => document.querySelector(".cm-content").innerText.includes("name: one"));
    assert.equal(await kept(second), POD("one"));
    assert.equal(await second.locator(".notice").count(), 0);
  }));

/** Chooses a file for "Load progress". */
const choose = (page, buffer) =>
  page.locator("input[type=file]").setInputFiles({ name: "progress.json", mimeType: "application/json", buffer: Buffer.from(buffer) });

test("progress from a file replaces a lesson's own text only when asked to", () =>
  withBrowser({ serviceWorkers: "block" }, async (context) => {
    const lesson = "lesson";
    const own = { lessons: { [lesson]: { passed: false, text: "kind: Mine\n", answered: [] } } };
    await context.addInitScript((own) => localStorage.getItem("kubehop.progress") ?? localStorage.setItem("kubehop.progress", own), JSON.stringify(own));
    const { page, errors } = await open(context, site.url);
    await page.getByRole("button", { name: "Lessons" }).first().click();
    const progress = async () => JSON.parse(await page.evaluate(() => localStorage.getItem("kubehop.progress"))).lessons[lesson];

    const theirs = JSON.stringify({ lessons: { [lesson]: { passed: true, text: "kind: Theirs\n" }, "../x": { passed: true } } });
    await choose(page, theirs);
    await page.getByText("Which stay?").waitFor();
    assert.equal((await progress()).text, "kind: Mine\n", "nothing happens before the answer");
    await page.getByRole("button", { name: "Keep mine" }).click();
    await page.getByText("Which stay?").waitFor({ state: "detached" });
    assert.deepEqual(await progress(), { passed: true, text: "kind: Mine\n", answered: [] });

    await choose(page, theirs);
    await page.getByRole("button", { name: "Take the file's" }).click();
    await page.getByText("Which stay?").waitFor({ state: "detached" });
    assert.equal((await progress()).text, "kind: Theirs\n");
    const all = await page.evaluate(() => Object.keys(JSON.parse(localStorage.getItem("kubehop.progress")).lessons));
    assert.deepEqual(all, [lesson], "what can be no lesson is left out");

    await choose(page, "x".repeat(10 << 20));
    await page.getByText("larger than 2 MB").waitFor();
    await choose(page, "no JSON");
    await page.getByText("could not be read").waitFor();
    assert.deepEqual(errors.filter((it) => !it.includes("Service Worker registration blocked")), []);
  }));

test("progress that the browser has no room for is told", () =>
  withBrowser({ serviceWorkers: "block" }, async (context) => {
    const { page } = await open(context, site.url);
    await page.getByRole("button", { name: "Lessons" }).first().click();
    await page.evaluate(() => {
      let size = 1 << 20;
      for (let n = 0; size > 10; n++) {
        try { localStorage.setItem(`full${n}`, "x".repeat(size)); } catch { size >>= 1; }
      }
    });
    await choose(page, JSON.stringify({ lessons: { lesson: { passed: true, text: "kind: A\n".repeat(1000) } } }));
    await page.getByText("no room to keep it").waitFor();
  }));

test("a lesson's name in the address is asked for only if it can be one", () =>
  withBrowser({ serviceWorkers: "block" }, async (context) => {
    for (const name of ["a".repeat(100_000), "../../x", "<img src=x>", "%2e%2e", ""]) {
      const page = await context.newPage();
      const asked = [];
      page.on("request", (request) => asked.push(request.url()));
      await page.goto(`${site.url}#lesson=${name}`);
      await page.locator("body > main.work").waitFor();
      await page.waitForTimeout(300);
      assert.deepEqual(asked.filter((it) => it.includes("lessons/")), [], name.slice(0, 20));
      assert.equal(await page.locator("img").count(), 0);
      await page.close();
    }
  }));

const html = { status: 200, contentType: "text/html", body: "<!doctype html><title>not this</title>" };
const gone = { status: 404, body: "" };
const FILES = {
  "the style sheet": /style[^/]*\.css$/,
  "the bindings": /kubehop-[0-9a-f]+\.js$/,
  "the start script": /boot[^/]*\.js$/,
  "the engine": /kubehop-[^/]*\.(wasm|xz)$/,
};
for (const [what, pattern] of Object.entries(FILES)) {
  for (const [how, answer] of [["missing", gone], ["another file", html], ["without a connection", null]]) {
    test(`${what} ${how}: the page says so, and offers to reload`, () =>
      withBrowser({ serviceWorkers: "block" }, async (context) => {
        const page = await context.newPage();
        await page.route(pattern, (route) => (answer ? route.fulfill(answer) : route.abort()));
        await page.goto(site.url);
        await page.getByText(/A part of Kubehop did not arrive|Kubehop could not start/).filter({ visible: true }).waitFor();
        assert.equal(await page.getByText("입력한 내용은").filter({ visible: true }).count(), 0, "one language");
        await page.unroute(pattern);
        await page.getByRole("button", { name: "Reload" }).click();
        await page.locator("body > main.work").waitFor();
        assert.equal(await page.locator("#boot").count(), 0);
      }));
  }
}

test("an engine that is cut off is no engine", () =>
  withBrowser({ serviceWorkers: "block" }, async (context) => {
    const page = await context.newPage();
    await page.route(FILES["the engine"], async (route) => {
      const answer = await route.fetch();
      const body = await answer.body();
      await route.fulfill({ response: answer, body: body.subarray(0, body.length / 2) });
    });
    await page.goto(site.url);
    await page.getByText("Kubehop could not start").waitFor({ timeout: 30_000 });
    await page.getByRole("button", { name: "Reload" }).waitFor();
  }));

test("a start that stalls says so, and goes on when the rest comes", () =>
  withBrowser({ serviceWorkers: "block" }, async (context) => {
    const page = await context.newPage();
    let go;
    const gate = new Promise((done) => (go = done));
    await page.route(FILES["the engine"], async (route) => (await gate, route.continue()));
    await page.goto(site.url, { waitUntil: "commit" });
    await page.getByText("Nothing has arrived for a while").waitFor({ timeout: 30_000 });
    await page.getByRole("button", { name: "Reload" }).waitFor();
    go();
    await page.locator("body > main.work").waitFor({ timeout: 60_000 });
    assert.equal(await page.locator("#boot").count(), 0);
  }));

test("fifty texts in one sitting leave no more behind than one", () =>
  withBrowser({ serviceWorkers: "block" }, async (context) => {
    const { page } = await open(context, site.url);
    await editor(page).waitFor();
    const session = await context.newCDPSession(page);
    const nodes = async () => {
      await session.send("HeapProfiler.collectGarbage");
      await session.send("HeapProfiler.collectGarbage");
      return (await session.send("Memory.getDOMCounters")).nodes;
    };
    const edit = async (n) => {
      await write(page, POD(`pod-${n % 2}`));
      await page.waitForTimeout(250);
    };
    for (let n = 0; n < 10; n++) await edit(n);
    const start = await nodes();
    for (let n = 0; n < 50; n++) await edit(n);
    const end = await nodes();
    assert.ok(end < start * 1.5, `${start} nodes, then ${end}`);
  }));
