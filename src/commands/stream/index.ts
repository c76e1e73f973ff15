/** The stream group. */
import type { CommandSpec } from '../spec.ts';
import { addCommands } from './add-commands.ts';
import { entryCommands } from './entry-commands.ts';

export const streamCommands: readonly CommandSpec[] = [...addCommands, ...entryCommands];
