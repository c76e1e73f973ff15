/** LMOVE, RPOPLPUSH, and BLMOVE and BRPOPLPUSH, which wait for an element. */
import { copyBytes } from '../../memory/copy.ts';
import { ENC_LISTPACK, TYPE_LIST } from '../../store/entry-layout.ts';
import { listDeleteRange, listGrow, listPush } from '../../store/list.ts';
import { listLength } from '../../store/list-cursor.ts';
import { ElementText } from '../../store/listpack.ts';
import { lpRotate } from '../../store/listpack-edit.ts';
import { argKeys, secondsTimeoutOrReply } from '../blocking.ts';
import type { CommandClient } from '../command-client.ts';
import { type CommandSpec, type KeySpec, keyRange } from '../spec.ts';
import {
  createList,
  cursor,
  endOrReply,
  LEFT,
  NO_END,
  RIGHT,
  settleRemoved,
  tellPushed,
  tellRemoved,
  writeList,
} from './list-value.ts';

/** Larger elements on their way within a list get a buffer for the occasion. */
const KEPT_BYTES = 16 * 1024;

const text = new ElementText();
const scratch = new Uint8Array(KEPT_BYTES);

/**
 * Moves an element from the list in argument 1 to the one in argument 2. Returns false, having done nothing, when there
 * is no source; true after a reply, be it an error.
 */
function move(c: CommandClient, from: number, to: number): boolean {
  let source = writeList(c, 1);
  if (source <= 0) return source < 0;
  const target = writeList(c, 2);
  if (target < 0) return true;
  if (c.notifies) {
    // Whoever was told that the target expired may have changed the source.
    source = writeList(c, 1);
    if (source <= 0) return source < 0;
  }
  const isNew = target === 0;
  const moved = source === target ? rotate(c, source, from, to) : transfer(c, source, target, from, to);
  const gone = settleRemoved(c, moved);
  tellPushed(c, 2, to === LEFT, isNew, 0);
  tellRemoved(c, 1, from === LEFT ? 'lpop' : 'rpop', gone, 1);
  return true;
}

/** Goes to the element at one end and replies with it. */
function replyEnd(c: CommandClient, e: number, end: number): void {
  if (end === LEFT) cursor.first(c.db, e);
  else cursor.last(c.db, e);
  cursor.reply(c.out);
  cursor.read(text);
}

/** By how much Redis expects a list to grow by the element the cursor is at: it counts texts only. */
function expectedBytes(): number {
  return cursor.isInteger ? 0 : text.len;
}

function dropEnd(c: CommandClient, e: number, end: number): number {
  return listDeleteRange(c.db, e, end === LEFT ? 0 : listLength(c.db, e) - 1, 1);
}

/** Returns the entry of the source, which may be empty. */
function transfer(c: CommandClient, source: number, target: number, from: number, to: number): number {
  const { db } = c;
  const { limits } = c.keyspace;
  replyEnd(c, source, from);
  let e = target;
  try {
    if (e === 0) e = createList(c, 2);
    e = listGrow(db, e, limits, expectedBytes(), 1);
    listPush(db, e, to === LEFT, limits, text.buf, text.off, text.len);
  } catch (error) {
    if (target === 0 && e !== 0) db.deleteEntry(e);
    throw error;
  }
  return dropEnd(c, source, from);
}

/** Source and target are the same list; returns its entry. */
function rotate(c: CommandClient, list: number, from: number, to: number): number {
  const { db } = c;
  const { limits } = c.keyspace;
  replyEnd(c, list, from);
  const { len } = text;
  const kept = len <= KEPT_BYTES ? scratch : new Uint8Array(len);
  copyBytes(text.buf, text.off, kept, 0, len);
  const e = listGrow(db, list, limits, expectedBytes() - cursor.elementBytes, 0);
  if (from === to) return e;
  if (db.encoding(e) === ENC_LISTPACK) {
    lpRotate(db.u8(e), db.valOff(e), from === LEFT);
    return e;
  }
  // The copy is put in before the element is taken out, so that a want of memory costs nothing.
  return dropEnd(c, listPush(db, e, to === LEFT, limits, kept, 0, len), from);
}

function lmove(c: CommandClient): void {
  const from = endOrReply(c, 3);
  if (from === NO_END) return;
  const to = endOrReply(c, 4);
  if (to !== NO_END && !move(c, from, to)) c.out.nullBulk();
}

function rpoplpush(c: CommandClient): void {
  if (!move(c, RIGHT, LEFT)) c.out.nullBulk();
}

/** `repeat` says how the move is propagated when it was made. */
function blockingMove(
  c: CommandClient,
  from: number,
  to: number,
  timeoutIndex: number,
  repeat: (c: CommandClient) => void,
): void {
  const timeoutAtMs = secondsTimeoutOrReply(c, timeoutIndex);
  if (Number.isNaN(timeoutAtMs)) return;
  const serve = (client: CommandClient): boolean => {
    const served = move(client, from, to);
    if (served && client.propagates) repeat(client);
    return served;
  };
  if (serve(c)) return;
  if (!c.mayBlock) return c.out.nullBulk();
  c.blockOnKeys({
    keys: argKeys(c, 1, 1),
    type: TYPE_LIST,
    timeoutAtMs,
    serve,
    onTimeout: (client) => client.out.nullArray(),
  });
}

function blmove(c: CommandClient): void {
  const from = endOrReply(c, 3);
  if (from === NO_END) return;
  const to = endOrReply(c, 4);
  if (to === NO_END) return;
  blockingMove(c, from, to, 5, (client) => {
    const { args } = client;
    client.propagateAs('LMOVE', args.borrowed(1), args.borrowed(2), args.borrowed(3), args.borrowed(4));
  });
}

function brpoplpush(c: CommandClient): void {
  blockingMove(c, RIGHT, LEFT, 3, (client) => {
    client.propagateAs('RPOPLPUSH', client.args.borrowed(1), client.args.borrowed(2));
  });
}

const KEY_SPECS: readonly KeySpec[] = [keyRange(['RW', 'access', 'delete']), keyRange(['RW', 'insert'], 2)];

export const moveCommands: readonly CommandSpec[] = [
  {
    name: 'lmove',
    arity: 5,
    flags: ['write', 'denyoom'],
    categories: ['list'],
    keySpecs: KEY_SPECS,
    proc: lmove,
  },
  {
    name: 'rpoplpush',
    arity: 3,
    flags: ['write', 'denyoom'],
    categories: ['list'],
    keySpecs: KEY_SPECS,
    proc: rpoplpush,
  },
  {
    name: 'blmove',
    arity: 6,
    flags: ['write', 'denyoom', 'blocking'],
    categories: ['list'],
    keySpecs: KEY_SPECS,
    proc: blmove,
  },
  {
    name: 'brpoplpush',
    arity: 4,
    flags: ['write', 'denyoom', 'blocking'],
    categories: ['list'],
    keySpecs: KEY_SPECS,
    proc: brpoplpush,
  },
];
