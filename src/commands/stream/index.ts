/** The stream group. */
import type { CommandSpec } from '../spec.ts';
import { addCommands } from './add-commands.ts';
import { claimCommands } from './claim-commands.ts';
import { entryCommands } from './entry-commands.ts';
import { groupCommands } from './group-commands.ts';
import { infoCommands } from './info-commands.ts';
import { pendingCommands } from './pending-commands.ts';
import { readCommands } from './read-commands.ts';

export const streamCommands: readonly CommandSpec[] = [
  ...addCommands,
  ...entryCommands,
  ...readCommands,
  ...groupCommands,
  ...pendingCommands,
  ...claimCommands,
  ...infoCommands,
];
