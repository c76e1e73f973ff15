/**
 * Messages of client-side caching, encoded once for each form however many clients get them.
 *
 *   to RESP3               >2 invalidate <keys>
 *   to RESP2, redirected   *3 message __redis__:invalidate <keys>
 *
 * <keys> is an array, or null when all keys are invalid.
 */
import { ReplyWriter } from '../../protocol/reply.ts';

const CHANNEL = '__redis__:invalidate';

const writer = new ReplyWriter(1024);

/** What was written, in memory of its own: what waits for slow clients must not hold on to more. */
function written(): Uint8Array {
  const bytes = Uint8Array.prototype.slice.call(writer.buf, 0, writer.pos);
  writer.reset();
  return bytes;
}

export class Invalidation {
  /** The encoded keys. */
  private readonly keys: Uint8Array;
  private resp2: Uint8Array | null = null;
  private resp3: Uint8Array | null = null;

  private constructor(keys: Uint8Array) {
    this.keys = keys;
  }

  /** Of one key, whose bytes are read at once. */
  static ofKey(buf: Uint8Array, off: number, len: number): Invalidation {
    writer.array(1);
    writer.bulk(buf, off, len);
    return new Invalidation(written());
  }

  /** Of several keys (byte strings). */
  static ofKeys(keys: readonly string[]): Invalidation {
    writer.array(keys.length);
    for (const key of keys) writer.bulkText(key);
    return new Invalidation(written());
  }

  /** Of everything; null has the form of the protocol of the client that tracks, whoever is told. */
  static ofAll(resp: 2 | 3): Invalidation {
    writer.resp = resp;
    writer.nullBulk();
    return new Invalidation(written());
  }

  /** As a push message. */
  get push(): Uint8Array {
    if (this.resp3 === null) {
      writer.resp = 3;
      writer.push(2);
      writer.bulkText('invalidate');
      writer.raw(this.keys);
      this.resp3 = written();
    }
    return this.resp3;
  }

  /** As a message of a channel. */
  get message(): Uint8Array {
    if (this.resp2 === null) {
      writer.resp = 2;
      writer.array(3);
      writer.bulkText('message');
      writer.bulkText(CHANNEL);
      writer.raw(this.keys);
      this.resp2 = written();
    }
    return this.resp2;
  }
}

/** Tells a client that whom its messages are redirected to is gone. */
export function brokenRedirect(id: number): Uint8Array {
  writer.resp = 3;
  writer.push(2);
  writer.bulkText('tracking-redir-broken');
  writer.integer(id);
  return written();
}
