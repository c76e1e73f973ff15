import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Native callbacks belong to one thread: koffi must not be loaded in worker threads.
    pool: 'forks',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
