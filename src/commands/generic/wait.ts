/** WAIT and WAITAOF, as a master without replicas and without an append only file answers them. */
import { msTimeoutOrReply } from '../blocking.ts';
import type { CommandClient } from '../command-client.ts';
import { integerOrReply, positiveOrReply, rangeOrReply } from '../parse.ts';
import type { CommandSpec } from '../spec.ts';

/** Waits for acknowledgements that do not come; `reply` tells how many there are. */
function waitUntil(c: CommandClient, timeoutAtMs: number, reply: (c: CommandClient) => void): void {
  c.block({ kind: 'wait', timeoutAtMs, onTimeout: reply, sinceUs: c.server.clock.now() });
}

function replyNoReplicas(c: CommandClient): void {
  c.out.integer(0);
}

function wait(c: CommandClient): void {
  const replicas = integerOrReply(c, 1);
  if (Number.isNaN(replicas)) return;
  const timeoutAtMs = msTimeoutOrReply(c, 2);
  if (Number.isNaN(timeoutAtMs)) return;
  if (replicas <= 0 || !c.mayBlock) replyNoReplicas(c);
  else waitUntil(c, timeoutAtMs, replyNoReplicas);
}

function replyNothingSynced(c: CommandClient): void {
  c.out.array(2);
  c.out.integer(0);
  c.out.integer(0);
}

function waitaof(c: CommandClient): void {
  const local = rangeOrReply(c, 1, 0, 1);
  if (Number.isNaN(local)) return;
  const replicas = positiveOrReply(c, 2);
  if (Number.isNaN(replicas)) return;
  const timeoutAtMs = msTimeoutOrReply(c, 3);
  if (Number.isNaN(timeoutAtMs)) return;
  if (local !== 0) {
    return c.out.error('ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.');
  }
  if (replicas === 0 || !c.mayBlock) replyNothingSynced(c);
  else waitUntil(c, timeoutAtMs, replyNothingSynced);
}

const TIPS = ['request_policy:all_shards', 'response_policy:agg_min'];

export const waitCommands: readonly CommandSpec[] = [
  { name: 'wait', arity: 3, flags: ['blocking'], categories: ['connection'], tips: TIPS, proc: wait },
  { name: 'waitaof', arity: 4, flags: ['blocking'], categories: ['connection'], tips: TIPS, proc: waitaof },
];
