// How fast the built site is, in wasm and in a browser: `make bench-page`. Prints; judges nothing.
//   first packet    from asking for the page until a packet moves
//   ready           from asking for the page until it can be worked with: the engine has taken over
//   ready again     the same, of a second visit
//   key press       one letter in 2,000 lines of YAML: reading, checking, cluster, the replayed packet
//   large paste     1,000 Services with 4,000 Pods, from text to a settled cluster
import { open, serve, withBrowser } from "../tests/page/site.mjs";

const site = await serve();
const DESKTOP = { viewport: { width: 1440, height: 900 }, serviceWorkers: "block" };

const show = (name, times) => {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
  console.log(`${name.padEnd(50)} min ${at(0)}  median ${at(0.5)}  max ${at(1)} ms (${sorted.length} runs)`);
};

/** Where everything on the stage is; with `old`, whether anything is elsewhere by now. */
const places = (old) => {
  const now = [...document.querySelectorAll("svg.scene g[transform]")].map((it) => it.getAttribute("transform")).join();
  return old === undefined ? now : now !== old;
};

/** A first visit: when a packet moves, and when the engine has taken over; and a second, when it has by then. */
async function visit({ url }, slow) {
  const took = {};
  await withBrowser(DESKTOP, async (context) => {
    const page = await context.newPage();
    if (slow) {
      const session = await context.newCDPSession(page);
      await session.send("Network.enable");
      const throughput = { downloadThroughput: (1.6 * 1024 * 1024) / 8, uploadThroughput: (750 * 1024) / 8 };
      await session.send("Network.emulateNetworkConditions", { offline: false, latency: 150, ...throughput });
      await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    }
    const start = Date.now();
    const seen = async (name, wait) => ((await wait), (took[name] = Date.now() - start));
    await page.goto(url, { timeout: 60_000, waitUntil: "commit" });
    const ready = seen("ready", page.locator("body > main.work").waitFor({ timeout: 60_000 }));
    await page.locator(".time.playing").waitFor({ timeout: 60_000 });
    const before = await page.evaluate(places);
    await seen("packet", page.waitForFunction(places, before, { polling: 16 }));
    await ready;
    // The page keeps its engine.
    await page.waitForTimeout(slow ? 5000 : 1500);
    const again = Date.now();
    await page.reload({ timeout: 60_000, waitUntil: "commit" });
    await page.locator("body > main.work").waitFor({ timeout: 60_000 });
    took.again = Date.now() - again;
  });
  return took;
}

/** Runs `act` on a page that notes how long every timer's work takes. */
async function timers(text, act) {
  let noted = [];
  await withBrowser(DESKTOP, async (context) => {
    await context.addInitScript(() => {
      window.worked = [];
      const wait = window.setTimeout;
      window.setTimeout = (work, after, ...rest) =>
        wait((...args) => {
          const start = performance.now();
          try {
            return work(...args);
          } finally {
            window.worked.push(performance.now() - start);
          }
        }, after, ...rest);
    });
    const { page } = await open(context, site.url);
    await page.locator(".cm-content").waitFor();
    await page.waitForTimeout(2000);
    await page.locator(".cm-content").click();
    await page.keyboard.press("ControlOrMeta+A");
    await page.evaluate(() => (window.worked = []));
    await page.locator(".cm-content").evaluate((node, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", text);
      node.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, text);
    noted = await act(page);
  });
  return noted;
}

const longest = (page) => page.evaluate(() => Math.max(0, ...window.worked.splice(0)));

const lines = Array.from({ length: 133 }, (_, n) =>
  ["apiVersion: v1", "kind: Service", "metadata:", `  name: s${n}`, "spec:", "  type: ClusterIP", "  selector:", "    app: web", "    tier: front", "  ports:", "  - name: http", "    port: 80", "    targetPort: 8080", "    protocol: TCP", "---"].join("\n"),
).join("\n");
const large = Array.from({ length: 1000 }, (_, n) =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: s${n}}\nspec:\n  selector: {app: a${n}}\n  ports:\n  - {port: 80, targetPort: 8080}\n---\n` +
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d${n}}\nspec:\n  replicas: 4\n  selector: {matchLabels: {app: a${n}}}\n  template:\n    metadata: {labels: {app: a${n}}}\n    spec:\n      containers:\n      - {name: c, image: nginx, ports: [{containerPort: 8080}]}\n`,
).join("---\n");

const several = async (count, run) => {
  const times = [];
  for (let n = 0; n < count; n++) times.push(await run());
  return times;
};

const gzipSite = await serve(undefined, { gzip: true });
for (const [server, where] of [["plain server", site], ["gzip", gzipSite]]) {
  for (const [slow, times] of [[false, 5], [true, 2]]) {
    const visits = await several(times, () => visit(where, slow));
    const name = `${server}${slow ? ", 4x slower, 1.6 Mbit/s" : ""}`;
    show(`first packet, ${name}`, visits.map((it) => it.packet));
    show(`ready, ${name}`, visits.map((it) => it.ready));
    show(`ready again, ${name}`, visits.map((it) => it.again));
  }
}
await gzipSite.close();
show("key press in 2,000 lines", await timers(lines, async (page) => {
  await page.waitForTimeout(2500);
  await page.keyboard.press("ControlOrMeta+Home");
  for (let n = 0; n < 3; n++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  await longest(page);
  return several(12, async () => {
    await page.keyboard.type("x");
    await page.waitForTimeout(500);
    return longest(page);
  });
}));
show("1,000 Services, 4,000 Pods", await several(3, () => timers(large, async (page) => {
  await page.waitForTimeout(8000);
  return longest(page);
})));
await site.close();
