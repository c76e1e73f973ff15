/** Authentication of clients, and the user of a client that has just connected. */
import { SUPERUSER } from '../../acl/user.ts';
import type { Server } from '../server.ts';
import { CLIENT_MULTI, type Client } from './client.ts';

/**
 * Lets the client in when user and password fit. A refusal is logged and counted and changes nothing in the client.
 *
 * @param name the user's, a byte string
 */
export function authenticate({ acl }: Server, c: Client, name: string, password: Uint8Array): boolean {
  const user = acl.users.get(name);
  if (user?.accepts(password) !== true) {
    const context = c.flags & CLIENT_MULTI ? 'multi' : 'toplevel';
    acl.note(c, { reason: 'auth', context, object: c.args.latin1(0), username: name });
    return false;
  }
  c.aclUser = user;
  c.authenticated = true;
  c.parser.restricted = false;
  return true;
}

/** The state of a client that has just connected: the default user, let in when that user needs no password. */
export function resetAuthentication({ acl, settings }: Server, c: Client): void {
  const internal = c.conn === null;
  c.aclUser = internal ? SUPERUSER : acl.users.default;
  c.authenticated = internal || !settings.authRequired;
  c.parser.restricted = !c.authenticated;
}
