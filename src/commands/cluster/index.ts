/** The cluster group. */
export { clusterCommands } from './cluster-commands.ts';
