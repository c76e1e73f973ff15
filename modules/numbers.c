/* A data type of one's own: a growing array of integers, in the module's own memory.
 *
 *   numbers.push <key> <n> [n ...]   appends, and answers the new length
 *   numbers.get <key> <index>        one number; negative indexes count from the end
 *   numbers.stats <key>              length, sum and mean, as a map
 *
 * The server knows nothing of the value but a pointer. It calls the functions in the table below when a key of this type is
 * deleted, copied, measured or compared; everything else (DEL, EXPIRE, RENAME, TYPE, COPY, ...) works by itself. */
#include "redismodule.h"

typedef struct {
    size_t length, capacity;
    long long *items;
} Numbers;

static RedisModuleType *numbersType;

static Numbers *createNumbers(void) { return RedisModule_Calloc(1, sizeof(Numbers)); }

static void push(Numbers *numbers, long long n) {
    if (numbers->length == numbers->capacity) {
        numbers->capacity = numbers->capacity == 0 ? 8 : numbers->capacity * 2;
        numbers->items = RedisModule_Realloc(numbers->items, numbers->capacity * sizeof(long long));
    }
    numbers->items[numbers->length++] = n;
}

/* ---- What the server calls ---- */

/* The key is gone: deleted, overwritten, expired, flushed. Called exactly once for each value. */
static void freeNumbers(void *value) {
    Numbers *numbers = value;
    RedisModule_Free(numbers->items);
    RedisModule_Free(numbers);
}

/* How much work `freeNumbers` is. Above 64, UNLINK and the like leave it for later. */
static size_t freeEffort(RedisModuleString *key, const void *value) {
    (void)key;
    return ((const Numbers *)value)->length / 64;
}

/* MEMORY USAGE. */
static size_t memoryUsage(const void *value) {
    const Numbers *numbers = value;
    return sizeof(*numbers) + numbers->capacity * sizeof(long long);
}

/* COPY: a value of its own, or NULL when that cannot be. */
static void *copyNumbers(RedisModuleString *from, RedisModuleString *to, const void *value) {
    (void)from;
    (void)to;
    const Numbers *source = value;
    Numbers *copy = createNumbers();
    for (size_t i = 0; i < source->length; i++) push(copy, source->items[i]);
    return copy;
}

/* DEBUG DIGEST-VALUE: the order counts within a sequence. */
static void digestNumbers(RedisModuleDigest *digest, void *value) {
    Numbers *numbers = value;
    for (size_t i = 0; i < numbers->length; i++) RedisModule_DigestAddLongLong(digest, numbers->items[i]);
    RedisModule_DigestEndSequence(digest);
}

/* ---- Commands ---- */

/* The value of an open key: NULL when it is empty. Returns REDISMODULE_ERR after an error reply for other types. */
static int numbersOf(RedisModuleCtx *ctx, RedisModuleKey *key, Numbers **numbers) {
    *numbers = NULL;
    if (RedisModule_KeyType(key) == REDISMODULE_KEYTYPE_EMPTY) return REDISMODULE_OK;
    if (RedisModule_ModuleTypeGetType(key) != numbersType) {
        RedisModule_ReplyWithError(ctx, REDISMODULE_ERRORMSG_WRONGTYPE);
        return REDISMODULE_ERR;
    }
    *numbers = RedisModule_ModuleTypeGetValue(key);
    return REDISMODULE_OK;
}

static int pushCommand(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc < 3) return RedisModule_WrongArity(ctx);
    RedisModule_AutoMemory(ctx);
    /* All arguments are checked before anything changes. */
    long long n;
    for (int i = 2; i < argc; i++)
        if (RedisModule_StringToLongLong(argv[i], &n) != REDISMODULE_OK)
            return RedisModule_ReplyWithError(ctx, "ERR value is not an integer or out of range");

    RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_READ | REDISMODULE_WRITE);
    Numbers *numbers;
    if (numbersOf(ctx, key, &numbers) != REDISMODULE_OK) return REDISMODULE_OK;
    if (numbers == NULL) {
        numbers = createNumbers();
        RedisModule_ModuleTypeSetValue(key, numbersType, numbers); /* From now on the key owns it. */
    }
    for (int i = 2; i < argc; i++) {
        RedisModule_StringToLongLong(argv[i], &n);
        push(numbers, n);
    }
    return RedisModule_ReplyWithLongLong(ctx, (long long)numbers->length);
}

static int getCommand(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3) return RedisModule_WrongArity(ctx);
    RedisModule_AutoMemory(ctx);
    long long index;
    if (RedisModule_StringToLongLong(argv[2], &index) != REDISMODULE_OK)
        return RedisModule_ReplyWithError(ctx, "ERR value is not an integer or out of range");
    RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_READ);
    Numbers *numbers;
    if (numbersOf(ctx, key, &numbers) != REDISMODULE_OK) return REDISMODULE_OK;
    long long length = numbers == NULL ? 0 : (long long)numbers->length;
    if (index < 0) index += length;
    if (index < 0 || index >= length) return RedisModule_ReplyWithNull(ctx);
    return RedisModule_ReplyWithLongLong(ctx, numbers->items[index]);
}

static int statsCommand(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModule_AutoMemory(ctx);
    RedisModuleKey *key = RedisModule_OpenKey(ctx, argv[1], REDISMODULE_READ);
    Numbers *numbers;
    if (numbersOf(ctx, key, &numbers) != REDISMODULE_OK) return REDISMODULE_OK;
    if (numbers == NULL) return RedisModule_ReplyWithNull(ctx);
    long long sum = 0;
    for (size_t i = 0; i < numbers->length; i++) sum += numbers->items[i];
    RedisModule_ReplyWithMap(ctx, 3);
    RedisModule_ReplyWithCString(ctx, "length");
    RedisModule_ReplyWithLongLong(ctx, (long long)numbers->length);
    RedisModule_ReplyWithCString(ctx, "sum");
    RedisModule_ReplyWithLongLong(ctx, sum);
    RedisModule_ReplyWithCString(ctx, "mean");
    return RedisModule_ReplyWithDouble(ctx, (double)sum / (double)numbers->length);
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    if (RedisModule_Init(ctx, "numbers", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;

    RedisModuleTypeMethods methods = {
        .version = REDISMODULE_TYPE_METHOD_VERSION,
        .free = freeNumbers,
        .free_effort = freeEffort,
        .mem_usage = memoryUsage,
        .copy = copyNumbers,
        .digest = digestNumbers,
    };
    /* Nine characters, unique among all modules: TYPE shows them. The number is the version of the stored form. */
    numbersType = RedisModule_CreateDataType(ctx, "numbers-a", 1, &methods);
    if (numbersType == NULL) return REDISMODULE_ERR;

    if (RedisModule_CreateCommand(ctx, "numbers.push", pushCommand, "write deny-oom", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "numbers.get", getCommand, "readonly fast", 1, 1, 1) == REDISMODULE_ERR ||
        RedisModule_CreateCommand(ctx, "numbers.stats", statsCommand, "readonly", 1, 1, 1) == REDISMODULE_ERR)
        return REDISMODULE_ERR;
    return REDISMODULE_OK;
}
