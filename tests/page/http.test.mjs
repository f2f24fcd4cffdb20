// HTTP in the page: method and headers of a request, its answer, redirects, TLS, the questions of DNS; pods from within.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, serve, toTheEnd, withBrowser } from "./site.mjs";

let site;
before(async () => void (site = await serve()));
after(() => site.close());

const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {selector: {app: a}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: server, labels: {app: a}}
spec: {containers: [{name: c, image: traefik/whoami:v1.11, args: ["--port=8080"], ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: headless}
spec: {clusterIP: None, selector: {app: a}, ports: [{port: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  ingressClassName: nginx
  tls: [{hosts: [shop.test], secretName: none}]
  rules: [{host: shop.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}}]
`;

/** The page with these manifests and this request in it, sent. */
const start = async (context, to, from = "client") => {
  const settings = JSON.stringify({ from, to, preset: "cloud", panel: "hops" });
  await context.addInitScript(
    ([text, settings]) => {
      if (localStorage.getItem("kubehop.text") === null) {
        localStorage.setItem("kubehop.text", text);
        localStorage.setItem("kubehop.settings", settings);
      }
    },
    [MANIFESTS, settings],
  );
  const opened = await open(context, site.url);
  await opened.page.locator(".outcome").waitFor();
  await toTheEnd(opened.page);
  return opened;
};

test("a redirect is shown with its place, and one press follows it to where TLS ends", () =>
  withBrowser({}, async (context) => {
    const { page, errors } = await start(context, "http://shop.test/x/");
    assert.match(await page.locator(".outcome .result").innerText(), /^308 Permanent Redirect/);
    assert.equal(await page.locator(".outcome .location code").innerText(), "https://shop.test/x");
    await page.locator(".outcome .location button").click();
    await page.locator(".outcome .wait").waitFor();
    await toTheEnd(page);
    await page.locator(".outcome .tls").waitFor();
    assert.equal(await page.locator("input#to").inputValue(), "https://shop.test/x");
    assert.match(await page.locator(".outcome .result").innerText(), /200 OK\s+from server, Service default\/a/);
    assert.match(await page.locator(".outcome .tls").innerText(), /self-signed default certificate.*plain HTTP/s);
    // The lock is on the way to the controller only.
    await page.locator(".hops .hop-row").nth(1).click();
    assert.equal(await page.locator(".card .cn .i-lock").count(), 1);
    await page.locator(".hops li", { hasText: "connects to 10.244" }).locator(".hop-row").click();
    await page.waitForFunction(() => document.querySelectorAll(".card .cn .i-lock").length === 0);
    assert.deepEqual(errors, []);
  }));

test("method and headers are sent, seen by the pod, and still there after a reload", () =>
  withBrowser({}, async (context) => {
    const { page, errors } = await start(context, "http://198.51.100.10/y");
    assert.match(await page.locator(".outcome .result").innerText(), /^404/);
    await page.locator("#http-more").click();
    await page.locator("#http-method").selectOption("DELETE");
    await page.locator("#http-headers").fill("no header");
    await page.locator(".traffic .send[type=submit]").click();
    await page.locator("#complaint").waitFor();
    await page.locator("#http-headers").fill("Host: shop.test\nX-Forwarded-Proto: https");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".http-more").count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement.id), "http-more");
    await page.locator("input#to").fill("https://198.51.100.10/y");
    await page.locator(".traffic .send[type=submit]").click();
    await toTheEnd(page);
    await page.locator(".outcome .good").waitFor();
    await page.locator(".outcome summary", { hasText: "as the Pod saw it" }).click();
    assert.match(await page.locator(".outcome .heads").last().innerText(), /DELETE \/y\s+Host: shop.test/);
    await page.reload();
    await page.locator(".outcome").waitFor();
    await toTheEnd(page);
    await page.locator(".outcome .good").waitFor();
    assert.equal((await page.locator("#http-more").innerText()).replace(/\s+/g, " "), "DELETE +2");
    await page.locator("input#to").fill("a:80");
    await page.waitForFunction(() => document.querySelector("#http-more") === null);
    assert.deepEqual(errors, []);
  }));

test("every question of DNS is listed in order", () =>
  withBrowser({}, async (context) => {
    const { page } = await start(context, "http://a.default.svc.cluster.local/", "pod/server");
    assert.match(await page.locator(".outcome .dns summary").innerText(), /8 queries for 4 names/);
    await page.locator(".outcome .dns summary").click();
    const rows = await page.locator(".outcome .dns li").allInnerTexts();
    assert.match(rows[0], /^a\.default\.svc\.cluster\.local\.default\.svc\.cluster\.local\.\s+A NXDOMAIN/);
    assert.match(rows[3], /^a\.default\.svc\.cluster\.local\.\s+A 10\.\S+\s+AAAA NODATA/);
    assert.equal(await page.locator(".outcome .dns li.found").count(), 1);
  }));

for (const [width, height] of [[1440, 900], [390, 844]]) {
  test(`at ${width} × ${height} a pod shows itself from within`, () =>
    withBrowser({ viewport: { width, height } }, async (context) => {
      const { page, errors } = await start(context, "http://a/", "pod/server");
      await page.locator(".hit[aria-label^='Pod default/server']").click({ force: true });
      const panel = page.locator(".selection");
      await panel.locator("summary", { hasText: "Service a" }).click();
      const text = await panel.innerText();
      assert.match(text, /Pod server/);
      assert.match(text, /A_SERVICE_HOST=10\./);
      assert.match(text, /Service headless\s+no ClusterIP/);
      assert.match(text, /search default\.svc\.cluster\.local/);
      assert.match(text, /\tserver\s*$/m);
      assert.equal(await page.locator(".hops").isVisible(), false);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "no sideways scrolling");
      await page.keyboard.press("Escape");
      await page.locator(".hops").waitFor();
      const pick = async () => {
        await page.locator(".hit[aria-label^='Pod default/server']").focus();
        await page.keyboard.press("Enter");
      };
      await pick();
      await panel.getByRole("button", { name: "Send from here" }).click();
      assert.equal(await page.locator("input#from").inputValue(), "pod/server");
      await page.locator(".traffic .send[type=submit]").click();
      await page.locator(".hops").waitFor();
      await pick();
      await panel.getByRole("button", { name: "Show in the manifests" }).click();
      await page.locator(".cm-content").waitFor();
      assert.deepEqual(errors, []);
    }));
}
