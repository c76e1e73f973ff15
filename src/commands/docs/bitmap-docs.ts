/** Documentation of the commands for bits of strings. */
import type { CommandArgument, DocsTable } from './doc.ts';

const KEY: CommandArgument = { name: 'key', type: 'key', keySpecIndex: 0 };

/** The unit that positions count. */
const UNIT: CommandArgument = {
  name: 'unit',
  type: 'oneof',
  since: '7.0.0',
  flags: ['optional'],
  args: [
    { name: 'byte', type: 'pure-token', token: 'BYTE' },
    { name: 'bit', type: 'pure-token', token: 'BIT' },
  ],
};

const FIELD: readonly CommandArgument[] = [
  { name: 'encoding', type: 'string' },
  { name: 'offset', type: 'integer' },
];

export const bitmapDocs: DocsTable = {
  setbit: {
    summary: 'Sets or clears a bit of a string, which is lengthened if need be.',
    since: '2.2.0',
    group: 'bitmap',
    complexity: 'O(1)',
    args: [KEY, { name: 'offset', type: 'integer' }, { name: 'value', type: 'integer' }],
  },
  getbit: {
    summary: 'Gives a bit of a string; bits behind its end are 0.',
    since: '2.2.0',
    group: 'bitmap',
    complexity: 'O(1)',
    args: [KEY, { name: 'offset', type: 'integer' }],
  },
  bitcount: {
    summary: 'Counts the bits that are set in a string or a part of it.',
    since: '2.6.0',
    group: 'bitmap',
    complexity: 'O(N) where N is the length of the part.',
    history: [['7.0.0', 'Takes `BYTE` and `BIT`.']],
    args: [
      KEY,
      {
        name: 'range',
        type: 'block',
        flags: ['optional'],
        args: [{ name: 'start', type: 'integer' }, { name: 'end', type: 'integer' }, UNIT],
      },
    ],
  },
  bitpos: {
    summary: 'Finds the first bit with a value in a string or a part of it.',
    since: '2.8.7',
    group: 'bitmap',
    complexity: 'O(N) where N is the length of the part.',
    history: [['7.0.0', 'Takes `BYTE` and `BIT`.']],
    args: [
      KEY,
      { name: 'bit', type: 'integer' },
      {
        name: 'range',
        type: 'block',
        flags: ['optional'],
        args: [
          { name: 'start', type: 'integer' },
          {
            name: 'end-unit-block',
            type: 'block',
            flags: ['optional'],
            args: [{ name: 'end', type: 'integer' }, UNIT],
          },
        ],
      },
    ],
  },
  bitop: {
    summary: 'Combines the bits of several strings and stores the result.',
    since: '2.6.0',
    group: 'bitmap',
    complexity: 'O(N) where N is the length of all strings.',
    args: [
      {
        name: 'operation',
        type: 'oneof',
        args: [
          { name: 'and', type: 'pure-token', token: 'AND' },
          { name: 'or', type: 'pure-token', token: 'OR' },
          { name: 'xor', type: 'pure-token', token: 'XOR' },
          { name: 'not', type: 'pure-token', token: 'NOT' },
        ],
      },
      { name: 'destkey', type: 'key', keySpecIndex: 0 },
      { name: 'key', type: 'key', keySpecIndex: 1, flags: ['multiple'] },
    ],
  },
  bitfield: {
    summary: 'Reads, sets and adds to integers of any width in a string.',
    since: '3.2.0',
    group: 'bitmap',
    complexity: 'O(1) for each operation.',
    args: [
      KEY,
      {
        name: 'operation',
        type: 'oneof',
        flags: ['optional', 'multiple'],
        args: [
          { name: 'get-block', type: 'block', token: 'GET', args: FIELD },
          {
            name: 'write',
            type: 'block',
            args: [
              {
                name: 'overflow-block',
                type: 'oneof',
                token: 'OVERFLOW',
                flags: ['optional'],
                args: [
                  { name: 'wrap', type: 'pure-token', token: 'WRAP' },
                  { name: 'sat', type: 'pure-token', token: 'SAT' },
                  { name: 'fail', type: 'pure-token', token: 'FAIL' },
                ],
              },
              {
                name: 'write-operation',
                type: 'oneof',
                args: [
                  {
                    name: 'set-block',
                    type: 'block',
                    token: 'SET',
                    args: [...FIELD, { name: 'value', type: 'integer' }],
                  },
                  {
                    name: 'incrby-block',
                    type: 'block',
                    token: 'INCRBY',
                    args: [...FIELD, { name: 'increment', type: 'integer' }],
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  },
  bitfield_ro: {
    summary: 'Reads integers of any width in a string.',
    since: '6.0.0',
    group: 'bitmap',
    complexity: 'O(1) for each operation.',
    args: [
      KEY,
      {
        name: 'get-block',
        type: 'block',
        token: 'GET',
        flags: ['optional', 'multiple', 'multiple_token'],
        args: FIELD,
      },
    ],
  },
};
