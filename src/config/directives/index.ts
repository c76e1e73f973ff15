/** The table of all built-in directives. */
import type { Directive } from '../directive.ts';
import { clusterDirectives } from './cluster-directives.ts';
import { generalDirectives } from './general-directives.ts';
import { memoryDirectives } from './memory-directives.ts';
import { networkDirectives } from './network-directives.ts';
import { persistenceDirectives } from './persistence-directives.ts';
import { replicationDirectives } from './replication-directives.ts';
import { securityDirectives } from './security-directives.ts';

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
