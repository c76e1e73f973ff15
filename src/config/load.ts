/**
 * Reading configuration: files with their includes, standard input, the command line, and options given in code.
 *
 * Grammar: one directive per line, `#` starts a comment line, arguments are split as {@link splitArgs} says. Sources are
 * read in the order file, stdin, command line; a later line wins, except for directives that add up.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config, Origin } from './config.ts';
import { MULTI_ARG } from './directive.ts';
import { deprecatedDirectives } from './directives/index.ts';
import { errnoText } from './errno.ts';
import { expandGlob, hasGlob } from './globfiles.ts';
import { asciiLower, fromByteString, quoteArg, splitArgs, toByteString } from './text.ts';
import { withoutSecrets } from './without-secrets.ts';

/** A configuration that the server must not start with. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** Why, in Redis's words where Redis has any. */
  readonly reason: string;
  /** The line at fault; null when no single line is. */
  readonly origin: Origin | null;

  constructor(reason: string, origin: Origin | null) {
    super(origin === null ? reason : `${origin.file}:${origin.line}: ${fromByteString(origin.text)}: ${reason}`);
    this.reason = reason;
    this.origin = origin;
  }

  /** The block that redis-server writes to stderr, followed by the name of the file. */
  report(version: string): string {
    let text = `\n*** FATAL CONFIG FILE ERROR (Redis ${version}) ***\n`;
    if (this.origin !== null) {
      text += `Reading the configuration file, at line ${this.origin.line}\n`;
      text += `>>> '${fromByteString(this.origin.text)}'\n`;
    }
    text += `${this.reason}\n`;
    if (this.origin !== null) text += `(${this.origin.file}, line ${this.origin.line})\n`;
    return text;
  }
}

/** What to read; all texts of files and options are byte strings. */
export interface ConfigSources {
  /** Path of the configuration file. */
  readonly file?: string;
  /** Everything that came on standard input. */
  readonly stdin?: string;
  /** Directives of the command line, one per line. */
  readonly options?: string;
}

/** Files being read, outermost first; guards against files that include themselves. */
type IncludeStack = readonly string[];

function readConfigFile(path: string, origin: Origin | null): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw new ConfigError(`Fatal error, can't open config file '${path}': ${errnoText(error)}`, origin);
  }
}

/** Set a directive from the arguments of a line. A single argument of a multi-argument directive is split again. */
function loadDirective(config: Config, name: string, args: readonly string[]): string | null {
  const entry = config.find(name)!;
  const multi = (entry.directive.flags & MULTI_ARG) !== 0;
  if (!multi && args.length !== 1) return 'wrong number of arguments';
  const values = multi && args.length === 1 && args[0] !== '' ? (splitArgs(args[0]!) ?? []) : args;
  const { error } = entry.set(values, { phase: 'load', first: !entry.loaded });
  if (error === null) entry.loaded = true;
  return error;
}

function include(config: Config, pattern: string, origin: Origin, stack: IncludeStack): void {
  const base = config.str('dir');
  const given = fromByteString(pattern);
  const files = hasGlob(given) ? expandGlob(given, base) : [resolve(base, given)];
  for (const file of files) {
    if (stack.includes(file)) throw new ConfigError(`Configuration file '${file}' includes itself`, origin);
    loadText(config, readConfigFile(file, origin), file, 0, [...stack, file]);
  }
}

const BAD_DIRECTIVE = 'Bad directive or wrong number of arguments';
/** Directives that `loadLine` carries out itself; what is not carried out has the wrong number of arguments. */
const LINES = new Set(['include', 'rename-command', 'user', 'loadmodule']);

/** Carry out one line; the reason of a failure or null. */
function loadLine(config: Config, args: readonly string[], origin: Origin, stack: IncludeStack): string | null {
  const name = asciiLower(args[0]!);
  const rest = args.slice(1);
  if (config.find(name) !== undefined) return loadDirective(config, name, rest);
  if (deprecatedDirectives.has(name) && rest.length === 1) return null;
  if (name === 'include' && rest.length === 1) include(config, rest[0]!, origin, stack);
  else if (name === 'rename-command' && rest.length === 2) config.renameCommands.push({ args: rest, origin });
  else if (name === 'user' && rest.length >= 1) config.users.push({ args: rest, origin });
  else if (name === 'loadmodule' && rest.length >= 1) config.loadModules.push({ args: rest, origin });
  else if (name.includes('.')) {
    if (rest.length === 0) return 'Module config specified without value';
    config.moduleValues.set(name, { args: rest, origin });
  } else if (name === 'sentinel') {
    return rest.length === 0 ? null : 'sentinel directive while not in sentinel mode';
  } else if (rest.length === 0 || LINES.has(name) || deprecatedDirectives.has(name)) {
    return BAD_DIRECTIVE;
  } else {
    // Perhaps a module brings it, under a name without prefix.
    config.moduleValues.set(name, { args: rest, origin });
  }
  return null;
}

/**
 * Complain of lines whose directive is unknown. Called twice: when all lines are read and no module can bring
 * directives any more, or when the modules of the `loadmodule` lines have brought theirs.
 *
 * @throws ConfigError for the first of them; those that name a module (`module.name`) are for the caller.
 */
export function refuseUnknown(config: Config): void {
  for (const [name, { origin }] of config.moduleValues) {
    if (!name.includes('.')) throw new ConfigError(BAD_DIRECTIVE, origin);
  }
}

/** Read lines. `lineOffset` is added to the numbers of lines. */
function loadText(config: Config, text: string, file: string, lineOffset: number, stack: IncludeStack): void {
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
    if (line === '' || line.startsWith('#')) continue;
    const origin: Origin = { file, line: lineOffset + i + 1, text: line };
    const args = splitArgs(line);
    if (args === null) {
      throw new ConfigError('Unbalanced quotes in configuration line', withoutSecrets(config, origin));
    }
    if (args.length === 0) continue;
    const error = loadLine(config, args, origin, stack);
    if (error !== null) throw new ConfigError(error, withoutSecrets(config, origin));
  }
}

/** Checks that need all values. Returns warnings for the log. */
function finishLoad(config: Config): string[] {
  if (config.loadModules.length === 0) refuseUnknown(config);
  const logFile = config.str('logfile');
  if (logFile !== '') {
    try {
      closeSync(openSync(resolve(config.str('dir'), logFile), 'a'));
    } catch (error) {
      throw new ConfigError(`Can't open the log file: ${errnoText(error)}`, null);
    }
  }
  const warnings: string[] = [];
  if (config.bool('cluster-enabled')) {
    if (config.find('replicaof')!.format() !== '') {
      throw new ConfigError('replicaof directive not allowed in cluster mode', null);
    }
    const databases = config.num('databases');
    if (databases > 1) {
      warnings.push(`WARNING: Changing databases number from ${databases} to 1 since we are in cluster mode`);
      config.find('databases')!.assign(1n);
    }
  }
  return warnings;
}

/**
 * Read all sources into `config`.
 *
 * @returns warnings for the log.
 * @throws ConfigError for anything that redis-server refuses to start with.
 */
export function loadConfig(config: Config, sources: ConfigSources): string[] {
  let lineCount = 0;
  const load = (text: string, file: string, offset: number, stack: IncludeStack): void => {
    loadText(config, text, file, offset, stack);
    lineCount += text.split('\n').length;
  };
  if (sources.file !== undefined) {
    const path = resolve(sources.file);
    config.configFile = path;
    load(readConfigFile(path, null), path, 0, [path]);
  }
  if (sources.stdin !== undefined) load(sources.stdin, 'stdin', 0, []);
  // Redis appends the options behind a line feed to what it read before, and counts lines on.
  if (sources.options !== undefined) load(sources.options, 'command line', Math.max(lineCount, 1), []);
  return finishLoad(config);
}

/** Options of an embedded server: directive → value; an array repeats the line, a nested array gives its arguments. */
export type ConfigRecord = Readonly<Record<string, ConfigValue | readonly (ConfigValue | readonly ConfigValue[])[]>>;
export type ConfigValue = string | number | bigint | boolean;

/** @throws TypeError for what has no text: `undefined` would become a password of nine letters. */
function valueText(directive: string, value: ConfigValue): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
    return toByteString(String(value));
  }
  const given = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
  throw new TypeError(`The value of ${directive} must be a string, a number, a bigint or a boolean, not ${given}`);
}

/**
 * Read options given in code. Returns warnings, throws as {@link loadConfig} does, and a TypeError for values of other types
 * than the declared ones.
 */
export function loadRecord(config: Config, record: ConfigRecord): string[] {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(record)) {
    if (!/^[^\s"'#]+$/.test(name)) throw new TypeError(`${JSON.stringify(name)} is not the name of a directive`);
    const repeats = Array.isArray(value) ? (value as readonly (ConfigValue | readonly ConfigValue[])[]) : [value];
    for (const repeat of repeats as readonly (ConfigValue | readonly ConfigValue[])[]) {
      const args = Array.isArray(repeat) ? (repeat as readonly ConfigValue[]) : [repeat as ConfigValue];
      lines.push([name, ...args.map((arg) => quoteArg(valueText(name, arg)))].join(' '));
    }
  }
  loadText(config, lines.join('\n'), 'options', 0, []);
  return finishLoad(config);
}
