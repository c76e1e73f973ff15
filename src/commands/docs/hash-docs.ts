/** Documentation of the commands for hashes. */
import type { DocsTable } from './doc.ts';

export const hashDocs: DocsTable = {
  hdel: {
    summary: 'Removes fields from a hash; the key goes with the last one.',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given.',
    history: [['2.4.0', 'Takes several fields.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'field', type: 'string', flags: ['multiple'] },
    ],
  },
  hexists: {
    summary: 'Tells whether a hash has a field.',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(1)',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'field', type: 'string' },
    ],
  },
  hget: {
    summary: 'Gives the value of a field.',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(1)',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'field', type: 'string' },
    ],
  },
  hgetall: {
    summary: 'Gives all fields of a hash with their values.',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(N) where N is the size of the hash.',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  hincrby: {
    summary: 'Adds to the integer in a field; an absent field counts as 0.',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(1)',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'field', type: 'string' },
      { name: 'increment', type: 'integer' },
    ],
  },
  hincrbyfloat: {
    summary: 'Adds to the number in a field; an absent field counts as 0.',
    since: '2.6.0',
    group: 'hash',
    complexity: 'O(1)',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'field', type: 'string' },
      { name: 'increment', type: 'double' },
    ],
  },
  hkeys: {
    summary: 'Gives the names of all fields.',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(N) where N is the size of the hash.',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  hlen: {
    summary: 'Counts the fields of a hash.',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(1)',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  hmget: {
    summary: 'Gives the values of several fields.',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'field', type: 'string', flags: ['multiple'] },
    ],
  },
  hmset: {
    summary: 'Sets several fields.',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given.',
    docFlags: ['deprecated'],
    deprecatedSince: '4.0.0',
    replacedBy: '`HSET` with multiple field-value pairs',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'data',
        type: 'block',
        flags: ['multiple'],
        args: [
          { name: 'field', type: 'string' },
          { name: 'value', type: 'string' },
        ],
      },
    ],
  },
  hrandfield: {
    summary: 'Gives random fields of a hash.',
    since: '6.2.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given; without a count O(1).',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'options',
        type: 'block',
        flags: ['optional'],
        args: [
          { name: 'count', type: 'integer' },
          { name: 'withvalues', type: 'pure-token', token: 'WITHVALUES', flags: ['optional'] },
        ],
      },
    ],
  },
  hscan: {
    summary: 'Goes through the fields of a hash step by step.',
    since: '2.8.0',
    group: 'hash',
    complexity: 'O(1) a call, O(N) for the whole hash of N fields.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'cursor', type: 'integer' },
      { name: 'pattern', type: 'pattern', token: 'MATCH', flags: ['optional'] },
      { name: 'count', type: 'integer', token: 'COUNT', flags: ['optional'] },
      { name: 'novalues', type: 'pure-token', token: 'NOVALUES', flags: ['optional'] },
    ],
  },
  hset: {
    summary: 'Sets fields, creating the key when it is absent.',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given.',
    history: [['4.0.0', 'Takes several pairs.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'data',
        type: 'block',
        flags: ['multiple'],
        args: [
          { name: 'field', type: 'string' },
          { name: 'value', type: 'string' },
        ],
      },
    ],
  },
  hsetnx: {
    summary: 'Sets a field that does not exist.',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(1)',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'field', type: 'string' },
      { name: 'value', type: 'string' },
    ],
  },
  hstrlen: {
    summary: "Gives the length of a field's value.",
    since: '3.2.0',
    group: 'hash',
    complexity: 'O(1)',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'field', type: 'string' },
    ],
  },
  hvals: {
    summary: 'Gives the values of all fields.',
    since: '2.0.0',
    group: 'hash',
    complexity: 'O(N) where N is the size of the hash.',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
};
