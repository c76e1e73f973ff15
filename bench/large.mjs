// node bench/large.mjs: strings of many megabytes. Server CPU milliseconds of graftis and redis-server, side by side.
import { connect } from 'node:net';
import { cpuMicros, graftisCommand, median, startServer, stopServer } from './servers.mjs';

const ROUNDS = 3;
const PIECE = 256 * 1024;
const PIECES = 1600;
const GIB = 1024 ** 3;

/** A connection that sends commands one by one. */
async function open(port) {
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let waiting = null;
  socket.on('data', (data) => {
    if (data[0] === 45) throw new Error(data.toString());
    waiting?.();
  });
  return {
    call(...parts) {
      const pieces = [Buffer.from(`*${parts.length}\r\n`)];
      for (const part of parts) {
        const bytes = Buffer.from(part);
        pieces.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
      }
      const replied = new Promise((resolve) => {
        waiting = resolve;
      });
      socket.write(Buffer.concat(pieces));
      return replied;
    },
    close: () => socket.destroy(),
  };
}

const servers = [
  await startServer('graftis', graftisCommand(), ['--proto-max-bulk-len', '1gb']),
  await startServer('redis', ['redis-server'], ['--proto-max-bulk-len', '1gb']),
];

/** Each test: what is measured, after `prepare`, before `tidy`. */
const TESTS = {
  [`${PIECES} APPENDs of ${PIECE / 1024} KiB`]: {
    async run(client) {
      const piece = Buffer.alloc(PIECE, 120);
      for (let i = 0; i < PIECES; i++) await client.call('APPEND', 'k', piece);
    },
  },
  [`${PIECES} SETRANGEs that grow by ${PIECE / 1024} KiB`]: {
    async run(client) {
      for (let i = 1; i <= PIECES; i++) await client.call('SETRANGE', 'k', `${i * PIECE}`, 'x');
    },
  },
  'DEL of a value of 1 GiB': {
    async prepare(client) {
      await client.call('SETRANGE', 'k', `${GIB - 1}`, 'x');
      // Written to, so that there is memory behind it.
      const piece = Buffer.alloc(16 * 1024 * 1024, 120);
      for (let at = 0; at < GIB; at += piece.length) await client.call('SETRANGE', 'k', `${at}`, piece);
    },
    run: (client) => client.call('DEL', 'k'),
  },
};

console.log('| test | graftis CPU ms | redis CPU ms | graftis ms | redis ms |');
console.log('|---|---:|---:|---:|---:|');
for (const [name, test] of Object.entries(TESTS)) {
  const cpu = servers.map(() => []);
  const wall = servers.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, server] of servers.entries()) {
      const client = await open(server.port);
      await test.prepare?.(client);
      const before = cpuMicros(server);
      const start = performance.now();
      await test.run(client);
      wall[i].push(performance.now() - start);
      cpu[i].push((cpuMicros(server) - before) / 1000);
      await client.call('DEL', 'k');
      client.close();
    }
  }
  console.log(
    `| ${[name, ...cpu.map(median), ...wall.map(median)].map((x) => (typeof x === 'number' ? x.toFixed(1) : x)).join(' | ')} |`,
  );
}
await Promise.all(servers.map(stopServer));
