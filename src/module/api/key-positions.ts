// Which arguments of a command line are keys or channels: commands of modules that say so themselves, and the question
// for any command.

import { commandKeys, hasKeys } from '../../commands/key-references.ts';
import { Args } from '../../protocol/args.ts';
import { type ApiFunction, api } from '../abi/api-table.ts';
import { contextAt } from '../abi/contexts.ts';
import {
  EINVAL,
  ENOENT,
  internCString,
  malloc,
  readPtrArray,
  setErrno,
  writeI32,
  writePtr,
} from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import { keyFlagBits } from './command-info-api.ts';

/** RW, access and update: what a key is used for when the module does not say. */
const FULL_ACCESS = 2 | 16 | 32;

function note(ctx: number, kind: 'keys' | 'channels', index: number, flags: number): void {
  const { positions } = contextAt(ctx);
  if (positions?.kind === kind && index > 0) positions.found.push({ index, flags });
}

/** The command line that an array of strings is. */
function argsOf(argv: number, argc: number): Args {
  return Args.from(readPtrArray(argv, argc).map((handle) => moduleStrings.view(handle)));
}

/** Numbers as an `int` array that the module frees. */
function mallocInts(values: readonly number[]): number {
  const addr = malloc(values.length * 4);
  for (const [i, value] of values.entries()) writeI32(addr + i * 4, value);
  return addr;
}

/** The positions of the keys as an array that the module frees, or NULL with errno; `outFlags` may be NULL. */
function commandKeyPositions(ctx: number, argv: number, argc: number, count: number, outFlags: number): number {
  const { env } = contextAt(ctx).host;
  const args = argsOf(argv, argc);
  const entry = argc > 0 ? env.resolveCommand(args) : null;
  let errno = 0;
  if (entry === null) errno = ENOENT;
  else if (hasKeys(entry) && (entry.arity > 0 ? argc !== entry.arity : argc < -entry.arity)) errno = EINVAL;
  const keys = entry === null || errno !== 0 || !hasKeys(entry) ? [] : commandKeys(entry, args);
  if (errno === 0 && entry !== null && hasKeys(entry)) writeI32(count, keys.length);
  if (keys.length === 0) {
    setErrno(errno);
    return 0;
  }
  if (outFlags !== 0) writePtr(outFlags, mallocInts(keys.map(({ flags }) => keyFlagBits(flags))));
  return mallocInts(keys.map(({ index }) => index));
}

export const keyPositions: ApiFunction[] = [
  api(
    '4.0',
    'int RedisModule_IsKeysPositionRequest(RedisModuleCtx *ctx)',
    0,
    (ctx: number) => (contextAt(ctx).positions?.kind === 'keys' ? 1 : 0),
    { shim: true },
  ),
  api('4.0', 'void RedisModule_KeyAtPos(RedisModuleCtx *ctx, int pos)', undefined, (ctx: number, index: number) =>
    note(ctx, 'keys', index, FULL_ACCESS),
  ),
  api(
    '7.0',
    'void RedisModule_KeyAtPosWithFlags(RedisModuleCtx *ctx, int pos, int flags)',
    undefined,
    (ctx: number, index: number, flags: number) => note(ctx, 'keys', index, flags),
  ),
  api(
    '7.0',
    'int RedisModule_IsChannelsPositionRequest(RedisModuleCtx *ctx)',
    0,
    (ctx: number) => (contextAt(ctx).positions?.kind === 'channels' ? 1 : 0),
    { shim: true },
  ),
  api(
    '7.0',
    'void RedisModule_ChannelAtPosWithFlags(RedisModuleCtx *ctx, int pos, int flags)',
    undefined,
    (ctx: number, index: number, flags: number) => note(ctx, 'channels', index, flags),
  ),
  api(
    '6.0',
    'int *RedisModule_GetCommandKeys(RedisModuleCtx *ctx, RedisModuleString **argv, int argc, int *num_keys)',
    0,
    (ctx: number, argv: number, argc: number, count: number) => commandKeyPositions(ctx, argv, argc, count, 0),
  ),
  api(
    '7.0',
    'int *RedisModule_GetCommandKeysWithFlags(RedisModuleCtx *ctx, RedisModuleString **argv, int argc, int *num_keys, int **out_flags)',
    0,
    commandKeyPositions,
  ),
  api('6.2', 'const char *RedisModule_GetCurrentCommandName(RedisModuleCtx *ctx)', 0, (ctx: number) => {
    const { command, client } = contextAt(ctx);
    const name = command?.fullName ?? client?.lastCommand?.fullName;
    return name === undefined ? 0 : internCString(name);
  }),
];
