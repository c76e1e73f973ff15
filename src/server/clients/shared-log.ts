/**
 * Bytes that many clients get: written once, and sent to each of them from where they are.
 *
 *   segment   [ message | message | message | free          ]
 *                       ^ chunk of a client's pending output ^
 *
 * Messages of a round lie one behind the other, so that what a client gets of them is mostly one range, which grows with
 * each message: neither bytes nor objects are added for a receiver. `holders` counts the ranges that clients hold of a
 * segment; when there is none, it is written from its start again.
 */

export const SEGMENT_BYTES: number = 64 * 1024;
/** Longer messages have memory of their own. */
export const LONG_MESSAGE_BYTES: number = 16 * 1024;

export class Segment {
  readonly bytes: Uint8Array;
  used = 0;
  /** Ranges of clients in it. One that is forgotten keeps it from being used again, no more. */
  holders = 0;

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
  }
}

/** Where a message is; it must be handed out before the next one is written. */
export interface SharedBytes {
  readonly segment: Segment;
  readonly from: number;
  readonly to: number;
}

export class SharedLog {
  private segment = new Segment(SEGMENT_BYTES);

  /** Copies buf[0..len) to a place where nobody changes it as long as a client holds it. */
  write(buf: Uint8Array, len: number): SharedBytes {
    if (len > LONG_MESSAGE_BYTES) {
      const own = new Segment(len);
      own.bytes.set(buf.subarray(0, len));
      own.used = len;
      return { segment: own, from: 0, to: len };
    }
    let { segment } = this;
    if (segment.holders === 0) segment.used = 0;
    else if (segment.bytes.length - segment.used < len) this.segment = segment = new Segment(SEGMENT_BYTES);
    const from = segment.used;
    segment.bytes.set(buf.subarray(0, len), from);
    segment.used += len;
    return { segment, from, to: segment.used };
  }
}
