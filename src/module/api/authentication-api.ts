// Who clients are: logging them in and out, and being asked about logins.

import type { User } from '../../acl/user.ts';
import { type ApiFunction, api } from '../abi/api-table.ts';
import { bindCallback } from '../abi/callbacks.ts';
import { ContextKind, contextAt } from '../abi/contexts.ts';
import { MisuseError } from '../abi/handles.ts';
import { readBytes, toSize, toU64, writeI64 } from '../abi/native-memory.ts';
import { blockClient } from '../blocked-handles.ts';
import { attemptOf, registerAuthCallback } from '../module-authentication.ts';
import { currentHost, fail } from '../runtime.ts';
import { moduleUsers } from './users-api.ts';

const USER_CHANGED = 'void RedisModuleUserChangedFunc(uint64_t client_id, void *privdata)';

/** Makes a user that of the context's client. */
function logIn(ctx: number, user: User, callback: number, privateData: number | bigint, clientId: number): number {
  const { client, host, module } = contextAt(ctx);
  if (!user.enabled) return fail('the user is disabled');
  if (client === null || module === null) return fail('there is no client');
  let told: (() => void) | null = null;
  if (callback !== 0) {
    const func = bindCallback(USER_CHANGED, callback);
    const { id } = client;
    told = () => host.callModule(module, ContextKind.Call, null, null, () => void func(id, privateData));
    endWithModule(ctx);
  }
  if (!host.env.access.logIn(client, user, told, module)) return fail('the client has no connection');
  if (clientId !== 0) writeI64(clientId, client.id);
  return 0;
}

/** Modules whose clients are logged out with them. */
const owners = new WeakSet<object>();

/** Clients that a module is told of are nobody without it. */
function endWithModule(ctx: number): void {
  const { host, module } = contextAt(ctx);
  if (module === null || owners.has(module)) return;
  owners.add(module);
  const { access } = host.env;
  module.onUnload(() => access.logOutAllOf(module));
}

export const authentication: ApiFunction[] = [
  api(
    '6.0',
    'int RedisModule_AuthenticateClientWithUser(RedisModuleCtx *ctx, RedisModuleUser *user, RedisModuleUserChangedFunc callback, void *privdata, uint64_t *client_id)',
    1,
    (ctx: number, user: number, callback: number, privateData: number | bigint, clientId: number) =>
      logIn(ctx, moduleUsers.get(user).user, callback, privateData, clientId),
  ),
  api(
    '6.0',
    'int RedisModule_AuthenticateClientWithACLUser(RedisModuleCtx *ctx, const char *name, size_t len, RedisModuleUserChangedFunc callback, void *privdata, uint64_t *client_id)',
    1,
    (
      ctx: number,
      nameAddr: number,
      len: number | bigint,
      callback: number,
      privateData: number | bigint,
      clientId: number,
    ) => {
      const name = Buffer.from(readBytes(nameAddr, toSize(len))).toString('latin1');
      const user = contextAt(ctx).host.env.access.users.get(name);
      if (user === undefined) return fail('there is no user of this name');
      return logIn(ctx, user, callback, privateData, clientId);
    },
  ),
  api(
    '6.0',
    'int RedisModule_DeauthenticateAndCloseClient(RedisModuleCtx *ctx, uint64_t client_id)',
    1,
    (_ctx: number, id: number | bigint) => {
      const { env } = currentHost();
      const client = env.clientById(Number(toU64(id)));
      if (client === null) return fail('there is no client of this number');
      env.access.logOut(client);
      return 0;
    },
  ),
  api(
    '7.2',
    'void RedisModule_RegisterAuthCallback(RedisModuleCtx *ctx, RedisModuleAuthCallback cb)',
    undefined,
    (ctx: number, callback: number) => {
      const { module } = contextAt(ctx);
      if (module === null || callback === 0) throw new MisuseError('no function to ask about logins');
      registerAuthCallback(module, callback);
    },
  ),
  api(
    '7.2',
    'RedisModuleBlockedClient *RedisModule_BlockClientOnAuth(RedisModuleCtx *ctx, RedisModuleAuthCallback reply_callback, void (*free_privdata)(RedisModuleCtx*,void*))',
    0,
    (ctx: number, reply: number, freePrivateData: number) => {
      const context = contextAt(ctx);
      const { client } = context;
      const attempt = client === null ? null : attemptOf(client);
      if (client === null || attempt === null) throw new MisuseError('a context that is not asked about a login');
      if (context.host.env.blocking.isBlocked(client)) {
        throw new MisuseError('a client that is blocked already, or gone');
      }
      const bc = blockClient(context, client, { reply: 0, timeout: 0, freePrivateData }, 0);
      bc.login = attempt;
      attempt.waitFor(reply);
      return bc.handle;
    },
  ),
];
