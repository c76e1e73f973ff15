/* Threads that go on whatever happens to the server.
 *
 *   r.replies <n>   a thread replies n times into a blocked client's context, then unblocks it
 *   r.late <ms>     a thread sleeps, then asks for a thread-safe context, locks, works with keys, replies, unblocks
 *   r.spin          a thread calls the API for ever; r.detached does so with a context of its own and the lock
 *   r.hold <ms>     a thread keeps the lock for so long */
#include "redismodule.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    RedisModuleBlockedClient *client;
    long long n;
} Job;

static void start(void *(*run)(void *), void *arg) {
    pthread_t thread;
    pthread_create(&thread, NULL, run, arg);
    pthread_detach(thread);
}

static void *replies(void *arg) {
    Job *job = arg;
    RedisModuleCtx *ctx = RedisModule_GetThreadSafeContext(job->client);
    RedisModule_ReplyWithArray(ctx, job->n);
    for (long long i = 0; i < job->n; i++) RedisModule_ReplyWithLongLong(ctx, i);
    RedisModule_FreeThreadSafeContext(ctx);
    RedisModule_UnblockClient(job->client, NULL);
    free(job);
    return NULL;
}

static void *late(void *arg) {
    Job *job = arg;
    usleep(job->n * 1000);
    RedisModuleCtx *ctx = RedisModule_GetThreadSafeContext(job->client);
    RedisModule_ThreadSafeContextLock(ctx);
    RedisModuleString *name = RedisModule_CreateString(NULL, "late", 4);
    RedisModuleString *value = RedisModule_CreateStringPrintf(ctx, "%lld", job->n);
    RedisModuleKey *key = RedisModule_OpenKey(ctx, name, REDISMODULE_READ | REDISMODULE_WRITE);
    RedisModule_StringSet(key, value);
    RedisModule_CloseKey(key);
    RedisModuleCallReply *reply = RedisModule_Call(ctx, "INCR", "s", name);
    if (reply != NULL) RedisModule_FreeCallReply(reply);
    RedisModuleCtx *other = RedisModule_GetDetachedThreadSafeContext(ctx);
    RedisModule_Log(other, "notice", "late");
    RedisModule_FreeThreadSafeContext(other);
    RedisModule_ThreadSafeContextUnlock(ctx);
    RedisModule_ReplyWithString(ctx, value);
    RedisModule_FreeString(NULL, value);
    RedisModule_FreeString(NULL, name);
    RedisModule_FreeThreadSafeContext(ctx);
    RedisModule_UnblockClient(job->client, NULL);
    free(job);
    return NULL;
}

static void *spin(void *arg) {
    (void)arg;
    for (;;) {
        RedisModuleString *s = RedisModule_CreateString(NULL, "spinning", 8);
        RedisModule_Milliseconds();
        RedisModule_FreeString(NULL, s);
    }
    return NULL;
}

static void *detached(void *arg) {
    (void)arg;
    for (;;) {
        RedisModuleCtx *ctx = RedisModule_GetThreadSafeContext(NULL);
        RedisModule_ThreadSafeContextLock(ctx);
        RedisModuleCallReply *reply = RedisModule_Call(ctx, "INCR", "c", "spins");
        if (reply != NULL) RedisModule_FreeCallReply(reply);
        RedisModule_ThreadSafeContextUnlock(ctx);
        RedisModule_FreeThreadSafeContext(ctx);
    }
    return NULL;
}

static void *hold(void *arg) {
    RedisModuleCtx *ctx = RedisModule_GetThreadSafeContext(NULL);
    RedisModule_ThreadSafeContextLock(ctx);
    usleep((long)arg * 1000);
    RedisModule_ThreadSafeContextUnlock(ctx);
    RedisModule_FreeThreadSafeContext(ctx);
    return NULL;
}

static int command(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    const char *name = RedisModule_StringPtrLen(argv[0], NULL);
    long long n = 0;
    if (argc > 1) RedisModule_StringToLongLong(argv[1], &n);
    if (!strcmp(name, "r.replies") || !strcmp(name, "r.late")) {
        Job *job = malloc(sizeof(*job));
        *job = (Job){RedisModule_BlockClient(ctx, NULL, NULL, NULL, 0), n};
        start(!strcmp(name, "r.late") ? late : replies, job);
        return REDISMODULE_OK;
    }
    if (!strcmp(name, "r.spin")) start(spin, NULL);
    else if (!strcmp(name, "r.detached")) start(detached, NULL);
    else start(hold, (void *)(long)n);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    if (RedisModule_Init(ctx, "restless", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    const char *names[] = {"r.replies", "r.late", "r.spin", "r.detached", "r.hold"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (RedisModule_CreateCommand(ctx, names[i], command, "", 0, 0, 0) == REDISMODULE_ERR) return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
