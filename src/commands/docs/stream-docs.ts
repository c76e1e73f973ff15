/** Documentation of the commands for streams. */
import type { DocsTable } from './doc.ts';

export const streamDocs: DocsTable = {
  xadd: {
    summary: 'Adds an entry to a stream, which is made if need be.',
    since: '5.0.0',
    group: 'stream',
    complexity: 'O(1) when adding an entry, O(N) when trimming where N is the number of entries removed.',
    history: [
      ['6.2.0', 'Added the options NOMKSTREAM, MINID and LIMIT.'],
      ['7.0.0', 'The sequence of an ID can be left to the server: ms-*.'],
    ],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'nomkstream', type: 'pure-token', token: 'NOMKSTREAM', since: '6.2.0', flags: ['optional'] },
      {
        name: 'trim',
        type: 'block',
        flags: ['optional'],
        args: [
          {
            name: 'strategy',
            type: 'oneof',
            args: [
              { name: 'maxlen', type: 'pure-token', token: 'MAXLEN' },
              { name: 'minid', type: 'pure-token', token: 'MINID', since: '6.2.0' },
            ],
          },
          {
            name: 'operator',
            type: 'oneof',
            flags: ['optional'],
            args: [
              { name: 'equal', type: 'pure-token', token: '=' },
              { name: 'approximately', type: 'pure-token', token: '~' },
            ],
          },
          { name: 'threshold', type: 'string' },
          { name: 'count', type: 'integer', token: 'LIMIT', since: '6.2.0', flags: ['optional'] },
        ],
      },
      {
        name: 'id_or_auto',
        type: 'oneof',
        args: [
          { name: 'auto_id', type: 'pure-token', token: '*' },
          { name: 'id', type: 'string' },
        ],
      },
      {
        name: 'field_value',
        type: 'block',
        flags: ['multiple'],
        args: [
          { name: 'field', type: 'string' },
          { name: 'value', type: 'string' },
        ],
      },
    ],
  },
  xtrim: {
    summary: 'Removes entries from the start of a stream.',
    since: '5.0.0',
    group: 'stream',
    complexity: 'O(N) where N is the number of entries removed; whole nodes go at once.',
    history: [['6.2.0', 'Added MINID and LIMIT.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'trim',
        type: 'block',
        args: [
          {
            name: 'strategy',
            type: 'oneof',
            args: [
              { name: 'maxlen', type: 'pure-token', token: 'MAXLEN' },
              { name: 'minid', type: 'pure-token', token: 'MINID', since: '6.2.0' },
            ],
          },
          {
            name: 'operator',
            type: 'oneof',
            flags: ['optional'],
            args: [
              { name: 'equal', type: 'pure-token', token: '=' },
              { name: 'approximately', type: 'pure-token', token: '~' },
            ],
          },
          { name: 'threshold', type: 'string' },
          { name: 'count', type: 'integer', token: 'LIMIT', since: '6.2.0', flags: ['optional'] },
        ],
      },
    ],
  },
  xlen: {
    summary: 'Returns how many entries a stream has.',
    since: '5.0.0',
    group: 'stream',
    complexity: 'O(1)',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  xrange: {
    summary: 'Returns the entries of a stream within two IDs.',
    since: '5.0.0',
    group: 'stream',
    complexity: 'O(N) where N is the number of entries returned.',
    history: [['6.2.0', 'Edges can be left out of the range.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'start', type: 'string' },
      { name: 'end', type: 'string' },
      { name: 'count', type: 'integer', token: 'COUNT', flags: ['optional'] },
    ],
  },
  xrevrange: {
    summary: 'Returns the entries of a stream within two IDs, the last one first.',
    since: '5.0.0',
    group: 'stream',
    complexity: 'O(N) where N is the number of entries returned.',
    history: [['6.2.0', 'Edges can be left out of the range.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'end', type: 'string' },
      { name: 'start', type: 'string' },
      { name: 'count', type: 'integer', token: 'COUNT', flags: ['optional'] },
    ],
  },
  xdel: {
    summary: 'Deletes entries of a stream by their IDs.',
    since: '5.0.0',
    group: 'stream',
    complexity: 'O(1) for each entry, whatever the size of the stream.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'id', type: 'string', flags: ['multiple'] },
    ],
  },
  xsetid: {
    summary: 'Sets the last ID of a stream. For internal use.',
    since: '5.0.0',
    group: 'stream',
    complexity: 'O(1)',
    history: [['7.0.0', 'Added the options ENTRIESADDED and MAXDELETEDID.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'last-id', type: 'string' },
      { name: 'entries_added', type: 'integer', token: 'ENTRIESADDED', since: '7.0.0', flags: ['optional'] },
      { name: 'max_deleted_entry_id', type: 'string', token: 'MAXDELETEDID', since: '7.0.0', flags: ['optional'] },
    ],
  },
  xread: {
    summary: 'Returns entries above given IDs of several streams, and can wait for them.',
    since: '5.0.0',
    group: 'stream',
    complexity: 'O(N) where N is the number of entries returned.',
    args: [
      { name: 'count', type: 'integer', token: 'COUNT', flags: ['optional'] },
      { name: 'milliseconds', type: 'integer', token: 'BLOCK', flags: ['optional'] },
      {
        name: 'streams',
        type: 'block',
        token: 'STREAMS',
        args: [
          { name: 'key', type: 'key', keySpecIndex: 0, flags: ['multiple'] },
          { name: 'id', type: 'string', flags: ['multiple'] },
        ],
      },
    ],
  },
};
