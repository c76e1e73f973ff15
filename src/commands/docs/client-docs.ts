/** Documentation of CLIENT. */
import type { DocsTable } from './doc.ts';

export const clientDocs: DocsTable = {
  client: {
    summary: 'Groups the commands that deal with connections.',
    since: '2.4.0',
    group: 'connection',
    complexity: 'Depends on the subcommand.',
  },
  'client|caching': {
    summary: 'Says whether the keys of the next command are tracked.',
    since: '6.0.0',
    group: 'connection',
    complexity: 'O(1)',
    args: [
      {
        name: 'mode',
        type: 'oneof',
        args: [
          { name: 'yes', type: 'pure-token', token: 'YES' },
          { name: 'no', type: 'pure-token', token: 'NO' },
        ],
      },
    ],
  },
  'client|getname': {
    summary: 'Gives the name of the connection.',
    since: '2.6.9',
    group: 'connection',
    complexity: 'O(1)',
  },
  'client|getredir': {
    summary: 'Gives the id of the client that receives the invalidation messages of this one.',
    since: '6.0.0',
    group: 'connection',
    complexity: 'O(1)',
  },
  'client|help': { summary: 'Describes the subcommands.', since: '5.0.0', group: 'connection', complexity: 'O(1)' },
  'client|id': { summary: 'Gives the id of the connection.', since: '5.0.0', group: 'connection', complexity: 'O(1)' },
  'client|info': { summary: 'Describes the connection.', since: '6.2.0', group: 'connection', complexity: 'O(1)' },
  'client|kill': {
    summary: 'Closes connections that match.',
    since: '2.4.0',
    group: 'connection',
    complexity: 'O(N) where N is the number of connections.',
    history: [
      ['2.8.12', 'Filters.'],
      ['2.8.12', 'Filter ID.'],
      ['3.2.0', 'Type `master`.'],
      ['5.0.0', 'Type `replica`, of which `slave` is the older name.'],
      ['6.2.0', 'Filter LADDR.'],
      ['7.4.0', 'Filter MAXAGE.'],
    ],
    args: [
      {
        name: 'filter',
        type: 'oneof',
        args: [
          { name: 'old-format', type: 'string', display: 'ip:port', deprecatedSince: '2.8.12' },
          {
            name: 'new-format',
            type: 'oneof',
            flags: ['multiple'],
            args: [
              { name: 'client-id', type: 'integer', token: 'ID', since: '2.8.12', flags: ['optional'] },
              {
                name: 'client-type',
                type: 'oneof',
                token: 'TYPE',
                since: '2.8.12',
                flags: ['optional'],
                args: [
                  { name: 'normal', type: 'pure-token', token: 'normal' },
                  { name: 'master', type: 'pure-token', token: 'master', since: '3.2.0' },
                  { name: 'slave', type: 'pure-token', token: 'slave' },
                  { name: 'replica', type: 'pure-token', token: 'replica', since: '5.0.0' },
                  { name: 'pubsub', type: 'pure-token', token: 'pubsub' },
                ],
              },
              { name: 'username', type: 'string', token: 'USER', flags: ['optional'] },
              { name: 'addr', type: 'string', display: 'ip:port', token: 'ADDR', flags: ['optional'] },
              {
                name: 'laddr',
                type: 'string',
                display: 'ip:port',
                token: 'LADDR',
                since: '6.2.0',
                flags: ['optional'],
              },
              {
                name: 'skipme',
                type: 'oneof',
                token: 'SKIPME',
                flags: ['optional'],
                args: [
                  { name: 'yes', type: 'pure-token', token: 'YES' },
                  { name: 'no', type: 'pure-token', token: 'NO' },
                ],
              },
              { name: 'maxage', type: 'integer', token: 'MAXAGE', since: '7.4.0', flags: ['optional'] },
            ],
          },
        ],
      },
    ],
  },
  'client|list': {
    summary: 'Describes all connections.',
    since: '2.4.0',
    group: 'connection',
    complexity: 'O(N) where N is the number of connections.',
    history: [
      ['2.8.12', 'Each connection has an `id`.'],
      ['5.0.0', 'Option TYPE.'],
      ['6.0.0', 'Field `user`.'],
      ['6.2.0', 'Option ID; fields `argv-mem`, `tot-mem`, `laddr` and `redir`.'],
      ['7.0.0', 'Fields `resp`, `multi-mem`, `rbs` and `rbp`.'],
      ['7.0.3', 'Field `ssub`.'],
    ],
    args: [
      {
        name: 'client-type',
        type: 'oneof',
        token: 'TYPE',
        since: '5.0.0',
        flags: ['optional'],
        args: [
          { name: 'normal', type: 'pure-token', token: 'normal' },
          { name: 'master', type: 'pure-token', token: 'master' },
          { name: 'replica', type: 'pure-token', token: 'replica' },
          { name: 'pubsub', type: 'pure-token', token: 'pubsub' },
        ],
      },
      { name: 'client-id', type: 'integer', token: 'ID', since: '6.2.0', flags: ['optional', 'multiple'] },
    ],
  },
  'client|no-evict': {
    summary: 'Says whether the connection may be closed to save memory.',
    since: '7.0.0',
    group: 'connection',
    complexity: 'O(1)',
    args: [
      {
        name: 'enabled',
        type: 'oneof',
        args: [
          { name: 'on', type: 'pure-token', token: 'ON' },
          { name: 'off', type: 'pure-token', token: 'OFF' },
        ],
      },
    ],
  },
  'client|no-touch': {
    summary: 'Says whether commands of the connection count as accesses of the keys.',
    since: '7.2.0',
    group: 'connection',
    complexity: 'O(1)',
    args: [
      {
        name: 'enabled',
        type: 'oneof',
        args: [
          { name: 'on', type: 'pure-token', token: 'ON' },
          { name: 'off', type: 'pure-token', token: 'OFF' },
        ],
      },
    ],
  },
  'client|pause': {
    summary: 'Holds up the commands of all clients for some time.',
    since: '3.0.0',
    group: 'connection',
    complexity: 'O(1)',
    history: [['6.2.0', 'Modes WRITE and ALL.']],
    args: [
      { name: 'timeout', type: 'integer' },
      {
        name: 'mode',
        type: 'oneof',
        since: '6.2.0',
        flags: ['optional'],
        args: [
          { name: 'write', type: 'pure-token', token: 'WRITE' },
          { name: 'all', type: 'pure-token', token: 'ALL' },
        ],
      },
    ],
  },
  'client|reply': {
    summary: 'Says whether the connection wants replies.',
    since: '3.2.0',
    group: 'connection',
    complexity: 'O(1)',
    args: [
      {
        name: 'action',
        type: 'oneof',
        args: [
          { name: 'on', type: 'pure-token', token: 'ON' },
          { name: 'off', type: 'pure-token', token: 'OFF' },
          { name: 'skip', type: 'pure-token', token: 'SKIP' },
        ],
      },
    ],
  },
  'client|setinfo': {
    summary: 'Stores what the connection tells about its client library.',
    since: '7.2.0',
    group: 'connection',
    complexity: 'O(1)',
    args: [
      {
        name: 'attr',
        type: 'oneof',
        args: [
          { name: 'libname', type: 'string', token: 'lib-name' },
          { name: 'libver', type: 'string', token: 'lib-ver' },
        ],
      },
    ],
  },
  'client|setname': {
    summary: 'Names the connection.',
    since: '2.6.9',
    group: 'connection',
    complexity: 'O(1)',
    args: [{ name: 'connection-name', type: 'string' }],
  },
  'client|tracking': {
    summary: 'Switches the tracking of keys for a client-side cache on or off.',
    since: '6.0.0',
    group: 'connection',
    complexity: 'O(1)',
    args: [
      {
        name: 'status',
        type: 'oneof',
        args: [
          { name: 'on', type: 'pure-token', token: 'ON' },
          { name: 'off', type: 'pure-token', token: 'OFF' },
        ],
      },
      { name: 'client-id', type: 'integer', token: 'REDIRECT', flags: ['optional'] },
      { name: 'prefix', type: 'string', token: 'PREFIX', flags: ['optional', 'multiple', 'multiple_token'] },
      { name: 'BCAST', type: 'pure-token', token: 'BCAST', flags: ['optional'] },
      { name: 'OPTIN', type: 'pure-token', token: 'OPTIN', flags: ['optional'] },
      { name: 'OPTOUT', type: 'pure-token', token: 'OPTOUT', flags: ['optional'] },
      { name: 'NOLOOP', type: 'pure-token', token: 'NOLOOP', flags: ['optional'] },
    ],
  },
  'client|trackinginfo': {
    summary: "Describes the connection's use of tracking.",
    since: '6.2.0',
    group: 'connection',
    complexity: 'O(1)',
  },
  'client|unblock': {
    summary: 'Ends the wait of a blocked client.',
    since: '5.0.0',
    group: 'connection',
    complexity: 'O(log N) where N is the number of connections.',
    args: [
      { name: 'client-id', type: 'integer' },
      {
        name: 'unblock-type',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'timeout', type: 'pure-token', token: 'TIMEOUT' },
          { name: 'error', type: 'pure-token', token: 'ERROR' },
        ],
      },
    ],
  },
  'client|unpause': {
    summary: 'Ends a pause of the clients.',
    since: '6.2.0',
    group: 'connection',
    complexity: 'O(N) where N is the number of paused clients.',
  },
};
