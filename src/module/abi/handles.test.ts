import { describe, expect, it } from 'vitest';
import { fuzz } from '../../../test/support/fuzz.ts';
import { formatHandle, HandleError, HandleKind, HandleTable, handleKindName } from './handles.ts';
import { free, readBytes, readPtr, readU8, writeBytes } from './native-memory.ts';
import { moduleStrings } from './string-handles.ts';

describe('handles', () => {
  it('are no addresses, say their kind, and are safe integers', () => {
    for (const kind of Object.values(HandleKind)) {
      const handle = new HandleTable<object>(kind).create({});
      expect(handle).toBeGreaterThanOrEqual(2 ** 47);
      expect(handle).toBeLessThan(2 ** 53);
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
          expect(() => moduleStrings.view(handle)).toThrow(/after it was freed|which is no RedisModuleString/);
        }
        if (step % 50 === 0) moduleStrings.validateIntegrity();
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

  it('are malloc’s allocations: a string that free() was given is noticed, and gone', () => {
    const handle = moduleStrings.fromText('freed behind our back', 1);
    const index = moduleStrings.index(handle);
    const serial = moduleStrings.serial[index]!;
    const { size } = moduleStrings;
    expect(handle % 16).toBe(0);
    expect(readPtr(handle)).toBe(handle);
    expect(readPtr(handle + 8)).toBe(moduleStrings.address[index]!);
    expect(readPtr(handle + 16)).toBe(21);
    free(handle);
    expect(moduleStrings.takeBack(index, serial)).toBe(false);
    expect(moduleStrings.size).toBe(size - 1);
    expect(() => moduleStrings.view(handle)).toThrow(HandleError);
    moduleStrings.validateIntegrity();
  });

  it('that free() took are replaced by what malloc puts in their place', () => {
    const { size, usedBytes } = moduleStrings;
    const handles = Array.from({ length: 3000 }, (_, i) => moduleStrings.fromText(`text ${i}`, 1));
    for (const handle of handles) free(handle);
    const again = Array.from({ length: 3000 }, (_, i) => moduleStrings.fromText(`more ${i}`, 1));
    for (const [i, handle] of again.entries()) expect(moduleStrings.text(handle)).toBe(`more ${i}`);
    moduleStrings.validateIntegrity();
    for (const handle of again) moduleStrings.release(moduleStrings.index(handle));
    // What malloc did not use again is counted until it does.
    expect(moduleStrings.size - size).toBeLessThan(3000);
    expect(moduleStrings.usedBytes).toBeGreaterThanOrEqual(usedBytes);
  });

  it('do not come back soon', () => {
    const seen = new Set<number>();
    const first = moduleStrings.fromText('x', 1);
    moduleStrings.release(moduleStrings.index(first));
    for (let i = 0; i < 1000; i++) {
      const handle = moduleStrings.fromText('y', 1);
      seen.add(handle);
      moduleStrings.release(moduleStrings.index(handle));
    }
    expect(seen.has(first)).toBe(false);
    expect(seen.size).toBe(1000);
  });

  it('give memory back when they are freed', () => {
    const held = moduleStrings.usedBytes;
    // Beyond what is kept for reuse.
    const handles = Array.from({ length: 50_000 }, () => moduleStrings.fromText('z'.repeat(1000), 1));
    expect(moduleStrings.usedBytes).toBeGreaterThan(held + 50_000_000);
    for (const handle of handles) moduleStrings.release(moduleStrings.index(handle));
    expect(moduleStrings.usedBytes).toBeLessThanOrEqual(held);
    expect(moduleStrings.restingBytes).toBeLessThan(16 * 2 ** 20);
    for (const handle of handles.slice(0, 30_000)) expect(moduleStrings.find(handle)).toBe(-1);
  });
});
