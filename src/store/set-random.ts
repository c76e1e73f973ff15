/** Random members of sets: looking at them and taking them out. */
import type { Arena } from '../memory/arena.ts';
import type { ReplyWriter } from '../protocol/reply.ts';
import type { Db } from './db.ts';
import type { EncodingLimits } from './encoding-limits.ts';
import { ENC_HT, ENC_INTSET, ENC_LISTPACK } from './entry-layout.ts';
import { htRandom, htRemove, htSize } from './hash-table.ts';
import { elementHash, elementKeyLen, elementKeyOff } from './hash-table-element.ts';
import { HashTableIterator } from './hash-table-whole.ts';
import { inlineDelete } from './inline-listpack.ts';
import { intsetLength, intsetWriteText } from './intset.ts';
import { ElementText, LP_EMPTY_BYTES, lpLength, lpPrev, lpSeek } from './listpack.ts';
import { lpAppendStaged, lpInit, lpStage } from './listpack-edit.ts';
import { replyIntsetMember } from './set-iterator.ts';
import { freeSetTable, removeFromIntset } from './set-type.ts';

/** Is given each member taken; the bytes are borrowed. */
export type TakeMember = (buf: Uint8Array, off: number, len: number) => void;

const text = new ElementText();
const digits = new Uint8Array(24);
const members = new HashTableIterator();

export function randomBelow(n: number): number {
  return Math.floor(Math.random() * n);
}

/** Replies with a random member of a set that has one. */
export function replyRandomMember(out: ReplyWriter, db: Db, e: number): void {
  const u8 = db.u8(e);
  const at = db.valOff(e);
  switch (db.encoding(e)) {
    case ENC_HT:
      replyTableMember(out, db, htRandom(db.arena, db.root(e)));
      return;
    case ENC_INTSET:
      replyIntsetMember(out, u8, at, randomBelow(intsetLength(u8, at)));
      return;
    default:
      text.read(u8, lpSeek(u8, at, randomBelow(lpLength(u8, at))));
      out.bulk(text.buf, text.off, text.len);
  }
}

/** Replies with an element of a set's table. */
export function replyTableMember(out: ReplyWriter, db: Db, member: number): void {
  const { arena } = db;
  const u8 = arena.u8[member >>> 22]!;
  out.bulkWords(u8, arena.dv[member >>> 22]!, elementKeyOff(arena, member, 0), elementKeyLen(arena, member, 0));
}

/** Takes a random member out of a set that has one. Returns the entry's new ref. */
export function takeRandomMember(db: Db, e: number, take: TakeMember): number {
  const u8 = db.u8(e);
  const at = db.valOff(e);
  switch (db.encoding(e)) {
    case ENC_HT:
      takeFromTable(db, e, take);
      return e;
    case ENC_INTSET: {
      const index = randomBelow(intsetLength(u8, at));
      take(digits, 0, intsetWriteText(u8, at, index, digits, 0));
      return removeFromIntset(db, e, index);
    }
    default: {
      const p = lpSeek(u8, at, randomBelow(lpLength(u8, at)));
      text.read(u8, p);
      take(text.buf, text.off, text.len);
      return inlineDelete(db, e, p - at);
    }
  }
}

function takeFromTable(db: Db, e: number, take: TakeMember): void {
  const { arena } = db;
  const root = db.root(e);
  const member = htRandom(arena, root);
  take(arena.u8[member >>> 22]!, elementKeyOff(arena, member, 0), elementKeyLen(arena, member, 0));
  htRemove(arena, root, member, elementHash(arena, member, 0));
  arena.free(member);
}

/** Takes `count` random members, fewer than there are, out of a set. Returns the entry's new ref. */
export function takeRandomMembers(db: Db, e: number, count: number, take: TakeMember): number {
  if (db.encoding(e) === ENC_LISTPACK) return takeFromListpack(db, e, count, take);
  let at = e;
  for (let i = 0; i < count; i++) at = takeRandomMember(db, at, take);
  return at;
}

/** One walk: every element is taken with the probability that the number still wanted needs. */
function takeFromListpack(db: Db, e: number, count: number, take: TakeMember): number {
  const lp = db.valOff(e);
  const u8 = db.u8(e);
  let wanted = count;
  let left = lpLength(u8, lp);
  let at = e;
  // From the end, so that what follows an element that goes is moved once and positions before it stay.
  let p = lpSeek(u8, lp, -1) - lp;
  for (; wanted > 0; left--) {
    const bytes = db.u8(at);
    const start = db.valOff(at);
    const before = left > 1 ? lpPrev(bytes, start, start + p) - start : 0;
    if (randomBelow(left) < wanted) {
      text.read(bytes, start + p);
      take(text.buf, text.off, text.len);
      at = inlineDelete(db, at, p);
      wanted--;
    }
    p = before;
  }
  return at;
}

/** Makes a set in a hash table that has become small a listpack, as Redis does after popping most of its members. */
export function tableToListpack(db: Db, e: number, limits: EncodingLimits): number {
  const { arena } = db;
  const root = db.root(e);
  if (htSize(arena, root) > limits.setMaxListpackEntries) return e;
  let bytes = LP_EMPTY_BYTES;
  members.start(arena, root);
  for (let member = members.next(); member !== 0; member = members.next()) {
    if (elementKeyLen(arena, member, 0) > limits.setMaxListpackValue) return e;
    bytes += stageMember(arena, member);
  }
  const at = db.convertValue(e, ENC_LISTPACK, bytes);
  const u8 = db.u8(at);
  const lp = db.valOff(at);
  lpInit(u8, lp);
  members.start(arena, root);
  for (let member = members.next(); member !== 0; member = members.next()) {
    stageMember(arena, member);
    lpAppendStaged(u8, lp);
  }
  freeSetTable(arena, root);
  return at;
}

function stageMember(arena: Arena, member: number): number {
  const u8 = arena.u8[member >>> 22]!;
  return lpStage(u8, elementKeyOff(arena, member, 0), elementKeyLen(arena, member, 0));
}
