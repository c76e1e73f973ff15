/** Streams against an array of entries and maps of groups: every change, every way to read. */
import { describe, expect, it } from 'vitest';
import { fuzz, type Random } from '../../test/support/fuzz.ts';
import { Args } from '../protocol/args.ts';
import { ReplyWriter } from '../protocol/reply.ts';
import type { Db } from './db.ts';
import { EncodingLimits } from './encoding-limits.ts';
import { ENC_STREAM, TYPE_STREAM } from './entry-layout.ts';
import { TreeCursor, treeCount } from './id-tree.ts';
import { wordOf } from './id-tree-node.ts';
import { Keyspace } from './keyspace.ts';
import { ElementText } from './listpack.ts';
import { S_FIRST_ID, S_LAST_ID, S_MAX_DELETED_ID, streamCreate, streamId, streamLength } from './stream.ts';
import { APPENDED, ID_AUTO, ID_GIVEN, ID_SEQUENCE, ID_TOO_SMALL, streamAppend } from './stream-append.ts';
import {
  assignPending,
  createConsumer,
  createGroup,
  deleteConsumer,
  destroyGroup,
  findConsumer,
  findGroup,
  P_CONSUMER,
  P_DELIVERED,
  removePending,
} from './stream-group.ts';
import { idText, newId, parseId, setCounter, setCounter64 } from './stream-id.ts';
import { StreamIterator } from './stream-iterator.ts';
import { streamOps } from './stream-ops.ts';
import { noteDeleted, refreshFirstId, streamDelete, streamTrim } from './stream-trim.ts';

const KEY = Buffer.from('stream');
const place = new TreeCursor();
const iterator = new StreamIterator();

/** An id as ms * 2^64 + sequence. */
function wordsOfId(n: bigint): Uint32Array {
  const id = newId();
  setCounter64(id, 0, n >> 64n);
  setCounter64(id, 2, n);
  return id;
}

function textOf(n: bigint): string {
  return `${n >> 64n}-${BigInt.asUintN(64, n)}`;
}

function numberOf(id: Uint32Array): bigint {
  return id.reduce((n, word) => (n << 32n) | BigInt(word), 0n);
}

interface Entry {
  readonly id: bigint;
  readonly parts: readonly string[];
}

interface Group {
  readonly consumers: Map<string, Set<bigint>>;
  readonly pending: Map<bigint, { consumer: string; time: number }>;
}

class Subject {
  readonly keyspace = new Keyspace(2);
  readonly db: Db = this.keyspace.dbs[0]!;
  readonly limits = new EncodingLimits();
  e: number;
  entries: Entry[] = [];
  last = 0n;
  maxDeleted = 0n;
  readonly groups = new Map<string, Group>();

  constructor() {
    this.e = this.db.addRoot(KEY, 0, KEY.length, TYPE_STREAM, ENC_STREAM, streamCreate(this.db.arena));
  }

  get root(): number {
    return this.db.root(this.e);
  }

  append(id: bigint, parts: readonly string[], how = ID_GIVEN): void {
    const { arena } = this.db;
    const words = wordsOfId(id);
    const done = streamAppend(
      arena,
      this.root,
      words,
      how,
      Args.from(parts.map((p) => Buffer.from(p))),
      0,
      this.limits,
    );
    const added = numberOf(words);
    expect(done).toBe(how === ID_GIVEN && id <= this.last ? ID_TOO_SMALL : done);
    if (done !== APPENDED) return;
    expect(added > this.last).toBe(true);
    if (how !== ID_AUTO) expect(added >> 64n).toBe(id >> 64n);
    this.last = added;
    this.entries.push({ id: added, parts });
  }

  delete(id: bigint): void {
    const at = this.entries.findIndex((entry) => entry.id === id);
    const words = wordsOfId(id);
    expect(streamDelete(this.db.arena, this.root, words, 0)).toBe(at >= 0);
    if (at < 0) return;
    noteDeleted(this.db.arena, this.root, words, 0);
    refreshFirstId(this.db.arena, this.root);
    this.entries.splice(at, 1);
    if (id > this.maxDeleted) this.maxDeleted = id;
  }

  trim(maxLength: number, minId: bigint, approximate: boolean, limit: number): void {
    const goal = { maxLength, minId: wordsOfId(minId), approximate, limit };
    const deleted = streamTrim(this.db.arena, this.root, goal);
    const wanted =
      maxLength >= 0
        ? Math.max(0, this.entries.length - maxLength)
        : this.entries.filter((entry) => entry.id < minId).length;
    if (!approximate && limit === 0) expect(deleted).toBe(wanted);
    else expect(deleted).toBeLessThanOrEqual(limit === 0 ? wanted : Math.min(wanted, limit));
    this.entries.splice(0, deleted);
  }

  range(start: bigint, end: bigint, reverse: boolean): Entry[] {
    const found: Entry[] = [];
    const { arena } = this.db;
    iterator.range(arena, this.root, wordsOfId(start), 0, wordsOfId(end), 0, reverse);
    const text = new ElementText();
    const out = new ReplyWriter(64);
    while (iterator.next(arena)) {
      const parts: string[] = [];
      iterator.forEachElement((u8, p) => {
        text.read(u8, p);
        parts.push(Buffer.from(text.buf.subarray(text.off, text.off + text.len)).toString());
      });
      found.push({ id: numberOf(iterator.id), parts });
      out.reset();
      // Only every other entry: the walk must go on the same way.
      if (found.length % 2 === 0) continue;
      iterator.reply(out, arena);
      const id = textOf(numberOf(iterator.id));
      const bulks = parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('');
      expect(out.take().toString()).toBe(`*2\r\n$${id.length}\r\n${id}\r\n*${parts.length}\r\n${bulks}`);
    }
    return reverse ? found.reverse() : found;
  }

  check(): void {
    const { arena } = this.db;
    streamOps.validateIntegrity!(this.db, this.e);
    expect(this.range(0n, (1n << 128n) - 1n, false)).toEqual(this.entries);
    expect(streamLength(arena, this.root)).toBe(this.entries.length);
    const id = newId();
    const expected: [number, bigint][] = [
      [S_LAST_ID, this.last],
      [S_FIRST_ID, this.entries[0]?.id ?? 0n],
      [S_MAX_DELETED_ID, this.maxDeleted],
    ];
    for (const [which, value] of expected) {
      streamId(arena, this.root, which, id);
      expect(idText(id, 0)).toBe(textOf(value));
    }
    for (const [name, group] of this.groups) this.checkGroup(name, group);
  }

  private checkGroup(name: string, model: Group): void {
    const { arena } = this.db;
    const group = this.group(name);
    expect(treeCount(arena, group)).toBe(model.pending.size);
    for (const [consumer, ids] of model.consumers) {
      const ref = this.consumer(name, consumer);
      expect(treeCount(arena, ref)).toBe(ids.size);
      for (const id of ids) {
        expect(place.find(arena, ref, wordsOfId(id), 0)).toBe(true);
        expect(place.find(arena, group, wordsOfId(id), 0)).toBe(true);
        expect(place.words[place.w + P_CONSUMER]).toBe(ref);
        expect(place.words[place.w + P_DELIVERED + 1]).toBe(model.pending.get(id)!.time);
      }
    }
  }

  group(name: string): number {
    return findGroup(this.db.arena, this.root, Buffer.from(name), 0, name.length);
  }

  consumer(group: string, name: string): number {
    return findConsumer(this.db.arena, this.group(group), Buffer.from(name), 0, name.length);
  }

  /** What saving is handed, as text. */
  saved(e: number): string {
    const parts: string[] = [];
    const { db } = this;
    streamOps.read!(db.arena, db.encoding(e), db.u8(e), db.valOff(e), db.valLen(e), {
      count: (n) => parts.push(`#${n}`),
      bytes: (buf, off, len) => parts.push(Buffer.from(buf.subarray(off, off + len)).toString('latin1')),
      number: (n) => parts.push(`${n}`),
    });
    return parts.join(' ');
  }

  /** Nothing of the stream may be left when its key is gone, however it is freed. */
  checkFreed(random: Random): void {
    const { db } = this;
    const copy = streamOps.copy(db, this.e, db, Buffer.from('copy'), 0, 4) as number;
    expect(this.saved(copy)).toBe(this.saved(this.e));
    streamOps.validateIntegrity!(db, copy);
    db.take(copy);
    while (streamOps.freeSome(db, copy, random.between(1, 20)) === 0);
    db.freeBlock(copy);
    db.deleteEntry(this.e);
    db.arena.validateIntegrity();
    const empty = new Keyspace(2);
    expect(db.arena.stats().blocks - empty.arena.stats().blocks).toBeLessThanOrEqual(1);
  }
}

const NAMES = ['a', 'b', 'bb', 'group', ''];

function changeGroups(subject: Subject, random: Random): void {
  const { arena } = subject.db;
  const name = random.pick(NAMES);
  const buf = Buffer.from(name);
  const model = subject.groups.get(name);
  if (model === undefined) {
    expect(createGroup(arena, subject.root, buf, 0, buf.length, newId(), 0)).toBeGreaterThan(0);
    subject.groups.set(name, { consumers: new Map(), pending: new Map() });
    return;
  }
  const group = subject.group(name);
  const consumer = random.pick(NAMES);
  const consumerBuf = Buffer.from(consumer);
  const ids = model.consumers.get(consumer);
  if (random.oneIn(30)) {
    expect(destroyGroup(arena, subject.root, buf, 0, buf.length)).toBe(true);
    subject.groups.delete(name);
  } else if (random.oneIn(29)) {
    expect(deleteConsumer(arena, group, consumerBuf, 0, consumerBuf.length)).toBe(ids?.size ?? -1);
    for (const id of ids ?? []) model.pending.delete(id);
    model.consumers.delete(consumer);
  } else if (ids === undefined) {
    expect(createConsumer(arena, group, consumerBuf, 0, consumerBuf.length, 5)).toBeGreaterThan(0);
    model.consumers.set(consumer, new Set());
  } else changePending(subject, random, name, consumer);
}

function changePending(subject: Subject, random: Random, name: string, consumer: string): void {
  const { arena } = subject.db;
  const model = subject.groups.get(name)!;
  const group = subject.group(name);
  for (let i = random.pick([1, 10, 200]); i > 0; i--) {
    const id = BigInt(random.below(2000)) * (1n << 60n);
    if (random.oneIn(3)) {
      const owner = model.pending.get(id)?.consumer;
      expect(removePending(arena, group, wordsOfId(id), 0)).toBe(owner !== undefined);
      if (owner !== undefined) model.consumers.get(owner)!.delete(id);
      model.pending.delete(id);
      continue;
    }
    const time = random.below(1e6);
    const isNew = assignPending(arena, group, subject.consumer(name, consumer), wordsOfId(id), 0, place);
    setCounter(place.words, place.w + P_DELIVERED, time);
    expect(isNew).toBe(!model.pending.has(id));
    if (!isNew) model.consumers.get(model.pending.get(id)!.consumer)!.delete(id);
    model.pending.set(id, { consumer, time });
    model.consumers.get(consumer)!.add(id);
  }
}

const MASTER = ['name', 'value', 'other', '17'];

function partsOf(random: Random): string[] {
  if (random.oneIn(2)) return MASTER.map((part, i) => (i % 2 === 0 ? part : String(random.between(-1e6, 1e12))));
  const pairs = random.between(1, random.pick([1, 3, 200]));
  return Array.from({ length: pairs * 2 }, () => random.pick(['f', '-5', 'x'.repeat(random.below(80)), '70000', '']));
}

function someId(subject: Subject, random: Random): bigint {
  const { entries, last } = subject;
  if (entries.length > 0 && random.oneIn(2)) return random.pick(entries).id + BigInt(random.between(-1, 1));
  return random.oneIn(3) ? last + BigInt(random.below(3)) : (last * BigInt(random.below(100))) / 100n;
}

function step(subject: Subject, random: Random): void {
  const { last } = subject;
  const kind = random.below(12);
  if (kind < 6) {
    for (let i = random.pick([1, 1, 20]); i > 0; i--) {
      const jump = random.pick([1n, 1n, 1000n, 1n << 40n, 1n << 63n, 1n << 64n, 5n << 64n, 1n << 100n]);
      subject.append(subject.last + jump, partsOf(random), random.pick([ID_GIVEN, ID_GIVEN, ID_SEQUENCE, ID_AUTO]));
    }
  } else if (kind < 8) for (let i = random.pick([1, 15]); i > 0; i--) subject.delete(maxZero(someId(subject, random)));
  else if (kind === 8) {
    const byLength = random.oneIn(2);
    const length = byLength ? random.below(subject.entries.length + 2) : -1;
    const limit = random.pick([0, 0, 5, 50]);
    subject.trim(length, maxZero(someId(subject, random)), random.oneIn(2), limit);
  } else if (kind === 9) {
    subject.append(last - 1n < 0n ? 0n : last - 1n, partsOf(random));
  } else changeGroups(subject, random);
}

function maxZero(id: bigint): bigint {
  return id < 0n ? 0n : id;
}

function relocate(subject: Subject, random: Random): void {
  const { db } = subject;
  db.arena.beginEvacuation();
  let cursor = 0;
  do cursor = streamOps.relocate!(db, subject.e, cursor, random.between(1, 8));
  while (cursor !== 0);
  db.arena.endEvacuation();
}

describe('streams', () => {
  it('behave like an array, whatever is done to them', () =>
    fuzz(10, (random) => {
      const subject = new Subject();
      subject.limits.streamNodeMaxEntries = random.pick([0, 1, 3, 10, 100, 200]);
      subject.limits.streamNodeMaxBytes = random.pick([0, 50, 500, 4096]);
      for (let i = 0; i < 150; i++) {
        step(subject, random);
        if (random.oneIn(15)) relocate(subject, random);
        if (random.oneIn(8)) subject.check();
        const [a, b] = [maxZero(someId(subject, random)), maxZero(someId(subject, random))];
        const reverse = random.oneIn(2);
        const expected = subject.entries.filter(({ id }) => id >= a && id <= b);
        expect(subject.range(a, b, reverse)).toEqual(expected);
      }
      subject.check();
      expect(streamOps.memoryUsage(subject.db, subject.e, 0)).toBeGreaterThan(80);
      subject.checkFreed(random);
    }));

  it('have counts of nodes that grow and shrink', () => {
    const subject = new Subject();
    subject.limits.streamNodeMaxBytes = 0;
    subject.limits.streamNodeMaxEntries = 0;
    for (let i = 1; i <= 3000; i++) subject.append(BigInt(i), ['f', 'v']);
    expect(treeCount(subject.db.arena, subject.root)).toBe(1);
    for (let i = 1; i <= 1300; i++) subject.delete(BigInt(i * 2));
    subject.check();
    subject.trim(10, 0n, false, 0);
    subject.check();
    expect(wordOf(subject.root)).toBeGreaterThan(0);
  });
});

describe('ids', () => {
  it('are read and written exactly', () =>
    fuzz(200, (random) => {
      const part = (): bigint => BigInt.asUintN(64, (1n << BigInt(random.below(65))) + BigInt(random.between(-2, 2)));
      const n = (part() << 64n) | part();
      const text = Buffer.from(textOf(n));
      const id = newId();
      expect(parseId(text, 0, text.length, id, false, true, false)).toBe(1);
      expect(numberOf(id)).toBe(n);
      expect(idText(id, 0)).toBe(textOf(n));
    }));
});
