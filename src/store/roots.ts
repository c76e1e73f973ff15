/**
 * The roots of a keyspace: everything outside the arena's chunks that is needed to find every key from raw memory alone,
 * as regions of bytes. What a region becomes is the caller's choice: an address to read a frozen twin of the process
 * with, or a copy.
 *
 * Chunk i holds the refs whose upper 10 bits are i; the bucket tables of a database hold refs of the first entries of
 * their chains (entry-layout.ts). All numbers in regions are little-endian 32-bit words. The entries that expire are
 * found by walking, too; the vectors are for whoever wants only them.
 */
import { bufferAddress } from '../memory/pages.ts';
import type { Keyspace } from './keyspace.ts';

export interface DbRoots<Region> {
  readonly id: number;
  /** Keys. */
  readonly size: number;
  /** Keys with an expiry. */
  readonly volatileSize: number;
  /** One bucket table, two while rehashing; the length in words is a power of two. */
  readonly tables: readonly Region[];
  /** Refs of the entries that expire: the first `volatileSize` words of all segments. */
  readonly volatile: readonly Region[];
}

export interface Roots<Region> {
  /** By chunk number; null where there is no chunk. */
  readonly chunks: readonly (Region | null)[];
  readonly dbs: readonly DbRoots<Region>[];
}

/** A region of this process's memory. */
export interface AddressRange {
  readonly address: number;
  readonly sizeBytes: number;
}

/** The roots as they are now, each region made by `region`. O(chunks and segments), and nothing of it is in a value. */
export function rootsOf<Region>(
  keyspace: Keyspace,
  region: (bytes: Uint8Array | Uint32Array) => Region,
): Roots<Region> {
  return {
    chunks: keyspace.arena.u8.map((chunk) => (chunk.length === 0 ? null : region(chunk))),
    dbs: keyspace.dbs.map((db) => ({
      id: db.id,
      size: db.size,
      volatileSize: db.volatileSize,
      tables: db.dict.tables.map(region),
      volatile: db.volatile.segments.map(region),
    })),
  };
}

/** A region as an address; valid until the keyspace changes, and in a fork of the process. */
export function addressRange(bytes: Uint8Array | Uint32Array): AddressRange {
  return { address: bufferAddress(bytes.buffer as ArrayBuffer) + bytes.byteOffset, sizeBytes: bytes.byteLength };
}
