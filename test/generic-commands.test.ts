/** Generic commands inside one process: events and changes they announce, values of other types. */
import { expect, test } from 'vitest';
import { Config } from '../src/config/config.ts';
import { Args } from '../src/protocol/args.ts';
import type { Client } from '../src/server/clients/client.ts';
import type { KeyspaceEventListener } from '../src/server/execution/keyspace-events.ts';
import { createEmbeddedLogger } from '../src/server/process/logger.ts';
import { Server } from '../src/server/server.ts';
import type { Db } from '../src/store/db.ts';
import { ENC_RAW, TYPE_MODULE } from '../src/store/entry-layout.ts';
import { UNLINK_DELETED, UNLINK_EXPIRED, UNLINK_OVERWRITTEN, type ValueOps } from '../src/store/value-ops.ts';

function newServer(): { server: Server; c: Client; run: (line: string) => string } {
  const config = new Config();
  const server = new Server(config, createEmbeddedLogger(config), { embedded: true });
  const c = server.createInternalClient();
  return { server, c, run: (line) => server.callInternal(c, Args.from(line.split(' '))).toString('latin1') };
}

function keyText(buf: Uint8Array, off: number, len: number): string {
  return Buffer.from(buf.subarray(off, off + len)).toString('latin1');
}

let endListening = (): void => {};

/** Makes `fn` the only listener to keyspace events. */
function listen(server: Server, fn: KeyspaceEventListener): void {
  endListening();
  endListening = server.keyspaceEvents.add(~0, fn);
}

/** Collects events as `db:event:key` and changed keys as `db!key`. */
function record(server: Server): string[] {
  const seen: string[] = [];
  listen(server, (_type, event, db, buf, off, len) => seen.push(`${db}:${event}:${keyText(buf, off, len)}`));
  server.changes.observe((db, buf, off, len) => seen.push(`${db.id}!${keyText(buf, off, len)}`));
  return seen;
}

test('each command announces its events and changes, and counts the changes', () => {
  const { server, run } = newServer();
  run('MSET a 1 b 2 c 3 d 4');
  const seen = record(server);
  const expectEvents = (line: string, events: string[], dirty: number) => {
    seen.length = 0;
    const before = server.changes.dirty;
    expect(run(line)).not.toMatch(/^-/);
    expect([line, ...seen]).toEqual([line, ...events]);
    expect(server.changes.dirty - before).toBe(dirty);
  };
  expectEvents('RENAME a x', ['0:new:x', '0!a', '0!x', '0:rename_from:a', '0:rename_to:x'], 1);
  expectEvents('RENAMENX b x', [], 0);
  expectEvents('RENAME x x', [], 0);
  expectEvents('COPY b y', ['0:new:y', '0!y', '0:copy_to:y'], 1);
  expectEvents('COPY b y DB 3', ['3:new:y', '3!y', '3:copy_to:y'], 1);
  expectEvents('MOVE x 2', ['2:new:x', '0!x', '2!x', '0:move_from:x', '2:move_to:x'], 1);
  expectEvents('EXPIRE b 100', ['0!b', '0:expire:b'], 1);
  expectEvents('EXPIRE b 100 NX', [], 0);
  expectEvents('PERSIST b', ['0!b', '0:persist:b'], 1);
  expectEvents('PERSIST b', [], 0);
  expectEvents('PEXPIRE b -1', ['0!b', '0:del:b'], 1);
  expectEvents('DEL c none c', ['0!c', '0:del:c'], 1);
  expectEvents('UNLINK d y', ['0!d', '0:del:d', '0!y', '0:del:y'], 2);
  expectEvents('TYPE none', ['0:keymiss:none'], 0);
  expectEvents('OBJECT ENCODING none', [], 0);
  expectEvents('FLUSHALL', [], 2);
});

test('an expired key is announced once it is gone, whoever meets it', () => {
  const { server, run } = newServer();
  const lines = ['GET k', 'DEL k', 'EXISTS k', 'SCAN 0', 'SCAN 0 TYPE string', 'RANDOMKEY', 'RENAME k j', 'SET k 1 XX'];
  for (const line of lines) {
    run('SET k v PX 5');
    const seen = record(server);
    listen(server, (_type, event, db, buf, off, len) => {
      if (event === 'expired') seen.push(`${event}:${keyText(buf, off, len)}:${server.keyspace.dbs[db]!.size}`);
    });
    server.keyspace.tick(server.nowMs + 1000);
    run(line);
    server.keyspace.tick(server.nowMs);
    expect([line, ...seen.slice(0, 2)]).toEqual([line, 'expired:k:0', '0!k']);
    run('DEL k');
  }
});

test('receivers of an expired event may expire further keys', () => {
  const { server, run } = newServer();
  run('SET first v PX 5');
  run('SET second v PX 5');
  const seen: string[] = [];
  listen(server, (_type, event, _db, buf, off, len) => {
    if (event !== 'expired') return;
    seen.push(keyText(buf, off, len));
    run('GET second');
    seen.push(keyText(buf, off, len));
  });
  server.keyspace.tick(server.nowMs + 1000);
  run('GET first');
  expect(seen).toEqual(['first', 'second', 'second', 'first']);
});

test('databases tell before they are flushed or exchanged', () => {
  const { server, run } = newServer();
  run('SET k v');
  const seen: string[] = [];
  server.changes.observeDatabases((index) => void seen.push(`${index}:${server.keyspace.dbs[index]!.size}`));
  run('SWAPDB 0 1');
  run('SWAPDB 2 2');
  run('FLUSHDB');
  expect(seen).toEqual(['0:1', '1:0', '0:0']);
  run('FLUSHALL');
  expect(seen).toHaveLength(3 + server.keyspace.dbs.length);
  expect(seen).toContain('1:1');
});

test('during a pause expired keys are hidden, not deleted', async () => {
  const { server, run } = newServer();
  run('SET k v PX 5');
  server.pause.begin(server.nowMs + 60_000, true);
  // Real time: the server reads the clock again at every other command.
  await new Promise((resolve) => setTimeout(resolve, 20));
  server.keyspace.tick(Date.now());
  expect(run('GET k')).toBe('$-1\r\n');
  expect(run('KEYS *')).toBe('*0\r\n');
  expect(run('SCAN 0')).toBe('*2\r\n$1\r\n0\r\n*0\r\n');
  expect(run('RANDOMKEY')).toBe('$1\r\nk\r\n');
  expect(run('DBSIZE')).toBe(':1\r\n');
  server.pause.end();
  expect(run('GET k')).toBe('$-1\r\n');
  expect(run('DBSIZE')).toBe(':0\r\n');
});

/** A type whose value is a word; words that start with `heavy` are much work to free, `frozen` cannot be copied. */
class WordOps implements ValueOps {
  readonly calls: string[] = [];

  typeName(): string {
    return 'WordType-';
  }

  encodingName(): string {
    return 'raw';
  }

  word(db: Db, e: number): string {
    return keyText(db.u8(e), db.valOff(e), db.valLen(e));
  }

  copy(from: Db, e: number, to: Db, buf: Uint8Array, off: number, len: number): number | string {
    const word = this.word(from, e);
    if (word === 'frozen') return 'ERR not supported for this module key';
    const at = to.put(buf, off, len, TYPE_MODULE, ENC_RAW, word.length);
    to.u8(at).set(Buffer.from(word), to.valOff(at));
    return at;
  }

  freeSome(db: Db, e: number, budget: number): number {
    this.calls.push(`free ${this.word(db, e)}`);
    return budget;
  }

  freeEffort(db: Db, e: number): number {
    return this.word(db, e).startsWith('heavy') ? 1000 : 1;
  }

  memoryUsage(): number {
    return 0;
  }

  unlinked(db: Db, e: number, why: number): void {
    this.calls.push(`unlink ${this.word(db, e)} ${why}`);
  }
}

test('values of other types are named, copied, unlinked and freed by their operations', () => {
  const { server, c, run } = newServer();
  const { keyspace } = server;
  const ops = new WordOps();
  keyspace.types.register(TYPE_MODULE, ops);
  const add = (key: string, word: string) => {
    const name = Buffer.from(key);
    const e = c.db.put(name, 0, name.length, TYPE_MODULE, ENC_RAW, word.length);
    c.db.u8(e).set(Buffer.from(word), c.db.valOff(e));
  };
  const calls = (line: string): string[] => {
    ops.calls.length = 0;
    expect(run(line)).not.toMatch(/^-/);
    return ops.calls;
  };

  add('w', 'light');
  run('SET s v');
  expect(run('TYPE w')).toBe('+WordType-\r\n');
  expect(run('OBJECT ENCODING w')).toBe('$3\r\nraw\r\n');
  expect(run('GET w')).toMatch(/^-WRONGTYPE/);
  expect(run('SCAN 0 TYPE wordtype-')).toBe('*2\r\n$1\r\n0\r\n*1\r\n$1\r\nw\r\n');
  expect(run('SCAN 0 TYPE module')).toBe('*2\r\n$1\r\n0\r\n*0\r\n');

  expect(calls('COPY w x')).toEqual([]);
  expect(run('TYPE x')).toBe('+WordType-\r\n');
  expect(calls('RENAME x y')).toEqual([`unlink light ${UNLINK_DELETED}`]);
  expect(calls('MOVE y 1')).toEqual([`unlink light ${UNLINK_DELETED}`]);
  expect(calls('SET w v')).toEqual([`unlink light ${UNLINK_OVERWRITTEN}`, 'free light']);
  add('w', 'light');
  expect(calls('DEL w')).toEqual([`unlink light ${UNLINK_DELETED}`, 'free light']);
  add('w', 'light');
  expect(calls('UNLINK w')).toEqual([`unlink light ${UNLINK_DELETED}`, 'free light']);

  add('f', 'frozen');
  expect(run('COPY f s')).toBe(':0\r\n');
  expect(run('COPY f s REPLACE')).toBe('-ERR not supported for this module key\r\n');
  expect(run('GET s')).toBe('$1\r\nv\r\n');

  add('h', 'heavy');
  expect(calls('UNLINK h')).toEqual([`unlink heavy ${UNLINK_DELETED}`]);
  expect(keyspace.lazyFree.pendingObjects).toBe(1);
  keyspace.cron(5);
  expect(ops.calls).toContain('free heavy');
  expect(keyspace.lazyFree.pendingObjects).toBe(0);
  expect(keyspace.lazyFree.freedObjects).toBe(1);

  add('h', 'heavy');
  keyspace.lazyExpire = true;
  expect(calls('PEXPIRE h 5')).toEqual([]);
  keyspace.tick(server.nowMs + 1000);
  expect(calls('EXISTS h')).toEqual([`unlink heavy ${UNLINK_EXPIRED}`]);
  keyspace.tick(server.nowMs);
  expect(calls('FLUSHALL ASYNC')).toEqual([]);
  keyspace.cron(5);
  expect([...ops.calls].sort()).toEqual(['free frozen', 'free heavy', 'free light']);
  expect(keyspace.arena.usedBytes).toBe(0);

  add('w', 'light');
  expect(calls('FLUSHALL')).toEqual(['free light']);
  keyspace.validateIntegrity();
});
