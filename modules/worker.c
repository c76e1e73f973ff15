/* Threads, and clients that wait for them.
 *
 *   worker.primes <limit> [timeout in ms]  counts the primes below a limit in a thread; the server goes on meanwhile
 *   worker.count <key> <times>             a thread that increments a key, and answers the last value
 *
 * A command that takes long must not hold the server up: it blocks its client, gives the work to a thread and returns. When
 * the thread is done it unblocks the client, and the main thread sends the reply. */
#include "redismodule.h"

#include <pthread.h>
#include <stdlib.h>

/* ---- worker.primes: the thread computes, a callback in the main thread replies ---- */

typedef struct {
    RedisModuleBlockedClient *client;
    long long limit, primes;
} PrimesJob;

static void *countPrimes(void *arg) {
    PrimesJob *job = arg;
    for (long long n = 2; n < job->limit; n++) {
        int isPrime = 1;
        for (long long d = 2; d * d <= n && isPrime; d++) isPrime = n % d != 0;
        job->primes += isPrime;
    }
    /* From here on the job belongs to the blocked client: `freeJob` frees it. May be called from any thread. */
    RedisModule_UnblockClient(job->client, job);
    return NULL;
}

static int primesReply(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    PrimesJob *job = RedisModule_GetBlockedClientPrivateData(ctx);
    return RedisModule_ReplyWithLongLong(ctx, job->primes);
}

static int primesTimeout(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    return RedisModule_ReplyWithError(ctx, "TIMEOUT the thread is still counting");
}

/* Called in any case: after the reply, after a timeout, for a client that went away. */
static void freeJob(RedisModuleCtx *ctx, void *job) {
    (void)ctx;
    free(job);
}

static int primesCommand(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2 && argc != 3) return RedisModule_WrongArity(ctx);
    long long limit, timeoutMs = 0;
    if (RedisModule_StringToLongLong(argv[1], &limit) != REDISMODULE_OK ||
        (argc == 3 && RedisModule_StringToLongLong(argv[2], &timeoutMs) != REDISMODULE_OK))
        return RedisModule_ReplyWithError(ctx, "ERR value is not an integer or out of range");

    PrimesJob *job = malloc(sizeof(*job));
    *job = (PrimesJob){RedisModule_BlockClient(ctx, primesReply, primesTimeout, freeJob, timeoutMs), limit, 0};
    pthread_t thread;
    if (pthread_create(&thread, NULL, countPrimes, job) != 0) {
        RedisModule_AbortBlock(job->client);
        free(job);
        return RedisModule_ReplyWithError(ctx, "ERR cannot start a thread");
    }
    pthread_detach(thread);
    return REDISMODULE_OK; /* No reply: the client waits. */
}

/* ---- worker.count: the thread itself works with keys and replies ---- */

typedef struct {
    RedisModuleBlockedClient *client;
    RedisModuleString *key;
    long long times;
} CountJob;

static void *count(void *arg) {
    CountJob *job = arg;
    /* The thread's context: replies go to the blocked client, keys are those of its database. */
    RedisModuleCtx *ctx = RedisModule_GetThreadSafeContext(job->client);
    long long value = 0;
    for (long long i = 0; i < job->times; i++) {
        /* Whoever has the lock is alone with the data. Keep it for short: all clients wait meanwhile. */
        RedisModule_ThreadSafeContextLock(ctx);
        RedisModuleCallReply *reply = RedisModule_Call(ctx, "INCR", "s!", job->key);
        if (reply != NULL && RedisModule_CallReplyType(reply) == REDISMODULE_REPLY_INTEGER)
            value = RedisModule_CallReplyInteger(reply);
        if (reply != NULL) RedisModule_FreeCallReply(reply);
        RedisModule_ThreadSafeContextUnlock(ctx);
    }
    RedisModule_ReplyWithLongLong(ctx, value); /* Needs no lock: it is kept until the client is unblocked. */
    RedisModule_FreeString(ctx, job->key);
    RedisModule_FreeThreadSafeContext(ctx);
    RedisModule_UnblockClient(job->client, NULL);
    free(job);
    return NULL;
}

static int countCommand(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3) return RedisModule_WrongArity(ctx);
    long long times;
    if (RedisModule_StringToLongLong(argv[2], &times) != REDISMODULE_OK)
        return RedisModule_ReplyWithError(ctx, "ERR value is not an integer or out of range");
    CountJob *job = malloc(sizeof(*job));
    /* The arguments end with the command: what a thread needs of them must be copied. */
    *job = (CountJob){RedisModule_BlockClient(ctx, NULL, NULL, NULL, 0),
                      RedisModule_CreateStringFromString(NULL, argv[1]), times};
    pthread_t thread;
    if (pthread_create(&thread, NULL, count, job) != 0) {
        RedisModule_AbortBlock(job->client);
        RedisModule_FreeString(NULL, job->key);
        free(job);
        return RedisModule_ReplyWithError(ctx, "ERR cannot start a thread");
    }
    pthread_detach(thread);
    return REDISMODULE_OK;
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    if (RedisModule_Init(ctx, "worker", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    if (RedisModule_CreateCommand(ctx, "worker.primes", primesCommand, "readonly", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "worker.count", countCommand, "write", 1, 1, 1) == REDISMODULE_ERR)
        return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
