import { describe, expect, it } from 'vitest';
import { fuzz, type Random } from '../../test/support/fuzz.ts';
import { Arena } from '../memory/arena.ts';
import { AccessClock } from './access-clock.ts';
import { Db } from './db.ts';
import { ENC_HT, ENC_LISTPACK, ENC_RAW, TYPE_HASH, TYPE_STRING } from './entry-layout.ts';

const text = (s: string) => Buffer.from(s, 'latin1');

function find(db: Db, key: string): number {
  return db.find(text(key), 0, key.length);
}

function valueText(db: Db, e: number): string {
  return Buffer.from(db.u8(e).subarray(db.valOff(e), db.valOff(e) + db.valLen(e))).toString('latin1');
}

/** A key whose value is a hash's bytes. */
function addHash(db: Db, key: string, value: string): number {
  const v = text(value);
  return db.putBytes(text(key), 0, key.length, TYPE_HASH, ENC_LISTPACK, v, 0, v.length);
}

describe('values of a type with small and large encodings', () => {
  it('change their encoding in place, with expiry, clock and marks', () => {
    const db = new Db(0, new Arena(), new AccessClock());
    let e = addHash(db, 'h', 'small');
    e = db.setExpire(e, 4242);
    e = db.setVolatileFields(e, true);
    db.setLru(e, 99);
    const root = db.arena.alloc(64);
    e = db.convertToRoot(e, ENC_HT, root);
    expect([db.type(e), db.encoding(e), db.valLen(e), db.root(e)]).toEqual([TYPE_HASH, ENC_HT, 4, root]);
    expect([db.getExpire(e), db.lru(e), db.hasVolatileFields(e)]).toEqual([4242, 99, true]);
    db.setRoot(e, 0xfedcba98);
    expect(db.root(e)).toBe(0xfedcba98);
    e = db.convertValue(e, ENC_LISTPACK, 3000);
    db.u8(e).fill(120, db.valOff(e), db.valOff(e) + 3000);
    expect([db.encoding(e), valueText(db, e), db.hasVolatileFields(e)]).toEqual([ENC_LISTPACK, 'x'.repeat(3000), true]);
    expect(find(db, 'h')).toBe(e);
    db.validateIntegrity();
  });

  it('keep all bytes but those that are spliced', () =>
    fuzz(20, (random) => {
      const db = new Db(0, new Arena(), new AccessClock());
      let model = '';
      addHash(db, 'h', '');
      for (let i = 0; i < 300; i++) {
        const e = find(db, 'h');
        const from = random.below(model.length + 1);
        const removed = random.below(Math.min(100, model.length - from + 1));
        const added = String.fromCharCode(97 + random.below(26)).repeat(random.below(random.oneIn(10) ? 3000 : 40));
        const at = db.spliceValue(e, from, removed, added.length);
        db.u8(at).set(text(added), db.valOff(at) + from);
        model = model.slice(0, from) + added + model.slice(from + removed);
        expect(valueText(db, at)).toBe(model);
        expect(find(db, 'h')).toBe(at);
      }
      db.validateIntegrity();
    }));
});

/** What is known of a key. */
interface Known {
  value: string;
  expire: number;
  fields: boolean;
  meta: number;
}

/** Something that happens to an entry. */
function change(random: Random, db: Db, key: string, e: number, known: Known): void {
  switch (random.below(8)) {
    case 0:
      known.expire = random.below(1e9);
      db.setExpire(e, known.expire);
      break;
    case 1:
      db.removeExpire(e);
      known.expire = -1;
      break;
    case 2:
      // Strings have no fields.
      if (db.type(e) === TYPE_STRING) break;
      known.fields = !known.fields;
      db.setVolatileFields(e, known.fields);
      break;
    case 3: {
      const before = db.keyMeta(e);
      known.meta = random.oneIn(3) ? 0 : random.between(1, 2 ** 31);
      let block = 0;
      if (known.meta !== 0) {
        block = db.arena.alloc(8);
        db.arena.u32[block >>> 22]![(block & 0x3fffff) << 2] = known.meta;
      }
      db.setKeyMeta(e, block);
      if (before !== 0) db.arena.free(before);
      break;
    }
    case 4: {
      const length = random.below(random.oneIn(5) ? 9000 : 200);
      db.resizeValue(e, length, random.oneIn(2));
      known.value = known.value.slice(0, length).padEnd(length, '\0');
      break;
    }
    case 5:
      expect(db.relocate(e)).not.toBe(0);
      break;
    case 6: {
      // Overwriting leaves the expiry at most.
      const keepTtl = random.oneIn(2);
      known.value = 's'.repeat(random.below(300));
      db.setStringAt(e, text(known.value), 0, known.value.length, ENC_RAW, keepTtl);
      if (!keepTtl) known.expire = -1;
      known.fields = false;
      known.meta = 0;
      expect(db.type(find(db, key))).toBe(TYPE_STRING);
      break;
    }
    default:
      known.value = 'h'.repeat(random.below(300));
      addHash(db, key, known.value);
      Object.assign(known, { expire: -1, fields: false, meta: 0 });
  }
}

it('extensions of entries agree with a plain model after any operations', () =>
  fuzz(10, (random) => {
    const arena = new Arena();
    const dbs = [new Db(0, arena, new AccessClock()), new Db(1, arena, new AccessClock())];
    const models = [new Map<string, Known>(), new Map<string, Known>()];
    for (let i = 0; i < 3000; i++) {
      const id = random.below(2);
      const db = dbs[id]!;
      const model = models[id]!;
      const key = `key:${random.below(40)}${'.'.repeat(random.below(2) * 30)}`;
      const e = find(db, key);
      const known = model.get(key);
      expect(e !== 0).toBe(known !== undefined);
      const what = random.below(36);
      if (known === undefined) {
        addHash(db, key, 'new');
        model.set(key, { value: 'new', expire: -1, fields: false, meta: 0 });
      } else if (what > 2) change(random, db, key, e, known);
      else {
        model.delete(key);
        if (what === 0) db.deleteEntry(e);
        else if (what === 1) {
          db.moveTo(e, dbs[1 - id]!);
          models[1 - id]!.set(key, known);
        } else {
          const to = `key:${random.below(40)}${'!'.repeat(random.below(100))}`;
          db.rename(e, text(to), 0, to.length);
          model.set(to, known);
        }
      }
    }
    for (const [id, model] of models.entries()) {
      const db = dbs[id]!;
      db.validateIntegrity();
      expect(db.size).toBe(model.size);
      expect(db.volatileFields.size).toBe([...model.values()].filter(({ fields }) => fields).length);
      for (const [key, known] of model) {
        const e = find(db, key);
        const block = db.keyMeta(e);
        const meta = block === 0 ? 0 : arena.u32[block >>> 22]![(block & 0x3fffff) << 2]!;
        expect({
          value: valueText(db, e),
          expire: db.getExpire(e),
          fields: db.hasVolatileFields(e),
          meta,
        }).toEqual(known);
      }
      db.flush();
    }
    expect(arena.usedBytes).toBe(0);
    arena.validateIntegrity();
  }));
