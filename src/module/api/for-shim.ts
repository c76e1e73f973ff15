// Functions that modules do not get: the native shim calls them in place of others, when it has answered a thread itself.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { measureEnd, measureStart } from '../blocked-handles.ts';

export const forShim: ApiFunction[] = [
  api(
    '',
    'void RedisModule_MeasureTimeStartAt(RedisModuleBlockedClient *bc, int64_t us)',
    undefined,
    (handle: number, us: number | bigint) => measureStart(handle, Number(us)),
    { hidden: true },
  ),
  api(
    '',
    'void RedisModule_MeasureTimeEndAt(RedisModuleBlockedClient *bc, int64_t us)',
    undefined,
    (handle: number, us: number | bigint) => {
      measureEnd(handle, Number(us));
    },
    { hidden: true },
  ),
];
