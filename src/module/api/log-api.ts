// The server's log.

import { type ApiFunction, api, variadicApi } from '../abi/api-table.ts';
import { contextOrNull } from '../abi/contexts.ts';
import { readCBytes, readCString } from '../abi/native-memory.ts';
import { formatPrintf } from '../abi/printf.ts';
import type { VarArgs } from '../abi/varargs.ts';
import type { LogLevel } from '../env.ts';
import { currentHost } from '../runtime.ts';

/** Redis cuts log lines at 1024 bytes, the NUL included. */
const MAX_LINE_BYTES = 1023;

/** Level by name in any case; unknown names are verbose. */
export function logLevel(name: string): LogLevel {
  const level = name.toLowerCase();
  return level === 'debug' || level === 'notice' || level === 'warning' ? level : 'verbose';
}

/** The line that a module's message becomes. */
export function moduleLogLine(moduleName: string, message: Uint8Array): string {
  const line = Buffer.concat([Buffer.from(`<${moduleName}> `), message]);
  return line.subarray(0, MAX_LINE_BYTES).toString('utf8');
}

function writeLine(ctx: number, level: number, message: Uint8Array): void {
  const context = contextOrNull(ctx);
  const host = context?.host ?? currentHost();
  // Before RedisModule_Init a module has no name.
  const name = context?.module?.name || 'module';
  host.env.log(logLevel(readCString(level)), moduleLogLine(name, message));
}

export const log: ApiFunction[] = [
  variadicApi(
    '4.0',
    'void RedisModule_Log(RedisModuleCtx *ctx, const char *level, const char *fmt, ...)',
    undefined,
    (ctx: number, level: number, fmt: number, args: VarArgs) => {
      writeLine(ctx, level, formatPrintf(readCBytes(fmt), args));
    },
    {
      shim: true,
      // Of threads, which have formatted it.
      filled: api(
        '4.0',
        'void RedisModule_LogLine(RedisModuleCtx *ctx, const char *level, const char *line)',
        undefined,
        (ctx: number, level: number, line: number) => writeLine(ctx, level, readCBytes(line)),
      ),
    },
  ),
];
