/* What a module may do wrong, one mistake a command. The server has to name each in its log, answer with the function's
 * value on failure, and go on.
 *
 *   x.bad <what>     the mistake of that name; replies :1 when the API answered with its failure value
 *   x.array <n>      an array header of n elements (any number), followed by one element
 *   x.postpone <n>   n postponed arrays whose lengths are never told
 *   x.replies <n>    n replies instead of one
 *   x.err            returns REDISMODULE_ERR without a reply
 *   x.call <command> [argument ...]   runs the command and reads its reply element by element
 *   x.deep <n>       calls itself n times
 *   x.block <ms>     blocks the client without ever answering it; x.free ends all such waits
 *   x.hold <ms>      a thread holds the lock for so long; x.spin starts a thread that calls the API for ever
 *   x.wait <ms>      blocks the client until a thread unblocks it, while the server may be ending
 *   x.late           a thread frees its context before it gives up the lock
 *   x.events <n>     n keyspace events, each of a name of its own */
#include "redismodule.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static RedisModuleBlockedClient *waiting[64];
static int waiters;
static int disconnects;

static int is(RedisModuleString *text, const char *word) {
    size_t len;
    const char *bytes = RedisModule_StringPtrLen(text, &len);
    return len == strlen(word) && memcmp(bytes, word, len) == 0;
}

static long long number(RedisModuleString *arg) {
    long long value = 0;
    RedisModule_StringToLongLong(arg, &value);
    return value;
}

static int bad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModuleString *what = argv[1];
    int failed = 0;
    if (is(what, "free-twice")) {
        RedisModuleString *s = RedisModule_CreateString(NULL, "abc", 3);
        RedisModule_FreeString(NULL, s);
        RedisModule_FreeString(NULL, s);
        failed = RedisModule_ReplyWithString(NULL, s) == REDISMODULE_ERR;
    } else if (is(what, "free-argv")) {
        RedisModule_FreeString(ctx, what);
        failed = RedisModule_StringPtrLen(what, NULL) == NULL;
    } else if (is(what, "auto-free")) {
        RedisModule_AutoMemory(ctx);
        RedisModuleString *s = RedisModule_CreateString(ctx, "abc", 3);
        RedisModule_FreeString(NULL, s);
        failed = 1;
    } else if (is(what, "close-twice")) {
        RedisModuleKey *key = RedisModule_OpenKey(ctx, what, REDISMODULE_READ | REDISMODULE_WRITE);
        RedisModule_CloseKey(key);
        RedisModule_CloseKey(key);
        failed = RedisModule_KeyType(key) == REDISMODULE_KEYTYPE_EMPTY;
    } else if (is(what, "free-name")) {
        RedisModuleString *name = RedisModule_CreateString(NULL, "name", 4);
        RedisModuleKey *key = RedisModule_OpenKey(ctx, name, REDISMODULE_READ | REDISMODULE_WRITE);
        RedisModule_FreeString(NULL, name);
        RedisModule_FreeString(NULL, name);
        RedisModule_CloseKey(key);
        failed = RedisModule_StringPtrLen(name, NULL) == NULL;
    } else if (is(what, "left-open")) {
        failed = RedisModule_OpenKey(ctx, what, REDISMODULE_READ | REDISMODULE_WRITE) != NULL;
    } else if (is(what, "wrong-kind")) {
        RedisModule_CloseKey((RedisModuleKey *)what);
        failed = RedisModule_CallReplyStringPtr((RedisModuleCallReply *)what, NULL) == NULL;
    } else if (is(what, "null-error")) {
        RedisModule_ReplyWithError(ctx, NULL);
        return REDISMODULE_OK;
    } else if (is(what, "null-simple")) {
        RedisModule_ReplyWithSimpleString(ctx, NULL);
        return REDISMODULE_OK;
    } else if (is(what, "null-cstring")) {
        RedisModule_ReplyWithCString(ctx, NULL);
        return REDISMODULE_OK;
    } else if (is(what, "null-buffer")) {
        RedisModule_ReplyWithStringBuffer(ctx, NULL, 5);
        return REDISMODULE_OK;
    } else if (is(what, "null-string")) {
        RedisModule_ReplyWithString(ctx, NULL);
        return REDISMODULE_OK;
    } else if (is(what, "huge-buffer")) {
        RedisModule_ReplyWithStringBuffer(ctx, "x", SIZE_MAX);
        return REDISMODULE_OK;
    } else if (is(what, "huge-verbatim")) {
        RedisModule_ReplyWithVerbatimString(ctx, "x", SIZE_MAX);
        return REDISMODULE_OK;
    } else if (is(what, "in-array")) {
        RedisModuleString *s = RedisModule_CreateString(NULL, "abc", 3);
        RedisModule_FreeString(NULL, s);
        RedisModule_ReplyWithArray(ctx, 3);
        RedisModule_ReplyWithLongLong(ctx, 1);
        RedisModule_ReplyWithString(ctx, s);
        RedisModule_ReplyWithLongLong(ctx, 3);
        return REDISMODULE_OK;
    } else if (is(what, "huge-string")) {
        failed = RedisModule_CreateString(NULL, "x", SIZE_MAX) == NULL;
    } else if (is(what, "huge-append")) {
        RedisModuleString *s = RedisModule_CreateString(NULL, "abc", 3);
        failed = RedisModule_StringAppendBuffer(NULL, s, "x", SIZE_MAX) == REDISMODULE_ERR;
        RedisModule_FreeString(NULL, s);
    } else if (is(what, "null-call")) {
        failed = RedisModule_Call(ctx, NULL, "c", NULL) == NULL && RedisModule_Call(ctx, "GET", "c", NULL) == NULL &&
                 RedisModule_Call(ctx, "GET", "s", NULL) == NULL && RedisModule_Call(ctx, "GET", NULL) == NULL;
    } else if (is(what, "huge-call")) {
        failed = RedisModule_Call(ctx, "GET", "b", "k", SIZE_MAX) == NULL &&
                 RedisModule_Call(ctx, "GET", "v", argv, SIZE_MAX) == NULL;
    } else if (is(what, "null-command")) {
        failed = RedisModule_GetCommand(ctx, NULL) == NULL;
    } else if (is(what, "null-context")) {
        failed = RedisModule_ReplyWithLongLong(NULL, 1) == REDISMODULE_ERR &&
                 RedisModule_ReplyWithLongLong((RedisModuleCtx *)&failed, 1) == REDISMODULE_ERR;
    } else if (is(what, "null-dict")) {
        RedisModuleDict *d = RedisModule_CreateDict(NULL);
        failed = RedisModule_DictSetC(d, "k", SIZE_MAX, NULL) == REDISMODULE_ERR;
        RedisModule_FreeDict(NULL, d);
        RedisModule_FreeDict(NULL, d);
    } else if (is(what, "invented")) {
        /* Numbers beyond what a double holds exactly, the largest, and one that looks like a string. */
        uintptr_t numbers[] = {(uintptr_t)1 << 53, ((uintptr_t)1 << 53) + 8, 0x8123456789abcdef, UINTPTR_MAX, 0x123456789ab0};
        failed = 1;
        for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
            void *p = (void *)numbers[i];
            RedisModule_CloseKey(p);
            RedisModule_FreeString(ctx, p);
            RedisModule_FreeCallReply(p);
            RedisModule_FreeDict(NULL, p);
            RedisModule_DictIteratorStop(p);
            RedisModule_InfoAddSection(p, "x");
            RedisModule_ReplyWithLongLong(p, 1);
            RedisModule_Log(p, "warning", "x");
            failed = failed && RedisModule_UnblockClient(p, NULL) == REDISMODULE_ERR &&
                     RedisModule_StringPtrLen(p, NULL) == NULL && RedisModule_CreateDict(p) == NULL &&
                     RedisModule_Call(ctx, "ECHO", "s", p) == NULL && RedisModule_OpenKey(ctx, p, REDISMODULE_READ) == NULL;
        }
    } else if (is(what, "again")) {
        for (int i = 0; i < 1000; i++) {
            RedisModule_CloseKey((RedisModuleKey *)(uintptr_t)(4096 + i));
            RedisModule_OpenKey(ctx, what, REDISMODULE_READ | REDISMODULE_WRITE);
        }
        failed = 1;
    } else if (is(what, "block-twice")) {
        RedisModuleBlockedClient *one = RedisModule_BlockClient(ctx, NULL, NULL, NULL, 0);
        RedisModuleBlockedClient *two = RedisModule_BlockClient(ctx, NULL, NULL, NULL, 0);
        if (two != NULL) RedisModule_UnblockClient(two, NULL);
        RedisModuleCtx *late = RedisModule_GetThreadSafeContext(one);
        RedisModule_ReplyWithLongLong(late, two == NULL);
        RedisModule_FreeThreadSafeContext(late);
        RedisModule_UnblockClient(one, NULL);
        return REDISMODULE_OK;
    } else if (is(what, "unload-self")) {
        RedisModuleCallReply *reply = RedisModule_Call(ctx, "MODULE", "Ecc", "UNLOAD", "hostile");
        return RedisModule_ReplyWithCallReply(ctx, reply);
    }
    return RedisModule_ReplyWithLongLong(ctx, failed);
}

static int array(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModule_ReplyWithArray(ctx, number(argv[1]));
    return RedisModule_ReplyWithLongLong(ctx, 1);
}

static int postpone(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModule_ReplyWithArray(ctx, REDISMODULE_POSTPONED_LEN);
    RedisModule_ReplyWithLongLong(ctx, 1);
    RedisModule_ReplySetArrayLength(ctx, number(argv[1]));
    return REDISMODULE_OK;
}

static int replies(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    for (long long n = number(argv[1]); n > 0; n--) RedisModule_ReplyWithLongLong(ctx, n);
    return REDISMODULE_OK;
}

static int err(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)ctx, (void)argv, (void)argc;
    return REDISMODULE_ERR;
}

static int call(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc < 2) return RedisModule_WrongArity(ctx);
    RedisModuleCallReply *reply = RedisModule_Call(ctx, RedisModule_StringPtrLen(argv[1], NULL), "Ev", argv + 2, (size_t)argc - 2);
    if (reply == NULL) return RedisModule_ReplyWithSimpleString(ctx, "NULL");
    size_t n = RedisModule_CallReplyLength(reply);
    if (RedisModule_CallReplyType(reply) == REDISMODULE_REPLY_ARRAY)
        for (size_t i = 0; i < n && i < 10; i++) RedisModule_CallReplyType(RedisModule_CallReplyArrayElement(reply, i));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyType(reply));
    RedisModule_FreeCallReply(reply);
    return REDISMODULE_OK;
}

static int deep(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    long long n = number(argv[1]);
    if (n == 0) return RedisModule_ReplyWithLongLong(ctx, 0);
    RedisModuleCallReply *reply = RedisModule_Call(ctx, "x.deep", "El", n - 1);
    if (reply == NULL) return RedisModule_ReplyWithError(ctx, "ERR no reply");
    if (RedisModule_CallReplyType(reply) == REDISMODULE_REPLY_INTEGER)
        RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyInteger(reply) + 1);
    else
        RedisModule_ReplyWithCallReply(ctx, reply);
    RedisModule_FreeCallReply(reply);
    return REDISMODULE_OK;
}

static void gone(RedisModuleCtx *ctx, RedisModuleBlockedClient *bc) {
    (void)bc;
    disconnects++;
    RedisModule_Log(ctx, "warning", "the waiting client is gone");
}

static int block(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    waiting[waiters] = RedisModule_BlockClient(ctx, NULL, NULL, NULL, number(argv[1]));
    RedisModule_SetDisconnectCallback(waiting[waiters++], gone);
    return REDISMODULE_OK;
}

static int endWaits(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    for (int i = 0; i < waiters; i++) RedisModule_UnblockClient(waiting[i], NULL);
    RedisModule_ReplyWithArray(ctx, 2);
    RedisModule_ReplyWithLongLong(ctx, waiters);
    RedisModule_ReplyWithLongLong(ctx, disconnects);
    waiters = disconnects = 0;
    return REDISMODULE_OK;
}

static void start(void *(*body)(void *), void *arg) {
    pthread_t thread;
    pthread_create(&thread, NULL, body, arg);
    pthread_detach(thread);
}

static void *holdBody(void *ms) {
    RedisModuleCtx *ctx = RedisModule_GetThreadSafeContext(NULL);
    RedisModule_ThreadSafeContextLock(ctx);
    usleep((uintptr_t)ms * 1000);
    RedisModule_ThreadSafeContextUnlock(ctx);
    RedisModule_FreeThreadSafeContext(ctx);
    return NULL;
}

static int hold(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    start(holdBody, (void *)(uintptr_t)number(argv[1]));
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static void *spinBody(void *arg) {
    RedisModuleCtx *ctx = RedisModule_GetThreadSafeContext(NULL);
    for (;;) {
        RedisModule_ThreadSafeContextLock(ctx);
        RedisModuleCallReply *reply = RedisModule_Call(ctx, "INCR", "c", "spins");
        if (reply != NULL) RedisModule_FreeCallReply(reply);
        RedisModule_ThreadSafeContextUnlock(ctx);
    }
    return arg;
}

static int spin(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    start(spinBody, NULL);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static void *lateBody(void *arg) {
    RedisModuleCtx *ctx = RedisModule_GetThreadSafeContext(NULL);
    RedisModule_ThreadSafeContextLock(ctx);
    RedisModule_FreeThreadSafeContext(ctx);
    RedisModule_ThreadSafeContextUnlock(ctx);
    return arg;
}

static int late(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    /* Another context exists, so that the server itself goes on taking the lock. */
    RedisModule_GetThreadSafeContext(NULL);
    start(lateBody, NULL);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

struct wait {
    RedisModuleBlockedClient *bc;
    long long ms;
};

static void *waitBody(void *arg) {
    struct wait *wait = arg;
    usleep(wait->ms * 1000);
    RedisModule_UnblockClient(wait->bc, NULL);
    RedisModule_Free(wait);
    return NULL;
}

static int waitReply(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    return RedisModule_ReplyWithSimpleString(ctx, "waited");
}

static int waitCommand(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    struct wait *wait = RedisModule_Alloc(sizeof(*wait));
    wait->ms = number(argv[1]);
    wait->bc = RedisModule_BlockClient(ctx, waitReply, NULL, NULL, 0);
    RedisModule_SetDisconnectCallback(wait->bc, gone);
    start(waitBody, wait);
    return REDISMODULE_OK;
}

static int events(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    static long long made;
    char name[2100];
    memset(name, 'e', sizeof(name));
    for (long long n = number(argv[1]); n > 0; n--) {
        snprintf(name, sizeof(name), "%02000lld", ++made);
        RedisModule_NotifyKeyspaceEvent(ctx, REDISMODULE_NOTIFY_GENERIC, name, argv[1]);
    }
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static int onEvent(RedisModuleCtx *ctx, int type, const char *event, RedisModuleString *key) {
    (void)type, (void)event;
    /* Not this function's to free. */
    if (is(key, "freed")) RedisModule_FreeString(ctx, key);
    return REDISMODULE_OK;
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (RedisModule_Init(ctx, "hostile", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    if (RedisModule_CreateCommand(ctx, "x.bad", bad, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "x.array", array, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "x.postpone", postpone, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "x.replies", replies, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "x.err", err, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "x.call", call, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "x.deep", deep, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "x.block", block, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "x.free", endWaits, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "x.hold", hold, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "x.spin", spin, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "x.late", late, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "x.wait", waitCommand, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "x.events", events, "", 0, 0, 0) == REDISMODULE_ERR)
        return REDISMODULE_ERR;
    if (RedisModule_SubscribeToKeyspaceEvents(ctx, REDISMODULE_NOTIFY_GENERIC, onEvent) == REDISMODULE_ERR)
        return REDISMODULE_ERR;
    if (argc > 0 && is(argv[0], "free")) RedisModule_FreeString(ctx, argv[0]);
    if (argc > 1 && is(argv[1], "fail")) return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
