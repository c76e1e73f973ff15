/** The server group. */
import type { CommandSpec } from '../spec.ts';
import { aclCommands } from './acl-commands.ts';
import { commandCommands } from './command-commands.ts';
import { configCommands } from './config-commands.ts';
import { databaseCommands } from './database-commands.ts';
import { debugCommands } from './debug.ts';
import { infoCommands } from './info.ts';
import { latencyCommands } from './latency-commands.ts';
import { lolwutCommands } from './lolwut.ts';
import { memoryCommands } from './memory-commands.ts';
import { moduleCommands } from './module-commands.ts';
import { monitorCommands } from './monitor.ts';
import { replconfCommands } from './replconf.ts';
import { roleCommands } from './role.ts';
import { shutdownCommands } from './shutdown.ts';
import { slowlogCommands } from './slowlog-commands.ts';
import { timeCommands } from './time.ts';

export const serverCommands: readonly CommandSpec[] = [
  ...aclCommands,
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
  ...replconfCommands,
  ...roleCommands,
  ...shutdownCommands,
  ...slowlogCommands,
  ...timeCommands,
];
