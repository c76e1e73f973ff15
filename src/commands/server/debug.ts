/**
 * DEBUG, as far as it does no harm: nothing here crashes the server or reaches into its memory. The gate
 * `enable-debug-command` is dispatch's.
 */
import { randomBytes } from 'node:crypto';
import { HEADER_BYTES, WIDE_HEADER_BYTES } from '../../store/entry-layout.ts';
import type { CommandClient } from '../command-client.ts';
import { replyHelp } from '../help.ts';
import { integerOrReply } from '../parse.ts';
import type { CommandSpec } from '../spec.ts';
import {
  debugDigest,
  debugDigestValue,
  debugHtstats,
  debugHtstatsKey,
  debugObject,
  debugPopulate,
  debugSdslen,
} from './debug-keys.ts';
import { debugListpack, debugQuicklist, debugQuicklistPackedThreshold } from './debug-lists.ts';
import { debugProtocol } from './debug-protocol.ts';

interface Subcommand {
  /** Number of arguments, `DEBUG` and the subcommand's name included. */
  readonly min: number;
  readonly max: number;
  readonly run: (c: CommandClient) => void;
}

/** C's atoi() != 0. */
function switchedOn(c: CommandClient): boolean {
  return Number.parseInt(c.args.latin1(2), 10) > 0 || Number.parseInt(c.args.latin1(2), 10) < 0;
}

function sleep(c: CommandClient): void {
  const seconds = Number.parseFloat(c.args.latin1(2));
  // All clients wait: that is what it is for.
  if (seconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
  c.out.ok();
}

function error(c: CommandClient): void {
  const text = c.args.latin1(2).replace(/[\r\n]/g, ' ');
  c.out.raw(Buffer.from(`-${text}\r\n`, 'latin1'));
}

function log(c: CommandClient): void {
  c.server.log.warning(`DEBUG LOG: ${c.args.text(2)}`);
  c.out.ok();
}

/** Reply buffers belong to rounds, not to clients: there is nothing to resize, but the words are checked. */
function replybuffer(c: CommandClient): void {
  const { args } = c;
  if (args.is(2, 'peak-reset-time')) {
    if (!args.is(3, 'never') && !args.is(3, 'reset') && Number.isNaN(integerOrReply(c, 3))) return;
  } else if (!args.is(2, 'resizing')) return unknown(c);
  c.out.ok();
}

function changeReplId(c: CommandClient): void {
  c.server.replicationId = randomBytes(20).toString('hex');
  c.out.ok();
}

function unknown(c: CommandClient): void {
  const { args, out } = c;
  const name = args.latin1(1).split('\0')[0]!.slice(0, 128);
  out.error(
    `ERR unknown subcommand or wrong number of arguments for '${name}'. Try ${args.latin1(0).toUpperCase()} HELP.`,
  );
}

function needsPersistence(c: CommandClient): void {
  c.out.error(`ERR DEBUG ${c.args.latin1(1).toUpperCase()} needs persistence, which this server does not have`);
}

function help(c: CommandClient): void {
  replyHelp(c, 'DEBUG', [
    'CHANGE-REPL-ID',
    '    Give the history of writes another name.',
    'DIGEST',
    '    Output a hex signature representing the current DB content.',
    'DIGEST-VALUE <key> [<key> ...]',
    '    Output a hex signature of the values of all the specified keys.',
    'ERROR <string>',
    '    Return a protocol error with <string> as message.',
    'HTSTATS <dbid> [full]',
    '    Return hash table statistics of the specified database.',
    'HTSTATS-KEY <key> [full]',
    '    Like HTSTATS but for the hash table that is the value of <key>.',
    'LISTPACK <key>',
    '    Print the elements of a listpack to standard output.',
    'LOG <message>',
    '    Write <message> to the server log.',
    'OBJECT <key> [fast]',
    '    Show low level info about `key` and associated value.',
    'PAUSE-CRON <0|1>',
    '    Stop periodic cron job processing.',
    'POPULATE <count> [<prefix>] [<size>]',
    '    Create <count> string keys named <prefix>:<num> (default prefix: key).',
    'PROTOCOL <type>',
    '    Reply with a test value of the specified type. <type> can be: string,',
    '    integer, double, bignum, null, array, set, map, attrib, push, verbatim,',
    '    true, false.',
    'QUICKLIST <key> [<0|1>]',
    '    Print what a list consists of to standard output, with 1 its nodes too.',
    'QUICKLIST-PACKED-THRESHOLD <size>',
    '    Sets the size from which a list element has a node of its own.',
    'REPLICATE <string>',
    '    Replicates the provided string to replicas, allowing data divergence.',
    'REPLYBUFFER PEAK-RESET-TIME <NEVER|RESET|time> | RESIZING <0|1>',
    '    Accepted; replies have no buffer of their own here.',
    'SDSLEN <key>',
    '    Show the lengths of `key` and its value.',
    'SET-ACTIVE-EXPIRE <0|1>',
    '    0: keys expire only when they are accessed. 1: in the background too.',
    'SET-SKIP-CHECKSUM-VALIDATION <0|1>',
    '    1: payloads of RESTORE are not asked for their checksum.',
    'SLEEP <seconds>',
    '    Stop the server for <seconds>. Decimals allowed.',
    'STRUCTSIZE',
    '    Return the size of different core structures.',
  ]);
}

const SUBCOMMANDS = new Map<string, Subcommand>(
  Object.entries({
    help: { min: 2, max: 2, run: help },
    sleep: { min: 3, max: 3, run: sleep },
    error: { min: 3, max: 3, run: error },
    log: { min: 3, max: 3, run: log },
    object: { min: 3, max: 4, run: debugObject },
    sdslen: { min: 3, max: 3, run: debugSdslen },
    populate: { min: 3, max: 5, run: debugPopulate },
    digest: { min: 2, max: 2, run: debugDigest },
    'digest-value': { min: 2, max: Infinity, run: debugDigestValue },
    htstats: { min: 3, max: Infinity, run: debugHtstats },
    'htstats-key': { min: 3, max: Infinity, run: debugHtstatsKey },
    'change-repl-id': { min: 2, max: 2, run: changeReplId },
    quicklist: { min: 3, max: 4, run: debugQuicklist },
    listpack: { min: 3, max: 3, run: debugListpack },
    protocol: { min: 3, max: 3, run: debugProtocol },
    'quicklist-packed-threshold': { min: 3, max: 3, run: debugQuicklistPackedThreshold },
    replybuffer: { min: 4, max: 4, run: replybuffer },
    // There are no replicas to send it to.
    replicate: { min: 3, max: Infinity, run: (c: CommandClient) => c.out.ok() },
    'set-active-expire': {
      min: 3,
      max: 3,
      run(c: CommandClient) {
        c.server.activeExpire = switchedOn(c);
        c.out.ok();
      },
    },
    'set-skip-checksum-validation': {
      min: 3,
      max: 3,
      run(c: CommandClient) {
        c.keyspace.skipsPayloadChecksum = switchedOn(c);
        c.out.ok();
      },
    },
    'pause-cron': {
      min: 3,
      max: 3,
      run(c: CommandClient) {
        c.server.cron.paused = switchedOn(c);
        c.out.ok();
      },
    },
    structsize: {
      min: 2,
      max: 2,
      run: (c: CommandClient) =>
        c.out.bulkText(`bits:64 entry:${HEADER_BYTES} wideentry:${WIDE_HEADER_BYTES} dictbucket:4 `),
    },
    reload: { min: 2, max: Infinity, run: needsPersistence },
    loadaof: { min: 2, max: Infinity, run: needsPersistence },
  }),
);

function debug(c: CommandClient): void {
  const { argc } = c.args;
  const subcommand = SUBCOMMANDS.get(c.args.latin1(1).toLowerCase());
  if (subcommand === undefined || argc < subcommand.min || argc > subcommand.max) return unknown(c);
  subcommand.run(c);
}

export const debugCommands: readonly CommandSpec[] = [
  { name: 'debug', arity: -2, flags: ['admin', 'noscript', 'loading', 'stale', 'protected'], proc: debug },
];
