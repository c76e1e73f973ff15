/** The set group. */
import type { CommandSpec } from '../spec.ts';
import { algebraCommands } from './algebra-commands.ts';
import { memberCommands } from './member-commands.ts';
import { randomCommands } from './random-commands.ts';
import { setScanCommands } from './scan-commands.ts';

export const setCommands: readonly CommandSpec[] = [
  ...memberCommands,
  ...randomCommands,
  ...algebraCommands,
  ...setScanCommands,
];
