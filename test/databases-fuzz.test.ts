/** Random commands that move keys about, against a plain model; the store's structures are checked as they go. */
import { expect, test } from 'vitest';
import { Config } from '../src/config/config.ts';
import { Args } from '../src/protocol/args.ts';
import { createEmbeddedLogger } from '../src/server/process/logger.ts';
import { Server } from '../src/server/server.ts';
import { fuzz, type Random } from './support/fuzz.ts';

const DATABASES = 3;
const STEPS = 1500;
const FAR_MS = 33177117420000;

interface Value {
  text: string;
  expireMs: number;
}

/** Runs a step on the model and returns the reply it expects. */
function modelStep(dbs: Map<string, Value>[], current: number, command: string[]): string {
  const db = dbs[current]!;
  const [name, key = '', other = ''] = command;
  const value = db.get(key);
  switch (name) {
    case 'SET':
      db.set(key, { text: other, expireMs: -1 });
      return '+OK';
    case 'PEXPIREAT':
      if (value === undefined) return ':0';
      value.expireMs = Number(other);
      return ':1';
    case 'PERSIST': {
      if (value === undefined || value.expireMs < 0) return ':0';
      value.expireMs = -1;
      return ':1';
    }
    case 'DEL':
    case 'UNLINK':
      return db.delete(key) ? ':1' : ':0';
    case 'RENAME':
    case 'RENAMENX':
      if (value === undefined) return '-ERR no such key';
      if (name === 'RENAMENX' && db.has(other)) return ':0';
      db.delete(key);
      db.set(other, value);
      return name === 'RENAME' ? '+OK' : ':1';
    case 'MOVE': {
      const target = dbs[Number(other)]!;
      if (target === db) return '-ERR source and destination objects are the same';
      if (value === undefined || target.has(key)) return ':0';
      db.delete(key);
      target.set(key, value);
      return ':1';
    }
    case 'COPY': {
      const target = dbs[Number(command[4])]!;
      if (target === db && key === other) return '-ERR source and destination objects are the same';
      if (value === undefined || (target.has(other) && command[5] === undefined)) return ':0';
      target.set(other, { ...value });
      return ':1';
    }
    case 'SWAPDB': {
      const [a, b] = [Number(key), Number(other)];
      [dbs[a], dbs[b]] = [dbs[b]!, dbs[a]!];
      return '+OK';
    }
    case 'FLUSHDB':
      db.clear();
      return '+OK';
    default:
      throw new Error(`no model of ${name}`);
  }
}

function randomCommand(random: Random): string[] {
  const key = () => `${'k'.repeat(random.oneIn(8) ? 200 : 1)}${random.below(40)}`;
  const db = () => String(random.below(DATABASES));
  const kind = random.below(100);
  if (kind < 35) return ['SET', key(), 'v'.repeat(random.oneIn(5) ? random.below(6000) : random.below(60))];
  if (kind < 50) return ['PEXPIREAT', key(), String(FAR_MS + random.below(1e9))];
  if (kind < 55) return ['PERSIST', key()];
  if (kind < 62) return [random.oneIn(2) ? 'DEL' : 'UNLINK', key()];
  if (kind < 72) return [random.oneIn(2) ? 'RENAME' : 'RENAMENX', key(), key()];
  if (kind < 83) return ['MOVE', key(), db()];
  if (kind < 96) return ['COPY', key(), key(), 'DB', db(), ...(random.oneIn(2) ? ['REPLACE'] : [])];
  if (kind < 99) return ['SWAPDB', db(), db()];
  return ['FLUSHDB', random.oneIn(2) ? 'ASYNC' : 'SYNC'];
}

test('keys are where the model has them, with their values and deadlines', async () => {
  const config = new Config();
  await fuzz(4, (random) => {
    const server = new Server(config, createEmbeddedLogger(config), { embedded: true });
    const client = server.createInternalClient();
    const run = (command: string[]) => server.callInternal(client, Args.from(command)).toString('latin1');
    const dbs = Array.from({ length: DATABASES }, () => new Map<string, Value>());
    const check = () => {
      server.keyspace.validateIntegrity();
      for (let i = 0; i < DATABASES; i++) {
        client.selectDb(i);
        expect(run(['DBSIZE'])).toBe(`:${dbs[i]!.size}\r\n`);
        for (const [key, { text, expireMs }] of dbs[i]!) {
          expect(run(['GET', key])).toBe(`$${text.length}\r\n${text}\r\n`);
          expect(run(['PEXPIRETIME', key])).toBe(`:${expireMs}\r\n`);
        }
      }
    };
    for (let step = 0; step < STEPS; step++) {
      const current = random.below(DATABASES);
      client.selectDb(current);
      const command = randomCommand(random);
      expect([command.join(' '), run(command)]).toEqual([command.join(' '), `${modelStep(dbs, current, command)}\r\n`]);
      if (step % 250 === 249) check();
      if (random.oneIn(50)) server.keyspace.cron(1);
    }
    expect(run(['FLUSHALL'])).toBe('+OK\r\n');
    for (let i = 0; i < 1000 && server.keyspace.lazyFree.pendingObjects > 0; i++) server.keyspace.cron(1);
    expect(server.keyspace.arena.usedBytes).toBe(0);
    server.keyspace.validateIntegrity();
  });
});
