/**
 * koffi, where native code can be called. Everything that needs koffi takes it from here.
 *
 * *Portable mode* is what is left without it: another system than Linux, a processor whose calling convention the module
 * ABI does not know, koffi not installed or not loadable, or the environment variable GRAFTIS_PORTABLE. Then
 * `nativeUnavailable` says why, and the default export is a stand-in that lets functions be declared and throws when one is
 * called: whoever has a choice asks `nativeUnavailable` first.
 *
 * This file may be evaluated several times in one process (test runners do it for every test file, worker threads, two
 * copies of the package), and koffi may have been used by others before: nothing here may insist on being the first.
 */
import { createRequire } from 'node:module';
import type koffiExports from 'koffi';

type Koffi = typeof koffiExports;

/** Native code called from JavaScript runs on a stack of koffi's own; modules expect one of the usual 8 MiB. */
export const WANTED_STACK_BYTES: number = 8 << 20;

/** What the calls of modules and of libc are written for; both are little-endian with pointers of 64 bits. */
const PROCESSORS: readonly string[] = ['x64', 'arm64'];

/** koffi, or why there is none. */
function loadKoffi(): Koffi | string {
  if ((process.env['GRAFTIS_PORTABLE'] ?? '') !== '') return 'the environment variable GRAFTIS_PORTABLE is set';
  if (process.platform !== 'linux') return `native code is called on Linux only, and this is ${process.platform}`;
  if (!PROCESSORS.includes(process.arch))
    return `native code is called on x64 and arm64 only, and this is ${process.arch}`;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as Koffi;
    configure(koffi);
    koffi.load('libc.so.6');
    return koffi;
  } catch (error) {
    return `koffi does not work here: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Asks for the stack that modules expect; koffi refuses once anybody in this thread has loaded a library. */
function configure(koffi: Koffi): void {
  if (koffi.config().sync_stack_size! >= WANTED_STACK_BYTES) return;
  try {
    koffi.config({ sync_stack_size: WANTED_STACK_BYTES });
  } catch {
    // Somebody was first, and their stack it is: `nativeStackBytes` tells.
  }
}

function standIn(reason: string): Koffi {
  const call = (): never => {
    throw new Error(`Native code cannot be called: ${reason}`);
  };
  return { load: () => ({ func: () => call }), address: () => 0n, config: call } as unknown as Koffi;
}

const loaded = loadKoffi();

/** Why native code cannot be called in this process; null when it can. */
export const nativeUnavailable: string | null = typeof loaded === 'string' ? loaded : null;

const koffi: Koffi = typeof loaded === 'string' ? standIn(loaded) : loaded;
export default koffi;

/** Size of the stack that native code called from this thread runs on. */
export const nativeStackBytes: number = typeof loaded === 'string' ? 0 : koffi.config().sync_stack_size!;
