// Command filters.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { contextAt } from '../abi/contexts.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import { commandFilters, filteredCommands } from '../command-filters.ts';
import { fail } from '../runtime.ts';

const NO_SUCH_ARGUMENT = 'there is no such argument';

export const filters: ApiFunction[] = [
  api(
    '5.0',
    'RedisModuleCommandFilter *RedisModule_RegisterCommandFilter(RedisModuleCtx *ctx, RedisModuleCommandFilterFunc cb, int flags)',
    0,
    (ctx: number, callback: number, flags: number) => {
      const { host, module } = contextAt(ctx);
      if (module === null) return 0;
      return host.filters.add(module, callback, flags);
    },
  ),
  api(
    '5.0',
    'int RedisModule_UnregisterCommandFilter(RedisModuleCtx *ctx, RedisModuleCommandFilter *filter)',
    1,
    (ctx: number, handle: number) => {
      const { host, module } = contextAt(ctx);
      if (commandFilters.get(handle).module !== module) return fail('the filter is of another module');
      host.filters.remove(handle);
      return 0;
    },
  ),
  api(
    '5.0',
    'int RedisModule_CommandFilterArgsCount(RedisModuleCommandFilterCtx *fctx)',
    0,
    (handle: number) => filteredCommands.get(handle).argc,
  ),
  api(
    '5.0',
    'RedisModuleString *RedisModule_CommandFilterArgGet(RedisModuleCommandFilterCtx *fctx, int pos)',
    0,
    (handle: number, position: number) => filteredCommands.get(handle).get(position),
  ),
  api(
    '5.0',
    'int RedisModule_CommandFilterArgInsert(RedisModuleCommandFilterCtx *fctx, int pos, RedisModuleString *arg)',
    1,
    (handle: number, position: number, arg: number) => {
      const command = filteredCommands.get(handle);
      moduleStrings.index(arg);
      return command.insert(position, arg) ? 0 : fail(NO_SUCH_ARGUMENT);
    },
  ),
  api(
    '5.0',
    'int RedisModule_CommandFilterArgReplace(RedisModuleCommandFilterCtx *fctx, int pos, RedisModuleString *arg)',
    1,
    (handle: number, position: number, arg: number) => {
      const command = filteredCommands.get(handle);
      moduleStrings.index(arg);
      return command.replace(position, arg) ? 0 : fail(NO_SUCH_ARGUMENT);
    },
  ),
  api(
    '5.0',
    'int RedisModule_CommandFilterArgDelete(RedisModuleCommandFilterCtx *fctx, int pos)',
    1,
    (handle: number, position: number) =>
      filteredCommands.get(handle).delete(position) ? 0 : fail('there is no such argument, or it is the last one'),
  ),
  api(
    '7.2',
    'unsigned long long RedisModule_CommandFilterGetClientId(RedisModuleCommandFilterCtx *fctx)',
    0,
    (handle: number) => filteredCommands.get(handle).client.id,
  ),
];
