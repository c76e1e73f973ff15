/* Users, logins and permissions, each function behind a command, for comparison with redis-server. */
#include "redismodule.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND(name) static int name(RedisModuleCtx *ctx, RedisModuleString **argv, int argc)

static RedisModuleUser *made;
static long long changes, freed;

static const char *text(RedisModuleString *s) {
    return RedisModule_StringPtrLen(s, NULL);
}

static int is(RedisModuleString *s, const char *word) {
    return strcmp(text(s), word) == 0;
}

static void changed(uint64_t id, void *privdata) {
    changes += id != 0 && privdata == &changes;
}

/* u.create NAME RULE...: how many rules were taken. */
COMMAND(create) {
    long long taken = 0;
    if (made) RedisModule_FreeModuleUser(made);
    made = RedisModule_CreateModuleUser(text(argv[1]));
    for (int i = 2; i < argc; i++) taken += RedisModule_SetModuleUserACL(made, text(argv[i])) == REDISMODULE_OK;
    return RedisModule_ReplyWithLongLong(ctx, taken);
}

COMMAND(drop) {
    RedisModule_FreeModuleUser(made);
    made = NULL;
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

/* u.login [NAME]: as the module's user, or one of the server's. */
COMMAND(login) {
    uint64_t id = 0;
    size_t length = 0;
    const char *name = argc > 1 ? RedisModule_StringPtrLen(argv[1], &length) : NULL;
    int result = name ? RedisModule_AuthenticateClientWithACLUser(ctx, name, length, changed, &changes, &id)
                      : RedisModule_AuthenticateClientWithUser(ctx, made, changed, &changes, &id);
    if (result != REDISMODULE_OK) return RedisModule_ReplyWithError(ctx, "ERR not logged in");
    return RedisModule_ReplyWithSimpleString(ctx, id == RedisModule_GetClientId(ctx) ? "OK" : "another client");
}

COMMAND(logout) {
    long long id;
    RedisModule_StringToLongLong(argv[1], &id);
    return RedisModule_ReplyWithLongLong(ctx, RedisModule_DeauthenticateAndCloseClient(ctx, id));
}

COMMAND(counts) {
    RedisModule_ReplyWithArray(ctx, 2);
    RedisModule_ReplyWithLongLong(ctx, changes);
    RedisModule_ReplyWithLongLong(ctx, freed);
    return changes = freed = 0;
}

COMMAND(whoami) {
    RedisModuleString *name = RedisModule_GetCurrentUserName(ctx);
    RedisModule_ReplyWithString(ctx, name);
    RedisModule_FreeString(ctx, name);
    return REDISMODULE_OK;
}

/* u.call FORMAT [made] COMMAND ARG...: the reply, or errno when there is none; `made`: as the module's user. */
COMMAND(call) {
    int from = 2;
    if (argc > 2 && is(argv[2], "made")) {
        RedisModule_SetContextUser(ctx, made);
        from++;
    }
    char format[64];
    strcpy(format, text(argv[1]));
    strcat(format, "v");
    errno = 0;
    RedisModuleCallReply *reply =
        RedisModule_Call(ctx, text(argv[from]), format, argv + from + 1, (size_t)(argc - from - 1));
    if (!reply) return RedisModule_ReplyWithLongLong(ctx, errno);
    RedisModule_ReplyWithCallReply(ctx, reply);
    RedisModule_FreeCallReply(reply);
    return REDISMODULE_OK;
}

/* u.check USER command|key|channel ...: the result and errno. */
COMMAND(check) {
    RedisModuleUser *user = RedisModule_GetModuleUserFromUserName(argv[1]);
    if (!user) return RedisModule_ReplyWithError(ctx, "ERR no such user");
    long long flags = 0;
    int result;
    if (argc > 4) RedisModule_StringToLongLong(argv[4], &flags);
    errno = 0;
    if (is(argv[2], "command")) result = RedisModule_ACLCheckCommandPermissions(user, argv + 3, argc - 3);
    else if (is(argv[2], "key")) result = RedisModule_ACLCheckKeyPermissions(user, argv[3], (int)flags);
    else result = RedisModule_ACLCheckChannelPermissions(user, argv[3], (int)flags);
    RedisModule_ReplyWithArray(ctx, 2);
    RedisModule_ReplyWithLongLong(ctx, result);
    RedisModule_ReplyWithLongLong(ctx, errno);
    RedisModule_FreeModuleUser(user);
    return REDISMODULE_OK;
}

/* u.log USER OBJECT REASON */
COMMAND(note) {
    long long reason;
    RedisModule_StringToLongLong(argv[3], &reason);
    RedisModuleUser *user = RedisModule_GetModuleUserFromUserName(argv[1]);
    RedisModule_ACLAddLogEntry(ctx, user, argv[2], (RedisModuleACLLogEntryReason)reason);
    RedisModule_FreeModuleUser(user);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

/* u.rules [RULES]: sets rules of the module's user; what they are then, or the error. */
COMMAND(rules) {
    RedisModuleString *error = NULL;
    if (argc > 1 && RedisModule_SetModuleUserACLString(ctx, made, text(argv[1]), &error) != REDISMODULE_OK) {
        RedisModule_ReplyWithString(ctx, error);
        RedisModule_FreeString(ctx, error);
        return REDISMODULE_OK;
    }
    RedisModuleString *now = RedisModule_GetModuleUserACLString(made);
    RedisModule_ReplyWithString(ctx, now);
    RedisModule_FreeString(ctx, now);
    return REDISMODULE_OK;
}

static void freePrivdata(RedisModuleCtx *ctx, void *privdata) {
    (void)ctx;
    freed++;
    free(privdata);
}

static int fail(RedisModuleString **err, const char *why) {
    *err = RedisModule_CreateString(NULL, why, strlen(why));
    return REDISMODULE_AUTH_HANDLED;
}

/* What the password says is done: yes, no, silent, code, pass on, or later with the rest. */
static int decide(RedisModuleCtx *ctx, RedisModuleString *name, const char *word, RedisModuleString **err) {
    size_t length;
    const char *user = RedisModule_StringPtrLen(name, &length);
    if (strcmp(word, "yes") == 0) {
        if (RedisModule_AuthenticateClientWithACLUser(ctx, user, length, NULL, NULL, NULL) == REDISMODULE_OK)
            return REDISMODULE_AUTH_HANDLED;
        return fail(err, "no such user");
    }
    if (strcmp(word, "no") == 0) return fail(err, "denied by the module");
    if (strcmp(word, "code") == 0) return fail(err, "-MYCODE denied by the module");
    if (strcmp(word, "silent") == 0) return REDISMODULE_AUTH_HANDLED;
    return REDISMODULE_AUTH_NOT_HANDLED;
}

static int replyLater(RedisModuleCtx *ctx, RedisModuleString *name, RedisModuleString *password,
                      RedisModuleString **err) {
    (void)password;
    return decide(ctx, name, RedisModule_GetBlockedClientPrivateData(ctx), err);
}

static void *background(void *arg) {
    void **work = arg;
    usleep(1000);
    if (strcmp(work[1], "abort") == 0) {
        free(work[1]);
        RedisModule_AbortBlock(work[0]);
    } else RedisModule_UnblockClient(work[0], work[1]);
    free(work);
    return NULL;
}

static int ask(RedisModuleCtx *ctx, RedisModuleString *name, RedisModuleString *password, RedisModuleString **err) {
    const char *word = text(password);
    if (strncmp(word, "later ", 6) != 0) return decide(ctx, name, word, err);
    void **work = malloc(2 * sizeof(void *));
    work[0] = RedisModule_BlockClientOnAuth(ctx, replyLater, freePrivdata);
    work[1] = strdup(word + 6);
    pthread_t thread;
    pthread_create(&thread, NULL, background, work);
    pthread_detach(thread);
    return REDISMODULE_AUTH_HANDLED;
}

/* The one that is registered last is asked first: passes all on, but what it is asked for by name. */
static int askFirst(RedisModuleCtx *ctx, RedisModuleString *name, RedisModuleString *password, RedisModuleString **err) {
    (void)ctx;
    (void)password;
    return is(name, "first") ? fail(err, "denied by the first") : REDISMODULE_AUTH_NOT_HANDLED;
}

COMMAND(authenticators) {
    (void)argv;
    (void)argc;
    RedisModule_RegisterAuthCallback(ctx, ask);
    RedisModule_RegisterAuthCallback(ctx, askFirst);
    return RedisModule_ReplyWithSimpleString(ctx, "OK");
}

int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv;
    (void)argc;
    if (RedisModule_Init(ctx, "users", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    static const struct {
        const char *name;
        RedisModuleCmdFunc function;
    } commands[] = {{"u.create", create}, {"u.drop", drop},     {"u.login", login},   {"u.logout", logout},
                    {"u.counts", counts}, {"u.whoami", whoami}, {"u.call", call},     {"u.check", check},
                    {"u.log", note},      {"u.rules", rules},   {"u.authenticators", authenticators}};
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (RedisModule_CreateCommand(ctx, commands[i].name, commands[i].function, "", 0, 0, 0) == REDISMODULE_ERR)
            return REDISMODULE_ERR;
    }
    return REDISMODULE_OK;
}
