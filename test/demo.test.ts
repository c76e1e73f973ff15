/** `npm run demo`: the sample modules do what their comments say. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compilerAvailable } from './support/availability.ts';
import { repositoryRoot } from './support/server.ts';

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
