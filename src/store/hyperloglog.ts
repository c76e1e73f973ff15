/**
 * HyperLogLogs: strings that estimate how many different elements were added to them. Reading; hyperloglog-edit.ts
 * changes them.
 *
 *   bytes 0 – 3    "HYLL"
 *   byte  4        encoding: 0 dense, 1 sparse
 *   bytes 5 – 7    unused (0)
 *   bytes 8 – 15   cached cardinality, little endian; not valid while the highest bit is set
 *   then           16384 registers of the values 0 … 51
 *
 * Dense: 6 bits each, lowest bits first, so that four registers take three bytes. Sparse: runs of registers,
 *
 *   00nnnnnn            ZERO    n + 1 registers of 0
 *   01nnnnnn nnnnnnnn   XZERO   n + 1 registers of 0, high bits first
 *   1vvvvvnn            VAL     n + 1 registers of v + 1
 *
 * which must come to 16384 in all. The 14 low bits of an element's hash choose a register, which holds the longest run
 * of zeros that the other 50 bits began with, plus one. Strings come from clients: nothing in them can be relied on, and
 * whatever walks the runs says when they are no 16384 registers.
 */

export const HLL_REGISTERS = 16384;
export const HLL_HEADER_BYTES = 16;
export const HLL_DENSE_BYTES: number = HLL_HEADER_BYTES + (HLL_REGISTERS * 6) / 8;
export const HLL_DENSE = 0;
export const HLL_SPARSE = 1;
/** Largest value of a VAL run. */
export const HLL_VAL_MAX = 32;
/** Longest runs. */
export const HLL_VAL_RUN = 4;
export const HLL_ZERO_RUN = 64;

/** Bits of a hash that count zeros. */
const HASH_BITS = 50;
/** The limit of the constant that takes the bias out of the estimate: 1 / (2 ln 2). */
const ALPHA = 0.7213475204444817;
const MAGIC = [72, 89, 76, 76];
const CACHE_INVALID = 0x80;
const TWO_32 = 2 ** 32;

/** Whether a string looks like a HyperLogLog; its registers may be corrupt all the same. */
export function isHyperLogLog(u8: Uint8Array, off: number, len: number): boolean {
  if (len < HLL_HEADER_BYTES) return false;
  if (u8[off] !== 72 || u8[off + 1] !== 89 || u8[off + 2] !== 76 || u8[off + 3] !== 76) return false;
  const encoding = u8[off + 4]!;
  return encoding === HLL_SPARSE || (encoding === HLL_DENSE && len === HLL_DENSE_BYTES);
}

/** Writes a header without a cached cardinality of 0. */
export function writeHllHeader(u8: Uint8Array, off: number, encoding: number): void {
  u8.fill(0, off, off + HLL_HEADER_BYTES);
  for (let i = 0; i < 4; i++) u8[off + i] = MAGIC[i]!;
  u8[off + 4] = encoding;
}

export function isSparse(u8: Uint8Array, off: number): boolean {
  return u8[off + 4] === HLL_SPARSE;
}

/** The cached cardinality, -1 when it is not valid. */
export function cachedCardinality(u8: Uint8Array, dv: DataView, off: number): number | bigint {
  if ((u8[off + 15]! & CACHE_INVALID) !== 0) return -1;
  const high = dv.getUint32(off + 12, true);
  if (high > 0x1fffff) return dv.getBigUint64(off + 8, true);
  return high * TWO_32 + dv.getUint32(off + 8, true);
}

/** An infinite cardinality is not cached: as an integer it has the bit that says so. */
export function setCachedCardinality(dv: DataView, off: number, cardinality: number): void {
  if (cardinality === Number.POSITIVE_INFINITY) return dv.setBigUint64(off + 8, 1n << 63n, true);
  dv.setUint32(off + 8, cardinality % TWO_32, true);
  dv.setUint32(off + 12, Math.floor(cardinality / TWO_32), true);
}

export function invalidateCardinality(u8: Uint8Array, off: number): void {
  u8[off + 15]! |= CACHE_INVALID;
}

// --- runs ------------------------------------------------------------------------------------------------------------

export function isVal(byte: number): boolean {
  return (byte & 0x80) !== 0;
}

export function isXzero(byte: number): boolean {
  return (byte & 0xc0) === 0x40;
}

/** Registers in the run at p. */
export function runLength(u8: Uint8Array, p: number): number {
  const byte = u8[p]!;
  if (isVal(byte)) return (byte & 3) + 1;
  return isXzero(byte) ? (((byte & 0x3f) << 8) | u8[p + 1]!) + 1 : (byte & 0x3f) + 1;
}

/** Value of the registers of the run that starts with `byte`. */
export function runValue(byte: number): number {
  return isVal(byte) ? ((byte >> 2) & 0x1f) + 1 : 0;
}

export function runBytes(byte: number): number {
  return isXzero(byte) ? 2 : 1;
}

/** Calls `visit` with each run of a sparse value; false when they are no 16384 registers, which it finds out late. */
export function eachRun(
  u8: Uint8Array,
  off: number,
  len: number,
  visit: (value: number, first: number, count: number) => void,
): boolean {
  const end = off + len;
  let first = 0;
  for (let p = off + HLL_HEADER_BYTES; p < end; ) {
    const byte = u8[p]!;
    const bytes = runBytes(byte);
    if (p + bytes > end) return false;
    const count = runLength(u8, p);
    if (first + count > HLL_REGISTERS) return false;
    visit(runValue(byte), first, count);
    first += count;
    p += bytes;
  }
  return first === HLL_REGISTERS;
}

// --- registers -------------------------------------------------------------------------------------------------------

/** Value of a register of a dense value. */
export function denseRegister(u8: Uint8Array, off: number, index: number): number {
  const bit = index * 6;
  const at = off + HLL_HEADER_BYTES + (bit >>> 3);
  const shift = bit & 7;
  const byte = u8[at]! >> shift;
  return (shift > 2 ? byte | (u8[at + 1]! << (8 - shift)) : byte) & 63;
}

/** Raises a register of a dense value; false when it is as large already. */
export function raiseDense(u8: Uint8Array, off: number, index: number, value: number): boolean {
  if (denseRegister(u8, off, index) >= value) return false;
  const bit = index * 6;
  const at = off + HLL_HEADER_BYTES + (bit >>> 3);
  const shift = bit & 7;
  u8[at] = (u8[at]! & ~(63 << shift)) | (value << shift);
  if (shift > 2) u8[at + 1] = (u8[at + 1]! & ~(63 >> (8 - shift))) | (value >> (8 - shift));
  return true;
}

/** Raises `registers` (16384 bytes) to those of a value; false when it is corrupt. */
export function mergeRegisters(registers: Uint8Array, u8: Uint8Array, off: number, len: number): boolean {
  if (isSparse(u8, off)) {
    return eachRun(u8, off, len, (value, first, count) => {
      if (value === 0) return;
      for (let i = first; i < first + count; i++) if (registers[i]! < value) registers[i] = value;
    });
  }
  let p = off + HLL_HEADER_BYTES;
  for (let i = 0; i < HLL_REGISTERS; i += 4, p += 3) {
    const four = u8[p]! | (u8[p + 1]! << 8) | (u8[p + 2]! << 16);
    const a = four & 63;
    const b = (four >> 6) & 63;
    const c = (four >> 12) & 63;
    const d = four >> 18;
    if (registers[i]! < a) registers[i] = a;
    if (registers[i + 1]! < b) registers[i + 1] = b;
    if (registers[i + 2]! < c) registers[i + 2] = c;
    if (registers[i + 3]! < d) registers[i + 3] = d;
  }
  return true;
}

// --- the estimate ----------------------------------------------------------------------------------------------------

/** Registers by value. */
const histogram = new Int32Array(64);

/** How many different elements a value has seen; Infinity when all its registers are at a limit, -1 when it is corrupt. */
export function estimateCardinality(u8: Uint8Array, off: number, len: number): number {
  histogram.fill(0);
  if (isSparse(u8, off)) {
    const sound = eachRun(u8, off, len, (value, _first, count) => {
      histogram[value]! += count;
    });
    return sound ? estimate() : -1;
  }
  let p = off + HLL_HEADER_BYTES;
  for (let i = 0; i < HLL_REGISTERS; i += 4, p += 3) {
    const four = u8[p]! | (u8[p + 1]! << 8) | (u8[p + 2]! << 16);
    histogram[four & 63]!++;
    histogram[(four >> 6) & 63]!++;
    histogram[(four >> 12) & 63]!++;
    histogram[four >> 18]!++;
  }
  return estimate();
}

/** The same for registers of one byte each. */
export function estimateOfRegisters(registers: Uint8Array): number {
  histogram.fill(0);
  for (let i = 0; i < HLL_REGISTERS; i++) histogram[registers[i]! & 63]!++;
  return estimate();
}

/** Otmar Ertl's improved raw estimator over the histogram ("New cardinality estimation algorithms", 2017). */
function estimate(): number {
  const m = HLL_REGISTERS;
  let z = m * tau((m - histogram[HASH_BITS + 1]!) / m);
  for (let k = HASH_BITS; k >= 1; k--) z = (z + histogram[k]!) * 0.5;
  z += m * sigma(histogram[0]! / m);
  return Math.round((ALPHA * m * m) / z);
}

/** x + Σ x^(2^k) · 2^(k-1) over k ≥ 1, for the registers of 0. */
function sigma(x: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY;
  let power = x;
  let weight = 1;
  let sum = x;
  for (;;) {
    power *= power;
    const before = sum;
    sum += power * weight;
    weight += weight;
    if (sum === before) return sum;
  }
}

/** (1 - x - Σ (1 - x^(2^-k))² · 2^-k over k ≥ 1) / 3, for the registers at their limit. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let root = x;
  let weight = 1;
  let sum = 1 - x;
  for (;;) {
    root = Math.sqrt(root);
    const before = sum;
    weight *= 0.5;
    sum -= (1 - root) * (1 - root) * weight;
    if (sum === before) return sum / 3;
  }
}
