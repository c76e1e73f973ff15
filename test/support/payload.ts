/** DUMP payloads made by hand: the value's bytes with version and checksum. */
import { Crc64 } from '../../src/store/rdb/crc64.ts';

/** Adds the footer to type byte and value. */
export function sealed(value: Uint8Array, version = 10): Buffer {
  const bytes = Buffer.concat([value, Buffer.from([version & 0xff, version >> 8]), Buffer.alloc(8)]);
  const crc = new Crc64();
  crc.update(bytes, 0, bytes.length - 8);
  crc.write(bytes, bytes.length - 8);
  return bytes;
}

/** Type byte and value of a payload. */
export function unsealed(payload: Uint8Array): Buffer {
  return Buffer.from(payload.subarray(0, payload.length - 10));
}

/** An RDB string, as it is. */
export function rdbString(text: Uint8Array | string): Buffer {
  const bytes = Buffer.from(text as string, 'latin1');
  const header = Buffer.alloc(5);
  header[0] = 0x80;
  header.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([bytes.length < 64 ? Buffer.from([bytes.length]) : header, bytes]);
}

/** A ziplist of texts; those that are small integers are stored as such. */
export function ziplist(texts: readonly string[]): Buffer {
  const entries: Buffer[] = [];
  let before = 0;
  for (const text of texts) {
    const head = before < 254 ? Buffer.from([before]) : Buffer.from([254, ...le(before, 4)]);
    const entry = Buffer.concat([head, ziplistData(text)]);
    entries.push(entry);
    before = entry.length;
  }
  const body = Buffer.concat(entries);
  const tail = 10 + body.length - before;
  return Buffer.concat([
    Buffer.from([...le(11 + body.length, 4), ...le(tail, 4), ...le(texts.length, 2)]),
    body,
    Buffer.from([255]),
  ]);
}

function ziplistData(text: string): Buffer {
  const n = BigInt(/^(0|-?[1-9]\d{0,17})$/.test(text) ? text : '999999999999999999');
  if (String(n) === text) {
    if (n >= 0n && n <= 12n) return Buffer.from([0xf1 + Number(n)]);
    for (const [code, bytes] of [
      [0xfe, 1],
      [0xc0, 2],
      [0xf0, 3],
      [0xd0, 4],
      [0xe0, 8],
    ] as const) {
      if (BigInt.asIntN(bytes * 8, n) === n) return Buffer.from([code, ...le(n, bytes)]);
    }
  }
  const data = Buffer.from(text, 'latin1');
  const { length } = data;
  const code =
    length < 64 ? [length] : length < 16384 ? [0x40 | (length >> 8), length & 255] : [0x80, ...le(length, 4).reverse()];
  return Buffer.concat([Buffer.from(code), data]);
}

/** An integer in `bytes` bytes, low first. */
export function le(n: number | bigint, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Number((BigInt(n) >> BigInt(i * 8)) & 255n));
}

/** An intset of members in their order, each of `width` bytes. */
export function intset(members: readonly number[], width: number): Buffer {
  return Buffer.from([...le(width, 4), ...le(members.length, 4), ...members.flatMap((n) => le(n, width))]);
}

/** A zipmap of fields and values, a few bytes after some of the values unused. */
export function zipmap(texts: readonly string[]): Buffer {
  const parts: Buffer[] = [Buffer.from([Math.min(texts.length / 2, 254)])];
  texts.forEach((text, i) => {
    const unused = i % 2 === 1 ? text.length % 4 : 0;
    const length = text.length < 254 ? [text.length] : [254, ...le(text.length, 4)];
    parts.push(
      Buffer.from(i % 2 === 1 ? [...length, unused] : length),
      Buffer.from(text, 'latin1'),
      Buffer.alloc(unused),
    );
  });
  return Buffer.concat([...parts, Buffer.from([255])]);
}
