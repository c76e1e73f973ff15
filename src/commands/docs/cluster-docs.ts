/** Documentation of CLUSTER and of what clients of a cluster say. */
import type { CommandArgument, CommandDocs, DocsTable } from './doc.ts';

const SLOTS: readonly CommandArgument[] = [{ name: 'slot', type: 'integer', flags: ['multiple'] }];
const SLOT: readonly CommandArgument[] = [{ name: 'slot', type: 'integer' }];
const NODE: readonly CommandArgument[] = [{ name: 'node-id', type: 'string' }];
const RANGES: readonly CommandArgument[] = [
  {
    name: 'range',
    type: 'block',
    flags: ['multiple'],
    args: [
      { name: 'start-slot', type: 'integer' },
      { name: 'end-slot', type: 'integer' },
    ],
  },
];
const PER_NODE = 'O(N) where N is the number of nodes.';
const PER_SLOT = 'O(N) where N is the number of slots.';

function docs(summary: string, since: string, more: Partial<CommandDocs> = {}): CommandDocs {
  return { summary, since, group: 'cluster', complexity: 'O(1)', ...more };
}

/** A choice of words; `optional` when none need be given. */
function words(name: string, ...tokens: readonly string[]): CommandArgument {
  const args = tokens.map((token): CommandArgument => ({ name: token.toLowerCase(), type: 'pure-token', token }));
  return { name, type: 'oneof', flags: ['optional'], args };
}

export const clusterDocs: DocsTable = {
  asking: docs('Lets the next command through to a slot that is being imported.', '3.0.0'),
  readonly: docs('Lets the connection read from a replica, which may lag behind.', '3.0.0'),
  readwrite: docs('Has reads of the connection go to the master again.', '3.0.0'),
  cluster: docs('Groups the commands that deal with a cluster.', '3.0.0', { complexity: 'Depends on the subcommand.' }),
  'cluster|addslots': docs('Makes the node the owner of slots.', '3.0.0', { complexity: PER_SLOT, args: SLOTS }),
  'cluster|addslotsrange': docs('Makes the node the owner of ranges of slots.', '7.0.0', {
    complexity: PER_SLOT,
    args: RANGES,
  }),
  'cluster|bumpepoch': docs('Raises the configuration epoch of the node.', '3.0.0'),
  'cluster|count-failure-reports': docs('Counts the nodes that hold another one to have failed.', '3.0.0', {
    complexity: 'O(N) where N is the number of reports.',
    args: NODE,
  }),
  'cluster|countkeysinslot': docs('Counts the keys of a slot on this node.', '3.0.0', { args: SLOT }),
  'cluster|delslots': docs('Ends the ownership of slots.', '3.0.0', { complexity: PER_SLOT, args: SLOTS }),
  'cluster|delslotsrange': docs('Ends the ownership of ranges of slots.', '7.0.0', {
    complexity: PER_SLOT,
    args: RANGES,
  }),
  'cluster|failover': docs('Has the replica take the place of its master.', '3.0.0', {
    args: [words('options', 'FORCE', 'TAKEOVER')],
  }),
  'cluster|flushslots': docs('Ends the ownership of all slots.', '3.0.0'),
  'cluster|forget': docs('Takes a node out of the table of nodes.', '3.0.0', { args: NODE }),
  'cluster|getkeysinslot': docs('Lists keys of a slot on this node.', '3.0.0', {
    complexity: 'O(N) where N is the number of keys asked for.',
    args: [...SLOT, { name: 'count', type: 'integer' }],
  }),
  'cluster|help': docs('Describes the subcommands.', '5.0.0'),
  'cluster|info': docs('Describes the state of the cluster as the node sees it.', '3.0.0'),
  'cluster|keyslot': docs('Gives the slot of a key.', '3.0.0', {
    complexity: 'O(N) where N is the length of the key.',
    args: [{ name: 'key', type: 'string' }],
  }),
  'cluster|links': docs('Lists the connections to and from other nodes.', '7.0.0', { complexity: PER_NODE }),
  'cluster|meet': docs('Joins the node to the cluster of another one.', '3.0.0', {
    history: [['4.0.0', 'Argument `cluster-bus-port`.']],
    args: [
      { name: 'ip', type: 'string' },
      { name: 'port', type: 'integer' },
      { name: 'cluster-bus-port', type: 'integer', since: '4.0.0', flags: ['optional'] },
    ],
  }),
  'cluster|myid': docs('Gives the id of the node.', '3.0.0'),
  'cluster|myshardid': docs("Gives the id of the node's shard.", '7.2.0'),
  'cluster|nodes': docs('Describes all nodes that the node knows.', '3.0.0', { complexity: PER_NODE }),
  'cluster|replicas': docs('Describes the replicas of a master.', '5.0.0', { args: NODE }),
  'cluster|replicate': docs('Makes the node a replica of a master.', '3.0.0', { args: NODE }),
  'cluster|reset': docs('Has the node forget the cluster.', '3.0.0', {
    complexity: 'O(N) where N is the number of nodes and keys.',
    args: [words('reset-type', 'HARD', 'SOFT')],
  }),
  'cluster|saveconfig': docs("Writes the node's view of the cluster to disk.", '3.0.0'),
  'cluster|set-config-epoch': docs('Gives a new node its configuration epoch.', '3.0.0', {
    args: [{ name: 'config-epoch', type: 'integer' }],
  }),
  'cluster|setslot': docs('Says which node a slot belongs to, or moves to.', '3.0.0', {
    args: [
      ...SLOT,
      {
        name: 'subcommand',
        type: 'oneof',
        args: [
          { name: 'importing', type: 'string', display: 'node-id', token: 'IMPORTING' },
          { name: 'migrating', type: 'string', display: 'node-id', token: 'MIGRATING' },
          { name: 'node', type: 'string', display: 'node-id', token: 'NODE' },
          { name: 'stable', type: 'pure-token', token: 'STABLE' },
        ],
      },
    ],
  }),
  'cluster|shards': docs('Lists the shards with their slots and nodes.', '7.0.0', { complexity: PER_NODE }),
  'cluster|slaves': docs('Older name of CLUSTER REPLICAS.', '3.0.0', {
    docFlags: ['deprecated'],
    deprecatedSince: '5.0.0',
    replacedBy: '`CLUSTER REPLICAS`',
    args: NODE,
  }),
  'cluster|slots': docs('Lists the slots with their nodes.', '3.0.0', {
    complexity: PER_NODE,
    docFlags: ['deprecated'],
    deprecatedSince: '7.0.0',
    replacedBy: '`CLUSTER SHARDS`',
    history: [
      ['4.0.0', 'Ids of nodes.'],
      ['7.0.0', 'More about the networks of nodes.'],
    ],
  }),
};
