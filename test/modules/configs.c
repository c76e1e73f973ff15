/* Directives of a module. Every call of a set or apply function is noted. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "redismodule.h"

static char notes[2000];
static int flag = 0, secret = 0, color = 0, bits = 0;
static long long number = 0, memory = 0, fixed = 0, bare = 0;
static RedisModuleString *text = NULL;
static int refusals = 0;

static void note(const char *what, const char *name, long long value) {
    size_t used = strlen(notes);
    snprintf(notes + used, sizeof(notes) - used, "%s %s %lld;", what, name, value);
}

static int refuse(RedisModuleString **err, const char *why) {
    if (why) *err = RedisModule_CreateString(NULL, why, strlen(why));
    return REDISMODULE_ERR;
}

static int getInt(const char *name, void *privdata) { (void)name; return *(int *)privdata; }
/* flag and memory have the same private data, that of flag, so that they share their apply function. */
static long long *numberOf(const char *name, void *privdata) {
    return strcmp(name, "memory") == 0 ? &memory : privdata;
}
static long long getNumber(const char *name, void *privdata) { return *numberOf(name, privdata); }
static RedisModuleString *getText(const char *name, void *privdata) { (void)name, (void)privdata; return text; }

static int setInt(const char *name, int value, void *privdata, RedisModuleString **err) {
    (void)err;
    note("set", name, value);
    if (refusals) return refuse(err, NULL);
    *(int *)privdata = value;
    return REDISMODULE_OK;
}

static int setNumber(const char *name, long long value, void *privdata, RedisModuleString **err) {
    note("set", name, value);
    if (value == 13) return refuse(err, "no luck in that");
    *numberOf(name, privdata) = value;
    return REDISMODULE_OK;
}

static int setText(const char *name, RedisModuleString *value, void *privdata, RedisModuleString **err) {
    (void)privdata;
    size_t len;
    const char *bytes = RedisModule_StringPtrLen(value, &len);
    note("set", name, (long long)len);
    if (len > 0 && bytes[0] == '!') return refuse(err, "must not begin with !");
    if (text) RedisModule_FreeString(NULL, text);
    RedisModule_RetainString(NULL, value);
    text = value;
    return REDISMODULE_OK;
}

static int apply(RedisModuleCtx *ctx, void *privdata, RedisModuleString **err) {
    (void)ctx;
    note("apply", privdata == &number ? "number" : "shared", number);
    if (number == 99) return refuse(err, "99 cannot be applied");
    if (number == 98) return refuse(err, NULL);
    return REDISMODULE_OK;
}

/* cfg.notes -> calls since the last time */
static int takeNotes(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    RedisModule_ReplyWithCString(ctx, notes);
    notes[0] = 0;
    return REDISMODULE_OK;
}

/* cfg.refuse 0|1: bools and enums refuse every value */
static int setRefusals(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    refusals = strcmp(RedisModule_StringPtrLen(argv[1], NULL), "1") == 0;
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

/* cfg.late -> registering outside of OnLoad: result and whether errno is EBUSY */
static int late(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    errno = 0;
    int result = RedisModule_RegisterBoolConfig(ctx, "late", 0, 0, getInt, setInt, NULL, &flag);
    int error = errno;
    RedisModule_ReplyWithArray(ctx, 3);
    RedisModule_ReplyWithLongLong(ctx, result);
    RedisModule_ReplyWithLongLong(ctx, error == EBUSY);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_LoadConfigs(ctx));
    return REDISMODULE_OK;
}

/* One registration that must be refused with this errno. */
static int refused(RedisModuleCtx *ctx, const char *name, unsigned int flags, int kind, int error) {
    errno = 0;
    int result = kind == 0 ? RedisModule_RegisterBoolConfig(ctx, name, 0, flags, getInt, setInt, NULL, &flag)
                           : RedisModule_RegisterNumericConfig(ctx, name, 0, flags, 0, 9, getNumber, setNumber, NULL, &number);
    return result == REDISMODULE_ERR && errno == error;
}

/* Arguments: "forget" leaves LoadConfigs out; "bad" answers with an error unless wrong registrations are refused;
 * "bare" registers the directive bare-number, whose name has no prefix. */
int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (RedisModule_Init(ctx, "cfg", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    const char *mode = argc > 0 ? RedisModule_StringPtrLen(argv[0], NULL) : "";
    const char *colors[] = {"red", "green", "blue"}, *letters[] = {"none", "a", "b", "c"};
    int colorValues[] = {7, 1, 2}, letterValues[] = {0, 1, 2, 4};
    if (RedisModule_CreateCommand(ctx, "cfg.notes", takeNotes, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "cfg.refuse", setRefusals, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "cfg.late", late, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_RegisterBoolConfig(ctx, "flag", 1, REDISMODULE_CONFIG_DEFAULT, getInt, setInt, apply, &flag) == REDISMODULE_ERR ||
        RedisModule_RegisterBoolConfig(ctx, "secret", 0, REDISMODULE_CONFIG_HIDDEN, getInt, setInt, NULL, &secret) == REDISMODULE_ERR ||
        RedisModule_RegisterNumericConfig(ctx, "number", 5, REDISMODULE_CONFIG_DEFAULT, -100, 100, getNumber, setNumber, apply, &number) == REDISMODULE_ERR ||
        RedisModule_RegisterNumericConfig(ctx, "memory", 1048576, REDISMODULE_CONFIG_MEMORY, 0, 1LL << 40, getNumber, setNumber, apply, &flag) == REDISMODULE_ERR ||
        RedisModule_RegisterNumericConfig(ctx, "fixed", -3, REDISMODULE_CONFIG_IMMUTABLE, -5, 5, getNumber, setNumber, NULL, &fixed) == REDISMODULE_ERR ||
        RedisModule_RegisterStringConfig(ctx, "text", "so far", REDISMODULE_CONFIG_DEFAULT, getText, setText, NULL, NULL) == REDISMODULE_ERR ||
        RedisModule_RegisterEnumConfig(ctx, "color", 7, REDISMODULE_CONFIG_DEFAULT, colors, colorValues, 3, getInt, setInt, NULL, &color) == REDISMODULE_ERR ||
        RedisModule_RegisterEnumConfig(ctx, "Bits", 3, REDISMODULE_CONFIG_BITFLAGS, letters, letterValues, 4, getInt, setInt, NULL, &bits) == REDISMODULE_ERR)
        return REDISMODULE_ERR;
    if (strcmp(mode, "bare") == 0 &&
        RedisModule_RegisterNumericConfig(ctx, "bare-number", 3, REDISMODULE_CONFIG_UNPREFIXED, 0, 100, getNumber, setNumber, NULL, &bare) == REDISMODULE_ERR)
        return REDISMODULE_ERR;
    if (strcmp(mode, "bad") == 0 &&
        (!refused(ctx, "flag", 0, 0, EALREADY) || !refused(ctx, "not good", 0, 0, EINVAL) ||
         !refused(ctx, "", 0, 0, EINVAL) || !refused(ctx, "x", 1 << 20, 0, EINVAL) ||
         !refused(ctx, "x", REDISMODULE_CONFIG_MEMORY, 0, EINVAL) || !refused(ctx, "x", REDISMODULE_CONFIG_BITFLAGS, 1, EINVAL)))
        return REDISMODULE_ERR;
    if (strcmp(mode, "forget") != 0 && RedisModule_LoadConfigs(ctx) == REDISMODULE_ERR) {
        if (text) RedisModule_FreeString(ctx, text);
        text = NULL;
        return REDISMODULE_ERR;
    }
    return REDISMODULE_OK;
}

int RedisModule_OnUnload(RedisModuleCtx *ctx) {
    if (text) RedisModule_FreeString(ctx, text);
    text = NULL;
    return REDISMODULE_OK;
}
