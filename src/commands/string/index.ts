/** The string group. */
import type { CommandSpec } from '../spec.ts';
import { getCommands } from './get.ts';
import { incrCommands } from './incr.ts';
import { lcsCommands } from './lcs.ts';
import { rangeCommands } from './range.ts';
import { setCommands } from './set-commands.ts';

export const stringCommands: readonly CommandSpec[] = [
  ...getCommands,
  ...setCommands,
  ...incrCommands,
  ...rangeCommands,
  ...lcsCommands,
];
