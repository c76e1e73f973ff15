/** CONFIG SET: several values at once, all or nothing. */
import type { ApplyHook, Config } from './config.ts';
import { DENY_LOADING, IMMUTABLE, MODULE, PROTECTED } from './directive.ts';
import type { Entry } from './directive-entry.ts';
import { asciiLower } from './text.ts';

export interface SetOptions {
  /** The caller may change protected directives (see `enable-protected-configs`). */
  readonly allowProtected?: boolean;
  /** A dataset is being loaded. */
  readonly loading?: boolean;
  /** Takes lines for the log: a hook refused values, or (which nothing can repair) old values did not come back. */
  readonly warn?: (message: string) => void;
}

interface Assignment {
  readonly entry: Entry;
  /** The directive's name or alias, whichever was given. */
  readonly name: string;
  readonly value: string;
}

const SET_CONTEXT = { phase: 'set', first: false } as const;
const LOADING_ERROR = 'LOADING Redis is loading the dataset in memory';

/** `reason` is '' where a module gave none. */
function failure(name: string, reason: string): string {
  const why = reason === '' ? '' : ` - ${reason}`;
  return `ERR CONFIG SET failed (possibly related to argument '${name}')${why}`;
}

/** Look all names up and check that they may be set; the error is that of the first bad one. */
function resolveAll(
  config: Config,
  pairs: readonly (readonly [string, string])[],
  options: SetOptions,
): Assignment[] | string {
  const assignments: Assignment[] = [];
  for (const [given, value] of pairs) {
    const entry = config.find(given);
    if (entry === undefined) {
      return `ERR Unknown option or number of arguments for CONFIG SET - '${given}'`;
    }
    const { flags } = entry.directive;
    if ((flags & IMMUTABLE) !== 0) return failure(given, "can't set immutable config");
    if ((flags & PROTECTED) !== 0 && !options.allowProtected) return failure(given, "can't set protected config");
    if ((flags & DENY_LOADING) !== 0 && options.loading) return LOADING_ERROR;
    // A directive and its alias are no duplicates of each other; the later one wins.
    const key = asciiLower(given);
    const { directive } = entry;
    const name = key === directive.alias ? key : directive.name;
    if (assignments.some((other) => other.name === name)) return failure(given, 'duplicate parameter');
    assignments.push({ entry, name, value });
  }
  return assignments;
}

/** The outcome of CONFIG SET, now or when hooks have waited. */
type Outcome = string | null | Promise<string | null>;

interface PendingHook {
  readonly fn: ApplyHook;
  /** The directive, as given, that made it run; of a module's directive what follows the module's name. */
  readonly name: string;
  /** Hooks of modules run after all others. */
  readonly ofModule: boolean;
}

/** Calls a hook; a promise of it never rejects. */
function runHook(hook: PendingHook): Outcome {
  const result = hook.fn();
  return result instanceof Promise ? result.catch((error: Error) => error.message) : result;
}

/** Runs hooks one after the other; `refused` takes over at the first that refuses, null is the end. */
function runHooks(hooks: readonly PendingHook[], refused: (hook: PendingHook, reason: string) => Outcome): Outcome {
  for (let i = 0; i < hooks.length; i++) {
    const hook = hooks[i]!;
    const result = runHook(hook);
    if (result instanceof Promise) {
      const rest = hooks.slice(i + 1);
      return result.then((reason) => (reason === null ? runHooks(rest, refused) : refused(hook, reason)));
    }
    if (result !== null) return refused(hook, result);
  }
  return null;
}

/**
 * Set all pairs or none. Hooks of changed directives run once each after all values are in; when one refuses, the old
 * values come back and the hooks run again.
 *
 * @returns null or the error with its code.
 */
export function setAll(config: Config, pairs: readonly (readonly [string, string])[], options: SetOptions): Outcome {
  const resolved = resolveAll(config, pairs, options);
  if (typeof resolved === 'string') return resolved;
  const assignments = resolved;

  const oldValues = assignments.map(({ entry }) => entry.value);
  const hooks: PendingHook[] = [];

  function restore(count: number): void {
    for (let i = 0; i < count; i++) {
      const { entry, name } = assignments[i]!;
      const error = entry.directive.equal(entry.value, oldValues[i]) ? null : entry.assign(oldValues[i]);
      if (error === null) continue;
      options.warn?.(`Failed restoring failed CONFIG SET command. Error setting ${name}: ${error}`);
    }
  }

  for (let i = 0; i < assignments.length; i++) {
    const { entry, name, value } = assignments[i]!;
    const { error, changed } = entry.set(entry.splitValue(value), SET_CONTEXT);
    if (error !== null) {
      restore(i + 1);
      return failure(name, error);
    }
    if (!changed) continue;
    for (const fn of config.hooksOf(entry.directive)) {
      if (hooks.some((hook) => hook.fn === fn)) continue;
      const ofModule = (entry.directive.flags & MODULE) !== 0;
      hooks.push({ fn, name: ofModule ? name.slice(name.indexOf('.') + 1) : name, ofModule });
    }
  }
  hooks.sort((a, b) => Number(a.ofModule) - Number(b.ofModule));

  return runHooks(hooks, ({ name, ofModule }, reason) => {
    options.warn?.(
      ofModule
        ? 'Failed applying new module configuration. Restoring previous settings.'
        : `Failed applying new configuration. Possibly related to new ${name} setting. Restoring previous settings.`,
    );
    restore(assignments.length);
    const again = hooks.map((hook): PendingHook => ({ ...hook, fn: () => reapply(hook) }));
    const done = runHooks(again, () => null);
    return done instanceof Promise ? done.then(() => failure(name, reason)) : failure(name, reason);
  });

  /** Runs a hook on the restored values; whatever it says, the next one has its turn. */
  function reapply(hook: PendingHook): null | Promise<null> {
    const said = (reason: string | null): null => {
      if (reason !== null) options.warn?.(`Failed applying restored failed CONFIG SET command: ${reason}`);
      return null;
    };
    const result = runHook(hook);
    return result instanceof Promise ? result.then(said) : said(result);
  }
}
