// The course in the built site: the list, a lesson from start to passed, and the sandbox untouched by it.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { open, serve, withBrowser } from "./site.mjs";

let site;
before(async () => void (site = await serve()));
after(() => site.close());

const editor = (page) => page.locator(".cm-content");
const score = (page) => page.locator(".checks h2 .n").innerText();
const solution = (name) => readFile(`lessons/${name}/solution.yaml`, "utf8");

const withPage = (options, run) =>
  withBrowser({ serviceWorkers: "block", ...options }, async (context) => {
    const { page, errors, strangers } = await open(context, site.url);
    await editor(page).waitFor({ state: "attached" });
    await run(page);
    assert.deepEqual(errors, []);
    assert.deepEqual(strangers, []);
  });

/** Puts a text in the place of what the editor holds, as pasting does. */
async function paste(page, text) {
  await editor(page).click();
  await page.keyboard.press("ControlOrMeta+A");
  await editor(page).evaluate((node, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    node.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

const openLesson = async (page, title) => {
  await page.getByRole("button", { name: "Lessons", exact: true }).click();
  await page.getByRole("button", { name: title }).click();
  await page.locator(".checks li").first().waitFor();
};

test("the list shows every folder of lessons", async () => {
  const entries = await readdir("lessons", { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
  const index = JSON.parse(await readFile("dist/lessons/index.json", "utf8"));
  assert.deepEqual(index.lessons.map((lesson) => lesson.name), folders);
  await withPage({}, async (page) => {
    await page.getByRole("button", { name: "Lessons", exact: true }).click();
    await page.locator(".chapter li").first().waitFor();
    assert.equal(await page.locator(".chapter li").count(), folders.length);
  });
});

test("a lesson goes from failing to passed, and stays passed after a reload", () =>
  withPage({}, async (page) => {
    await openLesson(page, "Pods come and go");
    assert.equal(await score(page), "0 / 3");
    await page.getByRole("button", { name: "Show a hint" }).click();
    assert.match(await page.locator(".lesson .hint").innerText(), /metadata\.name/);
    await paste(page, await solution("01-pods-come-and-go"));
    await page.locator(".banner p").waitFor();
    assert.equal(await score(page), "3 / 3");
    await page.reload();
    await page.locator(".banner p").waitFor();
    assert.equal(await score(page), "3 / 3", "the text came back with the lesson");
    await page.getByRole("button", { name: "All lessons" }).click();
    await page.locator(".chapter .passed").waitFor();
    assert.equal(await page.locator(".chapter .passed").count(), 1);
  }));

test("the packet that fails a check can be watched", () =>
  withPage({}, async (page) => {
    await openLesson(page, "The shop is down since the deploy");
    await page.locator(".checks .watch").first().click();
    await page.locator(".hops li.isbad").first().waitFor();
  }));

test("the solution is shown on request, passes nothing, and gives the own text back", () =>
  withPage({}, async (page) => {
    await openLesson(page, "Three numbers called port");
    const own = await editor(page).innerText();
    await page.getByRole("button", { name: "Show a hint" }).click();
    await page.getByRole("button", { name: "Show a solution" }).click();
    await page.waitForFunction(() => document.querySelector(".checks h2 .n").textContent === "2 / 2");
    assert.equal(await page.locator(".banner p").count(), 0);
    await page.getByRole("button", { name: "Back to my text" }).click();
    await page.waitForFunction(() => document.querySelector(".checks h2 .n").textContent === "0 / 2");
    assert.equal(await editor(page).innerText(), own);
  }));

test("lessons leave the sandbox as it was", () =>
  withPage({}, async (page) => {
    const kept = () => page.evaluate(() => localStorage.getItem("kubehop.text"));
    const to = page.getByRole("combobox", { name: "To", exact: true });
    const [text, destination, shown] = [await kept(), await to.inputValue(), await editor(page).innerText()];
    await openLesson(page, "Who answers?");
    await paste(page, await solution("04-who-answers"));
    await page.locator(".banner p").waitFor();
    await page.getByRole("button", { name: "All lessons" }).click();
    await page.getByRole("button", { name: "Sandbox", exact: true }).click();
    assert.equal(await editor(page).innerText(), shown);
    assert.equal(await to.inputValue(), destination);
    assert.equal(await kept(), text);
  }));

test("a link opens a lesson, in Korean, on a phone, without scrolling sideways", () =>
  withBrowser({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, locale: "ko-KR", serviceWorkers: "block" }, async (context) => {
    const { page, errors } = await open(context, `${site.url}#lesson=05-ready-or-not`);
    await page.locator(".checks li").first().waitFor();
    assert.match(await page.locator(".lesson h1").innerText(), /Running/);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 360, `${wide} wide`);
    assert.deepEqual(errors, []);
  }));
