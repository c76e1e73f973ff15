import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Config } from '../../config/config.ts';
import { loadRecord } from '../../config/load.ts';
import { classicLine, createEmbeddedLogger, createLogger, createLoggerWith, fileSink, silentLogger } from './logger.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graftis-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function collect(
  level: 'debug' | 'verbose' | 'notice' | 'warning' | 'nothing',
  format: 'classic' | 'json' = 'classic',
) {
  const lines: string[] = [];
  return { lines, logger: createLoggerWith(level, format, (text) => lines.push(text)) };
}

describe('classic log', () => {
  it("has Redis's line", () => {
    const at = new Date(2026, 0, 5, 7, 8, 9, 12);
    expect(classicLine('S', 40, 'hello', at)).toBe(`${process.pid}:S 05 Jan 2026 07:08:09.012 # hello\n`);
  });

  it('marks levels and role', () => {
    const { lines, logger } = collect('debug');
    logger.debug('a');
    logger.verbose('b %s {"x"}');
    logger.setRole('C');
    logger.notice('c');
    logger.warning('d');
    const shape = /^\d+:([MSCX]) \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3} ([.*#-]) (.*)\n$/;
    expect(lines.map((line) => shape.exec(line)?.slice(1))).toEqual([
      ['M', '.', 'a'],
      ['M', '-', 'b %s {"x"}'],
      ['C', '*', 'c'],
      ['C', '#', 'd'],
    ]);
  });

  it('writes only lines of its level and above, raw text as it is', () => {
    const { lines, logger } = collect('warning');
    logger.notice('no');
    logger.raw('notice', 'no');
    logger.raw('warning', 'a\nb');
    expect(lines).toEqual(['a\nb']);
    logger.setLevel('nothing');
    logger.warning('no');
    expect(logger.enabled('warning')).toBe(false);
    expect(lines).toHaveLength(1);
  });
});

describe('json log', () => {
  it('is one object per line', () => {
    const { lines, logger } = collect('notice', 'json');
    logger.warning('say "hi"\n');
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'warning', pid: process.pid, role: 'M', msg: 'say "hi"\n' });
    expect(lines[0]).toMatch(/"time":\d+/);
  });
});

describe('log file', () => {
  it('is opened again when it was moved away, and never throws', () => {
    const path = join(folder, 'x.log');
    const logger = createLoggerWith('notice', 'classic', fileSink(path));
    logger.notice('one');
    renameSync(path, `${path}.1`);
    logger.notice('two');
    expect(readFileSync(path, 'utf8')).toMatch(/\* two\n$/);
    rmSync(folder, { recursive: true });
    logger.notice('three');
    expect(existsSync(path)).toBe(false);
  });
});

describe('log of a configuration', () => {
  it('finds its file from dir and follows loglevel', () => {
    const config = new Config();
    loadRecord(config, { dir: folder, logfile: 'x.log' });
    const logger = createLogger(config);
    logger.verbose('hidden');
    expect(config.set([['loglevel', 'verbose']])).toBeNull();
    logger.verbose('shown');
    expect(readFileSync(join(folder, 'x.log'), 'utf8')).toMatch(/^\S+ [^\n]* - shown\n$/);
  });

  it('is silent in an embedded server unless asked for', () => {
    expect(createEmbeddedLogger(new Config())).toBe(silentLogger);
    const config = new Config();
    loadRecord(config, { loglevel: 'debug' });
    expect(createEmbeddedLogger(config)).not.toBe(silentLogger);
  });
});
