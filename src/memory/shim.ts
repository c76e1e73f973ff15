/**
 * The native shim: C of ours, compiled ahead (native/), that does in one call what would take many crossings between
 * JavaScript and C. Optional: where there is none, everything goes through koffi's calls and callbacks.
 *
 * A file is checked before it is opened, and what was checked is what is opened: a private copy, because the shim's
 * variables belong to one copy of this code (there may be several in a process, each with callbacks of its own). The copy
 * stays in memory for good: threads of modules may be inside of it.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import koffi, { nativeUnavailable } from './koffi.ts';
import { withLibraryCopy } from './library-copy.ts';

/** Must be GRAFTIS_INTERFACE of native/shim.h; a file with another number is not opened. */
export const SHIM_INTERFACE = 1;

/** Functions of libc that the shim is given, in the order of `struct libc_functions` (native/shim.h). */
const LIBC_FUNCTIONS: readonly string[] = ['clock_gettime', '__errno_location', 'malloc', 'free', 'vsnprintf', 'fork'];

/** What scripts/build-native.mjs puts behind the library. */
const TRAILER = { number: 0, sources: 8, digest: 40, magic: 72, bytes: 104 } as const;
const MAGIC = Buffer.from('graftis native shim\n'.padEnd(32, '\0'), 'latin1');

/** What the header of an ELF file says of the processors that there are libraries for. */
const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

/** The opened shim. Addresses are numbers, 0 for what it does not have; all stay valid for good. */
export class Shim {
  private readonly library: ReturnType<typeof koffi.load>;

  constructor(library: ReturnType<typeof koffi.load>) {
    this.library = library;
  }

  /** Declares an exported function by its C prototype, e.g. `int graftis_start(uintptr_t functions, size_t count)`. */
  func<F extends (...args: never[]) => unknown>(prototype: string): F {
    return this.library.func(prototype) as unknown as F;
  }

  /** Address of an exported function or variable, 0 when there is none of that name. */
  address(name: string): number {
    try {
      return Number(koffi.address(this.library.symbol(name)));
    } catch {
      return 0;
    }
  }

  /** What GetApi hands out for an API function (its name without prefix); 0 when the shim does not have it. */
  apiFunction(name: string): number {
    return this.address(`graftis_api_${name}`);
  }
}

/** The file for this processor. */
export function shimPath(arch: string = process.arch): string {
  return fileURLToPath(new URL(`../../native/prebuilt/linux-${arch}.so`, import.meta.url));
}

/** Why the content of a file is no shim for `arch`; null when it is one. */
export function shimFault(content: Uint8Array, arch: string = process.arch): string | null {
  const file = Buffer.from(content.buffer, content.byteOffset, content.length);
  const at = file.length - TRAILER.bytes;
  if (at < 64 || !file.subarray(at + TRAILER.magic).equals(MAGIC)) return 'it is damaged: its end is missing';
  const digest = createHash('sha256')
    .update(file.subarray(0, at + TRAILER.digest))
    .digest();
  if (!digest.equals(file.subarray(at + TRAILER.digest, at + TRAILER.magic)))
    return 'it is damaged: its checksum is wrong';
  const number = file.readUInt32LE(at + TRAILER.number);
  if (number !== SHIM_INTERFACE) return `it is of version ${number}, and this is version ${SHIM_INTERFACE}`;
  // \x7fELF, 64 bits, little-endian; machine is a u16 at byte 18.
  const isElf = file.readUInt32BE(0) === 0x7f454c46 && file.readUInt16LE(4) === 0x0102;
  if (!isElf || file.readUInt16LE(18) !== MACHINES[arch]) return `it is not for ${arch}`;
  return null;
}

/** Opens a file; a string says why it is not used. */
export function openShim(path: string): Shim | string {
  try {
    const content = readFileSync(path);
    const fault = shimFault(content);
    if (fault !== null) return `${path} is not used: ${fault}`;
    const library = withLibraryCopy(content, 'graftis-shim', (copy) => koffi.load(copy));
    if (library === null) return `${path} is not used: the system gives no memory for a copy`;
    const shim = new Shim(library);
    start(shim, path);
    return shim;
  } catch (error) {
    return `${path} is not used: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Hands over what the shim needs of libc. */
function start(shim: Shim, path: string): void {
  const libc = koffi.load('libc.so.6');
  const functions = new BigUint64Array(LIBC_FUNCTIONS.map((name) => BigInt(koffi.address(libc.symbol(name)))));
  const begin = shim.func<(functions: BigUint64Array, count: number) => number>(
    'int graftis_start(uintptr_t *functions, size_t count)',
  );
  if (begin(functions, functions.length) !== 0) throw new Error(`${path} and this program differ in what it needs`);
}

/** Why there is no shim where somebody wants none. */
export const SHIM_UNWANTED = 'the environment variable GRAFTIS_NATIVE_SHIM says no';

let opened: Shim | string | null = null;

/** The shim of this copy of the code, opened when it is asked for first; a string says why there is none. */
export function nativeShim(): Shim | string {
  if (nativeUnavailable !== null) return nativeUnavailable;
  if (process.env['GRAFTIS_NATIVE_SHIM'] === 'no') return SHIM_UNWANTED;
  opened ??= openShim(shimPath());
  return opened;
}
