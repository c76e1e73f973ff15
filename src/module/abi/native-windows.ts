// Native memory as typed arrays.
//
// malloc's blocks are reached from JavaScript without a crossing through *windows*: typed arrays over aligned pieces of
// the address space, made when a block inside is met first and kept for good. A window may cover addresses that are not
// mapped; nothing but known blocks is ever touched through it. A block that no window holds whole (it is large, or lies
// across an edge) gets a view of its own, which lives as long as the block.

import koffi from '../../memory/koffi.ts';

/** Measured: a view costs about a microsecond, and V8 counts its size as memory of ours when it plans collections. */
const WINDOW_BYTES = 1 << 20;

/** A typed array over native memory, as bytes and as words. */
export interface NativeWindow {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  /** Native address of the first byte; a multiple of 4. */
  readonly address: number;
  /** False for a view of one block, whose memory may be gone once the block is freed. */
  readonly shared: boolean;
}

const windows = new Map<number, NativeWindow>();

function view(address: number, sizeBytes: number, shared: boolean): NativeWindow {
  const buffer = koffi.view(BigInt(address), sizeBytes);
  return { bytes: new Uint8Array(buffer), words: new Int32Array(buffer), address, shared };
}

/** A window that holds the whole block at `address` (aligned to 16 bytes, as malloc's are). */
export function windowOf(address: number, sizeBytes: number): NativeWindow {
  const number = Math.floor(address / WINDOW_BYTES);
  const from = number * WINDOW_BYTES;
  if (address + sizeBytes > from + WINDOW_BYTES) return view(address, Math.ceil(sizeBytes / 4) * 4, false);
  let window = windows.get(number);
  if (window === undefined) windows.set(number, (window = view(from, WINDOW_BYTES, true)));
  return window;
}
