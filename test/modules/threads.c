/* Threads against clients: 8 workers and all the clients move money between accounts, which are keys.
 *
 *   th.open <accounts> <balance>   makes the accounts
 *   th.move <from> <to> <amount>   one transfer, by the main thread
 *   th.start <threads> <rounds>    threads do transfers of their own; th.running tells how many still do
 *   th.ask <n>                     hands n to a worker, which answers n * 2 through the blocked client
 *   th.sum                         the sum over all accounts, and how often an invariant was found broken
 *
 * Invariants: the sum of all accounts never changes, and nobody sees a transfer half done: between taking and giving, the
 * flag `busy` is set, and whoever holds the lock must find it clear. */
#include "redismodule.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static long long accounts;
static volatile int busy, running;
static volatile long broken;

static long long number(RedisModuleString *arg) {
    long long value = 0;
    RedisModule_StringToLongLong(arg, &value);
    return value;
}

static RedisModuleKey *openAccount(RedisModuleCtx *ctx, long long account) {
    RedisModuleString *name = RedisModule_CreateStringPrintf(ctx, "account:%lld", account);
    RedisModuleKey *key = RedisModule_OpenKey(ctx, name, REDISMODULE_READ | REDISMODULE_WRITE);
    RedisModule_FreeString(ctx, name);
    return key;
}

static long long balance(RedisModuleKey *key) {
    size_t length;
    const char *text = RedisModule_StringDMA(key, &length, REDISMODULE_READ);
    char copy[32];
    if (length >= sizeof(copy)) return 0;
    for (size_t i = 0; i < length; i++) copy[i] = text[i];
    copy[length] = 0;
    return atoll(copy);
}

static void setBalance(RedisModuleCtx *ctx, RedisModuleKey *key, long long value) {
    RedisModuleString *text = RedisModule_CreateStringFromLongLong(ctx, value);
    RedisModule_StringSet(key, text);
    RedisModule_FreeString(ctx, text);
}

/* The caller holds the lock, or is the main thread. */
static void transfer(RedisModuleCtx *ctx, long long from, long long to, long long amount) {
    if (busy) broken++;
    busy = 1;
    RedisModuleKey *source = openAccount(ctx, from);
    setBalance(ctx, source, balance(source) - amount);
    RedisModule_CloseKey(source);
    if (busy != 1) broken++;
    RedisModuleKey *target = openAccount(ctx, to);
    setBalance(ctx, target, balance(target) + amount);
    RedisModule_CloseKey(target);
    busy = 0;
}

static int open(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3) return RedisModule_WrongArity(ctx);
    accounts = number(argv[1]);
    for (long long i = 0; i < accounts; i++) {
        RedisModuleKey *key = openAccount(ctx, i);
        setBalance(ctx, key, number(argv[2]));
        RedisModule_CloseKey(key);
    }
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static int move(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 4) return RedisModule_WrongArity(ctx);
    transfer(ctx, number(argv[1]) % accounts, number(argv[2]) % accounts, number(argv[3]));
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

typedef struct {
    RedisModuleCtx *ctx;
    long rounds;
    unsigned seed;
} Worker;

static void *work(void *arg) {
    Worker *worker = arg;
    for (long i = 0; i < worker->rounds; i++) {
        /* Every third time only if the lock is free. */
        if (i % 3 != 0) RedisModule_ThreadSafeContextLock(worker->ctx);
        else if (RedisModule_ThreadSafeContextTryLock(worker->ctx) != REDISMODULE_OK) continue;
        transfer(worker->ctx, rand_r(&worker->seed) % accounts, rand_r(&worker->seed) % accounts, 1);
        RedisModule_ThreadSafeContextUnlock(worker->ctx);
    }
    RedisModule_FreeThreadSafeContext(worker->ctx);
    free(worker);
    __sync_fetch_and_sub(&running, 1);
    return NULL;
}

static int start(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3) return RedisModule_WrongArity(ctx);
    for (long long i = number(argv[1]); i > 0; i--) {
        Worker *worker = malloc(sizeof(*worker));
        *worker = (Worker){RedisModule_GetDetachedThreadSafeContext(ctx), number(argv[2]), (unsigned)i};
        __sync_fetch_and_add(&running, 1);
        pthread_t thread;
        pthread_create(&thread, NULL, work, worker);
        pthread_detach(thread);
    }
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

typedef struct {
    RedisModuleBlockedClient *bc;
    long long n;
} Question;

static void *answer(void *arg) {
    Question *question = arg;
    RedisModuleCtx *ctx = RedisModule_GetThreadSafeContext(question->bc);
    RedisModule_ThreadSafeContextLock(ctx);
    if (busy) broken++;
    RedisModule_ThreadSafeContextUnlock(ctx);
    RedisModule_ReplyWithLongLong(ctx, question->n * 2);
    RedisModule_FreeThreadSafeContext(ctx);
    RedisModule_UnblockClient(question->bc, NULL);
    free(question);
    return NULL;
}

static int ask(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    Question *question = malloc(sizeof(*question));
    *question = (Question){RedisModule_BlockClient(ctx, NULL, NULL, NULL, 0), number(argv[1])};
    pthread_t thread;
    pthread_create(&thread, NULL, answer, question);
    pthread_detach(thread);
    return REDISMODULE_OK;
}

static int sum(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    long long total = 0;
    if (busy) broken++;
    for (long long i = 0; i < accounts; i++) {
        RedisModuleKey *key = openAccount(ctx, i);
        total += balance(key);
        RedisModule_CloseKey(key);
    }
    RedisModule_ReplyWithArray(ctx, 2);
    RedisModule_ReplyWithLongLong(ctx, total);
    return RedisModule_ReplyWithLongLong(ctx, broken);
}

static int countRunning(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    return RedisModule_ReplyWithLongLong(ctx, running);
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    if (RedisModule_Init(ctx, "threads", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    if (RedisModule_CreateCommand(ctx, "th.open", open, "write", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "th.move", move, "write", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "th.start", start, "write", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "th.ask", ask, "write", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "th.sum", sum, "readonly", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "th.running", countRunning, "readonly", 0, 0, 0) == REDISMODULE_ERR)
        return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
