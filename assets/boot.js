// What stands before WebAssembly: progress, a message when the start fails, the way to the parts that load later.
// Trunk's start script imports this file as its initializer (index.html, data-initializer); in a release it calls
// `start` instead (scripts/finish.mjs).

/// A sentence, keyed by language; the style sheet shows the page's.
const say = (words) => {
  const place = document.getElementById("boot-say");
  if (!place) return;
  place.replaceChildren(...Object.entries(words).map(([lang, text]) => {
    const span = document.createElement("span");
    span.lang = lang;
    span.textContent = text;
    return span;
  }));
};

/// The editor is an ES module of its own, fetched when the page asks for it (assets/editor/README.md).
window.kubehopEditor = () => import(new URL(document.documentElement.dataset.editor ?? "editor.js", document.baseURI));

function fail(reason) {
  console.error(reason);
  // A picture of what does not come would promise too much; what was typed into it is kept (assets/first.js).
  dispatchEvent(new CustomEvent("kubehop-failed"));
  document.getElementById("boot")?.classList.remove("beside");
  for (const id of ["boot-ask", "boot-slow", "boot-again"]) document.getElementById(id)?.remove();
  document.getElementById("boot-bar")?.remove();
  if (typeof WebAssembly !== "object") {
    say({ en: "This browser has no WebAssembly, which Kubehop needs.", ko: "이 브라우저는 Kubehop에 필요한 WebAssembly를 지원하지 않습니다." });
    return;
  }
  say({ en: "Kubehop could not start. What you typed is kept.", ko: "Kubehop을 시작하지 못했습니다. 입력한 내용은 그대로 남아 있습니다." });
  const detail = document.createElement("pre");
  detail.textContent = String(reason);
  const again = document.createElement("button");
  again.type = "button";
  again.textContent = { en: "Reload", ko: "다시 불러오기" }[document.documentElement.lang];
  again.addEventListener("click", () => location.reload());
  document.getElementById("boot")?.append(detail, again);
}

/// After the page stands, so that filling the cache takes nothing from the start. Only a release has a service worker.
function keepForOffline() {
  const worker = document.documentElement.dataset.worker;
  if (!worker || !("serviceWorker" in navigator)) return;
  const register = () => navigator.serviceWorker.register(new URL(worker, document.baseURI)).catch(console.warn);
  setTimeout(register, 3000);
}

export default function boot() {
  return {
    onProgress({ current, total }) {
      const bar = document.getElementById("boot-bar");
      if (bar) bar.dataset.at = current;
      if (bar && total) bar.value = current / total;
    },
    onSuccess() {
      // Without its style sheet the page stands, but not as it should: that goes on being said (index.html).
      const boot = document.getElementById("boot");
      if (getComputedStyle(document.documentElement).getPropertyValue("--surface-1")) boot?.remove();
      else document.body.prepend(boot);
      keepForOffline();
    },
    onFailure: fail,
  };
}

/// Where the engine lies unpacked (assets/unpack.js writes, assets/sw.js asks): one version of it, by the address of
/// the plain file.
const KEPT = `kubehop engine ${new URL(".", document.baseURI)}`;

/// The engine of an earlier visit. None without storage, or when what is kept does not compile.
async function kept(url) {
  try {
    const answer = await caches.match(url, { cacheName: KEPT });
    return answer && (await WebAssembly.compileStreaming(answer));
  } catch (reason) {
    console.warn(reason);
    return undefined;
  }
}

/// What comes from `url`, part by part.
async function fetchParts(url, total, onProgress, take) {
  // The picture first.
  const answer = await fetch(url, { priority: "low" });
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  let current = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    current += value.byteLength;
    onProgress({ current, total });
    take(value);
  }
}

/// Unpacked beside the page, so that the picture goes on: not every server compresses, and none as well as this.
async function unpacked({ packed, total, unpack }, url, onProgress) {
  const worker = new Worker(new URL(unpack, document.baseURI));
  try {
    const module = new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => (data.module ? resolve(data.module) : reject(new Error(data.reason)));
      worker.onerror = (event) => reject(new Error(event.message ?? "the worker did not start"));
    });
    worker.postMessage({ cache: KEPT, url });
    const all = fetchParts(packed, total, onProgress, (part) => worker.postMessage(part, [part.buffer]));
    return (await Promise.all([module, all.then(() => worker.postMessage(null))]))[0];
  } catch (reason) {
    worker.terminate();
    throw reason;
  }
}

/// As the server has it.
async function plain(url, total, onProgress) {
  const parts = new ReadableStream({
    start: (controller) => fetchParts(url, total, onProgress, (part) => controller.enqueue(part)).then(() => controller.close(), (reason) => controller.error(reason)),
  });
  return WebAssembly.compileStreaming(new Response(parts, { headers: { "content-type": "application/wasm" } }));
}

/// The button of the crash page (src/ui/crash.rs) that copies the log: the module, which made that page, has stopped.
addEventListener("click", async (event) => {
  const button = event.target.closest?.("#crash [data-copies]");
  if (!button) return;
  const log = document.getElementById(button.dataset.copies);
  const status = button.parentElement.querySelector("[role=status]");
  try {
    await navigator.clipboard.writeText(log.value);
    status.textContent = button.dataset.copied;
  } catch {
    // No clipboard for pages that did not come over HTTPS, or it was denied.
    log.focus();
    log.select();
    status.textContent = button.dataset.failed;
  }
});

/// Fetches the engine and starts it: `load` imports the bindings of wasm-bindgen, `module` is the plain file. `packed`
/// is the packed one, `total` its length in bytes, `unpack` the worker for it; without them (a build that could not
/// pack) the plain one is taken.
export async function start(load, module, files) {
  const { onProgress, onSuccess, onFailure } = boot();
  try {
    const url = new URL(module, document.baseURI).href;
    const whole = (reason) => {
      console.warn(reason);
      return plain(url, 0, onProgress);
    };
    const fetched = () => (files ? unpacked(files, url, onProgress).catch(whole) : plain(url, 0, onProgress));
    const engine = kept(url).then((it) => it ?? fetched());
    const [{ default: init }, module_or_path] = await Promise.all([load(), engine]);
    await init({ module_or_path });
    onSuccess();
    dispatchEvent(new CustomEvent("TrunkApplicationStarted"));
  } catch (reason) {
    onFailure(reason);
  }
}
