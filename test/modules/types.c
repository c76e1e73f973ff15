/* Data types of several versions whose values count what happens to them.
 *
 *   t.set <key> <version> <n>     version 1, 3 or 4 of the callbacks; t.get <key> gives back n, or null
 *   t.replace <key> <version> <n> changes the pointer without a new key
 *   t.stats                       live values, frees, frees of dead values, unlinks, copies; t.log what the callbacks saw
 *   t.effort <n>                  what free_effort answers; t.copyable <0|1> whether copies succeed
 *   t.threads <0|1>               whether there is a context that a thread could lock
 *   t.module <key> del|unlink|set|type|again    the module itself removes or overwrites the value */
#include "redismodule.h"

#include <stdio.h>
#include <string.h>

#define MAGIC 0x5a17a11e
typedef struct {
    unsigned magic;
    long long n;
} Value;

static RedisModuleType *types[5];
static long live, frees, badFrees, unlinks, copies;
static size_t effort = 1;
static int copyable = 1;
static char last[512];

static Value *newValue(long long n) {
    Value *value = RedisModule_Alloc(sizeof(*value));
    value->magic = MAGIC;
    value->n = n;
    live++;
    return value;
}

static void freeValue(void *p) {
    Value *value = p;
    frees++;
    if (value->magic != MAGIC) {
        badFrees++;
        return;
    }
    value->magic = 0;
    live--;
    RedisModule_Free(value);
}

static void note(const char *what, const RedisModuleString *from, const RedisModuleString *to, int db, int todb) {
    snprintf(last, sizeof(last), "%s %s %s %d %d", what, from ? RedisModule_StringPtrLen(from, NULL) : "-",
             to ? RedisModule_StringPtrLen(to, NULL) : "-", db, todb);
}

static void digest(RedisModuleDigest *md, void *p) {
    Value *value = p;
    note("digest", RedisModule_GetKeyNameFromDigest(md), NULL, RedisModule_GetDbIdFromDigest(md), 0);
    RedisModule_DigestAddLongLong(md, value->n);
    RedisModule_DigestAddStringBuffer(md, "abc", 3);
    RedisModule_DigestEndSequence(md);
    RedisModule_DigestAddStringBuffer(md, "def", 3);
    RedisModule_DigestEndSequence(md);
}

static size_t memUsage(const void *p) { return (size_t)((const Value *)p)->n; }
static size_t freeEffort(RedisModuleString *key, const void *p) { (void)key; (void)p; return effort; }
static void unlinkValue(RedisModuleString *key, const void *p) { (void)p; unlinks++; note("unlink", key, NULL, 0, 0); }
static void *copyValue(RedisModuleString *from, RedisModuleString *to, const void *p) {
    note("copy", from, to, 0, 0);
    if (!copyable) return NULL;
    copies++;
    return newValue(((const Value *)p)->n);
}

static int threads(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    static RedisModuleCtx *context;
    if (argc != 2) return RedisModule_WrongArity(ctx);
    if (context != NULL) RedisModule_FreeThreadSafeContext(context);
    context = *RedisModule_StringPtrLen(argv[1], NULL) == '1' ? RedisModule_GetDetachedThreadSafeContext(ctx) : NULL;
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static void noteContext(const char *what, RedisModuleKeyOptCtx *ctx) {
    note(what, RedisModule_GetKeyNameFromOptCtx(ctx), RedisModule_GetToKeyNameFromOptCtx(ctx),
         RedisModule_GetDbIdFromOptCtx(ctx), RedisModule_GetToDbIdFromOptCtx(ctx));
}
static size_t memUsage2(RedisModuleKeyOptCtx *ctx, const void *p, size_t samples) {
    noteContext("mem_usage2", ctx);
    return (size_t)((const Value *)p)->n + samples;
}
static size_t freeEffort2(RedisModuleKeyOptCtx *ctx, const void *p) { (void)p; (void)ctx; return effort; }
static void unlink2(RedisModuleKeyOptCtx *ctx, const void *p) { (void)p; unlinks++; noteContext("unlink2", ctx); }
static void *copy2(RedisModuleKeyOptCtx *ctx, const void *p) {
    noteContext("copy2", ctx);
    if (!copyable) return NULL;
    copies++;
    return newValue(((const Value *)p)->n);
}

static void *rdbLoad(RedisModuleIO *rdb, int encver) { (void)rdb; (void)encver; return NULL; }
static void rdbSave(RedisModuleIO *rdb, void *value) { (void)rdb; (void)value; }
static void aofRewrite(RedisModuleIO *aof, RedisModuleString *key, void *value) { (void)aof; (void)key; (void)value; }

static long long number(RedisModuleString *arg) {
    long long value = 0;
    RedisModule_StringToLongLong(arg, &value);
    return value;
}

static RedisModuleType *typeArgument(RedisModuleString *arg) {
    long long version = number(arg);
    return version >= 0 && version < 5 ? types[version] : NULL;
}

static int set(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 4) return RedisModule_WrongArity(ctx);
    RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_WRITE);
    int status = RedisModule_ModuleTypeSetValue(key, typeArgument(argv[2]), newValue(number(argv[3])));
    RedisModule_CloseKey(key);
    return RedisModule_ReplyWithLongLong(ctx, status);
}

static int replace(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 4) return RedisModule_WrongArity(ctx);
    RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_WRITE);
    Value *value = newValue(number(argv[3])), *old = NULL;
    int status = RedisModule_ModuleTypeReplaceValue(key, typeArgument(argv[2]), value, (void **)&old);
    freeValue(status == REDISMODULE_OK ? old : value);
    RedisModule_CloseKey(key);
    return RedisModule_ReplyWithLongLong(ctx, status);
}

static int get(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModule_AutoMemory(ctx);
    RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_READ);
    RedisModuleType *type = RedisModule_ModuleTypeGetType(key);
    Value *value = RedisModule_ModuleTypeGetValue(key);
    if (type == NULL || value == NULL) return RedisModule_ReplyWithNull(ctx);
    int version = 0;
    for (int i = 0; i < 5; i++) if (types[i] == type) version = i;
    RedisModule_ReplyWithArray(ctx, 3);
    RedisModule_ReplyWithLongLong(ctx, version);
    RedisModule_ReplyWithLongLong(ctx, value->magic == MAGIC ? value->n : -1);
    return RedisModule_ReplyWithLongLong(ctx, RedisModule_KeyType(key) * 10 + (long long)RedisModule_ValueLength(key));
}

static int stats(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    RedisModule_ReplyWithArray(ctx, 5);
    RedisModule_ReplyWithLongLong(ctx, live);
    RedisModule_ReplyWithLongLong(ctx, frees);
    RedisModule_ReplyWithLongLong(ctx, badFrees);
    RedisModule_ReplyWithLongLong(ctx, unlinks);
    return RedisModule_ReplyWithLongLong(ctx, copies);
}

static int lastCall(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    RedisModule_ReplyWithCString(ctx, last);
    last[0] = 0;
    return REDISMODULE_OK;
}

static int setEffort(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    effort = number(argv[1]);
    return RedisModule_ReplyWithLongLong(ctx, effort);
}

static int setCopyable(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    copyable = number(argv[1]);
    return RedisModule_ReplyWithLongLong(ctx, copyable);
}

static int byModule(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3) return RedisModule_WrongArity(ctx);
    RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_WRITE);
    const char *how = RedisModule_StringPtrLen(argv[2], NULL);
    int status = -1;
    if (!strcmp(how, "del")) status = RedisModule_DeleteKey(key);
    else if (!strcmp(how, "unlink")) status = RedisModule_UnlinkKey(key);
    else if (!strcmp(how, "set")) status = RedisModule_StringSet(key, argv[2]);
    else if (!strcmp(how, "trunc")) status = RedisModule_StringTruncate(key, 3);
    else if (!strcmp(how, "again")) status = RedisModule_ModuleTypeSetValue(key, types[1], newValue(1000));
    else if (!strcmp(how, "dma")) {
        size_t length;
        status = RedisModule_StringDMA(key, &length, REDISMODULE_WRITE) == NULL ? 1 : 0;
    } else if (!strcmp(how, "late")) status = RedisModule_CreateDataType(ctx, "typelate0", 0, NULL) == NULL ? 1 : 0;
    RedisModule_CloseKey(key);
    return RedisModule_ReplyWithLongLong(ctx, status);
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (RedisModule_Init(ctx, "types", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;

    RedisModuleTypeMethods methods = {
        .version = 1, .rdb_load = rdbLoad, .rdb_save = rdbSave, .aof_rewrite = aofRewrite,
        .mem_usage = memUsage, .digest = digest, .free = freeValue,
        /* Beyond the version: nobody may look at these. */
        .free_effort = (void *)1, .unlink = (void *)1, .copy = (void *)1, .mem_usage2 = (void *)1,
        .unlink2 = (void *)1, .copy2 = (void *)1, .free_effort2 = (void *)1,
    };
    types[1] = RedisModule_CreateDataType(ctx, "test-typ1", 0, &methods);
    methods.version = 3;
    methods.free_effort = freeEffort;
    methods.unlink = unlinkValue;
    methods.copy = copyValue;
    types[3] = RedisModule_CreateDataType(ctx, "test_typ3", 1023, &methods);
    methods.version = 4;
    methods.mem_usage2 = memUsage2;
    methods.free_effort2 = freeEffort2;
    methods.unlink2 = unlink2;
    methods.copy2 = copy2;
    types[4] = RedisModule_CreateDataType(ctx, "TESTtype4", 7, &methods);
    if (types[1] == NULL || types[3] == NULL || types[4] == NULL) return REDISMODULE_ERR;

    /* None of these may succeed. */
    if (RedisModule_CreateDataType(ctx, "short", 0, &methods) != NULL ||
        RedisModule_CreateDataType(ctx, "toolongname", 0, &methods) != NULL ||
        RedisModule_CreateDataType(ctx, "bad/chars", 0, &methods) != NULL ||
        RedisModule_CreateDataType(ctx, "encver-up", 1024, &methods) != NULL ||
        RedisModule_CreateDataType(ctx, "encver-dn", -1, &methods) != NULL)
        return REDISMODULE_ERR;
    methods.version = 0;
    if (RedisModule_CreateDataType(ctx, "version-0", 0, &methods) != NULL) return REDISMODULE_ERR;

    if (RedisModule_CreateCommand(ctx, "t.set", set, "write", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "t.replace", replace, "write", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "t.get", get, "readonly", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "t.stats", stats, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "t.last", lastCall, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "t.effort", setEffort, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "t.copyable", setCopyable, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "t.threads", threads, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "t.module", byModule, "write", 1, 1, 1) == REDISMODULE_ERR)
        return REDISMODULE_ERR;
    /* A load that fails after values exist: their type goes, and so must they. */
    if (argc > 0 && !strcmp(RedisModule_StringPtrLen(argv[0], NULL), "fail")) {
        RedisModuleString *name = RedisModule_CreateString(ctx, "orphan", 6);
        RedisModuleKey *key = RedisModule_OpenKey(ctx, name, REDISMODULE_WRITE);
        RedisModule_ModuleTypeSetValue(key, types[1], newValue(1));
        RedisModule_CloseKey(key);
        RedisModule_FreeString(ctx, name);
        return REDISMODULE_ERR;
    }
    return REDISMODULE_OK;
}
