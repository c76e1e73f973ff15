/* Running other commands, and nested replies.
 *
 *   report.string <key>            what a string key is: its value, length, encoding and time to live, as a map
 *   report.many <key> ...          the same for several keys: a map of maps, with a null for keys that do not exist
 *   report.run <command> [arg ...] runs any command and answers what type of reply it gave, and the reply itself
 *
 * A client that speaks RESP3 (redis-cli -3) sees maps, doubles and booleans as such; all others get arrays and strings. */
#include "redismodule.h"

#include <string.h>

/* One field of the map: a name, and the reply of a command on the key, passed on as it is. */
static void fieldFromCall(RedisModuleCtx *ctx, const char *name, const char *command, RedisModuleString *key) {
    RedisModule_ReplyWithCString(ctx, name);
    /* The format string says what follows: "s" a RedisModuleString. "E" asks for errors as replies instead of NULL. */
    RedisModuleCallReply *reply = RedisModule_Call(ctx, command, "sE", key);
    RedisModule_ReplyWithCallReply(ctx, reply);
    RedisModule_FreeCallReply(reply);
}

static void describe(RedisModuleCtx *ctx, RedisModuleString *key) {
    /* "c" is a C string, "3" asks for the reply in RESP3. */
    RedisModuleCallReply *encoding = RedisModule_Call(ctx, "OBJECT", "csE3", "ENCODING", key);
    if (RedisModule_CallReplyType(encoding) != REDISMODULE_REPLY_STRING) {
        RedisModule_ReplyWithNull(ctx); /* No such key. */
        RedisModule_FreeCallReply(encoding);
        return;
    }
    size_t length;
    const char *name = RedisModule_CallReplyStringPtr(encoding, &length);

    /* How many fields the map will have is not known yet. */
    RedisModule_ReplyWithMap(ctx, REDISMODULE_POSTPONED_LEN);
    long fields = 4;
    fieldFromCall(ctx, "value", "GET", key);
    fieldFromCall(ctx, "length", "STRLEN", key);
    RedisModule_ReplyWithCString(ctx, "encoding");
    RedisModule_ReplyWithStringBuffer(ctx, name, length);
    RedisModule_ReplyWithCString(ctx, "number");
    RedisModule_ReplyWithBool(ctx, length == 3 && memcmp(name, "int", 3) == 0);

    RedisModuleCallReply *ttl = RedisModule_Call(ctx, "PTTL", "s", key);
    long long ms = RedisModule_CallReplyInteger(ttl);
    if (ms >= 0) {
        RedisModule_ReplyWithCString(ctx, "seconds");
        RedisModule_ReplyWithDouble(ctx, (double)((ms + 999) / 1000));
        fields++;
    }
    RedisModule_ReplySetMapLength(ctx, fields);
    RedisModule_FreeCallReply(ttl);
    RedisModule_FreeCallReply(encoding);
}

static int reportString(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    describe(ctx, argv[1]);
    return REDISMODULE_OK;
}

static int reportMany(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc < 2) return RedisModule_WrongArity(ctx);
    RedisModule_ReplyWithMap(ctx, argc - 1);
    for (int i = 1; i < argc; i++) {
        RedisModule_ReplyWithString(ctx, argv[i]);
        describe(ctx, argv[i]);
    }
    return REDISMODULE_OK;
}

static const char *typeName(int type) {
    switch (type) {
    case REDISMODULE_REPLY_STRING: return "string";
    case REDISMODULE_REPLY_ERROR: return "error";
    case REDISMODULE_REPLY_INTEGER: return "integer";
    case REDISMODULE_REPLY_ARRAY: return "array";
    case REDISMODULE_REPLY_NULL: return "null";
    case REDISMODULE_REPLY_MAP: return "map";
    case REDISMODULE_REPLY_SET: return "set";
    case REDISMODULE_REPLY_BOOL: return "boolean";
    case REDISMODULE_REPLY_DOUBLE: return "double";
    case REDISMODULE_REPLY_BIG_NUMBER: return "big number";
    case REDISMODULE_REPLY_VERBATIM_STRING: return "verbatim string";
    default: return "unknown";
    }
}

static int reportRun(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc < 2) return RedisModule_WrongArity(ctx);
    RedisModule_AutoMemory(ctx); /* Frees the reply. */
    const char *command = RedisModule_StringPtrLen(argv[1], NULL);
    /* "v" is an array of strings; "0" asks for the reply in the protocol that the client speaks. */
    RedisModuleCallReply *reply = RedisModule_Call(ctx, command, "vE0", argv + 2, (size_t)(argc - 2));
    RedisModule_ReplyWithArray(ctx, 2);
    RedisModule_ReplyWithCString(ctx, typeName(RedisModule_CallReplyType(reply)));
    return RedisModule_ReplyWithCallReply(ctx, reply);
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    if (RedisModule_Init(ctx, "report", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    if (RedisModule_CreateCommand(ctx, "report.string", reportString, "readonly", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "report.many", reportMany, "readonly", 1, -1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "report.run", reportRun, "write", 0, 0, 0) == REDISMODULE_ERR)
        return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
