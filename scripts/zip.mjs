// Zip archives that are the same for the same content: no times, in the order given.
import { crc32 } from "./crc32.mjs";
import { deflateRawSync } from "node:zlib";

/** 1980-01-01, the first day that the format can say. */
const DAY = 0x21;

/** An archive of `[name, data, mode = 0o644]`. */
export function zip(files) {
  const bodies = [];
  const directory = [];
  let offset = 0;
  for (const [name, data, mode = 0o644] of files) {
    const path = Buffer.from(name, "utf8");
    const packed = deflateRawSync(data, { level: 9 });
    const stored = packed.length >= data.length;
    const body = stored ? data : packed;
    // Version 2.0, names in UTF-8, method, time, day, checksum, sizes, length of the name.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt16LE(stored ? 0 : 8, 4);
    common.writeUInt16LE(0, 6);
    common.writeUInt16LE(DAY, 8);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(body.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, path]);
    bodies.push(local, body);
    const rest = Buffer.alloc(14);
    // Unix, so that the mode counts.
    rest.writeUInt32LE(((0o100000 | mode) << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x03", "latin1"), common, rest, path]));
    offset += local.length + body.length;
  }
  const end = Buffer.alloc(18);
  const size = directory.reduce((sum, it) => sum + it.length, 0);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, ...directory, Buffer.from("PK\x05\x06", "latin1"), end]);
}
