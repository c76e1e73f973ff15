// libc and raw memory, through koffi. The only door between typed arrays and native addresses.
//
// Conventions, for everything under src/module:
//   - A pointer is a plain number (`uintptr_t`): user-space addresses have 47 bits, a double holds 53. NULL is 0.
//   - A 64-bit integer that arrives from C is a number when it is a safe integer and a BigInt otherwise. koffi hands
//     unsigned values with the top bit set over as negative ones (SIZE_MAX and UINT64_MAX arrive as -1): `toU64`
//     undoes that. Going to C, numbers and BigInts are both fine.
//   - Memory at an address is read by copying it into `scratch` with libc's memcpy (42 ns for 8 bytes, against 58 ns
//     for koffi.decode.int32 and 1.3 us for koffi.view) and reading a typed array there; writing goes the other way
//     (koffi.encode: 109 ns and more). `scratch` is one 64 KiB buffer at a known address; what a function here leaves
//     in it is valid until the next function of this file runs, so never hold it across a call into a module.

import koffi from '../../memory/koffi.ts';
import { OutOfMemory } from '../../memory/out-of-memory.ts';
import { MisuseError } from './handles.ts';

const libc = koffi.load(null);

/** Declares a function of the process's own global scope; all pointers are numbers. */
function declare<T>(name: string, result: string, args: string[]): T {
  return libc.func(name, result, args) as unknown as T;
}

type Address = number;

export const malloc = declare<(sizeBytes: number) => Address>('malloc', 'uintptr_t', ['size_t']);
export const calloc = declare<(count: number, sizeBytes: number) => Address>('calloc', 'uintptr_t', [
  'size_t',
  'size_t',
]);
export const realloc = declare<(ptr: Address, sizeBytes: number) => Address>('realloc', 'uintptr_t', [
  'uintptr_t',
  'size_t',
]);
export const free = declare<(ptr: Address) => void>('free', 'void', ['uintptr_t']);
export const mallocUsableSize = declare<(ptr: Address) => number>('malloc_usable_size', 'size_t', ['uintptr_t']);
export const strlen = declare<(ptr: Address) => number>('strlen', 'size_t', ['uintptr_t']);
export const memcmp = declare<(a: Address, b: Address, sizeBytes: number) => number>('memcmp', 'int', [
  'uintptr_t',
  'uintptr_t',
  'size_t',
]);
/** memcpy between two addresses. */
export const memcpy = declare<(to: Address, from: Address, sizeBytes: number) => void>('memcpy', 'void', [
  'uintptr_t',
  'uintptr_t',
  'size_t',
]);
/** memcpy from an address into a typed array, from its first element on. */
export const memcpyIn = declare<(to: Uint8Array, from: Address, sizeBytes: number) => void>('memcpy', 'void', [
  'void *',
  'uintptr_t',
  'size_t',
]);
/** memcpy from a typed array, from its first element on, to an address. */
export const memcpyOut = declare<(to: Address, from: Uint8Array, sizeBytes: number) => void>('memcpy', 'void', [
  'uintptr_t',
  'void *',
  'size_t',
]);
const memccpy = declare<(to: Address, from: Address, stop: number, max: number) => Address>('memccpy', 'uintptr_t', [
  'uintptr_t',
  'uintptr_t',
  'int',
  'size_t',
]);
const mmapRaw = declare<
  (addr: Address, sizeBytes: number, prot: number, flags: number, fd: number, offset: number) => number
>('mmap', 'intptr_t', ['uintptr_t', 'size_t', 'int', 'int', 'int', 'long']);
export const munmap = declare<(addr: Address, sizeBytes: number) => number>('munmap', 'int', ['uintptr_t', 'size_t']);
export const memfdCreate = declare<(name: string, flags: number) => number>('memfd_create', 'int', [
  'const char *',
  'uint',
]);
export const ftruncate = declare<(fd: number, sizeBytes: number) => number>('ftruncate', 'int', ['int', 'long']);
/** Closes a descriptor that native code opened; Node counts only its own, and in worker threads complains of others. */
export const closeFd = declare<(fd: number) => number>('close', 'int', ['int']);
export const semInit = declare<(sem: Address, pshared: number, value: number) => number>('sem_init', 'int', [
  'uintptr_t',
  'int',
  'uint',
]);
export const semTrywait = declare<(sem: Address) => number>('sem_trywait', 'int', ['uintptr_t']);
export const semPost = declare<(sem: Address) => number>('sem_post', 'int', ['uintptr_t']);
export const semDestroy = declare<(sem: Address) => number>('sem_destroy', 'int', ['uintptr_t']);
/** Ends the process: no handlers, no destructors. */
export const exitProcess = declare<(status: number) => void>('_exit', 'void', ['int']);
export const kill = declare<(pid: number, signal: number) => number>('kill', 'int', ['int', 'int']);
const waitpidRaw = declare<(pid: number, status: Address, options: number) => number>('waitpid', 'int', [
  'int',
  'uintptr_t',
  'int',
]);
export const schedYield = declare<() => number>('sched_yield', 'int', []);
const sscanf = libc.func('int sscanf(uintptr_t from, const char *format, ...)');
const dlopenRaw = declare<(path: string, flags: number) => Address>('dlopen', 'uintptr_t', ['const char *', 'int']);
export const dlclose = declare<(library: Address) => number>('dlclose', 'int', ['uintptr_t']);
const dlsymRaw = declare<(library: Address, name: string) => Address>('dlsym', 'uintptr_t', [
  'uintptr_t',
  'const char *',
]);
const dlerrorRaw = declare<() => string | null>('dlerror', 'const char *', []);

export const PROT_NONE = 0;
export const PROT_READ_WRITE = 3;
export const MAP_SHARED = 0x01;
export const MAP_PRIVATE = 0x02;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_NORESERVE = 0x4000;
export const MFD_CLOEXEC = 1;
export const PAGE_BYTES = 4096;
const RTLD_NOW = 2;
const RTLD_NOLOAD = 4;
const RTLD_DEEPBIND = 8;

/** mmap that throws with errno's number when the kernel refuses. Returns the address. */
export function mmap(addr: Address, sizeBytes: number, prot: number, flags: number, fd: number): Address {
  const at = mmapRaw(addr, sizeBytes, prot, flags, fd, 0);
  if (at === -1) throw new OutOfMemory(`Cannot map ${sizeBytes} bytes: errno ${koffi.errno()}`);
  return at;
}

/** errno of the last native call. */
export function errno(): number {
  return koffi.errno();
}

/** Sets errno, which is what the module's thread sees when the API function returns. */
export function setErrno(value: number): void {
  koffi.errno(value);
}

/** The status of a child that has ended; null when it has not (WNOHANG), -1 when there is none. */
export function waitpid(pid: number, options: number): number | null {
  const ended = waitpidRaw(pid, scratchAddr, options);
  return ended === 0 ? null : ended === pid ? s32[0]! : -1;
}

export const ERANGE = 34;
export const ENOENT = 2;
export const EINVAL = 22;

/**
 * Reads a long double from a C string into native memory at `to` (16 bytes): strtold's result is one koffi cannot take. The string must be a number.
 */
export function scanLongDouble(from: Address, to: Address): void {
  sscanf(from, '%Lf', 'uintptr_t', to);
}

/**
 * Whether the process has another allocator than libc's (LD_PRELOAD of jemalloc and the like). With its own symbols first
 * a library would find libc's malloc and free, and get memory of the other one from libc's own functions (strdup).
 */
function hasOtherAllocator(): boolean {
  const library = dlopenRaw('libc.so.6', RTLD_NOW | RTLD_NOLOAD);
  if (library === 0) return false;
  const isOther = dlsymRaw(library, 'malloc') !== dlsymRaw(0, 'malloc');
  dlclose(library);
  return isOther;
}

/**
 * Opens a library as Redis does: all symbols resolved now, none of them visible to others, its own symbols first (the
 * node binary exports its C++ runtime; without RTLD_DEEPBIND a C++ module would be bound to it).
 * Returns the library's handle, or dlerror's text.
 */
export function dlopen(path: string): number | string {
  const library = dlopenRaw(path, hasOtherAllocator() ? RTLD_NOW : RTLD_NOW | RTLD_DEEPBIND);
  return library !== 0 ? library : (dlerrorRaw() ?? 'unknown error');
}

/** Whether anybody in the process has the library at this path open, under whatever name. */
export function isLibraryOpen(path: string): boolean {
  const library = dlopenRaw(path, RTLD_NOW | RTLD_NOLOAD);
  // It was counted as one more user.
  if (library !== 0) dlclose(library);
  return library !== 0;
}

/** Address of a symbol, 0 when the library has none of that name. A `library` of 0 searches the process itself. */
export function dlsym(library: Address, name: string): Address {
  return dlsymRaw(library, name);
}

// ---------------------------------------------------------------------------------------------------------------
// Scratch

export const SCRATCH_BYTES = 1 << 16;
const scratchBuffer = new ArrayBuffer(SCRATCH_BYTES);
/** Native address of `scratch`. */
export const scratchAddr = Number(koffi.address(scratchBuffer));
/** See the head of this file: valid until the next function of this file runs. */
export const scratch = new Uint8Array(scratchBuffer);
const scratchBytes = Buffer.from(scratchBuffer);
const s32 = new Int32Array(scratchBuffer);
const sU32 = new Uint32Array(scratchBuffer);
const sF64 = new Float64Array(scratchBuffer);
const sF32 = new Float32Array(scratchBuffer);
const sI64 = new BigInt64Array(scratchBuffer);
const sU64 = new BigUint64Array(scratchBuffer);
/** A view of `scratch` for structures whose fields are not aligned to their index. Little-endian: pass `true`. */
export const scratchView = new DataView(scratchBuffer);

const TWO32 = 4294967296;
/** Longest buffer that is taken from a module. */
const MAX_BUFFER_BYTES = 2 ** 40;

/** Native address of an ArrayBuffer's first byte. It does not move while the buffer lives. */
export function addressOf(buffer: ArrayBuffer): Address {
  return Number(koffi.address(buffer));
}

/** Copies `sizeBytes` (at most SCRATCH_BYTES) from an address into `scratch`; read the fields with `scratchView`. */
export function loadStruct(addr: Address, sizeBytes: number): void {
  memcpy(scratchAddr, addr, sizeBytes);
}

/** Copies the first `sizeBytes` of `scratch` to an address. */
export function storeStruct(addr: Address, sizeBytes: number): void {
  memcpy(addr, scratchAddr, sizeBytes);
}

/** The 64-bit unsigned integer or pointer at `offset` (a multiple of 8) of `scratch`, as a number (53 bits). */
export function scratchPtr(offset: number): Address {
  return sU32[(offset >> 2) + 1]! * TWO32 + sU32[offset >> 2]!;
}

/** Puts a pointer (or another non-negative safe integer) at `offset` (a multiple of 8) of `scratch`. */
export function setScratchPtr(offset: number, value: number): void {
  s32[offset >> 2] = value | 0;
  s32[(offset >> 2) + 1] = Math.floor(value / TWO32);
}

// ---------------------------------------------------------------------------------------------------------------
// Reading

export function readU8(addr: Address): number {
  memcpy(scratchAddr, addr, 1);
  return scratch[0]!;
}

export function readI32(addr: Address): number {
  memcpy(scratchAddr, addr, 4);
  return s32[0]!;
}

/** A signed 64-bit integer: number when safe, BigInt otherwise. */
export function readI64(addr: Address): number | bigint {
  memcpy(scratchAddr, addr, 8);
  const value = s32[1]! * TWO32 + sU32[0]!;
  return Number.isSafeInteger(value) ? value : sI64[0]!;
}

/** An unsigned 64-bit integer: number when safe, BigInt otherwise. */
export function readU64(addr: Address): number | bigint {
  memcpy(scratchAddr, addr, 8);
  const value = sU32[1]! * TWO32 + sU32[0]!;
  return Number.isSafeInteger(value) ? value : sU64[0]!;
}

export function readPtr(addr: Address): Address {
  memcpy(scratchAddr, addr, 8);
  return sU32[1]! * TWO32 + sU32[0]!;
}

export function readF64(addr: Address): number {
  memcpy(scratchAddr, addr, 8);
  return sF64[0]!;
}

/** Throws MisuseError for memory that a module cannot have: bytes at NULL, or more of them than there are addresses. */
export function checkMemory(addr: Address, sizeBytes: number): void {
  if (addr === 0 && sizeBytes > 0) throw new MisuseError('NULL where a buffer is needed');
  if (sizeBytes > MAX_BUFFER_BYTES) throw new MisuseError(`a buffer of ${sizeBytes} bytes`);
}

/** A fresh copy of `sizeBytes` bytes at an address. Throws MisuseError where there can be none. */
export function readBytes(addr: Address, sizeBytes: number): Uint8Array {
  checkMemory(addr, sizeBytes);
  const bytes = new Uint8Array(sizeBytes);
  if (sizeBytes > 0) memcpyIn(bytes, addr, sizeBytes);
  return bytes;
}

/**
 * Copies a C string, without its NUL, into `scratch` and returns its length in bytes; -1 when it is longer than
 * `scratch` holds (then use readCBytes). One native call instead of strlen and memcpy.
 */
export function loadCString(addr: Address): number {
  if (addr === 0) throw new MisuseError('NULL where a C string is needed');
  const end = memccpy(scratchAddr, addr, 0, SCRATCH_BYTES);
  return end === 0 ? -1 : end - scratchAddr - 1;
}

/**
 * Copies a C string, without its NUL, into `scratch` from `offset` on, leaving room for `spare` bytes behind it. Returns
 * its length, -1 when it is too long.
 */
export function loadCStringAt(addr: Address, offset: number, spare: number): number {
  if (addr === 0) throw new MisuseError('NULL where a C string is needed');
  const end = memccpy(scratchAddr + offset, addr, 0, SCRATCH_BYTES - offset - spare);
  return end === 0 ? -1 : end - scratchAddr - offset - 1;
}

/** A C string as a byte string: one character a byte. */
export function readLatin1(addr: Address): string {
  const length = loadCString(addr);
  if (length < 0) return Buffer.from(readCBytes(addr)).toString('latin1');
  return scratchBytes.toString('latin1', 0, length);
}

/** A fresh copy of a C string's bytes, without the NUL. */
export function readCBytes(addr: Address): Uint8Array {
  const length = loadCString(addr);
  return length >= 0 ? scratch.slice(0, length) : readBytes(addr, strlen(addr));
}

const utf8 = new TextDecoder();

/** A C string as text (UTF-8; bytes that are not become U+FFFD). NULL is the empty string. */
export function readCString(addr: Address): string {
  if (addr === 0) return '';
  const length = loadCString(addr);
  if (length < 0) return utf8.decode(readCBytes(addr));
  // Names and levels are short and ASCII: building them by hand beats the decoder's fixed cost.
  if (length <= 24) {
    let text = '';
    for (let i = 0; i < length; i++) {
      const byte = scratch[i]!;
      if (byte >= 0x80) return utf8.decode(scratch.subarray(0, length));
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return utf8.decode(scratch.subarray(0, length));
}

/** The `count` pointers of an array at `addr`. */
export function readPtrArray(addr: Address, count: number): Address[] {
  const pointers: Address[] = [];
  const perTurn = SCRATCH_BYTES / 8;
  for (let from = 0; from < count; from += perTurn) {
    const n = Math.min(perTurn, count - from);
    memcpy(scratchAddr, addr + from * 8, n * 8);
    for (let i = 0; i < n; i++) pointers.push(sU32[2 * i + 1]! * TWO32 + sU32[2 * i]!);
  }
  return pointers;
}

// ---------------------------------------------------------------------------------------------------------------
// Writing

export function writeU8(addr: Address, value: number): void {
  scratch[0] = value;
  memcpy(addr, scratchAddr, 1);
}

export function writeI32(addr: Address, value: number): void {
  s32[0] = value;
  memcpy(addr, scratchAddr, 4);
}

/** Writes 64 bits, signed or unsigned, from a safe integer or a BigInt. */
export function writeI64(addr: Address, value: number | bigint): void {
  if (typeof value === 'bigint') {
    sI64[0] = value;
  } else {
    s32[0] = value | 0;
    s32[1] = Math.floor(value / TWO32);
  }
  memcpy(addr, scratchAddr, 8);
}

/** Writes a pointer or a size_t. */
export function writePtr(addr: Address, value: Address): void {
  s32[0] = value | 0;
  s32[1] = Math.floor(value / TWO32);
  memcpy(addr, scratchAddr, 8);
}

export function writeF64(addr: Address, value: number): void {
  sF64[0] = value;
  memcpy(addr, scratchAddr, 8);
}

export function writeF32(addr: Address, value: number): void {
  sF32[0] = value;
  memcpy(addr, scratchAddr, 4);
}

/** Writes `sizeBytes` of `from`, beginning at `offset`, to an address. */
export function writeBytes(addr: Address, from: Uint8Array, offset: number, sizeBytes: number): void {
  if (sizeBytes === 0) return;
  memcpyOut(
    addr,
    offset === 0 && from.length === sizeBytes ? from : from.subarray(offset, offset + sizeBytes),
    sizeBytes,
  );
}

/** A NUL-terminated copy of bytes in malloc'ed memory, which the receiver frees with RedisModule_Free. */
export function mallocBytes(bytes: Uint8Array): Address {
  const addr = malloc(bytes.length + 1);
  writeBytes(addr, bytes, 0, bytes.length);
  writeU8(addr + bytes.length, 0);
  return addr;
}

/** Writes bytes and a NUL to an address, which it returns. */
export function storeCString(addr: Address, bytes: Uint8Array): Address {
  writeBytes(addr, bytes, 0, bytes.length);
  writeU8(addr + bytes.length, 0);
  return addr;
}

const interned = new Map<string, Address>();

/** Address of a constant C string. It is never freed: for names out of our own tables only. */
export function internCString(text: string): Address {
  let addr = interned.get(text);
  if (addr === undefined) {
    addr = mallocBytes(new TextEncoder().encode(text));
    interned.set(text, addr);
  }
  return addr;
}

// ---------------------------------------------------------------------------------------------------------------
// 64-bit integers

/** The unsigned reading of a 64-bit argument that koffi handed over (see the head of this file). */
export function toU64(value: number | bigint): number | bigint {
  return value < 0 ? BigInt.asUintN(64, BigInt(value)) : value;
}

/** A size_t argument as a number; SIZE_MAX and other sizes no memory has become Infinity. */
export function toSize(value: number | bigint): number {
  return value < 0 || typeof value === 'bigint' ? Number.POSITIVE_INFINITY : value;
}

/** A BigInt as a number when that is exact. */
export function narrow(value: bigint): number | bigint {
  const n = Number(value);
  return Number.isSafeInteger(n) ? n : value;
}
