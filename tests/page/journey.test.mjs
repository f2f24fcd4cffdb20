// A packet's journey as the page shows it: it starts by itself, can be stepped, told and read without a mouse.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, serve, toTheEnd, withBrowser } from "./site.mjs";

let site;
before(async () => void (site = await serve()));
after(() => site.close());

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

const withPage = (options, run) =>
  withBrowser(options, async (context) => {
    const { page, errors, strangers } = await open(context, site.url);
    await page.locator(".hops li").first().waitFor({ state: "attached" });
    await run(page);
    assert.deepEqual(errors, []);
    assert.deepEqual(strangers, []);
  });

const sentence = (page) => page.locator(".say").innerText();
const hops = (page) => page.locator(".hops li");

/** Which hop is the current one, counted from 0. */
const current = (page) =>
  page.locator(".hops li").evaluateAll((rows) => rows.findIndex((row) => row.getAttribute("aria-current") === "step"));

/** Stops what moves, at the first hop. */
async function rewind(page) {
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press("Home");
  if ((await page.locator(".time.playing").count()) > 0) await page.keyboard.press("Space");
  await page.keyboard.press("Home");
}

test("a packet moves by itself soon after the page opens", () =>
  withBrowser({}, async (context) => {
    const start = Date.now();
    const { page } = await open(context, site.url);
    await page.locator(".time.playing").waitFor();
    const place = () => page.evaluate(() => [...document.querySelectorAll("svg.scene g[transform]")].map((it) => it.getAttribute("transform")).join());
    const before = await place();
    await page.waitForFunction(
      (old) => [...document.querySelectorAll("svg.scene g[transform]")].map((it) => it.getAttribute("transform")).join() !== old,
      before,
    );
    // Speed has no place in a test; that it ends at all has. The time is printed for who looks.
    console.log(`# first packet moved after ${Date.now() - start} ms`);
  }));

test("stepping forth and back tells each hop once, in the list and under the stage", () =>
  withPage({}, async (page) => {
    await rewind(page);
    const count = await hops(page).count();
    assert.ok(count >= 6, `${count} hops`);
    const said = [];
    for (let hop = 0; hop < count; hop++) {
      assert.equal(await current(page), hop);
      said.push(await sentence(page));
      await page.getByRole("button", { name: "Next hop" }).click();
    }
    // Two machines in a row may only pass it on.
    assert.ok(new Set(said).size >= count - 1, "hardly two hops say the same");
    await page.keyboard.press("End");
    assert.equal(await current(page), count - 1);
    await page.keyboard.press("ArrowLeft");
    assert.equal(await current(page), count - 2);
    assert.equal(await sentence(page), said[count - 2]);
  }));

test("a node port's way: rewritten at the node, masqueraded, and back", () =>
  withPage({}, async (page) => {
    await page.getByRole("button", { name: "Examples" }).click();
    await page.getByRole("button", { name: "NodePort: the extra hop" }).click();
    await page.locator(".hops li", { hasText: "client" }).first().waitFor();
    await toTheEnd(page);
    const tags = await page.locator(".hops li .tag").allInnerTexts();
    assert.ok(tags.includes("DNAT") && tags.includes("SNAT"), String(tags));
    assert.ok(tags.some((tag) => tag === "restored"));
    await page.locator(".hops li", { hasText: "DNAT" }).first().locator(".hop-row").click();
    await page.locator(".walk .chain", { hasText: "KUBE-NODEPORTS" }).first().waitFor();
  }));

test("the rule's line in the manifest is one click away", () =>
  withPage({}, async (page) => {
    await page.locator(".cm-content").waitFor();
    await toTheEnd(page);
    await page.locator(".hops li", { hasText: "DNAT" }).first().locator(".hop-row").click();
    await page.locator(".inspect button").first().click();
    await page.locator(".cm-line.cm-mark-hop").first().waitFor();
  }));

const TYPES = [
  ["ClusterIP: an address no machine has", "DNAT"],
  ["Headless: DNS answers with Pods", null],
  ["LoadBalancer: policy Cluster", "DNAT"],
  ["ExternalName: an alias in DNS", null],
  ["Two Services behind one host", "DNAT"],
];
for (const [name, tag] of TYPES) {
  test(`example “${name}” makes a round trip`, () =>
    withPage({}, async (page) => {
      await page.getByRole("button", { name: "Examples" }).click();
      await page.getByRole("button", { name }).click();
      await page.locator(".lab", { hasText: name }).waitFor();
      await toTheEnd(page);
      assert.ok((await hops(page).count()) >= 3);
      if (tag) assert.ok((await page.locator(".hops li .tag").allInnerTexts()).includes(tag));
      assert.equal(await page.locator(".hops li.isbad").count(), 0);
      assert.ok((await page.locator(".hops li.reply").count()) > 0, "the answer comes back");
    }));
}

test("a selector that matches no Pod: refused, with the cause, its line and one press that mends it", () =>
  withPage({}, async (page) => {
    await page.getByRole("button", { name: "Examples" }).click();
    await page.getByRole("button", { name: "A selector that matches no Pod" }).click();
    await page.locator(".lab", { hasText: "A selector that matches" }).waitFor();
    // What has not happened is not told: neither the end nor where it is.
    assert.equal(await page.locator(".outcome .wait").count(), 1);
    assert.doesNotMatch(await page.locator(".detail").innerText(), /refused|no endpoints/);
    await toTheEnd(page);
    await page.locator(".hops li.isbad").first().waitFor({ state: "attached" });
    assert.match(await sentence(page), /^Connection refused: selector app=wbe matches 0 of 4 Pods/);
    assert.match(await page.locator(".outcome").innerText(), /Connection refused.*line 29.*Change to\s+web/s);
    await page.locator(".cm-line.cm-mark-bad", { hasText: "app: wbe" }).waitFor();
    assert.equal(await page.locator(".cm-line.cm-mark-bad").count(), 1, "one line is wrong");
    await page.locator(".outcome .fix").click();
    await page.locator(".outcome .good").waitFor();
    assert.match(await page.locator(".outcome .again").innerText(), /Before: connection refused/);
  }));

test("a lookup in DNS is one stop that opens; a name that nobody has says what was meant", () =>
  withPage({}, async (page) => {
    await page.getByRole("button", { name: "Examples" }).click();
    await page.getByRole("button", { name: "A name that DNS does not know" }).click();
    await page.locator(".lab", { hasText: "A name that DNS" }).waitFor();
    await toTheEnd(page);
    assert.equal(await hops(page).count(), 1);
    assert.match(await page.locator(".outcome").innerText(), /Did you mean web\?/);
    await page.locator(".hops .fold").click();
    assert.ok((await hops(page).count()) > 30);
    await page.locator(".hops .fold").click();
    assert.equal(await hops(page).count(), 1);
    await page.locator(".outcome .fix", { hasText: "http://web" }).click();
    await page.locator(".outcome .wait").waitFor();
    await toTheEnd(page);
    await page.locator(".outcome .good").waitFor();
    assert.ok((await hops(page).count()) < 12, "without the hops of the lookup");
  }));

test("the list of hops is one stop of the tab key, and arrows go through it", () =>
  withPage({}, async (page) => {
    await rewind(page);
    assert.equal(await page.locator(".hops .hop-row[tabindex='0']").count(), 1);
    await page.locator(".hops .hop-row[tabindex='0']").focus();
    await page.keyboard.press("ArrowDown");
    assert.equal(await current(page), 1);
    await page.waitForFunction(() => document.activeElement.closest("li")?.getAttribute("aria-current") === "step");
  }));

test("names are text, wherever they are shown", () =>
  withPage({}, async (page) => {
    await page.locator(".cm-content").waitFor();
    const evil = '<img src=x onerror="window.broken=1">';
    const text = `apiVersion: v1\nkind: Pod\nmetadata:\n  name: '${evil}'\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: ok\n  annotations:\n    note: '${evil}'\nspec:\n  containers:\n  - name: a\n    image: '${evil}'\n    ports: [{containerPort: 80}]\n`;
    await page.locator(".cm-content").click();
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.insertText(text);
    await page.locator(".problems li").first().waitFor();
    await page.getByRole("combobox", { name: "To", exact: true }).fill(`http://${evil}/`);
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.waitForTimeout(500);
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.equal(await page.locator("img").count(), 0);
  }));

test("by keyboard alone: from the address bar to an answer", () =>
  withPage({}, async (page) => {
    await page.locator(".cm-content").waitFor();
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press("Tab");
    assert.match(await page.evaluate(() => document.activeElement.textContent), /Skip to the hop list/);
    // On to the destination, in whatever order the page has it.
    for (let i = 0; i < 60 && (await page.evaluate(() => document.activeElement.id)) !== "to"; i++) {
      if (await page.evaluate(() => !!document.activeElement.closest(".cm-editor"))) await page.keyboard.press("Escape");
      await page.keyboard.press("Tab");
    }
    assert.equal(await page.evaluate(() => document.activeElement.id), "to");
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type("http://web");
    await page.keyboard.press("Escape");
    await page.keyboard.press("ControlOrMeta+Enter");
    await page.locator(".hops li .fold").first().waitFor();
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press("End");
    assert.equal(await current(page), (await hops(page).count()) - 1);
  }));

test("in Korean no English sentence is left over", () =>
  withPage({ locale: "ko-KR" }, async (page) => {
    await rewind(page);
    assert.match(await sentence(page), /[가-힣].*(니다|다)\./);
    const labels = await page.locator("button, a, h2, label").evaluateAll((all) =>
      all
        .filter((it) => !it.closest(".cm-editor, .hops, .walk, #examples") && it.checkVisibility())
        .map((it) => (it.getAttribute("aria-label") ?? it.textContent).trim()),
    );
    const english = labels.filter((it) => /^[A-Za-z]+( [a-z]+)+$/.test(it));
    assert.deepEqual(english, []);
  }));

test("on a phone one panel shows at a time, with targets for thumbs", () =>
  withPage(PHONE, async (page) => {
    await page.getByRole("button", { name: "YAML" }).click();
    await page.locator(".cm-content").waitFor();
    assert.ok(await page.locator(".cm-content").isVisible());
    await page.getByRole("button", { name: "Hops" }).click();
    assert.ok(!(await page.locator(".cm-content").isVisible()));
    assert.ok(await hops(page).first().isVisible());
    const small = await page.locator(".phone-tabs button, .transport .buttons button, .send").evaluateAll((all) =>
      all.filter((it) => it.checkVisibility() && it.getBoundingClientRect().height < 43.5).map((it) => it.outerHTML.slice(0, 80)),
    );
    assert.deepEqual(small, []);
  }));

test("with reduced motion nothing runs by itself", () =>
  withBrowser({ reducedMotion: "reduce" }, async (context) => {
    const { page } = await open(context, site.url);
    await page.locator(".hops li").first().waitFor();
    const here = await current(page);
    await page.waitForTimeout(1500);
    assert.equal(await current(page), here);
  }));
