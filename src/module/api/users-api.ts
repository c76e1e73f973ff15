// Users, as far as modules must ask before they work. There is one user, `default`, who may do everything.

import { Args } from '../../protocol/args.ts';
import { type ApiFunction, api } from '../abi/api-table.ts';
import { HandleKind, HandleTable } from '../abi/handles.ts';
import { EINVAL, ENOENT, readPtrArray, setErrno } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import { currentHost, fail } from '../runtime.ts';

/** Flags of a key that permissions can be asked for: access, update, insert, delete. */
const KEY_PERMISSIONS = 16 | 32 | 64 | 128;

/** Users that modules hold, by name. */
const users = new HandleTable<string>(HandleKind.User);

export const userFunctions: ApiFunction[] = [
  api('7.0', 'RedisModuleUser *RedisModule_GetModuleUserFromUserName(RedisModuleString *name)', 0, (name: number) =>
    moduleStrings.text(name) === 'default' ? users.create('default') : 0,
  ),
  api('6.0', 'int RedisModule_FreeModuleUser(RedisModuleUser *user)', 1, (user: number) => {
    users.delete(user);
    return 0;
  }),
  api(
    '7.0',
    'int RedisModule_ACLCheckCommandPermissions(RedisModuleUser *user, RedisModuleString **argv, int argc)',
    1,
    (user: number, argv: number, argc: number) => {
      users.get(user);
      const args = Args.from(readPtrArray(argv, argc).map((handle) => moduleStrings.view(handle)));
      if (argc > 0 && currentHost().env.resolveCommand(args) !== null) return 0;
      setErrno(ENOENT);
      return fail('there is no such command');
    },
  ),
  api(
    '7.0',
    'int RedisModule_ACLCheckKeyPermissions(RedisModuleUser *user, RedisModuleString *key, int flags)',
    1,
    (user: number, key: number, flags: number) => {
      users.get(user);
      moduleStrings.index(key);
      if (flags !== 0 && (flags & ~KEY_PERMISSIONS) === 0) return 0;
      setErrno(EINVAL);
      return fail('the flags are not what permissions can be asked for');
    },
  ),
  api(
    '7.0',
    'int RedisModule_ACLCheckChannelPermissions(RedisModuleUser *user, RedisModuleString *ch, int literal)',
    1,
    (user: number, channel: number) => {
      users.get(user);
      moduleStrings.index(channel);
      return 0;
    },
  ),
];
