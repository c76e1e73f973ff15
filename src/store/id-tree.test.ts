/** The id tree against a sorted array: every change, every way to seek. */
import { describe, expect, it } from 'vitest';
import { fuzz, type Random } from '../../test/support/fuzz.ts';
import { Arena } from '../memory/arena.ts';
import { TreeCursor, treeAdd, treeCount, treeInit, treeRemove, treeRemoveFound } from './id-tree.ts';
import { TREE_WORDS, wordOf } from './id-tree-node.ts';
import { treeFreeSome, treeRelocate, treeSize, treeValidate } from './id-tree-whole.ts';
import { ID_WORDS, newId, setCounter, setCounter64 } from './stream-id.ts';

const cursor = new TreeCursor();

function idOf(n: number): Uint32Array {
  const id = newId();
  setCounter(id, 0, Math.floor(n / 1000) * 5_000_000_000);
  setCounter64(id, 2, (BigInt(n % 1000) << 59n) + BigInt(n % 1000));
  return id;
}

/** Values of up to 15 make ids that differ in every word. */
function idsIn(range: number): number[] {
  return Array.from({ length: range }, (_, i) => Math.floor(i / 16) * 1000 + (i % 16));
}

class Subject {
  readonly arena = new Arena();
  readonly tree: number = this.arena.alloc(TREE_WORDS * 4);
  readonly model = new Map<number, number>();
  readonly valueWords: number;

  constructor(valueWords: number) {
    this.valueWords = valueWords;
    treeInit(this.arena, this.tree, valueWords);
  }

  add(n: number, value: number): void {
    expect(treeAdd(this.arena, this.tree, idOf(n), 0, cursor)).toBe(!this.model.has(n));
    for (let i = 0; i < this.valueWords; i++) cursor.words[cursor.w + ID_WORDS + i] = value + i;
    this.model.set(n, value);
  }

  /** Removes it in either way. */
  remove(n: number, found: boolean): void {
    if (found && this.model.delete(n)) {
      expect(cursor.find(this.arena, this.tree, idOf(n), 0)).toBe(true);
      treeRemoveFound(this.arena, this.tree, cursor);
    } else expect(treeRemove(this.arena, this.tree, idOf(n), 0)).toBe(this.model.delete(n));
  }

  sorted(): number[] {
    return [...this.model.keys()].sort((a, b) => a - b);
  }

  check(): void {
    treeValidate(this.arena, this.tree);
    const ids = this.sorted();
    expect(treeCount(this.arena, this.tree)).toBe(ids.length);
    let k = 0;
    for (let more = cursor.first(this.arena, this.tree); more; more = cursor.next()) this.expectAt(ids[k++]);
    expect(k).toBe(ids.length);
    for (let more = cursor.last(this.arena, this.tree); more; more = cursor.prev()) this.expectAt(ids[--k]);
    expect(k).toBe(0);
  }

  expectAt(n: number | undefined): void {
    expect(n).toBeDefined();
    expect(cursor.words.slice(cursor.w, cursor.w + ID_WORDS)).toEqual(idOf(n!));
    for (let i = 0; i < this.valueWords; i++) {
      expect(cursor.words[cursor.w + ID_WORDS + i]).toBe(this.model.get(n!)! + i);
    }
  }

  seek(n: number): void {
    const ids = this.sorted();
    const at = ids.findIndex((each) => each >= n);
    const above = at < 0 ? undefined : ids[at];
    expect(cursor.find(this.arena, this.tree, idOf(n), 0)).toBe(this.model.has(n));
    expect(cursor.atLeast(this.arena, this.tree, idOf(n), 0)).toBe(above !== undefined);
    if (above !== undefined) this.expectAt(above);
    const below = above === n ? n : ids[(at < 0 ? ids.length : at) - 1];
    expect(cursor.atMost(this.arena, this.tree, idOf(n), 0)).toBe(below !== undefined);
    if (below !== undefined) this.expectAt(below);
  }

  relocate(random: Random): void {
    this.arena.beginEvacuation();
    for (let skip = 0; ; ) {
      const walk = { skip, budget: random.between(1, 5), seen: 0 };
      treeRelocate(this.arena, this.tree, walk, false);
      if (walk.seen === 0) break;
      skip += walk.seen;
    }
    this.arena.endEvacuation();
  }
}

describe('id tree', () => {
  it('behaves like a sorted array, whatever is done to it', () =>
    fuzz(6, (random) => {
      const subject = new Subject(random.pick([0, 1, 5]));
      const ids = idsIn(random.pick([20, 300, 6000]));
      for (let phase = 0; phase < 6; phase++) {
        const adding = random.oneIn(2) || phase === 0;
        const from = random.below(ids.length);
        for (let i = 0; i < ids.length / 2; i++) {
          const n = random.oneIn(2) ? random.pick(ids) : ids[(from + i) % ids.length]!;
          if (random.oneIn(8) ? !adding : adding) subject.add(n, random.below(1e6));
          else subject.remove(n, random.oneIn(2));
        }
        if (random.oneIn(3)) subject.relocate(random);
        subject.check();
        for (let i = 0; i < 20; i++) subject.seek(random.pick(ids) + random.below(2));
      }
      for (const n of random.shuffle(subject.sorted()).slice(random.below(10))) subject.remove(n, random.oneIn(2));
      subject.check();
      let slices = 0;
      while (treeFreeSome(subject.arena, subject.tree, random.between(1, 9), false) === 0) slices++;
      expect(slices).toBeLessThan(2000);
      treeValidate(subject.arena, subject.tree);
      subject.arena.free(subject.tree);
      subject.arena.validateIntegrity();
      expect(subject.arena.stats().blocks).toBe(0);
    }));

  it('is dense when filled in order, and small when it holds little', () => {
    const subject = new Subject(1);
    subject.add(1, 1);
    expect(treeSize(subject.arena, subject.tree).bytes).toBeLessThanOrEqual(64);
    const ids = idsIn(50_000);
    for (const n of ids) subject.add(n, n);
    const { bytes, leaves } = treeSize(subject.arena, subject.tree);
    expect(leaves).toBe(1000);
    expect(bytes / ids.length).toBeLessThan(21.5);
    treeValidate(subject.arena, subject.tree);
    expect(wordOf(subject.tree)).toBeGreaterThan(0);
  });

  it('gives memory back when nearly all of it is removed anywhere', () => {
    const subject = new Subject(5);
    const ids = idsIn(20_000);
    for (const n of ids) subject.add(n, n);
    const full = treeSize(subject.arena, subject.tree).bytes;
    for (const [i, n] of ids.entries()) if (i % 20 !== 0) subject.remove(n, false);
    subject.check();
    expect(treeSize(subject.arena, subject.tree).bytes).toBeLessThan(full / 4);
  });
});
