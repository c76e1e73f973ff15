/** What libc's allocator has given out, as glibc's mallinfo2 counts it; what typed arrays and V8's compilers have aside. */
import { getHeapStatistics } from 'node:v8';
import koffi, { nativeUnavailable } from './koffi.ts';

/** `struct mallinfo2` of <malloc.h>, all size_t. */
const FIELDS = 'arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost'.split(' ');

interface MallocInfo {
  /** Bytes in blocks of their own mappings, and in the others. */
  readonly hblkhd: number;
  readonly uordblks: number;
}

let mallinfo: (() => MallocInfo) | null = null;
let resolved = false;

function resolveMallinfo(): typeof mallinfo {
  if (resolved) return mallinfo;
  resolved = true;
  if (nativeUnavailable !== null) return null;
  try {
    const type = koffi.struct(Object.fromEntries(FIELDS.map((name) => [name, 'size_t'])));
    mallinfo = koffi.load(null).func('mallinfo2', type, []) as unknown as () => MallocInfo;
  } catch {
    // A libc that has none (glibc before 2.33, musl).
  }
  return mallinfo;
}

/**
 * Bytes in blocks of malloc that neither typed arrays of ours nor V8 have; null where nobody can tell. It looks at every free block:
 * 15 µs in a small process, a third of a millisecond with a hundred thousand gaps.
 */
export function mallocedBytes(): number | null {
  const ask = resolveMallinfo();
  if (ask === null) return null;
  const { hblkhd, uordblks } = ask();
  return hblkhd + uordblks - process.memoryUsage().arrayBuffers - getHeapStatistics().malloced_memory;
}
