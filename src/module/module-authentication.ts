// Modules that say who may log in (RM_RegisterAuthCallback), at once or after the client has waited for them.

import { bindCallback, type NativeFunction } from './abi/callbacks.ts';
import { ContextKind, type ModuleContext } from './abi/contexts.ts';
import { HandleError } from './abi/handles.ts';
import { free, malloc, readPtr, writePtr } from './abi/native-memory.ts';
import { moduleStrings } from './abi/string-handles.ts';
import type { AuthenticatorAnswer, ModuleClient } from './env.ts';
import { reportMisuse } from './misuse.ts';
import type { Module } from './module.ts';

const AUTH_FUNC =
  'int RedisModuleAuthCallback(RedisModuleCtx *ctx, RedisModuleString *username, RedisModuleString *password, RedisModuleString **err)';
/** What an authentication callback returns when it leaves the question to others; REDISMODULE_AUTH_HANDLED is 0. */
const NOT_HANDLED = 1;

/** The attempts that callbacks are running for, innermost last: RM_BlockClientOnAuth belongs to one. */
const running: AuthAttempt[] = [];

/** One login that a module is asked about. */
export class AuthAttempt {
  private readonly module: Module;
  readonly client: ModuleClient;
  private readonly name: Uint8Array;
  private readonly password: Uint8Array;
  private readonly resume: (answer: AuthenticatorAnswer) => void;
  /** What decides when the wait is over; null: others do. */
  private later: NativeFunction | null = null;

  constructor(
    module: Module,
    client: ModuleClient,
    name: string,
    password: Uint8Array,
    resume: (answer: AuthenticatorAnswer) => void,
  ) {
    this.module = module;
    this.client = client;
    this.name = Buffer.from(name, 'latin1');
    this.password = password;
    this.resume = resume;
  }

  /** Asks the callback that the module has registered. */
  ask(func: NativeFunction): AuthenticatorAnswer {
    const { client, module } = this;
    running.push(this);
    let answer: AuthenticatorAnswer;
    try {
      answer = this.call(func, ContextKind.Call, () => {});
    } finally {
      running.pop();
    }
    return answer !== 'next' && module.host.env.blocking.isBlocked(client) ? 'later' : answer;
  }

  /** The client waits; `reply` (an address, 0 for none) decides then. */
  waitFor(reply: number): void {
    this.later = reply === 0 ? null : bindCallback(AUTH_FUNC, reply);
  }

  /** RM_AbortBlock: others decide. */
  abort(): void {
    this.later = null;
  }

  /** The wait is over: asks what decides then. The function returned goes on with the login. */
  decide(prepare: (context: ModuleContext) => void): () => void {
    const answer = this.later === null ? 'next' : this.call(this.later, ContextKind.Blocked, prepare);
    return () => this.resume(answer);
  }

  private call(
    func: NativeFunction,
    kind: ContextKind,
    prepare: (context: ModuleContext) => void,
  ): AuthenticatorAnswer {
    const { client, module } = this;
    const lent = [this.name, this.password].map((bytes) => {
      const handle = moduleStrings.fromBytes(bytes, 0, bytes.length, module.id);
      const index = moduleStrings.index(handle);
      return { handle, index, serial: moduleStrings.serial[index]! };
    });
    const err = malloc(8);
    writePtr(err, 0);
    try {
      const result = module.host.callModule(module, kind, client, client.out, (context) => {
        prepare(context);
        return func(context.addr, lent[0]!.handle, lent[1]!.handle, err) as number;
      });
      const error = this.takeError(readPtr(err));
      return result === NOT_HANDLED ? 'next' : { error };
    } finally {
      free(err);
      const back = lent.map(({ index, serial }) => moduleStrings.takeBack(index, serial));
      if (back.includes(false)) {
        reportMisuse(module.host, module, 'an authentication callback freed a string that it was given.');
      }
    }
  }

  /** The text of the error that a callback has left, a byte string, and frees it. */
  private takeError(handle: number): string | null {
    if (handle === 0) return null;
    try {
      const text = Buffer.from(moduleStrings.view(handle)).toString('latin1');
      moduleStrings.release(moduleStrings.index(handle));
      return text;
    } catch (error) {
      if (!(error instanceof HandleError)) throw error;
      reportMisuse(this.module.host, this.module, `an authentication callback left ${error.message} as its error.`);
      return null;
    }
  }
}

/** The attempt that the client's login is, while a callback is asked about it; null when none is. */
export function attemptOf(client: ModuleClient): AuthAttempt | null {
  const attempt = running.at(-1);
  return attempt?.client === client ? attempt : null;
}

/** Has a module's function asked about every login until the module goes. */
export function registerAuthCallback(module: Module, address: number): void {
  const func = bindCallback(AUTH_FUNC, address);
  const { access } = module.host.env;
  module.onUnload(
    access.addAuthenticator((client, name, password, resume) =>
      new AuthAttempt(module, client, name, password, resume).ask(func),
    ),
  );
}
