// Saving and loading values of modules: the parts of a value in the RDB format, commands of an append-only file.

import { RdbReader } from '../../store/rdb/rdb-reader.ts';
import { RdbWriter } from '../../store/rdb/rdb-writer.ts';
import { type ApiFunction, api, variadicApi } from '../abi/api-table.ts';
import { autoMemoryAdd, contextOrNull } from '../abi/contexts.ts';
import { formatHex } from '../abi/decimal.ts';
import { HandleKind, MisuseError } from '../abi/handles.ts';
import {
  checkMemory,
  mallocBytes,
  narrow,
  readBytes,
  readCBytes,
  readCString,
  toSize,
  toU64,
  writePtr,
} from '../abi/native-memory.ts';
import { formatPrintf } from '../abi/printf.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import type { LongDouble, VarArgs } from '../abi/varargs.ts';
import { type ModuleIO, moduleIos, PART_DOUBLE, PART_FLOAT, PART_STRING, PART_UNSIGNED } from '../module-io.ts';
import { canSaveType, loadParts, saveParts } from '../module-values.ts';
import { typeHandles } from '../native-types.ts';
import { currentModuleId, fail } from '../runtime.ts';
import { withCallLine } from './call-line.ts';
import { logLevel, moduleLogLine } from './log-api.ts';

const LONG_DOUBLE_BITS = 64;
const EMPTY = new Uint8Array(0);

const words = new Uint32Array(2);

/** Writes one part to the stream, if it is one for writing and had no error. */
function save(handle: number, part: number, write: (writer: RdbWriter) => void): void {
  const io = moduleIos.get(handle);
  if (io.writer === null) throw new MisuseError('a RedisModuleIO that is not for saving');
  if (io.error) return;
  io.writer.length(part);
  write(io.writer);
}

function saveInteger(handle: number, value: number | bigint): void {
  const n = BigInt.asUintN(64, BigInt(value));
  words[0] = Number(n >> 32n);
  words[1] = Number(n & 0xffffffffn);
  save(handle, PART_UNSIGNED, (writer) => writer.length64(words, 0));
}

function saveBytes(handle: number, buf: Uint8Array, off: number, len: number): void {
  save(handle, PART_STRING, (writer) => writer.string(buf, off, len));
}

/** A stream for reading. */
function loading(handle: number): ModuleIO {
  const io = moduleIos.get(handle);
  if (io.reader === null) throw new MisuseError('a RedisModuleIO that is not for loading');
  return io;
}

function loadInteger(handle: number): bigint {
  const found = loading(handle).load(PART_UNSIGNED, (reader) => {
    reader.length64(words, 0);
    return (BigInt(words[0]!) << 32n) | BigInt(words[1]!);
  });
  return found ?? 0n;
}

/** Reads a string to `io.text`; false after an error of a module that looks at errors. */
function loadText(io: ModuleIO): boolean {
  const { text } = io;
  const found = io.load(PART_STRING, (reader) => {
    reader.string(text);
    return true;
  });
  if (found !== null) return true;
  text.set(EMPTY, 0, 0);
  return !io.handlesErrors;
}

function loadString(handle: number): number {
  const io = loading(handle);
  const { text } = io;
  return loadText(io) ? moduleStrings.fromBytes(text.buf, text.off, text.len, currentModuleId()) : 0;
}

function loadStringBuffer(handle: number, lengthTarget: number): number {
  const io = loading(handle);
  const { text } = io;
  const found = loadText(io);
  if (lengthTarget !== 0) writePtr(lengthTarget, found ? text.len : 0);
  return found ? mallocBytes(text.buf.subarray(text.off, text.off + text.len)) : 0;
}

/** As C's `%La` prints it. */
function hexText(value: LongDouble): string {
  const sign = value.negative ? '-' : '';
  if (value.kind !== 'finite') return sign + value.kind;
  return `${sign}${formatHex(value, -1, false, LONG_DOUBLE_BITS)}`;
}

function emitAof(handle: number, name: number, fmt: number, values: VarArgs): void {
  const io = moduleIos.get(handle);
  const { emit } = io;
  if (emit === null) throw new MisuseError('a RedisModuleIO that is not for an append-only file');
  if (io.error) return;
  withCallLine((line) => {
    const { env } = io.context.host;
    const said = readCString(name);
    if (!env.hasCommand(said.toLowerCase())) {
      env.log(
        'warning',
        `Fatal: AOF method for module data type '${io.type.name}' tried to emit unknown command '${said}'`,
      );
      io.error = true;
    } else if (line.fill(name, fmt, values) < 0) {
      env.log(
        'warning',
        `Fatal: AOF method for module data type '${io.type.name}' tried to call RedisModule_EmitAOF() with wrong format specifiers '${readCString(fmt)}'`,
      );
      io.error = true;
    } else emit(line.args);
  });
}

function loadFromString(str: number, mt: number, encodingVersion: number): number | bigint {
  const type = typeHandles.get(mt);
  const bytes = moduleStrings.copy(str);
  const reader = new RdbReader();
  reader.open(bytes, 0, bytes.length);
  return loadParts(type, encodingVersion, reader, 0, -1);
}

export const io: ApiFunction[] = [
  api('4.0', 'void RedisModule_SaveUnsigned(RedisModuleIO *io, uint64_t value)', undefined, saveInteger),
  api('4.0', 'uint64_t RedisModule_LoadUnsigned(RedisModuleIO *io)', 0, (handle: number) =>
    narrow(loadInteger(handle)),
  ),
  api('4.0', 'void RedisModule_SaveSigned(RedisModuleIO *io, int64_t value)', undefined, saveInteger),
  api('4.0', 'int64_t RedisModule_LoadSigned(RedisModuleIO *io)', 0, (handle: number) =>
    narrow(BigInt.asIntN(64, loadInteger(handle))),
  ),
  api(
    '4.0',
    'void RedisModule_SaveString(RedisModuleIO *io, RedisModuleString *s)',
    undefined,
    (handle: number, s: number) => {
      const i = moduleStrings.index(s);
      saveBytes(handle, moduleStrings.bytes[i]!, moduleStrings.offset[i]!, moduleStrings.length[i]!);
    },
  ),
  api(
    '4.0',
    'void RedisModule_SaveStringBuffer(RedisModuleIO *io, const char *str, size_t len)',
    undefined,
    (handle: number, str: number, length: number | bigint) => {
      const len = toSize(length);
      checkMemory(str, len);
      saveBytes(handle, len === 0 ? EMPTY : readBytes(str, len), 0, len);
    },
  ),
  api('4.0', 'RedisModuleString *RedisModule_LoadString(RedisModuleIO *io)', 0, loadString),
  api('4.0', 'char *RedisModule_LoadStringBuffer(RedisModuleIO *io, size_t *lenptr)', 0, loadStringBuffer),
  api(
    '4.0',
    'void RedisModule_SaveDouble(RedisModuleIO *io, double value)',
    undefined,
    (handle: number, value: number) => save(handle, PART_DOUBLE, (writer) => writer.double64(value)),
  ),
  api(
    '4.0',
    'double RedisModule_LoadDouble(RedisModuleIO *io)',
    0,
    (handle: number) => loading(handle).load(PART_DOUBLE, (reader) => reader.double64()) ?? 0,
  ),
  api('4.0', 'void RedisModule_SaveFloat(RedisModuleIO *io, float value)', undefined, (handle: number, value: number) =>
    save(handle, PART_FLOAT, (writer) => writer.float32(value)),
  ),
  api(
    '4.0',
    'float RedisModule_LoadFloat(RedisModuleIO *io)',
    0,
    (handle: number) => loading(handle).load(PART_FLOAT, (reader) => reader.float32()) ?? 0,
  ),
  api(
    '6.0',
    'void RedisModule_SaveLongDouble(RedisModuleIO *io, long double value)',
    undefined,
    (handle: number, value: LongDouble) => {
      const text = Buffer.from(hexText(value));
      saveBytes(handle, text, 0, text.length);
    },
  ),
  api('6.0', 'int RedisModule_IsIOError(RedisModuleIO *io)', 1, (handle: number) =>
    moduleIos.get(handle).error ? 1 : 0,
  ),

  variadicApi(
    '4.0',
    'void RedisModule_EmitAOF(RedisModuleIO *io, const char *cmdname, const char *fmt, ...)',
    undefined,
    emitAof,
  ),
  variadicApi(
    '4.0',
    'void RedisModule_LogIOError(RedisModuleIO *io, const char *levelstr, const char *fmt, ...)',
    undefined,
    (handle: number, level: number, fmt: number, args: VarArgs) => {
      const { context, type } = moduleIos.get(handle);
      const message = formatPrintf(readCBytes(fmt), args);
      context.host.env.log(logLevel(readCString(level)), moduleLogLine(type.module.name, message));
    },
  ),
  api(
    '4.0',
    'RedisModuleCtx *RedisModule_GetContextFromIO(RedisModuleIO *io)',
    0,
    (handle: number) => moduleIos.get(handle).context.addr,
  ),
  api(
    '5.0',
    'const RedisModuleString *RedisModule_GetKeyNameFromIO(RedisModuleIO *io)',
    0,
    (handle: number) => moduleIos.get(handle).keyName,
  ),
  api('7.0', 'int RedisModule_GetDbIdFromIO(RedisModuleIO *io)', -1, (handle: number) => moduleIos.get(handle).dbIndex),

  api(
    '6.0',
    'void *RedisModule_LoadDataTypeFromString(const RedisModuleString *str, const RedisModuleType *mt)',
    0,
    (str: number, mt: number) => loadFromString(str, mt, 0),
  ),
  api(
    '7.0',
    'void *RedisModule_LoadDataTypeFromStringEncver(const RedisModuleString *str, const RedisModuleType *mt, int encver)',
    0,
    (str: number, mt: number, encver: number) => loadFromString(str, mt, encver),
  ),
  api(
    '6.0',
    'RedisModuleString *RedisModule_SaveDataTypeToString(RedisModuleCtx *ctx, void *data, const RedisModuleType *mt)',
    0,
    (ctx: number, data: number | bigint, mt: number) => {
      const context = contextOrNull(ctx);
      const type = typeHandles.get(mt);
      if (!canSaveType(type)) return fail('the type has no rdb_save') - 1;
      const writer = new RdbWriter();
      if (!saveParts(type, toU64(data), writer, 0, -1)) return fail('rdb_save met an error') - 1;
      const handle = moduleStrings.fromBytes(writer.buf, 0, writer.len, currentModuleId());
      autoMemoryAdd(context, HandleKind.String, handle);
      return handle;
    },
  ),
];
