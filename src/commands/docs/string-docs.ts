/** Documentation of the commands for strings: GET and SET with their relatives. */
import type { DocsTable } from './doc.ts';

export const stringDocs: DocsTable = {
  get: {
    summary: 'Gives the string of a key.',
    since: '1.0.0',
    group: 'string',
    complexity: 'O(1)',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  getdel: {
    summary: 'Gives the string of a key and deletes the key.',
    since: '6.2.0',
    group: 'string',
    complexity: 'O(1)',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  getex: {
    summary: 'Gives the string of a key and sets or removes its expiration.',
    since: '6.2.0',
    group: 'string',
    complexity: 'O(1)',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'expiration',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'seconds', type: 'integer', token: 'EX' },
          { name: 'milliseconds', type: 'integer', token: 'PX' },
          { name: 'unix-time-seconds', type: 'unix-time', token: 'EXAT' },
          { name: 'unix-time-milliseconds', type: 'unix-time', token: 'PXAT' },
          { name: 'persist', type: 'pure-token', token: 'PERSIST' },
        ],
      },
    ],
  },
  getset: {
    summary: 'Sets a key to a new string and gives the one before.',
    since: '1.0.0',
    group: 'string',
    complexity: 'O(1)',
    docFlags: ['deprecated'],
    deprecatedSince: '6.2.0',
    replacedBy: '`SET` with the `!GET` argument',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'value', type: 'string' },
    ],
  },
  mget: {
    summary: 'Gives the strings of several keys.',
    since: '1.0.0',
    group: 'string',
    complexity: 'O(N) where N is the number of keys.',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0, flags: ['multiple'] }],
  },
  mset: {
    summary: 'Sets several keys to their strings in one step.',
    since: '1.0.1',
    group: 'string',
    complexity: 'O(N) where N is the number of keys.',
    args: [
      {
        name: 'data',
        type: 'block',
        flags: ['multiple'],
        args: [
          { name: 'key', type: 'key', keySpecIndex: 0 },
          { name: 'value', type: 'string' },
        ],
      },
    ],
  },
  msetnx: {
    summary: 'Sets several keys to their strings in one step, provided that none of them exists.',
    since: '1.0.1',
    group: 'string',
    complexity: 'O(N) where N is the number of keys.',
    args: [
      {
        name: 'data',
        type: 'block',
        flags: ['multiple'],
        args: [
          { name: 'key', type: 'key', keySpecIndex: 0 },
          { name: 'value', type: 'string' },
        ],
      },
    ],
  },
  psetex: {
    summary: 'Sets a key to a string that expires after some milliseconds.',
    since: '2.6.0',
    group: 'string',
    complexity: 'O(1)',
    docFlags: ['deprecated'],
    deprecatedSince: '2.6.12',
    replacedBy: '`SET` with the `PX` argument',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'milliseconds', type: 'integer' },
      { name: 'value', type: 'string' },
    ],
  },
  set: {
    summary: 'Sets a key to a string, whatever it held before.',
    since: '1.0.0',
    group: 'string',
    complexity: 'O(1)',
    history: [
      ['2.6.12', 'Options EX, PX, NX and XX.'],
      ['6.0.0', 'Option KEEPTTL.'],
      ['6.2.0', 'Options GET, EXAT and PXAT.'],
      ['7.0.0', 'NX and GET may be given together.'],
    ],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'value', type: 'string' },
      {
        name: 'condition',
        type: 'oneof',
        since: '2.6.12',
        flags: ['optional'],
        args: [
          { name: 'nx', type: 'pure-token', token: 'NX' },
          { name: 'xx', type: 'pure-token', token: 'XX' },
        ],
      },
      { name: 'get', type: 'pure-token', token: 'GET', since: '6.2.0', flags: ['optional'] },
      {
        name: 'expiration',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'seconds', type: 'integer', token: 'EX', since: '2.6.12' },
          { name: 'milliseconds', type: 'integer', token: 'PX', since: '2.6.12' },
          { name: 'unix-time-seconds', type: 'unix-time', token: 'EXAT', since: '6.2.0' },
          { name: 'unix-time-milliseconds', type: 'unix-time', token: 'PXAT', since: '6.2.0' },
          { name: 'keepttl', type: 'pure-token', token: 'KEEPTTL', since: '6.0.0' },
        ],
      },
    ],
  },
  setex: {
    summary: 'Sets a key to a string that expires after some seconds.',
    since: '2.0.0',
    group: 'string',
    complexity: 'O(1)',
    docFlags: ['deprecated'],
    deprecatedSince: '2.6.12',
    replacedBy: '`SET` with the `EX` argument',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'seconds', type: 'integer' },
      { name: 'value', type: 'string' },
    ],
  },
  setnx: {
    summary: 'Sets a key to a string, provided that the key does not exist.',
    since: '1.0.0',
    group: 'string',
    complexity: 'O(1)',
    docFlags: ['deprecated'],
    deprecatedSince: '2.6.12',
    replacedBy: '`SET` with the `NX` argument',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'value', type: 'string' },
    ],
  },
};
