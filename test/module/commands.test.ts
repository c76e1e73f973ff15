// Commands that modules register: COMMAND's view of them, subcommands, keys. The same module in graftis and redis-server.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { differential, group } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import { repositoryRoot, startGraftis, temporaryFolder } from '../support/server.ts';

const folder = temporaryFolder();
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const NAMES = 'simple Flags range none keys keysboth channels keysof parent parent|Name full nosuch'.split(' ');

describe.skipIf(!compilerAvailable())('commands of modules', () => {
  if (!compilerAvailable()) return;
  const loadmodule = compileModule(join(repositoryRoot, 'test', 'modules', 'commands.c'), folder);

  differential(
    'as COMMAND shows them',
    [
      group(
        'COMMAND INFO and DOCS',
        ...NAMES.map(
          (name) => `
        COMMAND INFO cmd.${name}
        ${name === 'full' ? '' : `COMMAND DOCS cmd.${name}`}`,
        ),
      ),
      group(
        'COMMAND LIST and others',
        `
        unordered: COMMAND LIST FILTERBY MODULE cmd
        COMMAND LIST FILTERBY MODULE nosuch
        unordered: COMMAND LIST FILTERBY PATTERN cmd.f*
        COMMAND LIST FILTERBY PATTERN cmd.parent|*
        INFO modules
        shape: MODULE LIST
      `,
      ),
      group(
        'their keys',
        `
        COMMAND GETKEYS cmd.simple a b
        COMMAND GETKEYSANDFLAGS cmd.simple a b
        COMMAND GETKEYS cmd.range x a b c d
        COMMAND GETKEYS cmd.none a
        COMMAND GETKEYS cmd.keys x key a ro b key c
        COMMAND GETKEYSANDFLAGS cmd.keys x key a ro b key c
        COMMAND GETKEYS cmd.keys x
        COMMAND GETKEYSANDFLAGS cmd.keysboth x key a ro b
        COMMAND GETKEYS cmd.keysboth x
        COMMAND GETKEYSANDFLAGS cmd.parent name k
        COMMAND GETKEYS cmd.parent name
        COMMAND GETKEYS cmd.parent nosuch k
        COMMAND GETKEYSANDFLAGS cmd.full k x
        COMMAND GETKEYSANDFLAGS cmd.full k keys 2 a b store c
        COMMAND GETKEYSANDFLAGS cmd.full k keys 9 a b
      `,
      ),
      group(
        'running them',
        `
        cmd.simple
        CMD.SIMPLE k
        cmd.flags
        cmd.results
        cmd.name
        cmd.parent
        cmd.parent name
        cmd.parent NAME k
        cmd.parent nosuch k
        cmd.full k
        cmd.full k v
        cmd.keys
        cmd.keys key a
        cmd.none
      `,
      ),
      group(
        'keys of any command',
        `
        cmd.keysof nosuch a
        cmd.keysof GET
        cmd.keysof PING
        cmd.keysof GET a
        cmd.keysof SET a b
        cmd.keysof MSET a 1 b 2
        cmd.keysof CONFIG GET x
        cmd.keysof OBJECT ENCODING x
        cmd.keysof cmd.keys key a ro b
        cmd.keysof cmd.keys x
        cmd.keysof cmd.parent name k
      `,
      ),
    ],
    { directives: { loadmodule } },
  );

  // redis-server 7.0 forgets the display text that a module gives.
  it('documentation of arguments', async () => {
    const server = await startGraftis({ loadmodule });
    try {
      const [, docs] = (await server.call('COMMAND', 'DOCS', 'cmd.full')) as [string, unknown[]];
      const text = (value: unknown): unknown => (Array.isArray(value) ? value.map(text) : String(value));
      const shown = text(docs) as unknown[];
      expect(shown.slice(0, 12)).toEqual([
        ...['summary', 'Does everything.', 'since', '1.0', 'group', 'module', 'complexity', 'O(1)', 'module', 'cmd'],
        ...[
          'history',
          [
            ['1.1', 'Option TRIM.'],
            ['2.0', 'Café.'],
          ],
        ],
      ]);
      const choices = [
        ['name', 'minid', 'type', 'pure-token', 'display_text', '<minid>', 'token', 'MINID', 'since', '1.2'],
        [
          'name',
          'maxlen',
          'type',
          'pure-token',
          'display_text',
          '<maxlen>',
          'token',
          'MAXLEN',
          'deprecated_since',
          '3.0',
        ],
      ];
      const limit = [
        'name',
        'limit',
        'type',
        'integer',
        'display_text',
        '<limit>',
        'token',
        'LIMIT',
        'flags',
        ['optional'],
      ];
      const strategy = ['name', 'strategy', 'type', 'oneof', 'arguments', choices];
      const value = ['name', 'value', 'type', 'double', 'display_text', '<value>', 'token', 'V'];
      expect(shown.slice(12)).toEqual([
        'arguments',
        [
          ['name', 'key', 'type', 'key', 'display_text', '<key>', 'key_spec_index', '0', 'summary', 'what it works on'],
          ['name', 'trim', 'type', 'block', 'flags', ['optional'], 'arguments', [strategy, limit]],
          [...value, 'flags', ['multiple', 'multiple_token']],
          ['name', 'at', 'type', 'unix-time', 'display_text', '<at>'],
          ['name', 'matching', 'type', 'pattern', 'display_text', '<matching>'],
        ],
      ]);
    } finally {
      await server.stop();
    }
  });

  // redis-server 7.0 answers 0 for all flags; what 7.4 answers is the header's REDISMODULE_CMD_KEY_* bits.
  it('flags of the keys of any command', async () => {
    const server = await startGraftis({ loadmodule });
    try {
      expect(await server.call('cmd.flagsof', 'GET', 'a')).toEqual([1, 1 | 16]);
      expect(await server.call('cmd.flagsof', 'MSET', 'a', '1', 'b', '2')).toEqual([1, 4 | 32, 3, 4 | 32]);
      expect(await server.call('cmd.flagsof', 'cmd.keys', 'key', 'a', 'ro', 'b')).toEqual([2, 2 | 16 | 32, 4, 1 | 16]);
      expect(await server.call('cmd.flagsof', 'nosuch')).toBe(null);
    } finally {
      await server.stop();
    }
  });
});
