// Rows of `npm run bench` on streams. `setup`: commands run before each measurement, outside of it.

const ENTRIES = 100_000;

const entries = (key, count) => [
  ['DEL', key],
  ...Array.from({ length: count }, (_, i) => ['XADD', key, `1-${i + 1}`, 'sensor', '1234', 'temperature', '19.8']),
];
/** A stream of which a group has read everything, or nothing yet. */
const grouped = (key, read) => [
  ...entries(key, ENTRIES),
  ['XGROUP', 'CREATE', key, 'group', '0'],
  ...(read ? [['XREADGROUP', 'GROUP', 'group', 'consumer', 'STREAMS', key, '>']] : []),
];

export const streamTests = {
  XADD: {
    args: ['XADD', 'stream:add', '*', 'sensor', '1234', 'temperature', '19.8'],
    weight: 2,
    setup: [['DEL', 'stream:add']],
  },
  XADD_MAXLEN: {
    args: ['XADD', 'stream:capped', 'MAXLEN', '~', '1000', '*', 'sensor', '1234', 'temperature', '19.8'],
    weight: 2,
  },
  XRANGE_100: {
    args: ['XRANGE', 'stream:1000', '-', '+', 'COUNT', '100'],
    weight: 30,
    setup: entries('stream:1000', 1000),
  },
  XREADGROUP: {
    args: ['XREADGROUP', 'GROUP', 'group', 'consumer', 'COUNT', '1', 'STREAMS', 'stream:new', '>'],
    weight: 10,
    setup: grouped('stream:new', false),
  },
  XACK: {
    args: ['-r', String(ENTRIES), 'XACK', 'stream:read', 'group', '1-__rand_int__'],
    weight: 10,
    setup: grouped('stream:read', true),
  },
};
