import { describe, expect, it } from 'vitest';
import { fuzz } from '../../../test/support/fuzz.ts';
import { formatHandle, HandleError, HandleKind, HandleTable, handleKindName } from './handles.ts';
import { readBytes, readU8, writeBytes } from './native-memory.ts';
import { moduleStrings } from './string-handles.ts';

describe('handles', () => {
  it('are no addresses, say their kind, and fit in 48 bits', () => {
    for (const kind of Object.values(HandleKind)) {
      const handle = new HandleTable<object>(kind).create({});
      expect(handle).toBeGreaterThanOrEqual(2 ** 47);
      expect(handle).toBeLessThan(2 ** 48);
      expect(handle % 8).toBe(0);
      expect(handleKindName(handle)).toMatch(/^RedisModule/);
    }
    expect(handleKindName(0x7fff12345678)).toBe(null);
    expect(formatHandle(0)).toBe('NULL');
  });

  it('a stale handle is told from the live one that took its place', () => {
    const table = new HandleTable<number>(HandleKind.Key, 1);
    const seen = new Set<number>();
    for (let i = 0; i < 1000; i++) {
      const handle = table.create(i);
      expect(seen.has(handle)).toBe(false);
      seen.add(handle);
      expect(table.delete(handle)).toBe(i);
      expect(() => table.get(handle)).toThrow(HandleError);
      expect(() => table.delete(handle)).toThrow(/after it was freed$/);
    }
    expect(table.size).toBe(0);
  });

  it('NULL, wrong kinds and arbitrary numbers are refused', () => {
    const keys = new HandleTable<object>(HandleKind.Key);
    const dicts = new HandleTable<object>(HandleKind.Dict);
    keys.create({});
    const dict = dicts.create({});
    expect(() => keys.get(0)).toThrow('NULL where a RedisModuleKey is needed');
    expect(() => keys.get(dict)).toThrow(/the RedisModuleDict 0x[0-9a-f]+ where a RedisModuleKey is needed/);
    for (const wrong of [8, -1, 1.5, 2 ** 47 - 8, 2 ** 53, Number.NaN]) expect(keys.find(wrong)).toBe(undefined);
  });

  it('behave like a map under random use', () =>
    fuzz(20, (random) => {
      const table = new HandleTable<number>(HandleKind.Dict, 1);
      const model = new Map<number, number>();
      const dead: number[] = [];
      for (let step = 0; step < 3000; step++) {
        if (model.size === 0 || random.below(5) < 3) {
          const handle = table.create(step);
          expect(model.has(handle)).toBe(false);
          model.set(handle, step);
        } else {
          const handle = random.pick([...model.keys()]);
          expect(table.delete(handle)).toBe(model.get(handle));
          model.delete(handle);
          dead.push(handle);
        }
      }
      expect(table.size).toBe(model.size);
      for (const [handle, value] of model) expect(table.get(handle)).toBe(value);
      for (const handle of dead) expect(table.find(handle)).toBe(undefined);
      let visited = 0;
      table.forEach((value, handle) => {
        expect(model.get(handle)).toBe(value);
        visited++;
      });
      expect(visited).toBe(model.size);
    }));
});

describe('module strings', () => {
  it('keep their bytes, lengths and NULs under random use, and leave nothing behind', () =>
    fuzz(10, (random) => {
      const before = { size: moduleStrings.size, bytes: moduleStrings.usedBytes };
      const model = new Map<number, Buffer>();
      const length = (): number =>
        random.pick([0, 1, 15, 16, 17, 255, 256, 257, 1000, 5000, 131071, 131072, 200000]) + random.below(3);
      for (let step = 0; step < 400; step++) {
        const action = random.below(10);
        if (model.size === 0 || action < 4) {
          const bytes = Buffer.alloc(length(), random.below(256));
          model.set(moduleStrings.fromBytes(bytes, 0, bytes.length, 1), bytes);
          continue;
        }
        const handle = random.pick([...model.keys()]);
        const index = moduleStrings.index(handle);
        const bytes = model.get(handle)!;
        if (action < 6) {
          const added = Buffer.alloc(random.below(300), random.below(256));
          moduleStrings.resize(index, bytes.length + added.length);
          writeBytes(moduleStrings.address[index]! + bytes.length, added, 0, added.length);
          model.set(handle, Buffer.concat([bytes, added]));
        } else if (action < 7) {
          moduleStrings.trim(index);
        } else if (action < 8) {
          const shorter = bytes.subarray(0, random.below(bytes.length + 1));
          moduleStrings.resize(index, shorter.length);
          model.set(handle, shorter);
        } else {
          moduleStrings.release(index);
          model.delete(handle);
          expect(() => moduleStrings.view(handle)).toThrow(HandleError);
        }
      }
      for (const [handle, bytes] of model) {
        const index = moduleStrings.index(handle);
        expect(bytes.equals(moduleStrings.view(handle))).toBe(true);
        expect(bytes.equals(readBytes(moduleStrings.address[index]!, bytes.length))).toBe(true);
        expect(readU8(moduleStrings.address[index]! + bytes.length)).toBe(0);
        moduleStrings.release(index);
      }
      expect(moduleStrings.size).toBe(before.size);
      expect(moduleStrings.usedBytes).toBe(before.bytes);
    }));
});
