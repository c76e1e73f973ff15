/** The native services the arena needs: the address of a buffer, large pages, giving pages back to the system. */
import koffi, { nativeUnavailable } from './koffi.ts';

const MADV_DONTNEED = 4;
const MADV_HUGEPAGE = 14;
const OS_PAGE_BYTES = 4096;

type Madvise = (address: number, sizeBytes: number, advice: number) => number;

let madvise: Madvise | null = null;
let resolved = false;

function resolveMadvise(): Madvise | null {
  if (!resolved) {
    resolved = true;
    if (nativeUnavailable === null) {
      madvise = koffi.load(null).func('int madvise(uintptr_t address, size_t length, int advice)') as never;
    }
  }
  return madvise;
}

/** Native address of an off-heap ArrayBuffer; stable for the buffer's life. */
export function bufferAddress(buffer: ArrayBuffer): number {
  return Number(koffi.address(buffer));
}

/**
 * Lets the system take back the whole pages inside a range of private anonymous memory; they read as zeros later.
 * Returns the bytes released, 0 in portable mode.
 */
export function releasePages(address: number, sizeBytes: number): number {
  const advise = resolveMadvise();
  if (advise === null) return 0;
  const from = Math.ceil(address / OS_PAGE_BYTES) * OS_PAGE_BYTES;
  const to = Math.floor((address + sizeBytes) / OS_PAGE_BYTES) * OS_PAGE_BYTES;
  if (to <= from) return 0;
  return advise(from, to - from, MADV_DONTNEED) === 0 ? to - from : 0;
}

/**
 * Asks the system to back a range of memory with large pages. Random keys otherwise miss the translation cache at
 * nearly every access. There are no forks whose copies would grow by it.
 */
export function preferLargePages(address: number, sizeBytes: number): void {
  const from = Math.ceil(address / OS_PAGE_BYTES) * OS_PAGE_BYTES;
  const to = Math.floor((address + sizeBytes) / OS_PAGE_BYTES) * OS_PAGE_BYTES;
  // Systems without large pages refuse, which is all right.
  if (to > from) resolveMadvise()?.(from, to - from, MADV_HUGEPAGE);
}
