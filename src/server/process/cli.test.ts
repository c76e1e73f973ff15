import { describe, expect, it } from 'vitest';
import { helpText, parseCommandLine } from './cli.ts';
import { GRAFTIS_VERSION, versionText } from './version.ts';

function run(...argv: string[]) {
  const line = parseCommandLine(argv);
  if (line.kind !== 'run') throw new Error(`not a run: ${line.kind}`);
  return line;
}

describe('command line', () => {
  it('takes a file only as first argument', () => {
    expect(run()).toEqual({ kind: 'run', file: null, stdin: false, options: '' });
    expect(run('a.conf', '--port', '1')).toMatchObject({ file: 'a.conf', options: 'port "1" ' });
    expect(run('--port', '1', 'a.conf')).toMatchObject({ file: null, options: 'port "1" "a.conf" ' });
  });

  it.each([
    [['--port', '7000', '--save', ''], 'port "7000" \nsave "" '],
    [['--save', '60', '1', '--hz', '5'], 'save "60" "1" \nhz "5" '],
    [['--save', '--port', '1'], 'save ""\nport "1" '],
    [['--port', '1', '--save'], 'port "1" \nsave ""'],
    [['--port 7000', '--hz', '5'], 'port 7000 \nhz "5" '],
    [['--requirepass', '--secret', '--port', '1'], 'requirepass "--secret" \nport "1" '],
    [['--loadmodule', '/x.so', 'a', '-b', '--port', '1'], 'loadmodule "/x.so" "a" "-b" \nport "1" '],
    [['--requirepass', 'é"\n'], 'requirepass "\\xc3\\xa9\\"\\n" '],
    [['--port=1', '--hz', '5'], 'port=1 "--hz" "5" '],
  ])('%j becomes lines', (argv, options) => {
    expect(run(...argv).options).toBe(options);
  });

  it('reads stdin for a dash at either end only', () => {
    expect(run('-')).toMatchObject({ stdin: true, options: '' });
    expect(run('-', '--port', '1')).toMatchObject({ stdin: true, options: 'port "1" ' });
    expect(run('a.conf', '--port', '1', '-')).toMatchObject({ file: 'a.conf', stdin: true, options: 'port "1" ' });
    expect(run('--bind', '-', '::1')).toMatchObject({ stdin: false, options: 'bind "-" "::1" ' });
  });

  it('knows version, help and what it cannot be', () => {
    expect(parseCommandLine(['-v']).kind).toBe('version');
    expect(parseCommandLine(['--help', 'x']).kind).toBe('help');
    expect(parseCommandLine(['x.conf', '--sentinel'])).toMatchObject({
      kind: 'error',
      message: expect.stringContaining('Sentinel'),
    });
    expect(versionText()).toContain(`v=${GRAFTIS_VERSION} (Redis 7.4.0 compatible)`);
    expect(helpText()).toContain('Usage: graftis-server [config-file] [--directive value ...] [-]');
    expect(helpText()).toContain('--loadmodule /path/module.so');
  });
});
