/** ACL. */
import { randomBytes } from 'node:crypto';
import type { AclLogEntry } from '../../acl/acl-log.ts';
import { ACL_CATEGORIES } from '../../acl/categories.ts';
import { untilNul } from '../../acl/names.ts';
import { asciiLower } from '../../config/text.ts';
import type { CommandClient } from '../command-client.ts';
import { replyHelp, replySubcommandSyntax } from '../help.ts';
import { integerOrReply } from '../parse.ts';
import type { CommandFlag, CommandSpec } from '../spec.ts';
import { delUser, dryRun, getUser, listUsers, setUser, whoAmI } from './acl-users.ts';

const NO_FILE =
  'ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER ' +
  'command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users ' +
  'in the Redis configuration.';
const NOT_SAVED = 'ERR There was an error trying to save the ACLs. Please check the server logs for more information';

/** The categories, or the commands of one. */
function cat(c: CommandClient): void {
  const { args, out, server } = c;
  if (args.argc > 3) return replySubcommandSyntax(c);
  const { moduleCategories, originals } = server.commands;
  if (args.argc === 2) {
    const all = [...ACL_CATEGORIES, ...moduleCategories];
    out.array(all.length);
    for (const name of all) out.bulkText(name);
    return;
  }
  const category = asciiLower(untilNul(args.latin1(2)));
  if (!ACL_CATEGORIES.includes(category) && !moduleCategories.has(category)) {
    return out.error(`ERR Unknown category '${untilNul(args.latin1(2, 128))}'`);
  }
  const found: string[] = [];
  for (const entry of originals.values()) {
    for (const each of [entry, ...(entry.subcommands?.values() ?? [])]) {
      if (each.categories.includes(category)) found.push(each.fullName);
    }
  }
  out.array(found.length);
  for (const name of found) out.bulkText(name);
}

const PASSWORD_BITS = 256;
const MAX_PASSWORD_BITS = 4096;

/** A password of random hexadecimal digits. */
function genPass(c: CommandClient): void {
  const { args, out } = c;
  if (args.argc > 3) return replySubcommandSyntax(c);
  const bits = args.argc === 3 ? integerOrReply(c, 2) : PASSWORD_BITS;
  if (Number.isNaN(bits)) return;
  if (bits <= 0 || bits > MAX_PASSWORD_BITS) {
    return out.error(
      'ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to ' +
        MAX_PASSWORD_BITS,
    );
  }
  const digits = Math.ceil(bits / 4);
  out.bulkText(
    randomBytes(Math.ceil(digits / 2))
      .toString('hex')
      .slice(0, digits),
  );
}

const DEFAULT_LOG_COUNT = 10;

function log(c: CommandClient): void {
  const { args, out, server } = c;
  if (args.argc > 3) return replySubcommandSyntax(c);
  const { log } = server.acl;
  let count = DEFAULT_LOG_COUNT;
  if (args.argc === 3) {
    if (args.is(2, 'reset')) {
      log.reset();
      return out.ok();
    }
    count = integerOrReply(c, 2);
    if (Number.isNaN(count)) return;
  }
  const shown = log.entries.slice(0, Math.max(0, count));
  out.array(shown.length);
  for (const entry of shown) replyEntry(c, entry);
}

function replyEntry(c: CommandClient, entry: AclLogEntry): void {
  const { out, server } = c;
  out.map(10);
  const texts = { reason: entry.reason, context: entry.context, object: entry.object, username: entry.username };
  out.bulkText('count');
  out.integer(entry.count);
  for (const [name, text] of Object.entries(texts)) {
    out.bulkText(name);
    out.bulkText(text);
  }
  out.bulkText('age-seconds');
  out.double((server.nowMs - entry.updatedMs) / 1000);
  out.bulkText('client-info');
  out.bulkText(entry.clientInfo);
  const numbers = {
    'entry-id': entry.id,
    'timestamp-created': entry.createdMs,
    'timestamp-last-updated': entry.updatedMs,
  };
  for (const [name, number] of Object.entries(numbers)) {
    out.bulkText(name);
    out.integer(number);
  }
}

function load(c: CommandClient): void {
  const { out, server } = c;
  if (!server.aclFile.exists) return out.error(NO_FILE);
  const errors = server.aclFile.load();
  if (errors === null) out.ok();
  else out.error(`ERR ${errors}`);
}

function save(c: CommandClient): void {
  const { out, server } = c;
  if (!server.aclFile.exists) return out.error(NO_FILE);
  if (server.aclFile.save()) out.ok();
  else out.error(NOT_SAVED);
}

function help(c: CommandClient): void {
  replyHelp(c, 'ACL', [
    'CAT [<category>]',
    '    Names of all categories, or of the commands in one.',
    'DELUSER <username> [<username> ...]',
    '    Removes users and closes their connections.',
    'DRYRUN <username> <command> [<arg> ...]',
    '    Says whether the user may run the command, which is not run.',
    'GETUSER <username>',
    '    Flags, passwords and permissions of a user.',
    'GENPASS [<bits>]',
    '    A random password of 256 bits, or as many as wanted.',
    'LIST',
    '    All users as lines of a configuration.',
    'LOAD',
    '    Takes the users of the ACL file in place of those there are.',
    'LOG [<count> | RESET]',
    '    What was denied of late, or forgets it.',
    'SAVE',
    '    Writes all users to the ACL file.',
    'SETUSER <username> <attribute> [<attribute> ...]',
    '    Adds a user, or changes one, by rules.',
    'USERS',
    '    Names of all users.',
    'WHOAMI',
    '    Name of the user of this connection.',
  ]);
}

const FLAGS: readonly CommandFlag[] = ['noscript', 'loading', 'stale', 'sentinel'];
const ADMIN: readonly CommandFlag[] = ['admin', ...FLAGS];
const ALL_NODES = ['request_policy:all_nodes', 'response_policy:all_succeeded'];

export const aclCommands: readonly CommandSpec[] = [
  {
    name: 'acl',
    arity: -2,
    flags: ['sentinel'],
    subcommands: [
      { name: 'cat', arity: -2, flags: FLAGS, proc: cat },
      { name: 'deluser', arity: -3, flags: ADMIN, tips: ALL_NODES, proc: delUser },
      { name: 'dryrun', arity: -4, flags: ADMIN, proc: dryRun },
      { name: 'genpass', arity: -2, flags: FLAGS, proc: genPass },
      { name: 'getuser', arity: 3, flags: ADMIN, proc: getUser },
      { name: 'help', arity: 2, flags: ['loading', 'stale', 'sentinel'], proc: help },
      { name: 'list', arity: 2, flags: ADMIN, proc: (c) => listUsers(c, false) },
      { name: 'load', arity: 2, flags: ADMIN, proc: load },
      { name: 'log', arity: -2, flags: ADMIN, proc: log },
      { name: 'save', arity: 2, flags: ADMIN, tips: ALL_NODES, proc: save },
      { name: 'setuser', arity: -3, flags: ADMIN, tips: ALL_NODES, proc: setUser },
      { name: 'users', arity: 2, flags: ADMIN, proc: (c) => listUsers(c, true) },
      { name: 'whoami', arity: 2, flags: FLAGS, proc: whoAmI },
    ],
  },
];
