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
  TRACKING_BCAST,
  TRACKING_BROKEN_REDIRECT,
  TRACKING_ON,
} from './client.ts';
import { STATIC_BYTES } from './output-limits.ts';
import { querybufBytes } from './querybuf.ts';

type Letters = readonly (readonly [bit: number, letter: string])[];

/** In the order in which Redis prints them: flags, options of tracking, flags, the kind of socket, flags. */
const FIRST_LETTERS: Letters = [
  [CLIENT_MONITOR, 'O'],
  [CLIENT_PUBSUB, 'P'],
  [CLIENT_MULTI, 'x'],
  [CLIENT_BLOCKED, 'b'],
];
const TRACKING_LETTERS: Letters = [
  [TRACKING_ON, 't'],
  [TRACKING_BROKEN_REDIRECT, 'R'],
  [TRACKING_BCAST, 'B'],
];
const STATE_LETTERS: Letters = [
  [CLIENT_DIRTY_CAS, 'd'],
  [CLIENT_CLOSE_AFTER_REPLY, 'c'],
  [CLIENT_CLOSE_ASAP, 'A'],
];
const LAST_LETTERS: Letters = [
  [CLIENT_NO_EVICT, 'e'],
  [CLIENT_NO_TOUCH, 'T'],
];

function lettersOf(bits: number, letters: Letters): string {
  return letters.map(([bit, letter]) => (bits & bit ? letter : '')).join('');
}

/** Letters of the `flags` field; `N` when there is nothing to say. */
export function clientFlagLetters(c: Client): string {
  const { flags } = c;
  const letters =
    lettersOf(flags, FIRST_LETTERS) +
    lettersOf(c.tracking?.options ?? 0, TRACKING_LETTERS) +
    lettersOf(flags, STATE_LETTERS) +
    (c.conn?.isUnixSocket ? 'U' : '') +
    lettersOf(flags, LAST_LETTERS);
  return letters === '' ? 'N' : letters;
}

/** The line of CLIENT LIST without its line feed, a byte string; fields and order of Redis 7.4, and what 8 has of them behind. */
export function clientInfoLine(c: Client): string {
  const nowMs = c.server.nowMs;
  const unread = c.querybuf === null ? 0 : c.querybufEnd - c.parser.pos;
  const pendingAllocated = c.pending?.allocatedBytes ?? 0;
  const roundBytes = c.server.output.limits.roundBytes(c);
  const listBytes = Math.max(0, roundBytes - STATIC_BYTES);
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
    `multi-mem=${c.transaction?.queue.argumentBytes ?? 0}`,
    'rbs=0',
    'rbp=0',
    `obl=${roundBytes - listBytes}`,
    `oll=${(c.pending?.chunkCount ?? 0) + (listBytes > 0 ? 1 : 0)}`,
    `omem=${pendingAllocated + listBytes}`,
    `tot-mem=${clientMemoryBytes(c)}`,
    `events=${pendingAllocated > 0 ? 'rw' : 'r'}`,
    `cmd=${c.lastCommand?.fullName ?? 'NULL'}`,
    `user=${c.user}`,
    `redir=${redirectOf(c)}`,
    `resp=${c.resp}`,
    `lib-name=${c.libName}`,
    `lib-ver=${c.libVer}`,
    `tot-net-in=${c.netInputBytes}`,
    `tot-net-out=${c.netOutputBytes}`,
    `tot-cmds=${c.commandsProcessed}`,
  ];
  return fields.join(' ');
}

/** Id of the client that gets the messages of tracking; 0: the client itself, -1: it does not track. */
function redirectOf({ tracking }: Client): number {
  return tracking !== null && tracking.options & TRACKING_ON ? tracking.redirect : -1;
}

/** What a client costs: its objects, its buffers, its part of the round's replies. */
function clientMemoryBytes(c: Client): number {
  return clientBufferBytes(c) + c.server.output.limits.roundBytes(c) + c.name.length;
}

/** A client's objects and buffers, as MemoryUse counts them. */
export function clientBufferBytes(c: Client): number {
  const buffers = querybufBytes(c) + (c.pending?.allocatedBytes ?? 0) + (c.blocked?.unsentBytes?.() ?? 0);
  const interests = c.watchedBytes + (c.subscriptions?.bytes ?? 0) + (c.tracking?.prefixBytes ?? 0);
  return 1024 + buffers + transactionBytes(c) + interests;
}
