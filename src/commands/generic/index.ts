/** The generic group: commands for keys of any type. */
import type { CommandSpec } from '../spec.ts';
import { dumpCommands } from './dump.ts';
import { expireCommands } from './expire.ts';
import { keyCommands } from './key-commands.ts';
import { objectCommands } from './object.ts';
import { renameCommands } from './rename.ts';
import { scanCommands } from './scan.ts';
import { sortCommands } from './sort.ts';
import { ttlCommands } from './ttl.ts';
import { waitCommands } from './wait.ts';

export const genericCommands: readonly CommandSpec[] = [
  ...keyCommands,
  ...scanCommands,
  ...renameCommands,
  ...expireCommands,
  ...ttlCommands,
  ...objectCommands,
  ...sortCommands,
  ...dumpCommands,
  ...waitCommands,
];
