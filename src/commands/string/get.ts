/** GET, MGET, STRLEN, GETDEL, GETEX. */
import { NOTIFY_GENERIC } from '../../config/notify.ts';
import { TYPE_STRING } from '../../store/entry-layout.ts';
import type { CommandClient } from '../command-client.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { OPT_EXAT, OPT_PERSIST, OPT_PXAT, OPT_TIME, optionTime, parseGetexOptions, timeIndex } from './options.ts';
import { deleteKey, isStringOrReply, replyValue } from './value.ts';

function get(c: CommandClient): void {
  replyValue(c, 1);
}

/** A key of another type is null here, not an error. */
function mget(c: CommandClient): void {
  const { args, out, db } = c;
  const { keyspace } = c.server;
  const { argc, buf } = args;
  out.array(argc - 1);
  for (let i = 1; i < argc; i++) {
    const e = keyspace.lookupRead(db, buf, args.off[i]!, args.len[i]!);
    if (e === 0 || db.type(e) !== TYPE_STRING) out.nullBulk();
    else out.bulk(db.u8(e), db.valOff(e), db.valLen(e));
  }
}

function strlen(c: CommandClient): void {
  const { args, db } = c;
  const e = c.server.keyspace.lookupRead(db, args.buf, args.off[1]!, args.len[1]!);
  if (isStringOrReply(c, e)) c.out.integer(e === 0 ? 0 : db.valLen(e));
}

function getdel(c: CommandClient): void {
  const { args, out, db } = c;
  const e = c.server.keyspace.lookupRead(db, args.buf, args.off[1]!, args.len[1]!);
  if (e === 0) return out.nullBulk();
  if (!isStringOrReply(c, e)) return;
  out.bulk(db.u8(e), db.valOff(e), db.valLen(e));
  deleteKey(c, e, 1);
}

/** The time is looked at only when there is a string to give it to. */
function getex(c: CommandClient): void {
  const { args, out, db, server } = c;
  const options = parseGetexOptions(c);
  if (options < 0) return;
  const e = server.keyspace.lookupRead(db, args.buf, args.off[1]!, args.len[1]!);
  if (e === 0) return out.nullBulk();
  if (!isStringOrReply(c, e)) return;
  let expireMs = 0;
  if (options & OPT_TIME) {
    expireMs = optionTime(c, timeIndex, options);
    if (Number.isNaN(expireMs)) return;
  }
  out.bulk(db.u8(e), db.valOff(e), db.valLen(e));
  if (options & (OPT_EXAT | OPT_PXAT) && expireMs <= server.nowMs) deleteKey(c, e, 1);
  else if (options & OPT_TIME) {
    db.setExpire(e, expireMs);
    c.modified(1);
    c.notify(NOTIFY_GENERIC, 'expire', 1);
    if (c.propagates) c.propagateAs('PEXPIREAT', args.borrowed(1), expireMs);
  } else if (options & OPT_PERSIST && db.removeExpire(e)) {
    c.modified(1);
    c.notify(NOTIFY_GENERIC, 'persist', 1);
    if (c.propagates) c.propagateAs('PERSIST', args.borrowed(1));
  }
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
    name: 'mget',
    arity: -2,
    flags: ['readonly', 'fast'],
    categories: ['string'],
    keySpecs: [keyRange(['RO', 'access'], 1, -1)],
    tips: ['request_policy:multi_shard'],
    proc: mget,
  },
  {
    name: 'strlen',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['string'],
    keySpecs: [keyRange(['RO'])],
    proc: strlen,
  },
  {
    name: 'getdel',
    arity: 2,
    flags: ['write', 'fast'],
    categories: ['string'],
    keySpecs: [keyRange(['RW', 'access', 'delete'])],
    proc: getdel,
  },
  {
    name: 'getex',
    arity: -2,
    flags: ['write', 'fast'],
    categories: ['string'],
    keySpecs: [
      {
        ...keyRange(['RW', 'access', 'update']),
        notes: 'RW and UPDATE because it changes the TTL',
      },
    ],
    proc: getex,
  },
];
