/** The connection group. */
import type { CommandSpec } from '../types.ts';
import { pingCommands } from './ping.ts';

export const connectionCommands: readonly CommandSpec[] = [...pingCommands];
