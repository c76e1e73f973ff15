/** TTL, PTTL, EXPIRETIME, PEXPIRETIME. */

import { LOOKUP_NOTOUCH } from '../../store/keyspace.ts';
import type { CommandClient } from '../command-client.ts';
import { readKey } from '../lookup.ts';
import { type CommandSpec, keyRange } from '../spec.ts';

/** Replies with the expiry (`absolute`) or the time until then, in seconds rounded to the nearest or milliseconds. */
function ttlGeneric(c: CommandClient, unitMs: 1 | 1000, absolute: boolean): void {
  const { db, out } = c;
  const e = readKey(c, 1, LOOKUP_NOTOUCH);
  if (e === 0) return out.integer(-2);
  if (!db.hasExpire(e)) return out.integer(-1);
  const expireMs = db.getExpire(e);
  const baseMs = absolute ? 0 : c.server.nowMs;
  if (Number.isSafeInteger(expireMs)) {
    const ms = Math.max(0, expireMs - baseMs);
    return out.integer(unitMs === 1 ? ms : Math.floor((ms + 500) / 1000));
  }
  const ms = db.getExpireExact(e) - BigInt(baseMs);
  out.integer(unitMs === 1 ? ms : (ms + 500n) / 1000n);
}

function ttlRow(name: string, unitMs: 1 | 1000, absolute: boolean): CommandSpec {
  const row: CommandSpec = {
    name,
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['keyspace'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: (c) => ttlGeneric(c, unitMs, absolute),
  };
  return absolute ? row : { ...row, tips: ['nondeterministic_output'] };
}

export const ttlCommands: readonly CommandSpec[] = [
  ttlRow('ttl', 1000, false),
  ttlRow('pttl', 1, false),
  ttlRow('expiretime', 1000, true),
  ttlRow('pexpiretime', 1, true),
];
