/** Every command of graftis as redis-server describes it: COMMAND INFO and the facts of COMMAND DOCS. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oracleAvailable } from '../support/availability.ts';
import type { RespClient } from '../support/resp.ts';
import { startGraftis, startRedis, type TestServer } from '../support/server.ts';

type Fields = Map<string, unknown>;

/** Commands whose tips Redis 7.4 has more of than 7.0. */
const TIPS_CHANGED =
  /^(scan|client\|.*|config\|.*|function\|.*|latency\|.*|memory\|.*|slowlog\|.*|info|copy|move|msetnx|randomkey)$/;
/** Rows that 7.2 or 7.4 changed otherwise: arity, flags, categories or key specifications. */
const INFO_CHANGED = [
  'blmove',
  'blpop',
  'brpop',
  'brpoplpush',
  'bzpopmax',
  'bzpopmin',
  'command|getkeys',
  'command|getkeysandflags',
  'pfcount',
  'sinterstore',
  'wait',
  'zrank',
  'zrevrank',
];
/** Documentation that 7.2 or 7.4 changed in more than names of arguments. */
const DOCS_CHANGED = [
  'bitop',
  'client|kill',
  'client|list',
  'client|pause',
  'command|getkeys',
  'command|getkeysandflags',
  'config|get',
  'hscan',
  'module|loadex',
  'pfmerge',
  'psetex',
  'psubscribe',
  'quit',
  'setex',
  'setnx',
  'xinfo|consumers',
  'xinfo|stream',
  'zrank',
  'zrevrank',
];

function asMap(value: unknown): Fields {
  if (value instanceof Map) return value as Fields;
  const list = value as unknown[];
  return new Map(Array.from({ length: list.length / 2 }, (_, i) => [String(list[2 * i]), list[2 * i + 1]]));
}

function sorted(value: unknown): string[] {
  return [...(value as Iterable<unknown>)].map(String).sort();
}

/** One command's description with the order of sets taken out; subcommands are compared by themselves. */
function comparableInfo(name: string, info: unknown[]): unknown[] {
  const [fullName, arity, flags, first, last, step, categories, tips, keySpecs] = info;
  const shownTips = TIPS_CHANGED.test(name) ? [] : sorted(tips);
  return [String(fullName), arity, sorted(flags), first, last, step, sorted(categories), shownTips, plain(keySpecs)];
}

/** Arguments of a command without what is prose or was renamed since 7.0. */
function comparableArguments(args: unknown): unknown {
  if (args === undefined) return [];
  return (args as unknown[]).map((arg) => {
    const fields = asMap(arg);
    const flags = fields.get('flags');
    return {
      type: String(fields.get('type')),
      token: String(fields.get('token')),
      since: String(fields.get('since')),
      keySpec: fields.get('key_spec_index'),
      flags: flags === undefined ? [] : sorted(flags),
      args: comparableArguments(fields.get('arguments')),
    };
  });
}

function comparableDocs(docs: Fields): unknown {
  const history = (docs.get('history') as unknown[][] | undefined) ?? [];
  const flags = docs.get('doc_flags');
  return {
    fields: [...docs.keys()].filter((key) => key !== 'subcommands'),
    since: String(docs.get('since')),
    group: String(docs.get('group')),
    flags: flags === undefined ? [] : sorted(flags),
    deprecatedSince: String(docs.get('deprecated_since')),
    history: [...history].map(([since]) => String(since)),
    arguments: comparableArguments(docs.get('arguments')),
  };
}

/** Nested replies as plain values. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(([key, field]) => [plain(key), plain(field)]);
  if (value instanceof Set || Array.isArray(value)) return [...(value as Iterable<unknown>)].map(plain);
  return typeof value === 'number' ? value : String(value);
}

describe.skipIf(!oracleAvailable())('command table', () => {
  let graftis: TestServer;
  let redis: TestServer;
  let ours: RespClient;
  let theirs: RespClient;
  /** Commands and subcommands that both servers have. */
  let shared: string[];
  beforeAll(async () => {
    [graftis, redis] = await Promise.all([startGraftis(), startRedis()]);
    [ours, theirs] = await Promise.all([graftis.connect(), redis.connect()]);
    const known = new Set(sorted(await theirs.call('COMMAND', 'LIST')));
    shared = sorted(await ours.call('COMMAND', 'LIST')).filter((name) => known.has(name));
  });
  afterAll(async () => {
    ours?.destroy();
    theirs?.destroy();
    await Promise.all([graftis?.stop(), redis?.stop()]);
  });

  test('COMMAND INFO', async () => {
    const names = shared.filter((name) => !INFO_CHANGED.includes(name));
    expect(names.length).toBeGreaterThan(100);
    const [a, b] = (await Promise.all([
      ours.call('COMMAND', 'INFO', ...names),
      theirs.call('COMMAND', 'INFO', ...names),
    ])) as unknown[][][];
    const described = (infos: unknown[][]) => names.map((name, i) => comparableInfo(name, infos[i]!));
    expect(described(a!)).toEqual(described(b!));
  });

  test('COMMAND DOCS', async () => {
    const names = shared.filter((name) => !DOCS_CHANGED.includes(name));
    const [a, b] = (
      await Promise.all([ours.call('COMMAND', 'DOCS', ...names), theirs.call('COMMAND', 'DOCS', ...names)])
    ).map(asMap);
    const described = (docs: Fields) => names.map((name) => [name, comparableDocs(asMap(docs.get(name)))]);
    expect(described(a!)).toEqual(described(b!));
    const summaries = (docs: Fields) => names.map((name) => String(asMap(docs.get(name)).get('summary')));
    const borrowed = summaries(a!).filter((summary, i) => summary === summaries(b!)[i]);
    expect(borrowed).toEqual([]);
  });

  test('every command is documented', async () => {
    const docs = asMap(await ours.call('COMMAND', 'DOCS'));
    const names = sorted(await ours.call('COMMAND', 'LIST')).filter((name) => !name.includes('|'));
    expect([...docs.keys()].sort()).toEqual(names);
    for (const name of names) expect(String(asMap(docs.get(name)).get('summary'))).toMatch(/^[A-Z].*\.$/);
  });

  test('COMMAND LIST and INFO under renamed commands', async () => {
    const server = await startGraftis(
      { 'rename-command': ['GET', 'FETCH'] },
      { args: ['--rename-command', 'SET', ''] },
    );
    try {
      expect(String(await server.call('FETCH', 'k'))).toBe('null');
      const list = sorted(await server.call('COMMAND', 'LIST'));
      expect(list).toContain('get');
      expect(list).not.toContain('set');
      const [byNewName, byOldName] = (await server.call('COMMAND', 'INFO', 'fetch', 'get')) as unknown[][];
      expect(String(byNewName![0])).toBe('get');
      expect(byOldName).toBeNull();
    } finally {
      await server.stop();
    }
  });
});
