/** MONITOR. */
import { CLIENT_DENY_BLOCKING, CLIENT_INTERNAL, type CommandClient } from '../command-client.ts';
import type { CommandSpec } from '../spec.ts';

function monitor(c: CommandClient): void {
  if (c.flags & (CLIENT_DENY_BLOCKING | CLIENT_INTERNAL)) {
    return c.out.error("ERR MONITOR isn't allowed for DENY BLOCKING client");
  }
  c.monitor();
  c.out.ok();
}

export const monitorCommands: readonly CommandSpec[] = [
  { name: 'monitor', arity: 1, flags: ['admin', 'noscript', 'loading', 'stale'], proc: monitor },
];
