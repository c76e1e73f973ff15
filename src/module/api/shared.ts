// Functions that one module offers to others, by name.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { contextAt } from '../abi/contexts.ts';
import { readCString } from '../abi/native-memory.ts';
import { fail } from '../runtime.ts';

export const shared: ApiFunction[] = [
  api(
    '5.0',
    'int RedisModule_ExportSharedAPI(RedisModuleCtx *ctx, const char *apiname, void *func)',
    1,
    (ctx: number, nameAddr: number, func: number) => {
      const { module, host } = contextAt(ctx);
      if (module === null) return fail('there is no module yet');
      const name = readCString(nameAddr);
      if (host.sharedApis.has(name)) return fail('a function of this name is shared already');
      host.sharedApis.set(name, { module, address: func });
      module.onUnload(() => host.sharedApis.delete(name));
      return 0;
    },
  ),
  api(
    '5.0',
    'void *RedisModule_GetSharedAPI(RedisModuleCtx *ctx, const char *apiname)',
    0,
    (ctx: number, nameAddr: number) => {
      const { module, host } = contextAt(ctx);
      const found = host.sharedApis.get(readCString(nameAddr));
      if (found === undefined) return 0;
      const owner = found.module;
      if (module !== null && !owner.usedBy.has(module.name)) {
        owner.usedBy.add(module.name);
        module.using.add(owner.name);
        module.onUnload(() => owner.usedBy.delete(module.name));
      }
      return found.address;
    },
  ),
];
