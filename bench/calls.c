/* Commands of a module as bench.mjs measures them: each is mostly the cost of calling the module API. */
#include "redismodule.h"

/* bc.two <a> <b>: the sum of their lengths. */
static int two(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    size_t first = 0, second = 0;
    if (argc != 3) return RedisModule_WrongArity(ctx);
    RedisModule_StringPtrLen(argv[1], &first);
    RedisModule_StringPtrLen(argv[2], &second);
    return RedisModule_ReplyWithLongLong(ctx, (long long)(first + second));
}

/* bc.array: 20 bulk strings. */
static int array(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    RedisModule_ReplyWithArray(ctx, 20);
    for (int i = 0; i < 20; i++) RedisModule_ReplyWithStringBuffer(ctx, "an element", 10);
    return REDISMODULE_OK;
}

/* bc.key <key>: its string, read where it lies. */
static int key(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    size_t length = 0;
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModuleKey *opened = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_READ);
    if (RedisModule_KeyType(opened) != REDISMODULE_KEYTYPE_STRING) {
        RedisModule_ReplyWithNull(ctx);
    } else {
        const char *bytes = RedisModule_StringDMA(opened, &length, REDISMODULE_READ);
        RedisModule_ReplyWithStringBuffer(ctx, bytes, length);
    }
    RedisModule_CloseKey(opened);
    return REDISMODULE_OK;
}

/* bc.calls <key>: GET of the key, ten times; the sum of the lengths. */
static int calls(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    long long sum = 0;
    if (argc != 2) return RedisModule_WrongArity(ctx);
    for (int i = 0; i < 10; i++) {
        RedisModuleCallReply *reply = RedisModule_Call(ctx, "GET", "s", argv[1]);
        if (reply == NULL) return RedisModule_ReplyWithError(ctx, "ERR GET failed");
        sum += (long long)RedisModule_CallReplyLength(reply);
        RedisModule_FreeCallReply(reply);
    }
    return RedisModule_ReplyWithLongLong(ctx, sum);
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    if (RedisModule_Init(ctx, "benchcalls", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    struct {
        const char *name;
        RedisModuleCmdFunc run;
        int key;
    } commands[] = {{"bc.two", two, 0}, {"bc.array", array, 0}, {"bc.key", key, 1}, {"bc.calls", calls, 1}};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        int place = commands[i].key;
        if (RedisModule_CreateCommand(ctx, commands[i].name, commands[i].run, "readonly fast", place, place, place) == REDISMODULE_ERR)
            return REDISMODULE_ERR;
    }
    return REDISMODULE_OK;
}
