/** The server group. */
import type { CommandSpec } from '../types.ts';
import { commandCommands } from './command.ts';
import { configCommands } from './config.ts';
import { databaseCommands } from './databases.ts';
import { debugCommands } from './debug.ts';
import { infoCommands } from './info.ts';
import { latencyCommands } from './latency.ts';
import { lolwutCommands } from './lolwut.ts';
import { memoryCommands } from './memory.ts';
import { moduleCommands } from './module.ts';
import { monitorCommands } from './monitor.ts';
import { roleCommands } from './role.ts';
import { shutdownCommands } from './shutdown.ts';
import { slowlogCommands } from './slowlog.ts';
import { timeCommands } from './time.ts';

export const serverCommands: readonly CommandSpec[] = [
  ...commandCommands,
  ...configCommands,
  ...databaseCommands,
  ...debugCommands,
  ...infoCommands,
  ...latencyCommands,
  ...lolwutCommands,
  ...memoryCommands,
  ...moduleCommands,
  ...monitorCommands,
  ...roleCommands,
  ...shutdownCommands,
  ...slowlogCommands,
  ...timeCommands,
];
