/** Authentication of clients. There is one user, `default`, whose password is `requirepass`. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Server } from '../server.ts';
import type { Client } from './client.ts';

/**
 * Lets the client in when user and password fit; without `requirepass` any password of the default user does. A refusal
 * is counted and changes nothing in the client.
 *
 * @param user a byte string
 */
export function authenticate(server: Server, c: Client, user: string, password: Uint8Array): boolean {
  const known = user === 'default';
  if (!known || (server.settings.authRequired && !passwordMatches(server.config.byteString('requirepass'), password))) {
    server.stats.aclDeniedAuth++;
    return false;
  }
  c.user = user;
  c.authenticated = true;
  c.parser.restricted = false;
  return true;
}

/** The state of a client that has just connected: the default user, let in when that user needs no password. */
export function resetAuthentication(server: Server, c: Client): void {
  c.user = 'default';
  c.authenticated = !server.settings.authRequired || c.conn === null;
  c.parser.restricted = !c.authenticated;
}

/** Compares digests, so that the time taken says nothing about the password. */
function passwordMatches(expected: string, given: Uint8Array): boolean {
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
  return timingSafeEqual(digest(Buffer.from(expected, 'latin1')), digest(given));
}
