/** Documentation of the commands for strings: numbers, parts and comparison. */
import type { DocsTable } from './doc.ts';

export const stringPartsDocs: DocsTable = {
  append: {
    summary: 'Adds a value to the end of a string, creating the key when it is absent.',
    since: '2.0.0',
    group: 'string',
    complexity: 'O(1), amortized: the room of a growing string doubles.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'value', type: 'string' },
    ],
  },
  decr: {
    summary: 'Lowers the integer of a key by one; an absent key counts as 0.',
    since: '1.0.0',
    group: 'string',
    complexity: 'O(1)',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  decrby: {
    summary: 'Lowers the integer of a key by a given number; an absent key counts as 0.',
    since: '1.0.0',
    group: 'string',
    complexity: 'O(1)',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'decrement', type: 'integer' },
    ],
  },
  getrange: {
    summary: 'Gives the part of a string between two offsets.',
    since: '2.4.0',
    group: 'string',
    complexity: 'O(N) where N is the length of the part; close to O(1) for short ones.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'start', type: 'integer' },
      { name: 'end', type: 'integer' },
    ],
  },
  incr: {
    summary: 'Raises the integer of a key by one; an absent key counts as 0.',
    since: '1.0.0',
    group: 'string',
    complexity: 'O(1)',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  incrby: {
    summary: 'Raises the integer of a key by a given number; an absent key counts as 0.',
    since: '1.0.0',
    group: 'string',
    complexity: 'O(1)',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'increment', type: 'integer' },
    ],
  },
  incrbyfloat: {
    summary: 'Raises the floating point number of a key by a given amount; an absent key counts as 0.',
    since: '2.6.0',
    group: 'string',
    complexity: 'O(1)',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'increment', type: 'double' },
    ],
  },
  lcs: {
    summary: 'Finds the longest subsequence that two strings have in common.',
    since: '7.0.0',
    group: 'string',
    complexity: 'O(N*M) where N and M are the lengths of the two strings.',
    args: [
      { name: 'key1', type: 'key', keySpecIndex: 0 },
      { name: 'key2', type: 'key', keySpecIndex: 0 },
      { name: 'len', type: 'pure-token', token: 'LEN', flags: ['optional'] },
      { name: 'idx', type: 'pure-token', token: 'IDX', flags: ['optional'] },
      { name: 'min-match-len', type: 'integer', token: 'MINMATCHLEN', flags: ['optional'] },
      { name: 'withmatchlen', type: 'pure-token', token: 'WITHMATCHLEN', flags: ['optional'] },
    ],
  },
  setrange: {
    summary: 'Overwrites a part of a string from an offset on, creating the key when it is absent.',
    since: '2.2.0',
    group: 'string',
    complexity: 'O(1), besides the copy of the new part: O(M) where M is its length.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'offset', type: 'integer' },
      { name: 'value', type: 'string' },
    ],
  },
  strlen: {
    summary: 'Gives the length of a string.',
    since: '2.2.0',
    group: 'string',
    complexity: 'O(1)',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  substr: {
    summary: 'Gives the part of a string between two offsets.',
    since: '1.0.0',
    group: 'string',
    complexity: 'O(N) where N is the length of the part; close to O(1) for short ones.',
    docFlags: ['deprecated'],
    deprecatedSince: '2.0.0',
    replacedBy: '`GETRANGE`',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'start', type: 'integer' },
      { name: 'end', type: 'integer' },
    ],
  },
};
