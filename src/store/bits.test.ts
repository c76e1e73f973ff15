import { describe, expect, test } from 'vitest';
import { fuzz, type Random } from '../../test/support/fuzz.ts';
import { readNarrow, readWide, writeNarrow, writeWide } from './bit-fields.ts';
import { countBits, findBit } from './bits.ts';

/** Bytes with long runs of equal ones between random ones, at a random offset of a larger buffer. */
function chunk(random: Random): { u8: Uint8Array; u32: Uint32Array; off: number; len: number; text: string } {
  const u8 = new Uint8Array(4096).fill(random.pick([0, 255]));
  const off = random.between(1, 40);
  const len = random.between(1, random.pick([4, 40, 1000]));
  for (let i = off; i < off + len; ) {
    const run = random.between(1, random.pick([1, 10, 100]));
    const byte = random.pick([0, 0, 255, 255, random.below(256)]);
    u8.fill(byte, i, Math.min(i + run, off + len));
    i += run;
  }
  const text = [...u8.subarray(off, off + len)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return { u8, u32: new Uint32Array(u8.buffer), off, len, text };
}

describe('bits', () => {
  test('counts and finds like a text of digits', () =>
    fuzz(300, (random) => {
      const { u8, u32, off, len, text } = chunk(random);
      for (let i = 0; i < 20; i++) {
        const from = random.below(len * 8);
        const to = random.between(from, len * 8 - 1);
        const part = text.slice(from, to + 1);
        expect(countBits(u8, u32, off, from, to)).toBe(part.replaceAll('0', '').length);
        for (const bit of [0, 1]) {
          const at = part.indexOf(String(bit));
          expect(findBit(u8, u32, off, from, to, bit)).toBe(at < 0 ? -1 : from + at);
        }
      }
    }));

  test('fields are parts of that text', () =>
    fuzz(300, (random) => {
      const { u8, off, len, text } = chunk(random);
      let digits = text;
      for (let i = 0; i < 20; i++) {
        const bits = random.between(1, 64);
        const at = random.below(len * 8);
        const wanted = BigInt(`0b${digits.slice(at, at + bits).padEnd(bits, '0')}`);
        expect(readWide(u8, off, len, at, bits)).toBe(wanted);
        if (bits <= 32) expect(BigInt(readNarrow(u8, off, len, at, bits))).toBe(wanted);
        if (at + bits > len * 8) continue;
        const value = BigInt(`0x${random.bytes(8).toString('hex')}`) >> BigInt(64 - bits);
        if (bits <= 32) writeNarrow(u8, off, at, bits, Number(value));
        else writeWide(u8, off, at, bits, value);
        digits = digits.slice(0, at) + value.toString(2).padStart(bits, '0') + digits.slice(at + bits);
        const now = [...u8.subarray(off, off + len)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
        expect(now).toBe(digits);
      }
    }));
});
