// What RedisModule_Init calls, and the module's own attributes.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { contextAt } from '../abi/contexts.ts';
import { readCString } from '../abi/native-memory.ts';
import { currentHost, runtime } from '../runtime.ts';

export const init: ApiFunction[] = [
  api('4.0', 'int RedisModule_IsModuleNameBusy(const char *name)', 1, (nameAddr: number) => {
    const name = readCString(nameAddr);
    if (currentHost().find(name) === undefined) return 0;
    if (runtime.report !== null) runtime.report.busyName = name;
    return 1;
  }),

  api(
    '4.0',
    'void RedisModule_SetModuleAttribs(RedisModuleCtx *ctx, const char *name, int ver, int apiver)',
    undefined,
    (ctx: number, name: number, ver: number, apiver: number) => {
      const { module } = contextAt(ctx);
      // Redis, too, lets only the first call count.
      if (module === null || module.name !== '') return;
      module.name = readCString(name);
      module.activityNumber = module.host.contexts.activity.number(module.name);
      module.version = ver;
      module.apiVersion = apiver;
      // Here, because a module that calls what it did not get takes the process down, and this is the last line then.
      const missing = runtime.report?.missing.join(', ') ?? '';
      if (missing !== '') {
        const line = `Module ${module.path}: it asked for functions that are not available: ${missing}`;
        module.host.env.log('notice', line);
      }
    },
  ),

  api(
    '6.0',
    'void RedisModule_SetModuleOptions(RedisModuleCtx *ctx, int options)',
    undefined,
    (ctx: number, options: number) => {
      const { module } = contextAt(ctx);
      if (module !== null) module.options = options;
    },
  ),
];
