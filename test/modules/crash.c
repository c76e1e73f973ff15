/* Ends the process in every way that native code can. */
#include "redismodule.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

/* Not in any header: asked for in vain, and called all the same. */
static int (*RedisModule_NeverHeardOf)(RedisModuleCtx *ctx);

static int callNull(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    return RedisModule_NeverHeardOf(ctx) + 1;
}

static int doAbort(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)ctx, (void)argv, (void)argc;
    abort();
}

/* crash.raise number */
static int raiseSignal(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    long long number = 0;
    if (argc == 2) RedisModule_StringToLongLong(argv[1], &number);
    raise((int)number);
    return RedisModule_ReplyWithSimpleString(ctx, "survived");
}

/* The address of an argument is nothing that can be read. */
static int badArgument(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    return RedisModule_ReplyWithStringBuffer(ctx, (const char *)64, 200);
}

/* The same, and JavaScript reads it. */
static int badText(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    return RedisModule_GetSharedAPI(ctx, (const char *)64) == NULL;
}

static int deep(volatile char *outer, int depth) {
    volatile char room[1024];
    room[0] = outer[0];
    return depth == 0 ? room[0] : deep(room, depth - 1) + room[0];
}

static int overflow(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    char first = 1;
    return RedisModule_ReplyWithLongLong(ctx, deep(&first, 1 << 30));
}

static void *writeNowhere(void *unused) {
    (void)unused;
    *(volatile int *)0x10 = 1;
    return NULL;
}

static int inThread(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    pthread_t thread;
    pthread_create(&thread, NULL, writeNowhere, NULL);
    pthread_join(thread, NULL);
    return RedisModule_ReplyWithSimpleString(ctx, "never");
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    if (RedisModule_Init(ctx, "crash", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    int (*getApi)(const char *, void *) = *(int (**)(const char *, void *))ctx;
    getApi("RedisModule_NeverHeardOf", (void *)&RedisModule_NeverHeardOf);
    const struct {
        const char *name;
        RedisModuleCmdFunc command;
    } commands[] = {{"crash.null", callNull},         {"crash.abort", doAbort},  {"crash.raise", raiseSignal},
                    {"crash.argument", badArgument},  {"crash.text", badText},   {"crash.overflow", overflow},
                    {"crash.thread", inThread}};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (RedisModule_CreateCommand(ctx, commands[i].name, commands[i].command, "", 0, 0, 0) == REDISMODULE_ERR)
            return REDISMODULE_ERR;
    }
    return REDISMODULE_OK;
}
