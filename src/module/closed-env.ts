// The server that a module's thread sees after the server has ended.
//
// Threads cannot be stopped, and their module may have to stay loaded for them. What they hold (contexts, blocked clients,
// strings) stays valid, what needs a server fails: every use of this stand-in throws, and the wrapper around the API's
// functions answers with the function's value on failure, without a word in any log.

import type { ModuleEnv } from './env.ts';

export class ServerEndedError extends Error {}

export const closedEnv: ModuleEnv = new Proxy({} as ModuleEnv, {
  get(_target, name) {
    if (name === 'log') return () => {};
    throw new ServerEndedError('the server has ended');
  },
});
