/** Values of all types are read from raw memory alone: copies of it, taken at one instant, tell all that was there. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { CLIENT_DENY_BLOCKING } from '../src/commands/command-client.ts';
import { Config } from '../src/config/config.ts';
import { Args } from '../src/protocol/args.ts';
import { createEmbeddedLogger } from '../src/server/process/logger.ts';
import { Server } from '../src/server/server.ts';
import { TYPE_NAMES, TYPE_STREAM, TYPE_STRING } from '../src/store/entry-layout.ts';
import type { Keyspace } from '../src/store/keyspace.ts';
import { RawReader } from '../src/store/raw-reader.ts';
import { RdbWriter } from '../src/store/rdb/rdb-writer.ts';
import { saveValue } from '../src/store/rdb/save-value.ts';
import { rootsOf } from '../src/store/roots.ts';
import { fuzz } from './support/fuzz.ts';
import { keyCommands, randomCommand } from './support/random-command.ts';

const KEYS = Array.from({ length: 60 }, (_, i) => `key:${i}`);
const LONG = 'x'.repeat(100);

/** A reader of the keyspace's memory as it is, or of a copy. */
function readerOf(keyspace: Keyspace, copied: boolean): RawReader {
  const region = (bytes: Uint8Array | Uint32Array): Uint8Array => {
    const { buffer, byteOffset, byteLength } = bytes;
    return copied
      ? new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer)
      : new Uint8Array(buffer, byteOffset, byteLength);
  };
  return new RawReader(rootsOf(keyspace, region), keyspace.types);
}

/** A value as saving writes it. */
function saved(reader: RawReader, e: number): string {
  const sum = createHash('sha1');
  const out = new RdbWriter((buf, off, len) => sum.update(buf.subarray(off, off + len)));
  const { arena } = reader;
  saveValue(out, arena, 12, reader.type(e), reader.encoding(e), reader.u8(e), reader.valOff(e), reader.valLen(e));
  out.flush();
  return sum.digest('hex');
}

/** Everything of a database as lines; `types` counts values by type and encoding. */
function listing(reader: RawReader, dbIndex: number, types: Set<string>): string[] {
  const lines: string[] = [];
  reader.forEachKey(dbIndex, (e) => {
    const parts: (string | number)[] = [reader.type(e), reader.encoding(e), reader.getExpire(e)];
    const range = (buf: Uint8Array, off: number, len: number): string =>
      Buffer.from(buf.subarray(off, off + len)).toString('latin1');
    const whole = reader.readValue(e, {
      count: (elements) => parts.push(`${elements} elements`),
      bytes: (buf, off, len) => parts.push(range(buf, off, len)),
      number: (value) => parts.push(value),
    });
    expect(whole).toBe(true);
    parts.push(`saved ${saved(reader, e)}`);
    types.add(`${TYPE_NAMES[reader.type(e)]} ${reader.encoding(e)}`);
    lines.push([range(reader.u8(e), reader.keyOff(e), reader.keyLen(e)), ...parts].join(' '));
  });
  return lines.sort();
}

/** Commands that make a small and a large value of each type. */
function valuesOf(key: () => string): string[][] {
  const members = Array.from({ length: 700 }, (_, i) => `member ${i}`);
  const lines: string[][] = [];
  for (const part of [members.slice(0, 5), members]) {
    lines.push(
      ['RPUSH', key(), ...part, ...part],
      ['SADD', key(), ...part],
      ['SADD', key(), ...part.map((_, i) => `${i}`)],
      ['HSET', key(), ...part.flatMap((member) => [member, LONG.slice(0, part.length)])],
      ['ZADD', key(), ...part.flatMap((member, i) => [`${i / 3}`, member])],
      ['XADD', key(), '*', ...part, ...part],
    );
  }
  return lines;
}

test('what all commands have made is read from copies of memory', () =>
  fuzz(4, (random) => {
    const config = new Config();
    const server = new Server(config, createEmbeddedLogger(config), { embedded: true });
    const { keyspace } = server;
    const c = server.createInternalClient();
    c.flags |= CLIENT_DENY_BLOCKING;
    const run = (line: string[]): void => {
      server.callInternal(c, Args.from(line));
    };
    const commands = keyCommands(server.commands);
    const words = { keys: KEYS, values: ['v', '7', 'some text', LONG, ''], nowMs: keyspace.nowMs + 1e6 };
    const work = (count: number): void => {
      for (let i = 0; i < count; i++) {
        c.selectDb(random.below(2));
        run(randomCommand(random, random.pick(commands), words));
        if (random.oneIn(60)) for (const line of valuesOf(() => random.pick(KEYS))) run(line);
      }
    };
    work(2500);
    let made = 0;
    for (const line of valuesOf(() => `of its own:${made++}`)) run(line);
    const types = new Set<string>();
    const live = [0, 1].map((id) => listing(readerOf(keyspace, false), id, types));
    for (const id of [0, 1]) expect(live[id]).toHaveLength(keyspace.dbs[id]!.size);
    const frozen = readerOf(keyspace, true);
    work(500);
    run(['FLUSHALL']);
    work(500);
    expect([0, 1].map((id) => listing(frozen, id, types))).toEqual(live);
    // Every type there is, in a small and a large encoding where it has both.
    const kinds = TYPE_NAMES.map((name, type) => ({ name, type })).filter(({ type }) => keyspace.types.has(type));
    for (const { name, type } of kinds) {
      const found = [...types].filter((text) => text.startsWith(`${name} `));
      expect(found.length, name).toBeGreaterThan(type === TYPE_STRING || type === TYPE_STREAM ? 0 : 1);
    }
  }));
