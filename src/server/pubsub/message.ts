/** A message on its way: encoded once for each version of the protocol, however many clients get it. */
import { ReplyWriter } from '../../protocol/reply.ts';
import { type SharedBytes, SharedLog } from '../clients/shared-log.ts';

const writer = new ReplyWriter(1024);

/** Where messages of either protocol are written. */
export class MessageLogs {
  readonly resp2 = new SharedLog();
  readonly resp3 = new SharedLog();
}

/** Must have been handed out before the next one is encoded. */
export class Message {
  private readonly logs: MessageLogs;
  private readonly parts: readonly (string | Uint8Array)[];
  private resp2: SharedBytes | null = null;
  private resp3: SharedBytes | null = null;

  /** The words of the message; strings are byte strings. */
  constructor(logs: MessageLogs, parts: readonly (string | Uint8Array)[]) {
    this.logs = logs;
    this.parts = parts;
  }

  /** Its bytes, to be shared by all who get it. */
  encoded(resp: 2 | 3): SharedBytes {
    if (resp === 3) return (this.resp3 ??= this.encode(3));
    return (this.resp2 ??= this.encode(2));
  }

  private encode(resp: 2 | 3): SharedBytes {
    const { parts, logs } = this;
    writer.resp = resp;
    writer.push(parts.length);
    for (const part of parts) {
      if (typeof part === 'string') writer.bulkText(part);
      else writer.bulkBytes(part);
    }
    const shared = (resp === 3 ? logs.resp3 : logs.resp2).write(writer.buf, writer.pos);
    writer.reset();
    return shared;
  }
}
