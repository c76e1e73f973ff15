/**
 * The server's log: pino, writing Redis's classic line or pino's JSON.
 *
 * The classic line is `pid:role dd Mon yyyy hh:mm:ss.mmm level message`, with role M (master), S (replica), C (child
 * process) or X (sentinel) and level `.` debug, `-` verbose, `*` notice, `#` warning; times are local.
 *
 * Lines are written synchronously, so nothing is lost at exit. A log file is opened for every line, as Redis does it:
 * log rotation may move, truncate or delete it at any time. At run time a line that cannot be written is dropped; only
 * at start-up a log file that cannot be opened is an error (see loadConfig).
 */
import { resolve } from 'node:path';
import pino from 'pino';
import type { Config } from '../../config/config.ts';
import { classicLine, fileSink, LEVELS, type LogSink, type Role, stdoutSink } from './log-lines.ts';

export { classicLine, fileSink, type LogSink, type Role, stdoutSink } from './log-lines.ts';

/** Values of `loglevel`. */
export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning' | 'nothing';

/** Where the rest of the server writes its log. Texts must not contain secrets. */
export interface Logger {
  debug(message: string): void;
  verbose(message: string): void;
  notice(message: string): void;
  warning(message: string): void;
  /** Text without any frame (reports of several lines, the logo); nothing is added, not even a line feed. */
  raw(level: Exclude<LogLevel, 'nothing'>, text: string): void;
  /** Is a line of this level written at all? Spares the work of building costly messages. */
  enabled(level: Exclude<LogLevel, 'nothing'>): boolean;
  setLevel(level: LogLevel): void;
  setRole(role: Role): void;
}

/** The fields that pino sets on a stream with this symbol before it writes to it. */
interface MetadataStream {
  lastLevel: number;
  lastMsg: string;
  write(line: string): void;
}

class PinoLogger implements Logger {
  readonly #pino: pino.Logger<keyof typeof LEVELS>;
  readonly #sink: LogSink;
  readonly #json: boolean;
  #role: Role;

  constructor(level: LogLevel, json: boolean, sink: LogSink) {
    this.#sink = sink;
    this.#json = json;
    this.#role = 'M';
    const classic: MetadataStream & { readonly [key: symbol]: true } = {
      [Symbol.for('pino.metadata')]: true,
      lastLevel: 0,
      lastMsg: '',
      write: () => sink(classicLine(this.#role, classic.lastLevel, classic.lastMsg, new Date())),
    };
    this.#pino = pino(
      {
        customLevels: LEVELS,
        useOnlyCustomLevels: true,
        level: level === 'nothing' ? 'silent' : level,
        base: null,
        formatters: { level: (label) => ({ level: label }) },
        mixin: () => ({ pid: process.pid, role: this.#role }),
      },
      json ? { write: sink } : classic,
    );
  }

  debug(message: string): void {
    this.#pino.debug(message);
  }

  verbose(message: string): void {
    this.#pino.verbose(message);
  }

  notice(message: string): void {
    this.#pino.notice(message);
  }

  warning(message: string): void {
    this.#pino.warning(message);
  }

  raw(level: Exclude<LogLevel, 'nothing'>, text: string): void {
    if (this.#json) this.#pino[level](text);
    else if (this.enabled(level)) this.#sink(text);
  }

  enabled(level: Exclude<LogLevel, 'nothing'>): boolean {
    return this.#pino.isLevelEnabled(level);
  }

  setLevel(level: LogLevel): void {
    this.#pino.level = level === 'nothing' ? 'silent' : level;
  }

  setRole(role: Role): void {
    this.#role = role;
  }
}

/** A log with everything given: for tests and for hosts that want the lines themselves. */
export function createLoggerWith(level: LogLevel, format: 'classic' | 'json', sink: LogSink): Logger {
  return new PinoLogger(level, format === 'json', sink);
}

/**
 * The log that a configuration asks for; `loglevel` follows CONFIG SET.
 *
 * @param sink takes the place of `logfile`
 */
export function createLogger(config: Config, sink?: LogSink): Logger {
  const path = config.str('logfile');
  const target = sink ?? (path === '' ? stdoutSink() : fileSink(resolve(config.str('dir'), path)));
  const level = () => config.enumValue('loglevel') as LogLevel;
  const logger = createLoggerWith(level(), config.enumValue('log-format') as 'classic' | 'json', target);
  config.onApply('loglevel', () => {
    logger.setLevel(level());
    return null;
  });
  return logger;
}

/** A log that goes nowhere. */
export const silentLogger: Logger = {
  debug() {},
  verbose() {},
  notice() {},
  warning() {},
  raw() {},
  enabled: () => false,
  setLevel() {},
  setRole() {},
};

/** The log of a server inside another program: silent unless `loglevel` or `logfile` was given. */
export function createEmbeddedLogger(config: Config): Logger {
  const asked = config.find('loglevel')!.loaded || config.find('logfile')!.loaded;
  return asked ? createLogger(config) : silentLogger;
}
