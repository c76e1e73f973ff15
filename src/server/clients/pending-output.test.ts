/** The queue of what waits to be sent, against one string: copied and shared bytes, short writes, held bytes. */
import { expect, test } from 'vitest';
import { fuzz } from '../../../test/support/fuzz.ts';
import { PendingOutput } from './pending-output.ts';
import { SEGMENT_BYTES, type Segment, SharedLog } from './shared-log.ts';

interface Receiver {
  readonly pending: PendingOutput;
  sent: string;
  expected: string;
}

test('whatever is appended leaves in order, shared or not', () =>
  fuzz(40, (random) => {
    const log = new SharedLog();
    const segments = new Set<Segment>();
    const receivers: Receiver[] = Array.from({ length: 4 }, () => ({
      pending: new PendingOutput(),
      sent: '',
      expected: '',
    }));
    let messages = 0;
    for (let step = 0; step < 400; step++) {
      const text = `<${messages++}:${'x'.repeat(random.oneIn(30) ? random.below(40_000) : random.below(60))}>`;
      const bytes = Buffer.from(text);
      if (random.oneIn(3)) {
        const receiver = random.pick(receivers);
        receiver.pending.append(bytes, 0, bytes.length);
        receiver.expected += text;
      } else {
        const shared = log.write(bytes, bytes.length);
        segments.add(shared.segment);
        for (const receiver of receivers) {
          if (random.oneIn(4)) continue;
          receiver.pending.appendShared(shared.segment, shared.from, shared.to);
          receiver.expected += text;
        }
      }
      for (const receiver of receivers)
        if (random.oneIn(5)) flush(receiver, random.oneIn(3) ? random.below(20_000) : 1e9);
    }
    for (const receiver of receivers) flush(receiver, 1e9, false);
    for (const { pending, sent, expected } of receivers) {
      expect(sent === expected).toBe(true);
      expect([pending.size, pending.allocatedBytes, pending.chunkCount]).toEqual([0, 0, 0]);
    }
    expect([...segments].filter((segment) => segment.holders !== 0)).toEqual([]);

    function flush(receiver: Receiver, taken: number, mayHold = true): void {
      const { pending } = receiver;
      const held = mayHold && random.oneIn(10) ? random.below(pending.size + 1) : 0;
      pending.heldBytes = held;
      const write = (buf: Uint8Array, from: number, to: number): number => {
        const n = Math.min(taken, to - from);
        receiver.sent += Buffer.from(buf.subarray(from, from + n)).toString();
        taken -= n;
        return n;
      };
      expect(pending.flush(write, 1e9)).toBe(true);
      expect(receiver.sent.length + pending.size).toBe(receiver.expected.length);
      if (taken > 0) expect(pending.size).toBe(held);
      pending.heldBytes = 0;
    }
  }));

test('what waits for long keeps no more than a few times its size', () => {
  const log = new SharedLog();
  const message = Buffer.from('a message');
  const [slow, quick] = [new PendingOutput(), new PendingOutput()];
  const { segment, from, to } = log.write(message, message.length);
  for (const pending of [slow, quick]) pending.appendShared(segment, from, to);
  expect(segment.holders).toBe(2);
  expect(slow.flush(() => 0, 1e9)).toBe(true);
  expect(segment.holders).toBe(1);
  quick.release();
  expect(segment.holders).toBe(0);
  // Nobody holds it: the next message is where the first one was.
  expect(log.write(message, message.length)).toEqual({ segment, from, to });
  let sent = '';
  slow.flush((buf, start, end) => {
    sent += Buffer.from(buf.subarray(start, end)).toString();
    return end - start;
  }, 1e9);
  expect(sent).toBe('a message');
});

test('a segment is left alone while somebody holds it', () => {
  const log = new SharedLog();
  const filling = Buffer.alloc(10_000, 'x');
  const pending = new PendingOutput();
  const first = log.write(filling, filling.length);
  pending.appendShared(first.segment, first.from, first.to);
  let shared = first;
  while (shared.segment === first.segment) shared = log.write(filling, filling.length);
  expect(first.segment.used).toBeLessThanOrEqual(SEGMENT_BYTES);
  expect(first.segment.bytes.subarray(first.from, first.to).every((byte) => byte === 120)).toBe(true);
  const long = log.write(Buffer.alloc(SEGMENT_BYTES, 'y'), SEGMENT_BYTES);
  expect([long.from, long.to]).toEqual([0, SEGMENT_BYTES]);
});
