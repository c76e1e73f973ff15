/**
 * Who is told when the data set changes, and the count of changes.
 *
 * A command tells in a fixed order, through calls on its client: *modified* (counted; observers here: WATCH, client
 * side caching, …), *ready* (ready-keys.ts), *notified* (keyspace-events.ts), *propagated* (propagation.ts). The last
 * two of these are put off until it is over: clients that block are served, and lines sent, when the unit ends.
 */
import type { CommandClient } from '../../commands/command-client.ts';
import type { Db } from '../../store/db.ts';
import { addHook } from './hooks.ts';

/**
 * Is told that a key changed. Its bytes are borrowed. `c` is the client whose command did it, null for none (expiry).
 * The function runs no command and changes no key.
 */
export type ModifiedObserver = (db: Db, buf: Uint8Array, off: number, len: number, c: CommandClient | null) => void;

/** Is told before a database is flushed (-1) or gets the contents of another, `sourceIndex` (SWAPDB). */
export type ReplacedObserver = (dbIndex: number, sourceIndex: number) => void;

export class KeyChanges {
  /** Changes to the data set since start. */
  dirty = 0;
  /** `dirty` at the last save. */
  dirtyAtSave = 0;
  private readonly modifiedObservers: ModifiedObserver[] = [];
  private readonly replacedObservers: ReplacedObserver[] = [];
  /** Whether anybody is told of changed keys. */
  observed = false;

  /** Adds an observer of changed keys; returns what ends it. */
  observe(fn: ModifiedObserver): () => void {
    const end = addHook(this.modifiedObservers, fn);
    this.observed = true;
    return () => {
      end();
      this.observed = this.modifiedObservers.length > 0;
    };
  }

  /** Adds an observer of databases; returns what ends it. */
  observeDatabases(fn: ReplacedObserver): () => void {
    return addHook(this.replacedObservers, fn);
  }

  /** A key changed: counts `changes`, which may be 0, and tells. */
  modified(db: Db, buf: Uint8Array, off: number, len: number, c: CommandClient | null, changes: number): void {
    this.dirty += changes;
    if (this.observed) this.tell(db, buf, off, len, c);
  }

  /** Tells that a key changed; the change is counted already. */
  tell(db: Db, buf: Uint8Array, off: number, len: number, c: CommandClient | null): void {
    for (const fn of this.modifiedObservers) fn(db, buf, off, len, c);
  }

  /** A database is about to be emptied (-1), or to get the contents of `sourceIndex`. */
  replacing(dbIndex: number, sourceIndex: number): void {
    for (const fn of this.replacedObservers) fn(dbIndex, sourceIndex);
  }
}
