/** The server group. */
import type { CommandSpec } from '../types.ts';
import { commandCommands } from './command.ts';

export const serverCommands: readonly CommandSpec[] = [...commandCommands];
