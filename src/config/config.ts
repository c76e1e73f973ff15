/**
 * The configuration of one server: the values of all directives, CONFIG GET/SET/REWRITE on them, and the hooks through
 * which the rest of the server learns of changes.
 *
 * Names are case-insensitive. Texts that come from or go to clients and files are byte strings (see text.ts).
 */
import { globMatchString } from '../protocol/glob.ts';
import { type SetOptions, setAll } from './config-set.ts';
import type { Directive, EnumDirective } from './directive.ts';
import { enumNames, HIDDEN, MULTI_ARG, SENSITIVE } from './directive.ts';
import { Entry } from './directive-entry.ts';
import { builtinDirectives } from './directives/index.ts';
import { rewriteConfigFile } from './rewrite.ts';
import { asciiLower, fromByteString } from './text.ts';

/** Where a line of configuration comes from. */
export interface Origin {
  /** Path of the file, `stdin` or `command line`. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** The line without blanks at its ends. */
  readonly text: string;
}

/** A line that other parts of the server carry out once they are there (loadmodule, user, rename-command). */
export interface DeferredLine {
  /** Arguments behind the directive's name. */
  readonly args: readonly string[];
  readonly origin: Origin;
}

/**
 * Runs when new values are in; a text refuses them, and all values of that CONFIG SET are put back. A hook that has to
 * wait (for a listener, for a file) gives a promise.
 */
export type ApplyHook = () => string | null | Promise<string | null>;

interface Hook {
  readonly names: ReadonlySet<string>;
  readonly fn: ApplyHook;
}

export class Config {
  /** Absolute path of the configuration file, null when there is none. */
  configFile: string | null;
  /** `loadmodule` lines in order: path and arguments. */
  readonly loadModules: DeferredLine[];
  /** `rename-command` lines in order: old name, new name ('' removes the command). */
  readonly renameCommands: DeferredLine[];
  /** `user` lines in order: name and rules. */
  readonly users: DeferredLine[];
  /** Values for directives of modules that are not loaded yet, by `module.name` or, unprefixed, by `name`. */
  readonly moduleValues: Map<string, DeferredLine>;

  readonly #entries: Map<string, Entry>;
  readonly #hooks: Hook[];
  readonly #lineSources: Map<string, () => readonly string[]>;
  /** The last CONFIG SET whose hooks wait. */
  #pendingSet: Promise<string | null> | null;

  constructor() {
    this.configFile = null;
    this.loadModules = [];
    this.renameCommands = [];
    this.users = [];
    this.moduleValues = new Map();
    this.#entries = new Map();
    this.#hooks = [];
    this.#lineSources = new Map();
    this.#pendingSet = null;
    for (const directive of builtinDirectives) {
      if (!this.register(directive)) throw new Error(`directive ${directive.name} is in the table twice`);
    }
  }

  /** Add a directive with its default value; false when the name or alias is taken. */
  register(directive: Directive): boolean {
    const { alias } = directive;
    const key = asciiLower(directive.name);
    if (this.#entries.has(key) || (alias !== null && this.#entries.has(alias))) return false;
    const entry = new Entry(directive);
    this.#entries.set(key, entry);
    if (alias !== null) this.#entries.set(alias, entry);
    return true;
  }

  /** Take a directive out again; false when there is none of this name. */
  unregister(name: string): boolean {
    const entry = this.find(name);
    if (entry === undefined) return false;
    this.#entries.delete(asciiLower(entry.directive.name));
    if (entry.directive.alias !== null) this.#entries.delete(entry.directive.alias);
    return true;
  }

  /** The entry of a directive by name or alias in any case. */
  find(name: string): Entry | undefined {
    return this.#entries.get(name) ?? this.#entries.get(asciiLower(name));
  }

  /** Names and aliases (lower case) with their entries, in the table's order. */
  entries(): IterableIterator<[string, Entry]> {
    return this.#entries.entries();
  }

  /** Value of a number directive: bytes, seconds, ... as the directive says; percentages are negative. */
  num(name: string): number {
    return this.#typed(name, 'numeric').num;
  }

  /** Value of a number directive without loss of precision. */
  bigint(name: string): bigint {
    return this.#typed(name, 'numeric').value as bigint;
  }

  /** Value of a yes/no directive. */
  bool(name: string): boolean {
    return this.#typed(name, 'bool').num === 1;
  }

  /** Text of a string directive, decoded as UTF-8; '' when it is not set. */
  str(name: string): string {
    return fromByteString(this.byteString(name));
  }

  /** Bytes of a string directive, one character per byte; '' when it is not set. */
  byteString(name: string): string {
    const value = this.#typed(name, name === 'dir' ? 'special' : 'string').value;
    return (value as string | null) ?? '';
  }

  /** Name of an enum directive's value (several, separated by blanks, for a set). */
  enumValue(name: string): string {
    const entry = this.#typed(name, 'enum');
    const { values, flags } = entry.directive as unknown as EnumDirective;
    return enumNames(values, entry.num, (flags & MULTI_ARG) !== 0);
  }

  /** Number of an enum directive's value: bits of a set, otherwise the value's place in the list of names. */
  enumNumber(name: string): number {
    return this.#typed(name, 'enum').num;
  }

  /** Value of a directive by its row of the table, e.g. `config.valueOf(save)`; for the structured ones. */
  valueOf<V>(directive: Directive<V>): V {
    return this.#require(directive.name).value as V;
  }

  /** Must the value be hidden from logs, MONITOR and SLOWLOG? Unknown names are no secret. */
  isSensitive(name: string): boolean {
    return ((this.find(name)?.directive.flags ?? 0) & SENSITIVE) !== 0;
  }

  /**
   * CONFIG GET: every directive (under each of its names) that one of the glob patterns matches, once.
   * A pattern without glob characters is looked up as a name and answered in the caller's spelling.
   */
  get(patterns: readonly string[]): [name: string, value: string][] {
    const found = new Map<string, [string, string]>();
    for (const pattern of patterns) {
      if (!/[*?[]/.test(pattern)) {
        const entry = this.find(pattern);
        const key = asciiLower(pattern);
        if (entry !== undefined && !found.has(key)) found.set(key, [pattern, entry.format()]);
        continue;
      }
      for (const [name, entry] of this.#entries) {
        if ((entry.directive.flags & HIDDEN) !== 0 || found.has(name)) continue;
        if (!globMatchString(pattern, name, true)) continue;
        found.set(name, [name === entry.directive.alias ? name : entry.directive.name, entry.format()]);
      }
    }
    return [...found.values()];
  }

  /**
   * CONFIG SET: all values or none. One call at a time: while hooks of an earlier one wait, this one waits for them.
   *
   * @returns null, or the whole error with its code ("ERR ..." or "LOADING ..."); a promise of it when hooks have to wait.
   */
  set(
    pairs: readonly (readonly [name: string, value: string])[],
    options: SetOptions = {},
  ): string | null | Promise<string | null> {
    const earlier = this.#pendingSet;
    const result = earlier === null ? setAll(this, pairs, options) : earlier.then(() => setAll(this, pairs, options));
    if (!(result instanceof Promise)) return result;
    const pending = result.finally(() => {
      if (this.#pendingSet === pending) this.#pendingSet = null;
    });
    this.#pendingSet = pending;
    return pending;
  }

  /**
   * Run `fn` whenever CONFIG SET has changed one of the directives, once per CONFIG SET, after all its values are in.
   * A text returned is the reason why the values are refused; then they are put back and the hook runs again.
   *
   * @returns a function that removes the hook.
   */
  onApply(names: string | readonly string[], fn: ApplyHook): () => void {
    const list = typeof names === 'string' ? [names] : names;
    const hook: Hook = { names: new Set(list.map((name) => this.#require(name).directive.name)), fn };
    this.#hooks.push(hook);
    return () => {
      const at = this.#hooks.indexOf(hook);
      if (at >= 0) this.#hooks.splice(at, 1);
    };
  }

  /** Runs `fn`, which accepts every value, now and whenever CONFIG SET has changed one of the directives. */
  follow(names: string | readonly string[], fn: () => void): void {
    fn();
    this.onApply(names, () => {
      fn();
      return null;
    });
  }

  /** The hooks of a directive, in order of registration. */
  hooksOf(directive: Directive): ApplyHook[] {
    return this.#hooks.filter((hook) => hook.names.has(directive.name)).map((hook) => hook.fn);
  }

  /**
   * Say who knows the lines of `loadmodule` or `user` for CONFIG REWRITE: whole lines, the name included. Without a
   * source such lines stay in the file as they are.
   */
  setLineSource(name: 'loadmodule' | 'user', lines: () => readonly string[]): void {
    this.#lineSources.set(name, lines);
  }

  /** CONFIG REWRITE. Throws the system's error when the file cannot be read or replaced. */
  rewrite(): void {
    if (this.configFile === null) throw new Error('The server is running without a config file');
    rewriteConfigFile(this, this.configFile, this.#lineSources);
  }

  #require(name: string): Entry {
    const entry = this.find(name);
    if (entry === undefined) throw new Error(`there is no directive ${name}`);
    return entry;
  }

  #typed(name: string, kind: Directive['kind']): Entry {
    const entry = this.#require(name);
    if (entry.directive.kind !== kind) throw new Error(`directive ${name} is ${entry.directive.kind}, not ${kind}`);
    return entry;
  }
}
