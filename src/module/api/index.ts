// All sections of the API, and the one table made of them.

import { nativeShim } from '../../memory/shim.ts';
import { type ApiFunction, ApiTable } from '../abi/api-table.ts';
import { authentication } from './authentication-api.ts';
import { blocking } from './blocking-api.ts';
import { calls } from './call-api.ts';
import { callReplyFunctions } from './call-replies.ts';
import { cluster } from './cluster-api.ts';
import { commands } from './commands-api.ts';
import { configs } from './configs-api.ts';
import { context } from './context-api.ts';
import { defrag } from './defrag-api.ts';
import { dictionaries } from './dict-api.ts';
import { eventLoop } from './event-loop-api.ts';
import { events } from './events-api.ts';
import { filters } from './filters-api.ts';
import { forShim } from './for-shim.ts';
import { forks } from './fork-api.ts';
import { hashKeys } from './hash-keys-api.ts';
import { info } from './info-api.ts';
import { init } from './init-api.ts';
import { io } from './io-api.ts';
import { keyPositions } from './key-positions.ts';
import { keys } from './keys-api.ts';
import { listKeys } from './list-keys-api.ts';
import { log } from './log-api.ts';
import { memory } from './memory-api.ts';
import { types } from './native-types-api.ts';
import { replication } from './replication-api.ts';
import { replies } from './replies-api.ts';
import { scanning } from './scan-api.ts';
import { serverConfigs } from './server-configs-api.ts';
import { shared } from './shared.ts';
import { streamKeys } from './stream-keys-api.ts';
import { stringKeys } from './string-keys-api.ts';
import { strings } from './strings-api.ts';
import { system } from './system-api.ts';
import { threads } from './threads-api.ts';
import { timers } from './timers-api.ts';
import { userFunctions } from './users-api.ts';
import { yielding } from './yield-api.ts';
import { zsetKeys } from './zset-keys-api.ts';

/** Sections in the order in which documentation lists them. */
export const SECTIONS: readonly { title: string; rows: readonly ApiFunction[] }[] = [
  { title: 'Initialisation', rows: init },
  { title: 'Commands', rows: [...commands, ...keyPositions] },
  { title: 'Memory', rows: memory },
  { title: 'Strings', rows: strings },
  { title: 'Replies', rows: replies },
  { title: 'Keys', rows: keys },
  { title: 'String keys', rows: stringKeys },
  { title: 'List keys', rows: listKeys },
  { title: 'Hash keys', rows: hashKeys },
  { title: 'Sorted set keys', rows: zsetKeys },
  { title: 'Stream keys', rows: streamKeys },
  { title: 'Scanning keys and elements', rows: scanning },
  { title: 'Running commands', rows: [...calls, ...callReplyFunctions] },
  { title: 'Command filters', rows: filters },
  { title: 'Context', rows: context },
  { title: 'Clocks, random bytes, versions', rows: system },
  { title: 'Data types', rows: types },
  { title: 'Saving and loading values', rows: io },
  { title: 'Replication', rows: replication },
  { title: 'INFO', rows: info },
  { title: 'Events', rows: events },
  { title: 'The event loop', rows: eventLoop },
  { title: 'Functions that modules share', rows: shared },
  { title: 'Dictionaries', rows: dictionaries },
  { title: 'Timers', rows: timers },
  { title: 'Blocked clients', rows: blocking },
  { title: 'Directives', rows: configs },
  { title: "The server's directives", rows: serverConfigs },
  { title: 'Users', rows: [...userFunctions, ...authentication] },
  { title: 'Cluster', rows: cluster },
  { title: 'Log', rows: log },
  { title: 'Threads', rows: [...threads, ...yielding] },
  { title: 'Fork children', rows: forks },
  { title: 'Defragmentation', rows: defrag },
];

let table: ApiTable | null = null;

/**
 * The registered API of this process. The first call registers all functions (about a millisecond) and must not happen
 * inside a callback: koffi gives callbacks that are registered there a wrong stack.
 */
export function apiTable(): ApiTable {
  const shim = nativeShim();
  table ??= new ApiTable(
    [...SECTIONS.flatMap((section) => section.rows), ...forShim],
    typeof shim === 'string' ? null : shim,
  );
  return table;
}

/**
 * Takes the API back: koffi's table of callbacks is the whole process's, and test runners evaluate this code once per
 * file. Only where no module is left that could call it.
 */
export function releaseApiTable(): void {
  table?.release();
  table = null;
}
