/** AUTH and HELLO. */
import { DEFAULT_USER } from '../../acl/users.ts';
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { integerOrReply } from '../parse.ts';
import type { CommandFlag, CommandSpec } from '../spec.ts';
import { BAD_CLIENT_NAME, isPrintable, textUntilNul } from './client-name.ts';

const NO_PASSWORD =
  'ERR AUTH <password> called without any password configured for the default user. ' +
  'Are you sure your configuration is correct?';
const HELLO_BEFORE_AUTH =
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> ' +
  'option can be used to authenticate the client and select the RESP protocol version at the same time';

function auth(c: CommandClient): void {
  const { args, out, server } = c;
  // Whatever is wrong with them, any of these may be the password.
  for (let i = 1; i < args.argc; i++) c.redact(i);
  if (args.argc > 3) return out.error(SYNTAX_ERROR);
  let user = DEFAULT_USER;
  if (args.argc === 3) user = args.latin1(1);
  else if (server.acl.users.default.nopass) return out.error(NO_PASSWORD);
  c.authenticate(user, args.bytes(args.argc - 1), (error) => {
    if (error === null) c.out.ok();
    else c.out.error(error);
  });
}

/** What stands behind AUTH is kept out of logs, however wrong the rest of the line is. */
function redactHello(c: CommandClient): void {
  const { args } = c;
  for (let i = 1; i < args.argc; i++) {
    if (!args.is(i, 'auth')) continue;
    c.redact(i + 1);
    c.redact(i + 2);
    i += 2;
  }
}

function hello(c: CommandClient): void {
  const { args, out } = c;
  redactHello(c);
  let version = 0;
  if (args.argc >= 2) {
    version = integerOrReply(c, 1, 'ERR Protocol version is not an integer or out of range');
    if (Number.isNaN(version)) return;
    if (version < 2 || version > 3) return out.error('NOPROTO unsupported protocol version');
  }
  let user: string | null = null;
  let password: Uint8Array | null = null;
  let name: string | null = null;
  for (let i = 2; i < args.argc; i++) {
    const more = args.argc - 1 - i;
    if (args.is(i, 'auth') && more >= 2) {
      user = args.latin1(i + 1);
      password = args.bytes(i + 2);
      i += 2;
    } else if (args.is(i, 'setname') && more >= 1) {
      name = args.latin1(i + 1);
      if (!isPrintable(name)) return out.error(BAD_CLIENT_NAME);
      i++;
    } else return out.error(`ERR Syntax error in HELLO option '${textUntilNul(args.latin1(i))}'`);
  }
  if (user === null || password === null) return welcome(c, version, name);
  c.authenticate(user, password, (error) => {
    if (error === null) welcome(c, version, name);
    else c.out.error(error);
  });
}

/** The reply of HELLO. `version` 0: the protocol stays; `name` null: so does the client's name. */
function welcome(c: CommandClient, version: number, name: string | null): void {
  const { out, server } = c;
  if (!c.authenticated) return out.error(HELLO_BEFORE_AUTH);
  if (name !== null) c.name = name;
  if (version !== 0) {
    c.resp = version as 2 | 3;
    out.resp = c.resp;
  }
  out.map(7);
  out.bulkText('server');
  out.bulkText('redis');
  out.bulkText('version');
  out.bulkText(server.redisVersion);
  out.bulkText('proto');
  out.integer(c.resp);
  out.bulkText('id');
  out.integer(c.id);
  out.bulkText('mode');
  out.bulkText('standalone');
  out.bulkText('role');
  out.bulkText('master');
  out.bulkText('modules');
  replyModules(c);
}

/** The list of loaded modules, also the reply of MODULE LIST. */
export function replyModules(c: CommandClient): void {
  const { out } = c;
  const modules = c.server.loadedModules();
  out.array(modules.length);
  for (const { name, version, path, args } of modules) {
    out.map(4);
    out.bulkText('name');
    out.bulkText(name);
    out.bulkText('ver');
    out.integer(version);
    out.bulkText('path');
    out.bulkText(path);
    out.bulkText('args');
    out.array(args.length);
    for (const arg of args) out.bulkText(arg);
  }
}

const FLAGS: readonly CommandFlag[] = ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'sentinel', 'allow_busy'];

export const authCommands: readonly CommandSpec[] = [
  { name: 'auth', arity: -2, flags: FLAGS, categories: ['connection'], proc: auth },
  { name: 'hello', arity: -1, flags: FLAGS, categories: ['connection'], proc: hello },
];
