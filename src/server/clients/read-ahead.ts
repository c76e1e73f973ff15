/**
 * Requests of a round that were parsed ahead of their execution, so that their keys can be looked at together.
 *
 * A look-up costs two cache misses, bucket and entry. One after the other they are half of a GET's time; here the
 * loads of up to `AHEAD` keys do not depend on each other and the processor overlaps them. Nothing is decided by what
 * is loaded: execution looks every key up again, now in the cache.
 */
import type { CommandEntry, CommandRegistry } from '../../commands/registry.ts';
import { Args } from '../../protocol/args.ts';
import { EMPTY, READY } from '../../protocol/parser.ts';
import type { Db } from '../../store/db.ts';
import { hashBytes } from '../../store/hash.ts';
import type { Client } from './client.ts';

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

  /** Tells the database the hash of request i's key; `db.hint.clear()` when the request is done. */
  announce(i: number, db: Db): void {
    const at = this.keyArgs[i]!;
    if (at === 0) return;
    const args = this.requests[i]!;
    db.hint.set(args.buf, args.off[at]!, args.len[at]!, this.keyHashes[i]!);
  }

  /** Looks the commands up and brings the first key of each request into the cache. */
  prefetch(registry: CommandRegistry): void {
    const { requests, commands, keyArgs, keyHashes, hashes, dbs, count } = this;
    let keys = 0;
    let db: Db | null = null;
    this.version = registry.version;
    for (let i = 0; i < count; i++) {
      const args = requests[i]!;
      const command = registry.resolve(args);
      commands[i] = command;
      keyArgs[i] = 0;
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
    }
    if (keys > 0) this.sink ^= db!.dict.warm(hashes, keys);
  }
}
