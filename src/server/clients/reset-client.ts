/** RESET. */
import { CLIENT_NO_TOUCH, CLIENT_REPLY_OFF, CLIENT_REPLY_SKIP_NEXT } from '../../commands/command-client.ts';
import { resetAuthentication } from '../acl/authentication.ts';
import type { Client } from './client.ts';

/** Makes the client what it was right after it connected; its library's name stays. */
export function resetClient(c: Client): void {
  const { server } = c;
  server.monitors.remove(c);
  server.transactions.discard(c);
  server.pubsub.unsubscribeAll(c);
  c.selectDb(0);
  c.resp = 2;
  resetAuthentication(server, c);
  c.name = '';
  c.flags &= ~(CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP_NEXT | CLIENT_NO_TOUCH);
  c.exemptFromEviction(false);
  for (const fn of server.hooks.clientReset) fn(c);
}
