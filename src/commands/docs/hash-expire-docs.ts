/** Documentation of the commands for fields that expire. */
import type { DocsTable } from './doc.ts';

export const hashExpireDocs: DocsTable = {
  hexpire: {
    summary: 'Lets fields expire after some seconds.',
    since: '7.4.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'seconds', type: 'integer' },
      {
        name: 'condition',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'nx', type: 'pure-token', token: 'NX' },
          { name: 'xx', type: 'pure-token', token: 'XX' },
          { name: 'gt', type: 'pure-token', token: 'GT' },
          { name: 'lt', type: 'pure-token', token: 'LT' },
        ],
      },
      {
        name: 'fields',
        type: 'block',
        token: 'FIELDS',
        args: [
          { name: 'numfields', type: 'integer' },
          { name: 'field', type: 'string', flags: ['multiple'] },
        ],
      },
    ],
  },
  hexpireat: {
    summary: 'Lets fields expire at a Unix time in seconds.',
    since: '7.4.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'unix-time-seconds', type: 'unix-time' },
      {
        name: 'condition',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'nx', type: 'pure-token', token: 'NX' },
          { name: 'xx', type: 'pure-token', token: 'XX' },
          { name: 'gt', type: 'pure-token', token: 'GT' },
          { name: 'lt', type: 'pure-token', token: 'LT' },
        ],
      },
      {
        name: 'fields',
        type: 'block',
        token: 'FIELDS',
        args: [
          { name: 'numfields', type: 'integer' },
          { name: 'field', type: 'string', flags: ['multiple'] },
        ],
      },
    ],
  },
  hexpiretime: {
    summary: 'Tells at which Unix time in seconds fields expire.',
    since: '7.4.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'fields',
        type: 'block',
        token: 'FIELDS',
        args: [
          { name: 'numfields', type: 'integer' },
          { name: 'field', type: 'string', flags: ['multiple'] },
        ],
      },
    ],
  },
  hpersist: {
    summary: 'Takes the expiry of fields away.',
    since: '7.4.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'fields',
        type: 'block',
        token: 'FIELDS',
        args: [
          { name: 'numfields', type: 'integer' },
          { name: 'field', type: 'string', flags: ['multiple'] },
        ],
      },
    ],
  },
  hpexpire: {
    summary: 'Lets fields expire after some milliseconds.',
    since: '7.4.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'milliseconds', type: 'integer' },
      {
        name: 'condition',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'nx', type: 'pure-token', token: 'NX' },
          { name: 'xx', type: 'pure-token', token: 'XX' },
          { name: 'gt', type: 'pure-token', token: 'GT' },
          { name: 'lt', type: 'pure-token', token: 'LT' },
        ],
      },
      {
        name: 'fields',
        type: 'block',
        token: 'FIELDS',
        args: [
          { name: 'numfields', type: 'integer' },
          { name: 'field', type: 'string', flags: ['multiple'] },
        ],
      },
    ],
  },
  hpexpireat: {
    summary: 'Lets fields expire at a Unix time in milliseconds.',
    since: '7.4.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'unix-time-milliseconds', type: 'unix-time' },
      {
        name: 'condition',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'nx', type: 'pure-token', token: 'NX' },
          { name: 'xx', type: 'pure-token', token: 'XX' },
          { name: 'gt', type: 'pure-token', token: 'GT' },
          { name: 'lt', type: 'pure-token', token: 'LT' },
        ],
      },
      {
        name: 'fields',
        type: 'block',
        token: 'FIELDS',
        args: [
          { name: 'numfields', type: 'integer' },
          { name: 'field', type: 'string', flags: ['multiple'] },
        ],
      },
    ],
  },
  hpexpiretime: {
    summary: 'Tells at which Unix time in milliseconds fields expire.',
    since: '7.4.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'fields',
        type: 'block',
        token: 'FIELDS',
        args: [
          { name: 'numfields', type: 'integer' },
          { name: 'field', type: 'string', flags: ['multiple'] },
        ],
      },
    ],
  },
  hpttl: {
    summary: 'Tells in how many milliseconds fields expire.',
    since: '7.4.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'fields',
        type: 'block',
        token: 'FIELDS',
        args: [
          { name: 'numfields', type: 'integer' },
          { name: 'field', type: 'string', flags: ['multiple'] },
        ],
      },
    ],
  },
  httl: {
    summary: 'Tells in how many seconds fields expire.',
    since: '7.4.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'fields',
        type: 'block',
        token: 'FIELDS',
        args: [
          { name: 'numfields', type: 'integer' },
          { name: 'field', type: 'string', flags: ['multiple'] },
        ],
      },
    ],
  },
  hgetdel: {
    summary: 'Gives the values of fields and removes them.',
    since: '8.0.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'fields',
        type: 'block',
        token: 'FIELDS',
        args: [
          { name: 'numfields', type: 'integer' },
          { name: 'field', type: 'string', flags: ['multiple'] },
        ],
      },
    ],
  },
  hgetex: {
    summary: 'Gives the values of fields and changes when they expire.',
    since: '8.0.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given.',
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
      {
        name: 'fields',
        type: 'block',
        token: 'FIELDS',
        args: [
          { name: 'numfields', type: 'integer' },
          { name: 'field', type: 'string', flags: ['multiple'] },
        ],
      },
    ],
  },
  hsetex: {
    summary: 'Sets fields and when they expire.',
    since: '8.0.0',
    group: 'hash',
    complexity: 'O(N) where N is the number of fields given.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'condition',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'fnx', type: 'pure-token', token: 'FNX' },
          { name: 'fxx', type: 'pure-token', token: 'FXX' },
        ],
      },
      {
        name: 'expiration',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'seconds', type: 'integer', token: 'EX' },
          { name: 'milliseconds', type: 'integer', token: 'PX' },
          { name: 'unix-time-seconds', type: 'unix-time', token: 'EXAT' },
          { name: 'unix-time-milliseconds', type: 'unix-time', token: 'PXAT' },
          { name: 'keepttl', type: 'pure-token', token: 'KEEPTTL' },
        ],
      },
      {
        name: 'fields',
        type: 'block',
        token: 'FIELDS',
        args: [
          { name: 'numfields', type: 'integer' },
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
    ],
  },
};
