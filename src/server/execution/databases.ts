/** What happens to whole databases: they are emptied or exchanged, and whoever must know is told. */
import type { Server } from '../server.ts';

export class Databases {
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  /** Empties a database, or with -1 all of them; `lazy`: memory is given back later. */
  flush(dbIndex: number, lazy: boolean): void {
    const { changes, gate, hooks, keyspace } = this.server;
    const { dbs } = keyspace;
    for (const fn of hooks.flush) fn(dbIndex, lazy, false);
    for (const db of dbIndex < 0 ? dbs : [dbs[dbIndex]!]) changes.replacing(db.id, -1);
    changes.dirty += dbIndex < 0 ? keyspace.flushAll(lazy) : keyspace.flushDb(dbs[dbIndex]!, lazy);
    // A module's thread that finds a key gone counts on the value being freed, or nearly so: in Redis a thread of its own
    // does that at once. RediSearch's collector of garbage ends by itself then, and is ended again by the late release.
    if (lazy && gate.gate?.active === true) keyspace.lazyFree.freeNative();
    for (const fn of hooks.flush) fn(dbIndex, lazy, true);
  }

  /** Exchanges the contents of two databases, which may be the same: that counts as a change too. */
  swap(first: number, second: number): void {
    const { changes, hooks, keyspace } = this.server;
    if (first !== second) {
      changes.replacing(first, second);
      changes.replacing(second, first);
      keyspace.swapDb(first, second);
    }
    for (const fn of hooks.swapDb) fn(first, second);
    changes.dirty++;
  }
}
