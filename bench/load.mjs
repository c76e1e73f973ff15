// A load generator for what redis-benchmark cannot do: requests of several commands, and messages with their receivers.
// Only the server's CPU time is looked at, so its own does not count.
import { once } from 'node:events';
import { connect } from 'node:net';

export function encode(...args) {
  return `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(`${arg}`)}\r\n${arg}\r\n`).join('')}`;
}

/** A connection that counts the bytes it gets. */
class Peer {
  received = 0;
  expected = 0;
  wake = null;

  static async open(port) {
    const peer = new Peer();
    peer.socket = connect(port, '127.0.0.1').setNoDelay(true);
    peer.socket.on('data', (data) => {
      peer.received += data.length;
      if (peer.received >= peer.expected) peer.wake?.();
    });
    await once(peer.socket, 'connect');
    return peer;
  }

  /** Sends `request` (may be empty) and waits for `bytes` more of what the server sends. */
  async exchange(request, bytes) {
    this.expected += bytes;
    if (request.length > 0) this.socket.write(request);
    if (this.received < this.expected) await new Promise((resolve) => (this.wake = resolve));
    if (this.received > this.expected) throw new Error(`${this.received - this.expected} bytes more than expected`);
  }

  close() {
    this.socket.destroy();
  }
}

const openAll = (port, count) => Promise.all(Array.from({ length: count }, () => Peer.open(port)));

/** Runs `rounds`, which sends `requests` requests, and gives their rate. */
async function timed(requests, rounds) {
  const start = process.hrtime.bigint();
  await rounds();
  return { requestsPerSecond: requests / (Number(process.hrtime.bigint() - start) / 1e9) };
}

/** Sends `requests` times what `request(i)` gives, `depth` at a time on each connection; each reply has `replyBytes`. */
export async function loadRequests(port, { clients, depth, requests, request, replyBytes }) {
  const peers = await openAll(port, clients);
  const batches = Math.max(1, Math.round(requests / clients / depth));
  const rate = await timed(batches * depth * clients, () =>
    Promise.all(
      peers.map(async (peer, number) => {
        for (let batch = 0; batch < batches; batch++) {
          const first = (batch * clients + number) * depth;
          const lines = Array.from({ length: depth }, (_, i) => request(first + i)).join('');
          await peer.exchange(lines, depth * replyBytes);
        }
      }),
    ),
  );
  for (const peer of peers) peer.close();
  return { ...rate, sent: batches * depth * clients };
}

/** Publishes `requests` messages to `subscribers` connections; the next come when all have got those of before. */
export async function loadMessages(port, { clients, depth, requests, subscribers }) {
  const [publishers, receivers] = await Promise.all([openAll(port, clients), openAll(port, subscribers)]);
  const confirmation = '*3\r\n$9\r\nsubscribe\r\n$7\r\nchannel\r\n:1\r\n';
  await Promise.all(receivers.map((peer) => peer.exchange(encode('SUBSCRIBE', 'channel'), confirmation.length)));
  const text = 'a message of thirty-two bytes...';
  const messageBytes = `*3\r\n$7\r\nmessage\r\n$7\r\nchannel\r\n$32\r\n${text}\r\n`.length;
  const batch = encode('PUBLISH', 'channel', text).repeat(depth);
  const rounds = Math.max(1, Math.round(requests / clients / depth));
  const rate = await timed(rounds * clients * depth, async () => {
    for (let round = 0; round < rounds; round++) {
      const delivered = receivers.map((peer) => peer.exchange('', clients * depth * messageBytes));
      await Promise.all([
        ...publishers.map((peer) => peer.exchange(batch, depth * `:${subscribers}\r\n`.length)),
        ...delivered,
      ]);
    }
  });
  for (const peer of [...publishers, ...receivers]) peer.close();
  return { ...rate, sent: rounds * clients * depth };
}
