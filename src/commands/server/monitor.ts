/** MONITOR. */
import type { Client } from '../../server/clients/client.ts';
import { CLIENT_DENY_BLOCKING, CLIENT_INTERNAL } from '../client-flags.ts';
import type { CommandSpec } from '../spec.ts';

function monitor(c: Client): void {
  if (c.flags & (CLIENT_DENY_BLOCKING | CLIENT_INTERNAL)) {
    return c.out.error("ERR MONITOR isn't allowed for DENY BLOCKING client");
  }
  c.server.monitors.add(c);
  c.out.ok();
}

export const monitorCommands: readonly CommandSpec[] = [
  { name: 'monitor', arity: 1, flags: ['admin', 'noscript', 'loading', 'stale'], proc: monitor },
];
