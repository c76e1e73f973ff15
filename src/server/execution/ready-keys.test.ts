/** Clients that wait for keys: order, timeouts, and whatever makes a key ready; with commands made for the purpose. */
import { afterEach, expect, test } from 'vitest';
import { encodeCommand, RespClient } from '../../../test/support/resp.ts';
import { argKeys, msTimeoutOrReply } from '../../commands/blocking.ts';
import type { CommandClient } from '../../commands/command-client.ts';
import { checkType, writeKey, writeKeyOfType } from '../../commands/lookup.ts';
import type { CommandSpec } from '../../commands/spec.ts';
import { Config } from '../../config/config.ts';
import { loadRecord } from '../../config/load.ts';
import { NOTIFY_MODULE } from '../../config/notify.ts';
import { Args } from '../../protocol/args.ts';
import { ENC_RAW, TYPE_MODULE } from '../../store/entry-layout.ts';
import { inlineOps, type ValueOps } from '../../store/value-ops.ts';
import { CLIENT_CLOSED, CLIENT_DENY_BLOCKING, CLIENT_INTERNAL, type Client } from '../clients/client.ts';
import { createEmbeddedLogger } from '../process/logger.ts';
import { Server } from '../server.ts';

/** A pile: one byte, how many pieces are left; an empty pile is deleted. */
const pileOps: ValueOps = { ...inlineOps(TYPE_MODULE), typeName: () => 'pile' };

/** PUSH key n: lays n pieces on the pile. */
function push(c: CommandClient): void {
  const { args, db } = c;
  let e = writeKeyOfType(c, 1, TYPE_MODULE);
  if (e < 0) return;
  const before = e === 0 ? 0 : db.u8(e)[db.valOff(e)]!;
  if (e === 0) e = db.add(args.buf, args.off[1]!, args.len[1]!, TYPE_MODULE, ENC_RAW, 1);
  db.u8(e)[db.valOff(e)] = before + Number(args.latin1(2));
  c.modified(1);
  if (before > 0) c.signalReady(1);
  c.notify(NOTIFY_MODULE, 'push', 1);
  c.out.integer(before + Number(args.latin1(2)));
}

/** Takes a piece of the pile in argument i, and lays it on another when there is a `to`; the reply is the key. */
function take(c: CommandClient, i: number): boolean {
  const { db, args } = c;
  const e = checkType(c, writeKey(c, i), TYPE_MODULE);
  if (e <= 0) return e < 0;
  const at = db.valOff(e);
  const left = --db.u8(e)[at]!;
  if (left === 0) db.deleteEntry(e);
  c.modified(i);
  c.notify(NOTIFY_MODULE, 'pop', i);
  c.propagateAs('POP', args.latin1(i));
  c.out.bulkText(args.latin1(i));
  return true;
}

/** BPOP key… ms: takes a piece, waiting for one. */
function bpop(c: CommandClient): void {
  const last = c.args.argc - 2;
  const timeoutAtMs = msTimeoutOrReply(c, last + 1);
  if (Number.isNaN(timeoutAtMs)) return;
  for (let i = 1; i <= last; i++) if (take(c, i)) return;
  c.blockOnKeys({
    keys: argKeys(c, 1, last),
    type: TYPE_MODULE,
    timeoutAtMs,
    serve: (client, k) => take(client, 1 + k),
    onTimeout: (client) => client.out.nullArray(),
  });
}

/** BMOVE from to: takes a piece and lays it on another pile. */
function bmove(c: CommandClient): void {
  c.blockOnKeys({
    keys: argKeys(c, 1, 1),
    type: TYPE_MODULE,
    timeoutAtMs: 0,
    serve(client) {
      const { args, db } = client;
      if (!take(client, 1)) return false;
      db.put(args.buf, args.off[2]!, args.len[2]!, TYPE_MODULE, ENC_RAW, 1);
      const e = db.find(args.buf, args.off[2]!, args.len[2]!);
      db.u8(e)[db.valOff(e)] = 1;
      client.modified(2);
      return true;
    },
    onTimeout: (client) => client.out.nullBulk(),
  });
}

/** BWATCH key: waits until the key is no pile any more. */
function bwatch(c: CommandClient): void {
  c.blockOnKeys({
    keys: argKeys(c, 1, 1),
    type: TYPE_MODULE,
    timeoutAtMs: 0,
    wakesWhenGone: true,
    serve(client) {
      const e = writeKey(client, 1);
      if (e !== 0 && client.db.type(e) === TYPE_MODULE) return false;
      client.out.error(e === 0 ? 'UNBLOCKED gone' : 'WRONGTYPE other');
      return true;
    },
    onTimeout: (client) => client.out.nullBulk(),
  });
}

/** TWICE command…: runs a command line two times as one unit. */
function twice(c: CommandClient): void {
  const client = c as Client;
  const { args } = client;
  for (let i = 0; i < 2; i++) client.server.callInternal(client.server.createInternalClient(), args.startingAt(1));
  client.out.ok();
}

const rows: CommandSpec[] = [
  { name: 'push', arity: 3, flags: ['write'], proc: push },
  { name: 'bpop', arity: -3, flags: ['write', 'blocking'], proc: bpop },
  { name: 'bmove', arity: 3, flags: ['write', 'blocking'], proc: bmove },
  { name: 'bwatch', arity: 2, flags: ['write', 'blocking'], proc: bwatch },
  { name: 'twice', arity: -2, flags: ['write'], proc: twice },
];

let server: Server;
afterEach(() => server.close());

/** A server, and a way to run commands and to have clients wait: `replies` shows what came, as `name:reply`. */
function setUp() {
  const config = new Config();
  server = new Server(config, createEmbeddedLogger(config), { embedded: true });
  server.keyspace.types.register(TYPE_MODULE, pileOps);
  for (const row of rows) server.commands.add(row);
  const replies: string[] = [];
  const caller = server.createInternalClient();
  const run = (line: string): string => server.callInternal(caller, Args.from(line.split(' '))).toString('latin1');
  const wait = (name: string, line: string, db = 0): Client => {
    const c = server.createInternalClient();
    c.selectDb(db);
    // As if it had a connection: it may wait.
    c.flags &= ~(CLIENT_INTERNAL | CLIENT_DENY_BLOCKING);
    c.onReply = () => replies.push(`${name}:${c.out.take().toString('latin1').trim().split('\r\n').pop()}`);
    server.runInternal(c, Args.from(line.split(' ')));
    if (c.blocked === null) c.onReply();
    return c;
  };
  const seen = (): string[] => replies.splice(0);
  return { run, wait, seen };
}

test('clients are served in the order in which they came, as long as the key lasts', () => {
  const { run, wait, seen } = setUp();
  wait('a', 'BPOP k 0');
  wait('b', 'BPOP other k 0');
  wait('c', 'BPOP k 0');
  expect(server.blocked.count).toBe(3);
  expect(run('PUSH k 2')).toBe(':2\r\n');
  expect(seen()).toEqual(['a:k', 'b:k']);
  expect(run('PUSH k 5')).toBe(':5\r\n');
  expect(seen()).toEqual(['c:k']);
  expect([server.blocked.count, server.readyKeys.keyCount]).toEqual([0, 0]);
  expect(server.keyspace.dbs[0]!.onAdded).toBeNull();
  wait('d', 'BPOP k 0');
  expect(seen()).toEqual(['d:k']);
});

test('keys are served in the order in which they became ready, once the unit has ended', () => {
  const { run, wait, seen } = setUp();
  wait('a', 'BPOP x y 0');
  wait('b', 'BPOP y x 0');
  run('TWICE PUSH y 1');
  expect(seen()).toEqual(['a:y', 'b:y']);
  wait('c', 'BPOP k k 0');
  run('TWICE PUSH k 1');
  expect(seen()).toEqual(['c:k']);
  wait('d', 'BPOP k 0');
  expect(seen()).toEqual(['d:k']);
});

test('serving makes other keys ready, which come after', () => {
  const { run, wait, seen } = setUp();
  wait('last', 'BPOP z 0');
  wait('first', 'BMOVE x y');
  wait('second', 'BMOVE y z');
  run('PUSH x 1');
  expect(seen()).toEqual(['first:x', 'second:y', 'last:z']);
  expect(run('EXISTS x y z')).toBe(':0\r\n');
});

test('a key comes by RENAME, MOVE, COPY and SWAPDB too, and in its database only', () => {
  const { run, wait, seen } = setUp();
  const ready = (db: number, ...lines: string[]): void => {
    wait('w', 'BPOP k 0', db);
    for (const line of lines.slice(0, -1)) run(line);
    expect(seen()).toEqual([]);
    run(lines.at(-1)!);
    expect(seen()).toEqual(['w:k']);
  };
  ready(0, 'SET k text', 'DEL k', 'PUSH other 1', 'RENAME other k');
  ready(3, 'PUSH k 1', 'MOVE k 3');
  ready(3, 'PUSH k 1', 'COPY k k DB 3');
  run('FLUSHALL');
  ready(3, 'PUSH k 1', 'SWAPDB 0 3');
  ready(0, 'SET k text', 'PUSH other 1', 'COPY other k REPLACE');
});

test('a wait ends by its timeout, by CLIENT UNBLOCK, or with its client', async () => {
  const { run, wait, seen } = setUp();
  wait('a', 'BPOP k 1');
  await expect.poll(seen).toEqual(['a:*-1']);
  const b = wait('b', 'BPOP k 0');
  expect(run(`CLIENT UNBLOCK ${b.id}`)).toBe(':1\r\n');
  expect(seen()).toEqual(['b:*-1']);
  const c = wait('c', 'BPOP k 0');
  expect(run(`CLIENT UNBLOCK ${c.id} ERROR`)).toBe(':1\r\n');
  expect(seen()).toEqual(['c:-UNBLOCKED client unblocked via CLIENT UNBLOCK']);
  const d = wait('d', 'BPOP k 0');
  d.flags |= CLIENT_CLOSED;
  server.blocked.disconnected(d);
  run('PUSH k 1');
  expect(seen()).toEqual([]);
  expect(run('EXISTS k')).toBe(':1\r\n');
});

test('a client that must not block is answered at once', () => {
  const { run } = setUp();
  expect(run('BPOP k 0')).toBe('*-1\r\n');
  const c = server.createInternalClient();
  c.flags = CLIENT_DENY_BLOCKING;
  expect(server.callInternal(c, Args.from(['BPOP', 'k', '0'])).toString()).toBe('*-1\r\n');
  expect(server.readyKeys.keyCount).toBe(0);
});

test('who asks for it is woken when the key is deleted, replaced or flushed', () => {
  const { run, wait, seen } = setUp();
  const gone = (expected: string, line: string): void => {
    run('PUSH k 1');
    wait('w', 'BWATCH k');
    run('PUSH k 1');
    run('PUSH other 1');
    expect(seen()).toEqual([]);
    expect(server.readyKeys.goneKeyCount).toBe(1);
    run(line);
    expect([line, ...seen()]).toEqual([line, `w:${expected}`]);
    run('FLUSHALL');
  };
  gone('-UNBLOCKED gone', 'DEL k');
  gone('-UNBLOCKED gone', 'RENAME k j');
  gone('-UNBLOCKED gone', 'MOVE k 1');
  gone('-UNBLOCKED gone', 'FLUSHALL');
  gone('-UNBLOCKED gone', 'SWAPDB 0 1');
  gone('-UNBLOCKED gone', 'PEXPIREAT k 1');
  gone('-WRONGTYPE other', 'SET k text');
  expect(server.keyspace.dbs[0]!.onRemoved).toBeNull();
});

test('each served client is propagated by itself, after the command that served it', () => {
  const { run, wait } = setUp();
  const lines: string[] = [];
  server.propagation.add((db, args) => {
    lines.push([db, ...Array.from({ length: args.argc }, (_, i) => args.latin1(i))].join(' '));
  });
  wait('a', 'BPOP k 0', 2);
  wait('b', 'BPOP j k 0', 2);
  run('SELECT 2');
  run('PUSH k 2');
  expect(lines).toEqual(['2 PUSH k 2', '2 POP k', '2 POP k']);
});

test('everybody is told in one order', () => {
  const { run, wait, seen } = setUp();
  const told: string[] = [];
  server.changes.observe(
    (_db, buf, off, len) => void told.push(`modified ${Buffer.from(buf).toString('latin1', off, off + len)}`),
  );
  server.keyspaceEvents.add(~0, (_type, event) => void told.push(`notified ${event}`));
  server.propagation.add((_db, args) => void told.push(`propagated ${args.latin1(0)}`));
  wait('a', 'BPOP k 0');
  run('PUSH k 1');
  expect(told).toEqual([
    'modified k',
    'notified push',
    'propagated PUSH',
    'modified k',
    'notified pop',
    'propagated POP',
  ]);
  expect(seen()).toEqual(['a:k']);
});

test('over connections: replies of pipelines and of served clients do not mix', async () => {
  const config = new Config();
  loadRecord(config, { port: '0', bind: '127.0.0.1', 'io-backend': process.env['GRAFTIS_TEST_IO'] ?? 'epoll' });
  server = await Server.start(config, createEmbeddedLogger(config), { embedded: true });
  server.keyspace.types.register(TYPE_MODULE, pileOps);
  for (const row of rows) server.commands.add(row);
  const connect = async () => {
    const client = await RespClient.connect({ port: server.port, host: '127.0.0.1' });
    const seen: string[] = [];
    client.socket.on('data', (chunk: Buffer) => seen.push(...chunk.toString().split('\r\n').filter(Boolean)));
    const send = (...lines: string[]) =>
      client.socket.write(Buffer.concat(lines.map((line) => encodeCommand(line.split(' ')))));
    return { client, seen, send };
  };
  const [a, b, c] = [await connect(), await connect(), await connect()];
  a.send('PING', 'BPOP k 0', 'BPOP j 0', 'PING last');
  b.send('CLIENT REPLY OFF', 'BPOP k 0', 'CLIENT REPLY ON', 'PING heard');
  await expect.poll(() => server.blocked.count).toBe(2);
  c.send('PING before', 'PUSH k 2', 'EXISTS k', 'PUSH j 1', 'PING after');
  await expect.poll(() => c.seen).toEqual(['$6', 'before', ':2', ':0', ':1', '$5', 'after']);
  await expect.poll(() => a.seen).toEqual(['+PONG', '$1', 'k', '$1', 'j', '$4', 'last']);
  await expect.poll(() => b.seen).toEqual(['+OK', '$5', 'heard']);
  for (const { client } of [a, b, c]) client.destroy();
});
