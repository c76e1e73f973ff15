import { expect, test } from 'vitest';
import { fuzz, type Random } from '../../../test/support/fuzz.ts';
import { TrackingTable } from './tracking-table.ts';

/** The model: key -> numbers of its clients. */
type Model = Map<string, Set<number>>;

function items(model: Model): number {
  let n = 0;
  for (const clients of model.values()) n += clients.size;
  return n;
}

function sorted(clients: Iterable<number>): number[] {
  return [...clients].sort((a, b) => a - b);
}

/** What the table holds, checked against the model. */
function compare(table: TrackingTable, model: Model): void {
  table.validateIntegrity();
  const held: Model = new Map();
  table.forEach((key, client) => {
    held.set(key, (held.get(key) ?? new Set()).add(client));
  });
  expect(held).toEqual(model);
  expect(table.size).toBe(model.size);
  expect(table.items).toBe(items(model));
}

/** Few keys with many clients each, or many with few; numbers up to 32 bits. */
function step(random: Random, table: TrackingTable, model: Model, keys: Buffer[], clients: number[]): void {
  const key = random.pick(keys);
  const name = key.toString('latin1');
  const kind = random.below(100);
  if (kind < 80) {
    const client = random.pick(clients);
    const known = model.get(name)?.has(client) ?? false;
    expect(table.add(key, 0, key.length, client)).toBe(!known);
    model.set(name, (model.get(name) ?? new Set()).add(client));
  } else if (kind < 97) {
    const count = table.take(key, 0, key.length);
    expect(sorted(table.taken.subarray(0, count))).toEqual(sorted(model.get(name) ?? []));
    model.delete(name);
  } else if (kind < 99) {
    const count = table.takeRandom();
    expect(count > 0).toBe(model.size > 0);
    if (count === 0) return;
    const drawn = Buffer.from(table.takenKey.subarray(0, table.takenKeyLength)).toString('latin1');
    expect(sorted(table.taken.subarray(0, count))).toEqual(sorted(model.get(drawn) ?? []));
    model.delete(drawn);
  } else {
    const gone = random.pick(clients);
    for (let cursor = 0; ; ) {
      cursor = table.sweep(cursor, random.between(1, 20), (client) => client === gone);
      if (cursor === 0) break;
    }
    for (const [each, held] of model) if (held.delete(gone) && held.size === 0) model.delete(each);
  }
}

test('random steps against a model', async () => {
  await fuzz(15, (random) => {
    const table = new TrackingTable();
    const model: Model = new Map();
    const keys = Array.from({ length: random.pick([1, 5, 100, 1000]) }, () => random.value(random.pick([3, 20, 300])));
    const clients = Array.from({ length: random.pick([1, 2, 50, 1000]) }, () => random.below(2 ** 32));
    for (let i = 0; i < 4000; i++) {
      step(random, table, model, keys, clients);
      if (random.oneIn(500)) compare(table, model);
      if (random.oneIn(2000)) {
        table.clear();
        model.clear();
      }
    }
    compare(table, model);
  });
});

test('a key with one client takes about 40 bytes, a further client 4 to 7', () => {
  const table = new TrackingTable();
  const empty = table.bytes;
  for (let i = 0; i < 10_000; i++) table.add(Buffer.from(`key:${String(i).padStart(12, '0')}`), 0, 16, 7);
  const keyBytes = (table.bytes - empty) / 10_000;
  expect(keyBytes).toBeLessThan(45);
  const before = table.bytes;
  for (let i = 0; i < 10_000; i++) table.add(Buffer.from('key:000000000001'), 0, 16, 100 + i);
  expect((table.bytes - before) / 10_000).toBeLessThan(7);
});

test('an empty key is a key', () => {
  const table = new TrackingTable();
  const nothing = new Uint8Array(0);
  expect(table.add(nothing, 0, 0, 1)).toBe(true);
  expect(table.add(nothing, 0, 0, 1)).toBe(false);
  expect(table.take(nothing, 0, 0)).toBe(1);
  expect(table.take(nothing, 0, 0)).toBe(0);
});
