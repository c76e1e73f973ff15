// Rows of `npm run bench` on limits. `directives`: for servers of the row's own.

export const limitTests = {
  // Several times as many keys as there is room for: nearly every SET evicts one.
  SET_MAXMEMORY: {
    args: ['-r', '1000000', 'SET', 'limited:__rand_int__', 'v'.repeat(100)],
    weight: 1,
    directives: ['--maxmemory', '32mb', '--maxmemory-policy', 'allkeys-lru'],
  },
};
