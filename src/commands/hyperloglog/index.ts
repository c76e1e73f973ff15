/** The hyperloglog group. */
import type { CommandSpec } from '../spec.ts';
import { hllCommands } from './hll-commands.ts';
import { hllDebugCommands } from './hll-debug.ts';

export const hyperloglogCommands: readonly CommandSpec[] = [...hllCommands, ...hllDebugCommands];
