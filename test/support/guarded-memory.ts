/**
 * Native memory with pages behind and before it that nobody may touch: native code that strays from a block it was given
 * ends the process, and so the test.
 */
import koffi from '../../src/memory/koffi.ts';

const PAGE_BYTES = 4096;
const PROT_NONE = 0;
const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;

const libc = koffi.load('libc.so.6');
const mmap = libc.func(
  'intptr_t mmap(uintptr_t address, size_t length, int protection, int flags, int fd, long offset)',
);
const mprotect = libc.func('int mprotect(uintptr_t address, size_t length, int protection)');
const munmap = libc.func('int munmap(uintptr_t address, size_t length)');

/** A block of native memory. */
export class GuardedMemory {
  readonly address: number;
  /** The block as bytes; gone with `free`. */
  readonly bytes: Buffer;
  private readonly base: number;
  private readonly mapped: number;

  /** `edge`: the end of the block that touches a forbidden page; the other one may have up to a page of slack. */
  constructor(sizeBytes: number, edge: 'start' | 'end' = 'end') {
    const inner = Math.max(1, Math.ceil(sizeBytes / PAGE_BYTES)) * PAGE_BYTES;
    this.mapped = inner + 2 * PAGE_BYTES;
    this.base = mmap(0, this.mapped, PROT_NONE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    if (this.base === -1) throw new Error(`no memory for ${sizeBytes} bytes`);
    if (mprotect(this.base + PAGE_BYTES, inner, PROT_READ_WRITE) !== 0) throw new Error('mprotect failed');
    this.address = this.base + PAGE_BYTES + (edge === 'end' ? inner - sizeBytes : 0);
    this.bytes = Buffer.from(koffi.view(BigInt(this.address), sizeBytes));
  }

  free(): void {
    munmap(this.base, this.mapped);
  }
}
