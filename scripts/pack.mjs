// Files that the page unpacks itself, so that any server sends them small.
import zopfli from "@gfx/zopfli";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * `data` as a gzip file (`DecompressionStream`). Zopfli's gzip is a twentieth smaller than zlib's best and takes
 * seconds.
 */
export const pack = (data) => zopfli.gzipAsync(data, { numiterations: 5 });

/**
 * The file at `path` as xz: for the engine a fifth smaller than gzip, worth the decoder (assets/unpack.js). WebAssembly
 * is a stream of bytes without alignment, hence `pb=0`.
 */
export async function packEngine(path) {
  const how = ["--format=xz", "--check=crc32", "--lzma2=preset=9e,lc=4,pb=0", "--stdout", "--keep", path];
  const { stdout } = await promisify(execFile)("xz", how, { encoding: "buffer", maxBuffer: 1 << 28 });
  return stdout;
}
