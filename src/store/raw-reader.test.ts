import { describe, expect, it } from 'vitest';
import { fuzz } from '../../test/support/fuzz.ts';
import type { Db } from './db.ts';
import { ENC_INT, ENC_RAW, TYPE_STRING } from './entry-layout.ts';
import { Keyspace } from './keyspace.ts';
import { RawReader } from './raw-reader.ts';
import { addressRange, rootsOf } from './roots.ts';
import { ValueOpsTable } from './value-ops.ts';

const text = (s: string) => Buffer.from(s, 'latin1');

/** A keyspace's raw memory at this instant, and nothing else of it. */
function freeze(keyspace: Keyspace): RawReader {
  const copy = (bytes: Uint8Array | Uint32Array) =>
    new Uint8Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);
  return new RawReader(structuredClone(rootsOf(keyspace, copy)), new ValueOpsTable());
}

/** Everything a reader finds, as lines. */
function listing(reader: RawReader, databases: number): string[] {
  const lines: string[] = [];
  for (let id = 0; id < databases; id++) {
    reader.forEachKey(id, (e) => {
      let value = '';
      reader.readValue(e, {
        count: () => expect.unreachable('a string has no elements'),
        bytes: (buf, off, len) => {
          value += Buffer.from(buf.subarray(off, off + len)).toString('latin1');
        },
        number: () => expect.unreachable('a string has no numbers'),
      });
      const key = Buffer.from(reader.u8(e).subarray(reader.keyOff(e), reader.keyOff(e) + reader.keyLen(e)));
      lines.push([id, key, reader.type(e), reader.encoding(e), reader.getExpire(e), value].join(' '));
    });
  }
  return lines.sort();
}

describe('RawReader', () => {
  it('lists keys, values, types, encodings and expiries of one instant, whatever happens after it', () =>
    fuzz(5, (random) => {
      const keyspace = new Keyspace(3);
      const model = new Map<string, string>();
      const change = (db: Db) => {
        const key = `key:${random.below(3000)}`;
        const k = text(key);
        const name = `${db.id} ${key}`;
        if (random.oneIn(3)) {
          db.delete(k, 0, k.length);
          model.delete(name);
          return;
        }
        const encoding = random.oneIn(2) ? ENC_RAW : ENC_INT;
        const value = 'v'.repeat(random.oneIn(100) ? 70_000 : random.below(300));
        const e = db.setString(k, 0, k.length, text(value), 0, value.length, encoding, false);
        const expireMs = random.oneIn(3) ? random.between(-1e15, 1e15) : -1;
        if (expireMs !== -1) db.setExpire(e, expireMs);
        model.set(name, [db.id, key, TYPE_STRING, encoding, expireMs, value].join(' '));
      };
      // Also while the dict is rehashing, which it is after some number of keys.
      const changes = random.between(1000, 9000);
      for (let i = 0; i < changes; i++) change(keyspace.dbs[random.below(3)]!);
      const reader = freeze(keyspace);
      const expected = [...model.values()].sort();
      for (let i = 0; i < 5000; i++) change(keyspace.dbs[random.below(3)]!);
      keyspace.flushAll(false);
      expect(listing(reader, 3)).toEqual(expected);
    }));

  it('needs no more than addresses', () => {
    const keyspace = new Keyspace(2);
    const db = keyspace.dbs[1]!;
    const e = db.setExpire(db.setString(text('k'), 0, 1, text('value'), 0, 5, ENC_RAW, false), 77);
    const roots = rootsOf(keyspace, addressRange);
    expect(structuredClone(roots)).toEqual(roots);
    expect(roots.chunks[e >>> 22]!.address).toBe(keyspace.arena.address(e) - ((e & 0x3fffff) << 4));
    expect(roots.dbs[1]).toMatchObject({ id: 1, size: 1, volatileSize: 1 });
    expect(roots.dbs[1]!.tables.map(({ sizeBytes }) => sizeBytes)).toEqual([16]);
    expect(roots.dbs[1]!.volatile).toHaveLength(1);
  });
});
