/* The server's directives, slots of keys, jobs after notifications, and unsubscribing.
 *
 *   s.configs <pattern>          names of directives, by iterator
 *   s.get <name>                 type, string, and what each typed function says
 *   s.set <name> <value> <how>   how: any, bool, numeric, enum; status and error
 *   s.slot <key>                 s.cluster: what a server without cluster answers
 *   s.jobs on|off                whether each `set` event makes a job that counts in the key `jobs`; s.job asks for one
 *   s.silent                     ends the subscription */
#include "redismodule.h"

#include <string.h>

static int jobsOn;
static int freed;

static void countJob(RedisModuleCtx *ctx, void *pd) {
    (void)pd;
    RedisModule_FreeCallReply(RedisModule_Call(ctx, "INCR", "c!", "jobs"));
}

static void freeJob(void *pd) {
    freed++;
    RedisModule_Free(pd);
}

static int onEvent(RedisModuleCtx *ctx, int type, const char *event, RedisModuleString *key) {
    (void)type, (void)key;
    if (jobsOn && strcmp(event, "set") == 0) RedisModule_AddPostNotificationJob(ctx, countJob, RedisModule_Alloc(1), freeJob);
    return REDISMODULE_OK;
}

static int configs(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModuleConfigIterator *it = RedisModule_ConfigIteratorCreate(ctx, RedisModule_StringPtrLen(argv[1], NULL));
    long n = 0;
    RedisModule_ReplyWithArray(ctx, REDISMODULE_POSTPONED_LEN);
    for (const char *name; (name = RedisModule_ConfigIteratorNext(it)) != NULL; n++) RedisModule_ReplyWithCString(ctx, name);
    RedisModule_ConfigIteratorRelease(ctx, it);
    RedisModule_ReplySetArrayLength(ctx, n);
    return REDISMODULE_OK;
}

static int get(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    const char *name = RedisModule_StringPtrLen(argv[1], NULL);
    RedisModuleConfigType type = -1;
    RedisModuleString *value = NULL, *enumeration = NULL;
    int flag = -1;
    long long number = -1;
    RedisModule_ReplyWithArray(ctx, 5);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_ConfigGetType(name, &type) == REDISMODULE_OK ? (long long)type : -1);
    if (RedisModule_ConfigGet(ctx, name, &value) == REDISMODULE_OK) {
        RedisModule_ReplyWithString(ctx, value);
        RedisModule_FreeString(ctx, value);
    } else RedisModule_ReplyWithNull(ctx);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_ConfigGetBool(ctx, name, &flag) == REDISMODULE_OK ? flag : -1);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_ConfigGetNumeric(ctx, name, &number) == REDISMODULE_OK ? number : -1);
    if (RedisModule_ConfigGetEnum(ctx, name, &enumeration) == REDISMODULE_OK) {
        RedisModule_ReplyWithString(ctx, enumeration);
        RedisModule_FreeString(ctx, enumeration);
    } else RedisModule_ReplyWithNull(ctx);
    return REDISMODULE_OK;
}

static int set(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 4) return RedisModule_WrongArity(ctx);
    const char *name = RedisModule_StringPtrLen(argv[1], NULL);
    const char *how = RedisModule_StringPtrLen(argv[3], NULL);
    RedisModuleString *error = NULL;
    long long n = 0;
    RedisModule_StringToLongLong(argv[2], &n);
    int status;
    if (strcmp(how, "bool") == 0) status = RedisModule_ConfigSetBool(ctx, name, (int)n, &error);
    else if (strcmp(how, "numeric") == 0) status = RedisModule_ConfigSetNumeric(ctx, name, n, &error);
    else if (strcmp(how, "enum") == 0) status = RedisModule_ConfigSetEnum(ctx, name, argv[2], &error);
    else status = RedisModule_ConfigSet(ctx, name, argv[2], &error);
    RedisModule_ReplyWithArray(ctx, 2);
    RedisModule_ReplyWithLongLong(ctx, status);
    if (error != NULL) {
        RedisModule_ReplyWithString(ctx, error);
        RedisModule_FreeString(ctx, error);
    } else RedisModule_ReplyWithNull(ctx);
    return REDISMODULE_OK;
}

static int slot(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    size_t length;
    const char *key = RedisModule_StringPtrLen(argv[1], &length);
    unsigned int here = RedisModule_ClusterKeySlot(argv[1]);
    RedisModuleString *name = RedisModule_CreateStringPrintf(ctx, "%s", RedisModule_ClusterCanonicalKeyNameInSlot(here));
    RedisModule_ReplyWithArray(ctx, 4);
    RedisModule_ReplyWithLongLong(ctx, here);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_ClusterKeySlotC(key, length) == here);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_ClusterKeySlot(name) == here);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_ClusterCanonicalKeyNameInSlot(16384) == NULL);
    RedisModule_FreeString(ctx, name);
    return REDISMODULE_OK;
}

static int cluster(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    size_t n = 7;
    char **nodes = RedisModule_GetClusterNodesList(ctx, &n);
    RedisModuleSlotRangeArray *slots = RedisModule_ClusterGetLocalSlotRanges(ctx);
    RedisModule_ReplyWithArray(ctx, 8);
    RedisModule_ReplyWithLongLong(ctx, nodes == NULL);
    RedisModule_ReplyWithLongLong(ctx, (long long)n);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_GetMyClusterID() == NULL);
    RedisModule_ReplyWithLongLong(ctx, (long long)RedisModule_GetClusterSize());
    RedisModule_ReplyWithLongLong(ctx, RedisModule_SendClusterMessage(ctx, NULL, 1, "m", 1));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_GetClusterNodeInfo(ctx, "id", NULL, NULL, NULL, NULL));
    RedisModule_ReplyWithLongLong(ctx, slots->num_ranges * 100000 + slots->ranges[0].end - slots->ranges[0].start);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_GetInternalSecret(ctx, &n) == NULL);
    RedisModule_ClusterFreeSlotRanges(ctx, slots);
    RedisModule_FreeClusterNodesList(nodes);
    return REDISMODULE_OK;
}

static int control(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    const char *name = RedisModule_StringPtrLen(argv[0], NULL);
    if (strcmp(name, "s.jobs") == 0) jobsOn = argc > 1 && strcmp(RedisModule_StringPtrLen(argv[1], NULL), "on") == 0;
    else if (strcmp(name, "s.job") == 0) RedisModule_AddPostNotificationJob(ctx, countJob, RedisModule_Alloc(1), freeJob);
    else if (strcmp(name, "s.freed") == 0) return RedisModule_ReplyWithLongLong(ctx, freed);
    else if (strcmp(name, "s.publish") == 0) return RedisModule_ReplyWithLongLong(ctx, RedisModule_PublishMessage(NULL, argv[1], argv[2]));
    else if (strcmp(name, "s.silent") == 0) {
        return RedisModule_ReplyWithLongLong(
            ctx, RedisModule_UnsubscribeFromKeyspaceEvents(ctx, REDISMODULE_NOTIFY_STRING, onEvent));
    }
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    if (RedisModule_Init(ctx, "serverside", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    RedisModule_SubscribeToKeyspaceEvents(ctx, REDISMODULE_NOTIFY_STRING, onEvent);
    struct { const char *name; RedisModuleCmdFunc func; } commands[] = {
        {"s.configs", configs}, {"s.get", get},       {"s.set", set},      {"s.slot", slot},     {"s.cluster", cluster},
        {"s.jobs", control},    {"s.job", control},   {"s.freed", control}, {"s.silent", control}, {"s.publish", control},
    };
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (RedisModule_CreateCommand(ctx, commands[i].name, commands[i].func, "write", 0, 0, 0) == REDISMODULE_ERR)
            return REDISMODULE_ERR;
    }
    return REDISMODULE_OK;
}
