/** KEYS, SCAN, RANDOMKEY. */
import { globMatch } from '../../protocol/glob.ts';
import type { Db } from '../../store/db.ts';
import { TYPE_MODULE, TYPE_NAMES } from '../../store/entry-layout.ts';
import { EXPIRE_DELETE, EXPIRE_IGNORE } from '../../store/expire-causes.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { integerOrReply } from '../parse.ts';
import { cursorOrReply } from '../scan-cursor.ts';
import type { CommandSpec } from '../spec.ts';

const STAR = 42;
const DEFAULT_COUNT = 10;
/** Buckets visited for each element asked for, so that a sparse table does not make one call long. */
const BUCKETS_PER_ELEMENT = 10;
/** Refs that are kept room for between calls. */
const SCRATCH_MAX = 64 * 1024;

function keys(c: CommandClient): void {
  const { args, db, out } = c;
  const { keyspace } = c.server;
  const { buf } = args;
  const from = args.off[1]!;
  const to = from + args.len[1]!;
  const all = to - from === 1 && buf[from] === STAR;
  const mark = out.defer();
  let count = 0;
  db.forEach((e) => {
    const off = db.keyOff(e);
    const len = db.keyLen(e);
    if (!all && !globMatch(buf, from, to, db.u8(e), off, off + len, false)) return;
    if (keyspace.expireMode !== EXPIRE_IGNORE && keyspace.isExpired(e)) return;
    out.bulk(db.u8(e), off, len);
    count++;
  });
  out.endArray(mark, count);
}

/** Argument numbers of SCAN's options; 0 for those not given. */
interface ScanOptions {
  count: number;
  match: number;
  type: number;
}

/** The options from argument 2 on; null after an error reply. */
function scanOptionsOrReply(c: CommandClient): ScanOptions | null {
  const { args, out } = c;
  const options: ScanOptions = { count: DEFAULT_COUNT, match: 0, type: 0 };
  let i = 2;
  while (i < args.argc) {
    const hasValue = i + 1 < args.argc;
    if (hasValue && args.is(i, 'count')) {
      options.count = integerOrReply(c, i + 1);
      if (Number.isNaN(options.count)) return null;
      if (options.count < 1) {
        out.error(SYNTAX_ERROR);
        return null;
      }
      i += 2;
    } else if (hasValue && args.is(i, 'match')) {
      options.match = i + 1;
      i += 2;
    } else if (hasValue && args.is(i, 'type')) {
      options.type = i + 1;
      i += 2;
    } else {
      out.error(args.is(i, 'novalues') ? 'ERR NOVALUES option can only be used in HSCAN' : SYNTAX_ERROR);
      return null;
    }
  }
  return options;
}

/** Entries found by the running SCAN; taken away while in use, because a hook may run another one. */
let scratch: Uint32Array | null = null;

function scan(c: CommandClient): void {
  const { db, out } = c;
  let cursor = cursorOrReply(c, 1);
  if (Number.isNaN(cursor)) return;
  const options = scanOptionsOrReply(c);
  if (options === null) return;

  let found = scratch ?? new Uint32Array(1024);
  scratch = null;
  let size = 0;
  let sampled = 0;
  const matches = keyFilter(c, options.match);
  const visit = (e: number) => {
    sampled++;
    if (matches !== null && !matches(e)) return;
    if (size === found.length) {
      const larger = new Uint32Array(size * 2);
      larger.set(found);
      found = larger;
    }
    found[size++] = e;
  };
  let buckets = options.count * BUCKETS_PER_ELEMENT;
  do cursor = db.scan(cursor, visit);
  while (cursor !== 0 && buckets-- > 0 && sampled < options.count);

  size = dropExpired(c, found, size, options.type !== 0);
  if (options.type !== 0) size = dropOtherTypes(c, found, size, options.type);
  out.array(2);
  out.bulkInteger(cursor);
  out.array(size);
  for (let i = 0; i < size; i++) {
    const e = found[i]!;
    out.bulk(db.u8(e), db.keyOff(e), db.keyLen(e));
  }
  if (found.length <= SCRATCH_MAX) scratch = found;
}

/** Whether an entry's key matches the pattern in argument i; null when every key does. */
function keyFilter(c: CommandClient, i: number): ((e: number) => boolean) | null {
  const { args, db } = c;
  if (i === 0) return null;
  const { buf } = args;
  const from = args.off[i]!;
  const to = from + args.len[i]!;
  if (to - from === 1 && buf[from] === STAR) return null;
  return (e) => {
    const off = db.keyOff(e);
    return globMatch(buf, from, to, db.u8(e), off, off + db.keyLen(e), false);
  };
}

/**
 * Removes expired entries from found[0 .. size) and, where that is done, from the database; returns how many are left.
 * `count`: each is a look-up for the statistics, as in Redis when it compares types.
 */
function dropExpired(c: CommandClient, found: Uint32Array, size: number, count: boolean): number {
  const { db } = c;
  const { keyspace } = c.server;
  const { expireMode, stats } = keyspace;
  let expired = 0;
  if (expireMode !== EXPIRE_IGNORE && db.volatileSize > 0) {
    for (let i = 0; i < size; i++) if (keyspace.isExpired(found[i]!)) expired++;
  }
  if (count) {
    stats.misses += expired;
    stats.hits += size - expired;
  }
  if (expired === 0) return size;
  if (expireMode === EXPIRE_DELETE) return expireFound(c, found, size);
  let kept = 0;
  for (let i = 0; i < size; i++) if (!keyspace.isExpired(found[i]!)) found[kept++] = found[i]!;
  return kept;
}

/** Deletes the expired among the entries found. Whoever is told may change the others: they are found again by name. */
function expireFound(c: CommandClient, found: Uint32Array, size: number): number {
  const { db } = c;
  const { keyspace } = c.server;
  const names: Uint8Array[] = [];
  for (let i = 0; i < size; i++) {
    const off = db.keyOff(found[i]!);
    names.push(db.u8(found[i]!).slice(off, off + db.keyLen(found[i]!)));
  }
  const left = names.filter((name) => {
    const e = db.find(name, 0, name.length);
    return e !== 0 && !keyspace.expireIfNeeded(db, e);
  });
  let kept = 0;
  for (const name of left) {
    const e = db.find(name, 0, name.length);
    if (e !== 0) found[kept++] = e;
  }
  return kept;
}

/** Leaves only entries of the type in argument i. */
function dropOtherTypes(c: CommandClient, found: Uint32Array, size: number, i: number): number {
  const isWanted = typeFilter(c, i);
  let kept = 0;
  for (let k = 0; k < size; k++) if (isWanted(c.db, found[k]!)) found[kept++] = found[k]!;
  return kept;
}

/** Whether an entry has the type named by argument i, in any case. A name nobody knows fits nothing. */
function typeFilter(c: CommandClient, i: number): (db: Db, e: number) => boolean {
  const { types } = c.server.keyspace;
  const wanted = c.args.latin1(i).split('\0', 1)[0]!.toLowerCase();
  const type = TYPE_NAMES.findIndex((name, number) => number !== TYPE_MODULE && name === wanted);
  if (type >= 0) return (db, e) => db.type(e) === type;
  return (db, e) => db.type(e) === TYPE_MODULE && types.of(TYPE_MODULE).typeName(db, e).toLowerCase() === wanted;
}

function randomkey(c: CommandClient): void {
  const { db, out } = c;
  const e = c.server.keyspace.randomEntry(db);
  if (e === 0) out.nullBulk();
  else out.bulk(db.u8(e), db.keyOff(e), db.keyLen(e));
}

export const scanCommands: readonly CommandSpec[] = [
  {
    name: 'keys',
    arity: 2,
    flags: ['readonly'],
    categories: ['keyspace', 'dangerous'],
    tips: ['request_policy:all_shards', 'nondeterministic_output_order'],
    proc: keys,
  },
  {
    name: 'scan',
    arity: -2,
    flags: ['readonly'],
    categories: ['keyspace'],
    tips: ['nondeterministic_output', 'request_policy:special', 'response_policy:special'],
    proc: scan,
  },
  {
    name: 'randomkey',
    arity: 1,
    flags: ['readonly'],
    categories: ['keyspace'],
    tips: ['request_policy:all_shards', 'response_policy:special', 'nondeterministic_output'],
    proc: randomkey,
  },
];
