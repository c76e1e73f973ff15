import { describe, expect, it } from 'vitest';
import { fuzz, type Random } from '../../test/support/fuzz.ts';
import { Arena } from '../memory/arena.ts';
import { removeRun, treeInit, treeInsert, treeLength, treeMove, treeRemove } from './btree.ts';
import { LEAF_CAPACITY, pathAt, pathNode, TREE_ROOT_BYTES } from './btree-node.ts';
import {
  countBelowMember,
  countBelowScore,
  elementAt,
  entryOf,
  entryScore,
  leafLength,
  nextLeaf,
  previousLeaf,
  rankOf,
  seek,
} from './btree-search.ts';
import { treeBytes, treeFreeSome, treeValidate } from './btree-whole.ts';
import { elementScore, memberLength, memberOffset, newZsetElement, setElementScore } from './zset-element.ts';

interface Entry {
  score: number;
  readonly member: Buffer;
  readonly element: number;
}

function before(a: { score: number; member: Buffer }, b: { score: number; member: Buffer }): boolean {
  return a.score === b.score ? Buffer.compare(a.member, b.member) < 0 : a.score < b.score;
}

/** A tree beside a sorted array of the same elements. */
class Model {
  readonly arena = new Arena();
  readonly tree = this.arena.alloc(TREE_ROOT_BYTES);
  readonly entries: Entry[] = [];
  private serial = 0;

  constructor() {
    treeInit(this.arena, this.tree);
  }

  /** How many entries satisfy `isBefore`, which must hold for a beginning of the entries. */
  lowerBound(isBefore: (entry: Entry) => boolean): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if (isBefore(this.entries[mid]!)) low = mid + 1;
      else high = mid;
    }
    return low;
  }

  insert(score: number, prefix: Buffer): void {
    const member = Buffer.concat([prefix, Buffer.from(String(this.serial++).padStart(6, '0'))]);
    const element = newZsetElement(this.arena, score, member, 0, member.length);
    treeInsert(this.arena, this.tree, score, element);
    const entry = { score, member, element };
    this.entries.splice(
      this.lowerBound((other) => before(other, entry)),
      0,
      entry,
    );
  }

  remove(index: number): void {
    const [{ score, element }] = this.entries.splice(index, 1) as [Entry];
    treeRemove(this.arena, this.tree, score, element);
    this.arena.free(element);
  }

  move(index: number, score: number): void {
    const [entry] = this.entries.splice(index, 1) as [Entry];
    treeMove(this.arena, this.tree, entry.score, score, entry.element);
    setElementScore(this.arena, entry.element, score);
    entry.score = score;
    this.entries.splice(
      this.lowerBound((other) => before(other, entry)),
      0,
      entry,
    );
  }

  removeRange(start: number, end: number): void {
    for (let left = end - start; left > 0; ) {
      seek(this.arena, this.tree, start);
      left -= removeRun(this.arena, this.tree, left);
    }
    for (const { element } of this.entries.splice(start, end - start)) this.arena.free(element);
  }

  /** The whole tree, forwards and backwards, and its own checks. */
  verify(): void {
    const { arena, tree, entries } = this;
    treeValidate(arena, tree);
    arena.validateIntegrity();
    expect(treeLength(arena, tree)).toBe(entries.length);
    if (entries.length === 0) return;
    seek(arena, tree, 0);
    let at = 0;
    for (let leaf = pathNode[0]!; leaf !== 0; leaf = nextLeaf(arena, leaf)) {
      for (let i = 0; i < leafLength(arena, leaf); i++, at++) {
        if (entryOf(arena, leaf, i) !== entries[at]!.element) throw new Error(`wrong element at ${at}`);
        if (!Object.is(entryScore(arena, leaf, i), entries[at]!.score)) throw new Error(`wrong score at ${at}`);
      }
    }
    expect(at).toBe(entries.length);
    seek(arena, tree, entries.length - 1);
    expect(pathAt[0]).toBe(leafLength(arena, pathNode[0]!) - 1);
    for (let leaf = pathNode[0]!; leaf !== 0; leaf = previousLeaf(arena, leaf)) at -= leafLength(arena, leaf);
    expect(at).toBe(0);
  }

  /** One of each search. */
  probe(random: Random): void {
    const { arena, tree, entries } = this;
    if (entries.length === 0) return;
    const index = random.below(entries.length);
    const { score, element } = entries[index]!;
    if (rankOf(arena, tree, score, element) !== index) throw new Error(`wrong rank of entry ${index}`);
    if (elementAt(arena, tree, index) !== element) throw new Error(`wrong element at rank ${index}`);
    const limit = random.oneIn(2) ? score : score + random.pick([-0.5, 0.5, Infinity, -Infinity]);
    for (const orEqual of [false, true]) {
      const expected = this.lowerBound((other) => (orEqual ? other.score <= limit : other.score < limit));
      if (countBelowScore(arena, tree, limit, orEqual) !== expected) throw new Error(`wrong count below ${limit}`);
    }
  }
}

/** Few equal scores, many, all the same, or growing either way. */
function scores(random: Random): (i: number) => number {
  const range = random.pick([1, 3, 50, 1e9]);
  return random.pick<(i: number) => number>([
    (i) => i,
    (i) => -i,
    () => random.between(-range, range),
    () => random.between(-range, range) / 7,
    () => random.pick([0, -0, Infinity, -Infinity, random.between(-5, 5)]),
  ]);
}

describe('btree', () => {
  it('agrees with a sorted array through all changes', () =>
    fuzz(4, (random) => {
      const model = new Model();
      const most = random.pick([10, 200, 3000, 12_000]);
      for (let phase = 0; phase < 4; phase++) {
        const next = scores(random);
        const growing = phase % 2 === 0;
        const steps = growing ? random.below(most) : random.below(model.entries.length * 2 + 1);
        for (let i = 0; i < steps; i++) {
          const { length } = model.entries;
          if (length > 0 && random.oneIn(4)) model.move(random.below(length), next(i));
          if (growing || length === 0) model.insert(next(i), random.bytes(random.below(4)));
          else model.remove(random.pick([0, length - 1, random.below(length)]));
          if (random.oneIn(8)) model.probe(random);
        }
        if (random.oneIn(2)) {
          const start = random.below(model.entries.length + 1);
          model.removeRange(start, Math.min(model.entries.length, start + random.below(most)));
        }
        model.verify();
      }
      model.removeRange(0, model.entries.length);
      model.verify();
      expect(model.arena.stats().blocks).toBe(1);
    }));

  it('counts members below a bound where all scores are equal', () =>
    fuzz(4, (random) => {
      const model = new Model();
      const count = random.below(8000);
      for (let i = 0; i < count; i++) model.insert(7, random.bytes(random.below(3)));
      for (let i = 0; i < 500; i++) {
        const bound = random.oneIn(2) && count > 0 ? random.pick(model.entries).member : random.bytes(random.below(3));
        for (const orEqual of [false, true]) {
          const expected = model.lowerBound(({ member }) => Buffer.compare(member, bound) < (orEqual ? 1 : 0));
          expect(countBelowMember(model.arena, model.tree, bound, 0, bound.length, orEqual)).toBe(expected);
        }
      }
    }));

  it('packs elements that come in order densely, either way', () => {
    for (const sign of [1, -1]) {
      const model = new Model();
      for (let i = 0; i < LEAF_CAPACITY * 200; i++) model.insert(i * sign, Buffer.alloc(0));
      model.verify();
      expect(treeBytes(model.arena, model.tree) / model.entries.length).toBeLessThan(13.5);
    }
  });

  it('is freed in slices', () => {
    const model = new Model();
    for (let i = 0; i < 20_000; i++) model.insert((i * 7919) % 20_011, Buffer.alloc(0));
    const leaves = 1 + model.arena.stats().blocks - 20_000 - 2;
    let freed = 0;
    for (let slice = -1; slice !== 0; freed += slice) slice = treeFreeSome(model.arena, model.tree, 50);
    expect(freed + 1).toBeGreaterThan(20_000 / LEAF_CAPACITY);
    expect(freed + 1).toBeLessThan(leaves);
    expect(model.arena.stats().blocks).toBe(1 + 20_000);
    treeValidate(model.arena, model.tree);
  });

  it('keeps an element where it was when there is no memory to move it', () => {
    const model = new Model();
    for (let i = 0; i < LEAF_CAPACITY * 3; i++) model.insert(i, Buffer.alloc(0));
    const { arena, tree, entries } = model;
    const { element } = entries[0]!;
    const alloc = arena.alloc;
    arena.alloc = () => {
      throw new RangeError('no memory');
    };
    expect(() => treeMove(arena, tree, 0, 100.5, element)).toThrow('no memory');
    const spare = Buffer.from('spare');
    expect(() => newZsetElement(arena, 1, spare, 0, spare.length)).toThrow('no memory');
    arena.alloc = alloc;
    expect(elementScore(arena, element)).toBe(0);
    expect(memberLength(arena, element)).toBe(6);
    expect(arena.u8[element >>> 22]![memberOffset(arena, element)]).toBe(48);
    model.verify();
  });

  it('throws when an element is not where its score belongs', () => {
    const model = new Model();
    for (let i = 0; i < 100; i++) model.insert(i, Buffer.alloc(0));
    expect(() => treeRemove(model.arena, model.tree, 3.5, model.entries[3]!.element)).toThrow('not where its score');
    expect(() => seek(model.arena, model.tree, 100)).toThrow(RangeError);
  });
});
