// Changes a server under test from inside, for tests of what does not happen by itself: a defect at some stage, commands
// that exist nowhere. Runs in the server's process before its program (`node --import`).
//
//   GRAFTIS_TEST_STAGE   where something is thrown (see STAGES) as soon as the file GRAFTIS_TEST_ARM exists
//   GRAFTIS_TEST_THROW   `memory`: what V8 throws when there is no memory; else a plain error
import { existsSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const dist = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist');
const load = (path) => import(pathToFileURL(join(dist, path)).href);

/** Methods that throw: file, class, method. */
const STAGES = {
  accept: ['server/clients/connections.js', 'Connections', 'accept'],
  read: ['server/clients/query.js', 'Query', 'onReadable'],
  receive: ['server/clients/query.js', 'Query', 'onReceived'],
  parse: ['protocol/parser.js', 'RequestParser', 'parse'],
  'parse ahead': ['server/clients/read-ahead.js', 'ReadAhead', 'fill'],
  'look ahead': ['server/clients/read-ahead.js', 'ReadAhead', 'prefetch'],
  'look-up': ['commands/registry.js', 'CommandRegistry', 'resolve'],
  statistics: ['server/observe/command-clock.js', 'CommandClock', 'record'],
  commit: ['server/clients/output.js', 'Output', 'commit'],
  'end of round': ['server/execution/rounds.js', 'Rounds', 'finish'],
  'before sleep': ['server/execution/cron.js', 'Cron', 'beforeSleep'],
  send: ['server/clients/output.js', 'Output', 'flushRound'],
  'queue output': ['server/clients/pending-output.js', 'PendingOutput', 'append'],
  'send queued output': ['server/clients/output.js', 'Output', 'flushPending'],
  close: ['server/clients/connections.js', 'Connections', 'close'],
  cron: ['server/execution/cron.js', 'Cron', 'run'],
  block: ['server/execution/blocked-clients.js', 'BlockedClients', 'block'],
  'time out': ['server/execution/blocked-clients.js', 'BlockedClients', 'timedOut'],
  unblock: ['server/execution/blocked-clients.js', 'BlockedClients', 'unblock'],
  'reply to unblocked': ['server/execution/answers.js', 'Answers', 'to'],
  'api function': ['server/modules/module-services.js', 'ServerModuleData', 'selectDb'],
  resume: ['server/clients/query.js', 'Query', 'resume'],
};

/** Servers start, and answer the first PING, before the fault is armed. */
const armed = () => existsSync(process.env.GRAFTIS_TEST_ARM ?? '');

function fault() {
  const noMemory = process.env.GRAFTIS_TEST_THROW === 'memory';
  return noMemory ? new RangeError('Array buffer allocation failed') : new Error('injected fault');
}

async function injectFault(stage) {
  const [path, name, method] = STAGES[stage];
  const { prototype } = (await load(path))[name];
  const original = prototype[method];
  if (original === undefined) throw new Error(`there is no ${name}.${method}`);
  prototype[method] = function (...args) {
    if (armed()) throw fault();
    return original.apply(this, args);
  };
}

/** Commands run in nested rounds. */
let nested = 0;
/** Whether t.hold may end. */
let go = false;

/** Handles network events inside of a command. */
function poll(server) {
  const before = server.stats.commandsProcessed;
  if (server.transport.name === 'node') readSockets(server.transport);
  server.transport.poll();
  nested += server.stats.commandsProcessed - before;
}

/** Node's sockets give what Node has read: lets it read now. */
function readSockets(transport) {
  for (const connection of transport.connections) {
    const { socket } = connection;
    // What the stream holds comes first; reading it emits it.
    if (socket.readableLength > 0) socket.read();
    const bytes = Buffer.alloc(65536);
    let n = 0;
    try {
      n = readSync(connection.fd, bytes);
    } catch {
      continue;
    }
    if (n > 0) socket.emit('data', bytes.subarray(0, n));
  }
}

const COMMANDS = {
  /** t.throw: a defect. */
  't.throw': () => {
    throw fault();
  },
  /** t.memory: writes the half of a reply, then there is no memory. */
  't.memory': (c) => {
    c.out.array(2);
    c.out.bulkText('half');
    throw new RangeError('Array buffer allocation failed');
  },
  /** t.block ms: waits until the time is up. */
  't.block': (c) => {
    const timeoutAtMs = Date.now() + Number(c.args.latin1(1));
    c.server.blocked.block(c, {
      kind: 'module',
      timeoutAtMs,
      onTimeout: (client) => client.out.nullBulk(),
      sinceUs: 0,
    });
  },
  /** t.poll n text: an array of n texts; handles network events between them. */
  't.poll': (c) => {
    const count = Number(c.args.latin1(1));
    c.out.map(count);
    for (let i = 0; i < count; i++) {
      c.out.bulkText(`${c.args.latin1(2)} ${i}`);
      poll(c.server);
      c.out.bool(true);
    }
  },
  /** t.hold: handles network events until t.go lets it end, or has done so before. */
  't.hold': (c) => {
    while (!go) poll(c.server);
    go = false;
    c.out.simple('done');
  },
  't.go': (c) => {
    go = true;
    c.out.ok();
  },
  /** t.nested: how many commands have run in nested rounds. */
  't.nested': (c) => c.out.integer(nested),
};

const { Server } = await load('server/server.js');
const { listen } = Server.prototype;
Server.prototype.listen = function () {
  for (const [name, proc] of Object.entries(COMMANDS)) {
    if (!this.commands.add({ name, arity: -1, flags: [], proc })) throw new Error(`cannot add ${name}`);
  }
  return listen.call(this);
};
if (process.env.GRAFTIS_TEST_STAGE !== undefined) await injectFault(process.env.GRAFTIS_TEST_STAGE);
