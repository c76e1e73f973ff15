import { describe, expect, it } from 'vitest';
import { fuzz } from '../../test/support/fuzz.ts';
import { compareBytes, copyBytes, equalBytes } from './copy.ts';
import { wordView } from './word-view.ts';

describe('copyBytes', () => {
  it('copies exactly the range, at every length and offset', () => {
    const source = Uint8Array.from({ length: 400 }, (_, i) => (i * 7 + 1) & 0xff);
    for (let len = 0; len < 300; len++) {
      for (const off of [0, 1, 5]) {
        const target = new Uint8Array(400);
        copyBytes(source, off, target, 3, len);
        const wanted = new Uint8Array(400);
        wanted.set(source.subarray(off, off + len), 3);
        expect(Buffer.compare(target, wanted)).toBe(0);
      }
    }
  });

  it('moves bytes down within one buffer', () => {
    for (const len of [5, 30, 64, 65, 200]) {
      const bytes = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);
      const wanted = Uint8Array.from(bytes).copyWithin(2, 9, 9 + len);
      copyBytes(bytes, 9, bytes, 2, len);
      expect(Buffer.compare(bytes, wanted)).toBe(0);
    }
  });
});

describe('compareBytes and equalBytes', () => {
  it('agree with Buffer.compare', () =>
    fuzz(1, (prng) => {
      for (let i = 0; i < 20_000; i++) {
        const a = Uint8Array.from(
          { length: prng.below(2) === 0 ? prng.below(8) : prng.below(600) },
          () => prng.below(2) * 255,
        );
        const b = prng.below(2) === 0 ? Uint8Array.from(a.subarray(0, prng.below(a.length + 1))) : Uint8Array.from(a);
        if (b.length > 0 && prng.below(2) === 0) b[prng.below(b.length)] = prng.below(256);
        const aOff = prng.below(5);
        const bOff = prng.below(5);
        const padA = new Uint8Array(a.length + 10).fill(9);
        const padB = new Uint8Array(b.length + 10).fill(8);
        padA.set(a, aOff);
        padB.set(b, bOff);
        const order = compareBytes(padA, aOff, a.length, padB, bOff, b.length);
        expect(Math.sign(order)).toBe(Buffer.compare(a, b));
        const common = Math.min(a.length, b.length);
        expect(equalBytes(padA, aOff, padB, bOff, common)).toBe(
          Buffer.compare(a.subarray(0, common), b.subarray(0, common)) === 0,
        );
      }
    }));
});

describe('wordView', () => {
  it('adopts a buffer met twice in a row, with its offsets', () => {
    const parent = Uint8Array.from({ length: 32 }, (_, i) => i);
    const a = parent.subarray(8);
    const b = new Uint8Array(8);
    expect(wordView(a)).toBeNull();
    expect(wordView(b)).toBeNull();
    expect(wordView(a)).toBeNull();
    const view = wordView(a);
    expect(view?.getUint8(0)).toBe(8);
    expect(wordView(b)).toBeNull();
    expect(wordView(a)).toBe(view);
  });
});
