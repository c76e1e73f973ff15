import { expect, it } from 'vitest';
import { fuzz } from '../../test/support/fuzz.ts';
import type { Db } from './db.ts';
import { ENC_RAW } from './entry-layout.ts';
import { EvictionPool, POOL_SIZE } from './eviction-pool.ts';
import { Keyspace } from './keyspace.ts';

function set(db: Db, name: string): number {
  const key = Buffer.from(name);
  return db.setString(key, 0, key.length, key, 0, 1, ENC_RAW, false);
}

function keyOf(db: Db, e: number): string {
  const off = db.keyOff(e);
  return Buffer.from(db.u8(e).subarray(off, off + db.keyLen(e))).toString();
}

it('answers the entries of the highest scores that were offered since, best first', async () => {
  await fuzz(40, (random) => {
    const keyspace = new Keyspace(3);
    const pool = new EvictionPool();
    let model: { score: number; db: number; name: string }[] = [];
    for (let step = 0; step < 600; step++) {
      if (random.below(3) > 0) {
        const db = random.below(3);
        const name = `key:${random.below(100)}`;
        const score = random.between(-3, 40);
        pool.add(score, keyspace.dbs[db]!, set(keyspace.dbs[db]!, name));
        if (model.length === POOL_SIZE && model[0]!.score >= score) continue;
        if (model.length === POOL_SIZE) model.shift();
        const at = model.filter((other) => other.score < score).length;
        model.splice(at, 0, { score, db, name });
      } else if (random.oneIn(50)) {
        pool.clear();
        model = [];
      } else {
        const expected = model.pop();
        expect(pool.takeBest()).toBe(expected !== undefined);
        if (expected === undefined) continue;
        expect([pool.takenDb, pool.takenScore]).toEqual([expected.db, expected.score]);
        const db = keyspace.dbs[expected.db]!;
        const e = pool.find(db);
        // What is deleted stays in the pool; it is found only where the same key is in the same place again.
        const here = db.find(Buffer.from(expected.name), 0, expected.name.length);
        if (e !== 0) expect(keyOf(db, e)).toBe(expected.name);
        if (here === 0) expect(e).toBe(0);
        else if (random.oneIn(2)) db.deleteEntry(here);
      }
      pool.validateIntegrity();
      expect(pool.size).toBe(model.length);
    }
  });
});
