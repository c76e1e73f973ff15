/**
 * Private copies of shared libraries: what is opened twice by its name is one library, with one set of variables. A copy is
 * a file in memory that has no name.
 */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import koffi from './koffi.ts';

const libc = koffi.load('libc.so.6');
const memfdCreate: (name: string, flags: number) => number = libc.func(
  'int memfd_create(const char *name, uint flags)',
);
/** Node counts only the descriptors it opened itself, and in worker threads complains of others. */
const close: (fd: number) => number = libc.func('int close(int fd)');

const MFD_CLOEXEC = 1;

/**
 * Calls `open` with the path of a copy of `content` that nobody else in the process has; null when the system gives no
 * memory for it. The path is good during the call only, what was opened stays. `name` is what /proc/PID/maps shows.
 */
export function withLibraryCopy<T>(content: Uint8Array, name: string, open: (path: string) => T): T | null {
  const fd = memfdCreate(name, MFD_CLOEXEC);
  if (fd < 0) return null;
  try {
    for (let at = 0; at < content.length; ) at += writeSync(fd, content, at);
    return open(copyPath(fd));
  } finally {
    close(fd);
  }
}

/**
 * A path of an open file that no other copy in the process has had: dlopen takes a path it has seen for the library that
 * it opened then, and numbers of descriptors come again. `/` and `./` change nothing but the text, so they spell 64
 * random bits.
 */
function copyPath(fd: number): string {
  const bits = BigInt(`0x${randomBytes(8).toString('hex')}`)
    .toString(2)
    .padStart(64, '0');
  return `/proc/self/fd/${bits.replaceAll('0', '/').replaceAll('1', './')}${fd}`;
}
