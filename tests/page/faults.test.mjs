// What breaks, as a person breaks it: on the stage, with time let pass until endpoints have followed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, serve, toTheEnd, withBrowser } from "./site.mjs";

let site;
before(async () => void (site = await serve()));
after(() => site.close());

const start = async (page) => {
  await page.locator(".hops li").first().waitFor();
  await page.locator(".hit[aria-label^='Node node-2']").focus();
  await page.keyboard.press("Enter");
  await page.locator(".selection h2", { hasText: "node-2" }).waitFor();
};
const button = (page, name) => page.locator(".selection, .clock-panel").getByRole("button", { name, exact: true });
const diary = (page) => page.locator(".clock-panel ol li").allInnerTexts();
const node = (page) => page.locator(".hit[aria-label^='Node node-2']").getAttribute("aria-label");

test("a node without power: the control plane notices after its grace period, and endpoints leave", () =>
  withBrowser({}, async (context) => {
    const { page, errors } = await open(context, site.url);
    await start(page);
    assert.equal(await page.locator(".clock-panel ol li").count(), 0);
    await button(page, "Power off").click();
    assert.match(await node(page), /, off$/);
    assert.equal(await page.evaluate(() => document.activeElement.id), "next-event", "the next thing to do has the focus");
    for (let n = 0; n < 6 && !(await diary(page)).some((it) => it.includes("NodeNotReady node/node-2")); n++) {
      await page.keyboard.press("Enter");
    }
    const lines = await diary(page);
    const told = lines.find((it) => it.includes("NodeNotReady node/node-2"));
    const seconds = Number(/^\+(\d+) s/.exec(told)[1]);
    assert.ok(seconds >= 40 && seconds <= 50, told);
    assert.ok(lines.some((it) => /Service \S+: \d → \d ready endpoints/.test(it)), lines.join("\n"));
    assert.match(await node(page), /off, NotReady$/);
    await button(page, "Repair all").click();
    await button(page, "+10 s").click();
    assert.match(await node(page), /booting, NotReady$/);
    for (let n = 0; n < 3; n++) await button(page, "+10 s").click();
    assert.match(await node(page), /shown$/);
    assert.equal(await button(page, "Repair all").count(), 0);
    assert.deepEqual(errors, []);
  }));

test("a pod hangs until it works again; deleted, it ignores SIGTERM and goes when its grace period ends", () =>
  withBrowser({}, async (context) => {
    const { page, errors } = await open(context, site.url);
    await page.locator(".hops li").first().waitFor();
    const pod = () => page.locator(".hit[aria-label^='Pod default/frontend']");
    await pod().click();
    await button(page, "Hang").click();
    assert.match(await pod().getAttribute("aria-label"), /hangs$/);
    assert.ok((await page.locator(".scene .bad", { hasText: "hangs" }).count()) >= 1);
    await button(page, "Restore the process").click();
    assert.equal(await page.locator(".scene .bad", { hasText: "hangs" }).count(), 0);
    await button(page, "Delete the Pod").click();
    assert.match(await pod().getAttribute("aria-label"), /terminating$/);
    for (let n = 0; n < 3; n++) await button(page, "+10 s").click();
    await page.locator(".selection .none", { hasText: "left the cluster" }).waitFor();
    assert.deepEqual(errors, []);
  }));

test("on a phone in Korean the panel and the time fit, and nothing scrolls sideways", () =>
  withBrowser({ viewport: { width: 360, height: 780 }, locale: "ko-KR", hasTouch: true, isMobile: true }, async (context) => {
    const { page } = await open(context, site.url);
    await page.locator(".scene .hit").first().waitFor();
    await page.locator(".hit[aria-label^='노드 node-2']").tap();
    await page.locator(".breaks").getByRole("button", { name: "전원 끄기" }).tap();
    await page.locator(".clock-panel").getByRole("button", { name: "다음 이벤트로" }).tap();
    assert.ok((await page.locator(".clock-panel ol li").count()) >= 2);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    const box = await page.locator("#next-event").boundingBox();
    assert.ok(box.height >= 44 && box.x >= 0 && box.x + box.width <= 360);
  }));
