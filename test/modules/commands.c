/* Registering commands: flags, subcommands, information for COMMAND, keys that commands find themselves. */
#include "redismodule.h"

#include <errno.h>
#include <string.h>

static int simple(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

/* The name of the command that runs. */
static int name(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    return RedisModule_ReplyWithCString(ctx, RedisModule_GetCurrentCommandName(ctx));
}

/* Keys are the arguments behind the word `key`, with flags behind `ro`. */
static int keysApi(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    int asked = RedisModule_IsKeysPositionRequest(ctx);
    if (!asked && argc < 2) return RedisModule_WrongArity(ctx);
    for (int i = 1; asked && i + 1 < argc; i++) {
        const char *word = RedisModule_StringPtrLen(argv[i], NULL);
        if (!strcmp(word, "key")) RedisModule_KeyAtPos(ctx, i + 1);
        if (!strcmp(word, "ro")) RedisModule_KeyAtPosWithFlags(ctx, i + 1, REDISMODULE_CMD_KEY_RO | REDISMODULE_CMD_KEY_ACCESS);
    }
    return RedisModule_ReplyWithSimpleString(ctx, asked ? "asked" : "ran");
}

/* cmd.keysof <command> ...: errno, or the positions of the keys */
static int keysOf(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    int count = -1;
    errno = 99;
    int *positions = RedisModule_GetCommandKeys(ctx, argv + 1, argc - 1, &count);
    if (!positions) return RedisModule_ReplyWithLongLong(ctx, errno);
    RedisModule_ReplyWithArray(ctx, count);
    for (int i = 0; i < count; i++) RedisModule_ReplyWithLongLong(ctx, positions[i]);
    RedisModule_Free(positions);
    return REDISMODULE_OK;
}

/* cmd.flagsof <command> ...: positions and flags of the keys */
static int flagsOf(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    int count = -1, *flags = NULL;
    int *positions = RedisModule_GetCommandKeysWithFlags(ctx, argv + 1, argc - 1, &count, &flags);
    if (!positions) return RedisModule_ReplyWithNull(ctx);
    RedisModule_ReplyWithArray(ctx, 2L * count);
    for (int i = 0; i < count; i++) {
        RedisModule_ReplyWithLongLong(ctx, positions[i]);
        RedisModule_ReplyWithLongLong(ctx, flags[i]);
    }
    RedisModule_Free(positions);
    RedisModule_Free(flags);
    return REDISMODULE_OK;
}

static char results[1024];

/* cmd.results: what the calls in OnLoad that were to fail answered */
static int showResults(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    return RedisModule_ReplyWithCString(ctx, results);
}

/* Notes a status and errno. */
static void note(int status) {
    size_t used = strlen(results);
    snprintf(results + used, sizeof(results) - used, "%d/%d ", status, status == REDISMODULE_OK ? 0 : errno);
    errno = 0;
}

static RedisModuleCommandInfo fullInfo(void) {
    static RedisModuleCommandHistoryEntry history[] = {{"1.1", "Option TRIM."}, {"2.0", "Caf\xc3\xa9."}, {0}};
    static RedisModuleCommandKeySpec specs[] = {
        {.notes = "the first key",
         .flags = REDISMODULE_CMD_KEY_RW | REDISMODULE_CMD_KEY_UPDATE,
         .begin_search_type = REDISMODULE_KSPEC_BS_INDEX,
         .bs.index.pos = 1},
        {.flags = REDISMODULE_CMD_KEY_RO | REDISMODULE_CMD_KEY_ACCESS,
         .begin_search_type = REDISMODULE_KSPEC_BS_KEYWORD,
         .bs.keyword.keyword = "KEYS",
         .bs.keyword.startfrom = 2,
         .find_keys_type = REDISMODULE_KSPEC_FK_KEYNUM,
         .fk.keynum = {0, 1, 1}},
        {.flags = REDISMODULE_CMD_KEY_OW | REDISMODULE_CMD_KEY_INSERT,
         .begin_search_type = REDISMODULE_KSPEC_BS_KEYWORD,
         .bs.keyword.keyword = "STORE",
         .bs.keyword.startfrom = -2,
         .find_keys_type = REDISMODULE_KSPEC_FK_RANGE,
         .fk.range = {0, 1, 0}},
        {0}};
    static RedisModuleCommandArg choices[] = {
        {.name = "minid", .display_text = "<minid>", .type = REDISMODULE_ARG_TYPE_PURE_TOKEN, .token = "MINID", .since = "1.2"},
        {.name = "maxlen", .display_text = "<maxlen>", .type = REDISMODULE_ARG_TYPE_PURE_TOKEN, .token = "MAXLEN", .deprecated_since = "3.0"},
        {0}};
    static RedisModuleCommandArg block[] = {
        {.name = "strategy", .type = REDISMODULE_ARG_TYPE_ONEOF, .subargs = choices},
        {.name = "limit", .display_text = "<limit>", .type = REDISMODULE_ARG_TYPE_INTEGER, .token = "LIMIT", .flags = REDISMODULE_CMD_ARG_OPTIONAL},
        {0}};
    static RedisModuleCommandArg args[] = {
        {.name = "key", .display_text = "<key>", .type = REDISMODULE_ARG_TYPE_KEY, .key_spec_index = 0, .summary = "what it works on"},
        {.name = "trim", .type = REDISMODULE_ARG_TYPE_BLOCK, .subargs = block, .flags = REDISMODULE_CMD_ARG_OPTIONAL},
        {.name = "value",
         .display_text = "<value>",
         .type = REDISMODULE_ARG_TYPE_DOUBLE,
         .token = "V",
         .flags = REDISMODULE_CMD_ARG_MULTIPLE | REDISMODULE_CMD_ARG_MULTIPLE_TOKEN},
        {.name = "at", .display_text = "<at>", .type = REDISMODULE_ARG_TYPE_UNIX_TIME},
        {.name = "matching", .display_text = "<matching>", .type = REDISMODULE_ARG_TYPE_PATTERN},
        {0}};
    return (RedisModuleCommandInfo){.version = REDISMODULE_COMMAND_INFO_VERSION,
                                    .summary = "Does everything.",
                                    .complexity = "O(1)",
                                    .since = "1.0",
                                    .history = history,
                                    .tips = "nondeterministic_output request_policy:all_shards",
                                    .arity = -3,
                                    .key_specs = specs,
                                    .args = args};
}

/* Information that is not valid, each for another reason. */
static void badInfos(RedisModuleCommand *command) {
    RedisModuleCommandInfo info = {0};
    note(RedisModule_SetCommandInfo(command, &info));
    info = fullInfo();
    RedisModuleCommandHistoryEntry history[] = {{"1.0", NULL}, {0}};
    info.history = history;
    note(RedisModule_SetCommandInfo(command, &info));
    RedisModuleCommandKeySpec spec[2] = {{.begin_search_type = REDISMODULE_KSPEC_BS_INDEX}, {0}};
    info = fullInfo();
    info.key_specs = spec;
    note(RedisModule_SetCommandInfo(command, &info));
    spec[0].flags = REDISMODULE_CMD_KEY_RO | REDISMODULE_CMD_KEY_RW;
    note(RedisModule_SetCommandInfo(command, &info));
    spec[0].flags = REDISMODULE_CMD_KEY_RW | REDISMODULE_CMD_KEY_INSERT | REDISMODULE_CMD_KEY_DELETE;
    note(RedisModule_SetCommandInfo(command, &info));
    spec[0].flags = REDISMODULE_CMD_KEY_RW;
    spec[0].begin_search_type = 77;
    note(RedisModule_SetCommandInfo(command, &info));
    spec[0].begin_search_type = REDISMODULE_KSPEC_BS_KEYWORD;
    note(RedisModule_SetCommandInfo(command, &info));
    spec[0].begin_search_type = REDISMODULE_KSPEC_BS_UNKNOWN;
    spec[0].find_keys_type = 77;
    note(RedisModule_SetCommandInfo(command, &info));
    RedisModuleCommandArg arg[2] = {{.name = "a", .type = 77}, {0}};
    info = fullInfo();
    info.args = arg;
    note(RedisModule_SetCommandInfo(command, &info));
    arg[0].type = REDISMODULE_ARG_TYPE_PURE_TOKEN;
    note(RedisModule_SetCommandInfo(command, &info));
    arg[0].type = REDISMODULE_ARG_TYPE_BLOCK;
    note(RedisModule_SetCommandInfo(command, &info));
    arg[0].type = REDISMODULE_ARG_TYPE_KEY;
    arg[0].key_spec_index = -1;
    note(RedisModule_SetCommandInfo(command, &info));
    arg[0].type = REDISMODULE_ARG_TYPE_STRING;
    arg[0].key_spec_index = 5;
    note(RedisModule_SetCommandInfo(command, &info));
    arg[0].key_spec_index = 0;
    arg[0].flags = 64;
    note(RedisModule_SetCommandInfo(command, &info));
}

static RedisModuleCommand *create(RedisModuleCtx *ctx, const char *command, RedisModuleCmdFunc run, const char *flags, int first,
                                  int last, int step) {
    if (RedisModule_CreateCommand(ctx, command, run, flags, first, last, step) != REDISMODULE_OK) return NULL;
    return RedisModule_GetCommand(ctx, command);
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    if (RedisModule_Init(ctx, "cmd", 3, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    const char *flags = "write readonly admin deny-oom deny-script allow-loading pubsub random blocking allow-stale no-monitor "
                        "no-slowlog fast no-auth may-replicate no-mandatory-keys allow-busy";
    if (!create(ctx, "cmd.simple", simple, "readonly", 1, 1, 1) || !create(ctx, "cmd.Flags", simple, flags, 0, 0, 0) ||
        !create(ctx, "cmd.range", simple, "write", 2, -1, 2) || !create(ctx, "cmd.none", simple, NULL, 0, 0, 0) ||
        !create(ctx, "cmd.keys", keysApi, "readonly getkeys-api", 0, 0, 0) ||
        !create(ctx, "cmd.keysboth", keysApi, "readonly getkeys-api no-mandatory-keys", 1, 1, 1) ||
        !create(ctx, "cmd.channels", simple, "pubsub getchannels-api no-cluster", 0, 0, 0) ||
        !create(ctx, "cmd.keysof", keysOf, "readonly", 0, 0, 0) ||
        !create(ctx, "cmd.flagsof", flagsOf, "readonly", 0, 0, 0) || !create(ctx, "cmd.name", name, "readonly", 0, 0, 0) ||
        !create(ctx, "cmd.results", showResults, "readonly", 0, 0, 0))
        return REDISMODULE_ERR;

    RedisModuleCommand *parent = create(ctx, "cmd.parent", NULL, "", 0, 0, 0);
    if (!parent || RedisModule_CreateSubcommand(parent, "Name", name, "readonly", 2, 2, 1) != REDISMODULE_OK) return REDISMODULE_ERR;
    RedisModuleCommand *sub = RedisModule_GetCommand(ctx, "cmd.parent|name");
    RedisModuleCommandInfo subInfo = {
        .version = REDISMODULE_COMMAND_INFO_VERSION, .summary = "Tells its name.", .arity = 3};
    if (!sub || RedisModule_SetCommandInfo(sub, &subInfo) != REDISMODULE_OK) return REDISMODULE_ERR;

    RedisModuleCommand *full = create(ctx, "cmd.full", simple, "write deny-oom", 1, 1, 1);
    errno = 0;
    badInfos(full);
    RedisModuleCommandInfo info = fullInfo();
    note(RedisModule_SetCommandInfo(full, &info));
    note(RedisModule_SetCommandInfo(full, &info));

    note(RedisModule_CreateSubcommand(parent, "name", simple, "", 0, 0, 0));
    note(RedisModule_CreateSubcommand(sub, "deeper", simple, "", 0, 0, 0));
    note(RedisModule_CreateSubcommand(full, "sub", simple, "", 0, 0, 0));
    note(RedisModule_CreateSubcommand(parent, "x", simple, "nonsense", 0, 0, 0));
    note(RedisModule_CreateCommand(ctx, "get", simple, "", 0, 0, 0));
    note(RedisModule_CreateCommand(ctx, "CMD.SIMPLE", simple, "", 0, 0, 0));
    note(RedisModule_CreateCommand(ctx, "cmd.x", simple, "readonly  fast", 0, 0, 0));
    note(RedisModule_GetCommand(ctx, "get") == NULL);
    note(RedisModule_GetCommand(ctx, "cmd.nosuch") == NULL);
    return REDISMODULE_OK;
}
