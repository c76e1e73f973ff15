import { describe, expect, it } from 'vitest';
import { fuzz } from '../../test/support/fuzz.ts';
import { DictIterator, OrderedDict } from './ordered-dict.ts';

const OPS = ['^', '$', '==', '>', '>=', '<', '<='];
const bytes = (text: string): Uint8Array => Buffer.from(text);

function filled(...keys: string[]): OrderedDict {
  const dict = new OrderedDict();
  for (const [i, key] of keys.entries()) dict.set(bytes(key), i, false);
  return dict;
}

function keysFrom(iterator: DictIterator, forward: boolean): string[] {
  const keys: string[] = [];
  for (;;) {
    const node = forward ? iterator.next() : iterator.previous();
    if (node === null) return keys;
    keys.push(Buffer.from(node.key).toString());
  }
}

describe('ordered dictionary', () => {
  it('seeks with every operator', () => {
    const dict = filled('b', 'd', 'f', 'dd');
    const from = (op: string, key: string, forward: boolean): string => {
      const iterator = new DictIterator(dict);
      expect(iterator.seek(op, bytes(key))).toBe(true);
      return keysFrom(iterator, forward).join(' ');
    };
    expect(from('^', '', true)).toBe('b d dd f');
    expect(from('^', '', false)).toBe('b');
    expect(from('$', '', true)).toBe('f');
    expect(from('$', '', false)).toBe('f dd d b');
    expect(from('==', 'd', true)).toBe('d dd f');
    expect(from('==', 'c', true)).toBe('');
    expect(from('>', 'd', true)).toBe('dd f');
    expect(from('>=', 'd', true)).toBe('d dd f');
    expect(from('>', 'f', true)).toBe('');
    expect(from('<', 'd', false)).toBe('b');
    expect(from('<=', 'd', false)).toBe('d b');
    expect(from('<=', 'e', true)).toBe('dd f');
    expect(from('<', 'b', false)).toBe('');
    expect(new DictIterator(dict).seek('!', bytes('d'))).toBe(false);
  });

  it('an iterator stays at an end until the next seek', () => {
    const iterator = new DictIterator(filled('a', 'b'));
    iterator.seek('$', bytes(''));
    expect(keysFrom(iterator, true)).toEqual(['b']);
    expect(iterator.previous()).toBe(null);
    expect(iterator.compare('>=', bytes(''))).toBe(false);
    iterator.seek('^', bytes(''));
    expect(iterator.compare('==', bytes('a'))).toBe(true);
    expect(keysFrom(iterator, true)).toEqual(['a', 'b']);
  });

  it('does what a sorted array does', async () => {
    await fuzz(20, (random) => {
      const dict = new OrderedDict();
      const model = new Map<string, number>();
      const sorted = (): string[] => [...model.keys()].sort((a, b) => (a < b ? -1 : 1));
      // Latin-1 text sorts as its bytes do.
      const key = (): string =>
        Buffer.from(random.bytes(random.below(4)).map((byte) => byte & 0x83)).toString('latin1');
      const raw = (text: string): Uint8Array => Buffer.from(text, 'latin1');
      const iterator = new DictIterator(dict);
      /** Where the iterator is by the model: a key, and whether the next step answers with it; null: at an end. */
      let at: { key: string; sought: boolean } | null = null;
      for (let i = 0; i < 2000; i++) {
        const k = key();
        switch (random.below(7)) {
          case 0:
          case 1:
            expect(dict.set(raw(k), i, false)).toBe(!model.has(k));
            if (!model.has(k)) model.set(k, i);
            break;
          case 2:
            expect(dict.set(raw(k), i, true)).toBe(!model.has(k));
            model.set(k, i);
            break;
          case 3:
            expect(dict.remove(raw(k))).toBe(model.get(k) ?? null);
            model.delete(k);
            break;
          case 4: {
            expect(dict.find(raw(k))?.value).toBe(model.get(k));
            const op = random.pick(OPS);
            iterator.seek(op, raw(k));
            const all = sorted();
            const found =
              op === '^'
                ? all[0]
                : op === '$'
                  ? all.at(-1)
                  : op === '=='
                    ? all.find((other) => other === k)
                    : op === '>'
                      ? all.find((other) => other > k)
                      : op === '>='
                        ? all.find((other) => other >= k)
                        : all.findLast((other) => (op === '<' ? other < k : other <= k));
            at = found === undefined ? null : { key: found, sought: true };
            break;
          }
          default: {
            const forward = random.oneIn(2);
            const node = forward ? iterator.next() : iterator.previous();
            if (at !== null) {
              const place: { key: string; sought: boolean } = at;
              const all = sorted();
              const next: string | undefined = forward
                ? all.find((other) => (place.sought ? other >= place.key : other > place.key))
                : all.findLast((other) => (place.sought ? other <= place.key : other < place.key));
              at = next === undefined ? null : { key: next, sought: false };
            }
            expect(node === null ? null : Buffer.from(node.key).toString('latin1')).toBe(at?.key ?? null);
            if (node !== null) expect(node.value).toBe(model.get(at!.key));
          }
        }
        expect(dict.size).toBe(model.size);
      }
      dict.validateIntegrity();
    });
  });
});
