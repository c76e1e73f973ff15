/** `metrics-port`: the figures of the server, its commands and its modules, in Prometheus' form. */
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerAvailable } from './support/availability.ts';
import { compileSource } from './support/modules.ts';
import { freePort, startGraftis, subjectIsOracle, type TestServer } from './support/server.ts';

/** `name{labels}` -> value, as Prometheus reads the text. */
async function scrape(port: number): Promise<Map<string, number>> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=/);
  const figures = new Map<string, number>();
  for (const line of (await response.text()).split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name, value] = /^([a-z_][a-z0-9_]*(?:\{[^}]*\})?) (\S+)$/i.exec(line) ?? [];
    if (name === undefined) throw new Error(`not a figure: ${line}`);
    figures.set(name, Number(value));
  }
  return figures;
}

describe.skipIf(subjectIsOracle)('metrics', () => {
  let server: TestServer;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    server = await startGraftis({ 'metrics-port': port });
  });
  afterAll(() => server?.stop());

  test('the server, commands, errors and databases', async () => {
    for (const [line, count] of [
      ['SET a 1', 3],
      ['GET a', 2],
      ['GET none', 1],
      ['SET b 1 EX 100', 1],
      ['LPUSH a x', 2],
    ] as const) {
      for (let i = 0; i < count; i++) await server.call(...line.split(' '));
    }
    await server.call('CLIENT', 'LIST');
    const figures = await scrape(port);
    expect(figures.get('graftis_command_calls_total{command="set",module=""}')).toBe(4);
    expect(figures.get('graftis_command_calls_total{command="get",module=""}')).toBe(3);
    expect(figures.get('graftis_command_calls_total{command="client|list",module=""}')).toBe(1);
    expect(figures.get('graftis_command_failed_calls_total{command="lpush",module=""}')).toBe(2);
    expect(figures.get('graftis_command_duration_seconds_total{command="set",module=""}')).toBeGreaterThan(0);
    expect(figures.get('graftis_command_latency_seconds{command="get",quantile="0.99"}')).toBeGreaterThan(0);
    expect(figures.get('graftis_errors_total{code="WRONGTYPE"}')).toBe(2);
    expect(figures.get('graftis_keyspace_hits_total')).toBe(2);
    expect(figures.get('graftis_keyspace_misses_total')).toBe(1);
    expect(figures.get('graftis_db_keys{db="db0"}')).toBe(2);
    expect(figures.get('graftis_db_keys_expiring{db="db0"}')).toBe(1);
    expect(figures.get('graftis_connected_clients')).toBeGreaterThanOrEqual(0);
    expect(figures.get('graftis_used_memory')).toBeGreaterThan(0);
    expect(figures.get('graftis_used_cpu_user_total')).toBeGreaterThan(0);
    expect(figures.get('graftis_uptime_in_seconds')).toBeGreaterThanOrEqual(0);
    expect([...figures.values()].filter((value) => Number.isNaN(value))).toEqual([]);
  });

  test('what is no more is not shown; counters start again with CONFIG RESETSTAT', async () => {
    await server.call('FLUSHALL');
    await server.call('CONFIG', 'RESETSTAT');
    const figures = await scrape(port);
    expect(figures.has('graftis_db_keys{db="db0"}')).toBe(false);
    expect(figures.has('graftis_command_calls_total{command="set",module=""}')).toBe(false);
    expect(figures.get('graftis_keyspace_hits_total')).toBe(0);
  });

  test('everything else over HTTP is refused', async () => {
    const url = `http://127.0.0.1:${port}`;
    expect((await fetch(url)).status).toBe(404);
    expect((await fetch(`${url}/metrics/x`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST', body: 'x' })).status).toBe(405);
    const head = await fetch(`${url}/metrics`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(1000);
  });

  test('CONFIG SET moves it, and turns it off', async () => {
    const other = await freePort();
    await server.call('CONFIG', 'SET', 'metrics-port', String(other));
    await scrape(other);
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
    await server.call('CONFIG', 'SET', 'metrics-port', '0');
    await expect(fetch(`http://127.0.0.1:${other}/metrics`)).rejects.toThrow();
    await server.call('CONFIG', 'SET', 'metrics-port', String(port));
    await scrape(port);
  });

  test('a port that is taken', async () => {
    const taken = await freePort();
    const holder = createServer().listen(taken, '127.0.0.1');
    try {
      const answer = await server.call('CONFIG', 'SET', 'metrics-port', String(taken));
      expect(String(answer)).toContain('Unable to listen on the metrics port');
      expect(await server.call('CONFIG', 'GET', 'metrics-port')).toEqual(['metrics-port', String(port)]);
      await scrape(port);
      await expect(startGraftis({ 'metrics-port': taken })).rejects.toThrow(
        `Failed listening on port ${taken} (metrics), aborting.`,
      );
    } finally {
      holder.close();
    }
  });

  test.skipIf(!compilerAvailable())('modules', async () => {
    const path = compileSource(
      'figures',
      `#include "redismodule.h"
static void info(RedisModuleInfoCtx *ctx, int crash) {
  (void)crash;
  RedisModule_InfoAddSection(ctx, "cache");
  RedisModule_InfoAddFieldLongLong(ctx, "hits", 12);
  RedisModule_InfoAddFieldDouble(ctx, "ratio", 0.5);
  RedisModule_InfoAddFieldCString(ctx, "mode", "fast");
  RedisModule_InfoBeginDictField(ctx, "sizes");
  RedisModule_InfoAddFieldLongLong(ctx, "small", 3);
  RedisModule_InfoEndDictField(ctx);
}
int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
  (void)argv; (void)argc;
  if (RedisModule_Init(ctx, "figures", 7, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
  return RedisModule_RegisterInfoFunc(ctx, info);
}`,
    );
    expect(await server.call('MODULE', 'LOAD', path)).toBe('OK');
    const figures = await scrape(port);
    expect(figures.get('graftis_module_info{name="figures",version="7"}')).toBe(1);
    const own = [...figures].filter(([key]) => key.startsWith('graftis_module_figure{section="figures_cache"'));
    expect(own.map(([key, value]) => `${/field="(\w+)"/.exec(key)![1]} ${value}`)).toEqual([
      'figures_hits 12',
      'figures_ratio 0.5',
      'figures_sizes_small 3',
    ]);
  });
});
