import { describe, expect, it } from 'vitest';
import { fuzz } from '../../test/support/fuzz.ts';
import { Arena } from './arena.ts';
import { CHUNK_BYTES } from './page-runs.ts';
import { CLASS_BLOCKS, CLASS_BYTES, CLASS_COUNT, CLASS_OF_GRANULES, MAX_SMALL_BYTES } from './size-classes.ts';

const MIB = 1024 * 1024;

/** Fills a block's first `size` bytes with a pattern of its own. */
function stamp(arena: Arena, ref: number, size: number, tag: number): void {
  const off = (ref & 0x3fffff) << 4;
  arena.u8[ref >>> 22]!.fill(tag & 0xff, off, off + size);
}

function isStamped(arena: Arena, ref: number, size: number, tag: number): boolean {
  const off = (ref & 0x3fffff) << 4;
  const bytes = Buffer.from(arena.u8[ref >>> 22]!.buffer as ArrayBuffer, off, size);
  // One byte equals the tag and each equals its predecessor: two native calls instead of a loop.
  return size === 0 || (bytes[0] === (tag & 0xff) && bytes.subarray(1).equals(bytes.subarray(0, size - 1)));
}

describe('size classes', () => {
  it('hold what they should with little waste', () => {
    for (let size = 1; size <= MAX_SMALL_BYTES; size++) {
      const cls = CLASS_OF_GRANULES[(size + 15) >>> 4]!;
      const bytes = CLASS_BYTES[cls]!;
      expect(bytes).toBeGreaterThanOrEqual(size);
      if (cls > 0) expect(CLASS_BYTES[cls - 1]!).toBeLessThan(size);
      if (size > 128) expect((bytes - size) / bytes).toBeLessThan(size <= 4096 ? 0.125 : size <= 16384 ? 0.201 : 0.334);
    }
    for (let cls = 0; cls < CLASS_COUNT; cls++) {
      expect(CLASS_BYTES[cls]! % 16).toBe(0);
      expect(CLASS_BYTES[cls]! * CLASS_BLOCKS[cls]!).toBeGreaterThan(65536 * 0.94);
    }
  });
});

describe('Arena', () => {
  it('never hands out ref 0 and keeps blocks apart', () => {
    const arena = new Arena();
    const refs = new Set<number>();
    for (let i = 0; i < 5000; i++) refs.add(arena.alloc(i % 200));
    expect(refs.size).toBe(5000);
    expect(refs.has(0)).toBe(false);
    arena.validateIntegrity();
    for (const ref of refs) arena.free(ref);
    expect(arena.usedBytes).toBe(0);
    arena.validateIntegrity();
  });

  it('serves huge blocks first of all, and gives their memory back', () => {
    const arena = new Arena();
    const ref = arena.alloc(100 * MIB);
    expect(ref).not.toBe(0);
    expect(arena.capacity(ref)).toBeGreaterThanOrEqual(100 * MIB);
    stamp(arena, ref, 100 * MIB, 7);
    const before = process.memoryUsage.rss();
    arena.free(ref);
    // In slices: so many bytes take a while.
    for (let released = 0; released < 100 * MIB; released += 8 * MIB)
      expect(arena.releaseDiscarded(8 * MIB)).not.toBe(0);
    expect(process.memoryUsage.rss()).toBeLessThan(before - 80 * MIB);
    expect(arena.usedBytes).toBe(0);
    expect(arena.chunkBytes).toBe(CHUNK_BYTES);
    arena.validateIntegrity();
  });

  it('grows and shrinks runs in place', () => {
    const arena = new Arena();
    let ref = arena.alloc(100_000);
    const first = ref;
    stamp(arena, ref, 100_000, 3);
    ref = arena.realloc(ref, 5 * MIB);
    expect(ref).toBe(first);
    expect(isStamped(arena, ref, 100_000, 3)).toBe(true);
    ref = arena.realloc(ref, 70_000);
    expect(ref).toBe(first);
    expect(arena.capacity(ref)).toBe(131072);
    arena.validateIntegrity();
    ref = arena.realloc(ref, 40);
    expect(isStamped(arena, ref, 40, 3)).toBe(true);
    arena.free(ref);
    expect(arena.usedBytes).toBe(0);
    arena.validateIntegrity();
  });

  it('drops empty chunks but one, reuses them, and releases dirty memory', () => {
    const arena = new Arena();
    const fill = () => Array.from({ length: 250 }, () => arena.alloc(MIB));
    const refs = fill();
    for (const ref of refs) stamp(arena, ref, MIB, 1);
    const chunks = arena.stats().chunks;
    expect(chunks).toBeGreaterThanOrEqual(4);
    for (const ref of refs) arena.free(ref);
    expect(arena.stats().chunks).toBe(2);
    expect(arena.dirtyBytes).toBeGreaterThanOrEqual(250 * MIB);
    arena.validateIntegrity();
    const again = fill();
    expect(arena.stats().chunks).toBe(chunks);
    arena.validateIntegrity();
    for (const ref of again) arena.free(ref);
    const before = process.memoryUsage.rss();
    expect(arena.purge(10 * MIB)).toBeGreaterThan(9 * MIB);
    arena.validateIntegrity();
    arena.purge();
    expect(arena.dirtyBytes).toBe(0);
    expect(process.memoryUsage.rss()).toBeLessThan(before - 200 * MIB);
    expect(arena.stats().retiredChunks).toBe(1);
    arena.validateIntegrity();
    expect(arena.purge()).toBe(0);
  });

  it('releases discarded buffers in slices', () => {
    const arena = new Arena();
    const table = new Uint32Array(16 * MIB).fill(1);
    arena.discard(table.buffer);
    const before = process.memoryUsage.rss();
    let slices = 0;
    while (arena.releaseDiscarded(8 * MIB) > 0) slices++;
    expect(slices).toBe(8);
    expect(process.memoryUsage.rss()).toBeLessThan(before - 50 * MIB);
    expect(table.length).toBe(16 * MIB);
  });

  it('gives stable native addresses', () => {
    const arena = new Arena();
    const a = arena.alloc(64);
    const b = arena.alloc(64);
    expect(arena.address(b) - arena.address(a)).toBe((b - a) * 16);
    const big = arena.alloc(40 * MIB);
    expect(arena.address(big)).toBeGreaterThan(65536);
    expect(Number.isSafeInteger(arena.address(big))).toBe(true);
  });

  it('refuses to free what is no block', () => {
    const arena = new Arena();
    const run = arena.alloc(200_000);
    expect(() => arena.free(0)).toThrow('no block');
    expect(() => arena.free(run + 4096)).toThrow('no block');
    expect(() => arena.free(run + 1)).toThrow('no block');
    arena.free(run);
    expect(() => arena.free(run)).toThrow('no block');
  });

  it('forgets everything on reset and goes on', () => {
    const arena = new Arena();
    for (let i = 0; i < 1000; i++) arena.alloc(i * 200);
    arena.alloc(70 * MIB);
    arena.reset();
    expect(arena.usedBytes).toBe(0);
    expect(arena.stats().chunks).toBe(1);
    arena.validateIntegrity();
    for (let i = 0; i < 1000; i++) arena.alloc(i * 200);
    arena.validateIntegrity();
    arena.purge();
    arena.validateIntegrity();
  });

  it('keeps contents and sums through random operations', () =>
    fuzz(1, (prng) => {
      const arena = new Arena();
      interface Block {
        ref: number;
        size: number;
        tag: number;
      }
      let blocks: Block[] = [];
      const randomSize = () => {
        const kind = prng.below(10_000);
        if (kind < 9000) return prng.below(300);
        if (kind < 9800) return prng.below(40_000);
        if (kind < 9990) return prng.below(2 * MIB);
        return kind < 9999 ? prng.below(33 * MIB) : prng.below(70 * MIB);
      };
      const verify = (block: Block) => {
        if (!isStamped(arena, block.ref, block.size, block.tag)) throw new Error(`block ${block.ref} was overwritten`);
      };
      for (let round = 0; round < 12; round++) {
        const limit = [50_000, 500, 4000][round % 3]!;
        for (let op = 0; op < 15_000; op++) {
          const what = prng.below(10);
          if (blocks.length < 10 || (what < 5 && blocks.length < limit && arena.usedBytes < 300 * MIB)) {
            const size = randomSize();
            const block = { ref: arena.alloc(size), size, tag: prng.below(256) };
            expect(arena.capacity(block.ref)).toBeGreaterThanOrEqual(size);
            stamp(arena, block.ref, size, block.tag);
            blocks.push(block);
            continue;
          }
          const index = prng.below(blocks.length);
          const block = blocks[index]!;
          if (what < 6) {
            const size = randomSize();
            const kept = Math.min(size, block.size);
            block.ref = arena.realloc(block.ref, size);
            block.size = kept;
            verify(block);
            block.size = size;
            stamp(arena, block.ref, size, block.tag);
          } else {
            verify(block);
            arena.free(block.ref);
            blocks[index] = blocks[blocks.length - 1]!;
            blocks.pop();
          }
        }
        if (prng.below(2) === 0) arena.purge(prng.below(50 * MIB));
        arena.validateIntegrity();
        for (const block of blocks) verify(block);
        let used = 0;
        for (const block of blocks) used += arena.capacity(block.ref);
        expect(arena.usedBytes).toBe(used);
        expect(arena.stats().blocks).toBe(blocks.length);
        if (round === 7) {
          arena.reset();
          blocks = [];
          arena.validateIntegrity();
        }
      }
      for (const block of blocks) arena.free(block.ref);
      expect(arena.usedBytes).toBe(0);
      arena.validateIntegrity();
    }));
});
