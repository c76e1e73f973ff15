/** The table of all built-in directives. */
import type { Directive } from '../directive.ts';
import { clusterDirectives } from './cluster.ts';
import { generalDirectives } from './general.ts';
import { memoryDirectives } from './memory.ts';
import { networkDirectives } from './network.ts';
import { persistenceDirectives } from './persistence.ts';
import { replicationDirectives } from './replication.ts';
import { securityDirectives } from './security.ts';

export const builtinDirectives: readonly Directive[] = [
  ...networkDirectives,
  ...generalDirectives,
  ...securityDirectives,
  ...persistenceDirectives,
  ...replicationDirectives,
  ...memoryDirectives,
  ...clusterDirectives,
];

/**
 * Names that older files may still hold and that mean nothing any more: one argument, no effect, no CONFIG GET.
 */
export const deprecatedDirectives: ReadonlySet<string> = new Set([
  'list-max-ziplist-entries',
  'list-max-ziplist-value',
  'lua-replicate-commands',
]);
