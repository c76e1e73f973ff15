/** CLIENT ID, INFO, LIST and KILL. */
import { CLIENT_CLOSE_AFTER_REPLY, CLIENT_PUBSUB, type CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { integerOrReply, rangeOrReply } from '../parse.ts';
import type { CommandFlag, CommandSpec } from '../spec.ts';
import { textUntilNul } from './client-name.ts';

type ClientType = 'normal' | 'replica' | 'pubsub' | 'master';

const TYPES: Readonly<Record<string, ClientType>> = {
  normal: 'normal',
  replica: 'replica',
  slave: 'replica',
  pubsub: 'pubsub',
  master: 'master',
};

function typeOf(c: CommandClient): ClientType {
  return c.flags & CLIENT_PUBSUB ? 'pubsub' : 'normal';
}

/** Argument i as a client type; null after an error reply. */
function typeOrReply(c: CommandClient, i: number): ClientType | null {
  const given = textUntilNul(c.args.latin1(i));
  const type = Object.hasOwn(TYPES, given.toLowerCase()) ? TYPES[given.toLowerCase()]! : null;
  if (type === null) c.out.error(`ERR Unknown client type '${given}'`);
  return type;
}

function id(c: CommandClient): void {
  c.out.integer(c.id);
}

function info(c: CommandClient): void {
  c.out.verbatim('txt', `${c.describe()}\n`);
}

function list(c: CommandClient): void {
  const { args, out, server } = c;
  let chosen: Iterable<CommandClient>;
  if (args.argc === 4 && args.is(2, 'type')) {
    const type = typeOrReply(c, 3);
    if (type === null) return;
    chosen = [...server.connections.clients.values()].filter((each) => typeOf(each) === type);
  } else if (args.argc > 3 && args.is(2, 'id')) {
    const found: CommandClient[] = [];
    for (let i = 3; i < args.argc; i++) {
      const wanted = integerOrReply(c, i, 'ERR Invalid client ID');
      if (Number.isNaN(wanted)) return;
      const client = server.connections.clients.get(wanted);
      if (client !== undefined) found.push(client);
    }
    chosen = found;
  } else if (args.argc !== 2) return out.error(SYNTAX_ERROR);
  else chosen = server.connections.clients.values();
  let text = '';
  for (const each of chosen) text += `${each.describe()}\n`;
  out.verbatim('txt', text);
}

/** Which clients to kill; null: any. */
interface KillFilter {
  id: number | null;
  address: string | null;
  localAddress: string | null;
  type: ClientType | null;
  user: string | null;
  minAgeSeconds: number;
  skipMe: boolean;
}

/** Reads one option of CLIENT KILL and its value; false after an error reply. */
function parseKillOption(c: CommandClient, i: number, filter: KillFilter): boolean {
  const { args, out } = c;
  if (i + 1 >= args.argc) {
    out.error(SYNTAX_ERROR);
    return false;
  }
  if (args.is(i, 'id')) {
    filter.id = rangeOrReply(c, i + 1, 1, Number.POSITIVE_INFINITY, 'ERR client-id should be greater than 0');
    return !Number.isNaN(filter.id);
  }
  if (args.is(i, 'maxage')) {
    const age = integerOrReply(c, i + 1, 'ERR maxage is not an integer or out of range');
    if (age <= 0) out.error('ERR maxage should be greater than 0');
    filter.minAgeSeconds = age;
    return age > 0;
  }
  if (args.is(i, 'type')) {
    filter.type = typeOrReply(c, i + 1);
    return filter.type !== null;
  }
  if (args.is(i, 'user')) {
    const user = args.latin1(i + 1);
    filter.user = user;
    if (c.server.acl.users.get(user) !== undefined) return true;
    out.error(`ERR No such user '${textUntilNul(user)}'`);
    return false;
  }
  if (args.is(i, 'addr')) filter.address = textUntilNul(args.latin1(i + 1));
  else if (args.is(i, 'laddr')) filter.localAddress = textUntilNul(args.latin1(i + 1));
  else if (args.is(i, 'skipme') && args.is(i + 1, 'yes')) filter.skipMe = true;
  else if (args.is(i, 'skipme') && args.is(i + 1, 'no')) filter.skipMe = false;
  else {
    out.error(SYNTAX_ERROR);
    return false;
  }
  return true;
}

function kill(c: CommandClient): void {
  const { args, out } = c;
  const filter: KillFilter = {
    id: null,
    address: null,
    localAddress: null,
    type: null,
    user: null,
    minAgeSeconds: 0,
    skipMe: true,
  };
  const oldForm = args.argc === 3;
  if (oldForm) {
    filter.address = textUntilNul(args.latin1(2));
    filter.skipMe = false;
  } else for (let i = 2; i < args.argc; i += 2) if (!parseKillOption(c, i, filter)) return;
  const killed = killMatching(c, filter);
  if (!oldForm) out.integer(killed);
  else if (killed > 0) out.ok();
  else out.error('ERR No such client');
}

function killMatching(c: CommandClient, filter: KillFilter): number {
  const { server } = c;
  let killed = 0;
  for (const client of [...server.connections.clients.values()]) {
    if (filter.address !== null && client.conn?.remoteAddress !== filter.address) continue;
    if (filter.localAddress !== null && client.conn?.localAddress !== filter.localAddress) continue;
    if (filter.type !== null && typeOf(client) !== filter.type) continue;
    if (filter.id !== null && client.id !== filter.id) continue;
    if (filter.user !== null && client.user !== filter.user) continue;
    if (client === c && filter.skipMe) continue;
    if (Math.floor((server.nowMs - client.createdMs) / 1000) < filter.minAgeSeconds) continue;
    killed++;
    // Our own reply goes out first; a client whose command calls this one is still in use.
    if (client === c) c.flags |= CLIENT_CLOSE_AFTER_REPLY;
    else if (c.conn === null) server.connections.closeAsap(client);
    else server.connections.close(client);
  }
  return killed;
}

const FLAGS: readonly CommandFlag[] = ['noscript', 'loading', 'stale', 'sentinel'];
const ADMIN_FLAGS: readonly CommandFlag[] = ['admin', ...FLAGS];
const TIPS = ['nondeterministic_output'];

export const clientListCommands: readonly CommandSpec[] = [
  { name: 'id', arity: 2, flags: FLAGS, categories: ['connection'], proc: id },
  { name: 'info', arity: 2, flags: FLAGS, categories: ['connection'], tips: TIPS, proc: info },
  { name: 'list', arity: -2, flags: ADMIN_FLAGS, categories: ['connection'], tips: TIPS, proc: list },
  { name: 'kill', arity: -3, flags: ADMIN_FLAGS, categories: ['connection'], proc: kill },
];
