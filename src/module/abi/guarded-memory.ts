// Blocks that native code of ours works in: each ends where an inaccessible page begins, so that a step beyond its end is
// noticed at once. They live as long as the process.

import koffi from '../../memory/koffi.ts';
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_PRIVATE,
  mmap,
  PAGE_BYTES,
  PROT_NONE,
  PROT_READ_WRITE,
} from './native-memory.ts';

export interface GuardedMemory {
  readonly buffer: ArrayBuffer;
  /** Native address of its first byte; aligned to 8 bytes. */
  readonly address: number;
  readonly sizeBytes: number;
}

/** Low addresses are small integers to V8: no heap number when one is handed to C or comes from there. A wish only. */
const WISHED_BASE = 0x50000000;
let wished = WISHED_BASE;

/** Memory of `wantedBytes`, a multiple of 8, filled with zeros. */
export function guardedMemory(wantedBytes: number): GuardedMemory {
  const mappedBytes = Math.ceil(wantedBytes / PAGE_BYTES) * PAGE_BYTES;
  const from = mmap(wished, mappedBytes + PAGE_BYTES, PROT_READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  if (from === wished) wished += mappedBytes + PAGE_BYTES;
  mmap(from + mappedBytes, PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1);
  const address = from + mappedBytes - wantedBytes;
  return { buffer: koffi.view(BigInt(address), wantedBytes), address, sizeBytes: wantedBytes };
}
