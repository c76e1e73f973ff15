/** Values of each type in the RDB format: forms by version, what is refused, thresholds, want of memory. */
import { describe, expect, test } from 'vitest';
import { intset, le, rdbString, ziplist, zipmap } from '../../../test/support/payload.ts';
import { OutOfMemory } from '../../memory/out-of-memory.ts';
import type { Db } from '../db.ts';
import { ENCODING_NAMES, TYPE_NAMES } from '../entry-layout.ts';
import { hashFind, hashMarkVolatile, hashSet, setExpiryAt } from '../hash-type.ts';
import { Keyspace } from '../keyspace.ts';
import { loadValue } from './load-value.ts';
import { CorruptRdb, RdbReader } from './rdb-reader.ts';
import { RdbWriter } from './rdb-writer.ts';
import { lowestVersion, saveValue } from './save-value.ts';

const KEY = Buffer.from('key');
const TIME = 1_900_000_000_000;

type Part = Uint8Array | readonly number[];

function bytesOf(parts: readonly Part[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array)));
}

/** A listpack of texts of up to 63 bytes; integers below 128 are stored as such. */
function listpack(...texts: string[]): Buffer {
  const body = texts.flatMap((text) => {
    const small = /^\d+$/.test(text) && Number(text) < 128;
    const data = small ? [Number(text)] : [0x80 | text.length, ...Buffer.from(text)];
    return [...data, data.length];
  });
  return Buffer.from([...le(body.length + 7, 4), ...le(texts.length, 2), ...body, 255]);
}

/** An integer element of 64 bits. */
function withTime(bytes: Buffer, index: number, ms: number): Buffer {
  let p = 6;
  for (let i = 0; i < index; i++) p += (bytes[p]! < 0x80 ? 1 : 1 + (bytes[p]! & 0x3f)) + 1;
  const end = p + (bytes[p]! < 0x80 ? 1 : 1 + (bytes[p]! & 0x3f)) + 1;
  const made = Buffer.concat([bytes.subarray(0, p), Buffer.from([0xf4, ...le(ms, 8), 9]), bytes.subarray(end)]);
  made.writeUInt32LE(made.length, 0);
  return made;
}

class Store {
  readonly keyspace = new Keyspace(1);
  readonly db: Db = this.keyspace.dbs[0]!;

  load(...parts: Part[]): number {
    const bytes = bytesOf(parts);
    const reader = new RdbReader();
    reader.open(bytes, 0, bytes.length);
    return loadValue(reader, reader.byte(), this.db, this.keyspace, KEY, 0, KEY.length);
  }

  kind(e: number): string {
    return `${TYPE_NAMES[this.db.type(e)]} ${ENCODING_NAMES[this.db.encoding(e)]}`;
  }

  saved(e: number, version: number): Buffer {
    const { db } = this;
    const out = new RdbWriter();
    out.compression = false;
    saveValue(out, db.arena, version, db.type(e), db.encoding(e), db.u8(e), db.valOff(e), db.valLen(e));
    return Buffer.from(out.buf.subarray(0, out.len));
  }

  lowest(e: number): number {
    const { db } = this;
    return lowestVersion(db.arena, db.type(e), db.encoding(e), db.u8(e), db.valOff(e));
  }
}

describe('forms by version', () => {
  test('a set in a listpack has a form of its own from 11 on', () => {
    const store = new Store();
    const form = bytesOf([[20], rdbString(listpack('a', 'b'))]);
    const e = store.load(form);
    expect(store.kind(e)).toBe('set listpack');
    expect(store.lowest(e)).toBe(10);
    expect(store.saved(e, 10)).toEqual(bytesOf([[2, 2], rdbString('a'), rdbString('b')]));
    for (const version of [11, 12]) expect(store.saved(e, version)).toEqual(form);
  });

  test('small hashes with fields that expire need 12', () => {
    const store = new Store();
    const triplets = withTime(listpack('f', 'v', '0', 'g', 'w', '0'), 2, TIME);
    const form = bytesOf([[25], le(TIME, 8), rdbString(triplets)]);
    const e = store.load(form);
    expect(store.kind(e)).toBe('hash listpackex');
    expect(store.lowest(e)).toBe(12);
    expect(store.saved(e, 12)).toEqual(form);
    expect(() => store.saved(e, 11)).toThrow();
    expect(() => store.keyspace.validateIntegrity()).not.toThrow();
  });

  test('large ones too, with expiries relative to the first', () => {
    const store = new Store();
    store.keyspace.limits.hashMaxListpackEntries = 0;
    const fields = [[0], rdbString('a'), rdbString('1'), [1], rdbString('b'), rdbString('2'), [0x43, 0xe9]];
    const e = store.load([24], le(TIME, 8), [3], ...fields, rdbString('c'), rdbString('3'));
    expect(store.kind(e)).toBe('hash hashtable');
    expect(store.lowest(e)).toBe(12);
    store.keyspace.validateIntegrity();
    const saved = store.saved(e, 12);
    expect(saved.subarray(0, 10)).toEqual(bytesOf([[24], le(TIME, 8), [3]]));
    for (const field of [
      [[0], rdbString('a'), [0xc0, 1]],
      [[1], rdbString('b'), [0xc0, 2]],
      [[0x43, 0xe9], rdbString('c'), [0xc0, 3]],
    ]) {
      expect(saved.includes(bytesOf(field))).toBe(true);
    }
  });

  test('a hash whose fields expire no more is an ordinary one', () => {
    const store = new Store();
    const { db } = store;
    let e = store.load([4, 1], rdbString('f'), rdbString('v'));
    e = setExpiryAt(db, e, hashFind(db, e, Buffer.from('f'), 0, 1), TIME);
    e = hashMarkVolatile(db, e);
    expect([store.kind(e), store.lowest(e)]).toEqual(['hash listpackex', 12]);
    const text = Buffer.from('fv');
    e = hashMarkVolatile(db, hashSet(db, e, store.keyspace.limits, text, 0, 1, text, 1, 1));
    expect([store.kind(e), store.lowest(e)]).toEqual(['hash listpackex', 10]);
    expect(store.saved(e, 12)).toEqual(bytesOf([[4, 1], rdbString('f'), rdbString('v')]));
  });
});

const DOUBLE = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
};
const corruptedZiplist = ziplist(['a', 'b']);
corruptedZiplist[13]! ^= 1;

describe('what is refused', () => {
  test.for<[string, Part[]]>([
    ['a field that comes twice', [[4, 2], rdbString('a'), rdbString('b'), rdbString('a'), rdbString('c')]],
    ['a field that comes twice in a listpack', [[16], rdbString(listpack('a', 'b', 'a', 'c'))]],
    ['a field without a value', [[16], rdbString(listpack('a', 'b', 'c'))]],
    ['a field that comes twice in a zipmap', [[9], rdbString(zipmap(['a', 'b', 'a', 'c']))]],
    ['an empty zipmap', [[9], rdbString(zipmap([]))]],
    ['a member that comes twice in a listpack', [[20], rdbString(listpack('a', 'b', 'a'))]],
    ['an integer that comes twice', [[11], rdbString(intset([1, 1, 2], 2))]],
    ['integers that are out of order', [[11], rdbString(intset([2, 1], 2))]],
    ['an intset of a width that there is not', [[11], rdbString(Buffer.from([...le(3, 4), ...le(1, 4), 1, 2, 3]))]],
    ['scores that are out of order', [[17], rdbString(listpack('a', '2', 'b', '1'))]],
    ['members that are out of order', [[17], rdbString(listpack('b', '1', 'a', '1'))]],
    ['a score that is none', [[17], rdbString(listpack('b', 'x'))]],
    ['a score that is not a number', [[5, 1], rdbString('a'), DOUBLE(Number.NaN)]],
    ['a list without nodes', [[18, 0]]],
    ['a list of an empty node', [[18, 1, 2], rdbString(listpack())]],
    ['a list of empty nodes', [[18, 2, 2], rdbString(listpack()), [2], rdbString(listpack())]],
    ['a node of an unknown kind', [[18, 1, 3], rdbString('a')]],
    ['a plain node of nothing', [[18, 1, 1, 0]]],
    ['a ziplist whose entries do not fit together', [[10], rdbString(corruptedZiplist)]],
    ['an empty ziplist', [[10], rdbString(ziplist([]))]],
    [
      'triplets in a wrong order',
      [[25], le(TIME, 8), rdbString(withTime(listpack('f', 'v', '0', 'g', 'w', '0'), 5, TIME))],
    ],
    ['an expiry that is a text', [[23], rdbString(listpack('f', 'v', 'x'))]],
    ['an expiry before 1970', [[23], rdbString(withTime(listpack('f', 'v', '0'), 2, -1))]],
    ['an expiry beyond 48 bits', [[24], le(2 ** 48, 8), [1, 1], rdbString('f'), rdbString('v')]],
    ['a module', [[7, 1, 2, 3]]],
    ['nothing known', [[99]]],
  ])('%s', ([, parts]) => {
    const store = new Store();
    expect(() => store.load(...parts)).toThrow(CorruptRdb);
    expect(store.db.size).toBe(0);
    expect(store.keyspace.arena.usedBytes).toBe(0);
    store.keyspace.validateIntegrity();
  });
});

describe('encodings are those that the directives ask for', () => {
  const texts = ['a', '1', 'b', '2', 'c', '3'];
  test.for<[string, string, string, Part[]]>([
    ['set-max-listpack-entries', 'set listpack', 'set hashtable', [[20], rdbString(listpack(...texts))]],
    ['set-max-intset-entries', 'set intset', 'set hashtable', [[11], rdbString(intset([1, 2, 3], 2))]],
    ['hash-max-listpack-entries', 'hash listpack', 'hash hashtable', [[16], rdbString(listpack(...texts))]],
    ['zset-max-listpack-entries', 'zset listpack', 'zset skiplist', [[17], rdbString(listpack(...texts))]],
    ['list-max-listpack-size', 'list listpack', 'list quicklist', [[18, 1, 2], rdbString(listpack(...texts))]],
  ])('%s', ([, small, large, parts]) => {
    const store = new Store();
    const { limits } = store.keyspace;
    expect(store.kind(store.load(...parts))).toBe(small);
    store.db.delete(KEY, 0, KEY.length);
    limits.setMaxListpackEntries = limits.setMaxIntsetEntries = limits.hashMaxListpackEntries = 2;
    limits.zsetMaxListpackEntries = limits.listMaxListpackSize = 2;
    expect(store.kind(store.load(...parts))).toBe(large);
    store.keyspace.validateIntegrity();
  });
});

test('the empty member may come first, at minus infinity', () => {
  const store = new Store();
  expect(store.kind(store.load([17], rdbString(listpack('', '-inf', 'a', '-inf', 'b', '1'))))).toBe('zset listpack');
  store.keyspace.validateIntegrity();
});

test('without memory nothing is left, wherever it is wanted', () => {
  const members = Array.from({ length: 600 }, (_, i) => `member ${i}`);
  const many = members.map((member) => rdbString(member));
  const forms: Part[][] = [
    [[0], rdbString('v'.repeat(500))],
    [[2, 0x42, 0x58], ...many],
    [[1, 0x42, 0x58], ...many],
    [[4, 0x41, 0x2c], ...many],
    [[5, 0x42, 0x58], ...many.flatMap((member, i) => [member, DOUBLE(i)])],
    [[18, 2, 2], rdbString(listpack('a', 'b')), [1], rdbString('x'.repeat(100))],
    [[24], le(TIME, 8), [0x41, 0x2c], ...many.flatMap((text, i) => (i % 2 === 0 ? [[1], text] : [text]))],
    [[25], le(TIME, 8), rdbString(withTime(listpack('f', 'v', '0', 'g', 'w', '0'), 2, TIME))],
  ];
  for (const form of forms) {
    let reached = 0;
    for (let failing = 0; ; failing = Math.ceil((failing + 1) * 1.3)) {
      const store = new Store();
      const { arena } = store.keyspace;
      const alloc = arena.alloc;
      let left = failing;
      arena.alloc = (sizeBytes) => {
        if (left-- === 0) throw new OutOfMemory('a test');
        return alloc.call(arena, sizeBytes);
      };
      let thrown: unknown = null;
      try {
        store.load(...form);
      } catch (error) {
        thrown = error;
      }
      arena.alloc = alloc;
      store.keyspace.validateIntegrity();
      if (left >= 0) break;
      reached++;
      if (thrown === null) continue;
      expect(thrown).toBeInstanceOf(OutOfMemory);
      expect(store.db.size).toBe(0);
      expect(arena.usedBytes).toBe(0);
    }
    expect(reached).toBeGreaterThan(0);
  }
});
