import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { compilerAvailable } from '../../../test/support/availability.ts';
import { FakeEnv } from '../../../test/support/module-env.ts';
import { compileSource } from '../../../test/support/modules.ts';
import { ModuleHost } from '../host.ts';

const hosts: ModuleHost[] = [];

afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
});

const SOURCE = `
#include "redismodule.h"
#include <pthread.h>
#include <unistd.h>
#include <errno.h>

/* Shared state that only holders of the lock may touch: any interleaving breaks the invariant a == b. */
static volatile long a, b, sections, broken, finished, tryFailed;
static int threadCount, rounds;

static void criticalSection(void) {
    if (a != b) broken++;
    a++;
    usleep(20);
    if (a != b + 1) broken++;
    b++;
    sections++;
}

static void *worker(void *arg) {
    RedisModuleCtx *ctx = arg;
    for (int i = 0; i < rounds; i++) {
        RedisModule_ThreadSafeContextLock(ctx);
        criticalSection();
        /* API calls of the owner are served while it holds the lock. */
        RedisModuleString *s = RedisModule_CreateStringFromLongLong(ctx, i);
        long long back;
        if (RedisModule_StringToLongLong(s, &back) != REDISMODULE_OK || back != i) broken++;
        RedisModule_FreeString(ctx, s);
        RedisModule_ThreadSafeContextUnlock(ctx);
        errno = 0;
        if (RedisModule_ThreadSafeContextTryLock(ctx) == REDISMODULE_OK) {
            criticalSection();
            RedisModule_ThreadSafeContextUnlock(ctx);
        } else {
            /* EBUSY, as in redis-server, or what sem_trywait says. */
            if (errno != EBUSY && errno != EAGAIN) broken++;
            __sync_fetch_and_add(&tryFailed, 1);
        }
    }
    RedisModule_FreeThreadSafeContext(ctx);
    __sync_fetch_and_add(&finished, 1);
    return NULL;
}

static int start(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argc;
    long long n, r;
    RedisModule_StringToLongLong(argv[1], &n);
    RedisModule_StringToLongLong(argv[2], &r);
    threadCount = n;
    rounds = r;
    finished = 0;
    for (int i = 0; i < threadCount; i++) {
        pthread_t tid;
        RedisModuleCtx *own = i & 1 ? RedisModule_GetDetachedThreadSafeContext(ctx) : RedisModule_GetThreadSafeContext(NULL);
        pthread_create(&tid, NULL, worker, own);
        pthread_detach(tid);
    }
    criticalSection();
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static int touch(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    criticalSection();
    return RedisModule_ReplyWithLongLong(ctx, sections);
}

static int report(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    RedisModule_ReplyWithArray(ctx, 3);
    RedisModule_ReplyWithLongLong(ctx, finished);
    RedisModule_ReplyWithLongLong(ctx, broken);
    return RedisModule_ReplyWithLongLong(ctx, sections + tryFailed);
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    if (RedisModule_Init(ctx, "threads", 1, 1)) return REDISMODULE_ERR;
    RedisModule_CreateCommand(ctx, "start", start, "", 0, 0, 0);
    RedisModule_CreateCommand(ctx, "touch", touch, "", 0, 0, 0);
    return RedisModule_CreateCommand(ctx, "report", report, "", 0, 0, 0);
}`;

describe.skipIf(!compilerAvailable())('the lock between main loop and threads', () => {
  it('8 threads and the main loop never interleave, and all get on', async () => {
    const env = new FakeEnv();
    const host = new ModuleHost(env);
    hosts.push(host);
    expect(host.load(compileSource('threads', SOURCE))).toBe(true);
    let pending = 0;
    let done = 0;
    // Commands that could not run because a thread had the lock run when it unlocks.
    host.lock.runPending = () => {
      for (; pending > 0; pending--, done++) env.run(['touch']);
    };
    const command = (parts: (string | number)[]): string | null => {
      if (!host.lock.tryEnter()) return null;
      const reply = env.run(parts);
      host.lock.leave();
      return reply;
    };
    const threads = 8;
    const rounds = 30;
    expect(command(['start', threads, rounds])).toBe('+OK\r\n');
    expect(host.lock.active).toBe(true);
    let touched = 1;
    for (;;) {
      if (command(['touch']) === null) pending++;
      touched++;
      await turn();
      const state = command(['report']);
      if (state?.startsWith(`*3\r\n:${threads}\r\n`)) {
        expect(pending).toBe(0);
        expect(state).toBe(`*3\r\n:${threads}\r\n:0\r\n:${threads * rounds * 2 + touched}\r\n`);
        break;
      }
    }
    expect(done).toBeGreaterThan(0);
    await delay(1);
    expect(host.lock.active).toBe(false);
    expect(env.logged.filter((line) => line.includes('misuse'))).toEqual([]);
  });
});
