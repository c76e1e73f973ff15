/** The string group. */
import type { CommandSpec } from '../types.ts';
import { getCommands } from './get.ts';

export const stringCommands: readonly CommandSpec[] = [...getCommands];
