import { describe, expect, it } from 'vitest';
import { hashBytes, setHashSeed } from './hash.ts';

const text = (s: string) => new Uint8Array(Buffer.from(s, 'latin1'));

/** HalfSipHash-1-3 written plainly over BigInt. */
function reference(bytes: Uint8Array, k0: number, k1: number): number {
  const mask = 0xffffffffn;
  const rotl = (x: bigint, n: bigint) => ((x << n) | (x >> (32n - n))) & mask;
  let [v0, v1, v2, v3] = [
    BigInt(k0 >>> 0),
    BigInt(k1 >>> 0),
    0x6c796765n ^ BigInt(k0 >>> 0),
    0x74656462n ^ BigInt(k1 >>> 0),
  ];
  const round = () => {
    v0 = (v0 + v1) & mask;
    v1 = rotl(v1, 5n) ^ v0;
    v0 = rotl(v0, 16n);
    v2 = (v2 + v3) & mask;
    v3 = rotl(v3, 8n) ^ v2;
    v0 = (v0 + v3) & mask;
    v3 = rotl(v3, 7n) ^ v0;
    v2 = (v2 + v1) & mask;
    v1 = rotl(v1, 13n) ^ v2;
    v2 = rotl(v2, 16n);
  };
  const padded = Buffer.alloc((bytes.length >>> 2) * 4 + 4);
  padded.set(bytes);
  padded[padded.length - 1] = bytes.length & 0xff;
  for (let i = 0; i < padded.length; i += 4) {
    const m = BigInt(padded.readUInt32LE(i));
    v3 ^= m;
    round();
    v0 ^= m;
  }
  v2 ^= 0xffn;
  for (let i = 0; i < 3; i++) round();
  return Number(v1 ^ v3) | 0;
}

describe('hashBytes', () => {
  it('is HalfSipHash-1-3, with and without a word view of the buffer', () => {
    for (const [k0, k1] of [
      [0, 0],
      [0x01020304, 0xfffefdfc],
      [0x80000000, 0x7fffffff],
    ] as const) {
      setHashSeed(k0, k1);
      for (let len = 0; len < 300; len++) {
        const bytes = Uint8Array.from({ length: len + 3 }, (_, i) => (i * 131 + len) & 0xff);
        const wanted = reference(bytes.subarray(3), k0, k1);
        // The first call meets a new buffer; the third one has a view for sure.
        for (let call = 0; call < 3; call++) expect(hashBytes(bytes, 3, len)).toBe(wanted);
      }
    }
  });

  it('depends on the seed and spreads similar keys', () => {
    setHashSeed(1, 2);
    const one = hashBytes(text('key'), 0, 3);
    setHashSeed(1, 3);
    expect(hashBytes(text('key'), 0, 3)).not.toBe(one);
    const buckets = new Uint32Array(1024);
    for (let i = 0; i < 102_400; i++) {
      const key = text(`key:${i}`);
      buckets[hashBytes(key, 0, key.length) & 1023]!++;
    }
    // Mean 100, standard deviation 10.
    for (const count of buckets) expect(Math.abs(count - 100)).toBeLessThan(65);
  });
});
