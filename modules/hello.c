/* The smallest useful module: start here.
 *
 *   hello.simple          -> +OK, the cheapest command there is
 *   hello.echo <text>     -> the text, as a bulk string
 *   hello.add <a> <b>     -> the sum of two integers
 *   hello.sum <n> ...     -> the sum of all arguments and their count, as a nested reply
 *
 * Load it with `MODULE LOAD /absolute/path/hello.so [greeting]`. */
#include "redismodule.h"

#include <string.h>

static int helloSimple(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static int helloEcho(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    size_t length;
    const char *text = RedisModule_StringPtrLen(argv[1], &length);
    return RedisModule_ReplyWithStringBuffer(ctx, text, length);
}

static int helloAdd(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3) return RedisModule_WrongArity(ctx);
    long long a, b;
    if (RedisModule_StringToLongLong(argv[1], &a) != REDISMODULE_OK ||
        RedisModule_StringToLongLong(argv[2], &b) != REDISMODULE_OK)
        return RedisModule_ReplyWithError(ctx, "ERR value is not an integer or out of range");
    return RedisModule_ReplyWithLongLong(ctx, a + b);
}

static int helloSum(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc < 2) return RedisModule_WrongArity(ctx);
    long long sum = 0;
    RedisModule_ReplyWithArray(ctx, REDISMODULE_POSTPONED_LEN);
    int counted = 0;
    for (int i = 1; i < argc; i++) {
        long long value;
        if (RedisModule_StringToLongLong(argv[i], &value) != REDISMODULE_OK) continue;
        sum += value;
        counted++;
        RedisModule_ReplyWithLongLong(ctx, value);
    }
    RedisModule_ReplyWithLongLong(ctx, sum);
    RedisModule_ReplySetArrayLength(ctx, counted + 1);
    return REDISMODULE_OK;
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (RedisModule_Init(ctx, "hello", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;

    const char *greeting = argc > 0 ? RedisModule_StringPtrLen(argv[0], NULL) : "hello";
    RedisModule_Log(ctx, "notice", "%s, I was given %d arguments", greeting, argc);

    if (RedisModule_CreateCommand(ctx, "hello.simple", helloSimple, "readonly fast", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "hello.echo", helloEcho, "readonly fast", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "hello.add", helloAdd, "readonly fast", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "hello.sum", helloSum, "readonly fast", 0, 0, 0) == REDISMODULE_ERR)
        return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
