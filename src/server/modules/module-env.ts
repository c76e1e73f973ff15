/** The server as its modules see it: see `ModuleEnv` in src/module/env.ts. */
import type { CommandDocs } from '../../commands/docs/doc.ts';
import type { CommandEntry } from '../../commands/registry.ts';
import type { CommandSpec } from '../../commands/spec.ts';
import type { Config } from '../../config/config.ts';
import type {
  CallRefusal,
  CallReply,
  LogLevel,
  ModuleCall,
  ModuleClient,
  ModuleEnv,
  PendingCall,
} from '../../module/env.ts';
import type { Args } from '../../protocol/args.ts';
import { BUSY_MODULE, COND_BUSY } from '../execution/conditions.ts';
import type { ForkChildren } from '../observe/fork-children.ts';
import type { Server } from '../server.ts';
import { ServerModuleAccess } from './module-access.ts';
import { ModuleCalls } from './module-call.ts';
import { ServerModuleDescriptors } from './module-descriptors.ts';
import { ServerModuleEvents } from './module-events.ts';
import { ServerModuleFacts } from './module-facts.ts';
import { ServerModuleBlocking, ServerModuleData } from './module-services.ts';

export class ServerModuleEnv implements ModuleEnv {
  readonly data: ServerModuleData;
  readonly blocking: ServerModuleBlocking;
  readonly descriptors: ServerModuleDescriptors;
  readonly clusterEnabled = false;
  readonly access: ServerModuleAccess;
  readonly facts: ServerModuleFacts;
  readonly directives: Config;
  readonly events: ServerModuleEvents;
  readonly forks: ForkChildren;
  private readonly server: Server;
  private readonly calls: ModuleCalls;

  constructor(server: Server) {
    this.server = server;
    this.calls = new ModuleCalls(server);
    this.access = new ServerModuleAccess(server);
    this.directives = server.config;
    this.facts = new ServerModuleFacts(server);
    this.events = new ServerModuleEvents(server);
    this.forks = server.forks;
    this.data = new ServerModuleData(server);
    this.blocking = new ServerModuleBlocking(server);
    this.descriptors = new ServerModuleDescriptors(server);
  }

  fault(error: unknown): void {
    this.server.faults.report(error);
  }

  log(level: LogLevel, message: string): void {
    this.server.log[level](message);
  }

  hasCommand(name: string): boolean {
    return this.server.commands.get(name) !== undefined;
  }

  setCommandFilter(filter: ((client: ModuleClient, internal: boolean) => void) | null): void {
    this.server.filters = filter === null ? null : (c) => filter(c, c.conn === null);
  }

  addCommand(spec: CommandSpec, moduleName: string): void {
    if (!this.server.commands.add(spec, moduleName)) throw new Error(`the command ${spec.name} exists`);
  }

  commandChanged(name: string): void {
    this.server.commands.refresh(name);
  }

  setCommandDocs(fullName: string, docs: CommandDocs): void {
    const entry = this.server.commands.get(fullName);
    if (entry === undefined) throw new Error(`there is no command ${fullName}`);
    entry.docs = docs;
  }

  resolveCommand(args: Args): CommandEntry | null {
    const entry = this.server.commands.resolve(args);
    // A container with an unknown subcommand resolves to the container.
    return entry !== null && entry.subcommands !== null && args.argc > 1 ? null : entry;
  }

  removeCommand(name: string): void {
    this.server.commands.remove(name);
  }

  call(call: ModuleCall): CallReply | CallRefusal | PendingCall | null {
    return this.calls.run(call);
  }

  readsArePlain(): boolean {
    return this.calls.readsArePlain();
  }

  countReads(calls: number, microseconds: number): void {
    this.calls.countReads(calls, microseconds);
  }

  serveOthers(reply: string | null): void {
    const { conditions, transport } = this.server;
    const { mask, busyError } = conditions;
    conditions.set(COND_BUSY, true);
    conditions.busyError = reply === null ? BUSY_MODULE : `BUSY ${reply}`;
    try {
      transport?.poll();
    } finally {
      conditions.set(COND_BUSY, (mask & COND_BUSY) !== 0);
      conditions.busyError = busyError;
    }
  }

  get yieldAfterMs(): number {
    return this.server.config.num('busy-reply-threshold');
  }

  get yieldEveryMs(): number {
    return 1000 / this.server.cron.hz;
  }

  clientById(id: number): ModuleClient | null {
    return this.server.connections.clients.get(id) ?? null;
  }

  schedule(delayMs: number, action: () => void): () => void {
    // setTimeout holds 31 bits of milliseconds: longer waits are armed again.
    const at = performance.now() + delayMs;
    let timer: NodeJS.Timeout;
    const arm = () => {
      timer = setTimeout(fire, Math.min(Math.max(0, at - performance.now()), 0x7fffffff));
      timer.unref();
    };
    const fire = () => {
      if (performance.now() < at) arm();
      else this.server.runLocked(() => this.server.units.run(action));
    };
    arm();
    return () => clearTimeout(timer);
  }

  onCron(action: () => void): () => void {
    const { cron, units } = this.server;
    const { tasks } = cron;
    const task = () => units.run(action);
    tasks.push(task);
    return () => {
      const at = tasks.indexOf(task);
      if (at >= 0) tasks.splice(at, 1);
    };
  }

  configGet(name: string): string | null {
    return this.server.config.find(name)?.format() ?? null;
  }

  configSet(name: string, value: string): string | null {
    const outcome = this.server.config.set([[name, value]]);
    return typeof outcome === 'string' ? outcome : null;
  }
}
