/* Keyspace notifications, server events, sections and fields of INFO, functions shared between modules. */

#include <stdio.h>
#include <string.h>

#include "redismodule.h"

#define MAX_NOTES 200
static char notes[MAX_NOTES][200];
static int noteCount = 0;
static int nested = 0;

static void note(const char *text) {
    if (noteCount < MAX_NOTES) snprintf(notes[noteCount++], sizeof(notes[0]), "%s", text);
}

/* ev.notes -> what was noted since the last time */
static int takeNotes(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    RedisModule_ReplyWithArray(ctx, noteCount);
    for (int i = 0; i < noteCount; i++) RedisModule_ReplyWithCString(ctx, notes[i]);
    noteCount = 0;
    return REDISMODULE_OK;
}

static int onKeyspaceEvent(RedisModuleCtx *ctx, int type, const char *event, RedisModuleString *key) {
    char text[200];
    snprintf(text, sizeof(text), "%d %s %s db%d", type, event, RedisModule_StringPtrLen(key, NULL),
             RedisModule_GetSelectedDb(ctx));
    note(text);
    if (nested && strcmp(event, "again") != 0) RedisModule_NotifyKeyspaceEvent(ctx, REDISMODULE_NOTIFY_MODULE, "again", key);
    return REDISMODULE_OK;
}

static int onStrings(RedisModuleCtx *ctx, int type, const char *event, RedisModuleString *key) {
    (void)ctx;
    char text[200];
    snprintf(text, sizeof(text), "second: %d %s %s", type, event, RedisModule_StringPtrLen(key, NULL));
    note(text);
    return REDISMODULE_OK;
}

/* ev.notify type event key */
static int notify(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    long long type = 0;
    if (argc != 4 || RedisModule_StringToLongLong(argv[1], &type) != REDISMODULE_OK) return RedisModule_WrongArity(ctx);
    int result = RedisModule_NotifyKeyspaceEvent(ctx, (int)type, RedisModule_StringPtrLen(argv[2], NULL), argv[3]);
    return RedisModule_ReplyWithLongLong(ctx, result);
}

/* ev.nested 0|1|2: let the callback raise an event of its own, and with 2 ask for its delivery */
static int setNested(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    long long mode = 0;
    if (argc != 2 || RedisModule_StringToLongLong(argv[1], &mode) != REDISMODULE_OK) return RedisModule_WrongArity(ctx);
    nested = mode > 0;
    RedisModule_SetModuleOptions(ctx, mode == 2 ? REDISMODULE_OPTIONS_ALLOW_NESTED_KEYSPACE_NOTIFICATIONS : 0);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

/* ev.flags -> classes of notify-keyspace-events */
static int flags(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    return RedisModule_ReplyWithLongLong(ctx, RedisModule_GetNotifyKeyspaceEvents());
}

/* ev.publish channel message [shard] -> how many got it */
static int publish(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3 && argc != 4) return RedisModule_WrongArity(ctx);
    int receivers = argc == 4 ? RedisModule_PublishMessageShard(ctx, argv[1], argv[2])
                              : RedisModule_PublishMessage(ctx, argv[1], argv[2]);
    return RedisModule_ReplyWithLongLong(ctx, receivers);
}

/* ev.multi -> whether the context says that a transaction runs */
static int inTransaction(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    return RedisModule_ReplyWithLongLong(ctx, (RedisModule_GetContextFlags(ctx) & REDISMODULE_CTX_FLAGS_MULTI) != 0);
}

/* ev.touch key: tells that a key has changed */
static int touch(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    RedisModule_SignalModifiedKey(ctx, argv[1]);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

/* ev.supported event -> the subevents 0 to 7 of it that are supported */
static int supported(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    long long id = 0;
    if (argc != 2 || RedisModule_StringToLongLong(argv[1], &id) != REDISMODULE_OK) return RedisModule_WrongArity(ctx);
    RedisModuleEvent event = {id, 1};
    RedisModule_ReplyWithArray(ctx, 8);
    for (int i = 0; i < 8; i++) RedisModule_ReplyWithLongLong(ctx, RedisModule_IsSubEventSupported(event, i));
    return REDISMODULE_OK;
}

static void onFlush(RedisModuleCtx *ctx, RedisModuleEvent e, uint64_t sub, void *data) {
    RedisModuleFlushInfo *info = data;
    char text[200];
    snprintf(text, sizeof(text), "flush %d v%d sync%d db%d selected%d", (int)sub, (int)e.dataver, info->sync, info->dbnum,
             RedisModule_GetSelectedDb(ctx));
    note(text);
}

static void onSwap(RedisModuleCtx *ctx, RedisModuleEvent e, uint64_t sub, void *data) {
    (void)ctx, (void)e;
    RedisModuleSwapDbInfo *info = data;
    char text[200];
    snprintf(text, sizeof(text), "swap %d %d %d v%d", (int)sub, info->dbnum_first, info->dbnum_second, (int)info->version);
    note(text);
}

static void onConfig(RedisModuleCtx *ctx, RedisModuleEvent e, uint64_t sub, void *data) {
    (void)ctx, (void)e, (void)sub;
    RedisModuleConfigChange *change = data;
    char text[200] = "config";
    for (uint32_t i = 0; i < change->num_changes; i++) {
        strcat(text, " ");
        strcat(text, change->config_names[i]);
    }
    note(text);
}

static void onModule(RedisModuleCtx *ctx, RedisModuleEvent e, uint64_t sub, void *data) {
    (void)ctx, (void)e;
    RedisModuleModuleChange *change = data;
    char text[200];
    snprintf(text, sizeof(text), "module %d %s %d", (int)sub, change->module_name, change->module_version);
    note(text);
}

static int clientEvents = 0;
static void onClient(RedisModuleCtx *ctx, RedisModuleEvent e, uint64_t sub, void *data) {
    (void)e;
    RedisModuleClientInfo *info = data;
    if (!clientEvents) return;
    RedisModule_AutoMemory(ctx);
    RedisModuleString *name = RedisModule_GetClientNameById(ctx, info->id);
    char text[200];
    snprintf(text, sizeof(text), "client %d %s port%d own%d name=%s", (int)sub, info->addr, info->port > 0,
             RedisModule_GetClientId(ctx) == info->id, name ? RedisModule_StringPtrLen(name, NULL) : "");
    note(text);
}

/* ev.clients 0|1 */
static int watchClients(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 2) return RedisModule_WrongArity(ctx);
    clientEvents = strcmp(RedisModule_StringPtrLen(argv[1], NULL), "1") == 0;
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

static long long loops = 0, hz = 0, sleeps = 0, wakes = 0;
static void onCron(RedisModuleCtx *ctx, RedisModuleEvent e, uint64_t sub, void *data) {
    (void)ctx, (void)e, (void)sub;
    loops++;
    hz = ((RedisModuleCronLoop *)data)->hz;
}

static void onLoop(RedisModuleCtx *ctx, RedisModuleEvent e, uint64_t sub, void *data) {
    (void)ctx, (void)e, (void)data;
    if (sub == 0)
        sleeps++;
    else
        wakes++;
}

/* ev.loops -> turns of cron, hz, event loop's sleeps and wakes are there and in step */
static int loopCounts(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    RedisModule_ReplyWithArray(ctx, 3);
    RedisModule_ReplyWithLongLong(ctx, loops);
    RedisModule_ReplyWithLongLong(ctx, hz);
    RedisModule_ReplyWithLongLong(ctx, sleeps > 0 && wakes - sleeps <= 1 && wakes - sleeps >= 0);
    return REDISMODULE_OK;
}

static void onShutdown(RedisModuleCtx *ctx, RedisModuleEvent e, uint64_t sub, void *data) {
    (void)e;
    RedisModule_Log(ctx, "notice", "shutdown %d data%d", (int)sub, data != NULL);
}

/* ev.silence: no more events of SWAPDB; unknown events and versions are refused */
static int silence(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    RedisModuleEvent unknown = {1000, 1}, newer = {REDISMODULE_EVENT_SWAPDB, 99};
    RedisModule_ReplyWithArray(ctx, 3);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_SubscribeToServerEvent(ctx, RedisModuleEvent_SwapDB, NULL));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_SubscribeToServerEvent(ctx, unknown, onSwap));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_SubscribeToServerEvent(ctx, newer, onSwap));
    return REDISMODULE_OK;
}

/* ev.listen: events of SWAPDB again */
static int listen(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    return RedisModule_ReplyWithLongLong(ctx, RedisModule_SubscribeToServerEvent(ctx, RedisModuleEvent_SwapDB, onSwap));
}

static void writeInfo(RedisModuleInfoCtx *ctx, int for_crash_report) {
    RedisModule_InfoAddFieldLongLong(ctx, "outside", 1);
    RedisModule_InfoAddSection(ctx, "");
    RedisModule_InfoAddFieldLongLong(ctx, "min", -9223372036854775807LL - 1);
    RedisModule_InfoAddFieldULongLong(ctx, "max", 18446744073709551615ULL);
    RedisModule_InfoAddFieldDouble(ctx, "third", 1.0 / 3);
    RedisModule_InfoAddFieldDouble(ctx, "big", 1e100);
    RedisModule_InfoAddFieldDouble(ctx, "small", -1.5e-7);
    RedisModule_InfoAddFieldDouble(ctx, "whole", 42);
    RedisModule_InfoAddFieldLongLong(ctx, "crash", for_crash_report);
    if (RedisModule_InfoAddSection(ctx, "Words") == REDISMODULE_OK) {
        RedisModuleString *text = RedisModule_CreateString(NULL, "a string", 8);
        RedisModule_InfoAddFieldString(ctx, "string", text);
        RedisModule_FreeString(NULL, text);
        RedisModule_InfoAddFieldCString(ctx, "cstring", "caf\xc3\xa9");
    }
    RedisModule_InfoAddSection(ctx, "Groups");
    RedisModule_InfoBeginDictField(ctx, "first:one");
    RedisModule_InfoAddFieldLongLong(ctx, "a", 1);
    RedisModule_InfoAddFieldCString(ctx, "b", "two");
    RedisModule_InfoAddFieldDouble(ctx, "c", 2.5);
    RedisModule_InfoEndDictField(ctx);
    RedisModule_InfoEndDictField(ctx);
    RedisModule_InfoBeginDictField(ctx, "empty");
    RedisModule_InfoBeginDictField(ctx, "second");
    RedisModule_InfoAddFieldULongLong(ctx, "d", 7);
    RedisModule_InfoAddSection(ctx, "Last");
    RedisModule_InfoBeginDictField(ctx, "open");
    RedisModule_InfoAddFieldLongLong(ctx, "e", 1);
}

/* ev.info section field -> the field as string, C string, signed, unsigned, double, each with its error flag */
static int readInfo(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc != 3) return RedisModule_WrongArity(ctx);
    RedisModule_AutoMemory(ctx);
    const char *section = RedisModule_StringPtrLen(argv[1], NULL);
    const char *field = RedisModule_StringPtrLen(argv[2], NULL);
    RedisModuleServerInfoData *data = RedisModule_GetServerInfo(ctx, section[0] ? section : NULL);
    RedisModuleString *text = RedisModule_ServerInfoGetField(ctx, data, field);
    const char *ctext = RedisModule_ServerInfoGetFieldC(data, field);
    int errors[3] = {7, 7, 7};
    RedisModule_ReplyWithArray(ctx, 8);
    if (text)
        RedisModule_ReplyWithString(ctx, text);
    else
        RedisModule_ReplyWithNull(ctx);
    if (ctext)
        RedisModule_ReplyWithCString(ctx, ctext);
    else
        RedisModule_ReplyWithNull(ctx);
    RedisModule_ReplyWithLongLong(ctx, RedisModule_ServerInfoGetFieldSigned(data, field, &errors[0]));
    RedisModule_ReplyWithLongLong(ctx, RedisModule_ServerInfoGetFieldUnsigned(data, field, &errors[1]));
    char number[64];
    snprintf(number, sizeof(number), "%.17g", RedisModule_ServerInfoGetFieldDouble(data, field, &errors[2]));
    RedisModule_ReplyWithCString(ctx, number);
    for (int i = 0; i < 3; i++) RedisModule_ReplyWithLongLong(ctx, errors[i]);
    if (section[0] == 's') RedisModule_FreeServerInfo(ctx, data);
    return REDISMODULE_OK;
}

static int twice(int x) { return 2 * x; }

/* ev.shared -> result of the other module's function, or null */
static int useShared(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv, (void)argc;
    int (*function)(int) = RedisModule_GetSharedAPI(ctx, "twice");
    return function ? RedisModule_ReplyWithLongLong(ctx, function(21)) : RedisModule_ReplyWithNull(ctx);
}

/* Loaded with the argument "other", the module is called so, exports a function, and listens to nothing. */
int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (argc > 0 && strcmp(RedisModule_StringPtrLen(argv[0], NULL), "other") == 0) {
        if (RedisModule_Init(ctx, "other", 7, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
        if (RedisModule_ExportSharedAPI(ctx, "twice", twice) == REDISMODULE_ERR) return REDISMODULE_ERR;
        return RedisModule_ExportSharedAPI(ctx, "twice", twice) == REDISMODULE_ERR ? REDISMODULE_OK : REDISMODULE_ERR;
    }
    if (RedisModule_Init(ctx, "ev", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    struct {
        const char *name;
        RedisModuleCmdFunc func;
    } commands[] = {
        {"ev.notes", takeNotes},       {"ev.notify", notify},    {"ev.nested", setNested}, {"ev.flags", flags},
        {"ev.supported", supported},   {"ev.silence", silence},  {"ev.listen", listen},    {"ev.info", readInfo},
        {"ev.clients", watchClients},  {"ev.loops", loopCounts}, {"ev.shared", useShared},
        {"ev.publish", publish},       {"ev.multi", inTransaction}, {"ev.touch", touch},
    };
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (RedisModule_CreateCommand(ctx, commands[i].name, commands[i].func, "", 0, 0, 0) == REDISMODULE_ERR)
            return REDISMODULE_ERR;
    }
    int types = REDISMODULE_NOTIFY_ALL | REDISMODULE_NOTIFY_KEY_MISS;
    RedisModule_SubscribeToKeyspaceEvents(ctx, types, onKeyspaceEvent);
    RedisModule_SubscribeToKeyspaceEvents(ctx, REDISMODULE_NOTIFY_STRING, onStrings);
    RedisModule_SubscribeToServerEvent(ctx, RedisModuleEvent_FlushDB, onFlush);
    RedisModule_SubscribeToServerEvent(ctx, RedisModuleEvent_SwapDB, onSwap);
    RedisModule_SubscribeToServerEvent(ctx, RedisModuleEvent_Config, onConfig);
    RedisModule_SubscribeToServerEvent(ctx, RedisModuleEvent_ModuleChange, onModule);
    RedisModule_SubscribeToServerEvent(ctx, RedisModuleEvent_ClientChange, onClient);
    RedisModule_SubscribeToServerEvent(ctx, RedisModuleEvent_CronLoop, onCron);
    RedisModule_SubscribeToServerEvent(ctx, RedisModuleEvent_EventLoop, onLoop);
    RedisModule_SubscribeToServerEvent(ctx, RedisModuleEvent_Shutdown, onShutdown);
    RedisModule_RegisterInfoFunc(ctx, writeInfo);
    return REDISMODULE_OK;
}
