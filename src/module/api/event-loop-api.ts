// The server's event loop, for modules.

import { type ApiFunction, api } from '../abi/api-table.ts';
import { bindCallback } from '../abi/callbacks.ts';
import { ContextKind } from '../abi/contexts.ts';
import { READABLE, WRITABLE } from '../event-loop.ts';
import { currentHost, runtime } from '../runtime.ts';
import { EINVAL, ENOTSUP, ERANGE, refuse } from '../typed-keys.ts';

const MAX_DESCRIPTOR = 1 << 20;
const BOTH = READABLE | WRITABLE;

/** What is wrong with a descriptor and mask; 0 when nothing is. */
function fault(fd: number, mask: number): number {
  if (fd < 0 || fd >= MAX_DESCRIPTOR) return ERANGE;
  return (mask & ~BOTH) !== 0 ? EINVAL : 0;
}

function add(fd: number, mask: number, func: number, userData: number | bigint): number {
  const wrong = func === 0 ? EINVAL : fault(fd, mask);
  if (wrong !== 0) return refuse(wrong, 'the descriptor, mask or function is not one that can be watched');
  const host = currentHost();
  const module = runtime.current?.module ?? null;
  if (module === null || !host.env.descriptors.available) {
    return refuse(ENOTSUP, 'descriptors are watched for a module that is being called, in the main thread');
  }
  const errno = host.eventLoop.add(module, fd, mask, func, userData);
  return errno === 0 ? 0 : refuse(errno, 'the system does not watch this descriptor');
}

function addOneShot(func: number, userData: number | bigint): number {
  if (func === 0) return refuse(EINVAL, 'the function is NULL');
  const host = currentHost();
  const module = runtime.current?.module ?? null;
  const call = bindCallback('void once(void *user_data)', func);
  host.env.blocking.soon(() => {
    if (module?.takenBack === true) return;
    if (module === null) call(userData);
    else host.callModule(module, ContextKind.Call, null, null, () => call(userData));
  });
  return 0;
}

export const eventLoop: ApiFunction[] = [
  api('7.0', 'int RedisModule_EventLoopAdd(int fd, int mask, RedisModuleEventLoopFunc func, void *user_data)', 1, add),
  api('7.0', 'int RedisModule_EventLoopDel(int fd, int mask)', 1, (fd: number, mask: number) => {
    const wrong = fault(fd, mask);
    if (wrong !== 0) return refuse(wrong, 'there is no such descriptor or mask');
    currentHost().eventLoop.remove(fd, mask);
    return 0;
  }),
  api(
    '7.0',
    'int RedisModule_EventLoopAddOneShot(RedisModuleEventLoopOneShotFunc func, void *user_data)',
    1,
    addOneShot,
  ),
];
