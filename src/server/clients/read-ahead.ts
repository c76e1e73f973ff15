/**
 * Requests of a round that were parsed ahead of their execution, so that their keys can be looked at together.
 *
 * A look-up costs two cache misses, bucket and entry. One after the other they are half of a GET's time; here the
 * loads of up to `AHEAD` keys do not depend on each other and the processor overlaps them. Elements of large sets and
 * hashes, which commands name by an argument of their own, are loaded the same way after that. Nothing is decided by
 * what is loaded: execution looks everything up again, now in the cache.
 */
import type { CommandEntry, CommandRegistry } from '../../commands/registry.ts';
import { Args } from '../../protocol/args.ts';
import { EMPTY, READY } from '../../protocol/parser.ts';
import type { Db } from '../../store/db.ts';
import { ENC_HT, ENC_SKIPLIST } from '../../store/entry-layout.ts';
import { hashBytes } from '../../store/hash.ts';
import { htWarm } from '../../store/hash-table-warm.ts';
import type { Client } from './client.ts';

/** In place of the ref of a hash table. */
const NO_TABLE = 0;

/** Requests parsed ahead: enough to keep the memory busy, few enough to stay in the first-level cache. */
export const AHEAD = 32;
const NO_BYTES = new Uint8Array(0);

export class ReadAhead {
  /** Requests read, in order; the first `count` are valid. */
  private readonly requests: Args[] = Array.from({ length: AHEAD }, () => new Args(NO_BYTES, 8));
  /** Where each request starts in the buffer. */
  private readonly starts: Float64Array = new Float64Array(AHEAD);
  private readonly commands: (CommandEntry | null)[] = new Array(AHEAD).fill(null);
  /** Which argument of a request is its first key, 0: none; and the hash of that key. */
  private readonly keyArgs: Int32Array = new Int32Array(AHEAD);
  private readonly keyHashes: Int32Array = new Int32Array(AHEAD);
  /** Hashes of the keys to load. */
  private readonly hashes: Int32Array = new Int32Array(AHEAD);
  private readonly dbs: (Db | null)[] = new Array(AHEAD).fill(null);
  /** Which argument of a request is the element whose hash is in `elementHashes`, 0: none. */
  private readonly elementArgs: Int32Array = new Int32Array(AHEAD);
  private readonly elementHashes: Int32Array = new Int32Array(AHEAD);
  /** Tables of the elements to load. */
  private readonly tables: Uint32Array = new Uint32Array(AHEAD);
  count = 0;
  /** Registry version that `commands` belongs to. */
  private version = 0;
  /** Keeps the loads from being optimised away. */
  sink = 0;

  clear(): void {
    this.count = 0;
  }

  /** Drops references to a buffer that is given up; no request in it waits. */
  forget(buf: Uint8Array): void {
    for (const args of this.requests) if (args.buf === buf) args.buf = NO_BYTES;
  }

  /** Drops references to all buffers, and the room that long requests had; no request waits. */
  trim(): void {
    for (const args of this.requests) args.release();
  }

  get full(): boolean {
    return this.count === AHEAD;
  }

  /**
   * Adds a client's complete requests until there is none left or the room is full; returns the status that ended it
   * (READY when there may be more).
   */
  fill(c: Client, buf: Uint8Array, end: number): number {
    const { requests, starts, dbs } = this;
    const { parser } = c;
    let n = this.count;
    let status = READY;
    while (n < AHEAD) {
      const start = parser.pos;
      // A request begun in an earlier read goes on with its own arguments.
      if (!parser.midRequest) {
        const free = requests[n]!;
        requests[n] = parser.args;
        parser.args = free;
      }
      starts[n] = start;
      dbs[n] = c.db;
      status = parser.parse(buf, end);
      if (status === EMPTY) {
        const own = parser.args;
        parser.args = requests[n]!;
        requests[n] = own;
        continue;
      }
      if (status !== READY) break;
      const read = parser.args;
      parser.args = requests[n]!;
      requests[n] = read;
      n++;
    }
    this.count = n;
    return status;
  }

  request(i: number): Args {
    return this.requests[i]!;
  }

  start(i: number): number {
    return this.starts[i]!;
  }

  /** The command of request i; null when there is none or the table has changed since. */
  command(i: number, registry: CommandRegistry): CommandEntry | null {
    return registry.version === this.version ? this.commands[i]! : registry.resolve(this.requests[i]!);
  }

  /** Tells the database the hashes of request i's key and element; both hints are cleared when the request is done. */
  announce(i: number, db: Db): void {
    const at = this.keyArgs[i]!;
    if (at === 0) return;
    const args = this.requests[i]!;
    db.hint.set(args.buf, args.off[at]!, args.len[at]!, this.keyHashes[i]!);
    const element = this.elementArgs[i]!;
    if (element === 0) return;
    db.elementHint.set(args.buf, args.off[element]!, args.len[element]!, this.elementHashes[i]!);
  }

  /** Looks the commands up and brings the first key of each request into the cache. */
  prefetch(registry: CommandRegistry): void {
    const { requests, commands, keyArgs, keyHashes, hashes, dbs, count } = this;
    let keys = 0;
    let elements = 0;
    let db: Db | null = null;
    this.version = registry.version;
    for (let i = 0; i < count; i++) {
      const args = requests[i]!;
      const command = registry.resolve(args);
      commands[i] = command;
      keyArgs[i] = 0;
      this.elementArgs[i] = 0;
      if (command === null || command.firstKey === 0 || command.firstKey >= args.argc) continue;
      if (dbs[i] !== db) {
        if (keys > 0) this.sink ^= db!.dict.warm(hashes, keys);
        keys = 0;
        db = dbs[i]!;
      }
      const at = command.firstKey;
      const hash = hashBytes(args.buf, args.off[at]!, args.len[at]!);
      keyArgs[i] = at;
      keyHashes[i] = hash;
      hashes[keys++] = hash;
      if (command.elementArg !== 0) elements++;
    }
    if (keys > 0) this.sink ^= db!.dict.warm(hashes, keys);
    // A single one would have nothing to overlap with.
    if (elements > 1) this.prefetchElements();
  }

  /** Brings elements of large values into the cache that commands name; their entries are there by now. */
  private prefetchElements(): void {
    const { requests, commands, keyArgs, keyHashes, elementArgs, elementHashes, hashes, tables, dbs, count } = this;
    let n = 0;
    let lastDb: Db | null = null;
    let lastHash = 0;
    let table = NO_TABLE;
    for (let i = 0; i < count; i++) {
      const at = keyArgs[i] === 0 ? 0 : commands[i]!.elementArg;
      const args = requests[i]!;
      if (at === 0 || at >= args.argc) continue;
      const db = dbs[i]!;
      // Keys with one hash are the same key, or else something is loaded in vain.
      if (db !== lastDb || keyHashes[i] !== lastHash) {
        lastDb = db;
        lastHash = keyHashes[i]!;
        table = tableOf(db, args, keyArgs[i]!, lastHash);
      }
      if (table === NO_TABLE) continue;
      const hash = hashBytes(args.buf, args.off[at]!, args.len[at]!);
      elementArgs[i] = at;
      elementHashes[i] = hash;
      tables[n] = table;
      hashes[n++] = hash;
    }
    if (n > 1) this.sink ^= htWarm(lastDb!.arena, tables, hashes, n);
  }
}

/** The hash table of the value of a key, NO_TABLE when it has none. */
function tableOf(db: Db, args: Args, keyArg: number, hash: number): number {
  const e = db.dict.find(args.buf, args.off[keyArg]!, args.len[keyArg]!, hash);
  if (e === 0) return NO_TABLE;
  const encoding = db.encoding(e);
  // The table is what the root block of either starts with.
  return encoding === ENC_HT || encoding === ENC_SKIPLIST ? db.root(e) : NO_TABLE;
}
