/* A command filter that is told what to do by words in the command line: @count @delete @insert @replace @empty @log, and
 * `f.on <flags>`, `f.off`, `f.call <command> ...`, `f.log`. */
#include "redismodule.h"

#include <stdio.h>
#include <string.h>

static RedisModuleCommandFilter *filter;
static RedisModuleString *kept;
static char last[256];
static unsigned long long lastClient;

static int is(const RedisModuleString *s, const char *word) {
    size_t length;
    const char *text = RedisModule_StringPtrLen(s, &length);
    return length == strlen(word) && memcmp(text, word, length) == 0;
}

static RedisModuleString *text(const char *s) { return RedisModule_CreateString(NULL, s, strlen(s)); }

static void onCommand(RedisModuleCommandFilterCtx *fctx) {
    lastClient = RedisModule_CommandFilterGetClientId != NULL ? RedisModule_CommandFilterGetClientId(fctx) : 0;
    int count = RedisModule_CommandFilterArgsCount(fctx);
    for (int pos = 0; pos < count; pos++) {
        const RedisModuleString *arg = RedisModule_CommandFilterArgGet(fctx, pos);
        if (is(arg, "@delete")) {
            RedisModule_CommandFilterArgDelete(fctx, pos);
            count--;
            pos--;
        } else if (is(arg, "@insert")) {
            RedisModule_CommandFilterArgInsert(fctx, pos, text("--before"));
            RedisModule_CommandFilterArgInsert(fctx, pos + 2, text("--after"));
            RedisModule_CommandFilterArgReplace(fctx, pos + 1, text("--middle"));
            count += 2;
            pos += 2;
        } else if (is(arg, "@replace")) RedisModule_CommandFilterArgReplace(fctx, pos, text("--replaced"));
        else if (is(arg, "@keep")) {
            if (kept != NULL) RedisModule_FreeString(NULL, kept);
            kept = (RedisModuleString *)RedisModule_CommandFilterArgGet(fctx, pos > 0 ? pos - 1 : 0);
            RedisModule_RetainString(NULL, kept);
            RedisModule_CommandFilterArgReplace(fctx, pos > 0 ? pos - 1 : 0, text("taken"));
        } else if (is(arg, "@edges")) {
            snprintf(last, sizeof(last), "%d %d %d %d %d %d %d", RedisModule_CommandFilterArgGet(fctx, -1) == NULL,
                     RedisModule_CommandFilterArgGet(fctx, count) == NULL, RedisModule_CommandFilterArgDelete(fctx, count),
                     RedisModule_CommandFilterArgDelete(fctx, -1), RedisModule_CommandFilterArgReplace(fctx, count, NULL),
                     RedisModule_CommandFilterArgInsert(fctx, count + 1, NULL), RedisModule_CommandFilterArgInsert(fctx, -1, NULL));
        }
    }
}

static int control(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (is(argv[0], "f.on")) {
        long long flags = 0;
        if (argc > 1) RedisModule_StringToLongLong(argv[1], &flags);
        if (filter == NULL) filter = RedisModule_RegisterCommandFilter(ctx, onCommand, (int)flags);
        return RedisModule_ReplyWithLongLong(ctx, filter != NULL);
    }
    if (is(argv[0], "f.off")) {
        int status = filter == NULL ? -1 : RedisModule_UnregisterCommandFilter(ctx, filter);
        filter = NULL;
        return RedisModule_ReplyWithLongLong(ctx, status);
    }
    if (is(argv[0], "f.call")) {
        RedisModuleCallReply *reply =
            RedisModule_Call(ctx, RedisModule_StringPtrLen(argv[1], NULL), "v", argv + 2, (size_t)(argc - 2));
        if (reply == NULL) return RedisModule_ReplyWithError(ctx, "ERR no reply");
        RedisModule_ReplyWithCallReply(ctx, reply);
        RedisModule_FreeCallReply(reply);
        return REDISMODULE_OK;
    }
    if (is(argv[0], "f.client")) return RedisModule_ReplyWithLongLong(ctx, lastClient == RedisModule_GetClientId(ctx));
    RedisModule_ReplyWithArray(ctx, 2);
    RedisModule_ReplyWithCString(ctx, last);
    if (kept != NULL) RedisModule_ReplyWithString(ctx, kept);
    else RedisModule_ReplyWithNull(ctx);
    return REDISMODULE_OK;
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    if (RedisModule_Init(ctx, "filters", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    static const char *names[] = {"f.on", "f.off", "f.call", "f.log", "f.client"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (RedisModule_CreateCommand(ctx, names[i], control, "write", 0, 0, 0) == REDISMODULE_ERR) return REDISMODULE_ERR;
    }
    return REDISMODULE_OK;
}

int RedisModule_OnUnload(RedisModuleCtx *ctx) {
    (void)ctx;
    if (kept != NULL) RedisModule_FreeString(NULL, kept);
    return REDISMODULE_OK;
}
