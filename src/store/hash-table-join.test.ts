import { expect, test } from 'vitest';
import { fuzz, type Random } from '../../test/support/fuzz.ts';
import { Arena } from '../memory/arena.ts';
import { hashBytes } from './hash.ts';
import { htInit, htInsert } from './hash-table.ts';
import { addToBucket, addWord, bucketRef, T_SIZE, TABLE_WORDS, tagOf } from './hash-table-buckets.ts';
import { elementKeyLen, elementKeyOff, newElement } from './hash-table-element.ts';
import { HashTableJoin } from './hash-table-join.ts';

/** What was in a block before it became an element's. */
const FILLER = 0xa5;
const join = new HashTableJoin();

/** Texts of all lengths that matter, among them some that differ in their last byte only. */
function text(random: Random): string {
  const len = random.pick([0, 1, 2, 3, 4, 7, 18, 19, 20, 123, 124, 125, 300, 70_000]);
  return 'x'.repeat(Math.max(0, len - 2)) + String(random.below(100)).padStart(2, '0').slice(0, Math.min(len, 2));
}

function tableOf(arena: Arena, keys: ReadonlySet<string>, crowded: boolean): number {
  const t = arena.alloc(TABLE_WORDS * 4);
  htInit(arena, t, 0, crowded ? 1 : 0);
  for (const key of keys) {
    const bytes = Buffer.from(key);
    const hash = hashBytes(bytes, 0, bytes.length);
    const e = newElement(arena, 0, bytes, 0, bytes.length, 0);
    // What was in the block before is behind the key.
    arena.u8[e >>> 22]!.fill(
      FILLER,
      elementKeyOff(arena, e, 0) + bytes.length,
      ((e & 0x3fffff) << 4) + arena.capacity(e),
    );
    if (!crowded) htInsert(arena, t, e, hash);
    else {
      // One bucket with as many overflow blocks as it takes.
      addToBucket(arena, t, bucketRef(arena, t, 0), e, tagOf(hash));
      addWord(arena, t, T_SIZE, 1);
    }
  }
  return t;
}

test('the join of tables is what all of them have', () =>
  fuzz(150, (random) => {
    const arena = new Arena();
    const pool = [...new Set(Array.from({ length: random.pick([5, 60, 1500]) }, () => text(random)))];
    const numbers = Array.from({ length: random.pick([0, 50, 3000]) }, (_, i) => `element:${i}`);
    const sets = Array.from({ length: random.between(1, 4) }, () => {
      const part = random.pick([2, 3, 10]);
      return new Set([...pool, ...numbers].filter(() => !random.oneIn(part)));
    });
    const roots = Uint32Array.from(sets.map((set) => tableOf(arena, set, set.size < 100 && random.oneIn(3))));
    // The same table may be named twice.
    if (random.oneIn(3)) roots[roots.length - 1] = roots[0]!;
    const named = sets.map((set, i) => (roots[i] === roots[0] ? sets[0]! : set));
    const found: string[] = [];
    join.start(arena, roots, roots.length);
    for (let e = join.next(); e !== 0; e = join.next()) {
      const off = elementKeyOff(arena, e, 0);
      found.push(Buffer.from(arena.u8[e >>> 22]!.subarray(off, off + elementKeyLen(arena, e, 0))).toString());
    }
    const expected = [...named[0]!].filter((key) => named.every((set) => set.has(key)));
    expect(found.sort()).toEqual(expected.sort());
  }));
