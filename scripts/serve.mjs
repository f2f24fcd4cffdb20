// Serves the folder that this file lies in: `node serve.mjs [PORT]`, then open the address that it prints. For classes
// without internet, from a disk or a stick. Only this machine is answered, unless HOST says otherwise.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(fileURLToPath(import.meta.url));
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".yaml": "text/yaml; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
};

const server = createServer(async (request, response) => {
  const refuse = (status) => void response.writeHead(status).end();
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(405);
  try {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname)).slice(1) || "index.html";
    const file = join(ROOT, path);
    if (!file.startsWith(ROOT + sep) || !(await stat(file)).isFile()) return refuse(404);
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "cache-control": "no-cache", "x-content-type-options": "nosniff" });
    request.method === "HEAD" ? response.end() : createReadStream(file).pipe(response);
  } catch {
    refuse(404);
  }
});
server.listen(Number(process.argv[2] ?? 8080), process.env.HOST ?? "127.0.0.1", () => {
  const { address, port } = server.address();
  console.log(`http://${address}:${port}/`);
});
