// Replies to the client of the context. Without a client (timers, events) they go nowhere and succeed, as in Redis.

import type { ReplyWriter } from '../../protocol/reply.ts';
import { type ApiFunction, api, variadicApi } from '../abi/api-table.ts';
import { formatLongDouble } from '../abi/c-numbers.ts';
import { contextAt, type ModuleContext } from '../abi/contexts.ts';
import { MisuseError } from '../abi/handles.ts';
import {
  checkMemory,
  loadCString,
  loadCStringAt,
  memcpy,
  readBytes,
  readCBytes,
  readLatin1,
  SCRATCH_BYTES,
  scratch,
  scratchAddr,
  toSize,
} from '../abi/native-memory.ts';
import { formatPrintf } from '../abi/printf.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import type { LongDouble, VarArgs } from '../abi/varargs.ts';
import { reportMisuse } from '../misuse.ts';

const POSTPONED_LEN = -1;
const CR = 13;
const LF = 10;

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** A bulk string out of native memory. */
function bulk(out: ReplyWriter, addr: number, length: number): void {
  checkMemory(addr, length);
  if (length <= SCRATCH_BYTES) {
    if (length > 0) memcpy(scratchAddr, addr, length);
    out.bulk(scratch, 0, length);
  } else {
    out.bulkBytes(readBytes(addr, length));
  }
}

type Aggregate = 'array' | 'map' | 'set' | 'attribute';

/** Starts an aggregate of `len` elements, or of a number to be told later. */
function start(ctx: number, len: number | bigint, type: Aggregate): number {
  const context = contextAt(ctx);
  const { out } = context;
  if (type === 'attribute' && (out === null || out.resp === 2)) return 1;
  if (out === null) return 0;
  if (len !== POSTPONED_LEN && len < 0) throw new MisuseError(`${len} as the length of an aggregate`);
  if (len === POSTPONED_LEN) context.postponed.push(out.defer());
  else out[type](Number(len));
  return 0;
}

/** Tells the length of the aggregate that was postponed last. */
function finish(ctx: number, len: number | bigint, type: Aggregate): void {
  const context = contextAt(ctx);
  const { out } = context;
  // The client may have gone since the aggregate was begun.
  if (out === null) context.postponed.pop();
  if (out === null || (type === 'attribute' && out.resp === 2)) return;
  const mark = context.postponed.pop();
  if (mark === undefined) {
    reportMisuse(
      context.host,
      context.module,
      'RedisModule_ReplySet*Length() called without previous ' +
        'RedisModule_ReplyWith*(ctx,REDISMODULE_POSTPONED_LEN) call.',
    );
    return;
  }
  if (len < 0) {
    out.endArray(mark, 0);
    throw new MisuseError(`${len} as the length of an aggregate`);
  }
  if (type === 'array') out.endArray(mark, Number(len));
  else if (type === 'map') out.endMap(mark, Number(len));
  else if (type === 'set') out.endSet(mark, Number(len));
  else out.endAttribute(mark, Number(len));
}

/** Writes the error about a wrong number of arguments for the command of the context. */
function wrongArity(context: ModuleContext): void {
  const { client, out } = context;
  if (client === null || out === null) return;
  // The command itself knows its full name (`parent|sub`); what the client typed is only the first part of it.
  const command = context.command;
  const name = command !== null ? command.fullName : client.args.latin1(0).toLowerCase();
  out.error(`ERR wrong number of arguments for '${name}' command`);
}

export const replies: ApiFunction[] = [
  api('4.0', 'int RedisModule_WrongArity(RedisModuleCtx *ctx)', 1, (ctx: number) => {
    wrongArity(contextAt(ctx));
    return 0;
  }),
  api(
    '4.0',
    'int RedisModule_ReplyWithLongLong(RedisModuleCtx *ctx, long long ll)',
    1,
    (ctx: number, ll: number | bigint) => {
      contextAt(ctx).out?.integer(ll);
      return 0;
    },
    { shim: true },
  ),
  api('4.0', 'int RedisModule_ReplyWithError(RedisModuleCtx *ctx, const char *err)', 1, (ctx: number, err: number) => {
    contextAt(ctx).out?.error(readLatin1(err));
    return 0;
  }),
  variadicApi(
    '7.0',
    'int RedisModule_ReplyWithErrorFormat(RedisModuleCtx *ctx, const char *fmt, ...)',
    1,
    (ctx: number, fmt: number, args: VarArgs) => {
      contextAt(ctx).out?.error(latin1(formatPrintf(readCBytes(fmt), args)));
      return 0;
    },
    {
      shim: true,
      // Of threads, which have formatted it.
      filled: api(
        '7.0',
        'int RedisModule_ReplyWithErrorText(RedisModuleCtx *ctx, const char *text)',
        1,
        (ctx: number, text: number) => {
          contextAt(ctx).out?.error(readLatin1(text));
          return 0;
        },
      ),
    },
  ),
  api(
    '4.0',
    'int RedisModule_ReplyWithSimpleString(RedisModuleCtx *ctx, const char *msg)',
    1,
    (ctx: number, msg: number) => {
      const { out } = contextAt(ctx);
      if (out === null) return 0;
      const length = loadCStringAt(msg, 1, 2);
      if (length < 0) {
        out.simple(readLatin1(msg));
        return 0;
      }
      scratch[0] = 43;
      scratch[length + 1] = CR;
      scratch[length + 2] = LF;
      out.rawRange(scratch, 0, length + 3);
      return 0;
    },
    { shim: true },
  ),

  api(
    '4.0',
    'int RedisModule_ReplyWithArray(RedisModuleCtx *ctx, long len)',
    1,
    (ctx: number, len: number | bigint) => start(ctx, len, 'array'),
    { shim: true },
  ),
  api(
    '7.0',
    'int RedisModule_ReplyWithMap(RedisModuleCtx *ctx, long len)',
    1,
    (ctx: number, len: number | bigint) => start(ctx, len, 'map'),
    { shim: true },
  ),
  api(
    '7.0',
    'int RedisModule_ReplyWithSet(RedisModuleCtx *ctx, long len)',
    1,
    (ctx: number, len: number | bigint) => start(ctx, len, 'set'),
    { shim: true },
  ),
  api(
    '7.0',
    'int RedisModule_ReplyWithAttribute(RedisModuleCtx *ctx, long len)',
    1,
    (ctx: number, len: number | bigint) => start(ctx, len, 'attribute'),
  ),
  api(
    '6.0',
    'int RedisModule_ReplyWithNullArray(RedisModuleCtx *ctx)',
    1,
    (ctx: number) => {
      contextAt(ctx).out?.nullArray();
      return 0;
    },
    { shim: true },
  ),
  api(
    '6.0',
    'int RedisModule_ReplyWithEmptyArray(RedisModuleCtx *ctx)',
    1,
    (ctx: number) => {
      contextAt(ctx).out?.array(0);
      return 0;
    },
    { shim: true },
  ),
  api(
    '4.0',
    'void RedisModule_ReplySetArrayLength(RedisModuleCtx *ctx, long len)',
    undefined,
    (ctx: number, len: number | bigint) => finish(ctx, len, 'array'),
    { shim: true },
  ),
  api(
    '7.0',
    'void RedisModule_ReplySetMapLength(RedisModuleCtx *ctx, long len)',
    undefined,
    (ctx: number, len: number | bigint) => finish(ctx, len, 'map'),
    { shim: true },
  ),
  api(
    '7.0',
    'void RedisModule_ReplySetSetLength(RedisModuleCtx *ctx, long len)',
    undefined,
    (ctx: number, len: number | bigint) => finish(ctx, len, 'set'),
    { shim: true },
  ),
  api(
    '7.0',
    'void RedisModule_ReplySetAttributeLength(RedisModuleCtx *ctx, long len)',
    undefined,
    (ctx: number, len: number | bigint) => finish(ctx, len, 'attribute'),
  ),

  api(
    '4.0',
    'int RedisModule_ReplyWithStringBuffer(RedisModuleCtx *ctx, const char *buf, size_t len)',
    1,
    (ctx: number, buf: number, len: number | bigint) => {
      const { out } = contextAt(ctx);
      if (out !== null) bulk(out, buf, toSize(len));
      return 0;
    },
    { shim: true },
  ),
  api(
    '5.0',
    'int RedisModule_ReplyWithCString(RedisModuleCtx *ctx, const char *buf)',
    1,
    (ctx: number, buf: number) => {
      const { out } = contextAt(ctx);
      if (out === null) return 0;
      const length = loadCString(buf);
      if (length >= 0) out.bulk(scratch, 0, length);
      else out.bulkBytes(readCBytes(buf));
      return 0;
    },
    { shim: true },
  ),
  api(
    '4.0',
    'int RedisModule_ReplyWithString(RedisModuleCtx *ctx, RedisModuleString *str)',
    1,
    (ctx: number, str: number) => {
      const i = moduleStrings.index(str);
      contextAt(ctx).out?.bulk(moduleStrings.bytes[i]!, moduleStrings.offset[i]!, moduleStrings.length[i]!);
      return 0;
    },
    { shim: true },
  ),
  api(
    '6.0',
    'int RedisModule_ReplyWithEmptyString(RedisModuleCtx *ctx)',
    1,
    (ctx: number) => {
      contextAt(ctx).out?.emptyBulk();
      return 0;
    },
    { shim: true },
  ),
  api(
    '7.0',
    'int RedisModule_ReplyWithVerbatimStringType(RedisModuleCtx *ctx, const char *buf, size_t len, const char *ext)',
    1,
    (ctx: number, buf: number, len: number | bigint, ext: number) => {
      const { out } = contextAt(ctx);
      out?.verbatim(readLatin1(ext), readBytes(buf, toSize(len)));
      return 0;
    },
    { shim: true },
  ),
  api(
    '6.0',
    'int RedisModule_ReplyWithVerbatimString(RedisModuleCtx *ctx, const char *buf, size_t len)',
    1,
    (ctx: number, buf: number, len: number | bigint) => {
      contextAt(ctx).out?.verbatim('txt', readBytes(buf, toSize(len)));
      return 0;
    },
    { shim: true },
  ),
  api(
    '4.0',
    'int RedisModule_ReplyWithNull(RedisModuleCtx *ctx)',
    1,
    (ctx: number) => {
      contextAt(ctx).out?.nullBulk();
      return 0;
    },
    { shim: true },
  ),
  api(
    '7.0',
    'int RedisModule_ReplyWithBool(RedisModuleCtx *ctx, int b)',
    1,
    (ctx: number, b: number) => {
      contextAt(ctx).out?.bool(b !== 0);
      return 0;
    },
    { shim: true },
  ),
  api(
    '4.0',
    'int RedisModule_ReplyWithDouble(RedisModuleCtx *ctx, double d)',
    1,
    (ctx: number, d: number) => {
      contextAt(ctx).out?.double(d);
      return 0;
    },
    { shim: true },
  ),
  api(
    '7.0',
    'int RedisModule_ReplyWithBigNumber(RedisModuleCtx *ctx, const char *bignum, size_t len)',
    1,
    (ctx: number, bignum: number, len: number | bigint) => {
      contextAt(ctx).out?.bigNumber(latin1(readBytes(bignum, toSize(len))));
      return 0;
    },
    { shim: true },
  ),
  api(
    '6.0',
    'int RedisModule_ReplyWithLongDouble(RedisModuleCtx *ctx, long double ld)',
    1,
    (ctx: number, ld: LongDouble) => {
      contextAt(ctx).out?.doubleText(formatLongDouble(ld, true));
      return 0;
    },
  ),
];
