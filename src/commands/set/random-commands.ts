/** SPOP, SRANDMEMBER. */
import { ENC_HT, ENC_INTSET, TYPE_SET } from '../../store/entry-layout.ts';
import { htRandom } from '../../store/hash-table.ts';
import { intsetLength } from '../../store/intset.ts';
import { replyIntsetMember, replySetMembers } from '../../store/set-iterator.ts';
import {
  randomBelow,
  replyRandomMember,
  replyTableMember,
  tableToListpack,
  takeRandomMember,
  takeRandomMembers,
} from '../../store/set-random.ts';
import { setSize } from '../../store/set-type.ts';
import { type CommandClient, type CommandPart, isHeard } from '../command-client.ts';
import { checkElementCount } from '../endless-reply.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { readKeyOfType, writeKeyOfType } from '../lookup.ts';
import { int64Arg, integerOrReply, positiveOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { deleteIfEmpty, iterator, toldRemoved } from './set-value.ts';

/** Members of one SREM that repeats a part of an SPOP. */
const SREM_BATCH = 1024;
/** A set is rebuilt when this many times the members that stay are fewer than those that go. */
const REBUILD_RATIO = 5;
/** Members are chosen in one walk when the set has fewer than this many for each one wanted. */
const WALK_RATIO = 3;

const INT64_MIN = -(2n ** 63n);

/** What is popping, and the member it popped where it is to be repeated. */
let popping: CommandClient | null = null;
let popped: Buffer | null = null;

function replyPopped(buf: Uint8Array, off: number, len: number): void {
  const c = popping!;
  c.out.bulk(buf, off, len);
  popped = c.propagates ? Buffer.from(buf.subarray(off, off + len)) : null;
}

function spop(c: CommandClient): void {
  const { args, db, out } = c;
  if (args.argc === 3) return spopCount(c);
  if (args.argc > 3) return out.error(SYNTAX_ERROR);
  const e = writeKeyOfType(c, 1, TYPE_SET);
  if (e <= 0) return e === 0 ? out.nullBulk() : undefined;
  popping = c;
  const deleted = deleteIfEmpty(c, takeRandomMember(db, e, replyPopped));
  popping = null;
  if (popped !== null) c.propagateAs('SREM', args.bytes(1), popped);
  toldRemoved(c, 1, 'spop', 1, deleted);
}

function spopCount(c: CommandClient): void {
  const { db, out } = c;
  const count = positiveOrReply(c, 2);
  if (Number.isNaN(count)) return;
  const e = writeKeyOfType(c, 1, TYPE_SET);
  if (e < 0) return;
  if (e === 0 || count === 0) return out.set(0);
  const size = setSize(db, e);
  if (count < size) return popSome(c, e, size, count);
  out.set(size);
  replySetMembers(out, db, e, iterator);
  const lazy = c.server.config.bool('lazyfree-lazy-server-del');
  c.keyspace.deleteEntry(db, e, lazy);
  if (c.propagates) c.propagateAs(lazy ? 'UNLINK' : 'DEL', c.args.bytes(1));
  toldRemoved(c, 1, 'spop', size, true);
}

/** Repeated by SREM: which members go is chance. */
function popSome(c: CommandClient, e: number, size: number, count: number): void {
  const { args, db, out } = c;
  const removal: CommandPart[] = [];
  const flush = () => c.alsoPropagate(c.dbIndex, 'SREM', args.bytes(1), ...removal.splice(0));
  out.set(count);
  const at = takeRandomMembers(db, e, count, (buf, off, len) => {
    out.bulk(buf, off, len);
    if (!c.propagates) return;
    removal.push(Buffer.from(buf.subarray(off, off + len)));
    if (removal.length === SREM_BATCH) flush();
  });
  if (db.encoding(at) === ENC_HT && (size - count) * REBUILD_RATIO <= count) tableToListpack(db, at, c.keyspace.limits);
  if (removal.length > 0) flush();
  c.propagateNothing();
  toldRemoved(c, 1, 'spop', count, false);
}

function srandmember(c: CommandClient): void {
  const { args, out } = c;
  if (args.argc === 3) return srandmemberCount(c);
  if (args.argc > 3) return out.error(SYNTAX_ERROR);
  const e = readKeyOfType(c, 1, TYPE_SET);
  if (e > 0) replyRandomMember(out, c.db, e);
  else if (e === 0) out.nullBulk();
}

function srandmemberCount(c: CommandClient): void {
  const { db, out } = c;
  const count = integerOrReply(c, 2);
  if (Number.isNaN(count)) return;
  if (count <= Number(INT64_MIN) && int64Arg(c, 2) === INT64_MIN) {
    return out.error('ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807');
  }
  const e = readKeyOfType(c, 1, TYPE_SET);
  if (e < 0) return;
  if (e === 0 || count === 0) return out.array(0);
  if (count < 0) {
    checkElementCount(-count);
    out.array(-count);
    for (let i = 0; i < -count && isHeard(c); i++) replyRandomMember(out, db, e);
    return;
  }
  const size = setSize(db, e);
  out.array(Math.min(count, size));
  if (count >= size) replySetMembers(out, db, e, iterator);
  else if (count * WALK_RATIO > size || (db.encoding(e) !== ENC_HT && db.encoding(e) !== ENC_INTSET)) {
    replyByWalk(c, e, size, count);
  } else replyByDraw(c, e, count);
}

/** `count` different members in one walk: each is taken with the probability that the number still wanted needs. */
function replyByWalk(c: CommandClient, e: number, size: number, count: number): void {
  let wanted = count;
  iterator.start(c.db, e);
  for (let left = size; wanted > 0 && iterator.next(); left--) {
    if (randomBelow(left) >= wanted) continue;
    iterator.reply(c.out);
    wanted--;
  }
}

/** `count` different members, drawn until there are enough. */
function replyByDraw(c: CommandClient, e: number, count: number): void {
  const { db, out } = c;
  const isTable = db.encoding(e) === ENC_HT;
  const u8 = db.u8(e);
  const is = db.valOff(e);
  const drawn = new Set<number>();
  while (drawn.size < count) {
    const member = isTable ? htRandom(db.arena, db.root(e)) : randomBelow(intsetLength(u8, is));
    if (drawn.has(member)) continue;
    drawn.add(member);
    if (isTable) replyTableMember(out, db, member);
    else replyIntsetMember(out, u8, is, member);
  }
}

export const randomCommands: readonly CommandSpec[] = [
  {
    name: 'spop',
    arity: -2,
    flags: ['write', 'fast'],
    categories: ['set'],
    tips: ['nondeterministic_output'],
    keySpecs: [keyRange(['RW', 'access', 'delete'])],
    proc: spop,
  },
  {
    name: 'srandmember',
    arity: -2,
    flags: ['readonly'],
    categories: ['set'],
    tips: ['nondeterministic_output'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: srandmember,
  },
];
