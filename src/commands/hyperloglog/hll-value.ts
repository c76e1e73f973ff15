/** HyperLogLogs as the values of keys. */
import { ENC_RAW, TYPE_STRING } from '../../store/entry-layout.ts';
import { isHyperLogLog } from '../../store/hyperloglog.ts';
import type { CommandClient } from '../command-client.ts';
import { readKeyOfType, writeKeyOfType } from '../lookup.ts';

export const CORRUPT_HLL = 'INVALIDOBJ Corrupted HLL object detected';
const NO_HLL = 'WRONGTYPE Key is not a valid HyperLogLog string value.';

/** Entry of the HyperLogLog in argument i for reading, 0 when there is none, -1 after an error reply. */
export function readHll(c: CommandClient, i: number): number {
  return checkHll(c, readKeyOfType(c, i, TYPE_STRING));
}

/**
 * The same for writing. Its encoding is raw from then on, which is true of Redis when it only looks at the value, too.
 */
export function writeHll(c: CommandClient, i: number): number {
  const e = checkHll(c, writeKeyOfType(c, i, TYPE_STRING));
  if (e > 0) c.db.setEncoding(e, ENC_RAW);
  return e;
}

function checkHll(c: CommandClient, e: number): number {
  const { db } = c;
  if (e <= 0 || isHyperLogLog(db.u8(e), db.valOff(e), db.valLen(e))) return e;
  c.out.error(NO_HLL);
  return -1;
}
