/** Directives that this version cannot obey: refused or warned of, and none forgotten. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Config } from '../config/config.ts';
import { builtinDirectives } from '../config/directives/index.ts';
import { loadConfig } from '../config/load.ts';
import { createLoggerWith } from './process/logger.ts';
import { inertDirectives, missingFeatures, refuseUnsupported, warnUnsupported } from './unsupported.ts';

function warned(options: string): { config: Config; lines: string[] } {
  const lines: string[] = [];
  const config = new Config();
  loadConfig(config, { options });
  const text = (line: string) => line.replace(/^.*?# /, '').trimEnd();
  warnUnsupported(
    config,
    createLoggerWith('notice', 'classic', (line) => lines.push(text(line))),
  );
  return { config, lines };
}

describe('what this version lacks', () => {
  it.each(['cluster-enabled yes', 'replicaof h 1'])('refuses %s', (line) => {
    const config = new Config();
    loadConfig(config, { options: line });
    expect(() => refuseUnsupported(config)).toThrow('not supported by this version');
  });

  it('warns at the start of what is not the default', () => {
    expect(warned('save ""').lines).toEqual([]);
    expect(warned('save ""\nshutdown-timeout 10\nappendfsync everysec').lines).toEqual([]);
    const { lines } = warned(
      'maxmemory 1gb\nmaxmemory-policy allkeys-lru\nshutdown-timeout 5\nsyslog-enabled yes\nappendfsync no',
    );
    expect(lines).toEqual([
      'WARNING: this version of graftis has no persistence (data lives in memory): no effect of save, appendfsync',
      'WARNING: this version of graftis has no syslog (the log goes to logfile or stdout): no effect of syslog-enabled',
      'WARNING: this version of graftis has no options of shutdown by signals: no effect of shutdown-timeout',
    ]);
  });

  it('warns at CONFIG SET', () => {
    const { config, lines } = warned('save ""');
    const set = (...pairs: [string, string][]) => expect(config.set(pairs)).toBeNull();
    set(['shutdown-timeout', '20'], ['hz', '20']);
    set(['shutdown-timeout', '20']);
    set(['shutdown-timeout', '10']);
    set(['slave-read-only', 'no']);
    set(['save', '60 1']);
    expect(lines).toEqual([
      'WARNING: this version of graftis has no options of shutdown by signals: no effect of shutdown-timeout',
      'WARNING: this version of graftis has no replication: no effect of replica-read-only',
      'WARNING: this version of graftis has no persistence (data lives in memory): no effect of save',
    ]);
  });

  it('knows every directive', () => {
    const root = join(import.meta.dirname, '..');
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (name) => /(?<!\.test)\.ts$/.test(name) && !/^config\/(directives|special|notify)|docs\/|unsupported/.test(name),
    );
    const text = files.map((name) => readFileSync(join(root, name), 'utf8')).join('\n');
    /** By its name, or by the name of the row of the table that describes it. */
    const isRead = (name: string) => {
      const row = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
      // The gates of `allowsProtected` are put together from the command's name.
      const gate = /^enable-(debug|module)-command$/.test(name);
      return gate || text.includes(`'${name}'`) || text.includes(`valueOf(${row})`);
    };
    // Shown or passed on somewhere, but not obeyed.
    const shown = ['save', 'appendonly', 'repl-backlog-size'];
    for (const { name } of builtinDirectives) {
      const refused = ['cluster-enabled', 'replicaof'].includes(name);
      const without = missingFeatures.has(name) || inertDirectives.has(name) || refused;
      if (!without) expect(isRead(name), `${name} is read by nobody: obey it, or list it in unsupported.ts`).toBe(true);
      if (!missingFeatures.has(name) || shown.includes(name)) continue;
      expect(isRead(name), `${name} is read by somebody: does it still belong to unsupported.ts?`).toBe(false);
    }
    const names = new Set(builtinDirectives.map(({ name }) => name));
    expect([...missingFeatures.keys(), ...inertDirectives].filter((name) => !names.has(name))).toEqual([]);
  });
});
