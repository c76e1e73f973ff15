/** A client as CLIENT LIST, CLIENT INFO and the log describe it. */
import { transactionBytes } from '../transactions/transactions.ts';
import {
  CLIENT_BLOCKED,
  CLIENT_CLOSE_AFTER_REPLY,
  CLIENT_CLOSE_ASAP,
  CLIENT_DIRTY_CAS,
  CLIENT_MONITOR,
  CLIENT_MULTI,
  CLIENT_NO_EVICT,
  CLIENT_NO_TOUCH,
  CLIENT_PUBSUB,
  type Client,
} from './client.ts';
import { querybufBytes } from './querybuf.ts';

const FLAG_LETTERS: readonly (readonly [number, string])[] = [
  [CLIENT_MONITOR, 'O'],
  [CLIENT_PUBSUB, 'P'],
  [CLIENT_MULTI, 'x'],
  [CLIENT_BLOCKED, 'b'],
  [CLIENT_DIRTY_CAS, 'd'],
  [CLIENT_CLOSE_AFTER_REPLY, 'c'],
  [CLIENT_CLOSE_ASAP, 'A'],
  [CLIENT_NO_EVICT, 'e'],
  [CLIENT_NO_TOUCH, 'T'],
];

/** Letters of the `flags` field; `N` when there is nothing to say. */
export function clientFlagLetters(c: Client): string {
  let letters = '';
  for (const [bit, letter] of FLAG_LETTERS) if (c.flags & bit) letters += letter;
  if (c.conn?.isUnixSocket) letters += 'U';
  return letters === '' ? 'N' : letters;
}

/** The line of CLIENT LIST without its line feed, a byte string; fields and order of Redis 7.4. */
export function clientInfoLine(c: Client): string {
  const nowMs = c.server.nowMs;
  const unread = c.querybuf === null ? 0 : c.querybufEnd - c.parser.pos;
  const pendingAllocated = c.pending?.allocatedBytes ?? 0;
  const rangeBytes = c.inRound ? c.outTo - c.outFrom : 0;
  const argvBytes = c.parser.midRequest ? c.parser.pos - c.parser.keepFrom() : 0;
  const fields = [
    `id=${c.id}`,
    `addr=${c.conn?.remoteAddress ?? ''}`,
    `laddr=${c.conn?.localAddress ?? ''}`,
    c.conn === null || c.conn.fd < 0 ? 'fd=-1' : `fd=${c.conn.fd}`,
    `name=${c.name}`,
    `age=${Math.floor((nowMs - c.createdMs) / 1000)}`,
    `idle=${Math.floor((nowMs - c.lastInteractionMs) / 1000)}`,
    `flags=${clientFlagLetters(c)}`,
    `db=${c.dbIndex}`,
    `sub=${c.subscriptions?.channels.size ?? 0}`,
    `psub=${c.subscriptions?.patterns.size ?? 0}`,
    `ssub=${c.subscriptions?.shardChannels.size ?? 0}`,
    `multi=${c.flags & CLIENT_MULTI ? c.transaction!.queue.length : -1}`,
    `watch=${c.watches?.length ?? 0}`,
    `qbuf=${unread}`,
    `qbuf-free=${querybufBytes(c) - c.querybufEnd}`,
    `argv-mem=${argvBytes}`,
    `multi-mem=${c.transaction?.argumentBytes ?? 0}`,
    'rbs=0',
    'rbp=0',
    `obl=${rangeBytes}`,
    `oll=${c.pending?.chunkCount ?? 0}`,
    `omem=${pendingAllocated}`,
    `tot-mem=${clientMemoryBytes(c)}`,
    `events=${pendingAllocated > 0 ? 'rw' : 'r'}`,
    `cmd=${c.lastCommand?.fullName ?? 'NULL'}`,
    `user=${c.user}`,
    'redir=-1',
    `resp=${c.resp}`,
    `lib-name=${c.libName}`,
    `lib-ver=${c.libVer}`,
  ];
  return fields.join(' ');
}

/** What a client costs: its objects, its buffers, its part of the round's replies. */
function clientMemoryBytes(c: Client): number {
  return clientBufferBytes(c) + (c.inRound ? c.outTo - c.outFrom : 0) + c.name.length;
}

/** A client's objects and buffers, as MemoryUse counts them. */
export function clientBufferBytes(c: Client): number {
  const buffers = querybufBytes(c) + (c.pending?.allocatedBytes ?? 0) + (c.blocked?.unsentBytes?.() ?? 0);
  return 1024 + buffers + transactionBytes(c) + c.watchedBytes + (c.subscriptions?.bytes ?? 0);
}
