// Users: what the server's users may do, asked by modules before they work on a user's behalf.

import { KEY_READ, KEY_WRITE } from '../../acl/key-plan.ts';
import type { User } from '../../acl/user.ts';
import { Args } from '../../protocol/args.ts';
import { type ApiFunction, api } from '../abi/api-table.ts';
import { HandleKind, HandleTable } from '../abi/handles.ts';
import { EINVAL, ENOENT, readPtrArray, setErrno } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import { currentHost, fail } from '../runtime.ts';

const EACCES = 13;
// Flags of a key that permissions can be asked for.
const KEY_ACCESS = 16;
const KEY_CHANGES = 32 | 64 | 128;
const KEY_PERMISSIONS = KEY_ACCESS | KEY_CHANGES;
// Flags of a channel.
const CHANNEL_PATTERN = 1;
const CHANNEL_UNSUBSCRIBE = 8;
const CHANNEL_PERMISSIONS = CHANNEL_PATTERN | 2 | 4 | CHANNEL_UNSUBSCRIBE;
const BAD_FLAGS = 'the flags are not what permissions can be asked for';

/** Users that modules hold. */
const users = new HandleTable<User>(HandleKind.User);

function refuse(errno: number, why: string): 1 {
  setErrno(errno);
  return fail(why);
}

export const userFunctions: ApiFunction[] = [
  api('7.0', 'RedisModuleUser *RedisModule_GetModuleUserFromUserName(RedisModuleString *name)', 0, (name: number) => {
    const user = currentHost().env.users.get(moduleStrings.text(name));
    return user === undefined ? 0 : users.create(user);
  }),
  api('6.0', 'int RedisModule_FreeModuleUser(RedisModuleUser *user)', 1, (user: number) => {
    users.delete(user);
    return 0;
  }),
  api(
    '7.0',
    'int RedisModule_ACLCheckCommandPermissions(RedisModuleUser *user, RedisModuleString **argv, int argc)',
    1,
    (handle: number, argv: number, argc: number) => {
      const user = users.get(handle);
      const args = Args.from(readPtrArray(argv, argc).map((string) => moduleStrings.view(string)));
      const command = argc > 0 ? currentHost().env.resolveCommand(args) : null;
      if (command === null) return refuse(ENOENT, 'there is no such command');
      return user.check(command, args) === 0 ? 0 : refuse(EACCES, 'the user may not run that command');
    },
  ),
  api(
    '7.0',
    'int RedisModule_ACLCheckKeyPermissions(RedisModuleUser *user, RedisModuleString *key, int flags)',
    1,
    (handle: number, key: number, flags: number) => {
      const user = users.get(handle);
      const bytes = moduleStrings.view(key);
      if ((flags & ~KEY_PERMISSIONS) !== 0) return refuse(EINVAL, BAD_FLAGS);
      const wanted = (flags & KEY_ACCESS ? KEY_READ : 0) | (flags & KEY_CHANGES ? KEY_WRITE : 0);
      if (user.allowsKey(bytes, 0, bytes.length, wanted)) return 0;
      return refuse(EACCES, 'the user may not use that key so');
    },
  ),
  api(
    '7.0',
    'int RedisModule_ACLCheckChannelPermissions(RedisModuleUser *user, RedisModuleString *ch, int literal)',
    1,
    // The header has another name for the flags than they deserve.
    (handle: number, channel: number, flags: number) => {
      const user = users.get(handle);
      const name = moduleStrings.view(channel);
      if ((flags & ~CHANNEL_PERMISSIONS) !== 0) return refuse(EINVAL, BAD_FLAGS);
      // Whoever may not listen may still stop listening.
      if (flags & CHANNEL_UNSUBSCRIBE || user.allowsChannel(name, (flags & CHANNEL_PATTERN) !== 0)) return 0;
      return refuse(EACCES, 'the user may not use that channel');
    },
  ),
];
