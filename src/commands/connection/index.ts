/** The connection group. */
import type { CommandSpec } from '../spec.ts';
import { authCommands } from './auth-commands.ts';
import { clientCommands } from './client-commands.ts';
import { pingCommands } from './ping.ts';
import { sessionCommands } from './session.ts';

export const connectionCommands: readonly CommandSpec[] = [
  ...authCommands,
  ...clientCommands,
  ...pingCommands,
  ...sessionCommands,
];
