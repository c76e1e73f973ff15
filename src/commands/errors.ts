import type { CommandClient } from './command-client.ts';

/** Error texts that more than one command answers with, as redis-server 7.4 words them. */

export const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
export const SYNTAX_ERROR = 'ERR syntax error';
export const NO_SUCH_KEY = 'ERR no such key';
export const SAME_OBJECT = 'ERR source and destination objects are the same';
export const OUT_OF_RANGE_INDEX = 'ERR index out of range';
export const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';
export const NOT_A_FLOAT = 'ERR value is not a valid float';
export const OUT_OF_RANGE = 'ERR value is out of range';
export const NOT_POSITIVE = 'ERR value is out of range, must be positive';
export const NAN_OR_INFINITY = 'ERR increment would produce NaN or Infinity';
export const OVERFLOW = 'ERR increment or decrement would overflow';
export const TOO_LONG = 'ERR string exceeds maximum allowed size (proto-max-bulk-len)';
export const INVALID_DB_INDEX = 'ERR invalid DB index';
export const DB_INDEX_OUT_OF_RANGE = 'ERR DB index is out of range';

/** The error of a command with too few or too many arguments. */
export function wrongArity(c: CommandClient): string {
  return `ERR wrong number of arguments for '${c.command!.fullName}' command`;
}
