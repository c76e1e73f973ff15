/** Users and their clients for modules: the server's side of `ModuleAccess` in `module/env.ts`. */
import type { DeniedWhat } from '../../acl/acl-log.ts';
import type { User } from '../../acl/user.ts';
import type { Users } from '../../acl/users.ts';
import type { ModuleAccess, ModuleAuthenticator, ModuleClient } from '../../module/env.ts';
import { logIn } from '../acl/authentication.ts';
import { cutOff } from '../acl/cut-off.ts';
import type { Client } from '../clients/client.ts';
import type { Server } from '../server.ts';

export class ServerModuleAccess implements ModuleAccess {
  private readonly server: Server;
  readonly users: Users;
  readonly categories: Set<string>;

  constructor(server: Server) {
    this.server = server;
    this.users = server.acl.users;
    this.categories = server.commands.moduleCategories;
  }

  setRules(user: User, rules: readonly string[]): string | null {
    return this.server.acl.revise(user, rules);
  }

  logIn(client: ModuleClient, user: User, told: (() => void) | null, owner: object): boolean {
    const c = client as Client;
    if (c.conn === null) return false;
    logIn(c, user);
    c.loggedInByModule = true;
    if (told !== null) {
      c.onUserChange = told;
      c.userOwner = owner;
    }
    return true;
  }

  logOut(client: ModuleClient): void {
    cutOff(client as Client);
  }

  logOutAllOf(owner: object): void {
    for (const c of this.server.connections.clients.values()) if (c.userOwner === owner) cutOff(c);
  }

  closeClientsOf(user: User): void {
    this.server.acl.closeClientsOf(user);
  }

  addAuthenticator(authenticator: ModuleAuthenticator): () => void {
    return this.server.acl.authentication.add(authenticator);
  }

  noteDenied(client: ModuleClient | null, reason: DeniedWhat, object: string, username: string): void {
    this.server.acl.note(client as Client | null, { reason, context: 'module', object, username });
  }
}
