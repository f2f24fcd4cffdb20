// The course in the built site: the list, a lesson from start to passed, and the sandbox untouched by it.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { open, serve, toTheEnd, withBrowser } from "./site.mjs";

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
    // Playwright blocks the service worker, and says so when a page has stood long enough.
    assert.deepEqual(errors.filter((it) => !it.includes("Service Worker registration blocked")), []);
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
    await page.locator(".predict .pass button").click();
    await page.locator(".checks .watch").first().click();
    await toTheEnd(page);
    await page.locator(".hops li.isbad").first().waitFor();
  }));

/** What the page tells of the hops that it has not come to yet. */
const told = (page) =>
  page.evaluate(() => ({
    hops: [...document.querySelectorAll(".hops li")].map((it) => it.innerText.trim()),
    count: document.querySelector(".hops header .n").innerText,
    stops: Number(document.querySelector(".strip").getAttribute("aria-valuemax")),
    stage: document.querySelector("svg.scene").textContent,
    watch: [...document.querySelectorAll(".checks .watch")].map((it) => it.innerText.trim()),
    said: document.querySelector(".say").checkVisibility(),
  }));

test("the packet stops before a question, and nothing gives the answer away until it is answered", () =>
  withPage({}, async (page) => {
    await openLesson(page, "The shop is down since the deploy");
    const question = page.locator(".predict");
    await question.getByText("Where will it be refused?").waitFor();
    const before = await told(page);
    assert.equal(before.hops.at(-1), "What comes next?");
    assert.match(before.count, /\/ \?$/);
    assert.equal(before.stops, before.hops.length);
    assert.ok(!before.said, "the sentence has given its place to the question");
    assert.doesNotMatch(JSON.stringify(before), /refus|no endpoints/);
    // Neither stepping, nor the end key, nor the slider leads past it.
    const next = page.getByRole("button", { name: "Next hop" });
    await next.click();
    await next.press("End");
    const { width } = await page.locator(".strip").boundingBox();
    await page.locator(".strip").click({ position: { x: width - 4, y: 24 } });
    assert.deepEqual(await told(page), before);
    assert.ok(await question.isVisible());

    await page.locator("body").press("2");
    await question.getByText("Right.").waitFor();
    await page.locator(".hops li.isbad.cur").waitFor();
    assert.ok((await told(page)).hops.length > before.hops.length);

    // Answered once, it is not asked again, not even after a reload.
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.locator(".hops li.isbad.cur").waitFor();
    await page.reload();
    await page.locator(".hops li.isbad.cur").waitFor();
    assert.equal(await page.locator(".predict .ask").count(), 0);

    // Starting over asks anew; skipping is an answer, too.
    await page.getByRole("button", { name: "Start over" }).click();
    await page.locator(".predict .ask").waitFor();
    await page.getByRole("button", { name: "Skip", exact: true }).click();
    await page.locator(".hops li.isbad.cur").waitFor();
    assert.equal(await page.locator(".predict .told").count(), 0);
  }));

test("with less motion asked for, a question is met by stepping and answered by the keyboard alone", () =>
  withPage({ reducedMotion: "reduce" }, async (page) => {
    await openLesson(page, "port, targetPort and a name");
    const next = page.getByRole("button", { name: "Next hop" });
    await next.focus();
    await page.keyboard.press("Enter");
    await page.locator(".predict .ask").waitFor();
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "question", "the question has the focus");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator(".predict .told").getByText("Not quite.").waitFor();
    assert.match(await page.locator(".hops li.cur").innerText(), /destination becomes an endpoint/);
  }));

test("the solution is shown on request, passes nothing, and gives the own text back", () =>
  withPage({}, async (page) => {
    await openLesson(page, "port, targetPort and a name");
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
