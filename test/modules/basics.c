/* Strings and replies of the module API, each behind a command, for comparison with redis-server. */
#include "redismodule.h"

#include <string.h>

#define COMMAND(name) static int name(RedisModuleCtx *ctx, RedisModuleString **argv, int argc)

static long long number(RedisModuleString *s) {
    long long ll = 0;
    RedisModule_StringToLongLong(s, &ll);
    return ll;
}

/* --- numbers in strings: status, then the value --- */

COMMAND(toLongLong) {
    (void)argc;
    long long ll = 0;
    int status = RedisModule_StringToLongLong(argv[1], &ll);
    RedisModule_ReplyWithArray(ctx, 2);
    RedisModule_ReplyWithLongLong(ctx, status);
    return RedisModule_ReplyWithLongLong(ctx, ll);
}

COMMAND(toDouble) {
    (void)argc;
    double d = 0;
    int status = RedisModule_StringToDouble(argv[1], &d);
    RedisModule_ReplyWithArray(ctx, 2);
    RedisModule_ReplyWithLongLong(ctx, status);
    if (status != REDISMODULE_OK) return RedisModule_ReplyWithNull(ctx);
    RedisModuleString *s = RedisModule_CreateStringPrintf(ctx, "%a", d);
    RedisModule_ReplyWithString(ctx, s);
    RedisModule_FreeString(ctx, s);
    return REDISMODULE_OK;
}

COMMAND(toLongDouble) {
    (void)argc;
    long double d = 0;
    int status = RedisModule_StringToLongDouble(argv[1], &d);
    RedisModule_ReplyWithArray(ctx, 5);
    RedisModule_ReplyWithLongLong(ctx, status);
    if (status != REDISMODULE_OK) d = -1.25L;
    RedisModule_AutoMemory(ctx);
    RedisModule_ReplyWithString(ctx, RedisModule_CreateStringFromLongDouble(ctx, d, 1));
    RedisModule_ReplyWithString(ctx, RedisModule_CreateStringFromLongDouble(ctx, d, 0));
    RedisModule_ReplyWithString(ctx, RedisModule_CreateStringPrintf(ctx, "%d %.5Lf %s %La", 7, d, "between", d));
    return RedisModule_ReplyWithLongDouble(ctx, d);
}

COMMAND(toStreamId) {
    (void)argc;
    RedisModuleStreamID id = {1, 2};
    int status = RedisModule_StringToStreamID(argv[1], &id);
    RedisModule_AutoMemory(ctx);
    RedisModule_ReplyWithArray(ctx, 2);
    RedisModule_ReplyWithLongLong(ctx, status);
    return RedisModule_ReplyWithString(ctx, RedisModule_CreateStringFromStreamID(ctx, &id));
}

COMMAND(compare) {
    (void)argc;
    int order = RedisModule_StringCompare(argv[1], argv[2]);
    return RedisModule_ReplyWithLongLong(ctx, order < 0 ? -1 : order > 0);
}

COMMAND(fromLongLong) {
    (void)argc;
    RedisModule_AutoMemory(ctx);
    return RedisModule_ReplyWithString(ctx, RedisModule_CreateStringFromLongLong(ctx, number(argv[1])));
}

/* --- life of strings --- */

COMMAND(append) {
    /* append <rounds> <part>: grows a string, checking its pointer and length each time. */
    (void)argc;
    size_t partLength, length;
    const char *part = RedisModule_StringPtrLen(argv[2], &partLength);
    RedisModuleString *s = RedisModule_CreateString(ctx, "", 0);
    for (long long i = 0, n = number(argv[1]); i < n; i++) {
        if (RedisModule_StringAppendBuffer(ctx, s, part, partLength) != REDISMODULE_OK) break;
        const char *text = RedisModule_StringPtrLen(s, &length);
        if (length != (i + 1) * partLength || text[length] != 0) break;
    }
    RedisModule_ReplyWithString(ctx, s);
    RedisModule_FreeString(ctx, s);
    return REDISMODULE_OK;
}

COMMAND(shared) {
    /* A string with two references cannot be appended to; one that automatic memory gave up can. */
    (void)argc; (void)argv;
    RedisModuleString *s = RedisModule_CreateString(ctx, "abc", 3);
    RedisModule_RetainString(ctx, s);
    RedisModule_ReplyWithArray(ctx, 5);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_StringAppendBuffer(ctx, s, "d", 1));
    RedisModule_FreeString(ctx, s);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_StringAppendBuffer(ctx, s, "d", 1));
    RedisModule_FreeString(ctx, s);
    RedisModule_AutoMemory(ctx);
    s = RedisModule_CreateString(ctx, "abc", 3);
    RedisModule_RetainString(ctx, s);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_StringAppendBuffer(ctx, s, "d", 1));
    RedisModuleString *held = RedisModule_HoldString(ctx, s);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_StringAppendBuffer(ctx, s, "d", 1));
    RedisModule_ReplyWithString(ctx, RedisModule_CreateStringFromString(ctx, held));
    RedisModule_FreeString(NULL, s);
    return REDISMODULE_OK;
}

static RedisModuleString *kept[3];

COMMAND(keep) {
    /* Strings that are retained outlive the call, and so do the addresses of their bytes. */
    static const char *texts[3];
    static size_t lengths[3];
    (void)argc;
    RedisModule_ReplyWithArray(ctx, 3);
    for (int i = 0; i < 3; i++) {
        if (kept[i]) {
            size_t length;
            int same = RedisModule_StringPtrLen(kept[i], &length) == texts[i] && length == lengths[i];
            RedisModule_ReplyWithStringBuffer(ctx, same ? texts[i] : "moved", same ? lengths[i] : 5);
            RedisModule_FreeString(NULL, kept[i]);
        } else {
            RedisModule_ReplyWithNull(ctx);
        }
        kept[i] = argv[i + 1];
        RedisModule_RetainString(NULL, kept[i]);
        texts[i] = RedisModule_StringPtrLen(kept[i], &lengths[i]);
    }
    return REDISMODULE_OK;
}

COMMAND(pool) {
    (void)argc;
    long long n = number(argv[1]), broken = 0;
    char *blocks[64];
    for (int i = 0; i < 64; i++) {
        blocks[i] = RedisModule_PoolAlloc(ctx, n + i);
        memset(blocks[i], i, n + i);
        if (((unsigned long)blocks[i] & 7) && n >= 8) broken++;
    }
    for (int i = 0; i < 64; i++)
        for (int j = 0; j < n + i; j++) broken += blocks[i][j] != i;
    return RedisModule_ReplyWithLongLong(ctx, broken);
}

COMMAND(memory) {
    (void)argv; (void)argc;
    char *a = RedisModule_Alloc(100), *b = RedisModule_Calloc(10, 10), *c = RedisModule_Strdup("copy");
    int ok = RedisModule_MallocSize(a) >= 100 && b[99] == 0 && strcmp(c, "copy") == 0;
    a = RedisModule_Realloc(a, 1000);
    ok = ok && RedisModule_MallocSize(a) >= 1000;
    RedisModule_Free(a);
    RedisModule_Free(b);
    RedisModule_Free(c);
    RedisModule_Free(NULL);
    return RedisModule_ReplyWithLongLong(ctx, ok);
}

COMMAND(formats) {
    (void)argc;
    size_t length;
    const char *text = RedisModule_StringPtrLen(argv[1], &length);
    RedisModule_AutoMemory(ctx);
    RedisModule_ReplyWithArray(ctx, 3);
    RedisModule_ReplyWithString(ctx, RedisModule_CreateStringPrintf(ctx, "%s|%10.3s|%-6d|%+lld|%zu|%x|%c", text, text, 42,
                                                                    -9000000000000000000LL, length, 48879, 'z'));
    RedisModule_ReplyWithString(ctx, RedisModule_CreateStringPrintf(ctx, "%f %e %g %d %f %f %f %f %f %f %f %d", 1.5, 2.5e300, 0.1, 1,
                                                                    2., 3., 4., 5., 6., 7., 8., 9));
    return RedisModule_ReplyWithString(
        ctx, RedisModule_CreateStringPrintf(ctx, "%d %d %d %d %d %d %d %d %d %d %d %d %s", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, "end"));
}

/* --- replies --- */

COMMAND(reply) {
    if (argc < 2) return RedisModule_WrongArity(ctx);
    size_t length;
    const char *kind = RedisModule_StringPtrLen(argv[1], NULL);
    RedisModuleString *arg = argc > 2 ? argv[2] : argv[1];
    const char *text = RedisModule_StringPtrLen(arg, &length);
    if (!strcmp(kind, "simple")) return RedisModule_ReplyWithSimpleString(ctx, text);
    if (!strcmp(kind, "error")) return RedisModule_ReplyWithError(ctx, text);
    if (!strcmp(kind, "integer")) return RedisModule_ReplyWithLongLong(ctx, number(arg));
    if (!strcmp(kind, "buffer")) return RedisModule_ReplyWithStringBuffer(ctx, text, length);
    if (!strcmp(kind, "cstring")) return RedisModule_ReplyWithCString(ctx, text);
    if (!strcmp(kind, "string")) return RedisModule_ReplyWithString(ctx, arg);
    if (!strcmp(kind, "empty")) return RedisModule_ReplyWithEmptyString(ctx);
    if (!strcmp(kind, "verbatim")) return RedisModule_ReplyWithVerbatimString(ctx, text, length);
    if (!strcmp(kind, "markdown")) return RedisModule_ReplyWithVerbatimStringType(ctx, text, length, "mkdx");
    if (!strcmp(kind, "shorttype")) return RedisModule_ReplyWithVerbatimStringType(ctx, text, length, "a");
    if (!strcmp(kind, "null")) return RedisModule_ReplyWithNull(ctx);
    if (!strcmp(kind, "nullarray")) return RedisModule_ReplyWithNullArray(ctx);
    if (!strcmp(kind, "emptyarray")) return RedisModule_ReplyWithEmptyArray(ctx);
    if (!strcmp(kind, "bool")) return RedisModule_ReplyWithBool(ctx, number(arg));
    if (!strcmp(kind, "bignumber")) return RedisModule_ReplyWithBigNumber(ctx, text, length);
    if (!strcmp(kind, "array")) return RedisModule_ReplyWithArray(ctx, 0);
    if (!strcmp(kind, "map")) return RedisModule_ReplyWithMap(ctx, 0);
    if (!strcmp(kind, "set")) return RedisModule_ReplyWithSet(ctx, 0);
    if (!strcmp(kind, "double")) {
        double d = 0;
        RedisModule_StringToDouble(arg, &d);
        return RedisModule_ReplyWithDouble(ctx, d);
    }
    if (!strcmp(kind, "nothing")) return RedisModule_ReplyWithLongLong(ctx, 1);
    return RedisModule_ReplyWithError(ctx, "ERR unknown kind");
}

COMMAND(nested) {
    /* All aggregates inside each other, with lengths told before or after. */
    (void)argc;
    long later = number(argv[1]) ? REDISMODULE_POSTPONED_LEN : 0;
    RedisModule_ReplyWithArray(ctx, later ? later : 4);
    RedisModule_ReplyWithMap(ctx, later ? later : 2);
    RedisModule_ReplyWithCString(ctx, "one");
    RedisModule_ReplyWithSet(ctx, later ? later : 3);
    for (int i = 0; i < 3; i++) RedisModule_ReplyWithLongLong(ctx, i);
    if (later) RedisModule_ReplySetSetLength(ctx, 3);
    RedisModule_ReplyWithCString(ctx, "two");
    RedisModule_ReplyWithArray(ctx, later ? later : 0);
    if (later) RedisModule_ReplySetArrayLength(ctx, 0);
    if (later) RedisModule_ReplySetMapLength(ctx, 2);
    RedisModule_ReplyWithNull(ctx);
    RedisModule_ReplyWithBool(ctx, 1);
    RedisModule_ReplyWithDouble(ctx, 2.5);
    if (later) RedisModule_ReplySetArrayLength(ctx, 4);
    return REDISMODULE_OK;
}

COMMAND(attribute) {
    (void)argc;
    long later = number(argv[1]) ? REDISMODULE_POSTPONED_LEN : 1;
    if (RedisModule_ReplyWithAttribute(ctx, later) == REDISMODULE_OK) {
        RedisModule_ReplyWithCString(ctx, "popularity");
        RedisModule_ReplyWithDouble(ctx, 0.5);
        if (later != 1) RedisModule_ReplySetAttributeLength(ctx, 1);
    } else {
        RedisModule_ReplySetAttributeLength(ctx, 1);
    }
    return RedisModule_ReplyWithLongLong(ctx, 7);
}

COMMAND(manyDeferred) {
    /* Long contents behind a length that is told last. */
    (void)argc;
    long long n = number(argv[1]);
    RedisModule_ReplyWithArray(ctx, REDISMODULE_POSTPONED_LEN);
    for (long long i = 0; i < n; i++) {
        RedisModule_ReplyWithArray(ctx, REDISMODULE_POSTPONED_LEN);
        RedisModule_ReplyWithLongLong(ctx, i);
        RedisModule_ReplySetArrayLength(ctx, 1);
    }
    RedisModule_ReplySetArrayLength(ctx, n);
    return REDISMODULE_OK;
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    if (RedisModule_Init(ctx, "basics", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    static const struct { const char *name; RedisModuleCmdFunc run; } table[] = {
        {"b.ll", toLongLong}, {"b.double", toDouble}, {"b.longdouble", toLongDouble}, {"b.streamid", toStreamId},
        {"b.compare", compare}, {"b.fromll", fromLongLong}, {"b.append", append}, {"b.shared", shared}, {"b.keep", keep},
        {"b.pool", pool}, {"b.memory", memory}, {"b.formats", formats}, {"b.reply", reply}, {"b.nested", nested},
        {"b.attribute", attribute}, {"b.many", manyDeferred},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (RedisModule_CreateCommand(ctx, table[i].name, table[i].run, "", 0, 0, 0) == REDISMODULE_ERR) return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
