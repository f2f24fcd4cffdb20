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
  document.getElementById("boot-ask")?.remove();
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
      if (bar && total) bar.value = current / total;
    },
    onSuccess() {
      document.getElementById("boot")?.remove();
      keepForOffline();
    },
    onFailure: fail,
  };
}

/// Compiles while it arrives. Packed, as long as the browser can unpack: not every server compresses.
async function compile(plain, packed, total, onProgress) {
  const answer = await fetch(packed ?? plain);
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  let current = 0;
  const count = new TransformStream({
    transform(part, rest) {
      current += part.byteLength;
      onProgress({ current, total });
      rest.enqueue(part);
    },
  });
  const counted = answer.body.pipeThrough(count);
  const stream = packed ? counted.pipeThrough(new DecompressionStream("gzip")) : counted;
  return WebAssembly.compileStreaming(new Response(stream, { headers: { "content-type": "application/wasm" } }));
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

/// Fetches the engine and starts it: `init` is that of wasm-bindgen.
export async function start(init, plain, packed, total) {
  const { onProgress, onSuccess, onFailure } = boot();
  try {
    const whole = (reason) => {
      console.warn(reason);
      return compile(plain, undefined, total, onProgress);
    };
    const unpacks = "DecompressionStream" in window;
    const module = unpacks ? await compile(plain, packed, total, onProgress).catch(whole) : await compile(plain, undefined, total, onProgress);
    await init({ module_or_path: module });
    onSuccess();
    dispatchEvent(new CustomEvent("TrunkApplicationStarted"));
  } catch (reason) {
    onFailure(reason);
  }
}
