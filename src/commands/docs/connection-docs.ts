/** Documentation of the commands for connections. */
import type { DocsTable } from './doc.ts';

export const connectionDocs: DocsTable = {
  auth: {
    summary: 'Authenticates the connection.',
    since: '1.0.0',
    group: 'connection',
    complexity: 'O(N) where N is the number of passwords of the user.',
    history: [['6.0.0', 'Takes a user name before the password.']],
    args: [
      { name: 'username', type: 'string', since: '6.0.0', flags: ['optional'] },
      { name: 'password', type: 'string' },
    ],
  },
  echo: {
    summary: 'Sends its argument back.',
    since: '1.0.0',
    group: 'connection',
    complexity: 'O(1)',
    args: [{ name: 'message', type: 'string' }],
  },
  hello: {
    summary: 'Begins a conversation in a version of the protocol.',
    since: '6.0.0',
    group: 'connection',
    complexity: 'O(1)',
    history: [['6.2.0', 'The version of the protocol may be left out.']],
    args: [
      {
        name: 'arguments',
        type: 'block',
        flags: ['optional'],
        args: [
          { name: 'protover', type: 'integer' },
          {
            name: 'auth',
            type: 'block',
            token: 'AUTH',
            flags: ['optional'],
            args: [
              { name: 'username', type: 'string' },
              { name: 'password', type: 'string' },
            ],
          },
          { name: 'clientname', type: 'string', token: 'SETNAME', flags: ['optional'] },
        ],
      },
    ],
  },
  ping: {
    summary: 'Answers that the server is alive.',
    since: '1.0.0',
    group: 'connection',
    complexity: 'O(1)',
    args: [{ name: 'message', type: 'string', flags: ['optional'] }],
  },
  quit: {
    summary: 'Closes the connection.',
    since: '1.0.0',
    group: 'connection',
    complexity: 'O(1)',
    docFlags: ['deprecated'],
    deprecatedSince: '7.2.0',
    replacedBy: 'just closing the connection',
  },
  reset: {
    summary: 'Puts the connection back into the state of a new one.',
    since: '6.2.0',
    group: 'connection',
    complexity: 'O(1)',
  },
  select: {
    summary: 'Chooses the database of the connection.',
    since: '1.0.0',
    group: 'connection',
    complexity: 'O(1)',
    args: [{ name: 'index', type: 'integer' }],
  },
};
