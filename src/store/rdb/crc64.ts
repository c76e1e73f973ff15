/**
 * CRC-64 as RDB files and DUMP payloads have it: Jones's polynomial 0xad93d23594c935a9, input and output reflected,
 * starting with 0, nothing added at the end. The check value of "123456789" is e9c6d914c4b8d9ca.
 *
 * Eight bytes a step: with the table for byte value v at distance d, each byte of a step is looked up in the table of its
 * distance from the step's end. A sum is two 32-bit halves; nothing here allocates.
 */

const POLYNOMIAL_LOW = 0xac4bc9b5 | 0;
const POLYNOMIAL_HIGH = 0x95ac9329 | 0;
const DISTANCES = 8;

/** [distance << 8 | byte] -> low and high half. */
const LOW = new Int32Array(DISTANCES << 8);
const HIGH = new Int32Array(DISTANCES << 8);

for (let byte = 0; byte < 256; byte++) {
  let low = byte;
  let high = 0;
  for (let bit = 0; bit < 8; bit++) {
    const odd = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (odd === 1) {
      low ^= POLYNOMIAL_LOW;
      high ^= POLYNOMIAL_HIGH;
    }
  }
  LOW[byte] = low;
  HIGH[byte] = high;
}
for (let i = 256; i < DISTANCES << 8; i++) {
  const low = LOW[i - 256]!;
  const high = HIGH[i - 256]!;
  LOW[i] = LOW[low & 0xff]! ^ ((low >>> 8) | (high << 24));
  HIGH[i] = HIGH[low & 0xff]! ^ (high >>> 8);
}

/** A running sum. */
export class Crc64 {
  /** The halves of the sum so far, signed. */
  low = 0;
  high = 0;

  reset(): void {
    this.low = 0;
    this.high = 0;
  }

  /** Adds bytes. */
  update(buf: Uint8Array, off: number, len: number): void {
    let low = this.low;
    let high = this.high;
    let p = off;
    const end = off + len;
    for (const last = end - 8; p <= last; p += 8) {
      const a = low ^ (buf[p]! | (buf[p + 1]! << 8) | (buf[p + 2]! << 16) | (buf[p + 3]! << 24));
      const b = high ^ (buf[p + 4]! | (buf[p + 5]! << 8) | (buf[p + 6]! << 16) | (buf[p + 7]! << 24));
      const a0 = 0x700 | (a & 0xff);
      const a1 = 0x600 | ((a >>> 8) & 0xff);
      const a2 = 0x500 | ((a >>> 16) & 0xff);
      const a3 = 0x400 | (a >>> 24);
      const b0 = 0x300 | (b & 0xff);
      const b1 = 0x200 | ((b >>> 8) & 0xff);
      const b2 = 0x100 | ((b >>> 16) & 0xff);
      const b3 = b >>> 24;
      low = LOW[a0]! ^ LOW[a1]! ^ LOW[a2]! ^ LOW[a3]! ^ LOW[b0]! ^ LOW[b1]! ^ LOW[b2]! ^ LOW[b3]!;
      high = HIGH[a0]! ^ HIGH[a1]! ^ HIGH[a2]! ^ HIGH[a3]! ^ HIGH[b0]! ^ HIGH[b1]! ^ HIGH[b2]! ^ HIGH[b3]!;
    }
    for (; p < end; p++) {
      const i = (low ^ buf[p]!) & 0xff;
      low = LOW[i]! ^ ((low >>> 8) | (high << 24));
      high = HIGH[i]! ^ (high >>> 8);
    }
    this.low = low;
    this.high = high;
  }

  /** Writes the sum in eight bytes, lowest first. */
  write(target: Uint8Array, off: number): void {
    for (let i = 0; i < 4; i++) {
      target[off + i] = this.low >>> (i * 8);
      target[off + 4 + i] = this.high >>> (i * 8);
    }
  }

  /** Whether eight bytes, lowest first, are the sum. */
  equals(buf: Uint8Array, off: number): boolean {
    for (let i = 0; i < 4; i++) {
      if (buf[off + i] !== ((this.low >>> (i * 8)) & 0xff)) return false;
      if (buf[off + 4 + i] !== ((this.high >>> (i * 8)) & 0xff)) return false;
    }
    return true;
  }
}
