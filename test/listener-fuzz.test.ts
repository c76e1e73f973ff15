/**
 * Every command on keys while whoever is told of anything strikes back: listeners and the callbacks of native values
 * run random commands on the same keys, move every entry of the keyspace, flush and swap databases. Blocks that were
 * left behind are filled with garbage, so that a ref that is kept too long does not go unnoticed.
 */
import { expect, test } from 'vitest';
import { CLIENT_DENY_BLOCKING } from '../src/commands/command-client.ts';
import type { CommandEntry } from '../src/commands/registry.ts';
import { Config } from '../src/config/config.ts';
import { Args } from '../src/protocol/args.ts';
import type { Client } from '../src/server/clients/client.ts';
import { createEmbeddedLogger } from '../src/server/process/logger.ts';
import { Server } from '../src/server/server.ts';
import type { Db } from '../src/store/db.ts';
import { ENC_RAW, TYPE_MODULE } from '../src/store/entry-layout.ts';
import { inlineOps, type ValueOps } from '../src/store/value-ops.ts';
import { fuzz, type Random } from './support/fuzz.ts';
import { keyCommands, randomCommand, type Vocabulary } from './support/random-command.ts';

const KEYS = ['a', 'k1', 'k2', 'key:with:a:longer:name', 'z'];
/** A string and a list for RESTORE, which is not to ask for checksums. */
const PAYLOADS = ['\0\x01v\n\x0012345678', '\x01\x02\x01a\x01b\n\x0012345678'];
const VALUES = [...PAYLOADS, '', '7', 'v', 'some text', 'x'.repeat(50), 'y'.repeat(300), 'z'.repeat(5000)];
const OTHERS = ['SCAN 0', 'SCAN 0 COUNT 100 TYPE string', 'KEYS *', 'RANDOMKEY'];
const RARE = ['FLUSHDB', 'FLUSHALL ASYNC', 'FLUSHALL SYNC', 'SWAPDB 0 1', 'SWAPDB 1 2'];
const MAX_DEPTH = 3;
const COMMANDS = 400;

class Battle {
  readonly server: Server;
  readonly random: Random;
  private readonly clients: Client[] = [];
  private readonly commands: readonly CommandEntry[];
  private depth = 0;
  /** What was run, for whoever reads a failure. */
  readonly trace: string[] = [];
  nativeValues = 0;

  constructor(random: Random) {
    this.random = random;
    const config = new Config();
    this.server = new Server(config, createEmbeddedLogger(config), { embedded: true });
    this.server.keyspace.skipsPayloadChecksum = true;
    this.commands = keyCommands(this.server.commands);
    this.server.keyspace.types.register(TYPE_MODULE, this.nativeOps());
    this.server.keyspaceEvents.add(~0, () => this.strikeBack());
    for (const db of this.server.keyspace.dbs) db.lazyOverwrite = random.oneIn(2);
    this.server.keyspace.lazyExpire = random.oneIn(2);
  }

  /** A type whose callbacks do what a module's may. */
  private nativeOps(): ValueOps {
    return {
      ...inlineOps(TYPE_MODULE),
      typeName: () => 'hostile--',
      copy: (from, e, to, buf, off, len) => {
        const byte = from.u8(e)[from.valOff(e)]!;
        this.strikeBack();
        return this.putNative(to, buf, off, len, byte);
      },
      freeSome: (db, e, budget) => {
        expect(db.u8(e)[db.valOff(e)]).toBe(77);
        this.nativeValues--;
        this.strikeBack();
        return budget;
      },
      freeEffort: () => (this.random.oneIn(2) ? 1000 : 1),
      memoryUsage: () => {
        this.strikeBack();
        return 1;
      },
      unlinked: (db, e) => {
        expect(db.u8(e)[db.valOff(e)]).toBe(77);
        const key = Buffer.from(db.u8(e).subarray(db.keyOff(e), db.keyOff(e) + db.keyLen(e))).toString();
        this.strikeBack();
        if (this.depth < MAX_DEPTH && this.random.oneIn(3)) this.run(['DEL', key]);
        expect(db.u8(e)[db.valOff(e)]).toBe(77);
      },
    };
  }

  private putNative(db: Db, buf: Uint8Array, off: number, len: number, byte: number): number {
    const e = db.put(buf, off, len, TYPE_MODULE, ENC_RAW, 16);
    db.u8(e)[db.valOff(e)] = byte;
    this.nativeValues++;
    return e;
  }

  get words(): Vocabulary {
    return { keys: KEYS, values: VALUES, nowMs: this.server.keyspace.nowMs };
  }

  strikeBack(): void {
    if (this.depth >= MAX_DEPTH || this.random.oneIn(3)) return;
    for (let n = this.random.between(1, 3); n > 0; n--) {
      switch (this.random.below(8)) {
        case 0:
          this.shake();
          break;
        case 1:
          this.addNative();
          break;
        case 2:
          this.trace.push('cron');
          this.server.keyspace.cron(1);
          break;
        default:
          this.runAny();
      }
    }
  }

  addNative(): void {
    const { keyspace } = this.server;
    const key = Buffer.from(this.random.pick(KEYS));
    this.trace.push(`native ${key}`);
    const e = this.putNative(keyspace.dbs[this.random.below(3)]!, key, 0, key.length, 77);
    const db = keyspace.dbs.find((candidate) => candidate.find(key, 0, key.length) === e);
    if (db !== undefined && this.random.oneIn(3)) db.setExpire(e, keyspace.nowMs + this.random.between(-50, 50));
  }

  /** Moves every entry and spoils what they leave behind. */
  private shake(): void {
    const { arena, dbs } = this.server.keyspace;
    this.trace.push('shake');
    for (const db of dbs) {
      const entries: number[] = [];
      db.forEach((e) => {
        entries.push(e);
      });
      for (const e of entries) {
        const bytes = db.valOff(e) - ((e & 0x3fffff) << 4) + db.valLen(e);
        if (bytes > 16_000) continue;
        const chunk = arena.u8[e >>> 22]!;
        expect(db.relocate(e)).not.toBe(0);
        // The first word links free blocks.
        chunk.fill(0xdb, ((e & 0x3fffff) << 4) + 4, ((e & 0x3fffff) << 4) + bytes);
      }
    }
  }

  runAny(): void {
    const { random } = this;
    if (random.oneIn(15)) this.run(random.pick(OTHERS).split(' '));
    else if (random.oneIn(150)) this.run(random.pick(RARE).split(' '));
    else this.run(randomCommand(random, this.pickCommand(), this.words));
  }

  /** Commands that put a value under another key are told of most: they come more often. */
  private pickCommand(): CommandEntry {
    const { random } = this;
    for (;;) {
      const entry = random.pick(this.commands);
      if ((entry.spec.keySpecs ?? []).length > 1 || !random.oneIn(3)) return entry;
    }
  }

  run(line: string[]): string {
    const c = (this.clients[this.depth] ??= this.newClient());
    c.selectDb(this.random.oneIn(4) ? this.random.below(3) : 0);
    this.trace.push(`${'  '.repeat(this.depth)}${line.map((word) => word.slice(0, 20)).join(' ')}`);
    this.depth++;
    try {
      return this.server.callInternal(c, Args.from(line)).toString('latin1');
    } finally {
      this.depth--;
    }
  }

  private newClient(): Client {
    const c = this.server.createInternalClient();
    c.flags |= CLIENT_DENY_BLOCKING;
    return c;
  }

  /** Deletes everything key by key; then nothing may be left. */
  empty(): void {
    const { keyspace } = this.server;
    this.depth = MAX_DEPTH;
    for (const db of keyspace.dbs) {
      for (let e = db.randomEntry(); e !== 0; e = db.randomEntry()) keyspace.deleteEntry(db, e, this.random.oneIn(2));
    }
    keyspace.lazyFree.freeSome(Number.POSITIVE_INFINITY);
    expect([keyspace.arena.held, keyspace.arena.usedBytes, this.nativeValues]).toEqual([0, 0, 0]);
  }
}

test('no command is confused by what listeners and values of modules do', () =>
  fuzz(30, (random) => {
    const battle = new Battle(random);
    const { keyspace } = battle.server;
    try {
      for (let i = 0; i < COMMANDS; i++) {
        if (random.oneIn(10)) keyspace.tick(keyspace.nowMs + random.below(60));
        if (random.oneIn(8)) battle.addNative();
        if (random.oneIn(20)) keyspace.activeExpireCycle(1000, 5);
        battle.trace.length = 0;
        battle.runAny();
        keyspace.validateIntegrity();
      }
      battle.empty();
    } catch (error) {
      console.log(battle.trace.slice(-40).join('\n'));
      throw error;
    }
  }));
