/* RedisModule_Call of commands that block: promises. */
#include "redismodule.h"

#include <stdio.h>
#include <string.h>

#define MAX_WAITING 16

static RedisModuleBlockedClient *waiting[MAX_WAITING];
static int waitingCount;
static RedisModuleCallReply *promise;
static long long handled, disconnected;

static int wokenReply(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    RedisModule_ReplyWithArray(ctx, 2);
    RedisModule_ReplyWithSimpleString(ctx, "woken");
    return RedisModule_ReplyWithLongLong(ctx, (long long)(size_t)RedisModule_GetBlockedClientPrivateData(ctx));
}

static int timeoutReply(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    return RedisModule_ReplyWithSimpleString(ctx, "timed out");
}

static void gone(RedisModuleCtx *ctx, RedisModuleBlockedClient *bc) {
    (void)ctx;
    disconnected++;
    for (int i = 0; i < waitingCount; i++)
        if (waiting[i] == bc) waiting[i] = waiting[--waitingCount];
    RedisModule_UnblockClient(bc, NULL);
}

/* async.wait <ms>: blocks until async.wake, or for so long (0: without end) */
static int asyncWait(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    long long ms;
    if (argc != 2 || RedisModule_StringToLongLong(argv[1], &ms) != REDISMODULE_OK) return RedisModule_WrongArity(ctx);
    RedisModuleBlockedClient *bc = RedisModule_BlockClient(ctx, wokenReply, timeoutReply, NULL, ms);
    if (!bc) return REDISMODULE_OK;
    RedisModule_SetDisconnectCallback(bc, gone);
    if (waitingCount < MAX_WAITING) waiting[waitingCount++] = bc;
    return REDISMODULE_OK;
}

/* async.wake: ends all waits; how many there were */
static int asyncWake(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    int count = waitingCount;
    for (int i = 0; i < count; i++) RedisModule_UnblockClient(waiting[i], (void *)(size_t)(i + 1));
    waitingCount = 0;
    return RedisModule_ReplyWithLongLong(ctx, count);
}

/* Passes the reply on to the client that waits for it. */
static void onReply(RedisModuleCtx *ctx, RedisModuleCallReply *reply, void *data) {
    handled++;
    RedisModuleBlockedClient *bc = data;
    RedisModuleCtx *own = RedisModule_GetThreadSafeContext(bc);
    RedisModuleCallReply *db = RedisModule_Call(ctx, "INCR", "c", "handled");
    if (db) RedisModule_FreeCallReply(db);
    RedisModule_ReplyWithCallReply(own, reply);
    RedisModule_FreeThreadSafeContext(own);
    RedisModule_UnblockClient(bc, NULL);
    RedisModule_FreeCallReply(reply);
}

/* async.call <flags> <command> ...: the reply, whenever it comes */
static int asyncCall(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc < 3) return RedisModule_WrongArity(ctx);
    char format[32];
    snprintf(format, sizeof(format), "%sv", RedisModule_StringPtrLen(argv[1], NULL));
    RedisModuleCallReply *reply =
        RedisModule_Call(ctx, RedisModule_StringPtrLen(argv[2], NULL), format, argv + 3, (size_t)(argc - 3));
    if (!reply) return RedisModule_ReplyWithSimpleString(ctx, "NULL");
    if (RedisModule_CallReplyType(reply) != REDISMODULE_REPLY_PROMISE) {
        RedisModule_ReplyWithCallReply(ctx, reply);
    } else {
        RedisModuleBlockedClient *bc = RedisModule_BlockClient(ctx, NULL, NULL, NULL, 0);
        RedisModule_CallReplyPromiseSetUnblockHandler(reply, onReply, bc);
    }
    RedisModule_FreeCallReply(reply);
    return REDISMODULE_OK;
}

/* async.forget <command> ...: nobody waits for the reply */
static int asyncForget(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    RedisModuleCallReply *reply =
        RedisModule_Call(ctx, RedisModule_StringPtrLen(argv[1], NULL), "Kv", argv + 2, (size_t)(argc - 2));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyType(reply));
    RedisModule_FreeCallReply(reply);
    return REDISMODULE_OK;
}

/* async.keep <command> ...: the promise is kept, for async.abort */
static int asyncKeep(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    promise = RedisModule_Call(ctx, RedisModule_StringPtrLen(argv[1], NULL), "Kv", argv + 2, (size_t)(argc - 2));
    RedisModule_CallReplyPromiseSetUnblockHandler(promise, onReply, (void *)4711);
    return RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyType(promise));
}

/* async.abort: what both attempts to abort answer, and the private data */
static int asyncAbort(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    void *data = NULL;
    RedisModule_ReplyWithArray(ctx, 3);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyPromiseAbort(promise, &data));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyPromiseAbort(promise, NULL));
    RedisModule_ReplyWithLongLong(ctx, (long long)(size_t)data);
    RedisModule_FreeCallReply(promise);
    return REDISMODULE_OK;
}

/* async.counts: waits going on, handlers called, waits ended by force */
static int asyncCounts(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    RedisModule_ReplyWithArray(ctx, 3);
    RedisModule_ReplyWithLongLong(ctx, waitingCount);
    RedisModule_ReplyWithLongLong(ctx, handled);
    return RedisModule_ReplyWithLongLong(ctx, disconnected);
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    if (RedisModule_Init(ctx, "async", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    struct {
        const char *name;
        RedisModuleCmdFunc run;
    } commands[] = {
        {"async.wait", asyncWait}, {"async.wake", asyncWake},     {"async.call", asyncCall},   {"async.forget", asyncForget},
        {"async.keep", asyncKeep}, {"async.abort", asyncAbort}, {"async.counts", asyncCounts},
    };
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (RedisModule_CreateCommand(ctx, commands[i].name, commands[i].run, "write", 0, 0, 0) == REDISMODULE_ERR)
            return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
