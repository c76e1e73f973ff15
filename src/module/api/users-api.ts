// Users: those of the server and those that modules make, what they may do, and what was denied to them.

import type { DeniedWhat } from '../../acl/acl-log.ts';
import { KEY_READ, KEY_WRITE } from '../../acl/key-plan.ts';
import type { User } from '../../acl/user.ts';
import { splitArgs } from '../../config/text.ts';
import { Args } from '../../protocol/args.ts';
import { type ApiFunction, api } from '../abi/api-table.ts';
import { contextAt } from '../abi/contexts.ts';
import { HandleKind, HandleTable } from '../abi/handles.ts';
import { EINVAL, ENOENT, readLatin1, readPtrArray, setErrno, writePtr } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import type { Module } from '../module.ts';
import { currentHost, fail, runtime } from '../runtime.ts';
import { newString } from './context-api.ts';

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

/** A user that a module holds. */
interface ModuleUser {
  readonly user: User;
  /** The module that has made it; null for one of the server's. */
  readonly maker: Module | null;
}

export const moduleUsers: HandleTable<ModuleUser> = new HandleTable<ModuleUser>(HandleKind.User);

function refuse(errno: number, why: string): 1 {
  setErrno(errno);
  return fail(why);
}

function byteString(handle: number): string {
  return Buffer.from(moduleStrings.view(handle)).toString('latin1');
}

/** REDISMODULE_ACL_LOG_ by number. */
const REASONS: readonly DeniedWhat[] = ['auth', 'command', 'key', 'channel'];

function note(ctx: number, username: string, object: number, reason: number): void {
  const { client, host } = contextAt(ctx);
  const what = REASONS[reason];
  if (what !== undefined) host.env.access.noteDenied(client, what, byteString(object), username);
}

export const userFunctions: ApiFunction[] = [
  api('6.0', 'RedisModuleUser *RedisModule_CreateModuleUser(const char *name)', 0, (nameAddr: number) => {
    const maker = runtime.current?.module ?? null;
    const handle = moduleUsers.create({ user: currentHost().env.access.users.create(readLatin1(nameAddr)), maker });
    maker?.onUnload(() => {
      if (moduleUsers.find(handle) !== undefined) moduleUsers.delete(handle);
    });
    return handle;
  }),
  api('7.0', 'RedisModuleUser *RedisModule_GetModuleUserFromUserName(RedisModuleString *name)', 0, (name: number) => {
    const user = currentHost().env.access.users.get(byteString(name));
    return user === undefined ? 0 : moduleUsers.create({ user, maker: null });
  }),
  api('6.0', 'int RedisModule_FreeModuleUser(RedisModuleUser *user)', 1, (handle: number) => {
    const { user, maker } = moduleUsers.get(handle);
    moduleUsers.delete(handle);
    if (maker !== null) currentHost().env.access.closeClientsOf(user);
    return 0;
  }),
  api(
    '6.0',
    'int RedisModule_SetModuleUserACL(RedisModuleUser *user, const char* acl)',
    1,
    (handle: number, acl: number) => {
      const wrong = currentHost().env.access.setRules(moduleUsers.get(handle).user, [readLatin1(acl)]);
      return wrong === null ? 0 : fail(wrong);
    },
  ),
  api(
    '7.2',
    'int RedisModule_SetModuleUserACLString(RedisModuleCtx * ctx, RedisModuleUser *user, const char* acl, RedisModuleString **error)',
    1,
    (ctx: number, handle: number, acl: number, errorAddr: number) => {
      const { user } = moduleUsers.get(handle);
      const wrong = currentHost().env.access.setRules(user, splitArgs(readLatin1(acl)) ?? []);
      if (wrong === null) return 0;
      if (errorAddr !== 0) writePtr(errorAddr, newString(ctx, wrong));
      return fail(wrong);
    },
  ),
  api('7.2', 'RedisModuleString *RedisModule_GetModuleUserACLString(RedisModuleUser *user)', 0, (handle: number) =>
    newString(0, moduleUsers.get(handle).user.describe()),
  ),
  api(
    '7.2',
    'void RedisModule_SetContextUser(RedisModuleCtx *ctx, const RedisModuleUser *user)',
    undefined,
    (ctx: number, handle: number) => {
      contextAt(ctx).user = handle === 0 ? null : moduleUsers.get(handle).user;
    },
  ),
  api(
    '7.0',
    'void RedisModule_ACLAddLogEntry(RedisModuleCtx *ctx, RedisModuleUser *user, RedisModuleString *object, RedisModuleACLLogEntryReason reason)',
    undefined,
    (ctx: number, handle: number, object: number, reason: number) =>
      note(ctx, moduleUsers.get(handle).user.name, object, reason),
  ),
  api(
    '7.2',
    'void RedisModule_ACLAddLogEntryByUserName(RedisModuleCtx *ctx, RedisModuleString *user, RedisModuleString *object, RedisModuleACLLogEntryReason reason)',
    undefined,
    (ctx: number, user: number, object: number, reason: number) => note(ctx, byteString(user), object, reason),
  ),
  api(
    '7.0',
    'int RedisModule_ACLCheckCommandPermissions(RedisModuleUser *user, RedisModuleString **argv, int argc)',
    1,
    (handle: number, argv: number, argc: number) => {
      const user = moduleUsers.get(handle).user;
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
      const user = moduleUsers.get(handle).user;
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
      const user = moduleUsers.get(handle).user;
      const name = moduleStrings.view(channel);
      if ((flags & ~CHANNEL_PERMISSIONS) !== 0) return refuse(EINVAL, BAD_FLAGS);
      // Whoever may not listen may still stop listening.
      if (flags & CHANNEL_UNSUBSCRIBE || user.allowsChannel(name, (flags & CHANNEL_PATTERN) !== 0)) return 0;
      // Redis leaves errno alone here, whatever its documentation says.
      return fail('the user may not use that channel');
    },
  ),
];
