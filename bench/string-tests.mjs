// Rows of `npm run bench` on bits, HyperLogLogs and SORT. `setup`: commands run before each measurement, outside of it.

const MIB = 1024 * 1024;
const numbers = (count) => Array.from({ length: count }, (_, i) => String((i * 7919) % count));

export const stringTests = {
  // Random numbers have leading zeros, which offsets may not have.
  SETBIT: { args: ['SETBIT', 'bits:__rand_int__', '200', '1'], weight: 1 },
  BITCOUNT_1MB: {
    args: ['BITCOUNT', 'bits:1MB'],
    weight: 20,
    setup: [['SET', 'bits:1MB', 'bitcount'.repeat(MIB / 8)]],
  },
  BITOP_1MB: {
    args: ['BITOP', 'AND', 'bits:and', 'bits:1MB', 'bits:other'],
    weight: 20,
    setup: [
      ['SET', 'bits:1MB', 'bitcount'.repeat(MIB / 8)],
      ['SET', 'bits:other', 'operator'.repeat(MIB / 8)],
    ],
  },
  PFADD: { args: ['-r', '1000000', 'PFADD', 'hll', 'element:__rand_int__'], weight: 1, setup: [['DEL', 'hll']] },
  SORT_1000: {
    args: ['SORT', 'sort:1000', 'LIMIT', '0', '10'],
    weight: 20,
    setup: [
      ['DEL', 'sort:1000'],
      ['RPUSH', 'sort:1000', ...numbers(1000)],
    ],
  },
};
