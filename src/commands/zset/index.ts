/** The sorted-set group. */
import type { CommandSpec } from '../spec.ts';
import { zaddCommands } from './zadd.ts';
import { zalgebraCommands } from './zalgebra.ts';
import { zpopCommands } from './zpop.ts';
import { zrandmemberCommands } from './zrandmember.ts';
import { zrangeCommands } from './zrange.ts';
import { zremrangeCommands } from './zremrange.ts';
import { zscanCommands } from './zscan.ts';
import { zscoreCommands } from './zscore.ts';

export const zsetCommands: readonly CommandSpec[] = [
  ...zaddCommands,
  ...zscoreCommands,
  ...zrangeCommands,
  ...zremrangeCommands,
  ...zpopCommands,
  ...zrandmemberCommands,
  ...zscanCommands,
  ...zalgebraCommands,
];
