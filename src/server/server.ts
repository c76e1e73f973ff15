/**
 * The server: its parts, the services that commands use, start and end.
 *
 * One round (see `rounds.ts`) handles every client that is ready: read, execute, then send all replies.
 */
import { randomBytes } from 'node:crypto';
import { commandTable } from '../commands/command-table.ts';
import { CommandRegistry } from '../commands/registry.ts';
import type { InfoProvider } from '../commands/server/info-provider.ts';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/load.ts';
import type { Shim } from '../memory/shim.ts';
import type { LastWords } from '../module/last-words.ts';
import type { Listener, Transport } from '../net/transport.ts';
import type { Args } from '../protocol/args.ts';
import { ReplyWriter } from '../protocol/reply.ts';
import { Keyspace } from '../store/keyspace.ts';
import { AccessControl } from './acl/access-control.ts';
import { AclFile, followAclDirectives, loadUsersAtStart } from './acl/user-sources.ts';
import { CLIENT_DENY_BLOCKING, Client } from './clients/client.ts';
import { ClientEviction } from './clients/client-eviction.ts';
import { Connections } from './clients/connections.ts';
import { openTransport, startListening } from './clients/listen.ts';
import { Output } from './clients/output.ts';
import { Query } from './clients/query.ts';
import { Answers } from './execution/answers.ts';
import { BlockedClients } from './execution/blocked-clients.ts';
import { Conditions } from './execution/conditions.ts';
import { Cron } from './execution/cron.ts';
import { Databases } from './execution/databases.ts';
import { runCommand } from './execution/dispatch.ts';
import { ExecutionUnits } from './execution/execution-units.ts';
import { Faults, failGuest } from './execution/faults.ts';
import { Hooks } from './execution/hooks.ts';
import { KeyChanges } from './execution/key-changes.ts';
import { KeyEviction } from './execution/key-eviction.ts';
import { connectKeyspace, KeyspaceEvents } from './execution/keyspace-events.ts';
import { LoopGate } from './execution/loop-gate.ts';
import { Pause } from './execution/pause.ts';
import { Propagation } from './execution/propagation.ts';
import { ReadyKeys } from './execution/ready-keys.ts';
import { Rounds } from './execution/rounds.ts';
import { startMetrics } from './metrics/metrics-endpoint.ts';
import type { ModuleDescription, ModuleLoading } from './modules/module-loading.ts';
import { createModules, loadConfiguredModules } from './modules/modules.ts';
import { CommandClock } from './observe/command-clock.ts';
import { ForkChildren } from './observe/fork-children.ts';
import { LatencyMonitor } from './observe/latency-monitor.ts';
import { MemoryUse } from './observe/memory-use.ts';
import { Monitors } from './observe/monitors.ts';
import { Slowlog } from './observe/slowlog.ts';
import { Stats } from './observe/stats.ts';
import { watchCrashes } from './process/crash-report.ts';
import { Lifetime } from './process/lifetime.ts';
import type { Logger } from './process/logger.ts';
import { chooseShim } from './process/native-shim.ts';
import { GRAFTIS_VERSION, REDIS_VERSION } from './process/version.ts';
import { publishKeyspaceEvents } from './pubsub/keyspace-notifications.ts';
import { PubSub } from './pubsub/pubsub.ts';
import { applySettings, Settings } from './settings.ts';
import { Tracking } from './tracking/tracking.ts';
import { Transactions } from './transactions/transactions.ts';
import { refuseUnsupported, warnUnsupported } from './unsupported.ts';

export interface ServerOptions {
  /** Embedded in another program: `port 0` takes a free port, and the process's signals are left alone. */
  readonly embedded?: boolean;
  /**
   * Ends the program after a defect of the server. Without it the server is closed, and the error comes to light where
   * the host program's own do: as an uncaught exception.
   */
  readonly onDefect?: (error: unknown) => void;
}

/** Room for the replies of a round, which is sent when it has 256 KiB. */
const WRITER_BYTES = 320 * 1024;

export class Server {
  readonly config: Config;
  readonly log: Logger;
  readonly embedded: boolean;
  readonly version: string = GRAFTIS_VERSION;
  /** The Redis release that clients are told. */
  readonly redisVersion: string = REDIS_VERSION;
  /** The service manager that looks after the process: no, upstart, systemd. */
  supervised = 'no';
  readonly runId: string = randomBytes(20).toString('hex');
  /** Names this server's history of writes. */
  replicationId: string = randomBytes(20).toString('hex');
  readonly startTimeMs: number = Date.now();
  readonly commands: CommandRegistry = new CommandRegistry();
  readonly keyspace: Keyspace;
  /** C of ours that saves crossings, or why this server does without. */
  readonly nativeShim: Shim | string;
  readonly stats: Stats = new Stats();
  readonly slowlog: Slowlog = new Slowlog();
  readonly latency: LatencyMonitor = new LatencyMonitor();
  readonly clock: CommandClock = new CommandClock(this.stats);
  readonly blocked: BlockedClients;
  readonly connections: Connections;
  readonly output: Output;
  readonly query: Query;
  readonly cron: Cron;
  readonly gate: LoopGate;
  readonly rounds: Rounds;
  readonly faults: Faults;
  readonly monitors: Monitors;
  readonly memory: MemoryUse;
  readonly clientEviction: ClientEviction;
  /** Parts that add to INFO: the module host. */
  readonly infoProviders: InfoProvider[] = [];
  /** The writer that the replies of a round share. */
  readonly out: ReplyWriter = new ReplyWriter(WRITER_BYTES);
  transport: Transport | null = null;
  listeners: Listener[] = [];

  /** Unix time of this round. */
  nowMs: number = Date.now();
  /** Monotonic microseconds from which on the end of a command sets the time anew. */
  refreshAtUs = 0;
  inRound = false;
  /** Client whose command runs now. */
  executing: Client | null = null;
  lastSaveSeconds: number = Math.floor(Date.now() / 1000);

  readonly settings: Settings = new Settings();

  /** Whether keys that nobody asks for expire too; DEBUG SET-ACTIVE-EXPIRE. */
  activeExpire = true;

  readonly answers: Answers = new Answers(this);
  readonly pause: Pause = new Pause(this);
  readonly databases: Databases = new Databases(this);

  /** Reports signals that end the process; null where nobody shall. */
  lastWords: LastWords | null = null;
  private moduleLoading: ModuleLoading | null = null;
  /** Modules that the configuration names are being loaded. */
  startingModules = false;
  /** The loaded modules, in order of loading; the module host sets it. */
  loadedModules: () => readonly ModuleDescription[] = () => [];
  /** Set while modules have command filters; may change `c.args`. */
  filters: ((c: Client) => void) | null = null;
  readonly hooks: Hooks = new Hooks();
  readonly keyspaceEvents: KeyspaceEvents = new KeyspaceEvents();
  readonly conditions: Conditions = new Conditions();
  readonly acl: AccessControl = new AccessControl(this);
  readonly aclFile: AclFile = new AclFile(this);
  readonly changes: KeyChanges = new KeyChanges();
  readonly units: ExecutionUnits = new ExecutionUnits(this);
  readonly propagation: Propagation = new Propagation(this.units);
  readonly readyKeys: ReadyKeys;
  readonly eviction: KeyEviction;
  readonly forks = new ForkChildren(this);
  readonly transactions: Transactions;
  readonly pubsub: PubSub;
  readonly tracking: Tracking;

  readonly lifetime: Lifetime = new Lifetime(this);
  /** Asked for by SHUTDOWN; the process's owner sets it. */
  onShutdownRequest: () => void = () => void this.close();

  constructor(config: Config, log: Logger, options: ServerOptions = {}) {
    this.config = config;
    this.log = log;
    this.embedded = options.embedded ?? false;
    this.keyspace = new Keyspace(config.num('databases'));
    this.nativeShim = chooseShim(config, log);
    this.faults = new Faults(log, options.onDefect ?? ((error) => failGuest(this, error)));
    this.gate = new LoopGate(() => this.faults.guard(() => this.transport?.resume()));
    this.rounds = new Rounds(this);
    this.blocked = new BlockedClients(this);
    this.connections = new Connections(this);
    this.output = new Output(this);
    this.query = new Query(this);
    this.cron = new Cron(this);
    this.monitors = new Monitors(this);
    this.memory = new MemoryUse(this);
    this.clientEviction = new ClientEviction(this);
    this.out.onError = (text) => this.stats.countError(text);
    this.readyKeys = new ReadyKeys(this);
    this.eviction = new KeyEviction(this);
    this.transactions = new Transactions(this);
    this.pubsub = new PubSub(this);
    this.tracking = new Tracking(this);
    publishKeyspaceEvents(this);
    connectKeyspace(this);
    refuseUnsupported(config);
    warnUnsupported(config, log);
    this.commands.addAll(commandTable);
    for (const { args, origin } of config.renameCommands) {
      const error = this.commands.rename(args[0]!, args[1]!);
      if (error !== null) throw new ConfigError(error, origin);
    }
    applySettings(this);
    followAclDirectives(this);
    this.memory.startupBytes = this.memory.samplePeak();
  }

  /** Builds a server and lets it listen. Rejects with a clear error when it cannot. */
  static async start(config: Config, log: Logger, options: ServerOptions = {}): Promise<Server> {
    const server = new Server(config, log, options);
    try {
      server.lastWords = watchCrashes(server);
      server.gate.run(() => loadConfiguredModules(server));
      loadUsersAtStart(server);
      await server.listen();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  async listen(): Promise<void> {
    await startMetrics(this);
    const transport = await openTransport(this);
    this.transport = transport;
    this.listeners = await startListening(this, transport);
    this.cron.start();
  }

  /** The module host, created when it is needed first. */
  get modules(): ModuleLoading {
    this.moduleLoading ??= createModules(this);
    return this.moduleLoading;
  }

  /** Port of the first TCP listener without TLS; 0 without one. */
  get port(): number {
    return this.listeners.find((l) => l.port > 0 && !l.tls)?.port ?? 0;
  }

  /** Sets the time that commands see, at the start of a round. */
  updateTime(): void {
    this.nowMs = Date.now();
    this.keyspace.tick(this.nowMs);
    this.clock.lastUs = 0;
  }

  /** Sets the time again after a command, `clockUs` of clock.now(), once a millisecond: a command sees its own time. */
  refreshTime(clockUs: number): void {
    if (clockUs < this.refreshAtUs) return;
    this.refreshAtUs = clockUs + 1000;
    this.nowMs = Date.now();
    this.keyspace.tick(this.nowMs);
  }

  /** Runs `fn` when no module thread holds the lock; what it throws ends in `faults`. */
  runLocked(fn: () => void): void {
    this.gate.run(() =>
      this.faults.guard(() => {
        if (!this.inRound) this.updateTime();
        fn();
      }),
    );
  }

  /**
   * Runs a command line for a client without a connection and returns the reply in that client's protocol.
   * The command must not block.
   */
  callInternal(c: Client, args: Args): Buffer {
    const from = c.out.pos;
    const outerArgs = c.args;
    c.args = args;
    try {
      runCommand(this, c);
    } finally {
      c.args = outerArgs;
    }
    const reply = c.out.take(from);
    c.out.pos = from;
    return reply;
  }

  /** Runs a command line for a client without a connection, as if it had come from one; it may have to wait. */
  runInternal(c: Client, args: Args): void {
    c.args = args;
    if (this.filters !== null) this.filters(c);
    runCommand(this, c);
  }

  /** A client without a connection, with its own writer. Whoever can wait for its replies lets it block. */
  createInternalClient(): Client {
    const out = new ReplyWriter(1024);
    out.onError = this.out.onError;
    const c = new Client(this, this.connections.nextId(), null, out);
    c.flags |= CLIENT_DENY_BLOCKING;
    return c;
  }

  /** Stops listening, closes all connections, frees everything. Safe to call more than once. */
  close(): Promise<void> {
    return this.lifetime.end();
  }
}
