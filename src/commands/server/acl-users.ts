/** Users: ACL SETUSER, GETUSER, DELUSER, LIST, USERS, WHOAMI, DRYRUN. */
import { denialText } from '../../acl/denial-text.ts';
import { denied, type SelectorTexts } from '../../acl/selector.ts';
import { SUPERUSER } from '../../acl/user.ts';
import { DEFAULT_USER, nameError } from '../../acl/users.ts';
import type { CommandClient } from '../command-client.ts';

/** Names and rules are nobody's business. */
function redactFrom(c: CommandClient, first: number): void {
  for (let i = first; i < c.args.argc; i++) c.redact(i);
}

export function setUser(c: CommandClient): void {
  const { args, out, server } = c;
  redactFrom(c, 2);
  const name = args.latin1(2);
  const rules: string[] = [];
  for (let i = 3; i < args.argc; i++) rules.push(args.latin1(i));
  const error = nameError(name) ?? server.acl.setUser(name, rules);
  if (error === null) out.ok();
  else out.error(`ERR ${error}`);
}

export function delUser(c: CommandClient): void {
  const { args, out, server } = c;
  redactFrom(c, 2);
  for (let i = 2; i < args.argc; i++) {
    if (args.latin1(i) === DEFAULT_USER) return out.error("ERR The 'default' user cannot be removed");
  }
  let deleted = 0;
  for (let i = 2; i < args.argc; i++) if (server.acl.deleteUser(args.latin1(i))) deleted++;
  out.integer(deleted);
}

function replySelector(c: CommandClient, { commands, keys, channels }: SelectorTexts): void {
  for (const [name, text] of Object.entries({ commands, keys, channels })) {
    c.out.bulkText(name);
    c.out.bulkText(text);
  }
}

export function getUser(c: CommandClient): void {
  const { args, out, server } = c;
  redactFrom(c, 2);
  const user = server.acl.users.get(args.latin1(2));
  if (user === undefined) return out.nullBulk();
  out.map(6);
  out.bulkText('flags');
  const flags = user.flags();
  out.set(flags.length);
  for (const flag of flags) out.bulkText(flag);
  out.bulkText('passwords');
  out.array(user.passwordHashes.length);
  for (const hash of user.passwordHashes) out.bulkText(hash);
  replySelector(c, user.root.texts());
  out.bulkText('selectors');
  const { others } = user;
  out.array(others.length);
  for (const selector of others) {
    out.map(3);
    replySelector(c, selector.texts());
  }
}

export function listUsers(c: CommandClient, justNames: boolean): void {
  const users = c.server.acl.users.sorted();
  c.out.array(users.length);
  for (const user of users) c.out.bulkText(justNames ? user.name : user.line());
}

export function whoAmI(c: CommandClient): void {
  if (c.aclUser === SUPERUSER) c.out.nullBulk();
  else c.out.bulkText(c.user);
}

/** Whether a user may run a command, which is not run. */
export function dryRun(c: CommandClient): void {
  const { args, out, server } = c;
  const user = server.acl.users.get(args.latin1(2));
  if (user === undefined) return out.error(`ERR User '${args.latin1(2)}' not found`);
  const line = args.startingAt(3);
  const command = server.commands.resolve(line);
  if (command === null || (command.subcommands !== null && line.argc > 1)) {
    return out.error(`ERR Command '${line.latin1(0)}' not found`);
  }
  const { arity, fullName } = command;
  if (arity > 0 ? line.argc !== arity : line.argc < -arity) {
    return out.error(`ERR wrong number of arguments for '${fullName}' command`);
  }
  const denial = user.check(command, line);
  if (denial === 0) out.ok();
  else out.bulkText(denialText(denial, user, command, line.latin1(denied.index)));
}
