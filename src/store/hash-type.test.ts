import { describe, expect, it } from 'vitest';
import { fuzz, type Random } from '../../test/support/fuzz.ts';
import type { Db } from './db.ts';
import { ENC_HT, ENC_LISTPACK, ENC_LISTPACK_EX } from './entry-layout.ts';
import { hashOps } from './hash-ops.ts';
import { FieldText, HashIterator, readFieldAt, readValueAt } from './hash-read.ts';
import {
  expiryAt,
  fieldAdded,
  firstExpiry,
  firstToExpire,
  hashCreate,
  hashFind,
  hashMarkVolatile,
  hashRemoveAt,
  hashSet,
  hashSize,
  setExpiryAt,
} from './hash-type.ts';
import { Keyspace } from './keyspace.ts';
import type { ValueVisitor } from './value-ops.ts';

const KEY = Buffer.from('the key');

interface Field {
  value: string;
  expireMs: number;
}

const latin1 = (text: FieldText) => Buffer.from(text.buf.subarray(text.off, text.off + text.len)).toString('latin1');

class Subject {
  readonly keyspace = new Keyspace(1);
  readonly db: Db = this.keyspace.dbs[0]!;
  readonly model = new Map<string, Field>();

  get e(): number {
    return this.db.find(KEY, 0, KEY.length);
  }

  place(field: Buffer): number {
    return this.e === 0 ? 0 : hashFind(this.db, this.e, field, 0, field.length);
  }

  set(field: Buffer, value: Buffer, keepTtl = false): void {
    const { db } = this;
    const { limits } = this.keyspace;
    const name = field.toString('latin1');
    if (this.e === 0) hashCreate(db, limits, KEY, 0, KEY.length, 1);
    const at = hashSet(db, this.e, limits, field, 0, field.length, value, 0, value.length, keepTtl);
    expect(fieldAdded).toBe(!this.model.has(name));
    expect(hashMarkVolatile(db, at)).toBe(this.e);
    const expireMs = keepTtl ? (this.model.get(name)?.expireMs ?? 0) : 0;
    this.model.set(name, { value: value.toString('latin1'), expireMs });
  }

  remove(field: Buffer): void {
    const place = this.place(field);
    expect(place !== 0).toBe(this.model.delete(field.toString('latin1')));
    if (place !== 0) this.removeAt(place);
  }

  removeAt(place: number): void {
    const at = hashRemoveAt(this.db, this.e, place);
    expect(at).toBe(this.e);
    if (hashSize(this.db, at) === 0) this.db.deleteEntry(at);
    else hashMarkVolatile(this.db, at);
  }

  expire(field: Buffer, expireMs: number): void {
    const place = this.place(field);
    if (place === 0) return;
    hashMarkVolatile(this.db, setExpiryAt(this.db, this.e, place, expireMs));
    this.model.get(field.toString('latin1'))!.expireMs = expireMs;
  }

  fields(e = this.e): Map<string, Field> {
    const found = new Map<string, Field>();
    const iterator = new HashIterator();
    const text = new FieldText();
    iterator.start(this.db, e);
    while (iterator.next()) {
      readFieldAt(this.db, e, iterator.place, text);
      const name = latin1(text);
      readValueAt(this.db, e, iterator.place, text);
      expect(expiryAt(this.db, e, iterator.place)).toBe(iterator.expireMs);
      found.set(name, { value: latin1(text), expireMs: iterator.expireMs });
    }
    return found;
  }

  /** What a reader of the chunks alone sees. */
  read(): Map<string, Field> {
    const { db, e } = this;
    const found = new Map<string, Field>();
    const parts: (string | number)[] = [];
    let counted = 0;
    const visitor: ValueVisitor = {
      count: (n) => {
        counted = n;
      },
      bytes: (buf, off, len) => parts.push(Buffer.from(buf.subarray(off, off + len)).toString('latin1')),
      number: (n) => parts.push(n),
    };
    const memory = { u8: db.arena.u8.map((chunk) => chunk.slice()), u32: [] as Uint32Array[] };
    for (const chunk of memory.u8) memory.u32.push(new Uint32Array(chunk.buffer));
    hashOps.read!(memory, db.encoding(e), memory.u8[e >>> 22]!, db.valOff(e), db.valLen(e), visitor);
    const step = parts.length / counted;
    for (let i = 0; i < parts.length; i += step) {
      found.set(String(parts[i]), { value: String(parts[i + 1]), expireMs: step === 3 ? Number(parts[i + 2]) : 0 });
    }
    return found;
  }

  validate(): void {
    if (this.model.size === 0) expect(this.e).toBe(0);
    else {
      hashOps.validateIntegrity!(this.db, this.e);
      expect(hashSize(this.db, this.e)).toBe(this.model.size);
      expect(this.fields()).toEqual(this.model);
      const times = [...this.model.values()].map(({ expireMs }) => expireMs).filter((ms) => ms !== 0);
      expect(firstExpiry(this.db, this.e)).toBe(times.length === 0 ? 0 : Math.min(...times));
    }
    this.keyspace.validateIntegrity();
  }
}

function fieldOf(random: Random, domain: string): Buffer {
  if (domain === 'integers') return Buffer.from(String(random.between(-40, 40)));
  if (domain === 'many') return Buffer.from(`field:${random.below(900)}`);
  return random.oneIn(50) ? Buffer.alloc(random.below(300), 'x') : random.value(6);
}

function expiryOf(random: Random): number {
  return random.oneIn(6) ? 0 : random.pick([1_700_000_000_000, 2 ** 46 - 1000]) + random.below(1000);
}

describe('hash', () => {
  it('agrees with a Map in every encoding', () =>
    fuzz(10, (random) => {
      const subject = new Subject();
      const { limits } = subject.keyspace;
      limits.hashMaxListpackEntries = random.pick([0, 5, 100, 512]);
      limits.hashMaxListpackValue = random.pick([4, 64]);
      const domain = random.pick(['integers', 'many', 'mixed']);
      const expires = random.oneIn(2);
      let growing = true;
      for (let op = 0; op < 1500; op++) {
        if (random.oneIn(300)) growing = !growing;
        const field = fieldOf(random, domain);
        const known = subject.model.get(field.toString('latin1'));
        const place = subject.place(field);
        expect(place !== 0).toBe(known !== undefined);
        if (known !== undefined) expect(expiryAt(subject.db, subject.e, place)).toBe(known.expireMs);
        if (expires && random.oneIn(3)) subject.expire(field, expiryOf(random));
        else if (growing ? !random.oneIn(4) : random.oneIn(4)) {
          const value = random.oneIn(40) ? random.bytes(random.below(400)) : random.value(8);
          subject.set(field, value, random.oneIn(3));
        } else subject.remove(field);
        if (random.oneIn(250)) subject.validate();
      }
      subject.validate();
      if (subject.model.size > 0) subject.db.deleteEntry(subject.e);
      expect(subject.keyspace.arena.stats().blocks).toBe(0);
    }));

  it('gives fields in the order in which they expire', () =>
    fuzz(10, (random) => {
      const subject = new Subject();
      const count = random.pick([20, 400, 2000]);
      if (random.oneIn(2)) subject.keyspace.limits.hashMaxListpackEntries = 5;
      for (let i = 0; i < count; i++) {
        const field = Buffer.from(`field:${i}`);
        subject.set(field, Buffer.from('v'));
        if (!random.oneIn(4)) subject.expire(field, 1000 + random.below(count));
      }
      for (let last = 0; ; ) {
        const place = firstToExpire(subject.db, subject.e);
        if (place === 0) break;
        const expireMs = firstExpiry(subject.db, subject.e);
        expect(expiryAt(subject.db, subject.e, place)).toBe(expireMs);
        expect(expireMs).toBeGreaterThanOrEqual(last);
        last = expireMs;
        const text = new FieldText();
        readFieldAt(subject.db, subject.e, place, text);
        subject.model.delete(latin1(text));
        subject.removeAt(place);
        if (subject.model.size === 0) break;
        if (random.oneIn(50)) subject.validate();
      }
      expect([...subject.model.values()].every(({ expireMs }) => expireMs === 0)).toBe(true);
      subject.validate();
    }));

  it('changes its encoding by size and expiry', () => {
    const subject = new Subject();
    const { db } = subject;
    for (let i = 0; i < 512; i++) subject.set(Buffer.from(`f${i}`), Buffer.from('v'));
    expect(db.encoding(subject.e)).toBe(ENC_LISTPACK);
    subject.expire(Buffer.from('f7'), 5000);
    expect(db.encoding(subject.e)).toBe(ENC_LISTPACK_EX);
    subject.expire(Buffer.from('f7'), 0);
    expect(db.encoding(subject.e)).toBe(ENC_LISTPACK_EX);
    expect(db.hasVolatileFields(subject.e)).toBe(false);
    subject.expire(Buffer.from('f9'), 5000);
    subject.set(Buffer.from('f512'), Buffer.from('v'));
    expect(db.encoding(subject.e)).toBe(ENC_HT);
    expect(db.hasVolatileFields(subject.e)).toBe(true);
    subject.validate();
  });

  it('stays whole while its blocks move', () =>
    fuzz(8, (random) => {
      const subject = new Subject();
      const { db } = subject;
      const { arena } = db;
      for (let i = 0; i < random.pick([50, 600, 4000]); i++) {
        const field = Buffer.from(`field:${i}`);
        subject.set(field, random.value(60));
        if (random.oneIn(3)) subject.expire(field, expiryOf(random));
      }
      subject.keyspace.limits.hashMaxListpackEntries = 0;
      subject.set(Buffer.from('one more'), Buffer.from('v'));
      let moved = 0;
      arena.shouldMove = () => random.oneIn(2) && ++moved > 0;
      for (let cursor = 0, steps = 0; steps === 0 || cursor !== 0; steps++) {
        cursor = hashOps.relocate!(db, subject.e, cursor, 100);
        if (random.oneIn(5)) {
          // Between two steps anything may happen to it.
          subject.set(Buffer.from(`field:${random.below(5000)}`), random.value(60), random.oneIn(2));
          subject.remove(Buffer.from(`field:${random.below(5000)}`));
          subject.expire(Buffer.from(`field:${random.below(5000)}`), expiryOf(random));
        }
      }
      // Half of 50 fields and their table, on average.
      expect(moved).toBeGreaterThan(5);
      subject.validate();
    }));

  it('is copied, read from raw memory, measured, and freed in slices', () => {
    for (const size of [3, 100, 3000]) {
      for (const expires of [false, true]) {
        const subject = new Subject();
        const { db, keyspace } = subject;
        for (let i = 0; i < size; i++) {
          subject.set(Buffer.from(`field:${i}`), Buffer.from(`value ${i}`));
          if (expires && i % 3 === 0) subject.expire(Buffer.from(`field:${i}`), 10_000_000 - i);
        }
        expect(subject.read()).toEqual(subject.model);
        const other = Buffer.from('copy');
        const copy = hashOps.copy(db, subject.e, db, other, 0, other.length) as number;
        expect(subject.fields(copy)).toEqual(subject.model);
        hashOps.validateIntegrity!(db, copy);
        const isTable = db.encoding(copy) === ENC_HT;
        const usage = hashOps.memoryUsage(db, copy, 0);
        expect(usage > 0).toBe(isTable);
        expect(Math.abs(hashOps.memoryUsage(db, copy, 5) - usage) <= usage / 3).toBe(true);
        for (let i = 0; i < size; i += 2) {
          const field = Buffer.from(`field:${i}`);
          const e = db.find(other, 0, other.length);
          hashRemoveAt(db, e, hashFind(db, e, field, 0, field.length));
          hashMarkVolatile(db, db.find(other, 0, other.length));
        }
        subject.validate();
        keyspace.deleteEntry(db, subject.e, true);
        if (isTable) {
          const { blocks } = keyspace.arena.stats();
          keyspace.lazyFree.freeSome(100);
          expect(keyspace.arena.stats().blocks).toBeGreaterThan(blocks - 250);
          while (keyspace.lazyFree.freeSome(100));
        }
        db.deleteEntry(db.find(other, 0, other.length));
        expect(keyspace.arena.stats().blocks).toBe(0);
      }
    }
  });
});
