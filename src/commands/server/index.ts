/** The server group. */
import type { CommandSpec } from '../types.ts';
import { commandCommands } from './command.ts';
import { configCommands } from './config.ts';

export const serverCommands: readonly CommandSpec[] = [...commandCommands, ...configCommands];
