/** redis.conf.example must load, change nothing, and leave no directive out. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Config } from './config.ts';
import { HIDDEN } from './directive.ts';
import { loadConfig } from './load.ts';

const EXAMPLE = fileURLToPath(new URL('../../redis.conf.example', import.meta.url));
const text = readFileSync(EXAMPLE, 'utf8');
/** Examples: one `#` with the directive right behind it. */
const examples = text.split('\n').flatMap((line) => (/^#[a-z]/.test(line) ? [line.slice(1)] : []));
const active = text.split('\n').filter((line) => /^[a-z]/.test(line));

describe('redis.conf.example', () => {
  it('loads and states the defaults', () => {
    const config = new Config();
    expect(loadConfig(config, { file: EXAMPLE })).toEqual([]);
    expect(config.get(['*'])).toEqual(new Config().get(['*']));
    // Each line counts: a default that is only implied would pass unseen above.
    expect(active.length).toBeGreaterThan(150);
  });

  it.each(examples)('has a usable example: %s', (line) => {
    const config = new Config();
    expect(() => loadConfig(config, { options: line.replace('/var/lib/graftis', '/') })).not.toThrow(
      /Bad directive|wrong number|argument/,
    );
  });

  it('mentions every directive', () => {
    const mentioned = new Set([...active, ...examples].map((line) => line.split(' ')[0]));
    const names = [...new Config().entries()].filter(([name, { directive }]) => {
      return name === directive.name && (directive.flags & HIDDEN) === 0;
    });
    expect(names.map(([name]) => name).filter((name) => !mentioned.has(name))).toEqual([]);
    for (const name of ['include', 'loadmodule', 'user', 'rename-command']) expect(mentioned).toContain(name);
  });
});
