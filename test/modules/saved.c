/* A data type whose values are saved with every function there is.
 *
 *   v.set <key> <unsigned> <signed> <double> <text> <buffer>      v.get <key>
 *   v.text <key>            the value as RM_SaveDataTypeToString has it
 *   v.from <key> <text>     the value out of such a text, encoding version 7
 *   v.seen                  what the last load or save was told
 *   v.fail <0|1|2>          makes saving read, loading stop early (1), or answer NULL (2)
 *   v.options <n>           RM_SetModuleOptions */
#include "redismodule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint64_t u;
    int64_t i;
    double d;
    float f;
    long double ld;
    RedisModuleString *text;
    char *buffer;
    size_t length;
} Value;

static RedisModuleType *type;
static char seen[256];
static int failing;
static long live;

static void note(RedisModuleIO *io, const char *what, int version) {
    const RedisModuleString *name = RedisModule_GetKeyNameFromIO(io);
    RedisModuleCtx *ctx = RedisModule_GetContextFromIO(io);
    snprintf(seen, sizeof(seen), "%s %d %s db %d %s", what, version, name ? RedisModule_StringPtrLen(name, NULL) : "-",
             RedisModule_GetDbIdFromIO(io), ctx != NULL && ctx == RedisModule_GetContextFromIO(io) ? "context" : "none");
}

static void freeValue(void *p) {
    Value *v = p;
    live--;
    RedisModule_FreeString(NULL, v->text);
    RedisModule_Free(v->buffer);
    RedisModule_Free(v);
}

static void saveValue(RedisModuleIO *io, void *p) {
    Value *v = p;
    note(io, "save", 0);
    if (failing == 1) RedisModule_LoadUnsigned(io);
    RedisModule_SaveUnsigned(io, v->u);
    RedisModule_SaveSigned(io, v->i);
    RedisModule_SaveDouble(io, v->d);
    RedisModule_SaveFloat(io, v->f);
    RedisModule_SaveLongDouble(io, v->ld);
    RedisModule_SaveString(io, v->text);
    RedisModule_SaveStringBuffer(io, v->buffer, v->length);
    RedisModule_SaveStringBuffer(io, "", 0);
}

static void *loadValue(RedisModuleIO *io, int version) {
    note(io, "load", version);
    if (failing == 2) return NULL;
    Value *v = RedisModule_Calloc(1, sizeof(*v));
    live++;
    v->u = RedisModule_LoadUnsigned(io);
    v->i = RedisModule_LoadSigned(io);
    if (failing == 1) {
        v->text = RedisModule_CreateString(NULL, "", 0);
        return v;
    }
    v->d = RedisModule_LoadDouble(io);
    v->f = RedisModule_LoadFloat(io);
    size_t length;
    char *ld = RedisModule_LoadStringBuffer(io, &length);
    v->ld = ld == NULL ? 0 : strtold(ld, NULL);
    RedisModule_Free(ld);
    v->text = RedisModule_LoadString(io);
    v->buffer = RedisModule_LoadStringBuffer(io, &v->length);
    RedisModule_Free(RedisModule_LoadStringBuffer(io, &length));
    if (RedisModule_IsIOError(io)) {
        RedisModule_LogIOError(io, "warning", "cannot load %s: %d", "a value", 42);
        if (v->text != NULL) RedisModule_FreeString(NULL, v->text);
        RedisModule_Free(v->buffer);
        RedisModule_Free(v);
        live--;
        return NULL;
    }
    return v;
}

static void rewriteValue(RedisModuleIO *io, RedisModuleString *key, void *p) {
    Value *v = p;
    RedisModule_EmitAOF(io, "v.set", "sllcsb", key, (long long)v->u, (long long)v->i, "1.5", v->text, v->buffer, v->length);
    RedisModule_EmitAOF(io, "EXPIRE", "sl", key, 1000LL);
}

static RedisModuleKey *openValue(RedisModuleCtx *ctx, RedisModuleString *name) {
    return RedisModule_OpenKey(ctx, name, REDISMODULE_READ | REDISMODULE_WRITE);
}

static int set(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 7) return RedisModule_WrongArity(ctx);
    Value *v = RedisModule_Calloc(1, sizeof(*v));
    live++;
    RedisModule_StringToULongLong(argv[2], (unsigned long long *)&v->u);
    long long i = 0;
    RedisModule_StringToLongLong(argv[3], &i);
    v->i = i;
    RedisModule_StringToDouble(argv[4], &v->d);
    v->f = (float)v->d;
    v->ld = (long double)v->d / 3;
    v->text = RedisModule_CreateStringFromString(NULL, argv[5]);
    const char *buffer = RedisModule_StringPtrLen(argv[6], &v->length);
    v->buffer = RedisModule_Alloc(v->length + 1);
    memcpy(v->buffer, buffer, v->length);
    RedisModuleKey *key = openValue(ctx, argv[1]);
    RedisModule_ModuleTypeSetValue(key, type, v);
    RedisModule_CloseKey(key);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static int get(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModuleKey *key = openValue(ctx, argv[1]);
    Value *v = RedisModule_ModuleTypeGetType(key) == type ? RedisModule_ModuleTypeGetValue(key) : NULL;
    if (v == NULL) RedisModule_ReplyWithNull(ctx);
    else {
        char text[64];
        RedisModule_ReplyWithArray(ctx, 7);
        snprintf(text, sizeof(text), "%llu", (unsigned long long)v->u);
        RedisModule_ReplyWithCString(ctx, text);
        RedisModule_ReplyWithLongLong(ctx, v->i);
        RedisModule_ReplyWithDouble(ctx, v->d);
        snprintf(text, sizeof(text), "%.9g", v->f);
        RedisModule_ReplyWithCString(ctx, text);
        snprintf(text, sizeof(text), "%.20Lg", v->ld);
        RedisModule_ReplyWithCString(ctx, text);
        RedisModule_ReplyWithString(ctx, v->text);
        RedisModule_ReplyWithStringBuffer(ctx, v->buffer, v->length);
    }
    RedisModule_CloseKey(key);
    return REDISMODULE_OK;
}

static int toText(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModuleKey *key = openValue(ctx, argv[1]);
    RedisModuleString *s = RedisModule_SaveDataTypeToString(ctx, RedisModule_ModuleTypeGetValue(key), type);
    if (s == NULL) RedisModule_ReplyWithNull(ctx);
    else {
        RedisModule_ReplyWithString(ctx, s);
        RedisModule_FreeString(ctx, s);
    }
    RedisModule_CloseKey(key);
    return REDISMODULE_OK;
}

static int fromText(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3) return RedisModule_WrongArity(ctx);
    void *value = RedisModule_LoadDataTypeFromStringEncver(argv[2], type, 7);
    if (value == NULL) return RedisModule_ReplyWithNull(ctx);
    RedisModuleKey *key = openValue(ctx, argv[1]);
    RedisModule_ModuleTypeSetValue(key, type, value);
    RedisModule_CloseKey(key);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static int control(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    const char *name = RedisModule_StringPtrLen(argv[0], NULL);
    long long n = 0;
    if (argc > 1) RedisModule_StringToLongLong(argv[1], &n);
    if (strcmp(name, "v.fail") == 0) failing = (int)n;
    else if (strcmp(name, "v.options") == 0) RedisModule_SetModuleOptions(ctx, (int)n);
    else if (strcmp(name, "v.live") == 0) return RedisModule_ReplyWithLongLong(ctx, live);
    else return RedisModule_ReplyWithCString(ctx, seen);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    if (RedisModule_Init(ctx, "saved", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    RedisModuleTypeMethods methods = {
        .version = REDISMODULE_TYPE_METHOD_VERSION,
        .rdb_load = loadValue,
        .rdb_save = saveValue,
        .aof_rewrite = rewriteValue,
        .free = freeValue,
    };
    type = RedisModule_CreateDataType(ctx, "sav-ed_09", 5, &methods);
    if (type == NULL) return REDISMODULE_ERR;
    if (RedisModule_CreateCommand(ctx, "v.set", set, "write", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "v.get", get, "readonly", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "v.text", toText, "readonly", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "v.from", fromText, "write", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "v.seen", control, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "v.live", control, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "v.fail", control, "", 0, 0, 0) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "v.options", control, "", 0, 0, 0) == REDISMODULE_ERR) {
        return REDISMODULE_ERR;
    }
    return REDISMODULE_OK;
}
