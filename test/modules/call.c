/* RedisModule_Call and the functions on its replies, each behind a command, for comparison with redis-server. */
#include "redismodule.h"

#include <errno.h>
#include <string.h>

#define COMMAND(name) static int name(RedisModuleCtx *ctx, RedisModuleString **argv, int argc)

static char text[1 << 16];
static size_t used;

static void put(const char *bytes, size_t length) {
    if (used + length > sizeof(text)) length = sizeof(text) - used;
    memcpy(text + used, bytes, length);
    used += length;
}

static void putText(const char *s) {
    put(s, strlen(s));
}

static void putNumber(long long n) {
    char buf[32];
    put(buf, snprintf(buf, sizeof(buf), "%lld", n));
}

/* Everything that the functions tell about a reply, elements included. */
static void describe(RedisModuleCallReply *reply) {
    static const char *names[] = {"string", "error", "integer", "array",     "null",     "map",      "set",
                                  "bool",   "double", "bignum", "verbatim", "attribute", "promise"};
    size_t length = 12345;
    int type = RedisModule_CallReplyType(reply);
    RedisModuleCallReply *attribute = RedisModule_CallReplyAttribute(reply);
    if (attribute) {
        putText("|");
        describe(attribute);
        putText("|");
    }
    if (type < 0) {
        putText("unknown");
        return;
    }
    putText(names[type]);
    putText("(");
    putNumber(RedisModule_CallReplyLength(reply));
    putText(")");
    const char *s = RedisModule_CallReplyStringPtr(reply, &length);
    if (s) put(s, length);
    if (type == REDISMODULE_REPLY_INTEGER) putNumber(RedisModule_CallReplyInteger(reply));
    if (type == REDISMODULE_REPLY_BOOL) putNumber(RedisModule_CallReplyBool(reply));
    if (type == REDISMODULE_REPLY_DOUBLE) putNumber((long long)(RedisModule_CallReplyDouble(reply) * 1000));
    if ((s = RedisModule_CallReplyBigNumber(reply, &length))) put(s, length);
    const char *format = NULL;
    if ((s = RedisModule_CallReplyVerbatim(reply, &length, &format))) {
        put(format, 3);
        putText(":");
        put(s, length);
    }
    size_t count = RedisModule_CallReplyLength(reply);
    if (type == REDISMODULE_REPLY_ARRAY || type == REDISMODULE_REPLY_SET) {
        for (size_t i = 0; i < count; i++) {
            putText(i ? " " : "[");
            describe(type == REDISMODULE_REPLY_SET ? RedisModule_CallReplySetElement(reply, i)
                                                   : RedisModule_CallReplyArrayElement(reply, i));
        }
        putText("]");
    }
    if (type == REDISMODULE_REPLY_MAP) {
        for (size_t i = 0; i < count; i++) {
            RedisModuleCallReply *key = NULL, *value = NULL;
            putText(i ? " " : "{");
            if (RedisModule_CallReplyMapElement(reply, i, &key, &value) != REDISMODULE_OK) putText("?");
            describe(key);
            putText("=");
            describe(value);
        }
        putText("}");
    }
}

/* call.describe <flags> <command> ...: errno, and the reply in words */
COMMAND(callDescribe) {
    if (argc < 3) return RedisModule_WrongArity(ctx);
    char format[64];
    snprintf(format, sizeof(format), "%sv", RedisModule_StringPtrLen(argv[1], NULL));
    errno = 0;
    RedisModuleCallReply *reply =
        RedisModule_Call(ctx, RedisModule_StringPtrLen(argv[2], NULL), format, argv + 3, (size_t)(argc - 3));
    int error = errno;
    used = 0;
    if (reply) describe(reply);
    else putText("NULL");
    RedisModule_ReplyWithArray(ctx, 2);
    RedisModule_ReplyWithLongLong(ctx, reply ? 0 : error);
    RedisModule_ReplyWithStringBuffer(ctx, text, used);
    if (reply) RedisModule_FreeCallReply(reply);
    return REDISMODULE_OK;
}

/* call.pass <flags> <command> ...: the reply as it is */
COMMAND(callPass) {
    if (argc < 3) return RedisModule_WrongArity(ctx);
    RedisModule_AutoMemory(ctx);
    char format[64];
    snprintf(format, sizeof(format), "v%s", RedisModule_StringPtrLen(argv[1], NULL));
    RedisModuleCallReply *reply =
        RedisModule_Call(ctx, RedisModule_StringPtrLen(argv[2], NULL), format, argv + 3, (size_t)(argc - 3));
    if (!reply) return RedisModule_ReplyWithSimpleString(ctx, "NULL");
    return RedisModule_ReplyWithCallReply(ctx, reply);
}

/* call.element <index> <command> ...: one element of the reply as it is, another one after its type was asked for */
COMMAND(callElement) {
    if (argc < 3) return RedisModule_WrongArity(ctx);
    RedisModule_AutoMemory(ctx);
    long long index;
    RedisModule_StringToLongLong(argv[1], &index);
    RedisModuleCallReply *reply =
        RedisModule_Call(ctx, RedisModule_StringPtrLen(argv[2], NULL), "v", argv + 3, (size_t)(argc - 3));
    RedisModuleCallReply *element = RedisModule_CallReplyArrayElement(reply, (size_t)index);
    if (!element) return RedisModule_ReplyWithSimpleString(ctx, "no such element");
    RedisModule_FreeCallReply(element);
    return RedisModule_ReplyWithCallReply(ctx, element);
}

/* call.string <command> ...: CreateStringFromCallReply; null where there is none */
COMMAND(callString) {
    if (argc < 2) return RedisModule_WrongArity(ctx);
    RedisModule_AutoMemory(ctx);
    RedisModuleCallReply *reply =
        RedisModule_Call(ctx, RedisModule_StringPtrLen(argv[1], NULL), "v", argv + 2, (size_t)(argc - 2));
    RedisModuleString *s = RedisModule_CreateStringFromCallReply(reply);
    return s ? RedisModule_ReplyWithString(ctx, s) : RedisModule_ReplyWithNull(ctx);
}

/* call.proto <flags> <command> ...: protocol bytes, as a bulk string */
COMMAND(callProto) {
    if (argc < 3) return RedisModule_WrongArity(ctx);
    char format[64];
    snprintf(format, sizeof(format), "%sv", RedisModule_StringPtrLen(argv[1], NULL));
    RedisModuleCallReply *reply =
        RedisModule_Call(ctx, RedisModule_StringPtrLen(argv[2], NULL), format, argv + 3, (size_t)(argc - 3));
    if (!reply) return RedisModule_ReplyWithNull(ctx);
    size_t length;
    const char *proto = RedisModule_CallReplyProto(reply, &length);
    RedisModule_ReplyWithStringBuffer(ctx, proto, length);
    RedisModule_FreeCallReply(reply);
    return REDISMODULE_OK;
}

/* call.letters <text>: every letter of a format that takes an argument */
COMMAND(callLetters) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModule_AutoMemory(ctx);
    size_t length;
    const char *s = RedisModule_StringPtrLen(argv[1], &length);
    RedisModuleCallReply *reply =
        RedisModule_Call(ctx, "MSET", "ccslcbslvcl!", "k1", "plain", argv[1], -9223372036854775807LL - 1, "k3", s, length,
                         argv[1], 42LL, argv, (size_t)2, "k9", 7LL);
    if (!reply) return RedisModule_ReplyWithSimpleString(ctx, "NULL");
    RedisModule_FreeCallReply(reply);
    reply = RedisModule_Call(ctx, "MGET", "csccc", "k1", argv[1], "k3", "call.letters", "k9");
    return RedisModule_ReplyWithCallReply(ctx, reply);
}

/* call.nested <n> <command> ...: the command, called through n calls of this one */
COMMAND(callNested) {
    if (argc < 3) return RedisModule_WrongArity(ctx);
    RedisModule_AutoMemory(ctx);
    long long n;
    RedisModule_StringToLongLong(argv[1], &n);
    RedisModuleCallReply *reply;
    if (n == 0)
        reply = RedisModule_Call(ctx, RedisModule_StringPtrLen(argv[2], NULL), "v", argv + 3, (size_t)(argc - 3));
    else
        reply = RedisModule_Call(ctx, "call.nested", "lv", n - 1, argv + 2, (size_t)(argc - 2));
    if (!reply) return RedisModule_ReplyWithSimpleString(ctx, "NULL");
    return RedisModule_ReplyWithCallReply(ctx, reply);
}

/* call.other: functions on replies of the wrong type */
COMMAND(callOther) {
    (void)argv;
    (void)argc;
    RedisModule_AutoMemory(ctx);
    RedisModuleCallReply *reply = RedisModule_Call(ctx, "ECHO", "c", "text");
    size_t length = 99;
    RedisModuleCallReply *key = NULL, *value = NULL;
    RedisModule_ReplyWithArray(ctx, 9);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyInteger(reply));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyBool(reply));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyDouble(reply) < -9.2e18);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyArrayElement(reply, 0) == NULL);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplySetElement(reply, 0) == NULL);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyMapElement(reply, 0, &key, &value));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyBigNumber(reply, &length) == NULL);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyAttribute(reply) == NULL);
    return RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyType(NULL));
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    if (RedisModule_Init(ctx, "call", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    struct {
        const char *name;
        RedisModuleCmdFunc run;
    } commands[] = {
        {"call.describe", callDescribe}, {"call.pass", callPass},       {"call.element", callElement},
        {"call.string", callString},     {"call.proto", callProto},     {"call.letters", callLetters},
        {"call.nested", callNested},     {"call.other", callOther},
    };
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (RedisModule_CreateCommand(ctx, commands[i].name, commands[i].run, "", 0, 0, 0) == REDISMODULE_ERR)
            return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
