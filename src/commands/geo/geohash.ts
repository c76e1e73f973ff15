/**
 * Places as scores: longitude and latitude, each halved 26 times within its range, their bits interleaved into 52, the
 * longitude's above the latitude's. Places near each other mostly have scores near each other.
 *
 * A *cell* of `step` halvings is named by its column (0 … 2^step - 1 from the west) and row (from the south); it holds the
 * places whose scores begin with its bits. Ranges are those of EPSG:3857, so there are no places near the poles.
 */

export const LONGITUDE_MAX = 180;
export const LATITUDE_MAX = 85.05112878;
/** Halvings of a score. */
export const STEP_MAX = 26;

const TWO_32 = 2 ** 32;
/** Cells of the smallest size each way, and the part of the range that one takes. */
const CELLS = 2 ** STEP_MAX;
const CELL = 1 / CELLS;
const LONGITUDE_RANGE = LONGITUDE_MAX * 2;
const LATITUDE_RANGE = LATITUDE_MAX - -LATITUDE_MAX;

/** The place that the last decode() found. */
export const place = { longitude: 0.5, latitude: 0.5 };

/** Moves the low 16 bits of n apart, to the even bits of the result. */
function spread(n: number): number {
  n &= 0xffff;
  n = (n | (n << 8)) & 0x00ff00ff;
  n = (n | (n << 4)) & 0x0f0f0f0f;
  n = (n | (n << 2)) & 0x33333333;
  return (n | (n << 1)) & 0x55555555;
}

/** The even bits of n, moved together. */
function gather(n: number): number {
  n &= 0x55555555;
  n = (n | (n >>> 1)) & 0x33333333;
  n = (n | (n >>> 2)) & 0x0f0f0f0f;
  n = (n | (n >>> 4)) & 0x00ff00ff;
  return (n | (n >>> 8)) & 0xffff;
}

/** Interleaves two numbers of up to 27 bits. */
export function interleave(row: number, column: number): number {
  const low = (spread(row) | (spread(column) << 1)) >>> 0;
  const high = (spread(row >>> 16) | (spread(column >>> 16) << 1)) >>> 0;
  return high * TWO_32 + low;
}

/** Column of a longitude after so many halvings; 2^step for the eastern end. */
export function columnOf(longitude: number, step: number): number {
  return Math.trunc(((longitude + LONGITUDE_MAX) / LONGITUDE_RANGE) * 2 ** step);
}

/** Row of a latitude after so many halvings; 2^step for the northern end. */
export function rowOf(latitude: number, step: number): number {
  return Math.trunc(((latitude + LATITUDE_MAX) / LATITUDE_RANGE) * 2 ** step);
}

/** The western edge of a column. */
export function westOf(column: number, step: number): number {
  return -LONGITUDE_MAX + (column / 2 ** step) * LONGITUDE_RANGE;
}

/** The southern edge of a row. */
export function southOf(row: number, step: number): number {
  return -LATITUDE_MAX + (row / 2 ** step) * LATITUDE_RANGE;
}

/** The score of a place within the ranges. */
export function encode(longitude: number, latitude: number): number {
  return interleave(rowOf(latitude, STEP_MAX), columnOf(longitude, STEP_MAX));
}

/** Sets `place` to the middle of the cell that a score names; any score of a sorted set will do. */
export function decode(score: number): void {
  let low = score >>> 0;
  let high = Math.floor(score / TWO_32);
  if (!(score >= 0 && score < 2 ** 53)) {
    const bits = toUnsigned64(score);
    low = Number(bits & 0xffffffffn);
    high = Number(bits >> 32n);
  }
  const row = gather(low) + gather(high) * 65536;
  const column = gather(low >>> 1) + gather(high >>> 1) * 65536;
  // The same as by westOf() and southOf(): powers of two multiply and divide exactly.
  const west = -LONGITUDE_MAX + column * CELL * LONGITUDE_RANGE;
  const east = -LONGITUDE_MAX + ((column + 1) >>> 0) * CELL * LONGITUDE_RANGE;
  const south = -LATITUDE_MAX + row * CELL * LATITUDE_RANGE;
  const north = -LATITUDE_MAX + ((row + 1) >>> 0) * CELL * LATITUDE_RANGE;
  place.longitude = Math.min(LONGITUDE_MAX, (west + east) / 2);
  place.latitude = Math.min(LATITUDE_MAX, (south + north) / 2);
}

/** What C on x86-64 makes of a double that becomes an unsigned 64-bit integer, whatever its size. */
function toUnsigned64(score: number): bigint {
  if (score >= 2 ** 64) return 0n;
  if (score < -(2 ** 63)) return 1n << 63n;
  return BigInt.asUintN(64, BigInt(Math.trunc(score)));
}

const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz';
/** Latitudes of the common geohash reach to the poles. */
const POLE = 90;

/** The common geohash of `place`: 50 of its 52 bits in ten characters, and a zero for the eleventh. */
export function geohashText(): string {
  const column = columnOf(place.longitude, STEP_MAX);
  const row = Math.trunc(((place.latitude + POLE) / (POLE * 2)) * 2 ** STEP_MAX);
  const bits = interleave(row, column);
  let text = '';
  for (let shift = 47; shift >= 2; shift -= 5) text += ALPHABET[Math.floor(bits / 2 ** shift) % 32];
  return `${text}0`;
}
