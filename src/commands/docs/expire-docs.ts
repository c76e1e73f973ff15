/** Documentation of the commands for expiration. */
import type { DocsTable } from './doc.ts';

export const expireDocs: DocsTable = {
  expire: {
    summary: 'Lets a key expire after some seconds.',
    since: '1.0.0',
    group: 'generic',
    complexity: 'O(1)',
    history: [['7.0.0', 'Options NX, XX, GT and LT.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'seconds', type: 'integer' },
      {
        name: 'condition',
        type: 'oneof',
        since: '7.0.0',
        flags: ['optional'],
        args: [
          { name: 'nx', type: 'pure-token', token: 'NX' },
          { name: 'xx', type: 'pure-token', token: 'XX' },
          { name: 'gt', type: 'pure-token', token: 'GT' },
          { name: 'lt', type: 'pure-token', token: 'LT' },
        ],
      },
    ],
  },
  expireat: {
    summary: 'Lets a key expire at a Unix time in seconds.',
    since: '1.2.0',
    group: 'generic',
    complexity: 'O(1)',
    history: [['7.0.0', 'Options NX, XX, GT and LT.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'unix-time-seconds', type: 'unix-time' },
      {
        name: 'condition',
        type: 'oneof',
        since: '7.0.0',
        flags: ['optional'],
        args: [
          { name: 'nx', type: 'pure-token', token: 'NX' },
          { name: 'xx', type: 'pure-token', token: 'XX' },
          { name: 'gt', type: 'pure-token', token: 'GT' },
          { name: 'lt', type: 'pure-token', token: 'LT' },
        ],
      },
    ],
  },
  expiretime: {
    summary: 'Gives the Unix time in seconds at which a key expires.',
    since: '7.0.0',
    group: 'generic',
    complexity: 'O(1)',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  persist: {
    summary: 'Takes the expiration from a key.',
    since: '2.2.0',
    group: 'generic',
    complexity: 'O(1)',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  pexpire: {
    summary: 'Lets a key expire after some milliseconds.',
    since: '2.6.0',
    group: 'generic',
    complexity: 'O(1)',
    history: [['7.0.0', 'Options NX, XX, GT and LT.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'milliseconds', type: 'integer' },
      {
        name: 'condition',
        type: 'oneof',
        since: '7.0.0',
        flags: ['optional'],
        args: [
          { name: 'nx', type: 'pure-token', token: 'NX' },
          { name: 'xx', type: 'pure-token', token: 'XX' },
          { name: 'gt', type: 'pure-token', token: 'GT' },
          { name: 'lt', type: 'pure-token', token: 'LT' },
        ],
      },
    ],
  },
  pexpireat: {
    summary: 'Lets a key expire at a Unix time in milliseconds.',
    since: '2.6.0',
    group: 'generic',
    complexity: 'O(1)',
    history: [['7.0.0', 'Options NX, XX, GT and LT.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'unix-time-milliseconds', type: 'unix-time' },
      {
        name: 'condition',
        type: 'oneof',
        since: '7.0.0',
        flags: ['optional'],
        args: [
          { name: 'nx', type: 'pure-token', token: 'NX' },
          { name: 'xx', type: 'pure-token', token: 'XX' },
          { name: 'gt', type: 'pure-token', token: 'GT' },
          { name: 'lt', type: 'pure-token', token: 'LT' },
        ],
      },
    ],
  },
  pexpiretime: {
    summary: 'Gives the Unix time in milliseconds at which a key expires.',
    since: '7.0.0',
    group: 'generic',
    complexity: 'O(1)',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  pttl: {
    summary: 'Gives the milliseconds until a key expires.',
    since: '2.6.0',
    group: 'generic',
    complexity: 'O(1)',
    history: [['2.8.0', 'Answers -2 for a key that does not exist.']],
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  ttl: {
    summary: 'Gives the seconds until a key expires.',
    since: '1.0.0',
    group: 'generic',
    complexity: 'O(1)',
    history: [['2.8.0', 'Answers -2 for a key that does not exist.']],
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
};
