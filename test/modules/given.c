/* What a module does with the strings and bytes that it is given.
 *
 *   g.free <text>     makes a string with each function that makes one, and gives each to RedisModule_Free; how many
 *   g.keep <text>     retains its argument; g.drop gives what was kept last to RedisModule_Free, and answers its text
 *   g.ends <key>      names the functions whose bytes are not followed by a NUL; <key> holds a string
 *   g.tail            scans INFO's reply with strsep past its end, and answers the number of lines
 *   g.pass            reads strings of a reply, then passes the reply on
 *   g.sizes           whether sizes of strings and dictionaries are plausible
 *   g.user <name>     what permissions the user has: whether there is one, a key for reading, bad flags, a command, none
 *   g.category        whether categories can be added now */
#define _GNU_SOURCE
#include "redismodule.h"

#include <errno.h>
#include <string.h>

static RedisModuleString *kept[64];
static int keptCount;

/* Strings of redis-server that are long are two allocations, of which RedisModule_Free frees one: keep them short. */
static int freeAll(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModuleStreamID id = {1, 2};
    RedisModuleCallReply *reply = RedisModule_Call(ctx, "ECHO", "s", argv[1]);
    RedisModuleDict *d = RedisModule_CreateDict(NULL);
    RedisModule_DictSetC(d, "key", 3, NULL);
    RedisModuleDictIter *it = RedisModule_DictIteratorStartC(d, "^", NULL, 0);
    RedisModuleString *made[] = {
        RedisModule_CreateString(NULL, "abc", 3),
        RedisModule_CreateStringPrintf(NULL, "%d", 5),
        RedisModule_CreateStringFromLongLong(NULL, 123456789),
        RedisModule_CreateStringFromDouble(NULL, 1.5),
        RedisModule_CreateStringFromLongDouble(NULL, 1.5L, 1),
        RedisModule_CreateStringFromString(NULL, argv[1]),
        RedisModule_CreateStringFromStreamID(NULL, &id),
        RedisModule_CreateStringFromCallReply(reply),
        RedisModule_DictNext(NULL, it, NULL),
        RedisModule_GetCurrentUserName(ctx),
    };
    RedisModule_DictIteratorStop(it);
    RedisModule_FreeDict(NULL, d);
    RedisModule_FreeCallReply(reply);
    int count = sizeof(made) / sizeof(*made);
    RedisModule_ReplyWithArray(ctx, count + 1);
    for (int i = 0; i < count; i++) RedisModule_ReplyWithString(ctx, made[i]);
    for (int i = 0; i < count; i++) RedisModule_Free(made[i]);
    return RedisModule_ReplyWithLongLong(ctx, count);
}

static int keep(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2 || keptCount == 64) return RedisModule_WrongArity(ctx);
    RedisModule_RetainString(ctx, argv[1]);
    kept[keptCount++] = argv[1];
    return RedisModule_ReplyWithLongLong(ctx, keptCount);
}

static int drop(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    if (keptCount == 0) return RedisModule_ReplyWithNull(ctx);
    RedisModuleString *last = kept[--keptCount];
    RedisModule_ReplyWithString(ctx, last);
    RedisModule_Free(last);
    return REDISMODULE_OK;
}

static int wrong;
static RedisModuleCtx *told;

static void check(const char *function, const char *bytes, size_t len) {
    if (bytes != NULL && bytes[len] == 0) return;
    RedisModule_ReplyWithCString(told, function);
    wrong++;
}

static void checkString(const char *function, RedisModuleString *s) {
    size_t len;
    const char *bytes = RedisModule_StringPtrLen(s, &len);
    check(function, bytes, len);
}

static void checkReply(RedisModuleCallReply *reply) {
    size_t len;
    const char *format;
    const char *bytes;
    switch (RedisModule_CallReplyType(reply)) {
    case REDISMODULE_REPLY_STRING:
    case REDISMODULE_REPLY_ERROR:
        bytes = RedisModule_CallReplyStringPtr(reply, &len);
        check("CallReplyStringPtr", bytes, len);
        RedisModuleString *copy = RedisModule_CreateStringFromCallReply(reply);
        checkString("CreateStringFromCallReply", copy);
        RedisModule_FreeString(NULL, copy);
        break;
    case REDISMODULE_REPLY_BIG_NUMBER:
        bytes = RedisModule_CallReplyBigNumber(reply, &len);
        check("CallReplyBigNumber", bytes, len);
        break;
    case REDISMODULE_REPLY_VERBATIM_STRING:
        bytes = RedisModule_CallReplyVerbatim(reply, &len, &format);
        check("CallReplyVerbatim", bytes, len);
        break;
    case REDISMODULE_REPLY_ARRAY:
        for (size_t i = 0; i < RedisModule_CallReplyLength(reply); i++)
            checkReply(RedisModule_CallReplyArrayElement(reply, i));
        break;
    }
}

static RedisModuleCallReply *callFor(RedisModuleCtx *ctx, const char *kind) {
    return RedisModule_Call(ctx, "g.reply", "3Ec", kind);
}

static int ends(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    told = ctx;
    wrong = 0;
    RedisModule_ReplyWithArray(ctx, REDISMODULE_POSTPONED_LEN);
    checkString("argv[0]", argv[0]);
    checkString("argv[1]", argv[1]);
    char filled[40000];
    memset(filled, 'x', sizeof(filled));
    size_t sizes[] = {0, 1, 6, 7, 8, 15, 16, 17, 31, 32, 100, 223, 224, 225, 5000, 32734, 32735, 32736, 40000};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        RedisModuleString *s = RedisModule_CreateString(NULL, filled, sizes[i]);
        checkString("CreateString", s);
        RedisModule_StringAppendBuffer(NULL, s, filled, sizes[i]);
        checkString("StringAppendBuffer", s);
        RedisModule_TrimStringAllocation(s);
        checkString("TrimStringAllocation", s);
        RedisModuleString *copy = RedisModule_CreateStringFromString(NULL, s);
        checkString("CreateStringFromString", copy);
        RedisModule_FreeString(NULL, copy);

        RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_READ | REDISMODULE_WRITE);
        RedisModule_StringSet(key, s);
        size_t len;
        char *bytes = RedisModule_StringDMA(key, &len, REDISMODULE_READ);
        check("StringDMA", bytes, len);
        RedisModule_StringTruncate(key, sizes[i]);
        bytes = RedisModule_StringDMA(key, &len, REDISMODULE_WRITE);
        check("StringDMA after StringTruncate", bytes, len);
        RedisModule_StringTruncate(key, 3 * sizes[i]);
        bytes = RedisModule_StringDMA(key, &len, REDISMODULE_READ | REDISMODULE_WRITE);
        check("StringDMA after growth", bytes, len);
        checkString("GetKeyNameFromModuleKey", (RedisModuleString *)RedisModule_GetKeyNameFromModuleKey(key));
        RedisModule_CloseKey(key);
        RedisModule_FreeString(NULL, s);

        RedisModuleCallReply *reply = RedisModule_Call(ctx, "ECHO", "b", filled, sizes[i]);
        size_t protoLength;
        const char *proto = RedisModule_CallReplyProto(reply, &protoLength);
        check("CallReplyProto", proto, protoLength);
        checkReply(reply);
        proto = RedisModule_CallReplyProto(reply, &protoLength);
        check("CallReplyProto of a reply that was read", proto, protoLength);
        if (proto[protoLength - 1] != '\n' || proto[protoLength - 2] != '\r') check("CallReplyProto's end", NULL, 0);
        RedisModule_FreeCallReply(reply);

        RedisModuleDict *d = RedisModule_CreateDict(NULL);
        RedisModule_DictSetC(d, filled, sizes[i], NULL);
        RedisModuleDictIter *it = RedisModule_DictIteratorStartC(d, "^", NULL, 0);
        const char *name = RedisModule_DictNextC(it, &len, NULL);
        check("DictNextC", name, len);
        RedisModule_DictIteratorReseekC(it, "$", NULL, 0);
        name = RedisModule_DictPrevC(it, &len, NULL);
        check("DictPrevC", name, len);
        RedisModule_DictIteratorReseekC(it, "^", NULL, 0);
        RedisModuleString *key2 = RedisModule_DictNext(NULL, it, NULL);
        checkString("DictNext", key2);
        RedisModule_FreeString(NULL, key2);
        RedisModule_DictIteratorStop(it);
        RedisModule_FreeDict(NULL, d);
    }
    const char *kinds[] = {"simple", "error", "array", "verbatim", "big"};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        RedisModuleCallReply *reply = callFor(ctx, kinds[i]);
        checkReply(reply);
        checkReply(reply);
        RedisModule_FreeCallReply(reply);
    }
    RedisModuleString *user = RedisModule_GetCurrentUserName(ctx);
    checkString("GetCurrentUserName", user);
    RedisModule_FreeString(ctx, user);
    RedisModuleServerInfoData *info = RedisModule_GetServerInfo(ctx, "server");
    RedisModuleString *field = RedisModule_ServerInfoGetField(ctx, info, "redis_version");
    checkString("ServerInfoGetField", field);
    RedisModule_FreeString(ctx, field);
    RedisModule_FreeServerInfo(ctx, info);
    RedisModuleString *random = RedisModule_RandomKey(ctx);
    checkString("RandomKey", random);
    RedisModule_FreeString(ctx, random);
    RedisModule_ReplySetArrayLength(ctx, wrong);
    return REDISMODULE_OK;
}

static int reply(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    const char *kind = argc < 2 ? "" : RedisModule_StringPtrLen(argv[1], NULL);
    if (!strcmp(kind, "simple")) return RedisModule_ReplyWithSimpleString(ctx, "OK");
    if (!strcmp(kind, "error")) return RedisModule_ReplyWithError(ctx, "ERR of ours");
    if (!strcmp(kind, "verbatim")) return RedisModule_ReplyWithVerbatimString(ctx, "text", 4);
    if (!strcmp(kind, "big")) return RedisModule_ReplyWithBigNumber(ctx, "12345678901234567890123", 23);
    RedisModule_ReplyWithArray(ctx, 4);
    RedisModule_ReplyWithCString(ctx, "first");
    RedisModule_ReplyWithSimpleString(ctx, "second");
    RedisModule_ReplyWithArray(ctx, 2);
    RedisModule_ReplyWithCString(ctx, "");
    RedisModule_ReplyWithError(ctx, "ERR inner");
    return RedisModule_ReplyWithCString(ctx, "last");
}

/* The helper that many modules carry along: it goes on behind the end of the text until it meets a NUL. */
static int tail(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    RedisModuleCallReply *reply = RedisModule_Call(ctx, "ECHO", "c", "one:1\r\ntwo:2\r\nthree:3");
    size_t len;
    char *text = (char *)RedisModule_CallReplyStringPtr(reply, &len);
    char *end = text + len;
    int lines = 0, beyond = 0;
    for (char *line; (line = strsep(&text, "\r\n")) != NULL;) {
        if (*line >= 'a' && *line <= 'z') lines++;
        if (line > end + 4) beyond++;
    }
    RedisModule_FreeCallReply(reply);
    return RedisModule_ReplyWithLongLong(ctx, beyond > 0 ? -beyond : lines);
}

static int pass(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    RedisModuleCallReply *reply = RedisModule_Call(ctx, "g.reply", "Ec", "array");
    size_t len;
    for (int i = 0; i < 2; i++) RedisModule_CallReplyStringPtr(RedisModule_CallReplyArrayElement(reply, i), &len);
    RedisModule_CallReplyStringPtr(RedisModule_CallReplyArrayElement(RedisModule_CallReplyArrayElement(reply, 2), 1), &len);
    RedisModule_ReplyWithArray(ctx, 3);
    RedisModule_ReplyWithCallReply(ctx, reply);
    RedisModule_ReplyWithCallReply(ctx, RedisModule_CallReplyArrayElement(reply, 1));
    RedisModuleString *last = RedisModule_CreateStringFromCallReply(RedisModule_CallReplyArrayElement(reply, 3));
    RedisModule_ReplyWithString(ctx, last);
    RedisModule_FreeString(ctx, last);
    RedisModule_FreeCallReply(reply);
    return REDISMODULE_OK;
}

static int sizes(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    char bytes[1000] = {0};
    RedisModuleString *s = RedisModule_CreateString(NULL, bytes, sizeof(bytes));
    RedisModuleDict *d = RedisModule_CreateDict(NULL);
    size_t empty = RedisModule_MallocSizeDict(d);
    for (int i = 0; i < 100; i++) RedisModule_DictSetC(d, &i, sizeof(i), NULL);
    size_t full = RedisModule_MallocSizeDict(d);
    size_t string = RedisModule_MallocSizeString(s);
    RedisModule_ReplyWithArray(ctx, 4);
    RedisModule_ReplyWithLongLong(ctx, string >= 1000 && string < 2000);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_MallocSize(s) > 0);
    RedisModule_ReplyWithLongLong(ctx, empty < full);
    RedisModule_ReplyWithLongLong(ctx, full > 400 && full < 100000);
    RedisModule_FreeDict(NULL, d);
    RedisModule_FreeString(NULL, s);
    return REDISMODULE_OK;
}

static int user(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModuleUser *who = RedisModule_GetModuleUserFromUserName(argv[1]);
    if (who == NULL) return RedisModule_ReplyWithNull(ctx);
    RedisModule_ReplyWithArray(ctx, 6);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_ACLCheckKeyPermissions(who, argv[1], REDISMODULE_CMD_KEY_ACCESS));
    errno = 0;
    RedisModule_ReplyWithLongLong(ctx, RedisModule_ACLCheckKeyPermissions(who, argv[1], 1));
    RedisModule_ReplyWithLongLong(ctx, errno == EINVAL);
    RedisModuleString *ping = RedisModule_CreateString(ctx, "PING", 4), *none = RedisModule_CreateString(ctx, "NONE", 4);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_ACLCheckCommandPermissions(who, &ping, 1));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_ACLCheckCommandPermissions(who, &none, 1));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_ACLCheckChannelPermissions(who, ping, 1));
    RedisModule_FreeString(ctx, ping);
    RedisModule_FreeString(ctx, none);
    RedisModule_FreeModuleUser(who);
    return REDISMODULE_OK;
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    if (RedisModule_Init(ctx, "given", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    struct {
        const char *name;
        RedisModuleCmdFunc run;
    } commands[] = {{"g.free", freeAll}, {"g.keep", keep}, {"g.drop", drop},   {"g.ends", ends}, {"g.reply", reply},
                    {"g.tail", tail},    {"g.pass", pass}, {"g.sizes", sizes}, {"g.user", user}};
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (RedisModule_CreateCommand(ctx, commands[i].name, commands[i].run, "", 0, 0, 0) == REDISMODULE_ERR)
            return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
