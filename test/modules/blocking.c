/* Clients that wait, and timers.
 *
 *   b.now <n>             blocks and unblocks at once; the reply callback answers n and the command's arguments
 *   b.thread <ms> <n>     a thread unblocks after a while
 *   b.context <ms>        a thread replies through a thread-safe context, an error among it; no reply callback
 *   b.flood <n>           a thread replies n times 64 KiB through a thread-safe context; b.flooding tells how often it
 *                         did, or -1 when it has ended; b.dam ends it
 *   b.hang <timeout>      waits for b.release; has timeout and disconnect callbacks
 *   b.mute <timeout>      waits for b.release; has no callbacks at all
 *   b.deaf <timeout>      waits for b.release; has a disconnect callback only
 *   b.release             unblocks all that hang, from a thread, and answers their number when that is done; b.held
 *                         tells how many there are
 *   b.abort <text>        blocks, replies itself, and gives up blocking
 *   b.twice               unblocks twice: misuse
 *   b.stats               frees, frees without client, timeouts, disconnections
 *   b.timer <ms> <key>    increments a key later; b.stop <id>, b.info <id> */
#include "redismodule.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int frees, freesWithoutClient, timeouts, disconnects;
static RedisModuleBlockedClient *held[64];
static int heldCount;

static long long number(RedisModuleString *arg) {
    long long value = 0;
    RedisModule_StringToLongLong(arg, &value);
    return value;
}

static void freePrivate(RedisModuleCtx *ctx, void *p) {
    frees++;
    freesWithoutClient += RedisModule_BlockedClientDisconnected(ctx);
    RedisModule_Free(p);
}

static int replyCallback(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    long long *n = RedisModule_GetBlockedClientPrivateData(ctx);
    RedisModule_ReplyWithArray(ctx, argc + 4);
    for (int i = 0; i < argc; i++) RedisModule_ReplyWithString(ctx, argv[i]);
    if (n != NULL) RedisModule_ReplyWithLongLong(ctx, *n);
    else RedisModule_ReplyWithNull(ctx);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_IsBlockedReplyRequest(ctx));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_IsBlockedTimeoutRequest(ctx));
    return RedisModule_ReplyWithLongLong(ctx, RedisModule_GetBlockedClientHandle(ctx) != NULL);
}

static int timeoutCallback(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    timeouts++;
    RedisModule_ReplyWithArray(ctx, 3);
    RedisModule_ReplyWithString(ctx, argv[argc - 1]);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_IsBlockedReplyRequest(ctx));
    return RedisModule_ReplyWithLongLong(ctx, RedisModule_IsBlockedTimeoutRequest(ctx));
}

static void disconnectCallback(RedisModuleCtx *ctx, RedisModuleBlockedClient *bc) {
    (void)ctx;
    (void)bc;
    disconnects++;
}

static void *boxed(long long n) {
    long long *box = RedisModule_Alloc(sizeof(*box));
    *box = n;
    return box;
}

typedef struct {
    RedisModuleBlockedClient *bc;
    long long ms, n;
} Job;

static void startThread(void *(*work)(void *), RedisModuleBlockedClient *bc, long long ms, long long n) {
    Job *job = malloc(sizeof(*job));
    *job = (Job){bc, ms, n};
    pthread_t thread;
    pthread_create(&thread, NULL, work, job);
    pthread_detach(thread);
}

static int now(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModuleBlockedClient *bc = RedisModule_BlockClient(ctx, replyCallback, timeoutCallback, freePrivate, 0);
    RedisModule_UnblockClient(bc, boxed(number(argv[1])));
    return REDISMODULE_OK;
}

static void *unblockLater(void *arg) {
    Job *job = arg;
    RedisModule_BlockedClientMeasureTimeStart(job->bc);
    usleep(job->ms * 1000);
    RedisModule_BlockedClientMeasureTimeEnd(job->bc);
    RedisModule_UnblockClient(job->bc, boxed(job->n));
    free(job);
    return NULL;
}

static int byThread(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3) return RedisModule_WrongArity(ctx);
    startThread(unblockLater, RedisModule_BlockClient(ctx, replyCallback, timeoutCallback, freePrivate, 0),
                number(argv[1]), number(argv[2]));
    return REDISMODULE_OK;
}

static void *replyFromThread(void *arg) {
    Job *job = arg;
    RedisModuleCtx *ctx = RedisModule_GetThreadSafeContext(job->bc);
    usleep(job->ms * 1000);
    RedisModule_ReplyWithArray(ctx, 4);
    RedisModule_ReplyWithDouble(ctx, 1.5);
    RedisModule_ReplyWithError(ctx, "BROKEN by the thread");
    RedisModule_ThreadSafeContextLock(ctx);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_GetSelectedDb(ctx));
    RedisModule_ReplyWithMap(ctx, 1);
    RedisModule_ReplyWithCString(ctx, "clients are equal");
    RedisModule_ReplyWithBool(ctx, RedisModule_GetClientId(ctx) == (unsigned long long)job->n);
    RedisModule_ThreadSafeContextUnlock(ctx);
    RedisModule_FreeThreadSafeContext(ctx);
    RedisModule_UnblockClient(job->bc, NULL);
    free(job);
    return NULL;
}

static int byContext(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    startThread(replyFromThread, RedisModule_BlockClient(ctx, NULL, NULL, NULL, 0), number(argv[1]),
                RedisModule_GetClientId(ctx));
    return REDISMODULE_OK;
}

static volatile long flooding = -1;
static volatile int dam;

static void *flood(void *arg) {
    Job *job = arg;
    static char piece[65536];
    RedisModuleCtx *ctx = RedisModule_GetThreadSafeContext(job->bc);
    RedisModule_ReplyWithArray(ctx, REDISMODULE_POSTPONED_LEN);
    long i = 0;
    for (; i < job->n && !dam; i++) {
        RedisModule_ReplyWithStringBuffer(ctx, piece, sizeof(piece));
        flooding = i + 1;
    }
    RedisModule_ReplySetArrayLength(ctx, i);
    RedisModule_FreeThreadSafeContext(ctx);
    RedisModule_UnblockClient(job->bc, boxed(1));
    free(job);
    flooding = -1;
    return NULL;
}

static int startFlood(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    dam = 0;
    flooding = 0;
    RedisModuleBlockedClient *bc = RedisModule_BlockClient(ctx, NULL, NULL, freePrivate, 0);
    RedisModule_SetDisconnectCallback(bc, disconnectCallback);
    startThread(flood, bc, 0, number(argv[1]));
    return REDISMODULE_OK;
}

static int countFlood(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    return RedisModule_ReplyWithLongLong(ctx, flooding);
}

static int endFlood(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    dam = 1;
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static int hang(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    const char *name = RedisModule_StringPtrLen(argv[0], NULL);
    int mute = !strcmp(name, "b.mute"), deaf = !strcmp(name, "b.deaf");
    RedisModuleBlockedClient *bc =
        mute || deaf ? RedisModule_BlockClient(ctx, NULL, NULL, NULL, number(argv[1]))
             : RedisModule_BlockClient(ctx, replyCallback, timeoutCallback, freePrivate, number(argv[1]));
    if (!mute) RedisModule_SetDisconnectCallback(bc, disconnectCallback);
    held[heldCount++] = bc;
    return REDISMODULE_OK;
}

typedef struct {
    RedisModuleBlockedClient *bc, *held[64];
    int count;
} Release;

static int released(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    Release *job = RedisModule_GetBlockedClientPrivateData(ctx);
    int count = job->count;
    free(job);
    return RedisModule_ReplyWithLongLong(ctx, count);
}

/* Blocked clients are dealt with in the order in which they are unblocked: the one that asked comes last. */
static void *releaseAll(void *arg) {
    Release *job = arg;
    for (int i = job->count - 1; i >= 0; i--) RedisModule_UnblockClient(job->held[i], boxed(i));
    RedisModule_UnblockClient(job->bc, job);
    return NULL;
}

static int releaseHeld(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    Release *job = malloc(sizeof(*job));
    job->bc = RedisModule_BlockClient(ctx, released, NULL, NULL, 0);
    job->count = heldCount;
    memcpy(job->held, held, sizeof(held));
    heldCount = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, releaseAll, job);
    pthread_detach(thread);
    return REDISMODULE_OK;
}

static int countHeld(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    return RedisModule_ReplyWithLongLong(ctx, heldCount);
}

static int abortBlock(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModuleBlockedClient *bc = RedisModule_BlockClient(ctx, replyCallback, timeoutCallback, freePrivate, 1000);
    RedisModule_SetDisconnectCallback(bc, disconnectCallback);
    RedisModule_ReplyWithString(ctx, argv[1]);
    return RedisModule_AbortBlock(bc);
}

static int again(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    RedisModuleBlockedClient *bc = RedisModule_BlockClient(ctx, now, NULL, NULL, 0);
    RedisModule_UnblockClient(bc, NULL);
    return REDISMODULE_OK;
}

static int twice(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    RedisModuleBlockedClient *bc = RedisModule_BlockClient(ctx, replyCallback, NULL, freePrivate, 0);
    RedisModule_UnblockClient(bc, boxed(1));
    RedisModule_UnblockClient(bc, NULL);
    return REDISMODULE_OK;
}

static int stats(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    RedisModule_ReplyWithArray(ctx, 4);
    RedisModule_ReplyWithLongLong(ctx, frees);
    RedisModule_ReplyWithLongLong(ctx, freesWithoutClient);
    RedisModule_ReplyWithLongLong(ctx, timeouts);
    return RedisModule_ReplyWithLongLong(ctx, disconnects);
}

/* Timers. */

static void tick(RedisModuleCtx *ctx, void *data) {
    RedisModuleString *name = data;
    RedisModuleKey *key = RedisModule_OpenKey(ctx, name, REDISMODULE_READ | REDISMODULE_WRITE);
    size_t length;
    char *bytes = RedisModule_StringDMA(key, &length, REDISMODULE_READ);
    RedisModuleString *next = RedisModule_CreateStringPrintf(ctx, "%.*sx", (int)length, bytes);
    RedisModule_StringSet(key, next);
    RedisModule_FreeString(ctx, next);
    RedisModule_CloseKey(key);
    RedisModule_FreeString(ctx, name);
}

static int createTimer(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3) return RedisModule_WrongArity(ctx);
    RedisModule_RetainString(ctx, argv[2]);
    RedisModuleTimerID id = RedisModule_CreateTimer(ctx, number(argv[1]), tick, argv[2]);
    return RedisModule_ReplyWithLongLong(ctx, (long long)id);
}

static int stopTimer(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModuleString *name = NULL;
    if (RedisModule_StopTimer(ctx, number(argv[1]), (void **)&name) != REDISMODULE_OK) return RedisModule_ReplyWithNull(ctx);
    RedisModule_ReplyWithString(ctx, name);
    RedisModule_FreeString(ctx, name);
    return REDISMODULE_OK;
}

static int timerInfo(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    uint64_t remaining = 0;
    RedisModuleString *name = NULL;
    if (RedisModule_GetTimerInfo(ctx, number(argv[1]), &remaining, (void **)&name) != REDISMODULE_OK)
        return RedisModule_ReplyWithNull(ctx);
    RedisModule_ReplyWithArray(ctx, 2);
    RedisModule_ReplyWithString(ctx, name);
    return RedisModule_ReplyWithLongLong(ctx, (long long)((remaining + 999) / 1000));
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    if (RedisModule_Init(ctx, "blocking", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    struct {
        const char *name;
        RedisModuleCmdFunc run;
    } commands[] = {{"b.now", now},        {"b.thread", byThread},    {"b.context", byContext}, {"b.hang", hang},
                    {"b.mute", hang}, {"b.deaf", hang},      {"b.release", releaseHeld}, {"b.held", countHeld},    {"b.abort", abortBlock},
                    {"b.again", again},    {"b.twice", twice},         {"b.stats", stats},       {"b.timer", createTimer},
                    {"b.flood", startFlood}, {"b.flooding", countFlood}, {"b.dam", endFlood}, {"b.stop", stopTimer}, {"b.info", timerInfo}};
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (RedisModule_CreateCommand(ctx, commands[i].name, commands[i].run, "", 0, 0, 0) == REDISMODULE_ERR)
            return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
