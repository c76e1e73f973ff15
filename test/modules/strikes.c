/* Whoever is told of something strikes back: callbacks of a type and a listener run commands on the keys concerned.
 *
 *   s.set <key> <n>            a value of the type; s.get <key> its number
 *   s.on <what> <command> ...  the next time `what` happens, the command runs, once. `what` is the name of a keyspace event,
 *                              or unlink, free, copy, mem_usage: the callbacks of the type
 *   s.notes                    what happened since the last time, in order
 *   s.hold <key>               opens a string and keeps its bytes (StringDMA); s.poke <text> writes over the first ones of
 *                              all that are held, s.let closes their keys */
#include "redismodule.h"

#include <stdio.h>
#include <string.h>

#define MAX_ARGS 8
#define MAX_HELD 64

static RedisModuleType *type;
static RedisModuleCtx *detached;
static char notes[4096];
static char strikeAt[32];
static RedisModuleString *strike[MAX_ARGS];
static int strikeCount;
static RedisModuleKey *held[MAX_HELD];
static char *heldBytes[MAX_HELD];
static size_t heldLength[MAX_HELD];
static int heldCount;

static void note(const char *what, const char *detail) {
    size_t used = strlen(notes);
    snprintf(notes + used, sizeof(notes) - used, "%s %s;", what, detail);
}

/* Runs the command if this is what it waits for. */
static void happened(const char *what, const RedisModuleString *key) {
    note(what, key ? RedisModule_StringPtrLen(key, NULL) : "-");
    if (strikeCount == 0 || strcmp(what, strikeAt) != 0) return;
    int count = strikeCount;
    strikeCount = 0;
    RedisModuleCallReply *reply = RedisModule_Call(detached, RedisModule_StringPtrLen(strike[0], NULL), "v", strike + 1, (size_t)(count - 1));
    char text[32] = "?";
    if (reply && RedisModule_CallReplyType(reply) == REDISMODULE_REPLY_INTEGER)
        snprintf(text, sizeof(text), "%lld", RedisModule_CallReplyInteger(reply));
    else if (reply) snprintf(text, sizeof(text), "type %d", RedisModule_CallReplyType(reply));
    note("struck", text);
    if (reply) RedisModule_FreeCallReply(reply);
    for (int i = 0; i < count; i++) RedisModule_FreeString(NULL, strike[i]);
}

static void freeValue(void *value) {
    happened("free", NULL);
    RedisModule_Free(value);
}
static void unlinkValue(RedisModuleString *key, const void *value) {
    char n[32];
    snprintf(n, sizeof(n), "%lld", *(const long long *)value);
    happened("unlink", key);
    /* It is still there, whatever was run. */
    char after[32];
    snprintf(after, sizeof(after), "%lld", *(const long long *)value);
    note(strcmp(n, after) == 0 ? "holds" : "lost", n);
}
static size_t memUsage(const void *value) {
    (void)value;
    happened("mem_usage", NULL);
    return 100;
}
static void *boxed(long long n) {
    long long *value = RedisModule_Alloc(sizeof(*value));
    *value = n;
    return value;
}
static void *copyValue(RedisModuleString *from, RedisModuleString *to, const void *value) {
    long long n = *(const long long *)value;
    (void)to;
    happened("copy", from);
    return boxed(n);
}
static void *rdbLoad(RedisModuleIO *rdb, int encver) { (void)rdb, (void)encver; return NULL; }
static void rdbSave(RedisModuleIO *rdb, void *value) { (void)rdb, (void)value; }
static void aofRewrite(RedisModuleIO *aof, RedisModuleString *key, void *value) { (void)aof, (void)key, (void)value; }

static int listener(RedisModuleCtx *ctx, int kind, const char *event, RedisModuleString *key) {
    (void)ctx, (void)kind;
    happened(event, key);
    return REDISMODULE_OK;
}

static int set(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3) return RedisModule_WrongArity(ctx);
    long long n = 0;
    RedisModule_StringToLongLong(argv[2], &n);
    RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_WRITE);
    RedisModule_ModuleTypeSetValue(key, type, boxed(n));
    RedisModule_CloseKey(key);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static int get(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_READ);
    int ours = RedisModule_KeyType(key) == REDISMODULE_KEYTYPE_MODULE && RedisModule_ModuleTypeGetType(key) == type;
    if (ours) RedisModule_ReplyWithLongLong(ctx, *(long long *)RedisModule_ModuleTypeGetValue(key));
    else RedisModule_ReplyWithNull(ctx);
    RedisModule_CloseKey(key);
    return REDISMODULE_OK;
}

static int on(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc < 3 || argc > MAX_ARGS + 2) return RedisModule_WrongArity(ctx);
    for (int i = 0; i < strikeCount; i++) RedisModule_FreeString(NULL, strike[i]);
    snprintf(strikeAt, sizeof(strikeAt), "%s", RedisModule_StringPtrLen(argv[1], NULL));
    strikeCount = argc - 2;
    for (int i = 0; i < strikeCount; i++) {
        size_t length;
        const char *text = RedisModule_StringPtrLen(argv[i + 2], &length);
        strike[i] = RedisModule_CreateString(NULL, text, length);
    }
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static int takeNotes(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    RedisModule_ReplyWithCString(ctx, notes);
    notes[0] = 0;
    return REDISMODULE_OK;
}

static int hold(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2 || heldCount == MAX_HELD) return RedisModule_WrongArity(ctx);
    int i = heldCount++;
    held[i] = RedisModule_OpenKey(detached, argv[1], REDISMODULE_READ | REDISMODULE_WRITE);
    heldBytes[i] = RedisModule_StringDMA(held[i], &heldLength[i], REDISMODULE_READ | REDISMODULE_WRITE);
    return RedisModule_ReplyWithLongLong(ctx, (long long)heldLength[i]);
}

static int poke(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    size_t length;
    const char *text = RedisModule_StringPtrLen(argv[1], &length);
    for (int i = 0; i < heldCount; i++) memcpy(heldBytes[i], text, length < heldLength[i] ? length : heldLength[i]);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static int let(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    for (int i = 0; i < heldCount; i++) RedisModule_CloseKey(held[i]);
    heldCount = 0;
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    if (RedisModule_Init(ctx, "strikes", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    detached = RedisModule_GetDetachedThreadSafeContext(ctx);
    RedisModuleTypeMethods methods = {
        .version = 3, .rdb_load = rdbLoad, .rdb_save = rdbSave, .aof_rewrite = aofRewrite,
        .mem_usage = memUsage, .free = freeValue, .unlink = unlinkValue, .copy = copyValue,
    };
    type = RedisModule_CreateDataType(ctx, "strike-ty", 0, &methods);
    if (type == NULL) return REDISMODULE_ERR;
    struct {
        const char *name;
        RedisModuleCmdFunc run;
        int key;
    } commands[] = {{"s.set", set, 1},   {"s.get", get, 1},   {"s.on", on, 0},     {"s.notes", takeNotes, 0},
                    {"s.hold", hold, 1}, {"s.poke", poke, 0}, {"s.let", let, 0}};
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (RedisModule_CreateCommand(ctx, commands[i].name, commands[i].run, "write", commands[i].key, commands[i].key,
                                      commands[i].key) == REDISMODULE_ERR)
            return REDISMODULE_ERR;
    return RedisModule_SubscribeToKeyspaceEvents(ctx, REDISMODULE_NOTIFY_ALL, listener);
}
