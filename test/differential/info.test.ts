/** INFO: every field that redis-server shows is there, in its order; sections as they are asked for. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oracleAvailable } from '../support/availability.ts';
import { startGraftis, startRedis, type TestServer, until } from '../support/server.ts';

/** Fields of one server: section -> names, those of commands and databases left out. */
function fieldsOf(info: string): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  let names: string[] = [];
  for (const line of info.split('\r\n')) {
    if (line.startsWith('# ')) sections.set(line.slice(2), (names = []));
    else if (line !== '' && !/^(cmdstat|errorstat|latency_percentiles|db\d)/.test(line))
      names.push(line.split(':')[0]!);
  }
  return sections;
}

describe.skipIf(!oracleAvailable())('INFO', () => {
  let graftis: TestServer;
  let redis: TestServer;
  beforeAll(async () => {
    [graftis, redis] = await Promise.all([startGraftis(), startRedis()]);
  });
  afterAll(async () => {
    await Promise.all([graftis?.stop(), redis?.stop()]);
  });

  const info = async (server: TestServer, ...names: string[]) => String(await server.call('INFO', ...names));

  test('has all sections and fields of redis-server, in their order', async () => {
    const [ours, theirs] = [fieldsOf(await info(graftis, 'everything')), fieldsOf(await info(redis, 'everything'))];
    expect([...ours.keys()]).toEqual([...theirs.keys()]);
    for (const [section, names] of theirs) {
      const shared = ours.get(section)!.filter((name) => names.includes(name));
      expect(shared).toEqual(names);
    }
  });

  test.each([
    [[]],
    [['default']],
    [['all']],
    [['everything']],
    [['SERVER']],
    [['keyspace', 'clients']],
    [['default', 'commandstats']],
    [['modules']],
    [['module_list']],
    [['nosuch']],
    [['nosuch', 'cpu', 'cpu']],
  ])('gives the sections that redis-server gives for %j', async (names) => {
    const [ours, theirs] = await Promise.all([info(graftis, ...names), info(redis, ...names)]);
    expect([...fieldsOf(ours).keys()]).toEqual([...fieldsOf(theirs).keys()]);
    expect(ours.endsWith('\r\n\r\n')).toBe(theirs.endsWith('\r\n\r\n'));
  });

  test('numbers follow what the server does', async () => {
    await graftis.call('CONFIG', 'RESETSTAT');
    const number = (text: string, name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)![1]);
    const before = await info(graftis);
    await graftis.call('SET', 'k', 'x'.repeat(1_000_000));
    await graftis.call('GET', 'k');
    await graftis.call('GET', 'none');
    const after = await info(graftis);
    expect(number(after, 'used_memory') - number(before, 'used_memory')).toBeGreaterThan(1_000_000);
    expect(number(after, 'used_memory_dataset') - number(before, 'used_memory_dataset')).toBeGreaterThan(1_000_000);
    expect(number(after, 'used_memory_peak')).toBeGreaterThanOrEqual(number(after, 'used_memory'));
    expect(number(after, 'used_memory_rss')).toBeGreaterThan(number(after, 'used_memory'));
    expect(number(after, 'keyspace_hits')).toBe(1);
    expect(number(after, 'keyspace_misses')).toBe(1);
    expect(number(after, 'total_commands_processed') - number(before, 'total_commands_processed')).toBe(4);
    expect(number(after, 'total_net_input_bytes') - number(before, 'total_net_input_bytes')).toBeGreaterThan(1_000_000);
    expect(number(after, 'rdb_changes_since_last_save') - number(before, 'rdb_changes_since_last_save')).toBe(1);
    expect(number(after, 'eventloop_duration_cmd_sum')).toBeGreaterThan(0);
    expect(number(after, 'eventloop_duration_sum')).toBeGreaterThan(number(after, 'eventloop_duration_cmd_sum'));
    const debug = await info(graftis, 'debug');
    expect(number(debug, 'eventloop_duration_max')).toBeGreaterThan(0);
    expect(number(debug, 'eventloop_cmd_per_cycle_max')).toBeGreaterThan(0);
    expect(number(after, 'process_id')).not.toBe(process.pid);
    expect(after).toMatch(/^db0:keys=1,expires=0,avg_ttl=0,subexpiry=0$/m);
  });

  test('CONFIG RESETSTAT forgets objects that were freed lazily', async () => {
    for (const server of [graftis, redis]) {
      for (let i = 0; i < 200; i++) await server.call('SADD', 'set', `${i}`.repeat(100));
      await server.call('UNLINK', 'set');
      await until(async () => /^lazyfreed_objects:[1-9]/m.test(await info(server, 'memory')));
      await server.call('CONFIG', 'RESETSTAT');
      expect(await info(server, 'memory')).toContain('\r\nlazyfreed_objects:0\r\n');
    }
  });

  test('latencystats and commandstats', async () => {
    await graftis.call('CONFIG', 'RESETSTAT');
    for (let i = 0; i < 100; i++) await graftis.call('ECHO', 'x');
    const text = await info(graftis, 'commandstats', 'latencystats');
    expect(text).toMatch(
      /^cmdstat_echo:calls=100,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=0,failed_calls=0\r$/m,
    );
    expect(text).toMatch(/^latency_percentiles_usec_echo:p50=\d+\.\d{3},p99=\d+\.\d{3},p99\.9=\d+\.\d{3}\r$/m);
  });

  test('keysizes are there by name, in powers of two', async () => {
    await graftis.call('FLUSHALL');
    for (const [key, length] of [
      ['a', 0],
      ['b', 1],
      ['c', 2],
      ['d', 3],
      ['e', 1023],
      ['f', 1024],
      ['g', 3 * 1024 * 1024],
    ] as const) {
      await graftis.call('SET', key, 'x'.repeat(length));
    }
    await graftis.call('SET', 'number', '12345');
    await graftis.call('RPUSH', 'l', '1', '2', '3');
    await graftis.call('SADD', 's', '1');
    await graftis.call('ZADD', 'z', ...Array.from({ length: 200 }, (_, i) => [String(i), `m${i}`]).flat());
    await graftis.call('HSET', 'h', 'f', 'v');
    await graftis.call('XADD', 'x', '*', 'f', 'v');
    expect(await info(graftis, 'keysizes')).toBe(
      [
        '# Keysizes',
        'db0_distrib_strings_sizes:0=1,1=1,2=2,4=1,512=1,1K=1,2M=1',
        'db0_distrib_lists_items:2=1',
        'db0_distrib_sets_items:1=1',
        'db0_distrib_zsets_items:128=1',
        'db0_distrib_hashes_items:1=1',
        '',
      ].join('\r\n'),
    );
    expect(await info(graftis, 'all')).not.toContain('# Keysizes');
    await graftis.call('FLUSHALL');
    expect(await info(graftis, 'KeySizes')).toBe('# Keysizes\r\n');
  });
});
