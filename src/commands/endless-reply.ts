/** Replies as long as a client wishes: SRANDMEMBER and its kin with negative counts. */
import { constants } from 'node:buffer';
import { ReplyTooLong } from '../protocol/reply.ts';

/** The least that an element takes: an empty bulk string. */
const MIN_ELEMENT_BYTES = 6;

/** Throws what a reply too long for any buffer ends with, before it is written for seconds in vain. */
export function checkElementCount(count: number): void {
  if (count * MIN_ELEMENT_BYTES > constants.MAX_LENGTH) throw new ReplyTooLong(count * MIN_ELEMENT_BYTES);
}
