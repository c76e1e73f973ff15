/** A message on its way: encoded once for each version of the protocol, however many clients get it. */
import { ReplyWriter } from '../../protocol/reply.ts';

const writer = new ReplyWriter(1024);

export class Message {
  private readonly parts: readonly (string | Uint8Array)[];
  private resp2: Uint8Array | null = null;
  private resp3: Uint8Array | null = null;

  /** The words of the message; strings are byte strings. */
  constructor(parts: readonly (string | Uint8Array)[]) {
    this.parts = parts;
  }

  /** Its bytes, to be shared by all who get it; nobody may change them. */
  encoded(resp: 2 | 3): Uint8Array {
    if (resp === 3) return (this.resp3 ??= this.encode(3));
    return (this.resp2 ??= this.encode(2));
  }

  private encode(resp: 2 | 3): Uint8Array {
    const { parts } = this;
    writer.resp = resp;
    writer.push(parts.length);
    for (const part of parts) {
      if (typeof part === 'string') writer.bulkText(part);
      else writer.bulkBytes(part);
    }
    // Memory of its own: what waits for slow clients must not hold on to more.
    const bytes = Uint8Array.prototype.slice.call(writer.buf, 0, writer.pos);
    writer.reset();
    return bytes;
  }
}
