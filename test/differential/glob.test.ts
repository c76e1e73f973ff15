/** Random glob patterns over random keys: globMatch must pick the keys that KEYS of a real redis-server picks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { globMatch } from '../../src/protocol/glob.ts';
import { oracleAvailable } from '../support/availability.ts';
import { fuzz, type Random } from '../support/fuzz.ts';
import type { RespClient } from '../support/resp.ts';
import { startRedis, type TestServer } from '../support/server.ts';

const SUBJECT_BYTES = [
  0, 0x20, 0x2a, 0x3f, 0x5b, 0x5c, 0x5d, 0x5e, 0x41, 0x61, 0x62, 0x63, 0x2d, 0x7f, 0x80, 0xe9, 0xff,
];

function word(random: Random, maxLength: number): Buffer {
  return Buffer.from(Array.from({ length: random.below(maxLength + 1) }, () => random.pick(SUBJECT_BYTES)));
}

function matches(pattern: Buffer, subject: Buffer, ignoreCase = false): boolean {
  // Ranges inside a larger array, so that reading past the ends shows.
  const padded = Buffer.concat([Buffer.from('**'), pattern, Buffer.from('**')]);
  const around = Buffer.concat([Buffer.from('aa'), subject, Buffer.from('aa')]);
  return globMatch(padded, 2, 2 + pattern.length, around, 2, 2 + subject.length, ignoreCase);
}

describe.skipIf(!oracleAvailable())('glob patterns and KEYS', () => {
  let redis: TestServer;
  let client: RespClient;
  beforeAll(async () => {
    redis = await startRedis();
    client = await redis.connect();
  });
  afterAll(() => redis.stop());

  it('agree', async () => {
    await fuzz(8, async (random) => {
      await client.call('FLUSHALL');
      const subjects = [Buffer.alloc(0), ...Array.from({ length: 60 }, () => word(random, 6))];
      for (const subject of subjects) await client.call('SET', subject, '');
      for (let i = 0; i < 100; i++) {
        const pattern = word(random, 8);
        // KEYS takes a lone star as "all keys" without matching.
        if (pattern.toString('latin1') === '*') continue;
        client.send('KEYS', pattern);
        const theirs = (await client.read(true)) as Buffer[];
        const ours = subjects.filter((subject) => matches(pattern, subject));
        const names = (list: readonly Buffer[]) => [...new Set(list.map((bytes) => bytes.toString('hex')))].sort();
        expect(names(ours), `pattern ${pattern.toString('hex')}`).toEqual(names(theirs));
      }
    });
  });
});

describe('glob patterns', () => {
  const text = (pattern: string, subject: string, ignoreCase = false) =>
    matches(Buffer.from(pattern, 'latin1'), Buffer.from(subject, 'latin1'), ignoreCase);

  it('ignore case when asked to, but not behind a backslash in a class', () => {
    expect(text('AB[c-e]?', 'abDx', true)).toBe(true);
    expect(text('AB[c-e]?', 'abDx')).toBe(false);
    expect(text('[\\A]', 'a', true)).toBe(false);
    expect(text('\\A', 'a', true)).toBe(true);
  });

  it('with many stars end soon', () => {
    const stars = `${'a*'.repeat(40)}b`;
    expect(text(stars, 'a'.repeat(5000))).toBe(false);
    expect(text('*'.repeat(5000), 'a')).toBe(true);
    expect(text(`${'*a'.repeat(2000)}`, 'a'.repeat(3000))).toBe(false);
  });
});
