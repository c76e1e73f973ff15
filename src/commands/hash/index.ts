/** The hash group. */
import type { CommandSpec } from '../spec.ts';
import { combinedCommands } from './combined-commands.ts';
import { hashExpireCommands } from './expire-commands.ts';
import { fieldCommands } from './field-commands.ts';
import { hincrCommands } from './hincr-commands.ts';
import { hashScanCommands } from './hscan-commands.ts';

export const hashCommands: readonly CommandSpec[] = [
  ...fieldCommands,
  ...hincrCommands,
  ...hashScanCommands,
  ...hashExpireCommands,
  ...combinedCommands,
];
