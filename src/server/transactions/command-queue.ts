/**
 * Command lines that wait for EXEC, without an object for each:
 *
 *   chunks     [ arguments of a line, one behind the other | of the next line | ... free ]   a line is in one chunk
 *   words      chunk, argc, then offset and length of each argument; line by line
 *   commands   what each line was looked up as
 *
 * Adding copies the arguments; it and reading on to the next line cost O(arguments). An emptied queue keeps a small
 * chunk, so that it can serve the next transaction without asking for memory.
 */
import type { CommandEntry } from '../../commands/registry.ts';
import { copyBytes } from '../../memory/copy.ts';
import { Args } from '../../protocol/args.ts';

const FIRST_CHUNK_BYTES = 4 * 1024;
const MAX_CHUNK_BYTES = 1024 * 1024;
/** What an emptied queue keeps. */
const KEPT_WORDS = 1024;
const KEPT_COMMANDS = 256;
const NO_BYTES = new Uint8Array(0);
/** A pointer: Redis counts one for each queued argument. */
const POINTER_BYTES = 8;

export class CommandQueue {
  private readonly chunks: Uint8Array[] = [new Uint8Array(FIRST_CHUNK_BYTES)];
  /** The last chunk, and how much of it is taken. */
  private chunk: Uint8Array = this.chunks[0]!;
  private used = 0;
  private words = new Int32Array(128);
  private usedWords = 0;
  private readonly commands: CommandEntry[] = [];
  /** Where `next` goes on. */
  private readWords = 0;
  private readCommands = 0;
  /** The line that `next` has come to. */
  readonly line: Args = new Args(NO_BYTES);
  /** What Redis would count for the arguments: `multi-mem` of CLIENT LIST. */
  argumentBytes = 0;
  private chunkBytes = FIRST_CHUNK_BYTES;

  /** What it takes, about. */
  get memoryBytes(): number {
    return this.chunkBytes + this.words.byteLength;
  }

  get length(): number {
    return this.commands.length;
  }

  /** Copies a line to the end. Throws for want of memory, and is as it was then. */
  add(args: Args, cmd: CommandEntry): void {
    const { buf, off, len, argc } = args;
    let bytes = 0;
    for (let i = 0; i < argc; i++) bytes += len[i]!;
    this.makeRoom(bytes, 2 + 2 * argc);
    const { chunk, words } = this;
    let at = this.used;
    let word = this.usedWords;
    words[word++] = this.chunks.length - 1;
    words[word++] = argc;
    for (let i = 0; i < argc; i++) {
      const n = len[i]!;
      const from = off[i]!;
      copyBytes(buf, from, chunk, at, n);
      words[word++] = at;
      words[word++] = n;
      at += n;
    }
    this.used = at;
    this.usedWords = word;
    this.commands.push(cmd);
    this.argumentBytes += bytes + argc * POINTER_BYTES;
  }

  /** Comes to the next line: it is in `line` until the one after that. Returns its command, null behind the last. */
  next(): CommandEntry | null {
    const cmd = this.commands[this.readCommands];
    if (cmd === undefined) return null;
    this.readCommands++;
    const { words, line } = this;
    let word = this.readWords;
    line.buf = this.chunks[words[word++]!]!;
    const argc = words[word++]!;
    if (line.off.length < argc) line.grow(argc);
    for (let i = 0; i < argc; i++) {
      line.off[i] = words[word++]!;
      line.len[i] = words[word++]!;
    }
    line.argc = argc;
    this.readWords = word;
    return cmd;
  }

  /** Forgets all lines and gives most of the memory back. */
  clear(): void {
    const first = this.chunks[0]!;
    this.chunks.length = 1;
    this.chunk = first;
    this.chunkBytes = first.length;
    this.used = this.usedWords = this.readWords = this.readCommands = this.argumentBytes = 0;
    if (this.words.length > KEPT_WORDS) this.words = new Int32Array(KEPT_WORDS);
    // An array that was long is given back too.
    if (this.commands.length > KEPT_COMMANDS) this.commands.splice(0);
    else this.commands.length = 0;
    this.line.release();
  }

  private makeRoom(bytes: number, words: number): void {
    if (this.usedWords + words > this.words.length) {
      const grown = new Int32Array(Math.max(this.words.length * 2, this.usedWords + words));
      grown.set(this.words.subarray(0, this.usedWords));
      this.words = grown;
    }
    if (this.used + bytes <= this.chunk.length) return;
    const chunk = new Uint8Array(Math.max(bytes, Math.min(this.chunk.length * 2, MAX_CHUNK_BYTES)));
    this.chunks.push(chunk);
    this.chunk = chunk;
    this.chunkBytes += chunk.length;
    this.used = 0;
  }
}
