/**
 * What waits to be sent to one client: a queue of ranges of bytes.
 *
 *   chunk   { bytes, from, to }   of memory of its own, which has room behind `to`, or of a segment (`shared-log.ts`)
 *
 * A segment is held by all who get something of it. What is left in the queue when the kernel takes no more may wait for
 * long: a small range is copied then, so that it does not keep a whole segment. A large one stays, for all who share it.
 */
import { copyBytes } from '../../memory/copy.ts';
import { CONNECTION_ERROR } from '../../net/transport.ts';
import type { Segment } from './shared-log.ts';

const CHUNK_BYTES = 16 * 1024;
/** Length of further chunks, when that much waits already: fewer system calls. */
const LONG_CHUNK_BYTES = 64 * 1024;
/** Ranges shorter than that are put together to be sent. */
const GATHER_BELOW_BYTES = 16 * 1024;
/** A range is worth its segment when it is at least that part of it. */
const WORTH_KEEPING = 4;
/** A queue of so many ranges has what comes copied: ranges are objects. */
const MANY_CHUNKS = 64;

interface Chunk {
  readonly bytes: Uint8Array;
  readonly segment: Segment | null;
  from: number;
  to: number;
  /** What counts as allocated for it. */
  allocatedBytes: number;
}

/** Emptied chunks of the usual length, for the next queues. */
const spareChunks: Uint8Array[] = [];
const SPARE_CHUNKS = 64;

const gathered = Buffer.allocUnsafeSlow(LONG_CHUNK_BYTES);

function allocate(length: number): Uint8Array {
  return (length === CHUNK_BYTES ? spareChunks.pop() : undefined) ?? Buffer.allocUnsafeSlow(length);
}

export class PendingOutput {
  private chunks: Chunk[] = [];
  /** Unsent bytes. */
  size = 0;
  /** Allocated bytes. */
  allocatedBytes = 0;
  /** Of the unsent bytes the last ones that must not leave yet, and of those the ones nobody was asked about yet. */
  heldBytes = 0;
  freshBytes = 0;
  /** On the list of those that are to be sent at the end of the round. */
  touched = false;
  /** The kernel did not take all of it. */
  waits = false;

  append(src: Uint8Array, from: number, to: number): void {
    const n = to - from;
    if (n === 0) return;
    const last = this.chunks[this.chunks.length - 1];
    if (last !== undefined && last.segment === null && last.bytes.length - last.to >= n) {
      last.bytes.set(src.subarray(from, to), last.to);
      last.to += n;
    } else {
      const least = this.size < LONG_CHUNK_BYTES ? CHUNK_BYTES : LONG_CHUNK_BYTES;
      const bytes = allocate(Math.max(n, least));
      bytes.set(src.subarray(from, to), 0);
      this.chunks.push({ bytes, segment: null, from: 0, to: n, allocatedBytes: bytes.length });
      this.allocatedBytes += bytes.length;
    }
    this.size += n;
  }

  /** The same for a range of a segment, which is not copied. Counts as if it were. */
  appendShared(segment: Segment, from: number, to: number): void {
    const n = to - from;
    const { chunks } = this;
    const last = chunks[chunks.length - 1];
    if (last !== undefined && last.segment === segment && last.to === from) {
      last.to = to;
      last.allocatedBytes += n;
    } else if (chunks.length >= MANY_CHUNKS && n < GATHER_BELOW_BYTES) return this.append(segment.bytes, from, to);
    else {
      chunks.push({ bytes: segment.bytes, segment, from, to, allocatedBytes: n });
      segment.holders++;
    }
    this.allocatedBytes += n;
    this.size += n;
  }

  get chunkCount(): number {
    return this.chunks.length;
  }

  /**
   * Sends as much as `write` takes, at most about `maxBytes`; returns false when the connection failed. The connection
   * has to be asked again when something is left.
   */
  flush(write: (buf: Uint8Array, from: number, to: number) => number, maxBytes: number): boolean {
    const { chunks } = this;
    let free = this.size - this.heldBytes;
    let first = 0;
    for (let sent = 0; free > 0 && sent < maxBytes; ) {
      const chunk = chunks[first]!;
      const short = Math.min(chunk.to - chunk.from, free) < GATHER_BELOW_BYTES && first + 1 < chunks.length;
      const wanted = short ? this.gather(first, free) : Math.min(chunk.to - chunk.from, free);
      const n = short ? write(gathered, 0, wanted) : write(chunk.bytes, chunk.from, chunk.from + wanted);
      if (n === CONNECTION_ERROR) {
        chunks.splice(0, first);
        return false;
      }
      first = this.consume(first, n);
      free -= n;
      sent += n;
      if (n < wanted) break;
    }
    if (first > 0) chunks.splice(0, first);
    this.waits = chunks.length > 0;
    if (this.waits) this.letGoOfSegments();
    return true;
  }

  /** Copies bytes from chunk `first` on to `gathered`, at most `free` of them; returns their number. */
  private gather(first: number, free: number): number {
    let length = 0;
    for (let i = first; i < this.chunks.length; i++) {
      const { bytes, from, to } = this.chunks[i]!;
      const n = Math.min(to - from, free - length, gathered.length - length);
      gathered.set(bytes.subarray(from, from + n), length);
      length += n;
      if (n < to - from) break;
    }
    return length;
  }

  /** `n` bytes from chunk `first` on are sent; returns the first chunk of which something is left. */
  private consume(first: number, n: number): number {
    this.size -= n;
    while (n > 0) {
      const chunk = this.chunks[first]!;
      const taken = Math.min(n, chunk.to - chunk.from);
      chunk.from += taken;
      n -= taken;
      if (chunk.from < chunk.to) break;
      this.allocatedBytes -= chunk.allocatedBytes;
      letGo(chunk);
      first++;
    }
    return first;
  }

  /** Copies what is left of segments that are much larger. */
  private letGoOfSegments(): void {
    if (!this.chunks.some(isSmallPart)) return;
    const { chunks } = this;
    this.chunks = [];
    for (const chunk of chunks) {
      if (!isSmallPart(chunk)) {
        this.chunks.push(chunk);
        continue;
      }
      this.size -= chunk.to - chunk.from;
      this.allocatedBytes -= chunk.allocatedBytes;
      this.append(chunk.bytes, chunk.from, chunk.to);
      chunk.segment!.holders--;
    }
  }

  /** Copies all that waits to `dst[at..]`, which has room for it. */
  copyTo(dst: Uint8Array, at: number): void {
    for (const { bytes, from, to } of this.chunks) {
      copyBytes(bytes, from, dst, at, to - from);
      at += to - from;
    }
  }

  /** Forgets everything. */
  release(): void {
    for (const chunk of this.chunks) letGo(chunk);
    this.chunks.length = 0;
    this.size = this.allocatedBytes = 0;
  }
}

/** Nothing of the chunk is needed any more. */
function letGo({ bytes, segment }: Chunk): void {
  if (segment !== null) segment.holders--;
  else if (bytes.length === CHUNK_BYTES && spareChunks.length < SPARE_CHUNKS) spareChunks.push(bytes);
}

function isSmallPart({ segment, from, to }: Chunk): boolean {
  return segment !== null && (to - from) * WORTH_KEEPING < segment.bytes.length;
}
