// Files that the page unpacks itself (`DecompressionStream`), so that any server sends them small. Zopfli's gzip is
// a twentieth smaller than zlib's best and takes seconds.
import zopfli from "@gfx/zopfli";

/** `data` as a gzip file. */
export const pack = (data) => zopfli.gzipAsync(data, { numiterations: 5 });
