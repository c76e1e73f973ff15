// RM_SetCommandInfo: what COMMAND INFO and COMMAND DOCS say about a module's command.
//
// Layout of the structures (LP64; the module tells the sizes of array elements, so that later versions may be longer):
//   RedisModuleCommandInfo            version* summary* complexity* since* history* tips* arity:i32 key_specs* args*
//   RedisModuleCommandInfoVersion     version:i32 sizeof_historyentry sizeof_keyspec sizeof_arg
//   RedisModuleCommandHistoryEntry    since* changes*
//   RedisModuleCommandKeySpec         notes* flags:u64 begin:i32@16 bs@24 find:i32@40 fk@44
//   RedisModuleCommandArg             name* type:i32 key_spec_index:i32 token* summary* since* flags:i32
//                                     deprecated_since* subargs* display_text*

import type { ArgumentType, CommandArgument, CommandDocs } from '../../commands/docs/doc.ts';
import type { KeySpec, KeySpecFlag } from '../../commands/spec.ts';
import { readArray, StructReader } from '../abi/struct-reader.ts';

const HISTORY_BYTES = 16;
const KEY_SPEC_BYTES = 56;
const ARG_BYTES = 72;
const INFO_BYTES = 72;
const VERSION_BYTES = 32;

const ARGUMENT_TYPES: readonly ArgumentType[] = [
  'string',
  'integer',
  'double',
  'key',
  'pattern',
  'unix-time',
  'pure-token',
  'oneof',
  'block',
];
const ARGUMENT_FLAGS = ['optional', 'multiple', 'multiple_token'] as const;

/** Bits of REDISMODULE_CMD_KEY_*, from 1 up. */
const KEY_FLAGS: readonly KeySpecFlag[] = [
  'RO',
  'RW',
  'OW',
  'RM',
  'access',
  'update',
  'insert',
  'delete',
  'not_key',
  'incomplete',
  'variable_flags',
];

/** REDISMODULE_KSPEC_BS_* and REDISMODULE_KSPEC_FK_*. */
const BEGIN = { invalid: 0, unknown: 1, index: 2, keyword: 3 };
const FIND = { omitted: 0, unknown: 1, range: 2, keyNum: 3 };

/** What is wrong with the structure, in Redis's words. */
export class CommandInfoError extends Error {}

/** Everything that the structure says. */
export interface CommandInfo {
  docs: CommandDocs;
  tips: string[] | null;
  /** 0: not given. */
  arity: number;
  keySpecs: KeySpec[] | null;
}

/** Key flags by the bits of the API. */
export function keyFlagsOf(bits: bigint | number): KeySpecFlag[] {
  const set = BigInt(bits);
  return KEY_FLAGS.filter((_, i) => (set >> BigInt(i)) & 1n);
}

/** The API's bits for key flags. */
export function keyFlagBits(flags: readonly KeySpecFlag[]): number {
  return flags.reduce((bits, flag) => bits | (1 << KEY_FLAGS.indexOf(flag)), 0);
}

/** Reads a RedisModuleCommandInfo. Throws CommandInfoError. */
export function readCommandInfo(addr: number): CommandInfo {
  const info = new StructReader(addr, INFO_BYTES);
  const versionAt = info.pointer(0);
  if (versionAt === 0) throw new CommandInfoError('version missing');
  const version = new StructReader(versionAt, VERSION_BYTES);
  const history = readHistory(info.pointer(32), version.pointer(8));
  const keySpecs = info.pointer(56) === 0 ? null : readKeySpecs(info.pointer(56), version.pointer(16));
  const args = info.pointer(64) === 0 ? null : readArguments(info.pointer(64), version.pointer(24));
  const tips = info.bytesText(40);
  return {
    docs: {
      group: 'module',
      ...optional('summary', info.bytesText(8)),
      ...optional('complexity', info.bytesText(16)),
      ...optional('since', info.bytesText(24)),
      ...(info.pointer(32) === 0 ? {} : { history }),
      ...optional('args', args),
    },
    tips: tips === null ? null : tips === '' ? [] : tips.split(' '),
    arity: info.i32(48),
    keySpecs,
  };
}

/** `{ [name]: value }`, or nothing for null: absent and undefined are not the same. */
function optional<K extends string, V>(name: K, value: V | null): { [key in K]?: V } {
  return value === null ? {} : ({ [name]: value } as { [key in K]?: V });
}

function readHistory(addr: number, stride: number): [string, string][] {
  return readArray(addr, stride, HISTORY_BYTES, (entry) => entry.pointer(0) === 0).map((entry, i) => {
    const changes = entry.bytesText(8);
    if (changes === null) throw new CommandInfoError(`history[${i}].changes missing`);
    return [entry.bytesText(0)!, changes];
  });
}

function readKeySpecs(addr: number, stride: number): KeySpec[] {
  return readArray(addr, stride, KEY_SPEC_BYTES, (spec) => spec.i32(16) === BEGIN.invalid).map(readKeySpec);
}

function readKeySpec(spec: StructReader, at: number): KeySpec {
  const flags = keyFlagsOf(spec.u64(8));
  const among = (names: readonly KeySpecFlag[]) => flags.filter((flag) => names.includes(flag)).length;
  if (among(['RO', 'RW', 'OW', 'RM']) !== 1) {
    throw new CommandInfoError(`key_specs[${at}].flags: Exactly one of the flags RO, RW, OW, RM required`);
  }
  if (among(['insert', 'delete', 'update']) > 1) {
    throw new CommandInfoError(`key_specs[${at}].flags: INSERT, DELETE and UPDATE are mutually exclusive`);
  }
  return {
    flags,
    ...optional('notes', spec.bytesText(0)),
    begin: readBegin(spec, at),
    find: readFind(spec, at),
  };
}

function readBegin(spec: StructReader, at: number): KeySpec['begin'] {
  const type = spec.i32(16);
  if (type === BEGIN.unknown) return 'unknown';
  if (type === BEGIN.index) return { index: spec.i32(24) };
  if (type !== BEGIN.keyword) throw new CommandInfoError(`key_specs[${at}].begin_search_type: Invalid value ${type}`);
  const keyword = spec.bytesText(24);
  if (keyword === null) {
    throw new CommandInfoError(`key_specs[${at}].bs.keyword.keyword required when begin_search_type is KEYWORD`);
  }
  return { keyword, startFrom: spec.i32(32) };
}

function readFind(spec: StructReader, at: number): KeySpec['find'] {
  const type = spec.i32(40);
  switch (type) {
    case FIND.omitted:
      return { lastKey: 0, step: 1, limit: 0 };
    case FIND.unknown:
      return 'unknown';
    case FIND.range:
      return { lastKey: spec.i32(44), step: spec.i32(48), limit: spec.i32(52) };
    case FIND.keyNum:
      return { keyNumIndex: spec.i32(44), firstKey: spec.i32(48), step: spec.i32(52) };
    default:
      throw new CommandInfoError(`key_specs[${at}].find_keys_type: Invalid value ${type}`);
  }
}

function readArguments(addr: number, stride: number): CommandArgument[] {
  return readArray(addr, stride, ARG_BYTES, (arg) => arg.pointer(0) === 0).map((arg) => readArgument(arg, stride));
}

function readArgument(arg: StructReader, stride: number): CommandArgument {
  const name = arg.bytesText(0)!;
  const wrong = (why: string) => new CommandInfoError(`Argument "${name}": ${why}`);
  const type = ARGUMENT_TYPES[arg.i32(8)];
  if (type === undefined) throw wrong(`Undefined type ${arg.i32(8)}`);
  const token = arg.bytesText(16);
  if (type === 'pure-token' && token === null) throw wrong('token required when type is PURE_TOKEN');
  const keySpecIndex = arg.i32(12);
  if (type === 'key') {
    if (keySpecIndex < 0) throw wrong('key_spec_index required when type is KEY');
  } else if (keySpecIndex !== -1 && keySpecIndex !== 0) {
    throw wrong("key_spec_index specified but type isn't KEY");
  }
  const bits = arg.i32(40);
  if (bits & ~((1 << ARGUMENT_FLAGS.length) - 1)) throw wrong('Invalid flags');
  const subargs = arg.pointer(56);
  const nested = type === 'oneof' || type === 'block';
  if (nested && subargs === 0) throw wrong('subargs required when type is ONEOF or BLOCK');
  if (!nested && subargs !== 0) throw wrong("subargs specified but type isn't ONEOF nor BLOCK");
  return {
    name,
    type,
    ...optional('keySpecIndex', type === 'key' ? keySpecIndex : null),
    ...optional('token', token),
    ...optional('summary', arg.bytesText(24)),
    ...optional('since', arg.bytesText(32)),
    ...optional('flags', bits === 0 ? null : ARGUMENT_FLAGS.filter((_, i) => bits & (1 << i))),
    ...optional('deprecatedSince', arg.bytesText(48)),
    ...optional('args', nested ? readArguments(subargs, stride) : null),
    ...optional('display', arg.bytesText(64)),
  };
}
