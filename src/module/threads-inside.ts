// Is a thread inside of a library? Taking the library's code away would end the process then.
//
// Nobody tells: modules start threads through pthread_create of libc. But a thread that runs code of a library, waits
// inside of it or began in it has an address of the library on its stack (a return address, the function it was started
// with). So the stacks of all other threads are searched for words that point into the library's mappings: what is found
// may be a leftover, hence the answer errs on the side of yes.

import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { basename } from 'node:path';

/** A range of addresses. */
export type AddressRange = readonly [from: number, to: number];

interface Mapping {
  readonly from: number;
  readonly to: number;
  readonly executable: boolean;
  /** `device:inode`; '' for memory without a file. */
  readonly file: string;
}

const MAX_STACK_BYTES = 16 << 20;
const CHUNK_BYTES = 1 << 16;
/** How often a thread is looked at that is on a processor just then, a millisecond apart. */
const LOOKS = 5;
const pause = new Int32Array(new SharedArrayBuffer(4));

function mappings(): Mapping[] {
  const found: Mapping[] = [];
  for (const line of readFileSync('/proc/self/maps', 'latin1').split('\n')) {
    const [range, permissions, , device, inode] = line.split(/ +/);
    const [from, to] = (range ?? '').split('-');
    if (to === undefined) continue;
    const file = inode === '0' ? '' : `${device}:${inode}`;
    const executable = permissions?.[2] === 'x';
    found.push({ from: Number.parseInt(from!, 16), to: Number.parseInt(to, 16), executable, file });
  }
  return found;
}

/** The files that are mapped now, as `device:inode`. */
export function mappedFiles(): Set<string> {
  return new Set(mappings().map(({ file }) => file));
}

/** Numbers of the threads there are. */
export function threadIds(): Set<string> {
  return new Set(readdirSync('/proc/self/task'));
}

/** Threads of our own, which never enter a module. */
const ours = new Set<string>();

/** Runs what starts a thread of our own at once; returns what says that the thread has ended. */
export function startingOwnThread(start: () => void): () => void {
  const before = threadIds();
  start();
  const started = [...threadIds()].filter((id) => !before.has(id));
  for (const id of started) ours.add(id);
  return () => {
    for (const id of started) ours.delete(id);
  };
}

/**
 * Whether a thread other than the caller may be inside of one of the files (`device:inode`). Threads of `innocent` are
 * believed to be elsewhere where the system does not let us look.
 */
export function isThreadInside(files: ReadonlySet<string>, innocent: ReadonlySet<string>): boolean {
  const maps = mappings();
  // Only code: the linker leaves addresses of a library's tables on the stacks of threads that open others.
  const code = maps.filter(({ executable, file }) => executable && files.has(file));
  const ranges = code.map(({ from, to }): AddressRange => [from, to]);
  if (ranges.length === 0) return false;
  const own = basename(readlinkSync('/proc/thread-self'));
  for (const id of threadIds()) {
    if (id === own || ours.has(id)) continue;
    const at = whereabouts(id);
    if (at === 'gone') continue;
    if (at === 'unknown') {
      if (!innocent.has(id)) return true;
      continue;
    }
    if (isInside(at.pc, ranges) || hasPointerInto(ranges, at.sp, maps)) return true;
  }
  return false;
}

function isInside(address: number, ranges: readonly AddressRange[]): boolean {
  return ranges.some(([from, to]) => address >= from && address < to);
}

/** Stack pointer and program counter of a thread that waits. */
function whereabouts(id: string): { sp: number; pc: number } | 'gone' | 'unknown' {
  for (let look = 0; look < LOOKS; look++) {
    let text: string;
    try {
      text = readFileSync(`/proc/self/task/${id}/syscall`, 'latin1');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === 'ENOENT' && !threadIds().has(id) ? 'gone' : code === 'ESRCH' ? 'gone' : 'unknown';
    }
    const words = text.trim().split(' ');
    if (words.length >= 3) return { sp: Number(words.at(-2)), pc: Number(words.at(-1)) };
    Atomics.wait(pause, 0, 0, 1);
  }
  return 'unknown';
}

/** Searches a stack from its pointer to the end of its mapping. */
function hasPointerInto(ranges: readonly AddressRange[], sp: number, maps: readonly Mapping[]): boolean {
  const stack = maps.find(({ from, to }) => sp >= from && sp < to);
  if (stack === undefined) return true;
  const end = Math.min(stack.to, sp + MAX_STACK_BYTES);
  const words = new Uint32Array(CHUNK_BYTES / 4);
  const memory = openSync('/proc/self/mem', 'r');
  try {
    for (let at = Math.floor(sp / 8) * 8; at < end; at += CHUNK_BYTES) {
      // The thread may end meanwhile, and its stack with it: then there is nothing to read.
      const wanted = Math.min(CHUNK_BYTES, end - at);
      const got = readSync(memory, words, 0, wanted, at);
      for (let i = 0; i + 1 < got / 4; i += 2) {
        if (isInside(words[i + 1]! * 4294967296 + words[i]!, ranges)) return true;
      }
      if (got < wanted) return false;
    }
    return false;
  } catch {
    return false;
  } finally {
    closeSync(memory);
  }
}
