/** GET and SET. */
import type { Client } from '../../server/client.ts';
import { TYPE_STRING } from '../../store/entry.ts';
import { type CommandSpec, keyRange } from '../types.ts';

function get(c: Client): void {
  const { args, out, db } = c;
  const e = c.server.keyspace.lookupRead(db, args.buf, args.off[1]!, args.len[1]!);
  if (e === 0) out.nullBulk();
  else if (db.type(e) !== TYPE_STRING) out.error('WRONGTYPE Operation against a key holding the wrong kind of value');
  else out.bulk(db.u8(e), db.valOff(e), db.valLen(e));
}

function set(c: Client): void {
  const { args, out, db } = c;
  db.setString(args.buf, args.off[1]!, args.len[1]!, args.buf, args.off[2]!, args.len[2]!, 0, false);
  c.modified(1);
  out.ok();
}

export const getCommands: readonly CommandSpec[] = [
  {
    name: 'get',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['string'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: get,
  },
  {
    name: 'set',
    arity: -3,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keySpecs: [keyRange(['RW', 'access', 'update', 'variable_flags'])],
    proc: set,
  },
];
