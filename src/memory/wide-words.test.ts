import { expect, test } from 'vitest';
import { fuzz } from '../../test/support/fuzz.ts';
import { TILE_BYTES, wideWords } from './wide-words.ts';

const OPERATIONS = {
  and: (a: number, b: number) => a & b,
  or: (a: number, b: number) => a | b,
  xor: (a: number, b: number) => a ^ b,
  not: (a: number) => ~a & 255,
} as const;

/** Set bits of each byte. */
const BITS = Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

test('combines and counts like single bytes', () =>
  fuzz(60, (random) => {
    const wide = wideWords()!;
    const len = random.pick([0, 1, 15, 16, 17, 100, 4096, TILE_BYTES - 1, TILE_BYTES, random.below(TILE_BYTES)]);
    const [a, b] = [random.bytes(len), random.bytes(len)];
    for (const name of ['and', 'or', 'xor', 'not'] as const) {
      // What an earlier operation left is still there.
      wide.first.set(a);
      wide.second.set(b);
      wide.combine(name, len);
      const model = Uint8Array.from(a, (byte, i) => OPERATIONS[name](byte, b[i]!));
      expect(Buffer.compare(wide.first.subarray(0, len), model)).toBe(0);
      expect(Buffer.compare(wide.second.subarray(0, len), b)).toBe(0);
    }
    const long = random.bytes(random.pick([len, 2 * TILE_BYTES, 2 * TILE_BYTES + len]));
    const from = random.below(long.length + 1);
    const to = random.between(from, long.length);
    expect(wide.count(long, from, to)).toBe(long.subarray(from, to).reduce((n, byte) => n + BITS[byte]!, 0));
    expect(wide.count(new Uint8Array(3 * TILE_BYTES).fill(255), 0, 3 * TILE_BYTES)).toBe(3 * TILE_BYTES * 8);
  }));
