/* Keys of every type, as a small language:
 *
 *   t.do <key> <modes> <operation> [argument] ...   opens the key, runs the operations, replies what each returned
 *   t.keys                                          names and types of all keys, sorted, by RM_Scan
 *   t.elements <key>                                fields and values by RM_ScanKey, sorted
 *   t.drop                                          deletes each key from within RM_Scan
 *   t.walk <key>                                    what iterating over a sorted set costs: the number of members
 *
 * Modes are r and w. */
#include "redismodule.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int is(RedisModuleString *arg, const char *name) {
    size_t length;
    const char *text = RedisModule_StringPtrLen(arg, &length);
    return strlen(name) == length && memcmp(text, name, length) == 0;
}

static const char *textOf(RedisModuleString *arg) { return RedisModule_StringPtrLen(arg, NULL); }

static long long number(RedisModuleString *arg) {
    long long value = 0;
    RedisModule_StringToLongLong(arg, &value);
    return value;
}

static double real(RedisModuleString *arg) {
    double value = 0;
    if (is(arg, "nan")) return NAN;
    RedisModule_StringToDouble(arg, &value);
    return value;
}

static long replies;

static void replyInt(RedisModuleCtx *ctx, long long value) {
    RedisModule_ReplyWithLongLong(ctx, value);
    replies++;
}

/* A result, and errno where it was set. */
static void replyStatus(RedisModuleCtx *ctx, long long value) {
    int code = errno;
    replyInt(ctx, value);
    replyInt(ctx, code);
}

static void replyString(RedisModuleCtx *ctx, RedisModuleString *s) {
    int code = errno;
    if (s != NULL) {
        RedisModule_ReplyWithString(ctx, s);
        RedisModule_FreeString(ctx, s);
        replies++;
    } else {
        RedisModule_ReplyWithNull(ctx);
        replies++;
        replyInt(ctx, code);
    }
}

static int doList(RedisModuleCtx *ctx, RedisModuleKey *key, RedisModuleString **argv, int i) {
    errno = 0;
    if (is(argv[i], "lpush")) replyStatus(ctx, RedisModule_ListPush(key, REDISMODULE_LIST_HEAD, argv[++i]));
    else if (is(argv[i], "rpush")) replyStatus(ctx, RedisModule_ListPush(key, REDISMODULE_LIST_TAIL, argv[++i]));
    else if (is(argv[i], "rpushes")) {
        long long n = number(argv[++i]);
        for (long long j = 0; j < n; j++) {
            RedisModuleString *s = RedisModule_CreateStringPrintf(ctx, "element-%lld", j);
            RedisModule_ListPush(key, REDISMODULE_LIST_TAIL, s);
            RedisModule_FreeString(ctx, s);
        }
        replyInt(ctx, n);
    } else if (is(argv[i], "lpop")) replyString(ctx, RedisModule_ListPop(key, REDISMODULE_LIST_HEAD));
    else if (is(argv[i], "rpop")) replyString(ctx, RedisModule_ListPop(key, REDISMODULE_LIST_TAIL));
    else if (is(argv[i], "lget")) replyString(ctx, RedisModule_ListGet(key, number(argv[++i])));
    else if (is(argv[i], "lset")) { replyStatus(ctx, RedisModule_ListSet(key, number(argv[i + 1]), argv[i + 2])); i += 2; }
    else if (is(argv[i], "lins")) { replyStatus(ctx, RedisModule_ListInsert(key, number(argv[i + 1]), argv[i + 2])); i += 2; }
    else if (is(argv[i], "ldel")) replyStatus(ctx, RedisModule_ListDelete(key, number(argv[++i])));
    else if (is(argv[i], "lall")) {
        long n = (long)RedisModule_ValueLength(key);
        for (long j = 0; j < n; j++) replyString(ctx, RedisModule_ListGet(key, j));
        for (long j = -1; j >= -n; j--) replyString(ctx, RedisModule_ListGet(key, j));
    } else return -1;
    return i;
}

static int flagsOf(const char *letters) {
    int flags = 0;
    for (; *letters != 0; letters++) {
        if (*letters == 'n') flags |= REDISMODULE_HASH_NX;
        if (*letters == 'x') flags |= REDISMODULE_HASH_XX;
        if (*letters == 'a') flags |= REDISMODULE_HASH_COUNT_ALL;
        if (*letters == '?') flags |= 1 << 12;
    }
    return flags;
}

static int doHash(RedisModuleCtx *ctx, RedisModuleKey *key, RedisModuleString **argv, int i) {
    errno = 0;
    if (is(argv[i], "hset")) {
        replyStatus(ctx, RedisModule_HashSet(key, flagsOf(textOf(argv[i + 1])), argv[i + 2], argv[i + 3], NULL));
        i += 3;
    } else if (is(argv[i], "hset2")) {
        replyStatus(ctx, RedisModule_HashSet(key, flagsOf(textOf(argv[i + 1])), argv[i + 2], argv[i + 3], argv[i + 4],
                                             argv[i + 5], NULL));
        i += 5;
    } else if (is(argv[i], "hcset")) {
        replyStatus(ctx, RedisModule_HashSet(key, REDISMODULE_HASH_CFIELDS | flagsOf(textOf(argv[i + 1])), "first",
                                             argv[i + 2], "second", argv[i + 2], "third", argv[i + 2], "fourth",
                                             argv[i + 2], "fifth", argv[i + 2], NULL));
        i += 2;
    } else if (is(argv[i], "hdel")) {
        replyStatus(ctx, RedisModule_HashSet(key, flagsOf(textOf(argv[i + 1])), argv[i + 2], REDISMODULE_HASH_DELETE, NULL));
        i += 2;
    } else if (is(argv[i], "hget")) {
        RedisModuleString *value = NULL;
        replyInt(ctx, RedisModule_HashGet(key, REDISMODULE_HASH_NONE, argv[++i], &value, NULL));
        replyString(ctx, value);
    } else if (is(argv[i], "hcget")) {
        RedisModuleString *first = NULL, *fourth = NULL, *none = NULL;
        replyInt(ctx, RedisModule_HashGet(key, REDISMODULE_HASH_CFIELDS, "first", &first, "none", &none, "fourth", &fourth, NULL));
        replyString(ctx, first);
        replyString(ctx, fourth);
        replyString(ctx, none);
    } else if (is(argv[i], "hexists")) {
        int exists = -1;
        replyInt(ctx, RedisModule_HashGet(key, REDISMODULE_HASH_EXISTS, argv[++i], &exists, NULL));
        replyInt(ctx, exists);
    } else return -1;
    return i;
}

static int zflags(const char *letters) {
    int flags = 0;
    for (; *letters != 0; letters++) {
        if (*letters == 'n') flags |= REDISMODULE_ZADD_NX;
        if (*letters == 'x') flags |= REDISMODULE_ZADD_XX;
        if (*letters == 'g') flags |= REDISMODULE_ZADD_GT;
        if (*letters == 'l') flags |= REDISMODULE_ZADD_LT;
    }
    return flags;
}

static void walk(RedisModuleCtx *ctx, RedisModuleKey *key, int forward) {
    while (!RedisModule_ZsetRangeEndReached(key)) {
        double score = -1;
        replyString(ctx, RedisModule_ZsetRangeCurrentElement(key, &score));
        RedisModule_ReplyWithDouble(ctx, score);
        replies++;
        if (forward) RedisModule_ZsetRangeNext(key);
        else RedisModule_ZsetRangePrev(key);
    }
    replyInt(ctx, RedisModule_ZsetRangeEndReached(key));
}

static int doZset(RedisModuleCtx *ctx, RedisModuleKey *key, RedisModuleString **argv, int i) {
    if (is(argv[i], "zadd")) {
        int flags = zflags(textOf(argv[i + 1]));
        replyInt(ctx, RedisModule_ZsetAdd(key, real(argv[i + 2]), argv[i + 3], &flags));
        replyInt(ctx, flags);
        i += 3;
    } else if (is(argv[i], "zadds")) {
        long long n = number(argv[++i]);
        for (long long j = 0; j < n; j++) {
            RedisModuleString *s = RedisModule_CreateStringPrintf(ctx, "member-%03lld", j);
            RedisModule_ZsetAdd(key, (double)j / 2, s, NULL);
            RedisModule_FreeString(ctx, s);
        }
        replyInt(ctx, n);
    } else if (is(argv[i], "zincr")) {
        int flags = zflags(textOf(argv[i + 1]));
        double score = -1;
        replyInt(ctx, RedisModule_ZsetIncrby(key, real(argv[i + 2]), argv[i + 3], &flags, &score));
        replyInt(ctx, flags);
        RedisModule_ReplyWithDouble(ctx, score);
        replies++;
        i += 3;
    } else if (is(argv[i], "zrem")) {
        int deleted = -1;
        replyInt(ctx, RedisModule_ZsetRem(key, argv[++i], &deleted));
        replyInt(ctx, deleted);
    } else if (is(argv[i], "zscore")) {
        double score = -1;
        replyInt(ctx, RedisModule_ZsetScore(key, argv[++i], &score));
        RedisModule_ReplyWithDouble(ctx, score);
        replies++;
    } else if (is(argv[i], "zscores") || is(argv[i], "zscoresback")) {
        int forward = is(argv[i], "zscores");
        double min = real(argv[i + 1]), max = real(argv[i + 2]);
        int minex = (int)number(argv[i + 3]), maxex = (int)number(argv[i + 4]);
        replyInt(ctx, forward ? RedisModule_ZsetFirstInScoreRange(key, min, max, minex, maxex)
                              : RedisModule_ZsetLastInScoreRange(key, min, max, minex, maxex));
        walk(ctx, key, forward);
        RedisModule_ZsetRangeStop(key);
        i += 4;
    } else if (is(argv[i], "zlex") || is(argv[i], "zlexback")) {
        int forward = is(argv[i], "zlex");
        int status = forward ? RedisModule_ZsetFirstInLexRange(key, argv[i + 1], argv[i + 2])
                             : RedisModule_ZsetLastInLexRange(key, argv[i + 1], argv[i + 2]);
        replyInt(ctx, status);
        if (status == REDISMODULE_OK) walk(ctx, key, forward);
        RedisModule_ZsetRangeStop(key);
        i += 2;
    } else if (is(argv[i], "zsteps")) {
        /* To and fro, beyond both ends. */
        replyInt(ctx, RedisModule_ZsetFirstInScoreRange(key, 1, 3, 0, 0));
        for (const char *p = textOf(argv[++i]); *p != 0; p++) {
            replyInt(ctx, *p == 'n' ? RedisModule_ZsetRangeNext(key) : RedisModule_ZsetRangePrev(key));
            replyInt(ctx, RedisModule_ZsetRangeEndReached(key));
            replyString(ctx, RedisModule_ZsetRangeCurrentElement(key, NULL));
        }
        RedisModule_ZsetRangeStop(key);
        replyInt(ctx, RedisModule_ZsetRangeNext(key));
        replyInt(ctx, RedisModule_ZsetRangeEndReached(key));
    } else return -1;
    return i;
}

static RedisModuleStreamID streamId(RedisModuleString *arg) {
    RedisModuleStreamID id = {0, 0};
    RedisModule_StringToStreamID(arg, &id);
    return id;
}

static void replyId(RedisModuleCtx *ctx, const RedisModuleStreamID *id) {
    replyString(ctx, RedisModule_CreateStringFromStreamID(ctx, id));
}

static int doStream(RedisModuleCtx *ctx, RedisModuleKey *key, RedisModuleString **argv, int i) {
    errno = 0;
    if (is(argv[i], "xadd")) {
        RedisModuleStreamID id = streamId(argv[i + 1]);
        replyStatus(ctx, RedisModule_StreamAdd(key, 0, &id, argv + i + 2, 1));
        replyId(ctx, &id);
        i += 3;
    } else if (is(argv[i], "xadd2")) {
        RedisModuleStreamID id = streamId(argv[i + 1]);
        replyStatus(ctx, RedisModule_StreamAdd(key, 0, &id, argv + i + 2, 2));
        i += 5;
    } else if (is(argv[i], "xauto")) {
        RedisModuleStreamID id = {0, 0};
        replyStatus(ctx, RedisModule_StreamAdd(key, REDISMODULE_STREAM_ADD_AUTOID, &id, argv + i + 1, 1));
        replyInt(ctx, id.ms > 1600000000000ull);
        i += 2;
    } else if (is(argv[i], "xbad")) {
        RedisModuleStreamID id = {5, 5};
        replyStatus(ctx, RedisModule_StreamAdd(key, 64, &id, NULL, 0));
        replyStatus(ctx, RedisModule_StreamAdd(key, 0, NULL, argv, 1));
        replyStatus(ctx, RedisModule_StreamAdd(key, 0, &id, NULL, 1));
    } else if (is(argv[i], "xdel")) {
        RedisModuleStreamID id = streamId(argv[++i]);
        replyStatus(ctx, RedisModule_StreamDelete(key, &id));
    } else if (is(argv[i], "xlen")) {
        replyStatus(ctx, RedisModule_StreamTrimByLength(key, 0, number(argv[++i])));
    } else if (is(argv[i], "xmin")) {
        RedisModuleStreamID id = streamId(argv[++i]);
        replyStatus(ctx, RedisModule_StreamTrimByID(key, 0, &id));
    } else if (is(argv[i], "xapprox")) {
        replyStatus(ctx, RedisModule_StreamTrimByLength(key, REDISMODULE_STREAM_TRIM_APPROX, number(argv[++i])));
    } else if (is(argv[i], "xwalk")) {
        /* flags: e exclusive, r reverse, d deletes what it meets, s skips fields,
         * ! asks again after the end, which redis-server does not survive in the middle of a node */
        const char *letters = textOf(argv[i + 1]);
        int flags = (strchr(letters, 'e') ? REDISMODULE_STREAM_ITERATOR_EXCLUSIVE : 0) |
                    (strchr(letters, 'r') ? REDISMODULE_STREAM_ITERATOR_REVERSE : 0);
        RedisModuleStreamID start = streamId(argv[i + 2]), end = streamId(argv[i + 3]);
        int all = strchr(letters, 'a') != NULL;
        replyStatus(ctx, RedisModule_StreamIteratorStart(key, flags, all ? NULL : &start, all ? NULL : &end));
        RedisModuleStreamID id;
        long fields;
        while (RedisModule_StreamIteratorNextID(key, &id, &fields) == REDISMODULE_OK) {
            replyId(ctx, &id);
            replyInt(ctx, fields);
            RedisModuleString *field, *value;
            while (!strchr(letters, 's') && RedisModule_StreamIteratorNextField(key, &field, &value) == REDISMODULE_OK) {
                replyString(ctx, field);
                replyString(ctx, value);
            }
            if (strchr(letters, 'd')) {
                replyStatus(ctx, RedisModule_StreamIteratorDelete(key));
                replyStatus(ctx, RedisModule_StreamIteratorDelete(key));
                errno = 0;
                replyStatus(ctx, RedisModule_StreamIteratorNextField(key, &field, &value));
            }
        }
        if (strchr(letters, '!')) replyStatus(ctx, RedisModule_StreamIteratorNextID(key, &id, &fields));
        replyStatus(ctx, RedisModule_StreamIteratorStart(key, 0, NULL, NULL));
        errno = 0;
        replyStatus(ctx, RedisModule_StreamIteratorStop(key));
        replyStatus(ctx, RedisModule_StreamIteratorStop(key));
        i += 3;
    } else return -1;
    return i;
}

static int doKey(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc < 3) return RedisModule_WrongArity(ctx);
    int mode = 0;
    for (const char *p = textOf(argv[2]); *p != 0; p++) mode |= *p == 'r' ? REDISMODULE_READ : REDISMODULE_WRITE;
    RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], mode);
    if (key == NULL) return RedisModule_ReplyWithNull(ctx);
    RedisModule_ReplyWithArray(ctx, REDISMODULE_POSTPONED_LEN);
    replies = 0;
    for (int i = 3; i < argc; i++) {
        int next;
        if (is(argv[i], "type")) replyInt(ctx, RedisModule_KeyType(key));
        else if (is(argv[i], "len")) replyInt(ctx, (long long)RedisModule_ValueLength(key));
        else if ((next = doList(ctx, key, argv, i)) >= 0 || (next = doHash(ctx, key, argv, i)) >= 0 ||
                 (next = doZset(ctx, key, argv, i)) >= 0 || (next = doStream(ctx, key, argv, i)) >= 0) {
            i = next;
        } else {
            RedisModule_ReplyWithSimpleString(ctx, "no such operation");
            replies++;
        }
    }
    RedisModule_CloseKey(key);
    RedisModule_ReplySetArrayLength(ctx, replies);
    return REDISMODULE_OK;
}

/* What a scan found, to be sorted. */
typedef struct {
    char **items;
    size_t count, room;
} Found;

static void add(Found *found, const char *a, size_t alen, const char *b, size_t blen) {
    if (found->count == found->room) {
        found->room = found->room ? found->room * 2 : 64;
        found->items = RedisModule_Realloc(found->items, found->room * sizeof(char *));
    }
    char *item = RedisModule_Alloc(alen + blen + 2);
    memcpy(item, a, alen);
    item[alen] = '=';
    memcpy(item + alen + 1, b, blen);
    item[alen + 1 + blen] = 0;
    found->items[found->count++] = item;
}

static int byText(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void replyFound(RedisModuleCtx *ctx, Found *found) {
    if (found->count > 0) qsort(found->items, found->count, sizeof(char *), byText);
    RedisModule_ReplyWithArray(ctx, REDISMODULE_POSTPONED_LEN);
    long n = 0;
    for (size_t i = 0; i < found->count; i++) {
        if (i == 0 || strcmp(found->items[i], found->items[i - 1]) != 0) {
            RedisModule_ReplyWithCString(ctx, found->items[i]);
            n++;
        }
    }
    RedisModule_ReplySetArrayLength(ctx, n);
    for (size_t i = 0; i < found->count; i++) RedisModule_Free(found->items[i]);
    RedisModule_Free(found->items);
}

static void onKey(RedisModuleCtx *ctx, RedisModuleString *name, RedisModuleKey *key, void *data) {
    (void)ctx;
    size_t length;
    const char *text = RedisModule_StringPtrLen(name, &length);
    char type = (char)('0' + RedisModule_KeyType(key));
    add(data, text, length, &type, 1);
}

static int scanKeys(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    Found found = {0};
    RedisModuleScanCursor *cursor = RedisModule_ScanCursorCreate();
    while (RedisModule_Scan(ctx, cursor, onKey, &found)) {}
    errno = 0;
    int again = RedisModule_Scan(ctx, cursor, onKey, &found);
    int code = errno;
    RedisModule_ScanCursorRestart(cursor);
    while (RedisModule_Scan(ctx, cursor, onKey, &found)) {}
    RedisModule_ScanCursorDestroy(cursor);
    RedisModule_ReplyWithArray(ctx, 3);
    RedisModule_ReplyWithLongLong(ctx, again);
    RedisModule_ReplyWithLongLong(ctx, code);
    replyFound(ctx, &found);
    return REDISMODULE_OK;
}

static void onElement(RedisModuleKey *key, RedisModuleString *field, RedisModuleString *value, void *data) {
    (void)key;
    size_t fieldLength, valueLength = 4;
    const char *f = RedisModule_StringPtrLen(field, &fieldLength);
    const char *v = value == NULL ? "NULL" : RedisModule_StringPtrLen(value, &valueLength);
    add(data, f, fieldLength, v, valueLength);
}

static int scanElements(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    Found found = {0};
    RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_READ);
    RedisModuleScanCursor *cursor = RedisModule_ScanCursorCreate();
    errno = 0;
    int more = RedisModule_ScanKey(key, cursor, onElement, &found);
    int code = errno;
    while (more) more = RedisModule_ScanKey(key, cursor, onElement, &found);
    errno = 0;
    RedisModule_ScanKey(key, cursor, onElement, &found);
    int second = errno;
    RedisModule_ScanCursorDestroy(cursor);
    RedisModule_CloseKey(key);
    RedisModule_ReplyWithArray(ctx, 3);
    RedisModule_ReplyWithLongLong(ctx, code);
    RedisModule_ReplyWithLongLong(ctx, second);
    replyFound(ctx, &found);
    return REDISMODULE_OK;
}

static void onDrop(RedisModuleCtx *ctx, RedisModuleString *name, RedisModuleKey *key, void *data) {
    (void)key;
    RedisModuleCallReply *reply = RedisModule_Call(ctx, "DEL", "s", name);
    *(long long *)data += RedisModule_CallReplyInteger(reply);
    RedisModule_FreeCallReply(reply);
}

static int dropKeys(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    long long dropped = 0;
    RedisModuleScanCursor *cursor = RedisModule_ScanCursorCreate();
    while (RedisModule_Scan(ctx, cursor, onDrop, &dropped)) {}
    RedisModule_ScanCursorDestroy(cursor);
    return RedisModule_ReplyWithLongLong(ctx, dropped);
}

/* Changes the sorted set under a range that is being walked. */
static int shake(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_READ | REDISMODULE_WRITE);
    RedisModule_ZsetFirstInScoreRange(key, REDISMODULE_NEGATIVE_INFINITE, REDISMODULE_POSITIVE_INFINITE, 0, 0);
    long long steps = 0;
    while (!RedisModule_ZsetRangeEndReached(key) && steps < 1000) {
        RedisModuleString *member = RedisModule_ZsetRangeCurrentElement(key, NULL);
        if (member != NULL) {
            RedisModule_ZsetRem(key, member, NULL);
            RedisModule_FreeString(ctx, member);
        }
        RedisModule_ZsetRangeNext(key);
        steps++;
    }
    RedisModule_CloseKey(key);
    return RedisModule_ReplyWithLongLong(ctx, steps);
}

/* Calls that redis-server does not survive. */
static int misuse(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModuleString *value = (RedisModuleString *)argv;
    int exists = 7;
    long long result = -1;
    if (is(argv[1], "hashget")) {
        result = RedisModule_HashGet(NULL, REDISMODULE_HASH_NONE, argv[1], &value, NULL);
        if (value != NULL) result += 100;
    } else if (is(argv[1], "hashexists")) {
        result = RedisModule_HashGet(NULL, REDISMODULE_HASH_EXISTS, argv[1], &exists, NULL);
        if (exists != 0) result += 100;
    } else if (is(argv[1], "zadd")) result = RedisModule_ZsetAdd(NULL, 1, argv[1], NULL);
    else if (is(argv[1], "zelement")) {
        RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_READ | REDISMODULE_WRITE);
        result = RedisModule_ZsetAdd(key, 1, (RedisModuleString *)key, NULL);
        RedisModule_CloseKey(key);
    } else if (is(argv[1], "cursor")) {
        RedisModuleScanCursor *cursor = RedisModule_ScanCursorCreate();
        RedisModule_ScanCursorDestroy(cursor);
        result = RedisModule_Scan(ctx, cursor, onKey, NULL);
        RedisModule_ScanCursorDestroy(cursor);
    }
    return RedisModule_ReplyWithLongLong(ctx, result);
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    if (RedisModule_Init(ctx, "typed", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    if (RedisModule_CreateCommand(ctx, "t.do", doKey, "write", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "t.keys", scanKeys, "readonly", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "t.elements", scanElements, "readonly", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "t.drop", dropKeys, "write", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "t.shake", shake, "write", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "t.misuse", misuse, "write", 0, 0, 0) == REDISMODULE_ERR) {
        return REDISMODULE_ERR;
    }
    return REDISMODULE_OK;
}
