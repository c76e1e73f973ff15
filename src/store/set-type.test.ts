import { describe, expect, it } from 'vitest';
import { fuzz, type Random } from '../../test/support/fuzz.ts';
import type { Db } from './db.ts';
import { ENC_HT, ENC_INTSET, ENC_LISTPACK, TYPE_SET } from './entry-layout.ts';
import { Keyspace } from './keyspace.ts';
import { SetIterator } from './set-iterator.ts';
import { setOps } from './set-ops.ts';
import { tableToListpack, takeRandomMember, takeRandomMembers } from './set-random.ts';
import { setAdd, setCreate, setHas, setRemove, setSize, setToIntset } from './set-type.ts';
import type { ValueVisitor } from './value-ops.ts';

const KEY = Buffer.from('the key');

class Subject {
  readonly keyspace = new Keyspace(1);
  readonly db: Db = this.keyspace.dbs[0]!;
  readonly model = new Set<string>();

  get e(): number {
    return this.db.find(KEY, 0, KEY.length);
  }

  add(member: Buffer): boolean {
    const { db } = this;
    const { limits } = this.keyspace;
    if (this.e === 0) setCreate(db, limits, KEY, 0, KEY.length, member, 0, member.length, 1);
    const at = setAdd(db, this.e, limits, member, 0, member.length);
    if (at !== 0) expect(at).toBe(this.e);
    this.model.add(member.toString('latin1'));
    return at !== 0;
  }

  remove(member: Buffer): boolean {
    const at = setRemove(this.db, this.e, member, 0, member.length);
    if (at !== 0) this.afterRemoval(at);
    this.model.delete(member.toString('latin1'));
    return at !== 0;
  }

  afterRemoval(at: number): void {
    expect(at).toBe(this.e);
    if (setSize(this.db, at) === 0) this.db.deleteEntry(at);
  }

  has(member: Buffer): boolean {
    return setHas(this.db, this.e, member, 0, member.length);
  }

  members(e = this.e): Set<string> {
    const found = new Set<string>();
    const iterator = new SetIterator();
    iterator.start(this.db, e);
    while (iterator.next()) {
      found.add(Buffer.from(iterator.buf.subarray(iterator.off, iterator.off + iterator.len)).toString('latin1'));
    }
    return found;
  }

  /** What a reader of the chunks alone sees. */
  read(): Set<string> {
    const { db, e } = this;
    const { arena } = db;
    const found = new Set<string>();
    let counted = 0;
    const visitor: ValueVisitor = {
      count: (n) => {
        counted = n;
      },
      bytes: (buf, off, len) => found.add(Buffer.from(buf.subarray(off, off + len)).toString('latin1')),
      number: () => expect.fail('sets have no numbers'),
    };
    const memory = { u8: arena.u8.map((chunk) => chunk.slice()), u32: [] as Uint32Array[] };
    for (const chunk of memory.u8) memory.u32.push(new Uint32Array(chunk.buffer));
    setOps.read!(memory, db.encoding(e), memory.u8[e >>> 22]!, db.valOff(e), db.valLen(e), visitor);
    expect(counted).toBe(found.size);
    return found;
  }

  validate(): void {
    if (this.model.size === 0) expect(this.e).toBe(0);
    else {
      setOps.validateIntegrity!(this.db, this.e);
      expect(setSize(this.db, this.e)).toBe(this.model.size);
      expect(this.members()).toEqual(this.model);
    }
    this.keyspace.validateIntegrity();
  }
}

function memberOf(random: Random, domain: string): Buffer {
  switch (domain) {
    case 'small':
      return Buffer.from(String(random.between(-50, 50)));
    case 'integers':
      return Buffer.from(
        String(BigInt(random.between(-9, 9)) * 10n ** BigInt(random.below(19)) + BigInt(random.below(100))),
      );
    case 'texts':
      return Buffer.from(`member:${random.below(700)}`);
    default:
      return random.oneIn(50) ? Buffer.alloc(random.below(300), 'x') : random.value(6);
  }
}

describe('set', () => {
  it('agrees with a Set in every encoding', () =>
    fuzz(10, (random) => {
      const subject = new Subject();
      const { limits } = subject.keyspace;
      limits.setMaxIntsetEntries = random.pick([0, 5, 512]);
      limits.setMaxListpackEntries = random.pick([0, 5, 128]);
      limits.setMaxListpackValue = random.pick([0, 4, 64]);
      let domain = random.pick(['small', 'integers', 'texts', 'mixed']);
      let growing = true;
      for (let op = 0; op < 1500; op++) {
        if (random.oneIn(200)) growing = !growing;
        if (random.oneIn(500)) domain = random.pick(['small', 'integers', 'texts', 'mixed']);
        const member = memberOf(random, domain);
        const had = subject.model.has(member.toString('latin1'));
        if (subject.model.size > 0) expect(subject.has(member)).toBe(had);
        if (growing ? !random.oneIn(4) : random.oneIn(4)) expect(subject.add(member)).toBe(!had);
        else if (subject.model.size > 0) expect(subject.remove(member)).toBe(had);
        if (random.oneIn(250)) subject.validate();
      }
      subject.validate();
      if (subject.model.size > 0) subject.db.deleteEntry(subject.e);
      expect(subject.keyspace.arena.stats().blocks).toBe(0);
    }));

  it('gives every member away at random', () =>
    fuzz(10, (random) => {
      const subject = new Subject();
      const domain = random.pick(['small', 'integers', 'texts', 'mixed']);
      for (let i = 0; i < 400; i++) subject.add(memberOf(random, domain));
      const take = (buf: Uint8Array, off: number, len: number) => {
        const member = Buffer.from(buf.subarray(off, off + len)).toString('latin1');
        expect(subject.model.delete(member)).toBe(true);
      };
      while (subject.model.size > 0) {
        const before = subject.model.size;
        const count = random.below(Math.min(before, 60));
        if (count > 0) subject.afterRemoval(takeRandomMembers(subject.db, subject.e, count, take));
        else subject.afterRemoval(takeRandomMember(subject.db, subject.e, take));
        expect(subject.model.size).toBe(before - Math.max(count, 1));
        if (random.oneIn(5)) subject.validate();
        if (subject.model.size > 0 && subject.db.encoding(subject.e) === ENC_HT && random.oneIn(4)) {
          tableToListpack(subject.db, subject.e, subject.keyspace.limits);
          subject.validate();
        }
      }
      expect(subject.keyspace.arena.stats().blocks).toBe(0);
    }));

  it('takes every member of a small set equally often', () => {
    for (const [encoding, name] of [
      [ENC_LISTPACK, 'm'],
      [ENC_INTSET, ''],
    ] as const) {
      const taken = new Array<number>(10).fill(0);
      const subject = new Subject();
      for (let round = 0; round < 1000; round++) {
        for (let i = 0; i < 10; i++) subject.add(Buffer.from(`${name}${i}`));
        expect(subject.db.encoding(subject.e)).toBe(encoding);
        takeRandomMembers(subject.db, subject.e, 3, (buf, off, len) => {
          // Each ends in its digit.
          taken[buf[off + len - 1]! - 48]!++;
        });
      }
      // 7 standard deviations.
      for (const n of taken) expect(Math.abs(n - 300)).toBeLessThan(100);
    }
  });

  it('stays whole while its blocks move', () =>
    fuzz(8, (random) => {
      const subject = new Subject();
      const { db } = subject;
      const { arena } = db;
      for (let i = 0; i < random.pick([600, 3000, 6000]); i++) subject.add(Buffer.from(`member:${i}`));
      let moved = 0;
      arena.shouldMove = () => random.oneIn(2) && ++moved > 0;
      for (let cursor = 0, steps = 0; steps === 0 || cursor !== 0; steps++) {
        cursor = setOps.relocate!(db, subject.e, cursor, 100);
        if (random.oneIn(5)) {
          // Between two steps anything may happen to it.
          for (let i = 0; i < 40; i++) subject.add(Buffer.from(`member:${random.below(9000)}`));
          for (let i = 0; i < 40; i++) subject.remove(Buffer.from(`member:${random.below(9000)}`));
        }
      }
      expect(moved).toBeGreaterThan(200);
      subject.validate();
    }));

  it('is copied, read from raw memory, measured, and freed in slices', () => {
    for (const size of [3, 100, 600, 5000]) {
      for (const name of ['', 'member:']) {
        const subject = new Subject();
        const { db, keyspace } = subject;
        for (let i = 0; i < size; i++) subject.add(Buffer.from(`${name}${i}`));
        expect(subject.read()).toEqual(subject.model);
        const other = Buffer.from('copy');
        const copy = setOps.copy(db, subject.e, db, other, 0, other.length) as number;
        expect(db.encoding(copy)).toBe(db.encoding(subject.e));
        expect(subject.members(copy)).toEqual(subject.model);
        setOps.validateIntegrity!(db, copy);
        const isTable = db.encoding(copy) === ENC_HT;
        const usage = setOps.memoryUsage(db, copy, 0);
        expect(usage > 0).toBe(isTable);
        expect(Math.abs(setOps.memoryUsage(db, copy, 5) - usage) <= usage / 3).toBe(true);
        for (let i = 0; i < size; i += 2) {
          const member = Buffer.from(`${name}${i}`);
          setRemove(db, db.find(other, 0, other.length), member, 0, member.length);
        }
        subject.validate();
        const { blocks } = keyspace.arena.stats();
        if (isTable) {
          keyspace.deleteEntry(db, subject.e, true);
          keyspace.lazyFree.freeSome(100);
          const left = keyspace.arena.stats().blocks;
          expect(left).toBeLessThan(blocks);
          expect(left).toBeGreaterThan(blocks - 250);
          while (keyspace.lazyFree.freeSome(100));
        } else keyspace.deleteEntry(db, subject.e, true);
        db.deleteEntry(db.find(other, 0, other.length));
        expect(keyspace.arena.stats().blocks).toBe(0);
      }
    }
  });

  it('becomes an intset again', () => {
    const subject = new Subject();
    const { db, keyspace } = subject;
    keyspace.limits.setMaxIntsetEntries = 0;
    for (let i = -100; i < 300; i++) subject.add(Buffer.from(String(i * 1e6)));
    expect(db.encoding(subject.e)).toBe(ENC_HT);
    keyspace.limits.setMaxIntsetEntries = 400;
    setToIntset(db, subject.e, keyspace.limits);
    expect(db.encoding(subject.e)).toBe(ENC_INTSET);
    subject.validate();
    expect(keyspace.arena.stats().blocks).toBe(1);
    expect(db.type(subject.e)).toBe(TYPE_SET);
  });
});
