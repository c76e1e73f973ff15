// Clocks, random bytes, versions, memory and latency: what belongs to no section of its own.

import { randomFillSync } from 'node:crypto';
import { type ApiFunction, api } from '../abi/api-table.ts';
import { readCString, toSize, writeBytes } from '../abi/native-memory.ts';
import { currentHost, runtime } from '../runtime.ts';

/** REDISMODULE_TYPE_METHOD_VERSION of Redis 7.4. */
const TYPE_METHOD_VERSION = 5;
/** All REDISMODULE_OPTION_ bits of Redis 7.4. */
const ALL_MODULE_OPTIONS = (1 << 4) - 1;
const RANDOM_CHUNK_BYTES = 65536;
const HEX = Buffer.from('0123456789abcdef');

/** Fills native memory with random bytes, each passed through `map`. */
function fillRandom(target: number, sizeBytes: number, map: ((byte: number) => number) | null): void {
  const chunk = new Uint8Array(Math.min(sizeBytes, RANDOM_CHUNK_BYTES));
  for (let at = 0; at < sizeBytes; at += chunk.length) {
    randomFillSync(chunk);
    if (map !== null) for (let i = 0; i < chunk.length; i++) chunk[i] = map(chunk[i]!);
    writeBytes(target + at, chunk, 0, Math.min(chunk.length, sizeBytes - at));
  }
}

/** `7.4.0` as 0x00070400. */
export function versionNumber(text: string): number {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number);
  return (major << 16) | (minor << 8) | patch;
}

export const system: ApiFunction[] = [
  api('4.0', 'mstime_t RedisModule_Milliseconds(void)', 0, () => Date.now(), { shim: true }),
  api(
    '7.2',
    'ustime_t RedisModule_Microseconds(void)',
    0,
    () => Math.floor((performance.timeOrigin + performance.now()) * 1000),
    { shim: true },
  ),
  api('7.2', 'ustime_t RedisModule_CachedMicroseconds(void)', 0, () => currentHost().env.facts.cachedUs),
  api('7.0', 'uint64_t RedisModule_MonotonicMicroseconds(void)', 0, () => Number(process.hrtime.bigint() / 1000n), {
    shim: true,
  }),

  api(
    '5.0',
    'void RedisModule_GetRandomBytes(unsigned char *dst, size_t len)',
    undefined,
    (target: number, len: number | bigint) => fillRandom(target, toSize(len), null),
  ),
  api(
    '5.0',
    'void RedisModule_GetRandomHexChars(char *dst, size_t len)',
    undefined,
    (target: number, len: number | bigint) => fillRandom(target, toSize(len), (byte) => HEX[byte & 15]!),
  ),

  api('6.0', 'int RedisModule_GetServerVersion(void)', 0, () => versionNumber(currentHost().env.facts.redisVersion)),
  api('6.2', 'int RedisModule_GetTypeMethodVersion(void)', 0, () => TYPE_METHOD_VERSION),
  api('7.2', 'int RedisModule_GetModuleOptionsAll(void)', 0, () => ALL_MODULE_OPTIONS),

  api('6.0', 'float RedisModule_GetUsedMemoryRatio(void)', 0, () => currentHost().env.facts.memoryRatio()),
  api(
    '6.0',
    'void RedisModule_LatencyAddSample(const char *event, mstime_t latency)',
    undefined,
    (event: number, latency: number | bigint) =>
      currentHost().env.facts.addLatency(readCString(event), Number(latency)),
  ),

  api(
    '6.0',
    'void RedisModule__Assert(const char *estr, const char *file, int line)',
    undefined,
    (expression: number, file: number, line: number) => {
      const { env } = currentHost();
      const name = runtime.current?.module?.name ?? '?';
      env.log('warning', `=== ASSERTION FAILED === (module ${name})`);
      env.log('warning', `==> ${readCString(file)}:${line} '${readCString(expression)}' is not true`);
      // The module's state is broken in its own view, and it does not expect this function to return.
      process.abort();
    },
  ),
];
