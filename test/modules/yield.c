/* y.spin <ms> <flags> [reply]: a command that takes its time and yields; y.quick is allowed while the server is busy. */
#include "redismodule.h"

static int spin(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    long long ms = 0, flags = 0;
    if (argc < 3) return RedisModule_WrongArity(ctx);
    RedisModule_StringToLongLong(argv[1], &ms);
    RedisModule_StringToLongLong(argv[2], &flags);
    RedisModule_ReplyWithArray(ctx, 2);
    RedisModule_ReplyWithSimpleString(ctx, "before");
    long long until = RedisModule_Milliseconds() + ms;
    while (RedisModule_Milliseconds() < until)
        RedisModule_Yield(ctx, (int)flags, argc > 3 ? RedisModule_StringPtrLen(argv[3], NULL) : NULL);
    return RedisModule_ReplyWithSimpleString(ctx, "after");
}

static int quick(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    return RedisModule_ReplyWithSimpleString(ctx, "quick");
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    if (RedisModule_Init(ctx, "yield", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    if (RedisModule_CreateCommand(ctx, "y.spin", spin, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "y.quick", quick, "allow-busy", 0, 0, 0) == REDISMODULE_ERR) {
        return REDISMODULE_ERR;
    }
    return REDISMODULE_OK;
}
