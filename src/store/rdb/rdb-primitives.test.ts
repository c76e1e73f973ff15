/** What RdbWriter writes RdbReader reads, whether it grows or drains; what is malformed is refused. */
import { describe, expect, test } from 'vitest';
import { fuzz, Random } from '../../../test/support/fuzz.ts';
import { CorruptRdb, RdbReader, RdbString } from './rdb-reader.ts';
import { RdbWriter } from './rdb-writer.ts';

function readerOf(bytes: Uint8Array): RdbReader {
  const reader = new RdbReader();
  reader.open(bytes, 0, bytes.length);
  return reader;
}

function written(write: (out: RdbWriter) => void, compression = true): Buffer {
  const out = new RdbWriter();
  out.compression = compression;
  write(out);
  return Buffer.from(out.buf.subarray(0, out.len));
}

function stringOf(reader: RdbReader): string {
  const text = new RdbString();
  reader.string(text);
  return Buffer.from(text.buf.subarray(text.off, text.off + text.len)).toString('latin1');
}

describe('RdbWriter', () => {
  test.for([
    [0, '00'],
    [63, '3f'],
    [64, '4040'],
    [16383, '7fff'],
    [16384, '8000004000'],
    [2 ** 32 - 1, '80ffffffff'],
    [2 ** 32, '810000000100000000'],
    [2 ** 53 - 1, '81001fffffffffffff'],
  ] as const)('length %i', ([n, hex]) => {
    const bytes = written((out) => out.length(n));
    expect(bytes.toString('hex')).toBe(hex);
    expect(readerOf(bytes).length()).toBe(n);
  });

  test.for([
    ['', '00'],
    ['a', '0161'],
    ['0', 'c000'],
    ['-128', 'c080'],
    ['128', 'c18000'],
    ['-32768', 'c10080'],
    ['32768', 'c200800000'],
    ['-2147483648', 'c200000080'],
    ['2147483648', '0a32313437343833363438'],
    ['01', '023031'],
    ['-0', '022d30'],
    ['aaaaaaaaaaaaaaaaaaaa', '14'.padEnd(42, '61')],
  ])('string %s', ([text, hex]) => {
    const bytes = written((out) => out.string(Buffer.from(text!), 0, text!.length));
    expect(bytes.toString('hex')).toBe(hex);
    expect(stringOf(readerOf(bytes))).toBe(text);
  });

  test('long strings are compressed where that gains and is wanted', () => {
    const text = 'abcdefgh'.repeat(1000);
    const write = (out: RdbWriter): void => out.string(Buffer.from(text), 0, text.length);
    expect(written(write)[0]).toBe(0xc3);
    expect(written(write).length).toBeLessThan(200);
    expect(stringOf(readerOf(written(write)))).toBe(text);
    expect(written(write, false)).toHaveLength(2 + text.length);
  });

  test('doubles and times', () => {
    const bytes = written((out) => {
      for (const value of [1.5, -0, Number.POSITIVE_INFINITY, Number.NaN]) out.double64(value);
      for (const ms of [0, -1, 1_700_000_000_123, -(2 ** 52)]) out.time(ms);
    });
    const reader = readerOf(bytes);
    expect([0, 0, 0, 0].map(() => reader.double64())).toEqual([1.5, -0, Number.POSITIVE_INFINITY, Number.NaN]);
    expect([0, 0, 0, 0].map(() => reader.time())).toEqual([0, -1, 1_700_000_000_123, -(2 ** 52)]);
    expect(reader.rest).toBe(0);
  });
});

/** Writes some of everything. */
function writeAny(random: Random, out: RdbWriter): void {
  for (let i = random.below(200); i > 0; i--) {
    const bytes = random.oneIn(50) ? Buffer.alloc(random.below(300_000), random.below(256)) : random.value(100);
    if (random.oneIn(3)) out.string(bytes, 0, bytes.length);
    else if (random.oneIn(2)) out.length(random.below(2 ** random.between(1, 50)));
    else out.double64(random.below(1e9) / 7);
  }
}

test('what is drained is what a growing buffer would hold', () =>
  fuzz(20, (random) => {
    const seed = random.below(2 ** 32);
    const whole = written((out) => writeAny(new Random(seed), out));
    const parts: Buffer[] = [];
    const draining = new RdbWriter((buf, off, len) => parts.push(Buffer.from(buf.subarray(off, off + len))));
    writeAny(new Random(seed), draining);
    draining.flush();
    expect(Buffer.concat(parts).equals(whole)).toBe(true);
  }));

describe('RdbReader refuses', () => {
  test.for([
    ['an end in a length', '40'],
    ['an end in a long length', '8000'],
    ['an unknown length', '82'],
    ['a length beyond 2^53', '81ffffffffffffffff'],
    ['a string that is longer than the input', '0561'],
    ['an end in an integer', 'c100'],
    ['an unknown string', 'c4'],
    ['compressed bytes that are not there', 'c3051061'],
    ['a size that the compressed bytes cannot have', 'c3018100000000ffffffff00'],
    ['a size that is not the right one', 'c3020500610000'],
    ['a compressed string of nothing', 'c30000'],
  ])('%s', ([, hex]) => {
    expect(() => stringOf(readerOf(Buffer.from(hex!, 'hex')))).toThrow(CorruptRdb);
  });

  test('an encoded string in the place of a length', () => {
    expect(() => readerOf(Buffer.from('c000', 'hex')).length()).toThrow(CorruptRdb);
  });

  test('scores', () => {
    expect(readerOf(Buffer.from('\x031.5', 'latin1')).scoreText()).toBe(1.5);
    expect(readerOf(Buffer.from([254])).scoreText()).toBe(Number.POSITIVE_INFINITY);
    expect(readerOf(Buffer.from([255])).scoreText()).toBe(Number.NEGATIVE_INFINITY);
    expect(readerOf(Buffer.from([253])).scoreText()).toBeNaN();
    expect(readerOf(Buffer.from('\x02xx', 'latin1')).scoreText()).toBeNaN();
    expect(() => readerOf(Buffer.from('\x091.5', 'latin1')).scoreText()).toThrow(CorruptRdb);
  });
});
