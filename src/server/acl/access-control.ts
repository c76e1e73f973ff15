/**
 * Access control of the server: who its users are, what is denied to them, and what follows for clients when users
 * change. `src/acl/` knows the rules; here they meet clients.
 */
import { AclLog, type Denied } from '../../acl/acl-log.ts';
import { denialText } from '../../acl/denial-text.ts';
import { DENIED_CHANNEL, DENIED_COMMAND, DENIED_KEY, denied } from '../../acl/selector.ts';
import type { User } from '../../acl/user.ts';
import { Users } from '../../acl/users.ts';
import type { CommandEntry } from '../../commands/registry.ts';
import type { Client } from '../clients/client.ts';
import { clientInfoLine } from '../clients/client-info.ts';
import type { Caller } from '../execution/refusals.ts';
import type { Server } from '../server.ts';
import { Authentication } from './authentication.ts';
import { cutOff, cutOffSubscribers } from './cut-off.ts';

/** What a transaction's command is refused with when rules have changed since it was queued. */
const CHANGED =
  'NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no ' +
  'longer allowed for the following reason: ';
const CHANGED_REASONS: Readonly<Record<number, string>> = {
  [DENIED_COMMAND]: 'no permission to execute the command or subcommand',
  [DENIED_KEY]: 'no permission to touch the specified keys',
  [DENIED_CHANNEL]: 'no permission to access one of the channels used as arguments',
};
const REASONS = { [DENIED_COMMAND]: 'command', [DENIED_KEY]: 'key', [DENIED_CHANNEL]: 'channel' } as const;

export class AccessControl {
  private readonly server: Server;
  readonly users: Users;
  readonly log: AclLog = new AclLog();
  readonly authentication: Authentication;

  constructor(server: Server) {
    this.server = server;
    this.users = new Users(server.commands);
    this.authentication = new Authentication(server);
  }

  /** Whether the client's user may run `cmd`; nothing is logged. */
  permits(c: Client, cmd: CommandEntry): boolean {
    return c.aclUser.check(cmd, c.args) === 0;
  }

  /** Why `user` may not run the client's command line, with its code; null when it may. What is denied is logged. */
  judge(c: Client, cmd: CommandEntry, user: User, caller: Caller): string | null {
    const denial = user.check(cmd, c.args);
    if (denial === 0) return null;
    // The log shows what the client wanted to run.
    if (caller.kind === 'client') c.lastCommand = cmd;
    const argument = c.args.latin1(denied.index);
    const inModule = caller.kind === 'module';
    this.note(c, {
      reason: REASONS[denial],
      context: inModule ? 'module' : caller.kind === 'script' ? 'lua' : c.transaction !== null ? 'multi' : 'toplevel',
      object: denial === DENIED_COMMAND && !inModule ? cmd.fullName : argument,
      username: user.name,
    });
    if (caller.kind === 'transaction') return CHANGED + CHANGED_REASONS[denial];
    return `NOPERM ${denialText(denial, user, cmd, null)}`;
  }

  /** Counts and logs what was denied to a client; for a call of a module, to the client whose command calls. */
  note(c: Client | null, entry: Denied): void {
    const { stats, executing } = this.server;
    if (entry.reason === 'auth') stats.aclDeniedAuth++;
    else if (entry.reason === 'command') stats.aclDeniedCmd++;
    else if (entry.reason === 'key') stats.aclDeniedKey++;
    else stats.aclDeniedChannel++;
    const shown = executing ?? c;
    this.log.add(entry, shown === null ? '' : clientInfoLine(shown), this.server.nowMs);
  }

  /** ACL SETUSER: the error's text without its code, or null. All rules are taken or none. */
  setUser(name: string, rules: readonly string[]): string | null {
    const { users } = this;
    const old = users.get(name);
    if (old !== undefined) return this.revise(old, rules);
    const user = users.revise(null, name, rules);
    if (typeof user === 'string') return user;
    users.add(user);
    return null;
  }

  /** Changes a user, which need not be in the table: the error's text without its code, or null. */
  revise(user: User, rules: readonly string[]): string | null {
    const { users } = this;
    const revised = users.revise(user, user.name, rules);
    if (typeof revised === 'string') return revised;
    cutOffSubscribers(this.server, user, revised);
    user.copyFrom(revised);
    if (user === users.default) this.defaultChanged();
    return null;
  }

  /** ACL DELUSER: its clients are closed. False when there is no such user. */
  deleteUser(name: string): boolean {
    const user = this.users.remove(name);
    if (user === undefined) return false;
    this.closeClientsOf(user);
    return true;
  }

  /** Takes these users in place of all there are. Clients stay whose users do, and may still hear what they hear. */
  replaceUsers(users: readonly User[]): void {
    const clients = [...this.server.connections.clients.values()].map((c) => [c, c.aclUser] as const);
    // The default user's object stays; what it was has to be known for comparison.
    const formerDefault = this.users.create('');
    formerDefault.copyFrom(this.users.default);
    this.users.replaceAll(users);
    const revised = new Set<User>();
    for (const [c, old] of clients) {
      const now = this.users.get(old.name);
      if (now === undefined) {
        cutOff(c);
        continue;
      }
      if (!revised.has(old)) {
        revised.add(old);
        cutOffSubscribers(this.server, old, now, old === this.users.default ? formerDefault : old);
      }
      if (c.aclUser === old) c.aclUser = now;
    }
    this.defaultChanged();
  }

  /** Closes the clients of a user who is no more. */
  closeClientsOf(user: User): void {
    for (const c of this.server.connections.clients.values()) if (c.aclUser === user) cutOff(c);
  }

  /** Whether whoever connects has to log in follows from the default user. */
  defaultChanged(): void {
    const { settings, connections } = this.server;
    const user = this.users.default;
    settings.authRequired = !user.nopass || !user.enabled;
    for (const c of connections.clients.values()) c.parser.restricted = settings.authRequired && !c.authenticated;
  }
}
