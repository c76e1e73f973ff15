// RedisModuleIO: what the functions of a data type write a value to, and read it from.
//
// In the RDB format a value of a module is (rdb-format.ts has the primitives):
//
//     7 | id of type and encoding version (length) | parts … | 0
//     part   2 length               Save/LoadSigned, -Unsigned          3 x(4)    Float
//            5 string               String, StringBuffer, LongDouble    4 x(8)    Double
//
//     id     nine characters of 6 bits each, and 10 bits of encoding version, high first
//
// What is read is not trusted: the parts are looked through before the module sees the first of them. What it asks for
// and does not get (another part, or none) is an error of the stream: from then on a module that says it handles errors
// gets NULL, others get empty strings and zeros, and nobody gets the value.

import type { Args } from '../protocol/args.ts';
import { CorruptRdb, type RdbReader, RdbString } from '../store/rdb/rdb-reader.ts';
import type { RdbWriter } from '../store/rdb/rdb-writer.ts';
import type { ModuleContext } from './abi/contexts.ts';
import { HandleKind, HandleTable } from './abi/handles.ts';
import { moduleStrings } from './abi/string-handles.ts';
import { reportLine } from './misuse.ts';
import type { ModuleType } from './native-types.ts';

export const PART_END = 0;
export const PART_SIGNED = 1;
export const PART_UNSIGNED = 2;
export const PART_FLOAT = 3;
export const PART_DOUBLE = 4;
export const PART_STRING = 5;

/** RM_SetModuleOptions: the module looks at RM_IsIOError. */
const OPTION_HANDLE_IO_ERRORS = 1;

/** Where the values of one call come from or go to; exactly one of the three is there. */
export interface IoEnd {
  readonly writer?: RdbWriter;
  readonly reader?: RdbReader;
  /** Takes the command lines of an AOF that is rewritten; borrowed. */
  readonly emit?: (args: Args) => void;
}

export class ModuleIO {
  readonly type: ModuleType;
  readonly context: ModuleContext;
  readonly writer: RdbWriter | null;
  readonly reader: RdbReader | null;
  readonly emit: ((args: Args) => void) | null;
  /** Handle of the key's name, 0 where there is no key. */
  readonly keyName: number;
  /** -1 where there is no key. */
  readonly dbIndex: number;
  error = false;
  /** The string that was read last. */
  readonly text = new RdbString();

  constructor(type: ModuleType, context: ModuleContext, end: IoEnd, keyName: number, dbIndex: number) {
    this.type = type;
    this.context = context;
    this.writer = end.writer ?? null;
    this.reader = end.reader ?? null;
    this.emit = end.emit ?? null;
    this.keyName = keyName;
    this.dbIndex = dbIndex;
  }

  get handlesErrors(): boolean {
    return (this.type.module.options & OPTION_HANDLE_IO_ERRORS) !== 0;
  }

  /** Reads the kind of the next part, and its content with `read`; null, and an error, when it is another one. */
  load<T>(kind: number, read: (reader: RdbReader) => T): T | null {
    const { reader } = this;
    if (reader === null || this.error) return null;
    try {
      if (reader.length() === kind) return read(reader);
    } catch (error) {
      if (!(error instanceof CorruptRdb)) throw error;
    }
    this.fail();
    return null;
  }

  private fail(): void {
    this.error = true;
    if (this.handlesErrors) return;
    const { module, name } = this.type;
    const key = this.keyName === 0 ? '(null)' : moduleStrings.text(this.keyName);
    const line = `Error loading data from RDB (short read or EOF). Read performed by module '${module.name}' about type '${name}' of a value for key named: '${key}'.`;
    reportLine(module.host, module, line);
  }
}

export const moduleIos = new HandleTable<ModuleIO>(HandleKind.IO);

/** Calls `body` in a context of the type's module, with a stream that ends with the call. */
export function withModuleIO<T>(
  type: ModuleType,
  end: IoEnd,
  keyName: number,
  dbIndex: number,
  body: (handle: number, io: ModuleIO) => T,
): T {
  return type.call((context) => {
    const io = new ModuleIO(type, context, end, keyName, dbIndex);
    const handle = moduleIos.create(io);
    try {
      return body(handle, io);
    } finally {
      moduleIos.delete(handle);
    }
  });
}

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VERSION_BITS = 10n;

/** The id of a type of 9 characters, as high and low word. */
export function encodeTypeId(name: string, encodingVersion: number, words: Uint32Array): void {
  let id = 0n;
  for (const character of name) id = (id << 6n) | BigInt(CHARACTERS.indexOf(character));
  id = (id << VERSION_BITS) | BigInt(encodingVersion);
  words[0] = Number(id >> 32n);
  words[1] = Number(id & 0xffffffffn);
}

/** Name and encoding version of an id. */
export function decodeTypeId(words: Uint32Array): [name: string, encodingVersion: number] {
  let id = (BigInt(words[0]!) << 32n) | BigInt(words[1]!);
  const version = Number(id & 1023n);
  id >>= VERSION_BITS;
  let name = '';
  for (let i = 0; i < 9; i++, id >>= 6n) name = CHARACTERS[Number(id & 63n)]! + name;
  return [name, version];
}

const skipped = new Uint32Array(2);

/** Looks through the parts of a value up to its end, where it leaves the reader. Throws CorruptRdb. */
export function skipParts(reader: RdbReader): void {
  for (;;) {
    switch (reader.length()) {
      case PART_END:
        return;
      case PART_SIGNED:
      case PART_UNSIGNED:
        reader.length64(skipped, 0);
        break;
      case PART_FLOAT:
        reader.float32();
        break;
      case PART_DOUBLE:
        reader.double64();
        break;
      case PART_STRING:
        reader.skipString();
        break;
      default:
        throw new CorruptRdb('A value of a module has an unknown part');
    }
  }
}
