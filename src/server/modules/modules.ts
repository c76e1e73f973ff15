/** The modules of a server: when their host comes into being, the modules that the configuration names, INFO. */
import { refuseUnknown } from '../../config/load.ts';
import { fromByteString, quoteArg, toByteString } from '../../config/text.ts';
import { nativeStackBytes, nativeUnavailable, WANTED_STACK_BYTES } from '../../memory/native.ts';
import { apiTable } from '../../module/api/index.ts';
import { ModuleHost } from '../../module/host.ts';
import { moduleInfoSections } from '../../module/info-sections.ts';
import type { Module } from '../../module/module.ts';
import type { Server } from '../server.ts';
import { ServerModuleEnv } from './module-env.ts';
import { type ModuleDescription, type ModuleLoading, NoModules } from './module-loading.ts';
import { ModuleMemory } from './module-memory.ts';
import { startWatchdog } from './watchdog.ts';

/** Bits of RM_SetModuleOptions as INFO spells them. */
const OPTION_NAMES: readonly (readonly [bit: number, name: string])[] = [
  [1, 'handle-io-errors'],
  [4, 'handle-repl-async-load'],
  [2, 'no-implicit-signal-modified'],
];

/** What the server loads modules with, made when it is needed first. */
export function createModules(server: Server): ModuleLoading {
  const refusal = nativeUnavailable ?? apiUnavailable();
  if (refusal !== null) return new NoModules(refusal, server.log);
  if (nativeStackBytes < WANTED_STACK_BYTES) {
    server.log.warning(
      `WARNING: modules run on a stack of ${nativeStackBytes >> 10} KiB instead of ${WANTED_STACK_BYTES >> 10} KiB: ` +
        'another part of this program had called native code before graftis was loaded',
    );
  }
  return createModuleHost(server);
}

/** Why the module API cannot be registered with this process; null when it is. */
function apiUnavailable(): string | null {
  try {
    apiTable();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Creates the module host of a server. It registers the whole API with the process (about a millisecond), hence not
 * before somebody can load a module.
 */
function createModuleHost(server: Server): ModuleHost {
  const memory = new ModuleMemory();
  server.memory.modules = memory;
  server.cron.tasks.push(() => memory.follow());
  const host = new ModuleHost(new ServerModuleEnv(server), typeof server.nativeShim !== 'string');
  const { gate } = server;
  // In the middle of a round the loop is a holder of the lock from now on.
  if (gate.held) host.lock.tryEnter();
  gate.gate = host.lock;
  host.lock.runPending = () => gate.released();
  gate.onReleased = () => server.faults.guard(() => server.units.run(() => {}));
  server.loadedModules = () => host.list().map(describe);
  server.infoProviders.push({
    moduleLines: () => [...host.list().map(infoLine), ...misuseLines(host)],
    sections: (wanted) => moduleInfoSections(host, wanted),
  });
  server.config.setLineSource('loadmodule', () => host.list().map(configLine));
  startWatchdog(server, host.contexts.activity);
  server.lastWords?.follow(host.contexts.activity);
  server.lifetime.onClose(() => endModules(server, host));
  return host;
}

/** How long the end of a server waits for threads of modules: for the lock, and for their answers to clients. */
const END_WAIT_MS = 1000;
const END_POLL_MS = 5;
const THREAD_END_WAIT_MS = 30;

/** Polls a condition, while the loop goes on and serves the threads, as long as the end may wait. */
async function soonTrue(condition: () => boolean, untilMs: number): Promise<void> {
  while (!condition() && performance.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, END_POLL_MS));
  }
}

/**
 * Ends the modules of a server: they are told, their threads get a while to answer the clients that wait for them, then
 * everything is taken back. All of it outside of the round that asked for the end, and under the lock if a thread gives
 * it up in time.
 */
async function endModules(server: Server, host: ModuleHost): Promise<void> {
  const { gate } = server;
  const untilMs = performance.now() + END_WAIT_MS;
  await new Promise((resolve) => setImmediate(resolve));
  let told = false;
  server.runLocked(() => {
    told = true;
    for (const fn of server.hooks.shutdown) fn();
  });
  await soonTrue(() => told, untilMs);
  await soonTrue(() => !host.hasBlockedClients, untilMs);
  // A thread that has answered may need a moment to end.
  await soonTrue(() => !host.hasThreads, Math.min(untilMs, performance.now() + THREAD_END_WAIT_MS));
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    host.close();
  };
  server.runLocked(end);
  await soonTrue(() => ended, performance.now() + END_WAIT_MS / 2);
  gate.gate = null;
  end();
}

/**
 * Loads what `loadmodule` lines name, in their order. Throws when one of them cannot be loaded, or when none brings a
 * directive that the configuration has a line for.
 */
export function loadConfiguredModules(server: Server): void {
  const { config, log } = server;
  server.startingModules = config.loadModules.length > 0;
  for (const { args } of config.loadModules) {
    const path = fromByteString(args[0]!);
    const rest = args.slice(1).map((arg) => Buffer.from(arg, 'latin1'));
    if (server.modules.load(path, rest)) continue;
    throw new ModuleLoadError(`Can't load module from ${path}: ${server.modules.refusal ?? 'server aborting'}`);
  }
  server.startingModules = false;
  if (config.moduleValues.size === 0) return;
  refuseUnknown(config);
  for (const name of config.moduleValues.keys()) log.warning(`Unused Module Configuration: ${name}`);
  throw new ModuleLoadError(
    'Module Configuration detected without loadmodule directive or no ApplyConfig call: aborting',
  );
}

/** The server cannot start because of a module; the message is Redis's last line. */
export class ModuleLoadError extends Error {}

function describe(module: Module): ModuleDescription {
  return {
    name: toByteString(module.name),
    version: module.version,
    path: toByteString(module.path),
    args: module.args.map((arg) => Buffer.from(arg).toString('latin1')),
  };
}

function infoLine(module: Module): string {
  const list = (names: Iterable<string>) => `[${[...names].join('|')}]`;
  const options = OPTION_NAMES.filter(([bit]) => (module.options & bit) !== 0).map(([, name]) => name);
  return (
    `module:name=${module.name},ver=${module.version},api=${module.apiVersion},filters=${module.filterCount},` +
    `usedby=${list(module.usedBy)},using=${list(module.using)},options=${list(options)}`
  );
}

/** How often each module broke the rules of the API, for those that did. */
function misuseLines(host: ModuleHost): string[] {
  const misused = host.list().filter(({ misuses }) => misuses.count > 0);
  const lines = misused.map(({ name, misuses }) => `module_misuse:name=${name},count=${misuses.count}`);
  return host.misuses.count === 0 ? lines : [...lines, `module_misuse:name=?,count=${host.misuses.count}`];
}

/** The `loadmodule` line that loads the module again, with arguments quoted where they need it. */
function configLine(module: Module): string {
  const words = [toByteString(module.path), ...module.args.map((arg) => Buffer.from(arg).toString('latin1'))];
  return `loadmodule ${words.map((word) => (/^[\w./:@%+=,-]+$/.test(word) ? word : quoteArg(word))).join(' ')}`;
}
