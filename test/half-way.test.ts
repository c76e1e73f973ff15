/** Commands that change several keys and run out of memory half way. */
import { expect, test } from 'vitest';
import { Config } from '../src/config/config.ts';
import { loadRecord } from '../src/config/load.ts';
import { OutOfMemory } from '../src/memory/out-of-memory.ts';
import { Args } from '../src/protocol/args.ts';
import { createEmbeddedLogger } from '../src/server/process/logger.ts';
import { Server } from '../src/server/server.ts';

test.each(['MSET', 'MSETNX'])('%s: what is set is what is repeated', (name) => {
  const config = new Config();
  loadRecord(config, { save: '', loglevel: 'nothing' });
  const server = new Server(config, createEmbeddedLogger(config), { embedded: true });
  const { arena } = server.keyspace;
  const lines: string[] = [];
  server.propagation.add((_db, args) => {
    lines.push(Array.from({ length: args.argc }, (_, i) => args.latin1(i)).join(' '));
  });
  const client = server.createInternalClient();
  const run = (...line: string[]): string => server.callInternal(client, Args.from(line)).toString();
  const value = 'v'.repeat(1000);
  const pairs = ['a', 'b', 'c', 'd'].flatMap((key) => [key, value]);

  // The block of the third pair is not to be had.
  const { alloc } = arena;
  let blocks = 0;
  arena.alloc = function (sizeBytes) {
    if (sizeBytes > value.length && ++blocks === 3) throw new OutOfMemory('a test');
    return alloc.call(this, sizeBytes);
  };
  expect(run(name, ...pairs)).toMatch(/^-OOM /);
  expect(lines).toEqual([`MSET a ${value} b ${value}`]);
  expect(run('EXISTS', 'a', 'b', 'c', 'd')).toBe(':2\r\n');

  // Nor that of the first.
  run('DEL', 'a', 'b');
  lines.length = 0;
  blocks = 2;
  expect(run(name, ...pairs)).toMatch(/^-OOM /);
  expect(lines).toEqual([]);
  arena.alloc = alloc;
  server.keyspace.validateIntegrity();
  expect(run(name, ...pairs)).toMatch(/OK|:1/);
  expect(lines).toEqual([`${name} ${pairs.join(' ')}`]);
});
