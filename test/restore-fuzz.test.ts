/**
 * Corrupt payloads: DUMPed values of all types and encodings, and payloads of older releases, are mutated, given a right
 * checksum and RESTOREd. What is refused leaves nothing behind. What is taken must be sound: the integrity of every
 * value is checked, every command of its type is run on it, and deleting it gives all memory back.
 */
import { expect, test } from 'vitest';
import { CLIENT_DENY_BLOCKING } from '../src/commands/command-client.ts';
import type { CommandEntry } from '../src/commands/registry.ts';
import { Config } from '../src/config/config.ts';
import { Args } from '../src/protocol/args.ts';
import type { Client } from '../src/server/clients/client.ts';
import { createEmbeddedLogger } from '../src/server/process/logger.ts';
import { Server } from '../src/server/server.ts';
import { addValue, Digest } from '../src/store/digest.ts';
import { ENCODING_NAMES, TYPE_NAMES } from '../src/store/entry-layout.ts';
import { fuzz, type Random } from './support/fuzz.ts';
import { intset, le, rdbString, sealed, unsealed, ziplist, zipmap } from './support/payload.ts';
import { keyCommands, randomCommand } from './support/random-command.ts';

const ROUNDS = 30;
const MUTANTS = 120;
const KEY = 'key';
const KEYS = [KEY, KEY, KEY, 'other'];

/** The ACL categories of the commands that are run on values of each type. */
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  string: ['string', 'bitmap', 'hyperloglog'],
  list: ['list'],
  set: ['set'],
  zset: ['sortedset', 'geo'],
  hash: ['hash'],
  stream: ['stream'],
};

/** Commands that make values in all encodings, with the directives they need. */
function makers(random: Random): string[][] {
  const members = Array.from({ length: random.pick([1, 3, 10]) }, (_, i) =>
    random.pick([`member ${i}`, `${i * 1000}`]),
  );
  const long = 'z'.repeat(100);
  const lines = [
    ['SET', KEY, random.pick(['v', '12345', long])],
    ['RPUSH', KEY, ...members],
    ['RPUSH', KEY, ...members, 'y'.repeat(9000), ...members],
    ['SADD', KEY, ...members],
    ['SADD', KEY, '1', '70000', '-5'],
    ['SADD', KEY, ...members, long],
    ['ZADD', KEY, ...members.flatMap((member, i) => [`${i / 3}`, member])],
    ['ZADD', KEY, '1', long, ...members.flatMap((member, i) => [`${i * 7}`, member])],
    ['HSET', KEY, ...members.flatMap((member, i) => [member, `value ${i}`])],
    ['HSET', KEY, 'long', long, ...members.flatMap((member) => [member, member])],
  ];
  return lines;
}

/** Type bytes and values in encodings that are only read. */
function olderPayloads(): Buffer[] {
  const texts = ['a', '7', '-5', '300', 'some text', '70000'];
  const scored = ['low', '-1.5', 'mid', '7', 'top', '1e20'];
  const id = [0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1];
  // Two entries, 5-1 and 5-2, with one field.
  const node = listpackOf(['2', '0', '1', 'f', '0', '2', '0', '0', 'v', '4', '2', '0', '1', 'w', '4']);
  const stream = Buffer.concat([Buffer.from([1]), rdbString(Buffer.from(id)), rdbString(node)]);
  // Length, last id; then first id, largest deleted id, entries added.
  const edges = [2, 5, 2];
  const moreEdges = [5, 1, 0, 0, 2];
  const pending = [...id, ...le(1_700_000_000_000, 8), 1];
  const group = [...rdbString('group'), 5, 1];
  const consumer = [...rdbString('consumer'), ...le(1_700_000_000_000, 8)];
  const triplets = listpackOf(['f', 'v', '1900000000000', 'g', 'w', '0']);
  return [
    [[1, 2], rdbString('a'), rdbString('7')],
    [[10], rdbString(ziplist(texts))],
    [[14, 2], rdbString(ziplist(texts)), rdbString(ziplist(['x']))],
    [[13], rdbString(ziplist(texts))],
    [[9], rdbString(zipmap(texts))],
    [[3, 2], rdbString('a'), rdbString('1.5'), rdbString('b'), [254]],
    [[12], rdbString(ziplist(scored))],
    [[11], rdbString(intset([-300, 0, 5], 2))],
    [[11], rdbString(intset([-5e9, 5, 4e15], 8))],
    [[20], rdbString(listpackOf(texts))],
    [[15], stream, edges, [1], group, [1], pending, [1], consumer, [1], id],
    [[19], stream, edges, moreEdges, [1], group, [1, 1], pending, [1], consumer, [1], id],
    [[21], stream, edges, moreEdges, [1], group, [1, 1], pending, [1], consumer, le(1_700_000_000_000, 8), [1], id],
    [[19, 0], [0, 5, 2], moreEdges, [0]],
    [[23], rdbString(triplets)],
    [[25], le(1_900_000_000_000, 8), rdbString(triplets)],
    [[22, 1, 0x81], le(1_900_000_000_000, 8).reverse(), rdbString('f'), rdbString('v')],
  ].map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array))));
}

/** A listpack of short texts; those that are integers as 64-bit ones. */
function listpackOf(texts: readonly string[]): Buffer {
  const elements = texts.map((text) => {
    const data = /^-?\d+$/.test(text) ? [0xf4, ...le(BigInt(text), 8)] : [0x80 | text.length, ...Buffer.from(text)];
    return Buffer.from([...data, data.length]);
  });
  const body = Buffer.concat(elements);
  return Buffer.from([...le(body.length + 7, 4), ...le(texts.length, 2), ...body, 255]);
}

function mutated(random: Random, value: Buffer, others: readonly Buffer[]): Buffer {
  let bytes = Buffer.from(value);
  for (let i = random.pick([0, 1, 1, 1, 2, 5]); i > 0 && bytes.length > 0; i--) {
    // Headers are near the start more often than not.
    const at = random.below(random.oneIn(2) ? bytes.length : Math.min(bytes.length, 20));
    switch (random.below(6)) {
      case 0:
        bytes[at] = random.below(256);
        break;
      case 1:
        bytes[at]! ^= 1 << random.below(8);
        break;
      case 2:
        bytes[at] = random.pick([0, 1, 127, 128, 254, 255, bytes[at]! + 1, bytes[at]! - 1]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), random.bytes(random.between(1, 4)), bytes.subarray(at)]);
        break;
      case 4:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          bytes.subarray(Math.min(bytes.length, at + random.between(1, 8))),
        ]);
        break;
      default: {
        const other = random.pick(others);
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(random.below(other.length))]);
      }
    }
  }
  return bytes;
}

class Trial {
  readonly server: Server;
  readonly random: Random;
  private readonly c: Client;
  private readonly commands: readonly CommandEntry[];

  constructor(random: Random) {
    this.random = random;
    const config = new Config();
    this.server = new Server(config, createEmbeddedLogger(config), { embedded: true });
    this.c = this.server.createInternalClient();
    this.c.flags |= CLIENT_DENY_BLOCKING;
    this.commands = keyCommands(this.server.commands);
    this.set('rdbcompression', random.pick(['yes', 'no']));
    this.set('list-compress-depth', random.pick(['0', '1']));
    this.set('list-max-listpack-size', random.pick(['-2', '5']));
    for (const name of ['set-max-intset', 'set-max-listpack', 'hash-max-listpack', 'zset-max-listpack']) {
      this.set(`${name}-entries`, random.pick(['0', '3', '128', '512']));
    }
  }

  private set(directive: string, value: string): void {
    expect(this.run(['CONFIG', 'SET', directive, value]).toString()).toBe('+OK\r\n');
  }

  run(line: readonly (string | Buffer)[]): Buffer {
    return this.server.callInternal(this.c, Args.from(line));
  }

  /** Type bytes and values of all kinds. */
  corpus(): Buffer[] {
    const values = olderPayloads();
    for (const line of makers(this.random)) {
      this.run(line);
      if (line[0] === 'HSET' && this.random.oneIn(2)) this.run(['HPEXPIRE', KEY, '10000000', 'FIELDS', '1', line[2]!]);
      const reply = this.run(['DUMP', KEY]);
      values.push(unsealed(reply.subarray(reply.indexOf('\n') + 1, -2)));
      this.run(['DEL', KEY]);
    }
    return values;
  }

  /** Restores a payload; when it is taken, does everything with it that there is. Returns its type and encoding. */
  restore(value: Buffer): string {
    const { keyspace } = this.server;
    const { arena } = keyspace;
    const before = arena.usedBytes;
    const reply = this.run(['RESTORE', KEY, '0', sealed(value, 12)]).toString();
    keyspace.validateIntegrity();
    expect(keyspace.scratch.size).toBe(0);
    if (reply !== '+OK\r\n') {
      expect(reply).toBe('-ERR Bad data format\r\n');
      expect(arena.usedBytes).toBe(before);
      return '';
    }
    const db = keyspace.dbs[0]!;
    const e = db.find(Buffer.from(KEY), 0, KEY.length);
    const kind = `${TYPE_NAMES[db.type(e)]!} ${ENCODING_NAMES[db.encoding(e)]!}`;
    this.check();
    this.exercise(TYPE_NAMES[db.type(e)]!);
    for (const each of keyspace.dbs) each.flush();
    keyspace.lazyFree.freeSome(Number.POSITIVE_INFINITY);
    expect(arena.usedBytes).toBe(before);
    return kind;
  }

  /** What was taken is what a DUMP of it gives, and a copy of it. */
  private check(): void {
    const { keyspace } = this.server;
    const db = keyspace.dbs[0]!;
    const digest = (key: string): string => {
      const sum = new Digest();
      addValue(sum, keyspace.types, db, db.find(Buffer.from(key), 0, key.length));
      return sum.hex;
    };
    const payload = this.run(['DUMP', KEY]);
    const at = payload.indexOf('\n') + 1;
    expect(this.run(['RESTORE', 'again', '0', payload.subarray(at, -2)]).toString()).toBe('+OK\r\n');
    expect(this.run(['COPY', KEY, 'copy']).toString()).toBe(':1\r\n');
    expect(digest('again')).toBe(digest(KEY));
    expect(digest('copy')).toBe(digest(KEY));
    keyspace.validateIntegrity();
    this.run(['DEL', 'again', 'copy']);
  }

  private exercise(type: string): void {
    const { random } = this;
    const { keyspace } = this.server;
    const wanted = CATEGORIES[type]!;
    const commands = this.commands.filter(({ spec }) => spec.categories?.some((category) => wanted.includes(category)));
    expect(commands.length).toBeGreaterThan(5);
    const values = ['a', 'f', 'member 1', '7', 'z'.repeat(100), 'group', 'consumer', '5-1'];
    const words = { keys: KEYS, values, nowMs: keyspace.nowMs };
    this.run(['COPY', KEY, 'original']);
    for (const entry of random.shuffle([...commands])) {
      if (random.oneIn(8)) this.run(['COPY', 'original', KEY, 'REPLACE']);
      this.run(randomCommand(random, entry, words));
    }
    keyspace.validateIntegrity();
  }
}

test('mutated payloads neither crash nor corrupt', { timeout: 300_000 }, async () => {
  const kinds = new Set<string>();
  await fuzz(ROUNDS, (random) => {
    const trial = new Trial(random);
    const corpus = trial.corpus();
    // As they are all are taken.
    for (const value of corpus) expect(trial.restore(value)).not.toBe('');
    for (let i = 0; i < MUTANTS; i++) kinds.add(trial.restore(mutated(random, random.pick(corpus), corpus)));
  });
  for (const kind of ['', 'list listpack', 'list quicklist', 'set intset', 'set listpack', 'set hashtable']) {
    expect(kinds).toContain(kind);
  }
  expect(kinds).toContain('stream stream');
  for (const kind of ['zset listpack', 'zset skiplist', 'hash listpack', 'hash listpackex', 'hash hashtable']) {
    expect(kinds).toContain(kind);
  }
});
