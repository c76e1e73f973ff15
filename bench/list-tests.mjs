// Rows of `npm run bench` on lists. `setup`: commands run before each measurement, outside of it.

const elements = (count) => Array.from({ length: count }, (_, i) => `element:${i}`);
const fill = (key, count) => [
  ['DEL', key],
  ['RPUSH', key, ...elements(count)],
];

export const listTests = {
  // Many short lists: what a cache or a mailbox does.
  RPUSH_SHORT: { args: ['RPUSH', 'short:__rand_int__', 'element'], weight: 1 },
  LPOP_SHORT: { args: ['LPOP', 'short:__rand_int__'], weight: 1 },
  LPUSH: { args: ['-t', 'lpush'], weight: 1, setup: [['DEL', 'mylist']] },
  RPUSH: { args: ['-t', 'rpush'], weight: 1, setup: [['DEL', 'mylist']] },
  RPOP: { args: ['-t', 'rpop'], weight: 1, setup: fill('mylist', 100_000) },
  LRANGE_100: { args: ['LRANGE', 'list:600', '0', '99'], weight: 10, setup: fill('list:600', 600) },
  LRANGE_600: { args: ['LRANGE', 'list:600', '0', '599'], weight: 50, setup: fill('list:600', 600) },
  LINDEX_MIDDLE: { args: ['LINDEX', 'list:10000', '5000'], weight: 5, setup: fill('list:10000', 10_000) },
  LINSERT_MIDDLE: {
    args: ['LINSERT', 'list:10000', 'BEFORE', 'element:5000', 'new'],
    weight: 200,
    setup: fill('list:10000', 10_000),
  },
};
