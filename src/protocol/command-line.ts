/**
 * Command lines made of values of the host program, one after the other in the same memory: a call of a short command
 * costs no more buffers than a request from a socket does.
 */
import { Args } from './args.ts';

const FIRST_BYTES = 4096;
/** Longer command lines get memory of their own. */
const KEPT_BYTES = 64 * 1024;
/** Longer texts are written by Buffer, whose calls cost as much as this many characters. */
const LOOP_MAX_CHARS = 48;

export class CommandLine {
  private bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  private readonly args: Args = new Args(this.bytes);

  /** Writes a command line, texts as UTF-8; what it returned before is overwritten. */
  write(parts: readonly (string | Uint8Array | number)[]): Args {
    let most = 0;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      // A unit of UTF-16 has three bytes of UTF-8 at most, a number 25 characters.
      most += typeof part === 'string' ? 3 * part.length : typeof part === 'number' ? 25 : part.length;
    }
    if (most > KEPT_BYTES) return Args.from(parts);
    const { args } = this;
    if (most > this.bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(Math.max(most, 2 * this.bytes.length));
      args.buf = this.bytes;
    }
    args.argc = 0;
    let at = 0;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      const end = typeof part === 'object' ? this.putBytes(part, at) : this.putText(String(part), at);
      args.push(at, end - at);
      at = end;
    }
    return args;
  }

  private putBytes(part: Uint8Array, at: number): number {
    this.bytes.set(part, at);
    return at + part.length;
  }

  private putText(text: string, at: number): number {
    const { bytes } = this;
    const { length } = text;
    if (length > LOOP_MAX_CHARS) return at + bytes.write(text, at);
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return at + bytes.write(text, at);
      bytes[at + i] = code;
    }
    return at + length;
  }
}
