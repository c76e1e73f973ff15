/** OBJECT. */

import { ENC_INT, TYPE_STRING } from '../../store/entry-layout.ts';
import { LOOKUP_NONOTIFY, LOOKUP_NOTOUCH } from '../../store/keyspace.ts';
import type { CommandClient } from '../command-client.ts';
import { replyHelp } from '../help.ts';
import { readKey } from '../lookup.ts';
import { type CommandSpec, keyRange } from '../spec.ts';

/** What Redis answers for one of the integers below 10000 that all its keys share. */
const SHARED_REFCOUNT = 2147483647;
const SHARED_DIGITS = 4;

const POLICY_NOTE =
  'Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.';

/** Entry of the key in argument 2; 0 after a null reply. */
function objectOrReply(c: CommandClient): number {
  const e = readKey(c, 2, LOOKUP_NOTOUCH | LOOKUP_NONOTIFY);
  if (e === 0) c.out.nullBulk();
  return e;
}

function objectEncoding(c: CommandClient): void {
  const e = objectOrReply(c);
  if (e !== 0) c.out.bulkText(c.server.keyspace.types.of(c.db.type(e)).encodingName(c.db, e));
}

function objectFreq(c: CommandClient): void {
  const e = objectOrReply(c);
  if (e === 0) return;
  if (!c.server.keyspace.clock.lfu) {
    return c.out.error(`ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${POLICY_NOTE}`);
  }
  c.out.integer(c.server.keyspace.objectFreq(e));
}

function objectIdletime(c: CommandClient): void {
  const e = objectOrReply(c);
  if (e === 0) return;
  if (c.server.keyspace.clock.lfu) {
    return c.out.error(`ERR An LFU maxmemory policy is selected, idle time not tracked. ${POLICY_NOTE}`);
  }
  c.out.integer(c.server.keyspace.objectIdleSeconds(e));
}

function objectRefcount(c: CommandClient): void {
  const e = objectOrReply(c);
  if (e !== 0) c.out.integer(isShared(c, e) ? SHARED_REFCOUNT : 1);
}

/** Whether Redis would share the value: small integers, unless eviction needs an access clock of each key. */
function isShared(c: CommandClient, e: number): boolean {
  const { db } = c;
  const { config } = c.server;
  if (db.type(e) !== TYPE_STRING || db.encoding(e) !== ENC_INT) return false;
  if (db.valLen(e) > SHARED_DIGITS || db.u8(e)[db.valOff(e)] === 45) return false;
  return config.num('maxmemory') === 0 || !/l[rf]u/.test(config.enumValue('maxmemory-policy'));
}

function objectHelp(c: CommandClient): void {
  replyHelp(c, 'OBJECT', [
    'ENCODING <key>',
    '    Return the kind of internal representation used in order to store the value',
    '    associated with a <key>.',
    'FREQ <key>',
    '    Return the access frequency index of the <key>. The returned integer is',
    '    proportional to the logarithm of the recent access frequency of the key.',
    'IDLETIME <key>',
    '    Return the idle time of the <key>, that is the approximated number of',
    '    seconds elapsed since the last access to the key.',
    'REFCOUNT <key>',
    '    Return the number of references of the value associated with the specified',
    '    <key>.',
  ]);
}

function inspection(name: string, proc: (c: CommandClient) => void): CommandSpec {
  return {
    name,
    arity: 3,
    flags: ['readonly'],
    categories: ['keyspace'],
    tips: ['nondeterministic_output'],
    keySpecs: [keyRange(['RO'], 2)],
    proc,
  };
}

export const objectCommands: readonly CommandSpec[] = [
  {
    name: 'object',
    arity: -2,
    flags: [],
    subcommands: [
      inspection('encoding', objectEncoding),
      inspection('freq', objectFreq),
      { name: 'help', arity: 2, flags: ['loading', 'stale'], categories: ['keyspace'], proc: objectHelp },
      inspection('idletime', objectIdletime),
      inspection('refcount', objectRefcount),
    ],
  },
];
