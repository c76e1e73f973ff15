/* A module that does not come back.
 *
 *   stuck.start <ms>   a thread takes the module's mutex, works for a while, and writes to the log before it gives it back
 *   stuck.job          takes the mutex: ordinary code, and in redis-server no more than a wait
 *   stuck.wait <ms>    sleeps in the main thread; stuck.timer <ms> does so in a timer */
#include "redismodule.h"

#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static RedisModuleCtx *context;

static void *work(void *arg) {
    pthread_mutex_lock(&mutex);
    usleep((long)arg * 1000);
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
        RedisModule_CreateCommand(ctx, "stuck.job", job, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "stuck.wait", waitFor, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "stuck.timer", timer, "", 0, 0, 0) == REDISMODULE_ERR)
        return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
