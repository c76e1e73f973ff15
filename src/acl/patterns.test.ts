import { expect, test } from 'vitest';
import { fuzz } from '../../test/support/fuzz.ts';
import { globMatch } from '../protocol/glob.ts';
import { KEY_READ, KEY_WRITE } from './key-plan.ts';
import { KeyPattern, Pattern } from './patterns.ts';

test('a pattern matches what its glob does', async () => {
  await fuzz(500, (random) => {
    const word = (letters: string) => Array.from({ length: random.below(6) }, () => random.pick([...letters])).join('');
    for (let i = 0; i < 20; i++) {
      const text = word('ab*?[]\\\u00ff') + random.pick(['', '', '*']);
      const pattern = new Pattern(text);
      const glob = Buffer.from(text, 'latin1');
      const name = Buffer.from(`x${word('ab*?[]\\\u00ff')}`, 'latin1');
      const wanted = globMatch(glob, 0, glob.length, name, 1, name.length, false);
      expect(pattern.matches(name, 1, name.length - 1), `${text} ${name.toString('latin1')}`).toBe(wanted);
    }
  });
});

test('key patterns as rules', () => {
  const rules = (text: string, permissions: number) => {
    const pattern = new KeyPattern(text, permissions);
    return [pattern.describe(), pattern.rule()];
  };
  expect(rules('a*', KEY_READ | KEY_WRITE)).toEqual(['~a*', '~a*']);
  expect(rules('a*', KEY_READ)).toEqual(['%R~a*', '%R~a*']);
  expect(rules('*', KEY_WRITE)).toEqual(['%W~*', '%W~*']);
  expect(rules('*', KEY_READ | KEY_WRITE)).toEqual(['~*', '%RW~*']);
});
