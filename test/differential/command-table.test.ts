/** Every command of graftis as redis-server describes it: COMMAND INFO and the facts of COMMAND DOCS. */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oracleAvailable } from '../support/availability.ts';
import type { RespClient } from '../support/resp.ts';
import { startGraftis, startRedis, type TestServer } from '../support/server.ts';

type Fields = Map<string, unknown>;

/** The parts of a description that are compared, in the order of the reply. */
const FIELDS = ['name', 'arity', 'flags', 'first', 'last', 'step', 'categories', 'tips', 'keySpecs'] as const;
type Field = (typeof FIELDS)[number];

interface Change {
  readonly names: readonly string[];
  readonly fields: readonly Field[];
  readonly reason: string;
}
/** Where later releases describe commands otherwise than 7.0; every one of these fields must differ. */
const INFO_CHANGED: readonly Change[] = [
  {
    names: ['blmove', 'blpop', 'brpop', 'brpoplpush', 'bzpopmax', 'bzpopmin'],
    fields: ['flags'],
    reason: '7.2 lets scripts call them: they do not block there',
  },
  { names: ['wait'], fields: ['flags', 'categories'], reason: '7.2 lets scripts call it and says that it blocks' },
  { names: ['cluster|shards', 'cluster|slots'], fields: ['flags'], reason: '7.2 answers while the data is loaded' },
  {
    names: ['command|getkeys', 'command|getkeysandflags'],
    fields: ['arity'],
    reason: '7.2 takes commands without arguments',
  },
  { names: ['zrank', 'zrevrank'], fields: ['arity'], reason: '7.2 has WITHSCORE' },
  { names: ['sinterstore'], fields: ['keySpecs'], reason: '7.2 says that the destination is only written' },
  {
    names: ['acl|deluser', 'acl|save', 'acl|setuser', 'client|setname', 'config|resetstat', 'config|rewrite'],
    fields: ['tips'],
    reason: '7.2 says that they concern all nodes',
  },
  { names: ['latency|reset'], fields: ['tips'], reason: '7.2 says that the numbers of all nodes are added' },
  { names: ['msetnx'], fields: ['tips'], reason: '7.2: its keys must not be spread over shards' },
  { names: ['randomkey', 'scan'], fields: ['tips'], reason: '7.2 says that replies cannot simply be put together' },
];
/** What commands that redis-server has and graftis has not wait for. */
const WAITS_FOR = {
  persistence: 'files of the data set',
  replication: 'a stream of commands to another server',
  scripting: 'the script engine',
} as const;
/** Commands of redis-server that are not in the table yet; subcommands follow their container. */
const ABSENT: Readonly<Record<string, keyof typeof WAITS_FOR>> = {
  bgrewriteaof: 'persistence',
  bgsave: 'persistence',
  save: 'persistence',
  migrate: 'replication',
  psync: 'replication',
  sync: 'replication',
  eval: 'scripting',
  eval_ro: 'scripting',
  evalsha: 'scripting',
  evalsha_ro: 'scripting',
  fcall: 'scripting',
  fcall_ro: 'scripting',
  function: 'scripting',
  script: 'scripting',
};
/** Documentation that 7.2 or 7.4 changed in more than names of arguments. */
const DOCS_CHANGED = [
  'acl|log',
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

/** One field of a command's description with the order of sets taken out; subcommands are compared by themselves. */
function comparableField(info: unknown[], field: Field): unknown {
  const value = info[FIELDS.indexOf(field)];
  return field === 'flags' || field === 'categories' || field === 'tips' ? sorted(value) : plain(value);
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
  let missing: string[];
  beforeAll(async () => {
    [graftis, redis] = await Promise.all([startGraftis(), startRedis()]);
    [ours, theirs] = await Promise.all([graftis.connect(), redis.connect()]);
    const known = new Set(sorted(await theirs.call('COMMAND', 'LIST')));
    const own = sorted(await ours.call('COMMAND', 'LIST'));
    shared = own.filter((name) => known.has(name));
    missing = [...known].filter((name) => !own.includes(name));
  });
  afterAll(async () => {
    ours?.destroy();
    theirs?.destroy();
    await Promise.all([graftis?.stop(), redis?.stop()]);
  });

  test('every command of redis-server is there but those that wait for something', () => {
    const reasons = new Map(missing.map((name) => [name, ABSENT[name] ?? ABSENT[name.split('|')[0]!]]));
    expect([...reasons].filter(([, reason]) => reason === undefined)).toEqual([]);
    const absent = Object.keys(ABSENT);
    expect(absent.filter((name) => !missing.includes(name))).toEqual([]);
    const reason = (name: string) => WAITS_FOR[ABSENT[name]!];
    expect(absent.filter((name) => reason(name) === undefined)).toEqual([]);
  });

  test('COMMAND INFO', async () => {
    expect(shared.length).toBeGreaterThan(300);
    const [a, b] = (await Promise.all([
      ours.call('COMMAND', 'INFO', ...shared),
      theirs.call('COMMAND', 'INFO', ...shared),
    ])) as unknown[][][];
    const changed = INFO_CHANGED.flatMap(({ names, fields }) =>
      names.flatMap((name) => fields.map((field) => `${name} ${field}`)),
    );
    const differing: string[] = [];
    for (const [i, name] of shared.entries()) {
      for (const field of FIELDS) {
        const [our, their] = [comparableField(a![i]!, field), comparableField(b![i]!, field)];
        if (changed.includes(`${name} ${field}`)) {
          if (!isDeepStrictEqual(our, their)) differing.push(`${name} ${field}`);
        } else expect(our, `${name} ${field}`).toEqual(their);
      }
    }
    expect(differing.sort()).toEqual(changed.sort());
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
