/**
 * REPLCONF: what a replica says of itself before it asks for the data. It is checked as Redis checks it; as no replica is
 * served, nothing of it is kept.
 */
import { splitArgs } from '../../config/text.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { integerOrReply, rangeOrReply } from '../parse.ts';
import type { CommandSpec } from '../spec.ts';

/** Longest name of a host, its NUL included. */
const HOST_BYTES = 256;

/** Checks the value of an option, argument i; false after an error reply. */
type OptionCheck = (c: CommandClient, i: number) => boolean;

function address(c: CommandClient, i: number): boolean {
  const bytes = c.args.len[i]!;
  if (bytes < HOST_BYTES) return true;
  c.out.error(`ERR REPLCONF ip-address provided by replica instance is too long: ${bytes} bytes`);
  return false;
}

function parts(c: CommandClient, i: number): boolean {
  const names = splitArgs(c.args.latin1(i));
  const unknown = names?.find((name) => name.toLowerCase() !== 'functions');
  if (names === null) c.out.error('ERR Missing rdb-filter-only values');
  else if (unknown !== undefined) c.out.error(`ERR Unsupported rdb-filter-only option: ${unknown}`);
  return names !== null && unknown === undefined;
}

function version(c: CommandClient, i: number): boolean {
  const text = c.args.latin1(i);
  const numbers = text.split('.');
  if (numbers.length === 3 && numbers.every((n) => /^\d*$/.test(n) && Number(n) < 256)) return true;
  c.out.error(`ERR Unrecognized version format: ${text}`);
  return false;
}

const OPTIONS = new Map<string, OptionCheck>(
  Object.entries({
    'listening-port': (c: CommandClient, i: number) => !Number.isNaN(integerOrReply(c, i)),
    'ip-address': address,
    // What a replica can do beyond what is known is no concern of its master.
    capa: () => true,
    'rdb-only': (c: CommandClient, i: number) => !Number.isNaN(rangeOrReply(c, i, 0, 1)),
    'rdb-filter-only': parts,
    version,
  }),
);

function replconf(c: CommandClient): void {
  const { args, out } = c;
  if (args.argc % 2 === 0) return out.error(SYNTAX_ERROR);
  for (let i = 1; i < args.argc; i += 2) {
    // Messages between a master and its replica: they have no reply, whoever sends them.
    if (args.is(i, 'ack') || args.is(i, 'getack')) return;
    const option = OPTIONS.get(args.latin1(i).toLowerCase());
    if (option === undefined) return out.error(`ERR Unrecognized REPLCONF option: ${args.latin1(i)}`);
    if (!option(c, i + 1)) return;
  }
  out.ok();
}

export const replconfCommands: readonly CommandSpec[] = [
  {
    name: 'replconf',
    arity: -1,
    flags: ['admin', 'noscript', 'loading', 'stale', 'allow_busy'],
    proc: replconf,
  },
];
