import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // In worker threads there is no epoll transport.
    pool: 'forks',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
