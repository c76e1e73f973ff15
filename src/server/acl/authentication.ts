/**
 * Who a client is: AUTH and HELLO, by the modules that know users and then by password; and what is told when a client's
 * user changes.
 */
import { SUPERUSER, type User } from '../../acl/user.ts';
import { CLIENT_MULTI, type Client } from '../clients/client.ts';
import type { Server } from '../server.ts';

const WRONG_PASSWORD = 'WRONGPASS invalid username-password pair or user is disabled.';

/** Called with null when the client is in, else with the error and its code; not called when the error is written. */
export type AuthenticationDone = (error: string | null) => void;

/**
 * What a module says: it leaves the question to others; it has decided (the client is in if `loggedIn` was called for
 * it), perhaps with an error of its own; or it will say later, and the client waits.
 */
export type AuthenticatorAnswer = 'next' | 'later' | { readonly error: string | null };

/** Asks a module. What is answered later goes to `resume`, where `c.out` takes replies. */
export type Authenticator = (
  c: Client,
  name: string,
  password: Uint8Array,
  resume: (answer: AuthenticatorAnswer) => void,
) => AuthenticatorAnswer;

interface Request {
  readonly c: Client;
  /** The user's, a byte string. */
  readonly name: string;
  readonly password: Uint8Array;
  readonly done: AuthenticationDone;
}

export class Authentication {
  private readonly server: Server;
  /** Asked in this order, the latest first. */
  private authenticators: Authenticator[] = [];

  constructor(server: Server) {
    this.server = server;
  }

  /** Has a module asked before passwords are compared; the function returned ends that. */
  add(authenticator: Authenticator): () => void {
    this.authenticators = [authenticator, ...this.authenticators];
    return () => {
      this.authenticators = this.authenticators.filter((other) => other !== authenticator);
    };
  }

  /** Lets the client in, or not. A refusal by password is logged and counted, and changes nothing in the client. */
  authenticate(c: Client, name: string, password: Uint8Array, done: AuthenticationDone): void {
    if (this.authenticators.length === 0) this.byPassword({ c, name, password, done });
    else this.ask({ c, name, password, done }, 0);
  }

  /** Asks the authenticators from number `i` on. */
  private ask(request: Request, i: number): void {
    const { c, name, password } = request;
    const authenticator = this.authenticators[i];
    if (authenticator === undefined) return this.byPassword(request);
    const go = (answer: AuthenticatorAnswer, from: number): void => {
      if (answer === 'next') this.ask(request, this.authenticators.indexOf(authenticator) + 1);
      else if (answer !== 'later') this.decided(request, answer.error, from);
    };
    c.loggedInByModule = false;
    const from = c.out.pos;
    go(
      authenticator(c, name, password, (answer) => go(answer, c.out.pos)),
      from,
    );
  }

  /** A module has decided; what it wrote behind `from` is the reply. */
  private decided({ c, done }: Request, error: string | null, from: number): void {
    const isIn = c.loggedInByModule && c.authenticated;
    c.loggedInByModule = false;
    if (isIn) return done(null);
    if (c.out.pos > from) return;
    if (error === null) done(WRONG_PASSWORD);
    else done(error.startsWith('-') ? error.slice(1) : `ERR ${error}`);
  }

  private byPassword({ c, name, password, done }: Request): void {
    const { acl } = this.server;
    const user = acl.users.get(name);
    if (user?.accepts(password) === true) {
      logIn(c, user);
      return done(null);
    }
    const context = c.flags & CLIENT_MULTI ? 'multi' : 'toplevel';
    acl.note(c, { reason: 'auth', context, object: c.args.latin1(0), username: name });
    done(WRONG_PASSWORD);
  }
}

/** Makes a user the client's. */
export function logIn(c: Client, user: User): void {
  userChanges(c);
  c.aclUser = user;
  c.authenticated = true;
  c.parser.restricted = false;
}

/** The state of a client that has just connected: the default user, let in when that user needs no password. */
export function resetAuthentication({ acl, settings }: Server, c: Client): void {
  const internal = c.conn === null;
  userChanges(c);
  c.aclUser = internal ? SUPERUSER : acl.users.default;
  c.authenticated = internal || !settings.authRequired;
  c.parser.restricted = !c.authenticated;
}

/** Tells the module that wanted to know, once. */
export function userChanges(c: Client): void {
  const told = c.onUserChange;
  c.onUserChange = null;
  c.userOwner = null;
  told?.();
}
