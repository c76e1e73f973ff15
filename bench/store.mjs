// Micro benchmark of the store: ns per operation at 1 M keys, memory per key at 10 M keys of 16 + 32 bytes.
// usage: npm run build && node bench/store.mjs [ops|memory]
import { hashBytes } from '../dist/store/hash.js';
import { Keyspace } from '../dist/store/keyspace.js';

const KEY_BYTES = 16;
const VALUE_BYTES = 32;
const ENC_RAW = 0;

const query = new Uint8Array(256);
query.fill(120, KEY_BYTES);

/** Writes `key:` and 12 decimal digits to the query buffer. */
function writeKey(n) {
  query[0] = 107;
  query[1] = 101;
  query[2] = 121;
  query[3] = 58;
  for (let i = KEY_BYTES - 1; i >= 4; i--) {
    const q = Math.floor(n / 10);
    query[i] = 48 + n - q * 10;
    n = q;
  }
}

/** A fixed permutation of 0 … 2^20 - 1, so that accesses miss the caches as they do in a server. */
const shuffled = (i) => Math.imul(i, 0x9e3779b1) & 0xfffff;

function time(name, count, run) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) run(i);
  const ns = Number(process.hrtime.bigint() - start) / count;
  console.log(`${name.padEnd(34)} ${ns.toFixed(1).padStart(8)} ns`);
}

function benchOps() {
  const count = 1 << 20;
  for (let round = 0; round < 2; round++) {
    const keyspace = new Keyspace(16);
    const db = keyspace.dbs[0];
    let sink = 0;
    console.log(`round ${round + 1}, ${count} keys`);
    time('write the key (loop overhead)', count, (i) => writeKey(shuffled(i)));
    time('hash 16 bytes', count, () => (sink ^= hashBytes(query, 0, KEY_BYTES)));
    time('insert', count, (i) => {
      writeKey(shuffled(i));
      db.setString(query, 0, KEY_BYTES, query, KEY_BYTES, VALUE_BYTES, ENC_RAW, false);
    });
    time('get (lookupRead)', count, (i) => {
      writeKey(shuffled(i * 7));
      sink ^= keyspace.lookupRead(db, query, 0, KEY_BYTES);
    });
    time('overwrite', count, (i) => {
      writeKey(shuffled(i * 5));
      db.setString(query, 0, KEY_BYTES, query, KEY_BYTES, VALUE_BYTES, ENC_RAW, false);
    });
    time('set expiry', count, (i) => {
      writeKey(shuffled(i * 3));
      db.setExpire(db.find(query, 0, KEY_BYTES), 2e12);
    });
    time('random key', count, () => (sink ^= db.randomEntry()));
    time('delete', count, (i) => {
      writeKey(shuffled(i * 11));
      db.delete(query, 0, KEY_BYTES);
    });
    const refs = new Uint32Array(count);
    time('arena alloc 80', count, (i) => (refs[i] = keyspace.arena.alloc(80)));
    time('arena free 80, shuffled', count, (i) => keyspace.arena.free(refs[shuffled(i)]));
    time('arena alloc + free', count, () => keyspace.arena.free(keyspace.arena.alloc(80)));
    if (sink === 1) console.log(sink);
  }
}

function benchMemory() {
  const count = 10_000_000;
  const before = process.memoryUsage.rss();
  const keyspace = new Keyspace(16);
  const db = keyspace.dbs[0];
  let slowest = 0;
  let slowestAt = 0;
  for (let i = 0; i < count; i++) {
    writeKey(i);
    const start = performance.now();
    db.setString(query, 0, KEY_BYTES, query, KEY_BYTES, VALUE_BYTES, ENC_RAW, false);
    const took = performance.now() - start;
    if (took > slowest) {
      slowest = took;
      slowestAt = i;
    }
    // As the server's cron does ten times a second.
    if (i % 50_000 === 0) keyspace.cron(1);
  }
  // What cron does within seconds after the load: finish the rehash, give the old table back.
  for (let i = 0; i < 10_000 && db.dict.isRehashing; i++) keyspace.cron(5);
  for (let i = 0; i < 20; i++) keyspace.cron(5);
  const after = process.memoryUsage();
  console.log(`${count} keys: RSS ${(after.rss / 1e6).toFixed(0)} MB, ${(after.rss / count).toFixed(1)} B/key all in,`);
  console.log(
    `  ${((after.rss - before) / count).toFixed(1)} B/key without the ${(before / 1e6).toFixed(0)} MB of Node,`,
  );
  console.log(
    `  V8 heap ${(after.heapUsed / 1e6).toFixed(1)} MB, used memory ${(keyspace.usedMemory / count).toFixed(1)} B/key,`,
  );
  console.log(`  slowest insert ${slowest.toFixed(1)} ms (number ${slowestAt})`);
  const start = performance.now();
  keyspace.flushAll();
  console.log(`  FLUSHALL ${(performance.now() - start).toFixed(1)} ms`);
}

const what = process.argv[2];
if (what !== 'memory') benchOps();
if (what !== 'ops') benchMemory();
