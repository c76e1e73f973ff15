/** What bitmap commands share: offsets of bits, and strings that are as long as the bits to be written need. */
import { NOTIFY_NEW, NOTIFY_STRING } from '../../config/notify.ts';
import { parseInteger } from '../../protocol/numbers.ts';
import { ENC_RAW, TYPE_STRING } from '../../store/entry-layout.ts';
import type { CommandClient } from '../command-client.ts';
import { writeKeyOfType } from '../lookup.ts';

const HASH = 35;
const BAD_OFFSET = 'ERR bit offset is not an integer or out of range';

/**
 * Argument i as the offset of a bit; NaN after an error reply. With `bits` other than 0 an offset `#n` is n times so
 * many bits.
 */
export function bitOffsetOrReply(c: CommandClient, i: number, bits = 0): number {
  const { args } = c;
  const off = args.off[i]!;
  const len = args.len[i]!;
  const counted = bits > 0 && len > 0 && args.buf[off] === HASH;
  const n = counted ? parseInteger(args.buf, off + 1, len - 1) * bits : parseInteger(args.buf, off, len);
  if (n >= 0 && Math.floor(n / 8) < c.server.settings.parserLimits.maxBulkBytes) return n;
  c.out.error(BAD_OFFSET);
  return Number.NaN;
}

/** Says what `writableBits` did. */
export const writable = {
  /** The key was not there. */
  isNew: false,
  /** The string is longer than before. */
  isLonger: false,
};

/** Entry of the string in argument 1, made or lengthened with zeros so that it has bit `offset`; -1 after WRONGTYPE. */
export function writableBits(c: CommandClient, offset: number): number {
  const { args, db } = c;
  const bytes = Math.floor(offset / 8) + 1;
  let e = writeKeyOfType(c, 1, TYPE_STRING);
  if (e < 0) return e;
  writable.isNew = e === 0;
  writable.isLonger = e === 0 || bytes > db.valLen(e);
  if (e === 0) {
    e = db.add(args.buf, args.off[1]!, args.len[1]!, TYPE_STRING, ENC_RAW, bytes);
    const at = db.valOff(e);
    db.u8(e).fill(0, at, at + bytes);
  } else {
    if (writable.isLonger) e = db.resizeValue(e, bytes, true, true);
    db.setEncoding(e, ENC_RAW);
  }
  return e;
}

/** Tells of bits that were written to the key in argument 1. */
export function tellBitsSet(c: CommandClient, isNew: boolean, changes: number): void {
  if (isNew) c.notify(NOTIFY_NEW, 'new', 1);
  if (changes === 0) return;
  c.modified(1, changes);
  c.notify(NOTIFY_STRING, 'setbit', 1);
}
