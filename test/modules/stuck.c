/* A module that does not come back.
 *
 *   stuck.start <ms>   a thread takes the module's mutex, works for a while, and writes to the log before it gives it back
 *   stuck.client <ms>  the same; the thread answers the client
 *   stuck.job          takes the mutex: ordinary code, and in redis-server no more than a wait
 *   stuck.wait <ms>    sleeps in the main thread; stuck.timer <ms> does so in a timer */
#include "redismodule.h"

#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static RedisModuleCtx *context;
static RedisModuleBlockedClient *client;

static void *work(void *arg) {
    pthread_mutex_lock(&mutex);
    usleep((long)arg * 1000);
    /* All of this is allowed without the lock, and waits for nobody. */
    for (int i = 0; i < 1000; i++) {
        RedisModuleString *strings[] = {RedisModule_CreateString(NULL, "text", 4), RedisModule_CreateStringPrintf(NULL, "%s %d", "text", i),
                                        RedisModule_CreateStringFromLongLong(NULL, i), NULL};
        strings[3] = RedisModule_CreateStringFromString(NULL, strings[1]);
        for (int j = 0; j < 4; j++) {
            size_t length;
            const char *bytes = RedisModule_StringPtrLen(strings[j], &length);
            if (bytes[length] != 0 || length == 0) RedisModule_Log(context, "warning", "a string of a thread is wrong");
            RedisModule_RetainString(NULL, strings[j]);
            RedisModule_FreeString(NULL, strings[j]);
            RedisModule_FreeString(NULL, strings[j]);
        }
        RedisModule_Free(RedisModule_Strdup("memory"));
        if (RedisModule_Milliseconds() == 0) RedisModule_Log(context, "warning", "no time");
    }
    if (client != NULL) {
        RedisModuleCtx *own = RedisModule_GetThreadSafeContext(client);
        RedisModule_BlockedClientMeasureTimeStart(client);
        RedisModule_ReplyWithArray(own, 3);
        RedisModule_ReplyWithCString(own, "a reply");
        RedisModule_ReplyWithDouble(own, 1.5);
        RedisModule_ReplyWithStringBuffer(own, "bytes", 5);
        RedisModule_BlockedClientMeasureTimeEnd(client);
        RedisModule_FreeThreadSafeContext(own);
        RedisModule_UnblockClient(client, NULL);
        client = NULL;
    }
    RedisModule_Log(context, "notice", "done with the mutex held");
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static long number(RedisModuleString **argv, int argc) {
    long long n = 0;
    if (argc > 1) RedisModule_StringToLongLong(argv[1], &n);
    return (long)n;
}

static int start(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    pthread_t thread;
    pthread_create(&thread, NULL, work, (void *)number(argv, argc));
    pthread_detach(thread);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static int answered(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    client = RedisModule_BlockClient(ctx, NULL, NULL, NULL, 0);
    pthread_t thread;
    pthread_create(&thread, NULL, work, (void *)number(argv, argc));
    pthread_detach(thread);
    return REDISMODULE_OK;
}

static int job(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static int waitFor(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    usleep(number(argv, argc) * 1000);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static void onTimer(RedisModuleCtx *ctx, void *data) { (void)ctx; usleep((long)data * 1000); }

static int timer(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    RedisModule_CreateTimer(ctx, 1, onTimer, (void *)number(argv, argc));
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    if (RedisModule_Init(ctx, "stuck", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    context = RedisModule_GetDetachedThreadSafeContext(ctx);
    if (RedisModule_CreateCommand(ctx, "stuck.start", start, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "stuck.client", answered, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "stuck.job", job, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "stuck.wait", waitFor, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "stuck.timer", timer, "", 0, 0, 0) == REDISMODULE_ERR)
        return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
