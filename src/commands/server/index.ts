/** The server group. */
import type { CommandSpec } from '../types.ts';
import { commandCommands } from './command.ts';
import { configCommands } from './config.ts';
import { databaseCommands } from './databases.ts';
import { infoCommands } from './info.ts';
import { latencyCommands } from './latency.ts';
import { monitorCommands } from './monitor.ts';
import { slowlogCommands } from './slowlog.ts';
import { timeCommands } from './time.ts';

export const serverCommands: readonly CommandSpec[] = [
  ...commandCommands,
  ...configCommands,
  ...databaseCommands,
  ...infoCommands,
  ...latencyCommands,
  ...monitorCommands,
  ...slowlogCommands,
  ...timeCommands,
];
