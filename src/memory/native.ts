/** The two native services the arena needs: the address of a buffer, and giving pages back to the system. */
import koffi from 'koffi';

const MADV_DONTNEED = 4;
const OS_PAGE_BYTES = 4096;

let madvise: ((address: number, sizeBytes: number, advice: number) => number) | null = null;
let resolved = false;

/** Native address of an off-heap ArrayBuffer; stable for the buffer's life. */
export function bufferAddress(buffer: ArrayBuffer): number {
  return Number(koffi.address(buffer));
}

/**
 * Lets the system take back the whole pages inside a range of private anonymous memory; they read as zeros later.
 * Returns the bytes released, 0 where the platform has no madvise.
 */
export function releasePages(address: number, sizeBytes: number): number {
  if (!resolved) {
    resolved = true;
    if (process.platform === 'linux') {
      madvise = koffi.load(null).func('int madvise(uintptr_t address, size_t length, int advice)') as never;
    }
  }
  if (madvise === null) return 0;
  const from = Math.ceil(address / OS_PAGE_BYTES) * OS_PAGE_BYTES;
  const to = Math.floor((address + sizeBytes) / OS_PAGE_BYTES) * OS_PAGE_BYTES;
  if (to <= from) return 0;
  return madvise(from, to - from, MADV_DONTNEED) === 0 ? to - from : 0;
}
