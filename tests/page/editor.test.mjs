// The editor's bundle by itself, behind its interface (assets/editor/api.ts).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, serve, withBrowser } from "./site.mjs";

let site;
before(async () => void (site = await serve()));
after(() => site.close());

/** Makes an editor over everything else; what it tells is kept in `window.told`. */
async function withEditor(options, run) {
  await withBrowser({}, async (context) => {
    const { page, errors } = await open(context, site.url);
    await page.evaluate(async ({ doc, lang }) => {
      const { createEditor } = await window.kubehopEditor();
      const host = Object.assign(document.createElement("div"), { id: "trial" });
      host.style.cssText = "position:fixed;inset:0;z-index:1000";
      document.body.append(host);
      window.told = { changes: [], cursors: [] };
      window.editor = createEditor(host, {
        doc,
        lang,
        label: "Trial",
        readOnly: false,
        onChange: (text) => window.told.changes.push(text),
        onCursor: (offset) => window.told.cursors.push(offset),
        complete: (text, offset) => {
          const from = offset - /[a-z]*$/i.exec(text.slice(0, offset))[0].length;
          return { from, options: [{ label: "apiVersion", type: "field", detail: "string", info: "Which API." }, { label: "kind", type: "field" }] };
        },
        hover: async (_, offset) => ({ from: offset, to: offset + 1, title: "kind", detail: "string", text: "<b>What</b> it is." }),
      });
    }, { doc: "", lang: "en", ...options });
    await run(page);
    assert.deepEqual(errors, []);
  });
}

const content = (page) => page.locator("#trial .cm-content");
const told = (page) => page.evaluate(() => window.told);

test("offsets are bytes of UTF-8, whatever stands before them", () =>
  withEditor({ doc: "# 파드 🙂\nkind: Pod\n" }, async (page) => {
    // 2 + 6 + 1 + 4 + 1 bytes of comment, then `kind: ` before `Pod`.
    const bytes = Buffer.byteLength("# 파드 🙂\nkind: ");
    await page.evaluate((offset) => window.editor.focus(offset), bytes);
    await page.keyboard.type("X");
    const { changes, cursors } = await told(page);
    assert.equal(changes.at(-1), "# 파드 🙂\nkind: XPod\n");
    assert.equal(cursors.at(-1), bytes + 1);
    await page.evaluate((from) => window.editor.setDiagnostics([{ from, to: from + 4, severity: "error", message: "no" }]), bytes);
    assert.equal(await page.locator("#trial .cm-lintRange-error").innerText(), "XPod");
    // Inside a character: its beginning. Beyond the end: the end.
    await page.evaluate(() => (window.editor.focus(3), window.editor.focus(9999)));
    assert.deepEqual((await told(page)).cursors.slice(-2), [2, Buffer.byteLength(changes.at(-1))]);
  }));

test("what the page sets is not told back; line ends become one", () =>
  withEditor({}, async (page) => {
    assert.equal(await page.evaluate(() => window.editor.setDoc("a: 1\r\nb: 2\r\n")), "a: 1\nb: 2\n");
    assert.deepEqual((await told(page)).changes, []);
    assert.equal(await page.evaluate(() => window.editor.getDoc()), "a: 1\nb: 2\n");
  }));

test("Enter knows how deep YAML goes next", () =>
  withEditor({}, async (page) => {
    await content(page).click();
    for (const line of ["spec:", "ports:", "- port: 80", "name: web", ""]) {
      await page.keyboard.type(line);
      await page.keyboard.press("Escape");
      await page.keyboard.press("Enter");
    }
    assert.equal((await told(page)).changes.at(-1), "spec:\n  ports:\n    - port: 80\n      name: web\n      \n      ");
  }));

test("Tab indents by two; after Escape it leaves", () =>
  withEditor({}, async (page) => {
    await content(page).click();
    await page.keyboard.press("Tab");
    await page.keyboard.type("1");
    assert.equal((await told(page)).changes.at(-1), "  1");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.closest("#trial .cm-content")), null);
    assert.equal((await told(page)).changes.at(-1), "  1");
  }));

test("completion offers, explains and writes", () =>
  withEditor({}, async (page) => {
    await content(page).click();
    await page.keyboard.type("ap");
    await page.locator("#trial .cm-tooltip-autocomplete li", { hasText: "apiVersion" }).waitFor();
    await page.locator(".cm-completionInfo", { hasText: "Which API." }).waitFor();
    await page.waitForTimeout(120);
    await page.keyboard.press("Enter");
    assert.equal((await told(page)).changes.at(-1), "apiVersion");
  }));

test("a diagnostic stands in the gutter and the text, explains itself and mends", () =>
  withEditor({ doc: "kind: Serivce\n" }, async (page) => {
    await page.evaluate(() =>
      window.editor.setDiagnostics([
        {
          from: 6,
          to: 13,
          severity: "error",
          message: 'no matches for kind "Serivce"',
          explain: "Did you mean Service?",
          fixes: [{ label: "Change to Service", from: 6, to: 13, insert: "Service" }],
        },
      ]),
    );
    await page.locator("#trial .cm-lint-marker-error").hover();
    await page.locator(".kh-explain", { hasText: "Did you mean Service?" }).waitFor();
    await page.getByRole("button", { name: "Change to Service" }).click();
    assert.equal((await told(page)).changes.at(-1), "kind: Service\n");
  }));

test("hover help is text, never markup", () =>
  withEditor({ doc: "kind: Pod\n" }, async (page) => {
    await page.locator("#trial .cm-line").first().hover({ position: { x: 20, y: 10 } });
    assert.equal(await page.locator(".kh-help p").innerText(), "<b>What</b> it is.");
  }));

test("marked lines move with the text; the next marks replace them", () =>
  withEditor({ doc: "a: 1\nb: 2\nc: 3\n" }, async (page) => {
    const marked = () => page.locator("#trial .cm-line.cm-mark-hop").allInnerTexts();
    await page.evaluate(() => window.editor.setLineMarks([{ from: 5, to: 14, kind: "hop" }]));
    assert.deepEqual(await marked(), ["b: 2", "c: 3"]);
    await page.evaluate(() => window.editor.focus(0));
    await page.keyboard.type("#\n");
    assert.deepEqual(await marked(), ["b: 2", "c: 3"]);
    await page.evaluate(() => window.editor.setLineMarks([]));
    assert.deepEqual(await marked(), []);
  }));

test("nothing is drawn under a syllable that is being composed", () =>
  withEditor({ doc: "a: \n" }, async (page) => {
    await page.evaluate(() => window.editor.focus(3));
    const input = await page.context().newCDPSession(page);
    const compose = (text) => input.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
    for (const text of ["ㅎ", "하", "한"]) await compose(text);
    await page.evaluate(() => window.editor.setDiagnostics([{ from: 3, to: 6, severity: "error", message: "no" }]));
    assert.equal(await page.locator("#trial .cm-lintRange-error").count(), 0);
    await page.waitForFunction(() => window.told.changes.at(-1) === "a: 한\n");
    await input.send("Input.insertText", { text: "한" });
    await page.locator("#trial .cm-lintRange-error").waitFor();
    await page.keyboard.type("글");
    assert.equal(await page.evaluate(() => window.editor.getDoc()), "a: 한글\n");
  }));

test("its own words are Korean in Korean", () =>
  withEditor({ lang: "ko", doc: "a: 1\n" }, async (page) => {
    await content(page).click();
    await page.keyboard.press("Control+f");
    await page.getByPlaceholder("찾기").waitFor();
    await page.getByRole("button", { name: "모두 바꾸기" }).waitFor();
  }));
