import { afterEach, describe, expect, it } from 'vitest';
import { compilerAvailable } from '../../../test/support/availability.ts';
import { FakeEnv } from '../../../test/support/module-env.ts';
import { compileSource } from '../../../test/support/modules.ts';
import { Args } from '../../protocol/args.ts';
import { ModuleHost } from '../host.ts';
import { parseCommandFlags } from './commands-api.ts';

const SOURCE = `
  #include "redismodule.h"
  #include <string.h>
  static int run(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    if (RedisModule_IsChannelsPositionRequest(ctx)) {
      for (int i = 1; i + 1 < argc; i += 2) {
        const char *word = RedisModule_StringPtrLen(argv[i], NULL);
        int flags = 0;
        if (strchr(word, 's')) flags |= REDISMODULE_CMD_CHANNEL_SUBSCRIBE;
        if (strchr(word, 'u')) flags |= REDISMODULE_CMD_CHANNEL_UNSUBSCRIBE;
        if (strchr(word, 'p')) flags |= REDISMODULE_CMD_CHANNEL_PUBLISH;
        if (strchr(word, '*')) flags |= REDISMODULE_CMD_CHANNEL_PATTERN;
        RedisModule_ChannelAtPosWithFlags(ctx, i + 1, flags);
        RedisModule_KeyAtPos(ctx, i + 1);
      }
      RedisModule_ChannelAtPosWithFlags(ctx, argc, 0);
      RedisModule_ChannelAtPosWithFlags(ctx, 0, 0);
      return REDISMODULE_OK;
    }
    return RedisModule_ReplyWithLongLong(ctx, RedisModule_IsKeysPositionRequest(ctx));
  }
  int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
    (void)argv; (void)argc;
    if (RedisModule_Init(ctx, "c", 1, REDISMODULE_APIVER_1) == REDISMODULE_ERR) return REDISMODULE_ERR;
    if (RedisModule_CreateCommand(ctx, "c.run", run, "pubsub getchannels-api", 0, 0, 0) != REDISMODULE_OK) return REDISMODULE_ERR;
    RedisModuleCommand *command = RedisModule_GetCommand(ctx, "C.RUN");
    if (RedisModule_SetCommandACLCategories(command, "write nosuch") == REDISMODULE_OK) return REDISMODULE_ERR;
    return RedisModule_SetCommandACLCategories(command, "Write pubsub");
  }`;

const hosts: ModuleHost[] = [];
afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
});

it('words of a flags string', () => {
  expect(parseCommandFlags('write deny-oom')).toMatchObject({ flags: ['module', 'write', 'denyoom'] });
  expect(parseCommandFlags('')).toMatchObject({ flags: ['module'] });
  expect(parseCommandFlags('READONLY random')).toMatchObject({ flags: ['module', 'readonly'] });
  expect(parseCommandFlags('readonly nonsense')).toBe('nonsense');
  expect(parseCommandFlags('readonly  fast')).toBe('');
});

describe.skipIf(!compilerAvailable())('a command', () => {
  it('names its channels and its categories', () => {
    const env = new FakeEnv();
    const host = new ModuleHost(env);
    hosts.push(host);
    expect(host.load(compileSource('channels', SOURCE)), env.logged.join('\n')).toBe(true);
    expect(env.logged).toContain('warning Unrecognized categories flag nosuch on module load');
    const spec = env.commands.get('c.run')!;
    expect(spec.categories).toEqual(['write', 'pubsub']);
    expect(spec.getKeys).toBe(undefined);
    expect(spec.getChannels!(Args.from(['c.run', 's', 'news', 'p*', 'x*', 'us', 'last']))).toEqual([
      { index: 2, flags: ['subscribe'] },
      { index: 4, flags: ['pattern', 'publish'] },
      { index: 6, flags: ['subscribe', 'unsubscribe'] },
    ]);
    expect(env.run(['c.run'])).toBe(':0\r\n');
  });
});
