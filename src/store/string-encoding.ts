/**
 * Which encoding Redis gives a new string: `int` for the canonical text of a 64-bit integer, `embstr` up to 44 bytes,
 * `raw` above. The bytes that are stored are the same in all three.
 */
import { INT64_TEXT_MAX, isInt64 } from '../protocol/numbers.ts';
import { ENC_EMBSTR, ENC_INT, ENC_RAW } from './entry-layout.ts';

/** Longest string that is embedded in its object. */
export const EMBSTR_MAX = 44;

/** The encoding of a value given by a client. */
export function stringEncoding(buf: Uint8Array, off: number, len: number): number {
  if (len <= INT64_TEXT_MAX) return buf[off]! <= 57 && isInt64(buf, off, len) ? ENC_INT : ENC_EMBSTR;
  return len <= EMBSTR_MAX ? ENC_EMBSTR : ENC_RAW;
}

/** The encoding of a value that is a string even if it looks like a number. */
export function textEncoding(len: number): number {
  return len <= EMBSTR_MAX ? ENC_EMBSTR : ENC_RAW;
}
