/* A module that remembers: what it counts must not be seen by the module of another server in the same process.
 *
 *   statics.bump    counts in a global variable
 *   statics.later   a thread counts the same, and answers
 */
#include "redismodule.h"

#include <pthread.h>

static long long count;

static int bump(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    return RedisModule_ReplyWithLongLong(ctx, __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST));
}

static int reply(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    return RedisModule_ReplyWithLongLong(ctx, (long long)RedisModule_GetBlockedClientPrivateData(ctx));
}

static void *work(void *client) {
    long long value = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
    RedisModule_UnblockClient(client, (void *)value);
    return NULL;
}

static int later(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    pthread_t thread;
    RedisModuleBlockedClient *client = RedisModule_BlockClient(ctx, reply, NULL, NULL, 0);
    if (pthread_create(&thread, NULL, work, client) != 0) {
        RedisModule_AbortBlock(client);
        return RedisModule_ReplyWithError(ctx, "ERR cannot start a thread");
    }
    pthread_detach(thread);
    return REDISMODULE_OK;
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    if (RedisModule_Init(ctx, "statics", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    if (RedisModule_CreateCommand(ctx, "statics.bump", bump, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "statics.later", later, "", 0, 0, 0) == REDISMODULE_ERR)
        return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
