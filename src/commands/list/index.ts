/** The list group. */
import type { CommandSpec } from '../spec.ts';
import { blockingPopCommands } from './blocking-pop.ts';
import { editCommands } from './edit.ts';
import { moveCommands } from './move.ts';
import { popCommands } from './pop.ts';
import { pushCommands } from './push.ts';
import { readCommands } from './read.ts';

export const listCommands: readonly CommandSpec[] = [
  ...pushCommands,
  ...popCommands,
  ...readCommands,
  ...editCommands,
  ...moveCommands,
  ...blockingPopCommands,
];
