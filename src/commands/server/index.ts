/** The server group. */
import type { CommandSpec } from '../types.ts';
import { commandCommands } from './command.ts';
import { configCommands } from './config.ts';
import { latencyCommands } from './latency.ts';
import { monitorCommands } from './monitor.ts';
import { slowlogCommands } from './slowlog.ts';

export const serverCommands: readonly CommandSpec[] = [
  ...commandCommands,
  ...configCommands,
  ...latencyCommands,
  ...monitorCommands,
  ...slowlogCommands,
];
