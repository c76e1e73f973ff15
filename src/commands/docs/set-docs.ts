/** Documentation of the commands for sets. */
import type { DocsTable } from './doc.ts';

export const setDocs: DocsTable = {
  sadd: {
    summary: 'Adds members to a set, creating the key when it is absent.',
    since: '1.0.0',
    group: 'set',
    complexity: 'O(N) where N is the number of members given.',
    history: [['2.4.0', 'Takes several members.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'member', type: 'string', flags: ['multiple'] },
    ],
  },
  scard: {
    summary: 'Counts the members of a set.',
    since: '1.0.0',
    group: 'set',
    complexity: 'O(1)',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  sdiff: {
    summary: 'Gives the members of the first set that are in none of the others.',
    since: '1.0.0',
    group: 'set',
    complexity: 'O(N) where N is the number of members of all sets.',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0, flags: ['multiple'] }],
  },
  sdiffstore: {
    summary: 'Stores the members of the first set that are in none of the others.',
    since: '1.0.0',
    group: 'set',
    complexity: 'O(N) where N is the number of members of all sets.',
    args: [
      { name: 'destination', type: 'key', keySpecIndex: 0 },
      { name: 'key', type: 'key', keySpecIndex: 1, flags: ['multiple'] },
    ],
  },
  sinter: {
    summary: 'Gives the members that several sets have in common.',
    since: '1.0.0',
    group: 'set',
    complexity: 'O(N*M) at worst, where N is the size of the smallest set and M the number of sets.',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0, flags: ['multiple'] }],
  },
  sintercard: {
    summary: 'Counts the members that several sets have in common.',
    since: '7.0.0',
    group: 'set',
    complexity: 'O(N*M) at worst, where N is the size of the smallest set and M the number of sets.',
    args: [
      { name: 'numkeys', type: 'integer' },
      { name: 'key', type: 'key', keySpecIndex: 0, flags: ['multiple'] },
      { name: 'limit', type: 'integer', token: 'LIMIT', flags: ['optional'] },
    ],
  },
  sinterstore: {
    summary: 'Stores the members that several sets have in common.',
    since: '1.0.0',
    group: 'set',
    complexity: 'O(N*M) at worst, where N is the size of the smallest set and M the number of sets.',
    args: [
      { name: 'destination', type: 'key', keySpecIndex: 0 },
      { name: 'key', type: 'key', keySpecIndex: 1, flags: ['multiple'] },
    ],
  },
  sismember: {
    summary: 'Tells whether a set has a member.',
    since: '1.0.0',
    group: 'set',
    complexity: 'O(1)',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'member', type: 'string' },
    ],
  },
  smembers: {
    summary: 'Gives all members of a set.',
    since: '1.0.0',
    group: 'set',
    complexity: 'O(N) where N is the size of the set.',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  smismember: {
    summary: 'Tells of each of several members whether a set has it.',
    since: '6.2.0',
    group: 'set',
    complexity: 'O(N) where N is the number of members given.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'member', type: 'string', flags: ['multiple'] },
    ],
  },
  smove: {
    summary: 'Moves a member from one set to another.',
    since: '1.0.0',
    group: 'set',
    complexity: 'O(1)',
    args: [
      { name: 'source', type: 'key', keySpecIndex: 0 },
      { name: 'destination', type: 'key', keySpecIndex: 1 },
      { name: 'member', type: 'string' },
    ],
  },
  spop: {
    summary: 'Takes random members out of a set; the key goes with the last one.',
    since: '1.0.0',
    group: 'set',
    complexity: 'O(N) where N is the number of members taken.',
    history: [['3.2.0', 'Takes a count.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'count', type: 'integer', since: '3.2.0', flags: ['optional'] },
    ],
  },
  srandmember: {
    summary: 'Gives random members of a set.',
    since: '1.0.0',
    group: 'set',
    complexity: 'O(N) where N is the number of members given; without a count O(1).',
    history: [['2.6.0', 'Takes a count.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'count', type: 'integer', since: '2.6.0', flags: ['optional'] },
    ],
  },
  srem: {
    summary: 'Removes members from a set; the key goes with the last one.',
    since: '1.0.0',
    group: 'set',
    complexity: 'O(N) where N is the number of members given.',
    history: [['2.4.0', 'Takes several members.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'member', type: 'string', flags: ['multiple'] },
    ],
  },
  sscan: {
    summary: 'Goes through the members of a set step by step.',
    since: '2.8.0',
    group: 'set',
    complexity: 'O(1) a call, O(N) for the whole set of N members.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'cursor', type: 'integer' },
      { name: 'pattern', type: 'pattern', token: 'MATCH', flags: ['optional'] },
      { name: 'count', type: 'integer', token: 'COUNT', flags: ['optional'] },
    ],
  },
  sunion: {
    summary: 'Gives the members that are in any of several sets.',
    since: '1.0.0',
    group: 'set',
    complexity: 'O(N) where N is the number of members of all sets.',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0, flags: ['multiple'] }],
  },
  sunionstore: {
    summary: 'Stores the members that are in any of several sets.',
    since: '1.0.0',
    group: 'set',
    complexity: 'O(N) where N is the number of members of all sets.',
    args: [
      { name: 'destination', type: 'key', keySpecIndex: 0 },
      { name: 'key', type: 'key', keySpecIndex: 1, flags: ['multiple'] },
    ],
  },
};
