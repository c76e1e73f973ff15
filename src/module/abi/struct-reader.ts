// Reading a structure field by field, with the offsets of the LP64 layout. For structures that are read once (at load);
// hot paths use `loadStruct` of native-memory.ts.

import { readBytes, readCString, readLatin1 } from './native-memory.ts';

export class StructReader {
  private readonly view: DataView;

  /** Copies the structure at `addr`. */
  constructor(addr: number, sizeBytes: number) {
    const bytes = readBytes(addr, sizeBytes);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  i32(offset: number): number {
    return this.view.getInt32(offset, true);
  }

  u64(offset: number): bigint {
    return this.view.getBigUint64(offset, true);
  }

  pointer(offset: number): number {
    return Number(this.view.getBigUint64(offset, true));
  }

  /** The C string that a field points to, as a byte string; null for NULL. */
  bytesText(offset: number): string | null {
    const at = this.pointer(offset);
    return at === 0 ? null : readLatin1(at);
  }

  /** The C string that a field points to, as UTF-8 text; null for NULL. */
  text(offset: number): string | null {
    const at = this.pointer(offset);
    return at === 0 ? null : readCString(at);
  }
}

/** Structures of `strideBytes` from `addr` on, up to the one of which `isLast` says that it ends the array. */
export function readArray(
  addr: number,
  strideBytes: number,
  sizeBytes: number,
  isLast: (item: StructReader) => boolean,
): StructReader[] {
  const items: StructReader[] = [];
  if (addr === 0) return items;
  for (;;) {
    const item = new StructReader(addr + items.length * strideBytes, sizeBytes);
    if (isLast(item)) return items;
    items.push(item);
  }
}
