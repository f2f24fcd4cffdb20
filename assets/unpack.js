// The worker that unpacks the engine while the first picture moves (assets/boot.js). It is handed the file in parts,
// compiles what comes out as it comes, and keeps the bytes, so that the next visit neither fetches nor unpacks them.
import { XzReadableStream } from "xz-decompress";

const TYPE = { headers: { "content-type": "application/wasm" } };

/// The parts that the page hands on, until it hands on nothing.
const packed = (handOn) => new ReadableStream({
  start(controller) {
    handOn((part) => (part ? controller.enqueue(part) : controller.close()));
  },
});

addEventListener("message", async ({ data: { cache, url } }) => {
  try {
    const stream = new XzReadableStream(packed((take) => addEventListener("message", ({ data }) => take(data))));
    const [bytes, copy] = stream.tee();
    // `copy` waits in memory: the disk is for later.
    const module = await WebAssembly.compileStreaming(new Response(bytes, TYPE));
    postMessage({ module });
    await keep(cache, url, new Response(copy, TYPE)).catch(console.warn);
    close();
  } catch (reason) {
    postMessage({ reason: String(reason) });
  }
}, { once: true });

/// In the place of any other version. Without storage there is nothing to do.
async function keep(name, url, response) {
  if (!("caches" in self)) return;
  const cache = await caches.open(name);
  const others = (await cache.keys()).filter((it) => it.url !== url);
  await Promise.all(others.map((it) => cache.delete(it)));
  await cache.put(url, response);
}
