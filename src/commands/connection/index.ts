/** The connection group. */
import type { CommandSpec } from '../types.ts';
import { authCommands } from './auth.ts';
import { clientCommands } from './client.ts';
import { pingCommands } from './ping.ts';
import { sessionCommands } from './session.ts';

export const connectionCommands: readonly CommandSpec[] = [
  ...authCommands,
  ...clientCommands,
  ...pingCommands,
  ...sessionCommands,
];
