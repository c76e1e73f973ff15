// What holds for the whole process while modules run: which call is going on, and for which server.
//
// The API's functions are registered once per process and shared by all servers in it. Most of them learn their server
// from a context or a handle; the few that get neither take the call that is going on, or, when a foreign thread calls
// between calls, the server that was started last.

import type { ModuleContext } from './abi/contexts.ts';
import type { ModuleHost } from './host.ts';
import type { LoadReport } from './report.ts';

class Runtime {
  /** Context of the innermost call into a module, null between calls. */
  current: ModuleContext | null = null;
  /** Collects what goes wrong during a load, null when none is going on. */
  report: LoadReport | null = null;
  /** Why the API function that is about to answer with its failure value does so; see `fail`. */
  reason = '';
  readonly hosts: ModuleHost[] = [];
  /** Servers that have ended while threads of their modules went on, the latest last. */
  readonly endedHosts = new Set<ModuleHost>();
}

export const runtime = new Runtime();

/** The server that an API call without a context or handle belongs to. */
export function currentHost(): ModuleHost {
  const host = runtime.current?.host ?? runtime.hosts[runtime.hosts.length - 1];
  if (host === undefined) throw new Error('a module function was called after the last server of the process ended');
  return host;
}

/** Id of the module whose call is going on, 0 when there is none. */
export function currentModuleId(): number {
  return runtime.current?.module?.id ?? 0;
}

/**
 * REDISMODULE_ERR with a reason. While a module loads, the reason goes to the load report beside the call and its
 * arguments. `return fail('the flags string has the unknown word "foo"')`.
 */
export function fail(reason: string): 1 {
  runtime.reason = reason;
  return 1;
}
