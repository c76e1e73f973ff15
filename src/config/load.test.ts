import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Config } from './config.ts';
import { ConfigError, loadConfig, loadRecord } from './load.ts';
import { save } from './special.ts';
import { quoteArg, splitArgs } from './text.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graftis-conf-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function load(content: string): Config {
  const config = new Config();
  loadConfig(config, { file: write('main.conf', content) });
  return config;
}

function errorOf(content: string): ConfigError {
  try {
    load(content);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`loaded without error: ${content}`);
}

describe('arguments of a line', () => {
  it.each([
    ['  a\tb  c ', ['a', 'b', 'c']],
    ['"a b" \'c d\'', ['a b', 'c d']],
    ['"\\x41\\n\\r\\t\\b\\a\\q\\"\\x4"', ['A\n\r\t\b\x07q"x4']],
    ["'it\\'s' '\\n'", ["it's", '\\n']],
    ['a"b c"', ['ab c']],
    ['""', ['']],
    ['', []],
  ])('%j', (line, args) => {
    expect(splitArgs(line)).toEqual(args);
  });

  it.each(['"a', "'a", '"a"b', "'a'b", '"a\\"'])('unbalanced: %j', (line) => {
    expect(splitArgs(line)).toBeNull();
  });

  it('every byte survives quoting', () => {
    const all = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
    expect(quoteArg(all)).toMatch(/^[ -~]+$/);
    expect(splitArgs(quoteArg(all))).toEqual([all]);
  });
});

describe('sources', () => {
  it('come in the order file, stdin, command line', () => {
    const config = new Config();
    loadConfig(config, {
      file: write('a.conf', 'hz 11\ntimeout 1\nmaxmemory 1\n'),
      stdin: 'hz 12\ntimeout 2',
      options: 'hz "13"',
    });
    expect([config.num('hz'), config.num('timeout'), config.num('maxmemory')]).toEqual([13, 2, 1]);
    expect(config.configFile).toBe(join(folder, 'a.conf'));
  });

  it('keep lines that others carry out, with their origin', () => {
    const config = load(
      'loadmodule /x.so a "b c"\nuser me on\nrename-command GET ""\nmod.level 5 6\nloadmodule /y.so\n',
    );
    expect(config.loadModules.map((line) => line.args)).toEqual([['/x.so', 'a', 'b c'], ['/y.so']]);
    expect(config.users[0]!.args).toEqual(['me', 'on']);
    expect(config.renameCommands[0]).toEqual({
      args: ['GET', ''],
      origin: { file: join(folder, 'main.conf'), line: 3, text: 'rename-command GET ""' },
    });
    expect(config.moduleValues.get('mod.level')!.args).toEqual(['5', '6']);
  });

  it('keep unknown lines for modules, if there are any', () => {
    expect(load('level 5 6\nloadmodule /x.so\n').moduleValues.get('level')!.args).toEqual(['5', '6']);
    const config = new Config();
    loadConfig(config, { file: write('a.conf', 'level 5\n'), options: 'loadmodule "/x.so"' });
    expect(config.moduleValues.get('level')!.args).toEqual(['5']);
    expect(() => load('level 5\nhz 1\n')).toThrow(/:1: level 5: Bad directive/);
    // These are no module's.
    for (const line of ['level', 'include a b', 'rename-command x', 'user']) {
      expect(() => load(`loadmodule /x.so\n${line}\n`)).toThrow(/:2: .*: Bad directive/);
    }
  });

  it('may be values in code', () => {
    const config = new Config();
    loadRecord(config, { port: 0, appendonly: true, save: [[60, 1], '300 2'], loadmodule: [['/x.so', 'a'], '/y.so'] });
    expect(config.num('port')).toBe(0);
    expect(config.bool('appendonly')).toBe(true);
    expect(config.valueOf(save)).toEqual([
      { seconds: 60, changes: 1 },
      { seconds: 300, changes: 2 },
    ]);
    expect(config.loadModules.map((line) => line.args)).toEqual([['/x.so', 'a'], ['/y.so']]);
    expect(() => loadRecord(new Config(), { maxclients: 0 })).toThrow(/^options:1: maxclients "0": argument must be/);
  });
});

describe('include', () => {
  it('is relative to dir and reads matches of a pattern in order', () => {
    mkdirSync(join(folder, 'conf.d', 'deep'), { recursive: true });
    write('conf.d/b.conf', 'hz 2\nsave 2 2');
    write('conf.d/a.conf', 'hz 1\nsave 1 1');
    write('conf.d/deep/c.conf', 'timeout 3');
    const config = load(`dir ${folder}\ninclude conf.d/[a-b].conf\ninclude conf.d/*/?.conf\ninclude none/*\n`);
    expect(config.num('hz')).toBe(2);
    expect(config.num('timeout')).toBe(3);
    expect(config.get(['save'])).toEqual([['save', '1 1 2 2']]);
  });

  it('names the file at fault', () => {
    const inner = write('inner.conf', '\nhz fast\n');
    const error = errorOf(`hz 1\ninclude ${inner}\n`);
    expect(error.report('7.4.0')).toBe(
      '\n*** FATAL CONFIG FILE ERROR (Redis 7.4.0) ***\n' +
        'Reading the configuration file, at line 2\n' +
        ">>> 'hz fast'\n" +
        "argument couldn't be parsed into an integer\n" +
        `(${inner}, line 2)\n`,
    );
  });

  it('refuses missing files and circles', () => {
    expect(errorOf('include /nonexistent.conf').message).toContain(
      "main.conf:1: include /nonexistent.conf: Fatal error, can't open config file '/nonexistent.conf': No such file or directory",
    );
    write('b.conf', `include ${join(folder, 'main.conf')}`);
    expect(errorOf(`include ${join(folder, 'b.conf')}`).reason).toMatch(/main\.conf' includes itself/);
  });
});

describe('checks of the whole', () => {
  it('opens the log file, below dir', () => {
    load(`dir ${folder}\nlogfile x.log`);
    expect(readFileSync(join(folder, 'x.log'), 'utf8')).toBe('');
    expect(errorOf('logfile /nonexistent/x.log').report('7.4.0')).toBe(
      "\n*** FATAL CONFIG FILE ERROR (Redis 7.4.0) ***\nCan't open the log file: No such file or directory\n",
    );
  });

  it('shows no passwords', () => {
    expect(errorOf('requirepass a b').origin?.text).toBe('requirepass (redacted)');
    expect(errorOf('requirepass "a b').origin?.text).toBe('requirepass (redacted)');
    expect(errorOf('MasterAuth "a" b').origin?.text).toBe('MasterAuth (redacted)');
    expect(errorOf('user me on >a "~b').origin?.text).toBe('user me on >(redacted) "~b');
    expect(errorOf('hz a').origin?.text).toBe('hz a');
  });

  it('leaves one database to a cluster', () => {
    const config = new Config();
    const warnings = loadConfig(config, { options: 'cluster-enabled yes' });
    expect(warnings).toEqual(['WARNING: Changing databases number from 16 to 1 since we are in cluster mode']);
    expect(config.num('databases')).toBe(1);
  });
});
