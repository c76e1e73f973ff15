import { describe, expect, it } from 'vitest';
import { Config } from './config.ts';
import { bool, int, MODULE } from './directive.ts';
import { loadConfig } from './load.ts';
import { save } from './special.ts';

function configOf(options: string): Config {
  const config = new Config();
  loadConfig(config, { options });
  return config;
}

describe('typed access', () => {
  it('gives values by type and refuses the wrong one', () => {
    const config = configOf(
      'port 7000\nmaxmemory 1gb\nappendonly yes\nmaxmemory-policy allkeys-lru\nunixsocket "/tmp/\u00c3\u00a9"',
    );
    expect(config.num('port')).toBe(7000);
    expect(config.bigint('maxmemory')).toBe(1024n ** 3n);
    expect(config.bool('appendonly')).toBe(true);
    expect(config.enumValue('maxmemory-policy')).toBe('allkeys-lru');
    expect(config.str('unixsocket')).toBe('/tmp/é');
    expect(config.valueOf(save)).toHaveLength(3);
    expect(() => config.num('appendonly')).toThrow('is bool, not numeric');
    expect(() => config.num('nothing-like-it')).toThrow('there is no directive');
  });
});

describe('CONFIG SET', () => {
  it('sets all values or none', () => {
    const config = new Config();
    expect(
      config.set([
        ['maxmemory', '10mb'],
        ['hz', '20'],
      ]),
    ).toBeNull();
    expect(config.get(['maxmemory', 'hz'])).toEqual([
      ['maxmemory', '10485760'],
      ['hz', '20'],
    ]);
    expect(
      config.set([
        ['maxmemory', '20mb'],
        ['hz', 'fast'],
      ]),
    ).toBe("ERR CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be parsed into an integer");
    expect(config.get(['maxmemory'])).toEqual([['maxmemory', '10485760']]);
  });

  it('puts values back when a hook refuses, and runs the hooks again', () => {
    const config = new Config();
    const seen: number[] = [];
    config.onApply(['port', 'timeout'], () => {
      seen.push(config.num('port'));
      return config.num('port') === 1 ? 'Unable to listen on this port. Check server logs.' : null;
    });
    expect(
      config.set([
        ['timeout', '5'],
        ['port', '1'],
      ]),
    ).toBe(
      "ERR CONFIG SET failed (possibly related to argument 'timeout') - Unable to listen on this port. Check server logs.",
    );
    expect(seen).toEqual([1, 6379]);
    expect(config.num('timeout')).toBe(0);
    expect(config.set([['port', '6379']])).toBeNull();
    expect(seen).toHaveLength(2);
  });
});

describe('hooks that wait', () => {
  it('hold back the answer and the next CONFIG SET, and may refuse', async () => {
    const config = new Config();
    const seen: string[] = [];
    config.onApply('port', async () => {
      const port = config.num('port');
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push(`${port}`);
      if (port === 2) throw new Error('broken');
      return port === 1 ? 'refused' : null;
    });
    config.onApply('timeout', () => {
      seen.push(`timeout ${config.num('timeout')}`);
      return null;
    });
    const first = config.set([
      ['timeout', '5'],
      ['port', '1'],
    ]);
    const second = config.set([['port', '7']]);
    const third = config.set([['port', '2']]);
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toBe("ERR CONFIG SET failed (possibly related to argument 'port') - refused");
    expect(await second).toBeNull();
    expect(await third).toBe("ERR CONFIG SET failed (possibly related to argument 'port') - broken");
    expect(seen).toEqual(['timeout 5', '1', 'timeout 0', '6379', '7', '2', '7']);
    expect(config.get(['port', 'timeout'])).toEqual([
      ['port', '7'],
      ['timeout', '0'],
    ]);
    expect(config.set([['timeout', '1']])).toBeNull();
  });
});

describe('directives added at run time', () => {
  it('live in their own storage until they are taken out', () => {
    const config = new Config();
    let stored = 7n;
    const refused = {
      get: () => stored,
      set(value: bigint) {
        if (value === 13n) return 'unlucky';
        stored = value;
        return null;
      },
    };
    expect(config.register(int('mod.level', 5, { flags: MODULE, storage: refused }))).toBe(true);
    expect(config.register(bool('mod.level', true))).toBe(false);
    expect(config.get(['mod.*'])).toEqual([['mod.level', '7']]);
    expect(config.set([['mod.level', '9']])).toBeNull();
    expect(stored).toBe(9n);
    expect(config.set([['mod.level', '13']])).toBe(
      "ERR CONFIG SET failed (possibly related to argument 'mod.level') - unlucky",
    );
    expect(config.unregister('mod.level')).toBe(true);
    expect(config.get(['mod.*'])).toEqual([]);
  });
});
