/* What a module learns of its server and its clients, and what it tells them. */

#include <errno.h>
#include <string.h>

#include "redismodule.h"

/* ctx.flags -> context flags of this call */
static int flags(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    return RedisModule_ReplyWithLongLong(ctx, RedisModule_GetContextFlags(ctx));
}

/* ctx.client -> number, own number looked up, flags, db, whether address and port are there */
static int client(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    unsigned long long id = RedisModule_GetClientId(ctx);
    RedisModuleClientInfo info = REDISMODULE_CLIENTINFO_INITIALIZER_V1;
    RedisModule_ReplyWithArray(ctx, 7);
    RedisModule_ReplyWithLongLong(ctx, id > 0);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_GetClientInfoById(&info, id));
    RedisModule_ReplyWithLongLong(ctx, info.id == id);
    RedisModule_ReplyWithLongLong(ctx, info.flags);
    RedisModule_ReplyWithLongLong(ctx, info.db);
    RedisModule_ReplyWithCString(ctx, info.addr);
    RedisModule_ReplyWithLongLong(ctx, info.port > 0);
    return REDISMODULE_OK;
}

/* ctx.absent -> what is answered about a client that does not exist, and about an unknown version */
static int absent(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argc;
    RedisModuleClientInfo info = REDISMODULE_CLIENTINFO_INITIALIZER_V1;
    RedisModule_ReplyWithArray(ctx, 8);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_GetClientInfoById(&info, 999999));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_GetClientInfoById(NULL, RedisModule_GetClientId(ctx)));
    info.version = 2;
    RedisModule_ReplyWithLongLong(ctx, RedisModule_GetClientInfoById(&info, RedisModule_GetClientId(ctx)));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_GetClientNameById(ctx, 999999) == NULL);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_GetClientUserNameById(ctx, 999999) == NULL);
    errno = 0;
    RedisModule_ReplyWithLongLong(ctx, RedisModule_SetClientNameById(999999, argv[0]));
    RedisModule_ReplyWithLongLong(ctx, errno == ENOENT);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_GetClientCertificate(ctx, 999999) == NULL);
    return REDISMODULE_OK;
}

/* ctx.name [new name] -> result, EINVAL or 0, name, user's name twice */
static int name(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    RedisModule_AutoMemory(ctx);
    unsigned long long id = RedisModule_GetClientId(ctx);
    int result = REDISMODULE_OK;
    errno = 0;
    if (argc > 1) result = RedisModule_SetClientNameById(id, argv[1]);
    int error = errno;
    RedisModuleString *found = RedisModule_GetClientNameById(ctx, id);
    RedisModule_ReplyWithArray(ctx, 5);
    RedisModule_ReplyWithLongLong(ctx, result);
    RedisModule_ReplyWithLongLong(ctx, result == REDISMODULE_OK ? 0 : error == EINVAL);
    if (found)
        RedisModule_ReplyWithString(ctx, found);
    else
        RedisModule_ReplyWithNull(ctx);
    RedisModule_ReplyWithString(ctx, RedisModule_GetClientUserNameById(ctx, id));
    RedisModule_ReplyWithString(ctx, RedisModule_GetCurrentUserName(ctx));
    return REDISMODULE_OK;
}

/* ctx.redact pos... -> one result per position */
static int redact(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    RedisModule_ReplyWithArray(ctx, argc - 1);
    for (int i = 1; i < argc; i++) {
        long long pos = 0;
        RedisModule_StringToLongLong(argv[i], &pos);
        RedisModule_ReplyWithLongLong(ctx, RedisModule_RedactClientCommandArgument(ctx, (int)pos));
    }
    return REDISMODULE_OK;
}

/* ctx.clocks -> whether the clocks agree and go forwards */
static int clocks(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    mstime_t ms = RedisModule_Milliseconds();
    ustime_t us = RMAPI_FUNC_SUPPORTED(RedisModule_Microseconds) ? RedisModule_Microseconds() : ms * 1000;
    ustime_t cached = RMAPI_FUNC_SUPPORTED(RedisModule_CachedMicroseconds) ? RedisModule_CachedMicroseconds() : us;
    uint64_t before = RedisModule_MonotonicMicroseconds();
    uint64_t after = RedisModule_MonotonicMicroseconds();
    RedisModule_ReplyWithArray(ctx, 3);
    RedisModule_ReplyWithLongLong(ctx, us / 1000 - ms < 1000 && us / 1000 - ms > -1000);
    RedisModule_ReplyWithLongLong(ctx, us - cached < 1000000 && us - cached > -1000000);
    RedisModule_ReplyWithLongLong(ctx, after >= before && before > 0);
    return REDISMODULE_OK;
}

/* ctx.random len -> characters that are no hex digits, bytes that were not written, whether two draws differ */
static int randomness(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    long long len = 0;
    if (argc != 2 || RedisModule_StringToLongLong(argv[1], &len) != REDISMODULE_OK) return RedisModule_WrongArity(ctx);
    char *hex = RedisModule_Calloc(1, len + 1);
    unsigned char *bytes = RedisModule_Calloc(2, len + 1);
    RedisModule_GetRandomHexChars(hex, len);
    RedisModule_GetRandomBytes(bytes, len);
    RedisModule_GetRandomBytes(bytes + len + 1, len);
    RedisModule_ReplyWithArray(ctx, 3);
    RedisModule_ReplyWithLongLong(ctx, len - (long long)strspn(hex, "0123456789abcdef"));
    RedisModule_ReplyWithLongLong(ctx, bytes[len] | bytes[2 * len + 1]);
    RedisModule_ReplyWithLongLong(ctx, len < 16 || memcmp(bytes, bytes + len + 1, len) != 0);
    RedisModule_Free(hex);
    RedisModule_Free(bytes);
    return REDISMODULE_OK;
}

/* ctx.versions -> what the server offers */
static int versions(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    RedisModule_ReplyWithArray(ctx, 5);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_GetServerVersion());
    RedisModule_ReplyWithLongLong(ctx, RedisModule_GetTypeMethodVersion());
    RedisModule_ReplyWithLongLong(ctx, RMAPI_FUNC_SUPPORTED(RedisModule_GetModuleOptionsAll) ? RedisModule_GetModuleOptionsAll() : -1);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_GetContextFlagsAll());
    RedisModule_ReplyWithLongLong(ctx, RedisModule_AvoidReplicaTraffic());
    return REDISMODULE_OK;
}

/* ctx.latency event ms */
static int latency(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    long long ms = 0;
    if (argc != 3 || RedisModule_StringToLongLong(argv[2], &ms) != REDISMODULE_OK) return RedisModule_WrongArity(ctx);
    RedisModule_LatencyAddSample(RedisModule_StringPtrLen(argv[1], NULL), ms);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

/* ctx.memory -> used memory over maxmemory, in thousandths */
static int memory(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    return RedisModule_ReplyWithLongLong(ctx, (long long)(RedisModule_GetUsedMemoryRatio() * 1000));
}

static long long changes(RedisModuleCtx *ctx) {
    RedisModuleServerInfoData *info = RedisModule_GetServerInfo(ctx, "persistence");
    long long count = RedisModule_ServerInfoGetFieldSigned(info, "rdb_changes_since_last_save", NULL);
    RedisModule_FreeServerInfo(ctx, info);
    return count;
}

/* ctx.replicate -> results, and by how much the count of changes went up */
static int replicate(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argc;
    long long before = changes(ctx);
    RedisModule_ReplyWithArray(ctx, 6);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_Replicate(ctx, "SET", "sc", argv[0], "value"));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_Replicate(ctx, "set", "ccA", "key", "value"));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_Replicate(ctx, "no.such.command", "c", "x"));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_Replicate(ctx, "SET", "c?", "x"));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_ReplicateVerbatim(ctx));
    RedisModule_ReplyWithLongLong(ctx, changes(ctx) - before);
    return REDISMODULE_OK;
}

/* ctx.assert */
static int assertion(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    RedisModule__Assert("1 == 2", "context.c", 42);
    return RedisModule_ReplyWithSimpleString(ctx, "still here");
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    if (RedisModule_Init(ctx, "ctx", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    RedisModule_Log(ctx, "notice", "startup flag: %d",
                    (RedisModule_GetContextFlags(ctx) & REDISMODULE_CTX_FLAGS_SERVER_STARTUP) != 0);
    struct {
        const char *name;
        RedisModuleCmdFunc func;
    } commands[] = {
        {"ctx.flags", flags},     {"ctx.client", client},       {"ctx.absent", absent},     {"ctx.name", name},
        {"ctx.redact", redact},   {"ctx.clocks", clocks},       {"ctx.random", randomness}, {"ctx.versions", versions},
        {"ctx.latency", latency}, {"ctx.memory", memory}, {"ctx.assert", assertion},
        {"ctx.replicate", replicate},
    };
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (RedisModule_CreateCommand(ctx, commands[i].name, commands[i].func, "", 0, 0, 0) == REDISMODULE_ERR)
            return REDISMODULE_ERR;
    }
    return REDISMODULE_OK;
}
