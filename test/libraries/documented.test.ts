/** The page about client libraries names the versions that these tests use. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../support/server.ts';

test('docs/clients.md names the tested versions', () => {
  const page = readFileSync(join(repositoryRoot, 'docs', 'clients.md'), 'utf8');
  const lock = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8'));
  const rows = [...page.matchAll(/^\| \[([^\]]+)\]\(https:\/\/www\.npmjs\.com\/[^)]+\) \| ([\d.]+) \|/gm)];
  expect(rows.map(([, name]) => name)).toEqual([
    'ioredis',
    'redis',
    'iovalkey',
    'connect-redis',
    '@socket.io/redis-adapter',
    '@keyv/redis',
  ]);
  for (const [, name, version] of rows) {
    expect(`${name} ${lock.packages[`node_modules/${name}`].version}`).toBe(`${name} ${version}`);
  }
});
