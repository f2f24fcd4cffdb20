// When Kubehop itself fails, and what it tells of what it did: the crash page, the log to copy, `?log=` in the address.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, serve, withBrowser } from "./site.mjs";

let site;
before(async () => void (site = await serve()));
after(() => site.close());

const SECRET = "nobody-shall-read-this";
const TEXT = `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${SECRET}\nspec:\n  containers:\n  - name: a\n    image: nginx\n`;
const WORDS = {
  en: { title: "Kubehop stopped", copy: "Copy log", copied: /^Copied\./, failed: /selected below/ },
  ko: { title: "Kubehop이 멈췄습니다", copy: "로그 복사", copied: /^복사했습니다\./, failed: /아래에 선택해/ },
};

/** A page with a text of its own, and the lines that it writes to the console. */
async function openWith(context, { lang = "en", path = "" } = {}) {
  await context.addInitScript(
    ([text, lang]) => {
      if (localStorage.getItem("kubehop.text") !== null) return;
      localStorage.setItem("kubehop.text", text);
      localStorage.setItem("kubehop.settings", JSON.stringify({ lang, from: "client", to: "http://10.0.0.9" }));
    },
    [TEXT, lang],
  );
  const lines = [];
  context.on("console", (message) => lines.push(message.text()));
  const { page, errors } = await open(context, site.url, { path });
  await page.locator("html[lang=" + lang + "]").waitFor();
  return { page, lines, errors };
}

/** Has the browser refuse the next element that the engine's page makes, which it cannot go on without. */
async function crash(page) {
  // The editor makes its elements, too; by now it has.
  await page.locator(".cm-content").waitFor();
  const button = page.locator("button.send.many").first();
  await button.waitFor();
  // Refused and pressed in one task: between two the page may make an element for reasons of its own.
  await button.evaluate((it) => {
    const make = document.createElement.bind(document);
    document.createElement = (...of) => {
      if (!new Error().stack.includes("wasm")) return make(...of);
      delete document.createElement;
      throw new DOMException("refused by the test", "NotSupportedError");
    };
    it.click();
  });
  await page.locator("#crash").waitFor();
}

for (const lang of ["en", "ko"]) {
  const words = WORDS[lang];

  test(`the crash page keeps the text and gives the log to copy, by keyboard (${lang})`, () =>
    withBrowser({ permissions: ["clipboard-read", "clipboard-write"] }, async (context) => {
      const { page } = await openWith(context, { lang });
      await crash(page);
      await page.getByRole("heading", { name: words.title }).waitFor();
      assert.equal(await page.locator("#crash textarea").first().inputValue(), TEXT);
      const button = page.getByRole("button", { name: words.copy });
      const status = page.locator("#crash [role=status]");
      assert.equal(await status.innerText(), "");
      await button.focus();
      await page.keyboard.press("Enter");
      await status.getByText(words.copied).waitFor();
      const log = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(log, /INFO  commands::manifests: text applied .*objects=1/);
      assert.match(log, /INFO  commands::traffic: requests? sent /);
      assert.match(log.trim().split("\n").at(-1), / ERROR crash: page stopped file=/);
      assert.ok(!log.includes(SECRET) && !log.includes("10.0.0.9"), "nothing that was written is in it");
    }));

  test(`where the browser does not copy, the log is selected and that is said (${lang})`, () =>
    withBrowser({}, async (context) => {
      const { page } = await openWith(context, { lang });
      await crash(page);
      await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
      await page.getByRole("button", { name: words.copy }).click();
      await page.locator("#crash [role=status]").getByText(words.failed).waitFor();
      const selected = await page.evaluate(() => {
        const area = document.activeElement;
        return area.value.slice(area.selectionStart, area.selectionEnd);
      });
      assert.match(selected, /page stopped/);
    }));
}

test("after a crash the restarted page waits with the text", () =>
  withBrowser({}, async (context) => {
    const { page } = await openWith(context);
    await crash(page);
    await page.getByRole("link", { name: "Restart" }).click();
    await page.getByText("Kubehop stopped while it read this text").waitFor();
    await page.locator(".status").getByText("Not applied").waitFor();
  }));

test("without a level in the address nothing is written to the console", () =>
  withBrowser({}, async (context) => {
    const { page, lines } = await openWith(context);
    await page.locator(".cm-content").waitFor();
    assert.deepEqual(lines, []);
  }));

test("?log=debug writes what is done to the console, and nothing of the text; it stays when a lesson is left", () =>
  withBrowser({}, async (context) => {
    const { page, lines, errors } = await openWith(context, { path: "?log=debug" });
    await page.locator(".cm-content").waitFor();
    const told = (pattern) => assert.ok(lines.some((it) => pattern.test(it)), `${pattern} in:\n${lines.join("\n")}`);
    told(/ INFO  (kubehop::)?ui: page mounted/);
    told(/ INFO  engine: cluster started preset=\S+ release=1\.36 ms=/);
    told(/ INFO  commands::manifests: text applied bytes=\d+ objects=1 errors=0/);
    told(/ INFO  commands::traffic: request sent verdict=\S+ hops=\d+ ms=/);
    told(/DEBUG storage: stored key=kubehop\.\w+ bytes=\d+/);
    assert.ok(!lines.some((it) => it.includes(SECRET)));

    await page.getByLabel("Release of Kubernetes").selectOption("1.37");
    await page.waitForTimeout(100);
    told(/ INFO  engine: cluster started preset=\S+ release=1\.37 ms=/);
    await page.reload();
    await page.locator(".cm-content").waitFor();
    assert.equal(await page.getByLabel("Release of Kubernetes").inputValue(), "1.37");
    assert.match(lines.filter((it) => it.includes("cluster started")).at(-1), /release=1\.37/);

    await page.getByRole("button", { name: "Lessons" }).click();
    await page.locator(".chapter button").first().click();
    await page.locator(".lesson .goal").waitFor();
    told(/ INFO  commands::lesson: lesson opened name=/);
    await page.getByRole("button", { name: "Sandbox" }).click();
    await page.waitForFunction(() => location.hash === "");
    assert.equal(new URL(page.url()).search, "?log=debug");
    assert.deepEqual(errors, []);
  }));

test("?log=warn writes warnings only", () =>
  withBrowser({}, async (context) => {
    const { page, lines } = await openWith(context, { path: "?log=warn" });
    await page.locator(".cm-content").waitFor();
    assert.deepEqual(lines, []);
    await page.evaluate(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException("full", "QuotaExceededError");
      };
    });
    await page.locator("button.theme").click();
    await page.waitForTimeout(100);
    assert.ok(lines.length > 0 && lines.every((it) => / WARN  storage: not stored /.test(it)), lines.join("\n"));
  }));
