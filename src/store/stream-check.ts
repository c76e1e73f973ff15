/** Checks of streams: of what we made ourselves, and of nodes from outside. */
import type { Arena } from '../memory/arena.ts';
import { TreeCursor, treeCount } from './id-tree.ts';
import { wordOf } from './id-tree-node.ts';
import { treeValidate } from './id-tree-whole.ts';
import { LP_END, LP_HEADER_BYTES, lpBytes, lpInteger, lpIsInteger, lpSkip } from './listpack.ts';
import { lpValidateIntegrity } from './listpack-check.ts';
import { S_FIRST_ID, S_GROUPS, S_LAST_ID, streamLength, wordsAt } from './stream.ts';
import { G_CONSUMERS, memberAt, memberCount, nameLen, nameOff, P_CONSUMER } from './stream-group.ts';
import { compareIds, ID_WORDS, MIN_ID, newId } from './stream-id.ts';
import { StreamIterator } from './stream-iterator.ts';
import { ENTRY_DELETED, ENTRY_ELEMENTS, ENTRY_SAME_FIELDS } from './stream-node.ts';

function fail(text: string): never {
  throw new Error(`stream: ${text}`);
}

/**
 * Whether `len` bytes from outside are the listpack of a stream's node; `deep`: with entries that can be walked both ways
 * and right counts. O(elements) when deep.
 */
export function streamNodeIsSound(u8: Uint8Array, lp: number, len: number, deep: boolean): boolean {
  if (!lpValidateIntegrity(u8, lp, len, deep)) return false;
  if (!deep) return true;
  const walk = new NodeWalk(u8, lp + LP_HEADER_BYTES);
  const count = walk.integer();
  const deleted = walk.integer();
  const fields = walk.integer();
  if (!(count >= 0) || !(deleted >= 0) || !(fields > 0) || !walk.skip(fields) || walk.integer() !== 0) return false;
  let counted = 0;
  let marked = 0;
  while (!walk.ended) {
    const flags = walk.integer();
    if (!(flags >= 0 && flags <= (ENTRY_DELETED | ENTRY_SAME_FIELDS)) || !walk.skipIntegers(2)) return false;
    const own = (flags & ENTRY_SAME_FIELDS) === 0;
    const pairs = own ? walk.integer() : fields;
    if (!(pairs > 0)) return false;
    const elements = own ? pairs * 2 + 1 : pairs;
    if (!walk.skip(own ? pairs * 2 : pairs) || walk.integer() !== ENTRY_ELEMENTS + elements) return false;
    if ((flags & ENTRY_DELETED) !== 0) marked++;
    else counted++;
  }
  return counted === count && marked === deleted && counted + marked > 0;
}

/** Steps through a sound listpack. */
class NodeWalk {
  private readonly u8: Uint8Array;
  private p: number;

  constructor(u8: Uint8Array, p: number) {
    this.u8 = u8;
    this.p = p;
  }

  get ended(): boolean {
    return this.u8[this.p] === LP_END;
  }

  /** The integer here, and goes on; NaN when there is none. */
  integer(): number {
    if (this.ended || !lpIsInteger(this.u8, this.p)) return Number.NaN;
    const n = lpInteger(this.u8, this.p);
    this.p = lpSkip(this.u8, this.p);
    return n;
  }

  skip(elements: number): boolean {
    for (; elements > 0 && !this.ended; elements--) this.p = lpSkip(this.u8, this.p);
    return elements === 0;
  }

  skipIntegers(count: number): boolean {
    for (; count > 0; count--) if (Number.isNaN(this.integer())) return false;
    return true;
  }
}

/** Checks a whole stream; throws an Error that says what is wrong. O(n). */
export function streamValidate(arena: Arena, root: number): void {
  treeValidate(arena, root);
  const nodes = new TreeCursor();
  for (let more = nodes.first(arena, root); more; more = nodes.next()) {
    const ref = nodes.words[nodes.w + ID_WORDS]!;
    const u8 = arena.u8[ref >>> 22]!;
    const lp = (ref & 0x3fffff) << 4;
    if (lpBytes(u8, lp) > arena.capacity(ref)) fail('a node is larger than its block');
    if (!streamNodeIsSound(u8, lp, lpBytes(u8, lp), true)) fail('a node is not sound');
  }
  validateEntries(arena, root);
  validateNames(arena, root, S_GROUPS);
  const groups = memberCount(arena, root, S_GROUPS);
  for (let i = 0; i < groups; i++) validateGroup(arena, memberAt(arena, root, S_GROUPS, i));
}

/** Order, number and edges of the entries, in both directions. */
function validateEntries(arena: Arena, root: number): void {
  const words = wordsAt(arena, root);
  const w = wordOf(root);
  for (const reverse of [false, true]) {
    const iterator = new StreamIterator();
    const last = newId();
    let count = 0;
    iterator.all(arena, root, reverse);
    while (iterator.next(arena)) {
      const edge = count === 0 && !reverse;
      if (edge && compareIds(iterator.id, 0, words, w + S_FIRST_ID) !== 0) fail('wrong first id');
      const order = count === 0 ? -1 : compareIds(last, 0, iterator.id, 0);
      if (reverse && count > 0 ? order <= 0 : order >= 0) fail('entries are out of order');
      if (compareIds(iterator.id, 0, words, w + S_LAST_ID) > 0) fail('an entry is above the last id');
      last.set(iterator.id);
      count++;
    }
    if (count !== streamLength(arena, root)) fail(`its length is ${streamLength(arena, root)}, not ${count}`);
    if (count === 0 && compareIds(MIN_ID, 0, words, w + S_FIRST_ID) !== 0) fail('an empty one has a first id');
  }
}

function validateNames(arena: Arena, owner: number, at: number): void {
  let last: Buffer | null = null;
  for (let i = 0; i < memberCount(arena, owner, at); i++) {
    const ref = memberAt(arena, owner, at, i);
    const off = nameOff(ref);
    const name = Buffer.from(arena.u8[ref >>> 22]!.subarray(off, off + nameLen(arena, ref)));
    if (last !== null && Buffer.compare(last, name) >= 0) fail('names are out of order');
    last = name;
  }
}

/** Pending entries of the group and of its consumers are the same. */
function validateGroup(arena: Arena, group: number): void {
  treeValidate(arena, group);
  validateNames(arena, group, G_CONSUMERS);
  const place = new TreeCursor();
  const found = new TreeCursor();
  let pending = 0;
  const consumers = memberCount(arena, group, G_CONSUMERS);
  for (let i = 0; i < consumers; i++) {
    const consumer = memberAt(arena, group, G_CONSUMERS, i);
    treeValidate(arena, consumer);
    pending += treeCount(arena, consumer);
    for (let more = place.first(arena, consumer); more; more = place.next()) {
      if (!found.find(arena, group, place.words, place.w)) fail('a consumer has what is not pending');
      if (found.words[found.w + P_CONSUMER] !== consumer) fail('a pending entry is of two consumers');
    }
  }
  if (pending !== treeCount(arena, group)) fail('what is pending is of no consumer');
}
