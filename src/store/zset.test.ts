import { describe, expect, it } from 'vitest';
import { fuzz, type Random } from '../../test/support/fuzz.ts';
import { ENC_LISTPACK, ENC_SKIPLIST, TYPE_ZSET } from './entry-layout.ts';
import { hashBytes } from './hash.ts';
import { Keyspace } from './keyspace.ts';
import {
  ADD_GT,
  ADD_INCR,
  ADD_LT,
  ADD_NX,
  ADD_XX,
  added,
  OUTCOME_ADDED,
  OUTCOME_NAN,
  OUTCOME_NONE,
  OUTCOME_SAME,
  OUTCOME_UPDATED,
  zsetAdd,
  zsetCountBelowMember,
  zsetCountBelowScore,
  zsetCreate,
  zsetLength,
  zsetRank,
  zsetRemove,
  zsetRemoveRange,
  zsetScore,
} from './zset.ts';
import { ZsetBuilder } from './zset-build.ts';
import { setElementScore } from './zset-element.ts';
import { zsetListpackIsSound } from './zset-ops.ts';
import { ZsetWalk } from './zset-walk.ts';

const KEY = Buffer.from('key');
const walk = new ZsetWalk();

type Pair = [member: string, score: number];

/** A sorted set beside a map of the same members, as byte strings. */
class Model {
  readonly keyspace = new Keyspace(2);
  readonly db = this.keyspace.dbs[0]!;
  readonly scores = new Map<string, number>();
  e = 0;

  /** In their order. */
  get pairs(): Pair[] {
    return [...this.scores].sort(
      ([a, x], [b, y]) => x - y || Buffer.compare(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1')),
    );
  }

  get ops() {
    return this.keyspace.types.of(TYPE_ZSET);
  }

  add(text: string, score: number, flags: number): void {
    const member = Buffer.from(text, 'latin1');
    const { limits } = this.keyspace;
    if (this.e === 0) this.e = zsetCreate(this.db, limits, KEY, 0, KEY.length, member.length);
    this.e = zsetAdd(this.db, limits, this.e, score, member, 0, member.length, flags);
    const old = this.scores.get(text);
    const [outcome, now] = this.expected(old, score, flags);
    expect([added.outcome, text]).toEqual([outcome, text]);
    if (outcome !== OUTCOME_NONE && outcome !== OUTCOME_NAN) expect(added.score).toBe(now);
    if (now !== undefined) this.scores.set(text, now);
    this.deleteIfEmpty();
  }

  private expected(old: number | undefined, score: number, flags: number): [number, number | undefined] {
    if (old === undefined) return flags & ADD_XX ? [OUTCOME_NONE, undefined] : [OUTCOME_ADDED, score];
    if (flags & ADD_NX) return [OUTCOME_NONE, old];
    if (flags & ADD_INCR) score += old;
    if (Number.isNaN(score)) return [OUTCOME_NAN, old];
    if ((flags & ADD_GT && score <= old) || (flags & ADD_LT && score >= old)) return [OUTCOME_NONE, old];
    return [score === old ? OUTCOME_SAME : OUTCOME_UPDATED, score];
  }

  remove(text: string): void {
    if (this.e === 0) return;
    const member = Buffer.from(text, 'latin1');
    const removed = zsetRemove(this.db, this.e, member, 0, member.length);
    expect(removed !== 0).toBe(this.scores.delete(text));
    if (removed !== 0) this.e = removed;
    this.deleteIfEmpty();
  }

  removeRange(start: number, count: number): void {
    if (count === 0) return;
    for (const [member] of this.pairs.slice(start, start + count)) this.scores.delete(member);
    this.e = zsetRemoveRange(this.db, this.e, start, count);
    this.deleteIfEmpty();
  }

  private deleteIfEmpty(): void {
    if (this.scores.size > 0 || this.e === 0) return;
    expect(zsetLength(this.db, this.e)).toBe(0);
    this.db.deleteEntry(this.e);
    this.e = 0;
  }

  /** A range as the walker gives it. */
  walked(e: number, rank: number, count: number, reverse: boolean): Pair[] {
    const pairs: Pair[] = [];
    walk.start(this.db, e, rank, count, reverse);
    while (walk.next()) {
      const member = Buffer.from(walk.buf.subarray(walk.off, walk.off + walk.len)).toString('latin1');
      const words = Array.from({ length: walk.len }, (_, i) => walk.words.getUint8(walk.off + i));
      expect(Buffer.from(words).toString('latin1')).toBe(member);
      pairs.push([member, walk.score]);
    }
    return pairs;
  }

  /** The members from a score on, as the walker gives scores first and members when they are asked for. */
  walkedScores(e: number, min: number): Pair[] {
    const found: [place: number, score: number][] = [];
    walk.startScores(this.db, e, min);
    while (walk.nextScore()) found.push([walk.place, walk.score]);
    return found.map(([place, score]) => {
      walk.at(place);
      return [Buffer.from(walk.buf.subarray(walk.off, walk.off + walk.len)).toString('latin1'), score];
    });
  }

  verify(random: Random): void {
    const { pairs, db, e } = this;
    this.keyspace.validateIntegrity();
    if (e === 0) return;
    this.ops.validateIntegrity!(db, e);
    expect(zsetLength(db, e)).toBe(pairs.length);
    expect(this.walked(e, 0, pairs.length, false)).toEqual(pairs);
    const rank = random.below(pairs.length);
    const [text, score] = pairs[rank]!;
    const member = Buffer.from(text, 'latin1');
    expect(this.walked(e, rank, rank + 1, true)).toEqual(pairs.slice(0, rank + 1).reverse());
    expect(zsetRank(db, e, member, 0, member.length)).toBe(rank);
    expect(zsetScore(db, e, member, 0, member.length)).toBe(score);
    expect(zsetRank(db, e, KEY, 0, KEY.length)).toBe(-1);
    expect(zsetScore(db, e, KEY, 0, KEY.length)).toBeNaN();
    for (const orEqual of [false, true]) {
      const below = pairs.filter(([, other]) => (orEqual ? other <= score : other < score)).length;
      expect(zsetCountBelowScore(db, e, score, orEqual)).toBe(below);
    }
    expect(this.walkedScores(e, score)).toEqual(pairs.filter(([, other]) => other >= score));
    expect(readBack(this, e)).toEqual(this.inSavedOrder(e));
  }

  /** Large sets are saved from the highest score down. */
  inSavedOrder(e: number): Pair[] {
    return this.db.encoding(e) === ENC_SKIPLIST ? this.pairs.reverse() : this.pairs;
  }
}

/** A value as saving sees it. */
function readBack({ db, keyspace, ops }: Model, e: number): Pair[] {
  const pairs: Pair[] = [];
  let expected = 0;
  let member = '';
  ops.read!(keyspace.arena, db.encoding(e), db.u8(e), db.valOff(e), db.valLen(e), {
    count: (n) => {
      expected = n;
    },
    bytes: (buf, off, len) => {
      member = Buffer.from(buf.subarray(off, off + len)).toString('latin1');
    },
    number: (score) => pairs.push([member, score]),
  });
  expect(pairs.length).toBe(expected);
  return pairs;
}

function randomScore(random: Random): number {
  return random.pick([
    random.between(-3, 3),
    random.between(-1e6, 1e6),
    random.between(-1e6, 1e6) / 64,
    random.between(-1e9, 1e9) * 2 ** random.between(-40, 60),
    Infinity,
    -Infinity,
  ]);
}

function randomMember(random: Random, range: number): string {
  const n = random.below(range);
  return random.pick([String(n), `member:${n}`, String(-n), 'x'.repeat(n % 90), `${n}e`]);
}

describe('zset', () => {
  it('agrees with a map through all changes, small and large', () =>
    fuzz(6, (random) => {
      const model = new Model();
      const { limits } = model.keyspace;
      limits.zsetMaxListpackEntries = random.pick([0, 10, 128, 1e9]);
      limits.zsetMaxListpackValue = random.pick([10, 64, 1e9]);
      const range = random.pick([5, 100, 400]);
      for (let step = 0; step < 1200; step++) {
        const flags = random.oneIn(3) ? random.pick([ADD_NX, ADD_XX, ADD_GT, ADD_LT, ADD_XX | ADD_GT, ADD_INCR]) : 0;
        if (random.oneIn(3)) model.remove(randomMember(random, range));
        else model.add(randomMember(random, range), randomScore(random), flags);
        if (random.oneIn(100)) {
          const start = random.below(model.scores.size + 1);
          model.removeRange(start, random.below(model.scores.size - start + 1));
        }
        if (random.oneIn(40)) model.verify(random);
      }
      model.verify(random);
      model.removeRange(0, model.scores.size);
      expect(model.keyspace.arena.stats().blocks).toBe(0);
    }));

  it('changes its encoding with the limits', () => {
    const model = new Model();
    for (let i = 0; i < 128; i++) model.add(`m${i}`, i, 0);
    expect(model.db.encoding(model.e)).toBe(ENC_LISTPACK);
    model.add('m128', 1, ADD_XX);
    expect(model.db.encoding(model.e)).toBe(ENC_LISTPACK);
    model.add('m128', 1, 0);
    expect(model.db.encoding(model.e)).toBe(ENC_SKIPLIST);
    const other = new Model();
    other.add('x'.repeat(64), 1, 0);
    expect(other.db.encoding(other.e)).toBe(ENC_LISTPACK);
    other.add('x'.repeat(65), 1, 0);
    expect(other.db.encoding(other.e)).toBe(ENC_SKIPLIST);
  });

  it('counts members below a bound', () =>
    fuzz(3, (random) => {
      for (const entries of [0, 1e9]) {
        const model = new Model();
        model.keyspace.limits.zsetMaxListpackEntries = entries;
        for (let i = 0; i < 150; i++) model.add(randomMember(random, 60), 0, 0);
        for (let i = 0; i < 60; i++) {
          const bound = Buffer.from(randomMember(random, 60));
          for (const orEqual of [false, true]) {
            const below = model.pairs.filter(
              ([member]) => Buffer.compare(Buffer.from(member), bound) < (orEqual ? 1 : 0),
            );
            expect(zsetCountBelowMember(model.db, model.e, bound, 0, bound.length, orEqual)).toBe(below.length);
          }
        }
      }
    }));

  it('is copied, measured and freed in slices', () =>
    fuzz(4, (random) => {
      const model = new Model();
      const members = random.pick([20, 5000]);
      for (let i = 0; i < members; i++) model.add(`member:${i}`, randomScore(random), 0);
      const { db, ops, e } = model;
      const target = Buffer.from('copy');
      const made = ops.copy(db, e, db, target, 0, target.length) as number;
      ops.validateIntegrity!(db, made);
      expect(model.walked(made, 0, members, false)).toEqual(model.pairs);
      expect(ops.memoryUsage(db, made, 0)).toBeLessThanOrEqual(ops.memoryUsage(db, e, 0));
      if (members > 128) {
        expect(ops.memoryUsage(db, e, 0)).toBeGreaterThan(members * 30);
        expect(ops.freeEffort(db, e)).toBe(members);
        model.keyspace.deleteEntry(db, made, true);
        let slices = 0;
        for (; model.keyspace.lazyFree.pendingObjects > 0; slices++) model.keyspace.lazyFree.freeSome(300);
        expect(slices).toBeGreaterThan(10);
      } else db.deleteEntry(made);
      db.deleteEntry(e);
      expect(model.keyspace.arena.stats().blocks).toBe(0);
    }));

  it('moves block by block while it changes', () =>
    fuzz(4, (random) => {
      const model = new Model();
      model.keyspace.limits.zsetMaxListpackEntries = 0;
      const range = random.pick([3, 200, 1500]);
      const { arena } = model.keyspace;
      for (let i = 0; i < range; i++) model.add(randomMember(random, range), randomScore(random), 0);
      let moves = 0;
      arena.shouldMove = () => random.oneIn(2);
      const move = arena.move.bind(arena);
      arena.move = (ref) => {
        moves++;
        return move(ref);
      };
      for (let cycle = 0; cycle < 3; cycle++) {
        let cursor = 0;
        do {
          cursor = model.ops.relocate!(model.db, model.e, cursor, random.between(1, 300));
          for (let i = random.below(4); i > 0; i--) model.add(randomMember(random, range), randomScore(random), 0);
          if (random.oneIn(10)) model.remove(randomMember(random, range));
          if (model.e === 0) return;
        } while (cursor !== 0);
        model.verify(random);
      }
      expect(moves).toBeGreaterThan(3);
    }));

  it('is built apart and stored over any value', () =>
    fuzz(6, (random) => {
      const model = new Model();
      const { db, keyspace } = model;
      const builder = new ZsetBuilder(keyspace.arena);
      for (let i = random.pick([1, 100, 1000]); i > 0; i--) {
        const text = randomMember(random, random.pick([50, 400]));
        const score = randomScore(random);
        const member = Buffer.from(text);
        const hash = hashBytes(member, 0, member.length);
        const element = builder.find(member, null, 0, member.length, hash);
        if (element === 0) builder.collect(score, member, 0, member.length, hash);
        else setElementScore(keyspace.arena, element, score);
        model.scores.set(text, score);
      }
      builder.finish();
      if (random.oneIn(2)) db.setString(KEY, 0, KEY.length, KEY, 0, KEY.length, 0, false);
      model.e = builder.store(db, keyspace.limits, KEY, 0, KEY.length);
      const small = model.scores.size <= 128 && [...model.scores.keys()].every((member) => member.length <= 64);
      expect(db.encoding(model.e)).toBe(small ? ENC_LISTPACK : ENC_SKIPLIST);
      model.verify(random);
      db.deleteEntry(model.e);
      expect(keyspace.arena.stats().blocks).toBe(0);
    }));

  it('knows unsound listpacks', () => {
    const model = new Model();
    for (const [i, member] of ['a', '12', 'b', 'c'].entries()) model.add(member, i, 0);
    const { db, e } = model;
    const bytes = Buffer.from(db.u8(e).subarray(db.valOff(e), db.valOff(e) + db.valLen(e)));
    expect(zsetListpackIsSound(bytes, 0, bytes.length, true)).toBe(true);
    let accepted = 0;
    for (let at = 0; at < bytes.length; at++) {
      for (let value = 0; value < 256; value++) {
        const changed = Buffer.from(bytes);
        changed[at] = value;
        if (zsetListpackIsSound(changed, 0, changed.length, true)) accepted++;
      }
    }
    // Other members and scores that keep the order are as good.
    expect(accepted).toBeGreaterThan(bytes.length);
    expect(accepted).toBeLessThan(bytes.length * 256 * 0.2);
  });
});
