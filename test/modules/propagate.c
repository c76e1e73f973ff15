/* What modules tell the append-only file and replicas: commands for test/differential/propagation.test.ts. */
#include <pthread.h>
#include "redismodule.h"

#define UNUSED(x) (void)(x)

/* PROP.VERBATIM key value: sets the key and is repeated as it is. */
static int verbatim(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3) return RedisModule_WrongArity(ctx);
    RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_READ | REDISMODULE_WRITE);
    RedisModule_StringSet(key, argv[2]);
    RedisModule_CloseKey(key);
    RedisModule_ReplicateVerbatim(ctx);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

/* PROP.LINES n: repeats n lines. */
static int lines(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    long long n;
    if (argc != 2 || RedisModule_StringToLongLong(argv[1], &n) != REDISMODULE_OK) return RedisModule_WrongArity(ctx);
    for (long long i = 0; i < n; i++) RedisModule_Replicate(ctx, "INCRBY", "cl", "lines", i);
    return RedisModule_ReplyWithLongLong(ctx, n);
}

/* PROP.CALL flags command arg...: runs the command line with these flags. */
static int call(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc < 3) return RedisModule_WrongArity(ctx);
    char format[32];
    size_t length, n = 0;
    const char *flags = RedisModule_StringPtrLen(argv[1], &length);
    format[n++] = 'v';
    for (size_t i = 0; i < length && n < sizeof(format) - 1; i++) {
        if (flags[i] != '-') format[n++] = flags[i];
    }
    format[n] = '\0';
    RedisModuleCallReply *reply =
        RedisModule_Call(ctx, RedisModule_StringPtrLen(argv[2], NULL), format, argv + 3, (size_t)argc - 3);
    if (reply == NULL) return RedisModule_ReplyWithNull(ctx);
    RedisModule_ReplyWithCallReply(ctx, reply);
    RedisModule_FreeCallReply(reply);
    return REDISMODULE_OK;
}

/* PROP.MIXED key: a line of its own, a call that is repeated, one that is not, and itself. */
static int mixed(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModule_Replicate(ctx, "SET", "sc", argv[1], "first");
    RedisModule_FreeCallReply(RedisModule_Call(ctx, "APPEND", "!sc", argv[1], "second"));
    RedisModule_FreeCallReply(RedisModule_Call(ctx, "APPEND", "sc", argv[1], "third"));
    RedisModule_ReplicateVerbatim(ctx);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static void fire(RedisModuleCtx *ctx, void *data) {
    UNUSED(data);
    RedisModule_FreeCallReply(RedisModule_Call(ctx, "SET", "!cc", "timer", "1"));
    RedisModule_Replicate(ctx, "INCR", "c", "timer");
    RedisModule_FreeCallReply(RedisModule_Call(ctx, "INCR", "!c", "timer"));
}

/* PROP.TIMER: what a timer does is one transaction. */
static int timer(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    UNUSED(argv);
    UNUSED(argc);
    RedisModule_CreateTimer(ctx, 1, fire, NULL);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static void *work(void *arg) {
    UNUSED(arg);
    RedisModuleCtx *ctx = RedisModule_GetThreadSafeContext(NULL);
    RedisModule_ThreadSafeContextLock(ctx);
    RedisModule_FreeCallReply(RedisModule_Call(ctx, "SET", "!cc", "thread", "1"));
    RedisModule_Replicate(ctx, "INCR", "c", "thread");
    RedisModule_FreeCallReply(RedisModule_Call(ctx, "INCR", "!c", "thread"));
    RedisModule_ThreadSafeContextUnlock(ctx);
    RedisModule_ThreadSafeContextLock(ctx);
    RedisModule_FreeCallReply(RedisModule_Call(ctx, "DEL", "!c", "thread"));
    RedisModule_ThreadSafeContextUnlock(ctx);
    RedisModule_FreeThreadSafeContext(ctx);
    return NULL;
}

/* PROP.THREAD: what a thread does while it has the lock is one transaction. */
static int thread(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    UNUSED(argv);
    UNUSED(argc);
    pthread_t id;
    if (pthread_create(&id, NULL, work, NULL) != 0) return RedisModule_ReplyWithError(ctx, "ERR no thread");
    pthread_detach(id);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    UNUSED(argv);
    UNUSED(argc);
    if (RedisModule_Init(ctx, "propagate", 1, REDISMODULE_APIVER_1) != REDISMODULE_OK) return REDISMODULE_ERR;
    const struct { const char *name; RedisModuleCmdFunc run; } commands[] = {
        {"prop.verbatim", verbatim}, {"prop.lines", lines}, {"prop.call", call}, {"prop.mixed", mixed},
        {"prop.timer", timer}, {"prop.thread", thread},
    };
    for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (RedisModule_CreateCommand(ctx, commands[i].name, commands[i].run, "write", 0, 0, 0) != REDISMODULE_OK) {
            return REDISMODULE_ERR;
        }
    }
    return REDISMODULE_OK;
}
