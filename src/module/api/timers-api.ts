// Timers.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { contextAt } from '../abi/contexts.ts';
import { writeI64 } from '../abi/native-memory.ts';
import { createTimer, findTimer, stopTimer, type Timer } from '../module-timers.ts';
import { fail } from '../runtime.ts';

const NO_TIMER = 'the module has no timer of this id that is still to fire';

function timerOf(ctx: number, id: number | bigint): Timer | null {
  const { module } = contextAt(ctx);
  return module === null ? null : findTimer(module, id);
}

export const timers: ApiFunction[] = [
  api(
    '5.0',
    'RedisModuleTimerID RedisModule_CreateTimer(RedisModuleCtx *ctx, mstime_t period, RedisModuleTimerProc callback, void *data)',
    0,
    (ctx: number, periodMs: number | bigint, callback: number, data: number | bigint) =>
      createTimer(contextAt(ctx), Number(periodMs), callback, data),
  ),
  api(
    '5.0',
    'int RedisModule_StopTimer(RedisModuleCtx *ctx, RedisModuleTimerID id, void **data)',
    1,
    (ctx: number, id: number | bigint, data: number) => {
      const timer = timerOf(ctx, id);
      if (timer === null) return fail(NO_TIMER);
      if (data !== 0) writeI64(data, timer.data);
      stopTimer(timer);
      return 0;
    },
  ),
  api(
    '5.0',
    'int RedisModule_GetTimerInfo(RedisModuleCtx *ctx, RedisModuleTimerID id, uint64_t *remaining, void **data)',
    1,
    (ctx: number, id: number | bigint, remaining: number, data: number) => {
      const timer = timerOf(ctx, id);
      if (timer === null) return fail(NO_TIMER);
      if (remaining !== 0) writeI64(remaining, Math.max(0, Math.floor(timer.atMs - performance.now())));
      if (data !== 0) writeI64(data, timer.data);
      return 0;
    },
  ),
];
