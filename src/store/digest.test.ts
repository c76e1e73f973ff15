import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { Digest } from './digest.ts';

it('takes parts of any length', () => {
  for (const bytes of [0, 1, 1 << 24, (1 << 24) + 1, 40_000_000]) {
    const part = Buffer.alloc(bytes, 'abcdefg');
    const digest = new Digest();
    digest.xor(part);
    expect(digest.hex).toBe(createHash('sha1').update(part).digest('hex'));
  }
});
