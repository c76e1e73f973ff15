/** What the stand-alone process does with its surroundings: limits, scores, and what it must not ignore. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Config } from '../../config/config.ts';
import { loadConfig } from '../../config/load.ts';
import { createLoggerWith, type Logger } from './logger.ts';
import { followOomScore } from './oom-score.ts';
import { limitMaxClients, openFilesLimit } from './open-files.ts';

function setting(options: string): { config: Config; log: Logger; lines: string[] } {
  const lines: string[] = [];
  const config = new Config();
  loadConfig(config, { options });
  return { config, lines, log: createLoggerWith('notice', 'classic', (line) => lines.push(line)) };
}

describe('maxclients and open files', () => {
  it('cuts down what does not fit and refuses more', () => {
    const { config, log, lines } = setting('maxclients 1000');
    limitMaxClients(config, log, 532);
    expect(config.num('maxclients')).toBe(500);
    expect(lines.join('')).toContain('maxclients has been reduced to 500');
    expect(config.set([['maxclients', '501']])).toBe(
      "ERR CONFIG SET failed (possibly related to argument 'maxclients') - The operating system is not able to handle " +
        'the specified number of clients, try with 500',
    );
    expect(config.set([['maxclients', '400']])).toBeNull();
    expect(() => limitMaxClients(config, log, 32)).toThrow(/'ulimit -n' of 32 is not enough/);
  });

  it('reads the limit of this process', () => {
    expect(openFilesLimit()).toBeGreaterThan(64);
  });
});

describe('oom-score-adj', () => {
  it('follows the directives and goes back to where it was', () => {
    const folder = mkdtempSync(join(tmpdir(), 'graftis-oom-'));
    const path = join(folder, 'oom_score_adj');
    writeFileSync(path, '100\n');
    const { config, log, lines } = setting('oom-score-adj no');
    followOomScore(config, log, path);
    const score = () => Number(readFileSync(path, 'latin1'));
    const set = (...pair: [string, string]) => config.set([pair]);
    set('oom-score-adj-values', '10 20 30');
    expect(score()).toBe(100);
    set('oom-score-adj', 'relative');
    expect(score()).toBe(110);
    set('oom-score-adj', 'absolute');
    expect(score()).toBe(10);
    set('oom-score-adj-values', '2000 2000 2000');
    expect(score()).toBe(1000);
    set('oom-score-adj', 'no');
    expect(score()).toBe(100);
    rmSync(folder, { recursive: true });
    expect(set('oom-score-adj', 'yes')).toContain('Failed to set current oom_score_adj. Check server logs.');
    expect(lines[0]).toContain('No such file or directory');
  });
});
