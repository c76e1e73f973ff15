// Children with a copy of all memory: only where the native shim is used, since no JavaScript can run in them. Without it
// RM_Fork fails as it does where the system makes no process.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { MisuseError } from '../abi/handles.ts';
import { forked, killForkChild } from '../fork-child.ts';
import { currentHost, fail, runtime } from '../runtime.ts';

const OWN = { shim: true } as const;

export const forks: ApiFunction[] = [
  api(
    '6.0',
    'int RedisModule_Fork(RedisModuleForkDoneHandler cb, void *user_data)',
    -1,
    () => {
      fail('there is no native shim');
      return -1;
    },
    {
      ...OWN,
      filled: api(
        '6.0',
        'void RedisModule_ForkMade(void *done, void *user_data, int pid, long long us)',
        undefined,
        (done: number, data: number | bigint, pid: number, us: number | bigint) =>
          forked(currentHost(), runtime.current?.module ?? null, pid, done, data, Number(us)),
      ),
    },
  ),
  api(
    '6.2',
    'void RedisModule_SendChildHeartbeat(double progress)',
    undefined,
    () => {
      throw new MisuseError('a call outside of a fork child');
    },
    OWN,
  ),
  api(
    '6.0',
    'int RedisModule_ExitFromChild(int retcode)',
    1,
    () => {
      throw new MisuseError('a call outside of a fork child');
    },
    OWN,
  ),
  api('6.0', 'int RedisModule_KillForkChild(int child_pid)', 1, (pid: number) =>
    killForkChild(pid) ? 0 : fail('there is no such child'),
  ),
];
