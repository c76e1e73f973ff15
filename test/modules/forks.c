/* Fork children.
 *
 *   fk.work <ms>   a child sums numbers for so long, tells of its progress and leaves with status 7
 *   fk.crash       a child reads at NULL; fk.call: a child calls what needs the server, and leaves with status 3 if that fails
 *   fk.return      a child returns from the command; fk.timer: from a timer; fk.sleep: a child that never ends
 *   fk.kill        ends the child; fk.exit: leaves a child that is none
 *   fk.state       child, status and signal of the last one that ended, how many ended; events: born, died */
#include "redismodule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int child, status = -1, bySignal = -1, ended, born, died;
static RedisModuleCtx *detached;

static void done(int code, int signal, void *data) {
    status = code;
    bySignal = signal;
    ended++;
    if (data != &ended) status = -2;
    child = 0;
}

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void work(long long ms) {
    size_t bytes = 4 << 20;
    char *memory = RedisModule_Alloc(bytes);
    long long from = now(), sum = 0;
    for (long long told = 0; now() < from + ms;) {
        for (size_t i = 0; i < bytes; i += 512) { memory[i] = (char)i; sum++; }
        if (now() - from > told + ms / 10) {
            told = now() - from;
            RedisModule_SendChildHeartbeat((double)told / (double)ms);
        }
    }
    RedisModule_Free(memory);
    RedisModule_Log(detached, "notice", "the sum after %lld ms is %s", ms, sum != 0 ? "there" : "nothing");
    RedisModule_ExitFromChild(7);
}

static int fail(RedisModuleCtx *ctx) {
    return RedisModule_ReplyWithErrorFormat(ctx, "ERR cannot fork: %s", errno == EEXIST ? "there is a child" : "?");
}

static void onTimer(RedisModuleCtx *ctx, void *data) {
    (void)ctx; (void)data;
    child = RedisModule_Fork(done, &ended);
}

static int command(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    const char *name = RedisModule_StringPtrLen(argv[0], NULL) + 3;
    long long ms = 0;
    if (argc > 1) RedisModule_StringToLongLong(argv[1], &ms);
    if (!strcmp(name, "state")) {
        RedisModule_ReplyWithArray(ctx, 6);
        int state[] = {child != 0, status, bySignal, ended, born, died};
        for (int i = 0; i < 6; i++) RedisModule_ReplyWithLongLong(ctx, state[i]);
        return REDISMODULE_OK;
    }
    if (!strcmp(name, "kill")) {
        int killed = RedisModule_KillForkChild(child);
        if (killed == REDISMODULE_OK) child = 0;
        return RedisModule_ReplyWithLongLong(ctx, killed);
    }
    if (!strcmp(name, "exit")) return RedisModule_ReplyWithLongLong(ctx, RedisModule_ExitFromChild(1));
    if (!strcmp(name, "timer")) {
        RedisModule_CreateTimer(ctx, 1, onTimer, NULL);
        return RedisModule_ReplyWithSimpleString(ctx, "OK");
    }
    int made = RedisModule_Fork(done, &ended);
    if (made < 0) return fail(ctx);
    if (made == 0) {
        if (!strcmp(name, "work")) work(ms);
        if (!strcmp(name, "crash")) *(volatile int *)0 = 1;
        if (!strcmp(name, "sleep")) for (;;) pause();
        if (!strcmp(name, "call")) {
            RedisModuleString *key = RedisModule_CreateString(NULL, "key", 3);
            RedisModuleCallReply *reply = RedisModule_Call(ctx, "SET", "cc", "from", "child");
            RedisModule_ThreadSafeContextLock(detached);
            RedisModule_ReplyWithLongLong(ctx, 1);
            RedisModule_ThreadSafeContextUnlock(detached);
            RedisModule_ExitFromChild(key != NULL && reply == NULL && RedisModule_GetSelectedDb(ctx) == 0 ? 3 : 4);
        }
        return RedisModule_ReplyWithSimpleString(ctx, "the child's");
    }
    child = made;
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static void onFork(RedisModuleCtx *ctx, RedisModuleEvent event, uint64_t sub, void *data) {
    (void)ctx; (void)event; (void)data;
    if (sub == REDISMODULE_SUBEVENT_FORK_CHILD_BORN) born++;
    else died++;
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    if (RedisModule_Init(ctx, "forks", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    if (RedisModule_Fork == NULL) return REDISMODULE_ERR;
    detached = RedisModule_GetDetachedThreadSafeContext(ctx);
    RedisModule_SubscribeToServerEvent(ctx, RedisModuleEvent_ForkChild, onFork);
    const char *names[] = {"fk.work", "fk.crash", "fk.call", "fk.return", "fk.timer", "fk.sleep", "fk.kill", "fk.exit", "fk.state"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (RedisModule_CreateCommand(ctx, names[i], command, "", 0, 0, 0) == REDISMODULE_ERR) return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
