/** BLPOP, BRPOP, BLMPOP: pops that wait for an element when none of their keys has one. */
import { TYPE_LIST } from '../../store/entry-layout.ts';
import { argKeys, secondsTimeoutOrReply } from '../blocking.ts';
import type { CommandClient } from '../command-client.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { LEFT, RIGHT, writeList } from './list-value.ts';
import { mpopOptions, parseMpop, popNamed, popOne } from './pop.ts';

/** Pops from the first of the keys that has a list; false when none has. `count` 0: one element beside its key. */
function popFirst(c: CommandClient, first: number, last: number, end: number, count: number): boolean {
  const { args, out } = c;
  for (let i = first; i <= last; i++) {
    const e = writeList(c, i);
    if (e === 0) continue;
    if (e < 0) return true;
    if (count > 0) popNamed(c, e, i, end, count);
    else {
      out.array(2);
      out.bulk(args.buf, args.off[i]!, args.len[i]!);
      popOne(c, e, i, end);
      if (c.propagates) c.propagateAs(end === LEFT ? 'LPOP' : 'RPOP', args.borrowed(i));
    }
    return true;
  }
  return false;
}

/** Like `popFirst`, but waits. A client that is woken runs through its keys again, as Redis does since 7.2. */
function blockingPop(
  c: CommandClient,
  first: number,
  last: number,
  timeoutIndex: number,
  end: number,
  count: number,
): void {
  const timeoutAtMs = secondsTimeoutOrReply(c, timeoutIndex);
  if (Number.isNaN(timeoutAtMs) || popFirst(c, first, last, end, count)) return;
  c.blockOnKeys({
    keys: argKeys(c, first, last),
    type: TYPE_LIST,
    timeoutAtMs,
    serve: (client) => popFirst(client, first, last, end, count),
    onTimeout: (client) => client.out.nullArray(),
  });
}

function blmpop(c: CommandClient): void {
  if (!parseMpop(c, 2)) return;
  const { first, last, end, count } = mpopOptions;
  blockingPop(c, first, last, 1, end, count);
}

function blocking(name: string, end: number): CommandSpec {
  return {
    name,
    arity: -3,
    flags: ['write', 'blocking'],
    categories: ['list'],
    keySpecs: [keyRange(['RW', 'access', 'delete'], 1, -2)],
    proc: (c) => blockingPop(c, 1, c.args.argc - 2, c.args.argc - 1, end, 0),
  };
}

export const blockingPopCommands: readonly CommandSpec[] = [
  blocking('blpop', LEFT),
  blocking('brpop', RIGHT),
  {
    name: 'blmpop',
    arity: -5,
    flags: ['write', 'blocking', 'movablekeys'],
    categories: ['list'],
    keySpecs: [
      {
        flags: ['RW', 'access', 'delete'],
        begin: { index: 2 },
        find: { keyNumIndex: 0, firstKey: 1, step: 1 },
      },
    ],
    proc: blmpop,
  },
];
