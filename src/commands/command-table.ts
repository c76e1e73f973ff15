/** All commands that the server has of itself. A new group adds its line here. */
import { bitmapCommands } from './bitmap/index.ts';
import { clusterCommands } from './cluster/index.ts';
import { connectionCommands } from './connection/index.ts';
import { genericCommands } from './generic/index.ts';
import { geoCommands } from './geo/index.ts';
import { hashCommands } from './hash/index.ts';
import { hyperloglogCommands } from './hyperloglog/index.ts';
import { listCommands } from './list/index.ts';
import { pubsubCommands } from './pubsub/index.ts';
import { serverCommands } from './server/index.ts';
import { setCommands } from './set/index.ts';
import type { CommandSpec } from './spec.ts';
import { streamCommands } from './stream/index.ts';
import { stringCommands } from './string/index.ts';
import { transactionCommands } from './transaction/index.ts';
import { zsetCommands } from './zset/index.ts';

export const commandTable: readonly CommandSpec[] = [
  ...connectionCommands,
  ...stringCommands,
  ...listCommands,
  ...setCommands,
  ...zsetCommands,
  ...hashCommands,
  ...geoCommands,
  ...bitmapCommands,
  ...hyperloglogCommands,
  ...streamCommands,
  ...genericCommands,
  ...transactionCommands,
  ...pubsubCommands,
  ...clusterCommands,
  ...serverCommands,
];
