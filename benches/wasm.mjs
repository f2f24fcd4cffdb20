// Runs benches/net.rs as WebAssembly: takes what `cargo build --release --bench net` made for wasm32, binds and
// optimizes it as the page is (Trunk.toml, index.html), and runs it in Node. `make bench-wasm`.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const target = process.env.CARGO_TARGET_DIR ?? 'target';
const built = join(target, 'wasm32-unknown-unknown', 'release', 'deps');
const newest = readdirSync(built)
  .filter((name) => /^net-.*\.wasm$/.test(name))
  .map((name) => join(built, name))
  .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
if (!newest) throw new Error(`no net-*.wasm in ${built}: make bench-wasm builds it`);

const out = join('.cache', 'bench-wasm');
mkdirSync(out, { recursive: true });
// What wasm-bindgen writes for Node is CommonJS; the project is not.
writeFileSync(join(out, 'package.json'), '{"type": "commonjs"}\n');
execFileSync('wasm-bindgen', ['--target', 'nodejs', '--out-dir', out, '--out-name', 'net', newest], { stdio: 'inherit' });
// The page's own flags, so that what is measured is what is shipped.
const flags = readFileSync('index.html', 'utf8').match(/data-wasm-opt="(\w)" data-wasm-opt-params="([^"]+)"/);
const wasm = join(out, 'net_bg.wasm');
execFileSync('wasm-opt', [`-O${flags[1]}`, ...flags[2].split(' '), wasm, '-o', wasm], { stdio: 'inherit' });
console.log(`${(statSync(wasm).size / 1e6).toFixed(1)} MB of WebAssembly, Node ${process.version}`);
// The time this process has been computing, as the native benchmark measures: other work on the machine does not count.
Date.now = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
await import(new URL(`../${out}/net.js`, import.meta.url));
