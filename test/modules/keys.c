/* Everything that a module can do with a key, as a small language:
 *
 *   k.do <key> <modes> <operation> [argument] ...   opens the key, runs the operations, replies what each returned
 *   k.auto <key> ...                                leaves keys open that automatic memory closes
 *   k.leak <key> <times>                            leaves keys open that nobody closes
 *   k.use <what>                                    misuses handles
 *   k.db ...                                        databases
 *
 * Modes are letters: r read, w write, t NOTOUCH, n NONOTIFY, s NOSTATS, x NOEXPIRE, e NOEFFECTS, a ACCESS_EXPIRED. */
#include "redismodule.h"

#include <string.h>

static int modesOf(const char *letters) {
    int mode = 0;
    for (; *letters != 0; letters++) {
        switch (*letters) {
        case 'r': mode |= REDISMODULE_READ; break;
        case 'w': mode |= REDISMODULE_WRITE; break;
        case 't': mode |= REDISMODULE_OPEN_KEY_NOTOUCH; break;
        case 'n': mode |= 1 << 17; break;
        case 's': mode |= 1 << 18; break;
        case 'x': mode |= 1 << 19; break;
        case 'e': mode |= 1 << 20; break;
        case 'a': mode |= 1 << 21; break;
        }
    }
    return mode;
}

static int is(RedisModuleString *arg, const char *name) {
    size_t length;
    const char *text = RedisModule_StringPtrLen(arg, &length);
    return strlen(name) == length && memcmp(text, name, length) == 0;
}

static long long number(RedisModuleString *arg) {
    long long value = 0;
    RedisModule_StringToLongLong(arg, &value);
    return value;
}

static int doKey(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc < 3) return RedisModule_WrongArity(ctx);
    RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], modesOf(RedisModule_StringPtrLen(argv[2], NULL)));
    if (key == NULL) return RedisModule_ReplyWithNull(ctx);
    RedisModule_ReplyWithArray(ctx, REDISMODULE_POSTPONED_LEN);
    long replies = 0;
    for (int i = 3; i < argc; i++, replies++) {
        if (is(argv[i], "type")) RedisModule_ReplyWithLongLong(ctx, RedisModule_KeyType(key));
        else if (is(argv[i], "len")) RedisModule_ReplyWithLongLong(ctx, RedisModule_ValueLength(key));
        else if (is(argv[i], "set")) RedisModule_ReplyWithLongLong(ctx, RedisModule_StringSet(key, argv[++i]));
        else if (is(argv[i], "setnum")) {
            RedisModuleString *s = RedisModule_CreateStringFromLongLong(ctx, number(argv[++i]));
            RedisModule_ReplyWithLongLong(ctx, RedisModule_StringSet(key, s));
            RedisModule_FreeString(ctx, s);
        } else if (is(argv[i], "get") || is(argv[i], "getw")) {
            size_t length = 99;
            char *bytes = RedisModule_StringDMA(key, &length, is(argv[i], "get") ? REDISMODULE_READ : REDISMODULE_WRITE);
            if (bytes == NULL) RedisModule_ReplyWithNull(ctx);
            else RedisModule_ReplyWithStringBuffer(ctx, bytes, length);
        } else if (is(argv[i], "fill")) {
            /* Writes through the address, then makes the key expire and change its name's reference, then writes on. */
            size_t length;
            char *bytes = RedisModule_StringDMA(key, &length, REDISMODULE_WRITE);
            char c = *RedisModule_StringPtrLen(argv[++i], NULL);
            for (size_t j = 0; j < length / 2; j++) bytes[j] = c;
            int status = RedisModule_SetExpire(key, 100000);
            for (size_t j = length / 2; j < length; j++) bytes[j] = c;
            int nul = bytes[length] == 0;
            RedisModule_ReplyWithLongLong(ctx, status * 10 + nul);
        } else if (is(argv[i], "trunc")) RedisModule_ReplyWithLongLong(ctx, RedisModule_StringTruncate(key, number(argv[++i])));
        else if (is(argv[i], "del")) RedisModule_ReplyWithLongLong(ctx, RedisModule_DeleteKey(key));
        else if (is(argv[i], "unlink")) RedisModule_ReplyWithLongLong(ctx, RedisModule_UnlinkKey(key));
        else if (is(argv[i], "ttl")) {
            mstime_t ttl = RedisModule_GetExpire(key);
            RedisModule_ReplyWithLongLong(ctx, ttl > 0 ? (ttl + 999) / 1000 : ttl);
        } else if (is(argv[i], "expire")) RedisModule_ReplyWithLongLong(ctx, RedisModule_SetExpire(key, number(argv[++i])));
        else if (is(argv[i], "abs")) RedisModule_ReplyWithLongLong(ctx, RedisModule_GetAbsExpire(key));
        else if (is(argv[i], "setabs")) RedisModule_ReplyWithLongLong(ctx, RedisModule_SetAbsExpire(key, number(argv[++i])));
        else if (is(argv[i], "name")) RedisModule_ReplyWithString(ctx, (RedisModuleString *)RedisModule_GetKeyNameFromModuleKey(key));
        else if (is(argv[i], "dbid")) RedisModule_ReplyWithLongLong(ctx, RedisModule_GetDbIdFromModuleKey(key));
        else if (is(argv[i], "setlru")) RedisModule_ReplyWithLongLong(ctx, RedisModule_SetLRU(key, number(argv[++i])));
        else if (is(argv[i], "setlfu")) RedisModule_ReplyWithLongLong(ctx, RedisModule_SetLFU(key, number(argv[++i])));
        else if (is(argv[i], "lru") || is(argv[i], "lfu")) {
            long long value = 77;
            int status = is(argv[i], "lru") ? RedisModule_GetLRU(key, &value) : RedisModule_GetLFU(key, &value);
            RedisModule_ReplyWithLongLong(ctx, status == REDISMODULE_OK ? value : -100 + value);
        } else RedisModule_ReplyWithError(ctx, "ERR unknown operation");
    }
    RedisModule_CloseKey(key);
    RedisModule_ReplySetArrayLength(ctx, replies);
    return REDISMODULE_OK;
}

static int autoKeys(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    RedisModule_AutoMemory(ctx);
    for (int i = 1; i < argc; i++) {
        RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[i], REDISMODULE_READ | REDISMODULE_WRITE);
        if (i & 1) RedisModule_CloseKey(key);
    }
    return RedisModule_ReplyWithLongLong(ctx, RedisModule_OpenKey(ctx, argv[0], REDISMODULE_READ) == NULL);
}

static int leakKeys(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3) return RedisModule_WrongArity(ctx);
    for (long long i = number(argv[2]); i > 0; i--) RedisModule_OpenKey(ctx, argv[1], REDISMODULE_WRITE);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static RedisModuleKey *stale;

static int misuse(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3) return RedisModule_WrongArity(ctx);
    if (is(argv[1], "keep")) stale = RedisModule_OpenKey(ctx, argv[2], REDISMODULE_WRITE);
    else if (is(argv[1], "stale")) return RedisModule_ReplyWithLongLong(ctx, RedisModule_StringSet(stale, argv[2]));
    else if (is(argv[1], "twice")) {
        RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[2], REDISMODULE_WRITE);
        RedisModule_CloseKey(key);
        RedisModule_CloseKey(key);
    } else if (is(argv[1], "null")) return RedisModule_ReplyWithLongLong(ctx, RedisModule_DeleteKey(NULL));
    else if (is(argv[1], "string"))
        return RedisModule_ReplyWithLongLong(ctx, RedisModule_StringTruncate((RedisModuleKey *)argv[2], 1));
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static int databases(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc < 2) return RedisModule_WrongArity(ctx);
    if (is(argv[1], "select")) return RedisModule_ReplyWithLongLong(ctx, RedisModule_SelectDb(ctx, number(argv[2])));
    if (is(argv[1], "selected")) return RedisModule_ReplyWithLongLong(ctx, RedisModule_GetSelectedDb(ctx));
    if (is(argv[1], "size")) return RedisModule_ReplyWithLongLong(ctx, RedisModule_DbSize(ctx));
    if (is(argv[1], "exists")) return RedisModule_ReplyWithLongLong(ctx, RedisModule_KeyExists(ctx, argv[2]));
    if (is(argv[1], "signal")) return RedisModule_ReplyWithLongLong(ctx, RedisModule_SignalModifiedKey(ctx, argv[2]));
    if (is(argv[1], "reset")) {
        RedisModule_ResetDataset(0, is(argv[2], "async"));
        return RedisModule_ReplyWithSimpleString(ctx, "OK");
    }
    if (is(argv[1], "random")) {
        RedisModuleString *name = RedisModule_RandomKey(ctx);
        if (name == NULL) return RedisModule_ReplyWithNull(ctx);
        RedisModule_ReplyWithString(ctx, name);
        RedisModule_FreeString(ctx, name);
        return REDISMODULE_OK;
    }
    return RedisModule_ReplyWithError(ctx, "ERR unknown");
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    if (RedisModule_Init(ctx, "keys", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    if (RedisModule_CreateCommand(ctx, "k.do", doKey, "write", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "k.auto", autoKeys, "write", 1, -1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "k.leak", leakKeys, "write", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "k.misuse", misuse, "write", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "k.db", databases, "write", 0, 0, 0) == REDISMODULE_ERR)
        return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
