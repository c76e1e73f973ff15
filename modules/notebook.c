/* Strings and keys: notes that are kept under ordinary keys, and can be read with GET like any other string.
 *
 *   note.write <key> <text> [seconds]   stores a note, which may expire
 *   note.append <key> <text>            adds to a note, on a line of its own
 *   note.read <key>                     the note with its length and remaining seconds, or null
 *   note.shout <key>                    turns a note into capitals where it is, without a copy
 *   note.drop <key> [key ...]           deletes notes, and answers how many there were
 *
 * The pattern of every command: open the key, look at its type, work, close the key. */
#include "redismodule.h"

#include <ctype.h>
#include <string.h>

/* Opens a key that must hold a string or nothing. NULL after an error reply. */
static RedisModuleKey *openNote(RedisModuleCtx *ctx, RedisModuleString *name, int mode) {
    /* For reading alone, a key that does not exist is NULL; the other functions take that for an empty key. */
    RedisModuleKey *key = RedisModule_OpenKey(ctx, name, mode);
    int type = RedisModule_KeyType(key);
    if (type == REDISMODULE_KEYTYPE_EMPTY || type == REDISMODULE_KEYTYPE_STRING) return key;
    RedisModule_CloseKey(key);
    RedisModule_ReplyWithError(ctx, REDISMODULE_ERRORMSG_WRONGTYPE);
    return NULL;
}

static int noteWrite(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3 && argc != 4) return RedisModule_WrongArity(ctx);
    long long seconds = 0;
    if (argc == 4 && (RedisModule_StringToLongLong(argv[3], &seconds) != REDISMODULE_OK || seconds <= 0))
        return RedisModule_ReplyWithError(ctx, "ERR the seconds must be a positive integer");

    RedisModuleKey *key = openNote(ctx, argv[1], REDISMODULE_READ | REDISMODULE_WRITE);
    if (key == NULL) return REDISMODULE_OK;
    RedisModule_StringSet(key, argv[2]); /* Sets value, and takes an old expiry away. */
    if (seconds > 0) RedisModule_SetExpire(key, seconds * 1000);
    RedisModule_CloseKey(key);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static int noteAppend(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3) return RedisModule_WrongArity(ctx);
    RedisModuleKey *key = openNote(ctx, argv[1], REDISMODULE_READ | REDISMODULE_WRITE);
    if (key == NULL) return REDISMODULE_OK;

    size_t added;
    const char *text = RedisModule_StringPtrLen(argv[2], &added);
    size_t old = RedisModule_ValueLength(key);
    size_t from = old == 0 ? 0 : old + 1;
    RedisModule_StringTruncate(key, from + added); /* Truncating to more makes room, filled with zeros. */

    /* Direct memory access: the address of the value itself, good until the key is closed or its length changes. */
    size_t length;
    char *bytes = RedisModule_StringDMA(key, &length, REDISMODULE_READ | REDISMODULE_WRITE);
    if (from > 0) bytes[old] = '\n';
    memcpy(bytes + from, text, added);
    RedisModule_CloseKey(key);
    return RedisModule_ReplyWithLongLong(ctx, (long long)length);
}

static int noteRead(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModule_AutoMemory(ctx); /* Closes the key at the end, wherever that is. */
    RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_READ);
    if (key == NULL) return RedisModule_ReplyWithNull(ctx);
    if (RedisModule_KeyType(key) != REDISMODULE_KEYTYPE_STRING)
        return RedisModule_ReplyWithError(ctx, REDISMODULE_ERRORMSG_WRONGTYPE);

    size_t length;
    const char *bytes = RedisModule_StringDMA(key, &length, REDISMODULE_READ);
    mstime_t remaining = RedisModule_GetExpire(key);
    RedisModule_ReplyWithMap(ctx, 3); /* A map for clients of RESP3, a flat array for all others. */
    RedisModule_ReplyWithCString(ctx, "text");
    RedisModule_ReplyWithStringBuffer(ctx, bytes, length);
    RedisModule_ReplyWithCString(ctx, "length");
    RedisModule_ReplyWithLongLong(ctx, (long long)length);
    RedisModule_ReplyWithCString(ctx, "seconds");
    if (remaining == REDISMODULE_NO_EXPIRE) return RedisModule_ReplyWithNull(ctx);
    return RedisModule_ReplyWithLongLong(ctx, (remaining + 999) / 1000);
}

static int noteShout(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModuleKey *key = openNote(ctx, argv[1], REDISMODULE_READ | REDISMODULE_WRITE);
    if (key == NULL) return REDISMODULE_OK;
    size_t length;
    char *bytes = RedisModule_StringDMA(key, &length, REDISMODULE_READ | REDISMODULE_WRITE);
    for (size_t i = 0; i < length; i++) bytes[i] = (char)toupper((unsigned char)bytes[i]);
    RedisModule_CloseKey(key);
    return RedisModule_ReplyWithLongLong(ctx, (long long)length);
}

static int noteDrop(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc < 2) return RedisModule_WrongArity(ctx);
    long long dropped = 0;
    for (int i = 1; i < argc; i++) {
        RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[i], REDISMODULE_READ | REDISMODULE_WRITE);
        if (RedisModule_KeyType(key) == REDISMODULE_KEYTYPE_STRING) {
            RedisModule_DeleteKey(key);
            dropped++;
        }
        RedisModule_CloseKey(key);
    }
    return RedisModule_ReplyWithLongLong(ctx, dropped);
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    if (RedisModule_Init(ctx, "notebook", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    /* The last three numbers say where the keys are: first, last (-1: the last argument), step. */
    if (RedisModule_CreateCommand(ctx, "note.write", noteWrite, "write deny-oom", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "note.append", noteAppend, "write deny-oom", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "note.read", noteRead, "readonly fast", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "note.shout", noteShout, "write", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "note.drop", noteDrop, "write", 1, -1, 1) == REDISMODULE_ERR)
        return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
