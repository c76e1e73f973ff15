/** The bitmap group. */
import type { CommandSpec } from '../spec.ts';
import { bitRangeCommands } from './bit-ranges.ts';
import { bitfieldCommands } from './bitfield.ts';
import { bitopCommands } from './bitop.ts';
import { singleBitCommands } from './single-bits.ts';

export const bitmapCommands: readonly CommandSpec[] = [
  ...singleBitCommands,
  ...bitRangeCommands,
  ...bitopCommands,
  ...bitfieldCommands,
];
