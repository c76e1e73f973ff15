// Functions that modules do not get: the native shim calls them in place of others, when it has answered a thread itself.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { measureEnd, measureStart } from '../blocked-handles.ts';
import { adoptContext } from './threads-api.ts';

export const forShim: ApiFunction[] = [
  api(
    '',
    'void RedisModule_GetThreadSafeContextAt(RedisModuleBlockedClient *bc, void *ctx)',
    undefined,
    (bc: number, addr: number) => adoptContext(bc, addr),
    { hidden: true },
  ),
  api(
    '',
    'void RedisModule_MeasureTimeStartAt(RedisModuleBlockedClient *bc, long long us)',
    undefined,
    (handle: number, us: number | bigint) => measureStart(handle, Number(us)),
    { hidden: true },
  ),
  api(
    '',
    'void RedisModule_MeasureTimeEndAt(RedisModuleBlockedClient *bc, long long us)',
    undefined,
    (handle: number, us: number | bigint) => {
      measureEnd(handle, Number(us));
    },
    { hidden: true },
  ),
];
