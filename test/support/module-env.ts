// A server for unit tests of the module host: a command table, a log, and clients without connections.

import { SUPERUSER } from '../../src/acl/user.ts';
import { Users } from '../../src/acl/users.ts';
import type { CommandDocs } from '../../src/commands/docs/doc.ts';
import { CommandEntry, CommandRegistry } from '../../src/commands/registry.ts';
import type { CommandSpec } from '../../src/commands/spec.ts';
import { Config } from '../../src/config/config.ts';
import type {
  CallRefusal,
  CallReply,
  ClientFacts,
  LogLevel,
  ModuleAccess,
  ModuleBlocking,
  ModuleCall,
  ModuleClient,
  ModuleData,
  ModuleEnv,
  ModuleEvents,
  ModuleFacts,
  ModuleForks,
  ModuleWait,
} from '../../src/module/env.ts';
import { Args } from '../../src/protocol/args.ts';
import { ReplyWriter } from '../../src/protocol/reply.ts';
import { Keyspace } from '../../src/store/keyspace.ts';

export class FakeClient implements ModuleClient {
  readonly id: number;
  args: Args = Args.from([]);
  readonly out = new ReplyWriter();
  dbIndex = 0;
  readonly aclUser = SUPERUSER;
  readonly lastCommand = null;

  constructor(id: number) {
    this.id = id;
  }
}

/** Sixteen databases; `signalled` and `events` tell what became known of changes. */
export class FakeData implements ModuleData {
  /** Command lines that were propagated. */
  readonly propagated: string[] = [];
  readonly keyspace = new Keyspace(16);
  /** Keys signalled as modified, as text. */
  readonly signalled: string[] = [];
  /** `event key` per announcement. */
  readonly events: string[] = [];

  selectDb(client: ModuleClient, dbIndex: number): boolean {
    if (this.keyspace.dbs[dbIndex] === undefined) return false;
    (client as FakeClient).dbIndex = dbIndex;
    return true;
  }

  propagate(_dbIndex: number, args: Args): void {
    this.propagated.push(args.latin1(0));
  }

  signalModified(_db: unknown, buf: Uint8Array, off: number, len: number): void {
    this.signalled.push(Buffer.from(buf.subarray(off, off + len)).toString('latin1'));
  }

  signalReady(): void {}

  notify(_type: number, event: string, _db: unknown, buf: Uint8Array, off: number, len: number): void {
    this.events.push(`${event} ${Buffer.from(buf.subarray(off, off + len)).toString('latin1')}`);
  }

  flushAll(lazy: boolean): void {
    this.keyspace.flushAll(lazy);
  }
}

/** Users without clients. */
export class FakeAccess implements ModuleAccess {
  readonly users = new Users(new CommandRegistry());
  readonly categories = new Set<string>();

  setRules(): string | null {
    return null;
  }

  logIn(): boolean {
    return false;
  }

  logOut(): void {}

  logOutAllOf(): void {}

  closeClientsOf(): void {}

  addAuthenticator(): () => void {
    return () => {};
  }

  noteDenied(): void {}
}

/** Waits of clients, without timers: tests end them. */
export class FakeBlocking implements ModuleBlocking {
  isBlocked(client: ModuleClient): boolean {
    return this.waits.has(client.id);
  }

  readonly waits = new Map<number, ModuleWait>();

  refusal(): null {
    return null;
  }

  block(client: ModuleClient, wait: ModuleWait): void {
    this.waits.set(client.id, wait);
  }

  blockOnKeys(client: ModuleClient, wait: ModuleWait): void {
    this.waits.set(client.id, wait);
  }

  unblock(client: ModuleClient, reply: () => number): void {
    const wait = this.waits.get(client.id)!;
    this.waits.delete(client.id);
    reply();
    wait.onEnd();
  }

  repliesGrow(): boolean {
    return true;
  }

  soon(action: () => void): void {
    setImmediate(action);
  }
}

/** A master without limits whose clients are all alike. */
export class FakeFacts implements ModuleFacts {
  readonly redisVersion = '7.4.0';
  readonly cachedUs = 0;
  readonly paused = false;
  /** `event milliseconds` per sample. */
  readonly samples: string[] = [];

  contextFlags(): number {
    return 4;
  }

  describe(client: ModuleClient): ClientFacts {
    return { id: client.id, name: '', user: 'default', flags: 0, address: '', port: 0, dbIndex: client.dbIndex };
  }

  setClientName(): boolean {
    return true;
  }

  redact(): boolean {
    return true;
  }

  info(): string {
    return '# Server\r\nredis_version:7.4.0\r\n';
  }

  memoryRatio(): number {
    return 0;
  }

  addLatency(event: string, latencyMs: number): void {
    this.samples.push(`${event} ${latencyMs}`);
  }
}

/** Nothing ever happens. */
export class FakeEvents implements ModuleEvents {
  readonly notifyFlags = 0;

  publish(): number {
    return 0;
  }

  afterUnit(): void {}

  onKeyspaceEvent(): () => void {
    return () => {};
  }

  watch(): () => void {
    return () => {};
  }
}

export class FakeEnv implements ModuleEnv {
  readonly events = new FakeEvents();
  readonly directives = new Config();
  readonly facts = new FakeFacts();
  readonly data = new FakeData();
  readonly blocking = new FakeBlocking();
  readonly descriptors = { available: false, set: (): number => 0, onReady: (): void => {} };
  readonly forks: ModuleForks = { started() {}, progress() {}, ended() {} };
  /** `level message` per line. */
  readonly logged: string[] = [];
  readonly commands = new Map<string, CommandSpec>();
  readonly docs = new Map<string, CommandDocs>();
  readonly clients = new Map<number, FakeClient>();
  readonly config = new Map<string, string>();
  readonly clusterEnabled = false;
  readonly access = new FakeAccess();
  private lastId = 0;

  fault(error: unknown): void {
    throw error;
  }

  log(level: LogLevel, message: string): void {
    this.logged.push(`${level} ${message}`);
  }

  readonly yieldAfterMs = 0;
  readonly yieldEveryMs = 0;

  serveOthers(): void {}

  setCommandFilter(): void {}

  hasCommand(name: string): boolean {
    return this.commands.has(name);
  }

  addCommand(spec: CommandSpec): void {
    this.commands.set(spec.name, spec);
  }

  commandChanged(): void {}

  setCommandDocs(fullName: string, docs: CommandDocs): void {
    this.docs.set(fullName, docs);
  }

  resolveCommand(args: Args): CommandEntry | null {
    const spec = this.commands.get(args.latin1(0).toLowerCase());
    return spec === undefined ? null : new CommandEntry(spec, null, 'test');
  }

  removeCommand(name: string): void {
    this.commands.delete(name);
  }

  call(call: ModuleCall): CallReply | CallRefusal {
    const client = this.client(call.resp);
    client.args = call.args;
    const bytes = this.dispatch(client);
    return { bytes, length: bytes.length, errors: [] };
  }

  /** What `readsArePlain` answers, and what `countReads` was told. */
  plainReads = false;
  reads = 0;

  readsArePlain(): boolean {
    return this.plainReads;
  }

  countReads(calls: number): void {
    this.reads += calls;
  }

  clientById(id: number): ModuleClient | null {
    return this.clients.get(id) ?? null;
  }

  schedule(delayMs: number, action: () => void): () => void {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  }

  onCron(action: () => void): () => void {
    const timer = setInterval(action, 10);
    return () => clearInterval(timer);
  }

  configGet(name: string): string | null {
    return this.config.get(name) ?? null;
  }

  configSet(name: string, value: string): string | null {
    this.config.set(name, value);
    return null;
  }

  /** A new client. */
  client(resp: 2 | 3 = 2): FakeClient {
    const client = new FakeClient(++this.lastId);
    client.out.resp = resp;
    this.clients.set(client.id, client);
    return client;
  }

  /** Runs one command line and returns the reply as text, one character a byte. */
  run(parts: readonly (string | Uint8Array | number)[], client = this.client()): string {
    client.args = Args.from(parts);
    return Buffer.from(this.dispatch(client)).toString('latin1');
  }

  private dispatch(client: FakeClient): Uint8Array {
    const from = client.out.pos;
    let spec = this.commands.get(client.args.latin1(0).toLowerCase());
    if (spec?.subcommands !== undefined && client.args.argc > 1) {
      const name = client.args.latin1(1).toLowerCase();
      spec = spec.subcommands.find((sub) => sub.name === name) ?? spec;
    }
    if (spec?.proc === undefined) client.out.error(`ERR unknown command '${client.args.latin1(0)}'`);
    else spec.proc(client as never);
    const reply = client.out.take(from);
    client.out.pos = from;
    return reply;
  }
}
