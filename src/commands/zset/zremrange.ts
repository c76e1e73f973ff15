/** ZREMRANGEBYRANK, ZREMRANGEBYSCORE, ZREMRANGEBYLEX. */
import { zsetRemoveRange } from '../../store/zset.ts';
import type { CommandClient } from '../command-client.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { type RangeKind, resolved, resolveRange } from './range-bounds.ts';
import { deleteIfEmpty, toldRemoved } from './zset-value.ts';

function removeRange(c: CommandClient, kind: RangeKind): void {
  const e = resolveRange(c, kind, 1, 2, 3, false, true);
  if (e < 0) return;
  const removed = e === 0 ? 0 : resolved.end - resolved.start;
  if (removed > 0) {
    const deleted = deleteIfEmpty(c, zsetRemoveRange(c.db, e, resolved.start, removed));
    toldRemoved(c, 1, EVENTS[kind], removed, deleted);
  }
  c.out.integer(removed);
}

const EVENTS: Readonly<Record<RangeKind, string>> = {
  rank: 'zremrangebyrank',
  score: 'zremrangebyscore',
  lex: 'zremrangebylex',
};

function removing(kind: RangeKind): CommandSpec {
  return {
    name: EVENTS[kind],
    arity: 4,
    flags: ['write'],
    categories: ['sortedset'],
    keySpecs: [keyRange(['RW', 'delete'])],
    proc: (c) => removeRange(c, kind),
  };
}

export const zremrangeCommands: readonly CommandSpec[] = [removing('rank'), removing('score'), removing('lex')];
