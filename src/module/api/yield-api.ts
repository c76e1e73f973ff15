// Long commands that let others have their turn.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { contextAt } from '../abi/contexts.ts';
import { readLatin1 } from '../abi/native-memory.ts';

/** REDISMODULE_YIELD_FLAG_CLIENTS: clients are served meanwhile, most of them with an error. */
const FLAG_CLIENTS = 2;

export const yielding: ApiFunction[] = [
  api(
    '7.0',
    'void RedisModule_Yield(RedisModuleCtx *ctx, int flags, const char *busy_reply)',
    undefined,
    (ctx: number, flags: number, busyReply: number) => {
      const context = contextAt(ctx);
      const { env } = context.host;
      const nowUs = Date.now() * 1000;
      // Short commands disturb nobody.
      if (context.nextYieldUs === 0) context.nextYieldUs = env.facts.cachedUs + env.yieldAfterMs * 1000;
      if (nowUs < context.nextYieldUs) return;
      if (flags & FLAG_CLIENTS) env.serveOthers(busyReply === 0 ? null : readLatin1(busyReply));
      context.nextYieldUs = Date.now() * 1000 + env.yieldEveryMs * 1000;
    },
  ),
];
