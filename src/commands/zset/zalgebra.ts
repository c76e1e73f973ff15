/** ZUNION, ZINTER, ZDIFF, what stores their results, and ZINTERCARD. */
import type { Args } from '../../protocol/args.ts';
import { ZsetBuilder } from '../../store/zset-build.ts';
import { elementScore, setElementScore } from '../../store/zset-element.ts';
import type { CommandClient } from '../command-client.ts';
import { NOT_AN_INTEGER, SYNTAX_ERROR, WRONG_TYPE } from '../errors.ts';
import { readKey } from '../lookup.ts';
import { doubleOrReply, integerOrReply, positiveOrReply } from '../parse.ts';
import { type CommandSpec, type KeySpec, keyRange } from '../spec.ts';
import { isInputType, ZsetInput } from './zalgebra-input.ts';
import { storeResult } from './zset-store.ts';
import { replyWalk, walk } from './zset-value.ts';

type Operation = 'union' | 'inter' | 'diff';
/** Of the score so far and one more, which may be no number; such a sum is zero. */
type Aggregate = (a: number, b: number) => number;

const sum: Aggregate = (a, b) => {
  const total = a + b;
  return Number.isNaN(total) ? 0 : total;
};
const min: Aggregate = (a, b) => (b < a ? b : a);
const max: Aggregate = (a, b) => (b > a ? b : a);

/** A parsed command line and its inputs. */
interface Request {
  readonly inputs: ZsetInput[];
  aggregate: Aggregate;
  withScores: boolean;
  limit: number;
}

/** Kept for the next command; taken away while one uses them. */
let pool: ZsetInput[] = [];

/** Which of the options a command has. */
interface Form {
  readonly operation: Operation;
  readonly stores: boolean;
  readonly counts: boolean;
}

/** The arguments from `numkeys` in argument i on; null after an error reply. Keys are looked up before options are read. */
function requestOrReply(c: CommandClient, i: number, form: Form): Request | null {
  const { args, db, out } = c;
  const keys = integerOrReply(c, i, NOT_AN_INTEGER);
  if (Number.isNaN(keys)) return null;
  if (keys < 1) {
    out.error(`ERR at least 1 input key is needed for '${c.command!.fullName}' command`);
    return null;
  }
  if (keys > args.argc - i - 1) {
    out.error(SYNTAX_ERROR);
    return null;
  }
  const first = i + 1;
  for (let k = first; k < first + keys; k++) {
    const e = readKey(c, k);
    if (e === 0 || isInputType(db.type(e))) continue;
    out.error(WRONG_TYPE);
    return null;
  }
  // Whoever was told of expired or missing keys may have changed those looked up before: so all are found anew.
  const inputs = takeInputs(keys);
  for (let k = 0; k < keys; k++) {
    const e = db.find(args.buf, args.off[first + k]!, args.len[first + k]!);
    inputs[k]!.open(db, e !== 0 && isInputType(db.type(e)) && !c.keyspace.isExpired(e) ? e : 0);
  }
  const request: Request = { inputs, aggregate: sum, withScores: false, limit: Number.POSITIVE_INFINITY };
  return optionsOrReply(c, first + keys, form, request) ? request : null;
}

function takeInputs(count: number): ZsetInput[] {
  const inputs = pool;
  pool = [];
  while (inputs.length < count) inputs.push(new ZsetInput());
  inputs.length = count;
  return inputs;
}

/** Options from argument i on; false after an error reply. */
function optionsOrReply(c: CommandClient, i: number, form: Form, request: Request): boolean {
  const { args, out } = c;
  const { inputs } = request;
  const combines = form.operation !== 'diff' && !form.counts;
  while (i < args.argc) {
    const behind = args.argc - i - 1;
    if (combines && behind >= inputs.length && args.is(i, 'weights')) {
      i++;
      for (const input of inputs) {
        input.weight = doubleOrReply(c, i++, 'ERR weight value is not a float');
        if (Number.isNaN(input.weight)) return false;
      }
    } else if (combines && behind >= 1 && args.is(i, 'aggregate')) {
      const aggregate = aggregateOf(args, i + 1);
      if (aggregate === null) break;
      request.aggregate = aggregate;
      i += 2;
    } else if (!form.stores && !form.counts && args.is(i, 'withscores')) {
      request.withScores = true;
      i++;
    } else if (form.counts && behind >= 1 && args.is(i, 'limit')) {
      const limit = positiveOrReply(c, i + 1, "ERR LIMIT can't be negative");
      if (Number.isNaN(limit)) return false;
      request.limit = limit === 0 ? Number.POSITIVE_INFINITY : limit;
      i += 2;
    } else break;
  }
  if (i === args.argc) return true;
  out.error(SYNTAX_ERROR);
  return false;
}

function aggregateOf(args: Args, i: number): Aggregate | null {
  if (args.is(i, 'sum')) return sum;
  if (args.is(i, 'min')) return min;
  return args.is(i, 'max') ? max : null;
}

/** Smallest first; those of the same size stay in their order. */
function sortBySize(inputs: ZsetInput[]): void {
  inputs.sort((a, b) => a.size - b.size);
}

function union(request: Request, c: CommandClient, builder: ZsetBuilder): void {
  const { arena } = c.db;
  sortBySize(request.inputs);
  for (const input of request.inputs) {
    input.start();
    while (input.next()) {
      const hash = input.hash();
      const element = builder.find(input.buf, input.view, input.off, input.len, hash);
      if (element === 0) builder.collect(input.score, input.buf, input.off, input.len, hash);
      else setElementScore(arena, element, request.aggregate(elementScore(arena, element), input.score));
    }
  }
}

function intersect(request: Request, builder: ZsetBuilder): void {
  const { inputs, aggregate } = request;
  sortBySize(inputs);
  const smallest = inputs[0]!;
  smallest.start();
  while (smallest.next()) {
    const hash = smallest.hash();
    let score = smallest.score;
    let i = 1;
    for (; i < inputs.length; i++) {
      if (!inputs[i]!.has(smallest, hash)) break;
      score = aggregate(score, inputs[i]!.found);
    }
    if (i === inputs.length) builder.collect(score, smallest.buf, smallest.off, smallest.len, hash);
  }
}

/** How many members all inputs have, counted up to the limit. */
function countCommon({ inputs, limit }: Request): number {
  sortBySize(inputs);
  const smallest = inputs[0]!;
  let common = 0;
  smallest.start();
  while (common < limit && smallest.next()) if (inAll(inputs, smallest)) common++;
  return common;
}

function inAll(inputs: readonly ZsetInput[], from: ZsetInput): boolean {
  const hash = from.hash();
  for (let i = 1; i < inputs.length; i++) if (!inputs[i]!.has(from, hash)) return false;
  return true;
}

function subtract({ inputs }: Request, builder: ZsetBuilder): void {
  const from = inputs[0]!;
  for (let i = 1; i < inputs.length; i++) if (inputs[i]!.e === from.e) return;
  from.start();
  while (from.next()) {
    const hash = from.hash();
    if (!inNone(inputs, from, hash)) continue;
    if (from.isOrdered) builder.insert(from.score, from.buf, from.off, from.len, hash);
    else builder.collect(from.score, from.buf, from.off, from.len, hash);
  }
}

function inNone(inputs: readonly ZsetInput[], from: ZsetInput, hash: number): boolean {
  for (let i = 1; i < inputs.length; i++) if (inputs[i]!.has(from, hash)) return false;
  return true;
}

/** Computes and replies, or stores under the key in argument 1. */
function run(c: CommandClient, form: Form): void {
  const request = requestOrReply(c, form.stores ? 2 : 1, form);
  if (request === null) return;
  if (form.counts) c.out.integer(countCommon(request));
  else withBuilder(c, form, request);
  pool = request.inputs;
}

function withBuilder(c: CommandClient, form: Form, request: Request): void {
  const builder = new ZsetBuilder(c.db.arena);
  try {
    if (form.operation === 'union') union(request, c, builder);
    else if (form.operation === 'inter') intersect(request, builder);
    else subtract(request, builder);
    builder.finish();
    if (form.stores) return storeResult(c, builder, 1, `z${form.operation}store`);
    walk.startLarge(c.db.arena, builder.root, 0, builder.length, false);
    replyWalk(c.out, walk, request.withScores);
  } finally {
    builder.free();
  }
}

const KEYS_BY_NUMBER = { keyNumIndex: 0, firstKey: 1, step: 1 };
const INPUTS: KeySpec = { flags: ['RO', 'access'], begin: { index: 1 }, find: KEYS_BY_NUMBER };
const STORE_INPUTS: KeySpec = { flags: ['RO', 'access'], begin: { index: 2 }, find: KEYS_BY_NUMBER };

function reading(operation: Operation, counts = false): CommandSpec {
  const form: Form = { operation, stores: false, counts };
  return {
    name: counts ? `z${operation}card` : `z${operation}`,
    arity: -3,
    flags: ['readonly'],
    categories: ['sortedset'],
    keySpecs: [INPUTS],
    proc: (c) => run(c, form),
  };
}

function storing(operation: Operation): CommandSpec {
  const form: Form = { operation, stores: true, counts: false };
  return {
    name: `z${operation}store`,
    arity: -4,
    flags: ['write', 'denyoom'],
    categories: ['sortedset'],
    keySpecs: [keyRange(['OW', 'update']), STORE_INPUTS],
    proc: (c) => run(c, form),
  };
}

export const zalgebraCommands: readonly CommandSpec[] = [
  reading('union'),
  reading('inter'),
  reading('diff'),
  reading('inter', true),
  storing('union'),
  storing('inter'),
  storing('diff'),
];
