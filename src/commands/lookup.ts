/** The key in an argument, looked up as most commands do. */
import type { Client } from '../server/clients/client.ts';

/** Entry of the key in argument i for reading, 0 when there is none. `flags`: LOOKUP_ bits of keyspace.ts. */
export function readKey(c: Client, i: number, flags = 0): number {
  const { args } = c;
  return c.server.keyspace.lookupRead(c.db, args.buf, args.off[i]!, args.len[i]!, flags);
}

/** Entry of the key in argument i for writing, 0 when there is none. */
export function writeKey(c: Client, i: number): number {
  const { args } = c;
  return c.server.keyspace.lookupWrite(c.db, args.buf, args.off[i]!, args.len[i]!);
}
