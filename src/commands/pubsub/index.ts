/** The pubsub group. */
import type { CommandSpec } from '../spec.ts';
import { publishCommands } from './publish.ts';
import { subscribeCommands } from './subscribe.ts';

export const pubsubCommands: readonly CommandSpec[] = [...subscribeCommands, ...publishCommands];
