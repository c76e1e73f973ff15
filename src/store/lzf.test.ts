import { describe, expect, it } from 'vitest';
import { fuzz, type Random } from '../../test/support/fuzz.ts';
import { lzfCompress, lzfDecompress } from './lzf.ts';

function decompress(input: Uint8Array, room: number): Buffer | null {
  const target = new Uint8Array(room + 8).fill(0xa5);
  const bytes = lzfDecompress(input, 0, input.length, target, 4, room);
  expect([...target.subarray(0, 4), ...target.subarray(4 + room)]).toEqual(new Array(8).fill(0xa5));
  return bytes < 0 ? null : Buffer.from(target.subarray(4, 4 + bytes));
}

function compress(input: Uint8Array, room: number): Buffer | null {
  const target = new Uint8Array(room + 8).fill(0xa5);
  const bytes = lzfCompress(input, 0, input.length, target, 4, room);
  expect([...target.subarray(0, 4), ...target.subarray(4 + room)]).toEqual(new Array(8).fill(0xa5));
  return bytes === 0 ? null : Buffer.from(target.subarray(4, 4 + bytes));
}

describe('LZF', () => {
  it('reads what redis-server has compressed', () => {
    const dumped = Buffer.from('0a6162636465666768696a61e0ff09e1740d037461696c', 'hex');
    expect(decompress(dumped, 404)?.toString()).toBe(`${'abcdefghij'.repeat(40)}tail`);
    expect(decompress(dumped, 403)).toBe(null);
  });

  it('compresses what repeats and refuses what would not fit', () => {
    const text = Buffer.from('abcdefghij'.repeat(400));
    const packed = compress(text, text.length)!;
    expect(packed.length).toBeLessThan(100);
    expect(decompress(packed, text.length)).toEqual(text);
    expect(compress(text, packed.length)).toEqual(packed);
    expect(compress(text, packed.length - 1)).toBe(null);
    expect(compress(Buffer.alloc(0), 10)).toBe(null);
  });

  it('gives back what it was given', () =>
    fuzz(400, (random) => {
      const text = input(random);
      const packed = compress(text, text.length + (text.length >>> 5) + 1);
      if (text.length === 0) return;
      expect(packed).not.toBe(null);
      expect(decompress(packed!, text.length)?.equals(text)).toBe(true);
    }));

  it('never leaves its ranges, whatever it reads', () =>
    fuzz(2000, (random) => {
      const packed = random.oneIn(2) ? random.bytes(random.below(40)) : compress(input(random), 40_000);
      if (packed === null) return;
      for (let i = random.below(4); i > 0 && packed.length > 0; i--)
        packed[random.below(packed.length)] = random.below(256);
      decompress(packed, random.below(400));
    }));
});

function input(random: Random): Buffer {
  const words = Array.from({ length: random.between(1, 6) }, () => random.bytes(random.between(1, 12)));
  const parts = Array.from({ length: random.below(random.pick([5, 60, 3000])) }, () => random.pick(words));
  return Buffer.concat(random.oneIn(4) ? [random.bytes(random.below(600)), ...parts] : parts);
}
