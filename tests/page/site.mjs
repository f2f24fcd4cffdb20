// The built site behind a plain file server, and Chromium in front of it.
import { createServer } from "node:http";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join, normalize, sep } from "node:path";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";

const DIST = new URL("../../dist/", import.meta.url).pathname;
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
};
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Serves `dist` under `base`, which the build knows nothing of. Nothing else answers. `gzip`: as most servers do. */
export async function serve(base = "/some/where/kubehop/", { gzip = false } = {}) {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://x").pathname);
    const inside = path.startsWith(base) ? normalize(path.slice(base.length) || "index.html") : "..";
    if (inside.startsWith("..") || inside.startsWith(sep)) return void response.writeHead(404).end();
    try {
      const body = await readFile(join(DIST, inside));
      const type = TYPES[extname(inside)];
      const packed = gzip && type !== undefined;
      const headers = { "content-type": type ?? "application/octet-stream", ...(packed && { "content-encoding": "gzip" }) };
      response.writeHead(200, headers).end(packed ? gzipSync(body) : body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}${base}`,
    close: () => new Promise((done) => (server.closeAllConnections(), server.close(done))),
  };
}

const EXECUTABLE = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"].find(
  (path) => path && existsSync(path),
);

/** A browser with a profile of its own; `run` gets it and it is gone afterwards. */
export async function withBrowser(options, run) {
  const profile = await mkdtemp(join(tmpdir(), "kubehop-page-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: EXECUTABLE,
    headless: true,
    args: FLAGS,
    viewport: { width: 1440, height: 900 },
    locale: "en-US",
    ...options,
  });
  context.setDefaultTimeout(15_000);
  try {
    return await run(context);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

/** Lets everything happen that was sent: the playhead goes to the end, and the outcome is shown. */
export async function toTheEnd(page) {
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press("End");
  await page.locator(".outcome .result:not(.wait), .hops .facts").first().waitFor({ state: "attached" });
}

/**
 * A page of the site and what it must not do: complain on the console, throw, ask anybody else.
 * `errors` and `strangers` fill as it runs.
 */
export async function open(context, url, { path = "" } = {}) {
  const page = context.pages()[0]?.url() === "about:blank" ? context.pages()[0] : await context.newPage();
  const errors = [];
  const strangers = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("requestfailed", (request) => errors.push(`failed: ${request.url()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) strangers.push(request.url());
  });
  await page.goto(url + path);
  await page.locator("body > main.work").waitFor();
  return { page, errors, strangers };
}
