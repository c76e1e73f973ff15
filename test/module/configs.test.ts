/** Directives of modules: a C module here and in redis-server. */

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { differential, group } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import {
  repositoryRoot,
  startGraftis,
  startRedis,
  subjectCommand,
  subjectIsOracle,
  temporaryFolder,
} from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'configs.c'), temporaryFolder())
  : '';

/** Values after the last group's. */
const RESET = `CONFIG SET cfg.number 5 cfg.flag yes cfg.text "so far" cfg.color red cfg.bits "a b" cfg.memory 1mb
cfg.notes`;

describe.skipIf(module === '')('directives of modules', () => {
  differential(
    'like redis-server',
    [
      group(
        'reading',
        `${RESET}
         pairs: CONFIG GET cfg.*
         CONFIG GET CFG.Number
         CONFIG GET cfg.secret
         pairs: CONFIG GET cfg.bits cfg.text
         CONFIG GET cfg.nothing`,
      ),
      group(
        'setting',
        `${RESET}
         CONFIG SET cfg.number 7
         CONFIG SET cfg.number 7
         CONFIG SET cfg.number -100 cfg.flag no
         CONFIG SET cfg.memory 2mb
         CONFIG SET cfg.memory 3000 cfg.flag yes
         CONFIG SET cfg.text ""
         CONFIG SET cfg.text "with \\x00 bytes \\xff"
         CONFIG SET cfg.color BLUE
         CONFIG SET cfg.bits "c a"
         CONFIG SET cfg.bits none
         CONFIG SET CFG.SECRET yes
         CONFIG SET cfg.secret no
         cfg.notes
         pairs: CONFIG GET cfg.*`,
      ),
      group(
        'refusals',
        `${RESET}
         CONFIG SET cfg.number x
         CONFIG SET cfg.number 101
         CONFIG SET cfg.number 13
         CONFIG SET cfg.flag maybe
         CONFIG SET cfg.text !no
         CONFIG SET cfg.color pink
         CONFIG SET cfg.bits "a z"
         CONFIG SET cfg.fixed 1
         CONFIG SET cfg.memory -1
         CONFIG SET cfg.nothing 1
         CONFIG SET cfg.number 1 cfg.number 2
         cfg.notes
         cfg.refuse 1
         CONFIG SET cfg.flag no
         CONFIG SET cfg.number 6 cfg.color green
         cfg.refuse 0
         cfg.notes
         pairs: CONFIG GET cfg.*`,
      ),
      group(
        'what cannot be applied',
        `${RESET}
         CONFIG SET cfg.number 99
         CONFIG SET cfg.number 98
         cfg.notes
         CONFIG SET cfg.color green cfg.number 99 maxclients 5000
         CONFIG GET maxclients
         CONFIG SET cfg.flag no cfg.memory 5 cfg.number 99
         cfg.notes
         pairs: CONFIG GET cfg.*`,
      ),
      group(
        'LOADEX',
        `MODULE UNLOAD cfg
         CONFIG GET cfg.*
         MODULE LOADEX ${module} CONFIG cfg.number 42 CONFIG cfg.bits "b c" CONFIG cfg.text words
         cfg.notes
         pairs: CONFIG GET cfg.*
         MODULE UNLOAD cfg
         MODULE LOADEX ${module} CONFIG cfg.number 420
         MODULE LOADEX ${module} CONFIG cfg.number 13
         MODULE LOADEX ${module} CONFIG cfg.nothing 1
         MODULE LOADEX ${module} CONFIG other.number 1
         MODULE LOADEX ${module} CONFIG cfg.number 1 ARGS forget
         MODULE LOAD ${module} forget
         CONFIG GET cfg.*
         MODULE LOADEX ${module} CONFIG cfg.fixed 5 ARGS bad
         CONFIG GET cfg.fixed
         MODULE UNLOAD cfg
         MODULE LOAD ${module}
         pairs: CONFIG GET cfg.*`,
      ),
    ],
    { directives: { loadmodule: module } },
  );

  test.each(['graftis', 'redis-server'])('the configuration file of %s, and CONFIG REWRITE', async (which) => {
    const folder = temporaryFolder();
    const file = join(folder, 'redis.conf');
    writeFileSync(file, `loadmodule ${module}\n# a word\ncfg.number 41\ncfg.text "hello world"\ncfg.Bits a c\n`);
    const start = which === 'graftis' ? startGraftis : startRedis;
    const server = await start({}, { args: [file] });
    try {
      expect(await server.call('CONFIG', 'GET', 'cfg.number', 'cfg.text')).toEqual(
        expect.arrayContaining(['41', 'hello world']),
      );
      expect(await server.call('CONFIG', 'SET', 'cfg.number', '40', 'cfg.color', 'blue', 'cfg.memory', '3mb')).toBe(
        'OK',
      );
      expect(await server.call('CONFIG', 'REWRITE')).toBe('OK');
      const lines = readFileSync(file, 'utf8').split('\n');
      expect(lines).toEqual(
        expect.arrayContaining([
          `loadmodule ${module}`,
          '# a word',
          'cfg.number 40',
          'cfg.text "hello world"',
          'cfg.Bits a c',
          'cfg.color blue',
          'cfg.memory 3mb',
        ]),
      );
      expect(lines.filter((line) => line.startsWith('cfg.fixed'))).toEqual([]);
    } finally {
      await server.stop();
    }
  });

  test('registering and loading belong to OnLoad', async () => {
    const server = await startGraftis({ loadmodule: module });
    try {
      expect(await server.call('cfg.late')).toEqual([1, 1, 1]);
    } finally {
      await server.stop();
    }
  });

  test('the log says what is wrong with a value, and the start fails', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'redis.conf');
    const run = (text: string): string => {
      writeFileSync(file, `port 0\nloadmodule ${module}\n${text}\n`);
      const [program, ...args] = subjectCommand();
      const result = spawnSync(program!, [...args, file], { encoding: 'utf8' });
      expect(result.status).toBe(1);
      return result.stdout + result.stderr;
    };
    expect(run('cfg.number 420')).toContain(
      'Issue during loading of configuration cfg.number : argument must be between -100 and 100 inclusive',
    );
    expect(run('cfg.nothing 1')).toContain('Unused Module Configuration: cfg.nothing');
    // A name without prefix may be one of the module's: it is looked for when the module is there.
    const output = run('bare-number 4');
    expect(output).toContain(`at line 3\n>>> 'bare-number 4'\nBad directive or wrong number of arguments`);
    expect(output).toContain("Module 'cfg' loaded");
  });

  // Redis has directives without prefix since 8.0.
  test.skipIf(subjectIsOracle)(
    'directives without prefix: in the file before and behind loadmodule, rewritten, in LOADEX',
    async () => {
      const file = join(temporaryFolder(), 'redis.conf');
      for (const lines of [
        ['Bare-Number 41', `loadmodule ${module} bare`],
        [`loadmodule ${module} bare`, 'Bare-Number 41'],
      ]) {
        writeFileSync(file, `${lines.join('\n')}\n`);
        const server = await startGraftis({}, { args: [file] });
        try {
          expect(await server.call('CONFIG', 'GET', 'bare-number')).toEqual(['bare-number', '41']);
          expect(await server.call('CONFIG', 'SET', 'bare-number', '42')).toBe('OK');
          expect(await server.call('CONFIG', 'REWRITE')).toBe('OK');
          const written = readFileSync(file, 'utf8').split('\n');
          expect(written.filter((line) => /bare-number/i.test(line))).toEqual(['bare-number 42']);
          expect(await server.call('MODULE', 'UNLOAD', 'cfg')).toBe('OK');
          expect(await server.call('CONFIG', 'GET', 'bare-number')).toEqual([]);
          expect(await server.call('MODULE', 'LOADEX', module, 'CONFIG', 'bare-number', '7', 'ARGS', 'bare')).toBe(
            'OK',
          );
          expect(await server.call('CONFIG', 'GET', 'bare-number')).toEqual(['bare-number', '7']);
        } finally {
          await server.stop();
        }
      }
    },
  );
});
