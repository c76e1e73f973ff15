/** Lists of both encodings against an array: every change, every way to read, whatever the thresholds. */
import { describe, expect, it } from 'vitest';
import { fuzz, type Random } from '../../test/support/fuzz.ts';
import { OutOfMemory } from '../memory/out-of-memory.ts';
import { ReplyWriter } from '../protocol/reply.ts';
import type { Db } from './db.ts';
import { EncodingLimits } from './encoding-limits.ts';
import { ENC_LISTPACK, ENC_QUICKLIST } from './entry-layout.ts';
import { Keyspace } from './keyspace.ts';
import {
  listCreate,
  listDeleteRange,
  listFit,
  listGrow,
  listInsert,
  listPush,
  listRemove,
  listReplace,
  listShrink,
  removal,
} from './list.ts';
import { ListCursor, listLength } from './list-cursor.ts';
import { listOps } from './list-ops.ts';
import { ElementText } from './listpack.ts';
import { NODE_LZF, nodeMeta, qlNodes } from './quicklist-layout.ts';

const KEY = Buffer.from('list');
const cursor = new ListCursor();

/** A list under KEY beside the array it must agree with. */
class Subject {
  readonly keyspace = new Keyspace(2);
  readonly db: Db = this.keyspace.dbs[0]!;
  readonly limits = new EncodingLimits();
  e = 0;
  model: string[] = [];

  constructor(fill = -2, depth = 0, packedThreshold = 0) {
    this.limits.listMaxListpackSize = fill;
    this.limits.listCompressDepth = depth;
    this.limits.quicklistPackedThreshold = packedThreshold;
  }

  get encoding(): number {
    return this.db.encoding(this.e);
  }

  push(front: boolean, ...values: string[]): void {
    const texts = values.map((value) => Buffer.from(value, 'latin1'));
    if (this.e === 0) this.e = listCreate(this.db, KEY, 0, KEY.length);
    const bytes = texts.reduce((sum, text) => sum + text.length, 0);
    this.e = listGrow(this.db, this.e, this.limits, bytes, texts.length);
    for (const text of texts) this.e = listPush(this.db, this.e, front, this.limits, text, 0, text.length);
    if (front) this.model.unshift(...[...values].reverse());
    else this.model.push(...values);
  }

  deleteRange(start: number, count: number): void {
    this.e = listDeleteRange(this.db, this.e, start, count);
    this.model.splice(start, count);
    this.shrunk();
  }

  /** What commands do after elements went. */
  shrunk(): void {
    if (listLength(this.db, this.e) > 0) this.e = listShrink(this.db, this.e, this.limits);
    else {
      this.db.deleteEntry(this.e);
      this.e = 0;
    }
  }

  insert(index: number, after: boolean, value: string): void {
    const text = Buffer.from(value, 'latin1');
    this.e = listGrow(this.db, this.e, this.limits, text.length, 1);
    cursor.seek(this.db, this.e, index);
    this.e = listInsert(this.db, this.e, cursor, after, this.limits, text, 0, text.length);
    this.model.splice(after ? index + 1 : index, 0, value);
  }

  replace(index: number, value: string): void {
    const text = Buffer.from(value, 'latin1');
    this.e = listGrow(this.db, this.e, this.limits, text.length, 1);
    cursor.seek(this.db, this.e, index);
    this.e = listReplace(this.db, this.e, cursor, this.limits, text, 0, text.length);
    this.model[index] = value;
    this.shrunk();
  }

  remove(value: string, max: number, backward: boolean): void {
    const text = Buffer.from(value, 'latin1');
    this.e = listRemove(this.db, this.e, max, backward, text, 0, text.length);
    let removed = 0;
    for (let i = backward ? this.model.length - 1 : 0; i >= 0 && i < this.model.length && removed < max; ) {
      if (this.model[i] === value) {
        this.model.splice(i, 1);
        removed++;
        if (backward) i--;
      } else i += backward ? -1 : 1;
    }
    expect(removal.removed).toBe(removed);
    if (removed > 0) this.shrunk();
  }

  texts(): string[] {
    const text = new ElementText();
    const all: string[] = [];
    if (this.e === 0) return all;
    for (let more = cursor.first(this.db, this.e); more; more = cursor.next()) {
      cursor.read(text);
      all.push(Buffer.from(text.buf.slice(text.off, text.off + text.len)).toString('latin1'));
    }
    return all;
  }

  check(): void {
    expect(this.texts()).toEqual(this.model);
    if (this.e === 0) return;
    expect(listLength(this.db, this.e)).toBe(this.model.length);
    listOps.validateIntegrity!(this.db, this.e);
  }

  /** Nothing of the list may be left when its key is gone. */
  checkFreed(): void {
    if (this.e !== 0) this.db.deleteEntry(this.e);
    this.e = 0;
    this.keyspace.arena.validateIntegrity();
    const empty = new Keyspace(2);
    expect(this.keyspace.arena.stats().blocks - empty.arena.stats().blocks).toBeLessThanOrEqual(1);
  }
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

describe('lists', () => {
  it('change their encoding where Redis 7.4 does', () => {
    const list = new Subject(3);
    list.push(false, 'a', 'b', 'c');
    expect(list.encoding).toBe(ENC_LISTPACK);
    list.push(false, 'd');
    expect(list.encoding).toBe(ENC_QUICKLIST);
    list.deleteRange(0, 2);
    expect(list.encoding).toBe(ENC_QUICKLIST);
    list.deleteRange(0, 1);
    expect(list.encoding).toBe(ENC_LISTPACK);
    list.push(true, 'x'.repeat(9000));
    expect(list.encoding).toBe(ENC_QUICKLIST);
    list.replace(0, 'y');
    list.check();
    list.limits.listMaxListpackSize = 2;
    list.e = listFit(list.db, list.e, list.limits);
    list.check();
    list.checkFreed();
  });

  it('convert by size when the limit is one of bytes', () => {
    const list = new Subject(-1);
    for (let i = 0; i < 40; i++) list.push(false, 'z'.repeat(100));
    expect(list.encoding).toBe(ENC_QUICKLIST);
    while (list.model.length > 20) list.deleteRange(list.model.length - 1, 1);
    expect(list.encoding).toBe(ENC_QUICKLIST);
    list.deleteRange(list.model.length - 1, 1);
    expect(list.encoding).toBe(ENC_LISTPACK);
    list.check();
  });

  it('keep inner nodes compressed and outer ones not', () => {
    const list = new Subject(-1, 2);
    for (let i = 0; i < 400; i++) list.push(i % 3 === 0, 'compressible '.repeat(10));
    const { arena } = list.db;
    const root = list.db.root(list.e);
    const states = Array.from({ length: qlNodes(arena, root) }, (_, i) => (nodeMeta(arena, root, i) & NODE_LZF) !== 0);
    expect(states.length).toBeGreaterThan(6);
    expect(states).toEqual(states.map((_, i) => i > 1 && i < states.length - 2));
    list.check();
    list.checkFreed();
  });

  it('free a large list in slices', () => {
    const list = new Subject(-1);
    for (let i = 0; i < 5000; i++) list.push(false, `element number ${i}`);
    const copy = listOps.copy(list.db, list.e, list.db, Buffer.from('copy'), 0, 4) as number;
    let slices = 1;
    while (listOps.freeSome(list.db, copy, 3) === 0) slices++;
    expect(slices).toBeGreaterThan(5);
    list.check();
  });

  it('stay as they are when there is no memory for a change', () =>
    fuzz(60, (random) => {
      const list = new Subject(random.pick([-1, 2, 5]), random.pick([0, 1]), random.pick([0, 10, 200]));
      list.push(false, ...Array.from({ length: random.between(1, 60) }, () => value(random, true)));
      const { arena } = list.db;
      const alloc = arena.alloc.bind(arena);
      for (let step = 0; step < 60 && list.e !== 0; step++) {
        const before = [...list.model];
        let left = random.below(3);
        arena.alloc = (bytes) => {
          if (left-- <= 0) throw new OutOfMemory('for the test');
          return alloc(bytes);
        };
        try {
          changeOne(list, random);
        } catch (error) {
          expect(error).toBeInstanceOf(OutOfMemory);
          list.model = before;
        }
        arena.alloc = alloc;
        expect(list.texts()).toEqual(list.model);
        expect(listLength(list.db, list.e)).toBe(list.model.length);
      }
      arena.validateIntegrity();
      if (list.e !== 0) list.checkFreed();
    }));

  it('behave like an array, whatever is done to them', () =>
    fuzz(60, (random) => {
      const fill = random.pick([-1, -2, 1, 2, 3, 10, 1000, 0]);
      const list = new Subject(fill, random.pick([0, 0, 1, 2, 3]), random.pick([0, 0, 10, 200]));
      const big = random.oneIn(2);
      for (let step = 0; step < 120; step++) {
        change(list, random, big);
        list.check();
        if (list.e !== 0 && random.oneIn(10)) examine(list, random);
      }
      if (list.e !== 0) examine(list, random);
      list.checkFreed();
    }));
});

function value(random: Random, big: boolean): string {
  if (random.oneIn(3)) return random.pick(['a', 'b', '1', '-5', '70000', '', 'some longer text']);
  if (big && random.oneIn(12)) return 'L'.repeat(random.between(3000, 12000));
  if (big && random.oneIn(4)) return 'words words words '.repeat(random.between(1, 30));
  return random.value(30).toString('latin1');
}

function change(list: Subject, random: Random, big: boolean): void {
  const { model } = list;
  const v = value(random, big);
  const index = random.below(Math.max(model.length, 1));
  if (list.e === 0 || random.oneIn(3)) {
    const values = Array.from({ length: random.between(1, big ? 4 : 40) }, () => value(random, big));
    return list.push(random.oneIn(2), ...values);
  }
  switch (random.below(8)) {
    case 0:
      return list.deleteRange(index, random.between(1, Math.min(model.length - index, random.pick([1, 5, 1000]))));
    case 1:
      return list.deleteRange(random.oneIn(2) ? 0 : model.length - 1, 1);
    case 2:
    case 3:
      return list.replace(index, v);
    case 4:
      return list.remove(random.pick(model), random.pick([1, 2, Number.POSITIVE_INFINITY]), random.oneIn(2));
    default:
      return list.insert(index, random.oneIn(2), v);
  }
}

/** A change of one element, so that it is done wholly or not at all. */
function changeOne(list: Subject, random: Random): void {
  const { model } = list;
  const v = value(random, true);
  const index = random.below(model.length);
  switch (random.below(5)) {
    case 0:
      return list.push(random.oneIn(2), v);
    case 1:
      return list.insert(index, random.oneIn(2), v);
    case 2:
      return list.replace(index, v);
    default:
      if (model.length > 3)
        list.deleteRange(index, random.between(1, Math.min(model.length - index, model.length - 1)));
  }
}

/** Compares all that reads with the model. */
function examine(list: Subject, random: Random): void {
  const { db, e, model } = list;
  const out = new ReplyWriter(64);
  const index = random.below(model.length);
  cursor.seek(db, e, index);
  expect(cursor.textLen).toBe(model[index]!.length);
  expect(cursor.equals(Buffer.from(model[index]!, 'latin1'), 0, model[index]!.length)).toBe(true);
  cursor.reply(out);
  expect(out.take().toString('latin1')).toBe(bulk(model[index]!));

  out.reset();
  const count = random.between(1, model.length - index);
  cursor.seek(db, e, index);
  cursor.replyRange(out, count, false);
  expect(out.take().toString('latin1')).toBe(
    model
      .slice(index, index + count)
      .map(bulk)
      .join(''),
  );
  out.reset();
  cursor.seek(db, e, index);
  cursor.replyRange(out, index + 1, true);
  const back = model.slice(0, index + 1).reverse();
  expect(out.take().toString('latin1')).toBe(back.map(bulk).join(''));

  const read: string[] = [];
  let counted = -1;
  listOps.read!(db.arena, db.encoding(e), db.u8(e), db.valOff(e), db.valLen(e), {
    count: (n) => (counted = n),
    bytes: (buf, off, len) => read.push(Buffer.from(buf.slice(off, off + len)).toString('latin1')),
    number: () => expect.fail('a list has no numbers'),
  });
  expect(counted).toBe(model.length);
  expect(read).toEqual(model);

  const key = Buffer.from('copy');
  const copy = listOps.copy(db, e, db, key, 0, key.length) as number;
  listOps.validateIntegrity!(db, copy);
  expect(db.encoding(copy)).toBe(list.encoding);
  db.deleteEntry(copy);
  expect(listOps.memoryUsage(db, e, 0)).toBeGreaterThanOrEqual(0);
}
