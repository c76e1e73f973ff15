/** Documentation of the commands for the server and its data set as a whole. */
import type { DocsTable } from './doc.ts';

export const serverDocs: DocsTable = {
  dbsize: { summary: 'Counts the keys of the database.', since: '1.0.0', group: 'server', complexity: 'O(1)' },
  debug: {
    summary: 'Groups commands for debugging the server.',
    since: '1.0.0',
    group: 'server',
    complexity: 'Depends on the subcommand.',
    docFlags: ['syscmd'],
  },
  flushall: {
    summary: 'Deletes all keys of all databases.',
    since: '1.0.0',
    group: 'server',
    complexity: 'O(N) where N is the number of keys.',
    history: [
      ['4.0.0', 'Option ASYNC.'],
      ['6.2.0', 'Option SYNC.'],
    ],
    args: [
      {
        name: 'flush-type',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'async', type: 'pure-token', token: 'ASYNC', since: '4.0.0' },
          { name: 'sync', type: 'pure-token', token: 'SYNC', since: '6.2.0' },
        ],
      },
    ],
  },
  flushdb: {
    summary: 'Deletes all keys of the database.',
    since: '1.0.0',
    group: 'server',
    complexity: 'O(N) where N is the number of keys in the database.',
    history: [
      ['4.0.0', 'Option ASYNC.'],
      ['6.2.0', 'Option SYNC.'],
    ],
    args: [
      {
        name: 'flush-type',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'async', type: 'pure-token', token: 'ASYNC', since: '4.0.0' },
          { name: 'sync', type: 'pure-token', token: 'SYNC', since: '6.2.0' },
        ],
      },
    ],
  },
  replicaof: {
    summary: 'Makes the server a replica of another one, or a master.',
    since: '5.0.0',
    group: 'server',
    complexity: 'O(1)',
    args: [
      {
        name: 'args',
        type: 'oneof',
        args: [
          {
            name: 'host-port',
            type: 'block',
            args: [
              { name: 'host', type: 'string' },
              { name: 'port', type: 'integer' },
            ],
          },
          {
            name: 'no-one',
            type: 'block',
            args: [
              { name: 'no', type: 'pure-token', token: 'NO' },
              { name: 'one', type: 'pure-token', token: 'ONE' },
            ],
          },
        ],
      },
    ],
  },
  shutdown: {
    summary: 'Ends the server.',
    since: '1.0.0',
    group: 'server',
    complexity: 'O(N) for saving where N is the number of keys in all databases; O(1) otherwise.',
    history: [['7.0.0', 'Options NOW, FORCE and ABORT.']],
    args: [
      {
        name: 'save-selector',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'nosave', type: 'pure-token', token: 'NOSAVE' },
          { name: 'save', type: 'pure-token', token: 'SAVE' },
        ],
      },
      { name: 'now', type: 'pure-token', token: 'NOW', since: '7.0.0', flags: ['optional'] },
      { name: 'force', type: 'pure-token', token: 'FORCE', since: '7.0.0', flags: ['optional'] },
      { name: 'abort', type: 'pure-token', token: 'ABORT', since: '7.0.0', flags: ['optional'] },
    ],
  },
  slaveof: {
    summary: 'Makes the server a replica of another one, or a master.',
    since: '1.0.0',
    group: 'server',
    complexity: 'O(1)',
    docFlags: ['deprecated'],
    deprecatedSince: '5.0.0',
    replacedBy: '`REPLICAOF`',
    args: [
      {
        name: 'args',
        type: 'oneof',
        args: [
          {
            name: 'host-port',
            type: 'block',
            args: [
              { name: 'host', type: 'string' },
              { name: 'port', type: 'integer' },
            ],
          },
          {
            name: 'no-one',
            type: 'block',
            args: [
              { name: 'no', type: 'pure-token', token: 'NO' },
              { name: 'one', type: 'pure-token', token: 'ONE' },
            ],
          },
        ],
      },
    ],
  },
  swapdb: {
    summary: 'Exchanges the contents of two databases.',
    since: '4.0.0',
    group: 'server',
    complexity: 'O(N) where N is the number of clients that watch or wait for keys of the two databases.',
    args: [
      { name: 'index1', type: 'integer' },
      { name: 'index2', type: 'integer' },
    ],
  },
  failover: {
    summary: 'Hands the role of the master over to a replica, without losing writes.',
    since: '6.2.0',
    group: 'server',
    complexity: 'O(1)',
    args: [
      {
        name: 'target',
        type: 'block',
        token: 'TO',
        flags: ['optional'],
        args: [
          { name: 'host', type: 'string' },
          { name: 'port', type: 'integer' },
          { name: 'force', type: 'pure-token', token: 'FORCE', flags: ['optional'] },
        ],
      },
      { name: 'abort', type: 'pure-token', token: 'ABORT', flags: ['optional'] },
      { name: 'milliseconds', type: 'integer', token: 'TIMEOUT', flags: ['optional'] },
    ],
  },
  replconf: {
    summary: 'Tells a master about the replica that is about to connect.',
    since: '3.0.0',
    group: 'server',
    complexity: 'O(1)',
    docFlags: ['syscmd'],
  },
  lastsave: {
    summary: 'Gives the Unix time of the last successful save.',
    since: '1.0.0',
    group: 'server',
    complexity: 'O(1)',
  },
};
