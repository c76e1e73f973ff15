/* File descriptors in the server's loop, and functions that threads have run in it.
 *
 *   l.pipe                 makes a pipe and watches its read end; what comes is appended to the key `read`
 *   l.write <text>         writes to it; l.watch <mask>, l.unwatch <mask>: the write end; l.writable how often it was told
 *   l.close                closes both ends
 *   l.once <text>          appends to `once` in the next turn; l.thread <n>: n such turns, asked for by a thread
 *   l.bad                  statuses and errno of bad arguments */
#include "redismodule.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int ends[2] = {-1, -1};
static long long writable;
static RedisModuleCtx *detached;

static void append(const char *key, const char *bytes, size_t length) {
    RedisModule_FreeCallReply(RedisModule_Call(detached, "APPEND", "cb!", key, bytes, length));
}

static void onReadable(int fd, void *data, int mask) {
    char bytes[4];
    ssize_t n = read(fd, bytes, sizeof(bytes));
    if (n > 0) append(data, bytes, (size_t)n);
    else RedisModule_EventLoopDel(fd, mask);
}

static void onWritable(int fd, void *data, int mask) {
    (void)data, (void)mask;
    if (++writable >= 5) RedisModule_EventLoopDel(fd, REDISMODULE_EVENTLOOP_WRITABLE);
}

static void once(void *data) {
    append("once", data, strlen(data));
    free(data);
}

static void *thread(void *data) {
    for (long n = (long)data; n > 0; n--) RedisModule_EventLoopAddOneShot(once, strdup("t"));
    return NULL;
}

static int control(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    const char *name = RedisModule_StringPtrLen(argv[0], NULL);
    size_t length = 0;
    const char *text = argc > 1 ? RedisModule_StringPtrLen(argv[1], &length) : "";
    long long n = 0;
    if (argc > 1) RedisModule_StringToLongLong(argv[1], &n);
    if (strcmp(name, "l.pipe") == 0) {
        if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) return RedisModule_ReplyWithError(ctx, "ERR no pipe");
        return RedisModule_ReplyWithLongLong(
            ctx, RedisModule_EventLoopAdd(ends[0], REDISMODULE_EVENTLOOP_READABLE, onReadable, "read"));
    }
    if (strcmp(name, "l.write") == 0) return RedisModule_ReplyWithLongLong(ctx, write(ends[1], text, length));
    if (strcmp(name, "l.watch") == 0) return RedisModule_ReplyWithLongLong(ctx, RedisModule_EventLoopAdd(ends[1], (int)n, onWritable, NULL));
    if (strcmp(name, "l.unwatch") == 0) return RedisModule_ReplyWithLongLong(ctx, RedisModule_EventLoopDel(ends[1], (int)n));
    if (strcmp(name, "l.writable") == 0) return RedisModule_ReplyWithLongLong(ctx, writable);
    if (strcmp(name, "l.close") == 0) {
        close(ends[1]);
        close(ends[0]);
    } else if (strcmp(name, "l.once") == 0) {
        return RedisModule_ReplyWithLongLong(ctx, RedisModule_EventLoopAddOneShot(once, strdup(text)));
    } else if (strcmp(name, "l.thread") == 0) {
        pthread_t id;
        pthread_create(&id, NULL, thread, (void *)(long)n);
        pthread_detach(id);
    } else if (strcmp(name, "l.bad") == 0) {
        int codes[12], i = 0;
        errno = 0;
        codes[i++] = RedisModule_EventLoopAdd(-1, 1, onReadable, NULL), codes[i++] = errno;
        codes[i++] = RedisModule_EventLoopAdd(1, 8, onReadable, NULL), codes[i++] = errno;
        codes[i++] = RedisModule_EventLoopAdd(1, 1, NULL, NULL), codes[i++] = errno;
        codes[i++] = RedisModule_EventLoopDel(-1, 1), codes[i++] = errno;
        codes[i++] = RedisModule_EventLoopAddOneShot(NULL, NULL), codes[i++] = errno;
        RedisModule_ReplyWithArray(ctx, i);
        for (int k = 0; k < i; k++) RedisModule_ReplyWithLongLong(ctx, codes[k]);
        return REDISMODULE_OK;
    }
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    if (RedisModule_Init(ctx, "loop", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    detached = RedisModule_GetDetachedThreadSafeContext(ctx);
    static const char *names[] = {"l.pipe", "l.write", "l.watch", "l.unwatch", "l.writable", "l.close", "l.once", "l.thread", "l.bad"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (RedisModule_CreateCommand(ctx, names[i], control, "write", 0, 0, 0) == REDISMODULE_ERR) return REDISMODULE_ERR;
    }
    return REDISMODULE_OK;
}

int RedisModule_OnUnload(RedisModuleCtx *ctx) {
    (void)ctx;
    RedisModule_FreeThreadSafeContext(detached);
    return REDISMODULE_OK;
}
