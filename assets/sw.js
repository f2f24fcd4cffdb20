// The service worker: after the first visit the site opens without a network.
// scripts/finish.mjs puts the version (a hash of all files) and the list of files in.
//
// Every file of a version is kept when that version is first seen; its pages come from the cache alone, so a page
// never mixes versions. A new version is fetched in the background and shown at the next load. The version before
// stays, for a page still open that asks for one of its parts later.

const VERSION = "{VERSION}";
const FILES = ["{FILES}"];
const PREFIX = `kubehop ${self.registration.scope} `;
const NAME = PREFIX + VERSION;
const KEPT = `kubehop engine ${self.registration.scope}`;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(NAME);
      // Names that carry a hash may come from the browser's own cache; the others must be the newest.
      const fresh = (file) => new Request(file, { cache: /-[0-9a-f]{8,}[._]/.test(file) ? "default" : "reload" });
      // The engine once: packed, or in the form that is left when a page has already kept it (assets/boot.js).
      const engine = FILES.find((file) => file.endsWith(".wasm"));
      const kept = await caches.match(new URL(engine, self.registration.scope), { cacheName: KEPT });
      const packed = FILES.some((file) => file.endsWith(".xz"));
      const skipped = (file) => (file.endsWith(".xz") && kept) || (file === engine && (kept || packed));
      await cache.addAll(FILES.filter((file) => !skipped(file)).map(fresh));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      // In the order they were made: this one is last.
      const ours = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
      await Promise.all(ours.slice(0, -1).map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !url.href.startsWith(self.registration.scope)) return;
  event.respondWith(answer(request, url));
});

async function answer(request, url) {
  const current = await caches.open(NAME);
  const isPage = request.mode === "navigate";
  const kept = isPage ? await page(current, url) : ((await current.match(request, { ignoreSearch: true })) ?? (await older(request)));
  return kept ?? fetch(request);
}

/** The page itself, whatever its query; another document of the site as itself. */
async function page(cache, url) {
  const path = url.href.slice(self.registration.scope.length).replace(/[?#].*/, "");
  return path === "" || path === "index.html" ? cache.match("./") : cache.match(path);
}

async function older(request) {
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX)) continue;
    const found = await (await caches.open(name)).match(request);
    if (found) return found;
  }
  return undefined;
}
