/** Documentation of SORT and SORT_RO. */
import type { CommandArgument, DocsTable } from './doc.ts';

const COMPLEXITY =
  'O(N + M log M) where N is the number of elements and M the number of those that are given; O(N) when nothing is sorted.';

const ARGUMENTS: readonly CommandArgument[] = [
  { name: 'key', type: 'key', keySpecIndex: 0 },
  { name: 'by-pattern', type: 'pattern', display: 'pattern', keySpecIndex: 1, token: 'BY', flags: ['optional'] },
  {
    name: 'limit',
    type: 'block',
    token: 'LIMIT',
    flags: ['optional'],
    args: [
      { name: 'offset', type: 'integer' },
      { name: 'count', type: 'integer' },
    ],
  },
  {
    name: 'get-pattern',
    type: 'pattern',
    display: 'pattern',
    keySpecIndex: 1,
    token: 'GET',
    flags: ['optional', 'multiple', 'multiple_token'],
  },
  {
    name: 'order',
    type: 'oneof',
    flags: ['optional'],
    args: [
      { name: 'asc', type: 'pure-token', token: 'ASC' },
      { name: 'desc', type: 'pure-token', token: 'DESC' },
    ],
  },
  { name: 'sorting', type: 'pure-token', token: 'ALPHA', flags: ['optional'] },
];

export const sortDocs: DocsTable = {
  sort: {
    summary: 'Sorts the elements of a list, a set or a sorted set, and can store the result.',
    since: '1.0.0',
    group: 'generic',
    complexity: COMPLEXITY,
    args: [...ARGUMENTS, { name: 'destination', type: 'key', keySpecIndex: 2, token: 'STORE', flags: ['optional'] }],
  },
  sort_ro: {
    summary: 'Sorts the elements of a list, a set or a sorted set.',
    since: '7.0.0',
    group: 'generic',
    complexity: COMPLEXITY,
    args: ARGUMENTS,
  },
};
