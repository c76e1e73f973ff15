/** `npm run demo`: the sample modules do what their comments say. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compilerAvailable, portableMode } from './support/availability.ts';
import { repositoryRoot, temporaryFolder } from './support/server.ts';

describe.skipIf(!compilerAvailable())('npm run demo', () => {
  test('shows the commands of every sample module and ends well', () => {
    const output = execFileSync(process.execPath, [join(repositoryRoot, 'scripts', 'demo.mjs')], { encoding: 'utf8' });
    const replyTo = (command: string): string => {
      const at = output.indexOf(`> ${command}\n`);
      expect(at, command).toBeGreaterThan(0);
      return output.slice(at + command.length + 3).split(/\n(?:127\.0\.0\.1:|\n|$)/)[0]!;
    };
    expect(replyTo('GET greeting')).toBe('"Hello, world"');
    expect(replyTo('LRANGE tasks 0 -1')).toBe('1) "wash"\n2) "dry"\n3) "iron"');
    expect(replyTo('HGETALL user:1')).toBe('1# "name" => "Ada"\n2# "born" => "1815"');
    expect(replyTo('ZRANGE scores 0 -1 WITHSCORES')).toContain('3) 1) "grace"\n   2) (double) 5');
    expect(replyTo('XRANGE events - +')).toContain('2) 1) "1-2"\n   2) 1) "kind"\n      2) "stop"');
    expect(replyTo('hello.add 40 2')).toBe('(integer) 42');
    expect(replyTo('GET todo')).toBe('"BUY MILK\\nCALL HOME"');
    expect(replyTo('note.read todo')).toContain('"seconds" => (integer) 3600');
    expect(replyTo('report.string visits')).toContain('"number" => (true)');
    expect(replyTo('report.run CONFIG GET port*')).toContain('"map"');
    expect(replyTo('numbers.stats primes')).toContain('"mean" => (double) 4.25');
    expect(replyTo('worker.primes 20000')).toBe('(integer) 2262');
    expect(replyTo('worker.count visits 100')).toBe('(integer) 142');
    expect(replyTo('worker.primes 100000000 50')).toBe('(error) TIMEOUT the thread is still counting');
  });
});

describe.skipIf(portableMode)('npm run demo without a compiler', () => {
  test('shows the module that comes compiled', () => {
    const folder = temporaryFolder();
    const parts = ['dist', 'src', 'scripts', 'native', 'modules', 'package.json', 'tsconfig.json'];
    for (const part of parts) {
      cpSync(join(repositoryRoot, part), join(folder, part), { recursive: true, preserveTimestamps: true });
    }
    rmSync(join(folder, 'modules', 'build'), { recursive: true, force: true });
    symlinkSync(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
    // Nothing but Node can be found.
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    symlinkSync(process.execPath, join(bin, 'node'));
    const env = { ...process.env, PATH: bin };
    const output = execFileSync(join(bin, 'node'), [join(folder, 'scripts', 'demo.mjs')], { encoding: 'utf8', env });
    expect(output).toContain('No C compiler');
    expect(output).toMatch(/> MODULE LOAD ".*hello-linux-\w+\.so"\nOK\n/);
    expect(output).toContain('> hello.add 40 2\n(integer) 42\n');
    expect(output).toContain('The module notebook is not compiled; its commands are left out.');
    rmSync(folder, { recursive: true });
  });
});
