/** INFO: its sections, and which of them a caller gets. */
import type { CommandClient, CommandServer } from '../command-client.ts';
import type { CommandSpec } from '../spec.ts';
import { infoKeysizes } from './info-keysizes.ts';
import { infoMemory, infoPersistence } from './info-memory.ts';
import { infoClients, infoCluster, infoCpu, infoReplication, infoServer } from './info-server.ts';
import {
  infoCommandstats,
  infoDebug,
  infoErrorstats,
  infoKeyspace,
  infoLatencystats,
  infoStats,
} from './info-stats.ts';
import { heading } from './info-text.ts';

interface Section {
  /** Names it is asked for by. */
  readonly names: readonly string[];
  /** Whether it is part of a plain INFO. */
  readonly byDefault: boolean;
  readonly text: (server: CommandServer) => string;
}

/** In the order of the reply. */
const SECTIONS: readonly Section[] = [
  { names: ['server'], byDefault: true, text: infoServer },
  { names: ['clients'], byDefault: true, text: infoClients },
  { names: ['memory'], byDefault: true, text: infoMemory },
  { names: ['persistence'], byDefault: true, text: infoPersistence },
  { names: ['stats'], byDefault: true, text: infoStats },
  { names: ['replication'], byDefault: true, text: infoReplication },
  { names: ['cpu'], byDefault: true, text: infoCpu },
  { names: ['module_list', 'modules'], byDefault: true, text: infoModules },
  { names: ['commandstats'], byDefault: false, text: infoCommandstats },
  { names: ['errorstats'], byDefault: true, text: infoErrorstats },
  { names: ['latencystats'], byDefault: false, text: infoLatencystats },
  { names: ['cluster'], byDefault: true, text: infoCluster },
  { names: ['keyspace'], byDefault: true, text: infoKeyspace },
];

function infoModules(server: CommandServer): string {
  return heading(
    'Modules',
    server.infoProviders.flatMap((provider) => provider.moduleLines()),
  );
}

/**
 * The text of INFO for the given sections, any letter case; none means the default ones. `all` adds the sections that
 * are not shown by default, `everything` those of modules too. Names that nobody knows give nothing.
 */
export function infoText(server: CommandServer, names: readonly string[]): string {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const everything = wanted.delete('everything');
  const all = wanted.delete('all') || everything;
  if (wanted.delete('default') || names.length === 0) {
    for (const { names: own, byDefault } of SECTIONS) if (byDefault) wanted.add(own[0]!);
  }
  const texts = SECTIONS.filter((each) => all || each.names.some((name) => wanted.has(name))).map(({ text }) =>
    text(server),
  );
  // Names that are left may be sections of modules.
  if (everything || wanted.has('modules') || texts.length < wanted.size || (all && wanted.size > 0)) {
    const scope = everything || wanted.has('modules') ? null : wanted;
    for (const provider of server.infoProviders) texts.push(...provider.sections(scope));
  }
  if (wanted.has('debug')) texts.push(infoDebug(server));
  if (wanted.has('keysizes')) texts.push(infoKeysizes(server));
  return texts.join('\r\n');
}

function info(c: CommandClient): void {
  const { args, out } = c;
  const names: string[] = [];
  for (let i = 1; i < args.argc; i++) names.push(args.latin1(i));
  out.verbatim('txt', infoText(c.server, names));
}

export const infoCommands: readonly CommandSpec[] = [
  {
    name: 'info',
    arity: -1,
    flags: ['loading', 'stale', 'sentinel'],
    categories: ['dangerous'],
    tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
    proc: info,
  },
];
