/* Values that are all memory of the module's own: chains of blocks of 1000 bytes. */
#include "redismodule.h"

struct block {
    struct block *next;
    char bytes[992];
};

static RedisModuleType *type;

static void freeChain(void *value) {
    struct block *block = value;
    while (block != NULL) {
        struct block *next = block->next;
        RedisModule_Free(block);
        block = next;
    }
}

/* heavy.set KEY BLOCKS */
static int set(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    long long count;
    if (argc != 3 || RedisModule_StringToLongLong(argv[2], &count) == REDISMODULE_ERR) return RedisModule_WrongArity(ctx);
    struct block *chain = NULL;
    while (count-- > 0) {
        struct block *block = RedisModule_Alloc(sizeof(*block));
        block->next = chain;
        chain = block;
    }
    RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_WRITE);
    RedisModule_ModuleTypeSetValue(key, type, chain);
    RedisModule_CloseKey(key);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    if (RedisModule_Init(ctx, "heavy", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    RedisModuleTypeMethods methods = {.version = 1, .free = freeChain};
    type = RedisModule_CreateDataType(ctx, "heavytype", 0, &methods);
    if (type == NULL) return REDISMODULE_ERR;
    return RedisModule_CreateCommand(ctx, "heavy.set", set, "write deny-oom", 1, 1, 1);
}
