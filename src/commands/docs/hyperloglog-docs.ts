/** Documentation of the commands for HyperLogLogs. */
import type { DocsTable } from './doc.ts';

export const hyperloglogDocs: DocsTable = {
  pfadd: {
    summary: 'Adds elements to a HyperLogLog, which is made if need be.',
    since: '2.8.9',
    group: 'hyperloglog',
    complexity: 'O(1) for each element.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'element', type: 'string', flags: ['optional', 'multiple'] },
    ],
  },
  pfcount: {
    summary: 'Estimates how many different elements HyperLogLogs have seen.',
    since: '2.8.9',
    group: 'hyperloglog',
    complexity: 'O(1) for one key whose estimate is cached; O(N) for N keys, with a large constant.',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0, flags: ['multiple'] }],
  },
  pfmerge: {
    summary: 'Merges HyperLogLogs into one.',
    since: '2.8.9',
    group: 'hyperloglog',
    complexity: 'O(N) for N HyperLogLogs, with a large constant.',
    args: [
      { name: 'destkey', type: 'key', keySpecIndex: 0 },
      { name: 'sourcekey', type: 'key', keySpecIndex: 1, flags: ['optional', 'multiple'] },
    ],
  },
  pfdebug: {
    summary: 'Shows the insides of a HyperLogLog, for tests.',
    since: '2.8.9',
    group: 'hyperloglog',
    complexity: 'O(N) where N is the number of registers.',
    docFlags: ['syscmd'],
    args: [
      { name: 'subcommand', type: 'string' },
      { name: 'key', type: 'key', keySpecIndex: 0 },
    ],
  },
  pfselftest: {
    summary: 'Tests HyperLogLogs against their expected error.',
    since: '2.8.9',
    group: 'hyperloglog',
    complexity: 'O(N) where N is the number of registers.',
    docFlags: ['syscmd'],
  },
};
