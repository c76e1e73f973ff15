/*
 * Random steps through the functions that the native shim answers: st.run <seed> <steps> <resp> writes one reply. What it
 * consists of follows from the seed, so that it can be compared with what other ways of answering give.
 * st.wrong <seed> <steps> makes mistakes too.
 */
#include "redismodule.h"

#include <stdint.h>
#include <string.h>

static uint32_t state;

static uint32_t below(uint32_t bound) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % bound;
}

/* Strings of arguments, and of our own: what was retained must not go by RedisModule_Free. */
static RedisModuleString *kept[8];
static RedisModuleString *made[4];
static RedisModuleString *dead;
static char text[70000];

static size_t some_length(void) {
    switch (below(8)) {
        case 0: return 0;
        case 1: return below(70000);
        case 2: return below(1000);
        default: return below(40);
    }
}

static long long some_number(void) {
    long long number = ((long long)below(1u << 30) << 34) ^ ((long long)below(1u << 30) << 10) ^ below(1024);
    number >>= below(64);
    return below(2) ? number : -number;
}

/* A string of which the context knows nothing. */
static RedisModuleString *some_string(RedisModuleString **argv, int argc) {
    RedisModuleString **place = below(2) ? &kept[below(8)] : &made[below(4)];
    if (*place != NULL && below(2)) return *place;
    return argv[below((uint32_t)argc)];
}

static int wrong(RedisModuleCtx *ctx, RedisModuleString **argv) {
    switch (below(7)) {
        case 0: return RedisModule_ReplyWithString(ctx, dead);
        case 1: return RedisModule_ReplyWithString(ctx, (RedisModuleString *)((char *)argv[0] + 8));
        case 2: return RedisModule_ReplyWithCString(ctx, NULL);
        case 3: return RedisModule_ReplyWithStringBuffer(ctx, NULL, 3);
        case 4: return RedisModule_ReplyWithStringBuffer(ctx, text, (size_t)-1);
        case 5: return RedisModule_ReplyWithVerbatimStringType(ctx, text, 3, NULL);
        default: return RedisModule_ReplyWithSimpleString(ctx, NULL);
    }
}

static int printed(RedisModuleCtx *ctx) {
    RedisModuleString *string;
    switch (below(5)) {
        case 0:
            string = RedisModule_CreateStringPrintf(NULL, "%d %5s %-8lld|%.*f %c %%", (int)some_number(), "ab", some_number(),
                                                    (int)below(5), (double)some_number() / 3, 'x');
            break;
        case 1:
            string = RedisModule_CreateStringPrintf(NULL, "%lu %hhd %hu %x %p %s %zu", (unsigned long)some_number(),
                                                    (int)some_number(), (int)some_number(), (unsigned)some_number(),
                                                    (void *)(uintptr_t)below(9), (char *)NULL, (size_t)below(9));
            break;
        case 2:
            string = RedisModule_CreateStringPrintf(NULL, "%f %g %e %f %g %f %f %f %f %f %d %s", 1.5, 2.5, (double)below(9), 4.0,
                                                    5e100, 6.0, 7.0, 8.0, 9.0, 10.0, 11, "twelve");
            break;
        case 3:
            string = RedisModule_CreateStringPrintf(NULL, "%Lf %d %.3Lg", (long double)some_number() / 7, (int)below(9), 1.25L);
            break;
        default: return RedisModule_ReplyWithErrorFormat(ctx, "ERR %s %d of %lld", "error", (int)below(9), some_number());
    }
    RedisModule_ReplyWithString(ctx, string);
    RedisModule_FreeString(NULL, string);
    return REDISMODULE_OK;
}

/* A call of st.echo, whose reply is passed on, or looked at. */
static int called(RedisModuleCtx *ctx, RedisModuleString **argv, int argc, int misuse) {
    RedisModuleCallReply *reply;
    switch (below(misuse ? 8 : 4)) {
        case 0: reply = RedisModule_Call(ctx, "st.echo", "clb", "c string", some_number(), text, some_length()); break;
        case 1: reply = RedisModule_Call(ctx, "st.echo", "sv!", argv[0], argv, (size_t)argc); break;
        case 2: reply = RedisModule_Call(ctx, "st.echo", "cccccccccccccccccccccc", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10",
                                         "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22"); break;
        case 3: reply = RedisModule_Call(ctx, "st.count", "l", 1LL); break;
        case 4: reply = RedisModule_Call(ctx, "st.echo", "c?c", "a", "b"); break;
        case 5: reply = RedisModule_Call(ctx, "st.echo", "c", NULL); break;
        case 6: reply = RedisModule_Call(ctx, "st.echo", "s", dead); break;
        default: reply = RedisModule_Call(ctx, NULL, "c", "a"); break;
    }
    if (reply == NULL) return RedisModule_ReplyWithNull(ctx);
    size_t length = 0;
    if (below(2)) RedisModule_ReplyWithCallReply(ctx, reply);
    else RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyType(reply) * 1000 + (long long)RedisModule_CallReplyLength(reply) +
                                                (RedisModule_CallReplyStringPtr(reply, &length) != NULL));
    RedisModule_FreeCallReply(reply);
    return REDISMODULE_OK;
}

static int scalar(RedisModuleCtx *ctx, RedisModuleString **argv, int argc, int misuse) {
    if (misuse && below(6) == 0) return wrong(ctx, argv);
    switch (below(18)) {
        case 16: return printed(ctx);
        case 17: return called(ctx, argv, argc, misuse);
        case 0: return RedisModule_ReplyWithSimpleString(ctx, "simple");
        case 1: return RedisModule_ReplyWithLongLong(ctx, some_number());
        case 2: return RedisModule_ReplyWithStringBuffer(ctx, text, some_length());
        case 3: return RedisModule_ReplyWithCString(ctx, text + sizeof text - 1 - some_length() % 500);
        case 4: return RedisModule_ReplyWithString(ctx, some_string(argv, argc));
        case 5: return RedisModule_ReplyWithEmptyString(ctx);
        case 6: return RedisModule_ReplyWithNull(ctx);
        case 7: return RedisModule_ReplyWithNullArray(ctx);
        case 8: return RedisModule_ReplyWithEmptyArray(ctx);
        case 9: return RedisModule_ReplyWithBool(ctx, (int)below(3));
        case 10: return RedisModule_ReplyWithDouble(ctx, (double)some_number() / (below(2) ? 1 : 8));
        case 11: return RedisModule_ReplyWithBigNumber(ctx, "12345678901234567890123", 23);
        case 12: return RedisModule_ReplyWithVerbatimString(ctx, text, some_length());
        case 13: return RedisModule_ReplyWithVerbatimStringType(ctx, text, below(9), below(2) ? "mkdx" : "m");
        case 14: return RedisModule_ReplyWithError(ctx, "ERR one");
        default: return RedisModule_ReplyWithDouble(ctx, (double)below(100) - 50);
    }
}

/* What replies nothing: strings come, are kept and go. */
static void step(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    RedisModuleString **place = &kept[below(8)], **own = &made[below(4)];
    RedisModuleCtx *maybe = below(2) ? ctx : NULL;
    size_t length;
    long long number;
    switch (below(10)) {
        case 0:
            if (*own != NULL) RedisModule_FreeString(maybe, *own);
            *own = RedisModule_CreateString(NULL, text, some_length());
            break;
        case 1:
            if (*place != NULL) RedisModule_FreeString(maybe, *place);
            *place = argv[below((uint32_t)argc)];
            RedisModule_RetainString(maybe, *place);
            break;
        case 2:
            if (*place != NULL) RedisModule_FreeString(NULL, *place);
            *place = RedisModule_HoldString(NULL, argv[below((uint32_t)argc)]);
            break;
        case 3:
            if (*own != NULL) RedisModule_Free(*own);
            *own = NULL;
            break;
        case 4:
            RedisModule_StringPtrLen(some_string(argv, argc), &length);
            RedisModule_StringPtrLen(some_string(argv, argc), NULL);
            break;
        case 5: RedisModule_StringToLongLong(some_string(argv, argc), &number); break;
        case 6: memset(RedisModule_PoolAlloc(ctx, below(3000) + 1), 1, 1); break;
        case 7:
            if (*own != NULL) RedisModule_StringAppendBuffer(ctx, *own, text, below(200));
            break;
        case 8: RedisModule_Log(ctx, "notice", "%s %d %.2f", "text", (int)below(9), 0.5); break;
        default: RedisModule_Free(RedisModule_Alloc(below(200))); break;
    }
}

static void element(RedisModuleCtx *ctx, RedisModuleString **argv, int argc, int depth, int misuse) {
    while (below(2)) step(ctx, argv, argc);
    if (depth == 6 || below(3)) {
        scalar(ctx, argv, argc, misuse);
        return;
    }
    int kind = (int)below(3);
    int postponed = (int)below(2);
    long count = below(6);
    long told = postponed ? REDISMODULE_POSTPONED_LEN : count;
    if (kind == 0) RedisModule_ReplyWithArray(ctx, told);
    else if (kind == 1) RedisModule_ReplyWithMap(ctx, told);
    else RedisModule_ReplyWithSet(ctx, told);
    for (long i = 0; i < count * (kind == 1 ? 2 : 1); i++) element(ctx, argv, argc, depth + 1, misuse);
    if (!postponed) return;
    if (kind == 0) RedisModule_ReplySetArrayLength(ctx, count);
    else if (kind == 1) RedisModule_ReplySetMapLength(ctx, count);
    else RedisModule_ReplySetSetLength(ctx, count);
}

static int walk(RedisModuleCtx *ctx, RedisModuleString **argv, int argc, int misuse) {
    long long seed, steps;
    if (argc < 3 || RedisModule_StringToLongLong(argv[1], &seed) || RedisModule_StringToLongLong(argv[2], &steps))
        return RedisModule_WrongArity(ctx);
    state = (uint32_t)seed | 1;
    if (below(4) == 0) RedisModule_AutoMemory(ctx);
    RedisModule_ReplyWithArray(ctx, steps);
    for (long long i = 0; i < steps; i++) element(ctx, argv, argc, 0, misuse);
    for (int i = 0; i < 8; i++) {
        if (kept[i] != NULL) RedisModule_FreeString(NULL, kept[i]);
        kept[i] = NULL;
    }
    for (int i = 0; i < 4; i++) {
        if (made[i] != NULL) RedisModule_FreeString(NULL, made[i]);
        made[i] = NULL;
    }
    return REDISMODULE_OK;
}

static int run(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) { return walk(ctx, argv, argc, 0); }

static int run_wrong(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    dead = RedisModule_CreateString(NULL, "dead", 4);
    RedisModule_FreeString(NULL, dead);
    return walk(ctx, argv, argc, 1);
}

/* st.key <key>: type, length, bytes and length again of a key that is opened, read, changed in between and closed. */
static int key(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc < 2) return RedisModule_WrongArity(ctx);
    size_t length = 0;
    RedisModuleKey *opened = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_READ | REDISMODULE_WRITE);
    RedisModule_ReplyWithArray(ctx, 7);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_KeyType(opened));
    RedisModule_ReplyWithLongLong(ctx, (long long)RedisModule_ValueLength(opened));
    const char *bytes = RedisModule_StringDMA(opened, &length, REDISMODULE_READ);
    RedisModule_ReplyWithStringBuffer(ctx, bytes, bytes == NULL ? 0 : length);
    if (argc > 2) RedisModule_StringTruncate(opened, 3);
    RedisModule_ReplyWithLongLong(ctx, (long long)RedisModule_ValueLength(opened));
    bytes = RedisModule_StringDMA(opened, &length, REDISMODULE_READ);
    RedisModule_ReplyWithStringBuffer(ctx, bytes, bytes == NULL ? 0 : length);
    RedisModule_DeleteKey(opened);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_KeyType(opened));
    RedisModule_CloseKey(opened);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_GetSelectedDb(ctx));
    return REDISMODULE_OK;
}

/*
 * st.keys <seed> <steps> <key>...: random use of the keys, opened for reading or more: types, lengths, bytes; left open in
 * callbacks, closed twice, their names freed.
 */
static int keys(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    long long seed, steps;
    if (argc < 4 || RedisModule_StringToLongLong(argv[1], &seed) || RedisModule_StringToLongLong(argv[2], &steps))
        return RedisModule_WrongArity(ctx);
    state = (uint32_t)seed | 1;
    RedisModuleKey *open[12] = {0};
    RedisModule_ReplyWithArray(ctx, steps);
    for (long long i = 0; i < steps; i++) {
        RedisModuleKey **place = &open[below(12)];
        RedisModuleString *name = argv[3 + below((uint32_t)argc - 3)];
        size_t length = 0;
        long long answer = 0;
        switch (below(9)) {
            case 0:
            case 1:
                if (*place == NULL) *place = RedisModule_OpenKey(ctx, name, below(4) ? REDISMODULE_READ : REDISMODULE_WRITE);
                answer = *place != NULL;
                break;
            case 2:
                RedisModule_CloseKey(*place);
                if (below(20) == 0) RedisModule_CloseKey(*place);
                *place = NULL;
                break;
            case 3: answer = RedisModule_KeyType(*place); break;
            case 4: answer = (long long)RedisModule_ValueLength(*place); break;
            case 5: {
                const char *bytes = *place != NULL && RedisModule_KeyType(*place) == REDISMODULE_KEYTYPE_STRING
                                        ? RedisModule_StringDMA(*place, &length, REDISMODULE_READ)
                                        : NULL;
                for (size_t k = 0; k < length; k++) answer = answer * 31 + bytes[k];
                break;
            }
            case 6: answer = (long long)RedisModule_DbSize(ctx); break;
            case 7:
                if (*place == NULL) {
                    RedisModuleString *own = RedisModule_CreateString(NULL, "k0", 2);
                    *place = RedisModule_OpenKey(ctx, own, REDISMODULE_READ);
                    RedisModule_FreeString(NULL, own);
                    if (*place != NULL && below(2)) RedisModule_StringPtrLen(RedisModule_GetKeyNameFromModuleKey(*place), &length);
                }
                answer = (long long)length;
                break;
            default:
                if (below(8) == 0) RedisModule_StringTruncate(*place, below(60));
                break;
        }
        RedisModule_ReplyWithLongLong(ctx, answer);
    }
    for (int i = 0; i < 12; i++)
        if (below(6)) RedisModule_CloseKey(open[i]);
    return REDISMODULE_OK;
}

static RedisModuleCallReply *later;

/*
 * st.get <key> <letters>: GET of the key for each letter, and what its reply is: c, s, b: format; t: text and length; p: the
 * protocol; r: passed on; n: a dozen at once; k: kept for a later command, which gives it back with l; w: with a SET between.
 */
static int get(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3) return RedisModule_WrongArity(ctx);
    size_t keyLength, count, length = 0;
    const char *name = RedisModule_StringPtrLen(argv[1], &keyLength), *letters = RedisModule_StringPtrLen(argv[2], &count);
    RedisModule_ReplyWithArray(ctx, (long)count);
    for (size_t i = 0; i < count; i++) {
        RedisModuleCallReply *reply = letters[i] == 'c'   ? RedisModule_Call(ctx, "get", "c", name)
                                      : letters[i] == 'b' ? RedisModule_Call(ctx, "GeT", "b", name, keyLength)
                                                          : RedisModule_Call(ctx, "GET", "s", argv[1]);
        const char *text;
        RedisModuleCallReply *more[12];
        long long sum = 0;
        switch (letters[i]) {
            case 'r': RedisModule_ReplyWithCallReply(ctx, reply); break;
            case 'p':
                text = RedisModule_CallReplyProto(reply, &length);
                RedisModule_ReplyWithStringBuffer(ctx, text, length);
                break;
            case 't':
                text = RedisModule_CallReplyStringPtr(reply, &length);
                if (text == NULL) RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyType(reply));
                else RedisModule_ReplyWithStringBuffer(ctx, text, length);
                break;
            case 'n':
                for (int k = 0; k < 12; k++) more[k] = RedisModule_Call(ctx, "GET", "s", argv[1]);
                for (int k = 0; k < 12; k++) sum += (long long)RedisModule_CallReplyLength(more[k]);
                for (int k = 0; k < 12; k++) RedisModule_FreeCallReply(more[k]);
                RedisModule_ReplyWithLongLong(ctx, sum);
                break;
            case 'w':
                RedisModule_FreeCallReply(RedisModule_Call(ctx, "SET", "sc", argv[1], "written in between"));
                text = RedisModule_CallReplyStringPtr(reply, &length);
                if (text == NULL) RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyType(reply));
                else RedisModule_ReplyWithStringBuffer(ctx, text, length);
                break;
            case 'k':
                if (later != NULL) RedisModule_FreeCallReply(later);
                later = reply;
                RedisModule_ReplyWithNull(ctx);
                continue;
            case 'l':
                if (later == NULL) RedisModule_ReplyWithNull(ctx);
                else RedisModule_ReplyWithCallReply(ctx, later);
                break;
            default: RedisModule_ReplyWithLongLong(ctx, RedisModule_CallReplyType(reply)); break;
        }
        RedisModule_FreeCallReply(reply);
    }
    return REDISMODULE_OK;
}

/* st.free-twice <key>: a reply of GET is freed, used and freed again. */
static int free_twice(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    for (int i = 0; i < 2; i++) {
        RedisModuleCallReply *reply = RedisModule_Call(ctx, "GET", "s", argv[1]);
        RedisModule_FreeCallReply(reply);
        if (i == 0) continue;
        RedisModule_CallReplyLength(reply);
        RedisModule_FreeCallReply(reply);
    }
    return RedisModule_ReplyWithNull(ctx);
}

/* st.read <key>: its string, three times over, among other answers. */
static int read_key(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    size_t length = 0;
    long long number = RedisModule_GetSelectedDb(ctx) + (long long)RedisModule_GetClientId(ctx);
    RedisModule_ReplyWithArray(ctx, 4);
    for (int i = 0; i < 3; i++) {
        RedisModuleKey *opened = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_READ);
        if (RedisModule_KeyType(opened) != REDISMODULE_KEYTYPE_STRING) {
            RedisModule_ReplyWithNull(ctx);
        } else {
            const char *bytes = RedisModule_StringDMA(opened, &length, REDISMODULE_READ);
            number += (long long)RedisModule_ValueLength(opened);
            RedisModule_ReplyWithStringBuffer(ctx, bytes, length);
        }
        RedisModule_CloseKey(opened);
    }
    return RedisModule_ReplyWithLongLong(ctx, number);
}

/* st.many <elements>: an array of so many. */
static int many(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    long long count = 0;
    if (argc < 2 || RedisModule_StringToLongLong(argv[1], &count)) return RedisModule_WrongArity(ctx);
    RedisModule_ReplyWithArray(ctx, REDISMODULE_POSTPONED_LEN);
    for (long long i = 0; i < count; i++) RedisModule_ReplyWithLongLong(ctx, i);
    RedisModule_ReplySetArrayLength(ctx, (long)count);
    return REDISMODULE_OK;
}

/* st.long <bytes>: a string of so many zeros. */
static int large(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    long long bytes = 0;
    if (argc < 2 || RedisModule_StringToLongLong(argv[1], &bytes)) return RedisModule_WrongArity(ctx);
    char *zeros = RedisModule_Calloc(1, (size_t)bytes);
    RedisModule_ReplyWithStringBuffer(ctx, zeros, (size_t)bytes);
    RedisModule_Free(zeros);
    return REDISMODULE_OK;
}

/* st.count <replies>: so many replies, where there should be one. */
static int count(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    long long replies = 0;
    if (argc < 2 || RedisModule_StringToLongLong(argv[1], &replies)) return RedisModule_WrongArity(ctx);
    for (long long i = 0; i < replies; i++) RedisModule_ReplyWithNull(ctx);
    if (replies < 0) RedisModule_ReplyWithArray(ctx, 2);
    if (replies < 0) RedisModule_ReplyWithNull(ctx);
    return REDISMODULE_OK;
}

/* st.echo: its arguments. */
static int echo(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    RedisModule_ReplyWithArray(ctx, argc);
    for (int i = 0; i < argc; i++) RedisModule_ReplyWithString(ctx, argv[i]);
    return REDISMODULE_OK;
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    if (RedisModule_Init(ctx, "steps", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    for (size_t i = 0; i < sizeof text - 1; i++) text[i] = (char)('a' + i % 26);
    struct {
        const char *name;
        RedisModuleCmdFunc run;
    } commands[] = {{"st.run", run}, {"st.wrong", run_wrong}, {"st.key", key}, {"st.many", many}, {"st.long", large}, {"st.count", count}, {"st.echo", echo}, {"st.keys", keys}, {"st.get", get}, {"st.free-twice", free_twice}, {"st.read", read_key}};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (RedisModule_CreateCommand(ctx, commands[i].name, commands[i].run, "write", 0, 0, 0) == REDISMODULE_ERR)
            return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
