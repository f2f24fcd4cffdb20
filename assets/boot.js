// What stands before WebAssembly: progress, a message when the start fails, the way to the parts that load later.
// Trunk's start script imports this file as its initializer (index.html, data-initializer).

const say = (en, ko) => {
  const place = document.getElementById("boot-say");
  if (!place) return;
  place.replaceChildren(...[["en", en], ["ko", ko]].map(([lang, text]) => {
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
  document.getElementById("boot-bar")?.remove();
  if (typeof WebAssembly !== "object") {
    say("This browser has no WebAssembly, which Kubehop needs.", "이 브라우저는 Kubehop에 필요한 WebAssembly를 지원하지 않습니다.");
    return;
  }
  say("Kubehop could not start. What you typed is kept.", "Kubehop을 시작하지 못했습니다. 입력한 내용은 그대로 남아 있습니다.");
  const detail = document.createElement("pre");
  detail.textContent = String(reason);
  const again = document.createElement("button");
  again.type = "button";
  again.textContent = document.documentElement.lang === "ko" ? "다시 불러오기" : "Reload";
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
