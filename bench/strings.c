/* What bench/module-strings.mjs measures: s.make <n> makes n strings, s.drop frees them, s.cycle <n> makes and frees n. */
#include "redismodule.h"

#include <string.h>

static RedisModuleString **strings;
static long long count;

static int run(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    const char *name = RedisModule_StringPtrLen(argv[0], NULL);
    const char text[] = "a string of thirty-two characters";
    long long n = 0;
    if (argc > 1) RedisModule_StringToLongLong(argv[1], &n);
    if (!strcmp(name, "s.make")) {
        strings = RedisModule_Alloc(n * sizeof(*strings));
        for (count = 0; count < n; count++) strings[count] = RedisModule_CreateString(NULL, text, sizeof(text) - 1);
    } else if (!strcmp(name, "s.drop")) {
        while (count > 0) RedisModule_FreeString(NULL, strings[--count]);
        RedisModule_Free(strings);
        strings = NULL;
    } else {
        for (long long i = 0; i < n; i++)
            RedisModule_FreeString(NULL, RedisModule_CreateString(NULL, text, sizeof(text) - 1));
    }
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    if (RedisModule_Init(ctx, "strings", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    const char *names[] = {"s.make", "s.drop", "s.cycle"};
    for (int i = 0; i < 3; i++)
        if (RedisModule_CreateCommand(ctx, names[i], run, "", 0, 0, 0) == REDISMODULE_ERR) return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
