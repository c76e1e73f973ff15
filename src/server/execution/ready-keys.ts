/**
 * Clients that wait for keys (BLPOP, BZPOPMIN, XREAD …), and the keys that have become ready for them.
 *
 * Each key that somebody waits for has a queue, in order of arrival. A key becomes ready when `Db` says that it was
 * added (by whatever command, module or SWAPDB) or a command says that it has more (`c.signalReady`); it is then on the
 * list of ready keys once. When the execution unit ends, the keys are served in the order in which they became ready,
 * and for each its clients in the order in which they came, until the key is used up. Serving may make other keys ready
 * (BLMOVE): they come after those.
 *
 *   queues[db index]: key -> KeyQueue { waiters: Set of Waiter, ready }
 *   ready: KeyQueue[]
 *
 * A database where nobody waits has no hooks, so adding a key there costs a comparison.
 */
import { ANY_TYPE, type BlockedState, type KeyWait } from '../../commands/command-client.ts';
import type { CommandEntry } from '../../commands/registry.ts';
import { ReplyWriter } from '../../protocol/reply.ts';
import type { Db } from '../../store/db.ts';
import type { EntryBlocks } from '../../store/entry-blocks.ts';
import { TYPE_LIST, TYPE_MODULE, TYPE_STREAM, TYPE_ZSET } from '../../store/entry-layout.ts';
import type { Client } from '../clients/client.ts';
import type { Server } from '../server.ts';
import { answerFailure } from './dispatch.ts';
import { UNITS_TRACKING } from './execution-units.ts';
import { BY_CLIENT } from './refusals.ts';

interface Waiter {
  readonly c: Client;
  readonly wait: KeyWait;
  /** The queues it is in, and for each the number of the key in `wait.keys`. */
  readonly queues: KeyQueue[];
  readonly positions: number[];
}

interface KeyQueue {
  readonly db: Db;
  readonly key: string;
  readonly bytes: Uint8Array;
  /** In order of arrival. */
  readonly waiters: Set<Waiter>;
  /** How many of them want to know that the key is gone. */
  goneWaiters: number;
  /** On the list of ready keys. */
  ready: boolean;
}

/** No key, where a type is expected. */
const NO_KEY = -1;

export class ReadyKeys {
  private readonly server: Server;
  private readonly queues: Map<string, KeyQueue>[];
  /** Waiters of each database that want to know of keys that are gone. */
  private readonly goneWaiters: Int32Array;
  private ready: KeyQueue[] = [];
  private serving = false;
  private readonly writer = new ReplyWriter(1024);

  constructor(server: Server) {
    this.server = server;
    const { dbs } = server.keyspace;
    this.queues = dbs.map(() => new Map());
    this.goneWaiters = new Int32Array(dbs.length);
    this.writer.onError = server.out.onError;
    server.hooks.swapDb.push((first, second) => {
      this.rescan(first);
      this.rescan(second);
    });
    server.hooks.flush.push((dbIndex, _lazy, ended) => {
      if (!ended) return;
      for (const db of dbs) if (dbIndex < 0 || db.id === dbIndex) this.rescan(db.id);
    });
  }

  /** Keys that clients wait for, and how many of these want to know of their end. */
  get keyCount(): number {
    return this.queues.reduce((n, queues) => n + queues.size, 0);
  }

  get goneKeyCount(): number {
    let n = 0;
    for (const queues of this.queues) for (const queue of queues.values()) if (queue.goneWaiters > 0) n++;
    return n;
  }

  /**
   * Lets the client wait, or answers at once as its timeout would where it may not wait: see `c.blockOnKeys`. `state`:
   * where the wait is a module's, what else it is.
   */
  block(c: Client, wait: KeyWait, state: BlockedState | null = null): void {
    if (!c.mayBlock) return wait.onTimeout(c);
    const waiter: Waiter = { c, wait, queues: [], positions: [] };
    for (let i = 0; i < wait.keys.length; i++) {
      const queue = this.queueOf(c.db, wait.keys[i]!);
      if (queue.waiters.has(waiter)) continue;
      queue.waiters.add(waiter);
      if (wait.wakesWhenGone) {
        queue.goneWaiters++;
        this.goneWaiters[c.db.id]!++;
      }
      waiter.queues.push(queue);
      waiter.positions.push(i);
    }
    this.setHooks(c.db);
    const { timeoutAtMs, onTimeout } = wait;
    c.block({
      ...(state ?? { kind: 'keys', timeoutAtMs, onTimeout, sinceUs: this.server.clock.now() }),
      onEnd: (client) => {
        this.forget(waiter);
        state?.onEnd?.(client);
      },
    });
  }

  /** A key may have something for those who wait for it. Cheap when nobody waits in the database. */
  signal(db: Db, buf: Uint8Array, off: number, len: number): void {
    const queues = this.queues[db.id]!;
    if (queues.size === 0) return;
    const queue = queues.get(Buffer.from(buf.buffer, buf.byteOffset + off, len).toString('latin1'));
    if (queue !== undefined) this.mark(queue);
  }

  /** Serves the clients that wait for ready keys; called when an execution unit has ended. */
  serve(): void {
    if (this.serving) return;
    this.serving = true;
    try {
      while (this.ready.length > 0) {
        const batch = this.ready;
        this.ready = [];
        for (const queue of batch) queue.ready = false;
        for (const queue of batch) this.serveQueue(queue);
      }
    } finally {
      this.serving = false;
    }
  }

  private queueOf(db: Db, key: string): KeyQueue {
    const queues = this.queues[db.id]!;
    let queue = queues.get(key);
    if (queue === undefined) {
      const bytes = Buffer.from(key, 'latin1');
      queue = { db, key, bytes, waiters: new Set(), goneWaiters: 0, ready: false };
      queues.set(key, queue);
    }
    return queue;
  }

  /** Lets the database tell of what somebody waits for. */
  private setHooks(db: Db): void {
    db.onAdded = this.queues[db.id]!.size > 0 ? this.changed : null;
    db.onRemoved = this.goneWaiters[db.id]! > 0 ? this.changed : null;
  }

  private readonly changed = (db: EntryBlocks, e: number): void => {
    // Nobody waits for the other types but modules, which say themselves when they are ready.
    const type = db.type(e);
    const waited = type === TYPE_LIST || type === TYPE_ZSET || type === TYPE_STREAM || type === TYPE_MODULE;
    if (waited || this.goneWaiters[(db as Db).id]! > 0) this.signal(db as Db, db.u8(e), db.keyOff(e), db.keyLen(e));
  };

  private mark(queue: KeyQueue): void {
    if (queue.ready) return;
    queue.ready = true;
    this.ready.push(queue);
    this.server.units.note();
  }

  /** A database has other contents: marks what is there now, and what is not. */
  private rescan(dbIndex: number): void {
    for (const queue of this.queues[dbIndex]!.values()) {
      if (queue.goneWaiters > 0 || typeNow(queue) !== NO_KEY) this.mark(queue);
    }
  }

  private forget(waiter: Waiter): void {
    for (const queue of waiter.queues) {
      queue.waiters.delete(waiter);
      if (waiter.wait.wakesWhenGone) {
        queue.goneWaiters--;
        this.goneWaiters[queue.db.id]!--;
      }
      if (queue.waiters.size === 0) this.queues[queue.db.id]!.delete(queue.key);
    }
    const db = waiter.queues[0]?.db;
    if (db !== undefined) this.setHooks(db);
  }

  private serveQueue(queue: KeyQueue): void {
    for (const waiter of queue.waiters) {
      const type = typeNow(queue);
      if (type === NO_KEY && queue.goneWaiters === 0) return;
      const { wait } = waiter;
      const fits = type !== NO_KEY && (wait.type === ANY_TYPE || wait.type === type);
      if (fits || wait.wakesWhenGone === true) this.serveClient(waiter, queue);
    }
  }

  /** Rules may have changed since the client began to wait: then it is refused instead of served. */
  private refusedNow(c: Client, cmd: CommandEntry): boolean {
    const { writer } = this;
    const { acl, blocked } = this.server;
    if (c.aclUser.unrestricted || cmd.module !== null) return false;
    const error = acl.judge(c, cmd, c.aclUser, BY_CLIENT);
    if (error === null) return false;
    c.uncounted = null;
    cmd.rejectedCalls++;
    writer.reset();
    writer.error(error);
    blocked.unblockWith(c, writer);
    return true;
  }

  /** Tries to serve one client: runs its `serve` as if it were its command again. */
  private serveClient(waiter: Waiter, queue: KeyQueue): void {
    const { server, writer } = this;
    const { c, wait } = waiter;
    const { units, propagation, changes, clock } = server;
    const { out } = c;
    const outer = server.executing;
    const cmd = c.lastCommand!;
    if (this.refusedNow(c, cmd)) return;
    const dirtyBefore = changes.dirty;
    const startUs = clock.now();
    writer.reset();
    writer.resp = out === server.out ? c.resp : out.resp;
    const errorsBefore = writer.errorCount;
    let served = false;
    units.enter();
    try {
      c.out = writer;
      c.command = cmd;
      server.executing = c;
      try {
        served = wait.serve(c, waiter.positions[waiter.queues.indexOf(queue)]!);
      } catch (error) {
        answerFailure(c, error, 0);
        served = true;
      } finally {
        c.out = out;
        c.command = null;
      }
      if (propagation.wanted) propagation.commandDone(c, cmd, changes.dirty !== dirtyBefore, false);
      if (served) {
        if (units.state & UNITS_TRACKING) server.tracking.remember(c, cmd);
        server.blocked.account(c, clock.now() - startUs, writer.errorCount !== errorsBefore);
        server.blocked.unblockWith(c, writer);
      }
      // Served or not, it may have been told of what happened meanwhile.
      server.pubsub.release(c);
    } finally {
      server.executing = outer;
      units.leave();
    }
  }
}

/** The type of what the key holds now; looking changes nothing. */
function typeNow({ db, bytes }: KeyQueue): number {
  const e = db.find(bytes, 0, bytes.length);
  return e === 0 ? NO_KEY : db.type(e);
}
