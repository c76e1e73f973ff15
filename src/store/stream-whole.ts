/** What concerns a stream as a whole: copying it, giving it back in slices, moving its blocks, its size. */
import type { Arena } from '../memory/arena.ts';
import { TreeCursor, treeCount } from './id-tree.ts';
import { wordOf } from './id-tree-node.ts';
import { type RelocationWalk, treeFreeSome, treeRelocate, treeSize } from './id-tree-whole.ts';
import { S_GROUPS, S_LENGTH, streamCreate, wordsAt } from './stream.ts';
import { streamAddNode } from './stream-append.ts';
import {
  assignPending,
  C_ACTIVE,
  C_SEEN,
  createConsumer,
  createGroup,
  freeGroupSome,
  G_CONSUMERS,
  G_ENTRIES_READ,
  G_LAST_ID,
  memberAt,
  memberCount,
  nameLen,
  nameOff,
  P_CONSUMER,
  P_DELIVERED,
} from './stream-group.ts';
import { ID_WORDS } from './stream-id.ts';

/** A consumer with more that is pending is not moved: every pending entry of its group names it. */
const MOVABLE_PENDING = 1000;

const source = new TreeCursor();
const target = new TreeCursor();

/** Frees up to `budget` blocks; returns what is left of the budget: more than 0 when all is freed, else call again. */
export function streamFreeSome(arena: Arena, root: number, budget: number): number {
  budget = treeFreeSome(arena, root, budget, true);
  const words = wordsAt(arena, root);
  const w = wordOf(root) + S_GROUPS;
  while (budget > 0 && words[w + 1]! > 0) {
    budget = freeGroupSome(arena, memberAt(arena, root, S_GROUPS, words[w + 1]! - 1), budget);
    if (budget > 0) words[w + 1] = words[w + 1]! - 1;
  }
  if (budget <= 0) return 0;
  if (words[w] !== 0) arena.free(words[w]!);
  arena.free(root);
  return budget;
}

/** A copy of the whole, groups and what is pending included; returns its root. Without memory nothing is left behind. */
export function streamClone(arena: Arena, root: number): number {
  const copy = streamCreate(arena);
  try {
    const from = new TreeCursor();
    for (let more = from.first(arena, root); more; more = from.next()) {
      streamAddNode(arena, copy, from.words, from.w, cloneBlock(arena, from.words[from.w + ID_WORDS]!));
    }
    const words = wordsAt(arena, root);
    const values = words.subarray(wordOf(root) + S_LENGTH, wordOf(root) + S_GROUPS);
    wordsAt(arena, copy).set(values, wordOf(copy) + S_LENGTH);
    const groups = memberCount(arena, root, S_GROUPS);
    for (let i = 0; i < groups; i++) cloneGroup(arena, memberAt(arena, root, S_GROUPS, i), copy);
  } catch (error) {
    streamFreeSome(arena, copy, Number.POSITIVE_INFINITY);
    throw error;
  }
  return copy;
}

/** A copy of a listpack's block. */
function cloneBlock(arena: Arena, ref: number): number {
  const bytes = wordsAt(arena, ref)[wordOf(ref)]!;
  const copy = arena.alloc(bytes);
  arena.copyBlock(ref, copy, bytes);
  return copy;
}

function cloneGroup(arena: Arena, group: number, root: number): void {
  const words = wordsAt(arena, group);
  const w = wordOf(group);
  const u8 = arena.u8[group >>> 22]!;
  const copy = createGroup(arena, root, u8, nameOff(group), nameLen(arena, group), words, w + G_LAST_ID);
  copyPair(words, w + G_ENTRIES_READ, wordsAt(arena, copy), wordOf(copy) + G_ENTRIES_READ);
  const count = memberCount(arena, group, G_CONSUMERS);
  for (let i = 0; i < count; i++) cloneConsumer(arena, group, memberAt(arena, group, G_CONSUMERS, i), copy);
}

function cloneConsumer(arena: Arena, group: number, consumer: number, into: number): void {
  const words = wordsAt(arena, consumer);
  const w = wordOf(consumer);
  const u8 = arena.u8[consumer >>> 22]!;
  const copy = createConsumer(arena, into, u8, nameOff(consumer), nameLen(arena, consumer), 0);
  const copied = wordsAt(arena, copy);
  copyPair(words, w + C_SEEN, copied, wordOf(copy) + C_SEEN);
  copyPair(words, w + C_ACTIVE, copied, wordOf(copy) + C_ACTIVE);
  const pending = new TreeCursor();
  for (let more = pending.first(arena, consumer); more; more = pending.next()) {
    source.find(arena, group, pending.words, pending.w);
    assignPending(arena, into, copy, pending.words, pending.w, target);
    for (let i = P_DELIVERED; i < P_CONSUMER; i++) target.words[target.w + i] = source.words[source.w + i]!;
  }
}

function copyPair(from: Uint32Array, i: number, to: Uint32Array, j: number): void {
  to[j] = from[i]!;
  to[j + 1] = from[i + 1]!;
}

/**
 * Moves blocks of a stream but its root; looks at about `budget` leaves of trees, after the first `cursor` of them.
 * Returns the cursor to go on with, 0 at the end.
 */
export function streamRelocate(arena: Arena, root: number, cursor: number, budget: number): number {
  const walk: RelocationWalk = { skip: cursor, budget: Math.max(budget, 1), seen: 0 };
  treeRelocate(arena, root, walk, true);
  relocateList(arena, root, S_GROUPS);
  const groups = memberCount(arena, root, S_GROUPS);
  for (let i = 0; i < groups && walk.budget > 0; i++) {
    const group = relocateMember(arena, root, S_GROUPS, i);
    treeRelocate(arena, group, walk, false);
    relocateList(arena, group, G_CONSUMERS);
    const consumers = memberCount(arena, group, G_CONSUMERS);
    for (let k = 0; k < consumers && walk.budget > 0; k++) {
      treeRelocate(arena, relocateConsumer(arena, group, k), walk, false);
    }
  }
  return walk.budget > 0 ? 0 : cursor + walk.seen;
}

/** Moves the block of refs of groups or consumers. */
function relocateList(arena: Arena, owner: number, at: number): void {
  const words = wordsAt(arena, owner);
  const refs = words[wordOf(owner) + at]!;
  if (refs !== 0 && arena.shouldMove(refs)) words[wordOf(owner) + at] = arena.move(refs);
}

function relocateMember(arena: Arena, owner: number, at: number, i: number): number {
  const ref = memberAt(arena, owner, at, i);
  if (!arena.shouldMove(ref)) return ref;
  const refs = wordsAt(arena, owner)[wordOf(owner) + at]!;
  const moved = arena.move(ref);
  wordsAt(arena, refs)[wordOf(refs) + i] = moved;
  return moved;
}

function relocateConsumer(arena: Arena, group: number, i: number): number {
  const ref = memberAt(arena, group, G_CONSUMERS, i);
  if (treeCount(arena, ref) > MOVABLE_PENDING) return ref;
  const moved = relocateMember(arena, group, G_CONSUMERS, i);
  if (moved === ref) return ref;
  for (let more = source.first(arena, moved); more; more = source.next()) {
    target.find(arena, group, source.words, source.w);
    target.words[target.w + P_CONSUMER] = moved;
  }
  return moved;
}

/** Blocks that freeing the stream takes, about. */
export function streamEffort(arena: Arena, root: number): number {
  let effort = treeCount(arena, root) + treeSize(arena, root).leaves;
  const groups = memberCount(arena, root, S_GROUPS);
  for (let i = 0; i < groups; i++) {
    const group = memberAt(arena, root, S_GROUPS, i);
    effort += 1 + treeSize(arena, group).leaves + memberCount(arena, group, G_CONSUMERS);
  }
  return effort;
}

/** Bytes of all blocks; of the nodes by the first `samples` (0: all). */
export function streamBytes(arena: Arena, root: number, samples: number): number {
  const nodes = treeCount(arena, root);
  let looked = 0;
  let bytes = 0;
  for (let more = source.first(arena, root); more && (samples === 0 || looked < samples); more = source.next()) {
    bytes += arena.capacity(source.words[source.w + ID_WORDS]!);
    looked++;
  }
  if (looked < nodes) bytes = Math.round((bytes / looked) * nodes);
  bytes += arena.capacity(root) + treeSize(arena, root).bytes + listBytes(arena, root, S_GROUPS);
  const groups = memberCount(arena, root, S_GROUPS);
  for (let i = 0; i < groups; i++) bytes += groupBytes(arena, memberAt(arena, root, S_GROUPS, i));
  return bytes;
}

function groupBytes(arena: Arena, group: number): number {
  let bytes = arena.capacity(group) + treeSize(arena, group).bytes + listBytes(arena, group, G_CONSUMERS);
  const consumers = memberCount(arena, group, G_CONSUMERS);
  for (let i = 0; i < consumers; i++) {
    const consumer = memberAt(arena, group, G_CONSUMERS, i);
    bytes += arena.capacity(consumer) + treeSize(arena, consumer).bytes;
  }
  return bytes;
}

function listBytes(arena: Arena, owner: number, at: number): number {
  const refs = wordsAt(arena, owner)[wordOf(owner) + at]!;
  return refs === 0 ? 0 : arena.capacity(refs);
}
