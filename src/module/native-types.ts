// Native data types: values that live in a module's own memory.
//
// The value of such a key is 16 bytes in its entry:
//
//    0        4        8                16
//   +--------+--------+----------------+
//   | type   |   0    | native pointer |     little-endian; `type` is the index of the ModuleType in this process
//   +--------+--------+----------------+
//
// The pointer is whatever the module gave; it is called back for everything that happens to the value. A value is freed
// exactly once, by `free` below: the store calls it for every way a value can go away.

import type { Db } from '../store/db.ts';
import type { Digest } from '../store/digest.ts';
import { ENC_RAW, TYPE_MODULE } from '../store/entry-layout.ts';
import type { Keyspace } from '../store/keyspace.ts';
import type { ValueOps } from '../store/value-ops.ts';
import { bindCallback, type NativeFunction } from './abi/callbacks.ts';
import { ContextKind, type ModuleContext } from './abi/contexts.ts';
import { HandleKind, HandleTable } from './abi/handles.ts';
import { loadStruct, scratchPtr, scratchView, toU64 } from './abi/native-memory.ts';
import { moduleStrings } from './abi/string-handles.ts';
import type { Module } from './module.ts';
import { withDigest, withKeyOptCtx } from './value-contexts.ts';

const VALUE_BYTES = 16;
const POINTER_OFFSET = 8;
const NAME_CHARACTERS = /^[A-Za-z0-9_-]{9}$/;
const MAX_ENCODING_VERSION = 1023;
/** MEMORY USAGE with SAMPLES 0 asks for all elements. */
const ALL_SAMPLES = 9223372036854775807n;

/** Size of RedisModuleTypeMethods by version; fields beyond the module's version must not be read. */
const METHODS_BYTES: readonly number[] = [0, 56, 80, 112, 144, 152];
const NEWEST_METHODS = METHODS_BYTES.length - 1;

export type Pointer = number | bigint;

/** Addresses of the functions that saving and loading will need; 0 where the module has none. */
export interface PersistenceMethods {
  readonly rdbLoad: number;
  readonly rdbSave: number;
  readonly aofRewrite: number;
  readonly auxLoad: number;
  readonly auxSave: number;
  readonly auxSave2: number;
  readonly auxSaveTriggers: number;
  readonly defrag: number;
}

/** A type that a module registered. */
export class ModuleType {
  readonly module: Module;
  readonly name: string;
  readonly encodingVersion: number;
  /** Index of the type in the process, which values hold. */
  readonly index: number;
  readonly memUsage: NativeFunction | null;
  readonly digest: NativeFunction | null;
  readonly free: NativeFunction | null;
  readonly freeEffort: NativeFunction | null;
  readonly unlink: NativeFunction | null;
  readonly copy: NativeFunction | null;
  readonly memUsage2: NativeFunction | null;
  readonly freeEffort2: NativeFunction | null;
  readonly unlink2: NativeFunction | null;
  readonly copy2: NativeFunction | null;
  readonly persistence: PersistenceMethods;
  handle = 0;

  /** `methods`: address of a RedisModuleTypeMethods of any version. */
  constructor(module: Module, name: string, encodingVersion: number, index: number, methods: number) {
    this.module = module;
    this.name = name;
    this.encodingVersion = encodingVersion;
    this.index = index;
    loadStruct(methods, 8);
    const version = scratchPtr(0);
    const size = METHODS_BYTES[Math.min(version, NEWEST_METHODS)]!;
    loadStruct(methods, size);
    const field = (offset: number): number => (offset < size ? scratchPtr(offset) : 0);
    const addresses = Array.from({ length: 19 }, (_, i) => field(8 * i));
    const bind = (i: number, signature: string): NativeFunction | null =>
      addresses[i] === 0 ? null : bindCallback(signature, addresses[i]!);
    const auxSaveTriggers = size > 72 ? scratchView.getInt32(72, true) : 0;
    this.memUsage = bind(4, 'size_t mem_usage(const void *value)');
    this.digest = bind(5, 'void digest(RedisModuleDigest *digest, void *value)');
    this.free = bind(6, 'void free(void *value)');
    this.freeEffort = bind(10, 'size_t free_effort(RedisModuleString *key, const void *value)');
    this.unlink = bind(11, 'void unlink(RedisModuleString *key, const void *value)');
    this.copy = bind(12, 'void *copy(RedisModuleString *from, RedisModuleString *to, const void *value)');
    this.memUsage2 = bind(14, 'size_t mem_usage2(RedisModuleKeyOptCtx *ctx, const void *value, size_t sample_size)');
    this.freeEffort2 = bind(15, 'size_t free_effort2(RedisModuleKeyOptCtx *ctx, const void *value)');
    this.unlink2 = bind(16, 'void unlink2(RedisModuleKeyOptCtx *ctx, const void *value)');
    this.copy2 = bind(17, 'void *copy2(RedisModuleKeyOptCtx *ctx, const void *value)');
    this.persistence = {
      rdbLoad: addresses[1]!,
      rdbSave: addresses[2]!,
      aofRewrite: addresses[3]!,
      auxLoad: addresses[7]!,
      auxSave: addresses[8]!,
      auxSaveTriggers,
      defrag: addresses[13]!,
      auxSave2: addresses[18]!,
    };
  }

  /** Calls one of the functions, in a context of the module. */
  call<T>(body: (context: ModuleContext) => T): T {
    return this.module.host.callModule(this.module, ContextKind.Call, null, null, body);
  }
}

/** Types by index; undefined where the module's load failed. */
const types: (ModuleType | undefined)[] = [];
/** Types as modules know them. */
export const typeHandles = new HandleTable<ModuleType>(HandleKind.Type);

/**
 * Registers a type for a module that is being loaded. Returns its handle, or why there is none.
 * `methods`: address of the structure.
 */
export function createType(module: Module, name: string, encodingVersion: number, methods: number): number | string {
  if (!NAME_CHARACTERS.test(name)) return 'a type name has 9 characters out of A-Z a-z 0-9 - _';
  if (encodingVersion < 0 || encodingVersion > MAX_ENCODING_VERSION) return 'an encoding version is 0 to 1023';
  // A module that registers a name twice gets two types, as in Redis.
  for (const type of types) {
    if (type?.name !== name || type.module === module || type.module.host !== module.host) continue;
    return `the type name is taken by module ${type.module.name}`;
  }
  loadStruct(methods, 8);
  if (scratchPtr(0) === 0) return 'the version of the methods is 0';
  const type = new ModuleType(module, name, encodingVersion, types.length, methods);
  types.push(type);
  type.handle = typeHandles.create(type);
  module.typeCount++;
  module.onUnload(() => {
    deleteValuesOf(module.host.env.data.keyspace, type);
    typeHandles.delete(type.handle);
    types[type.index] = undefined;
    module.typeCount--;
  });
  return type.handle;
}

/** Deletes all keys of a type whose module is going away: nobody could free them later. */
function deleteValuesOf(keyspace: Keyspace, type: ModuleType): void {
  for (const db of keyspace.dbs) {
    if (db.nativeSize === 0) continue;
    // Names, because the callbacks of a value may delete others.
    const doomed: Uint8Array[] = [];
    db.forEach((e) => {
      const off = db.keyOff(e);
      if (isOfType(db, e, type)) doomed.push(db.u8(e).slice(off, off + db.keyLen(e)));
    });
    for (const key of doomed) {
      const e = db.find(key, 0, key.length);
      if (e !== 0 && isOfType(db, e, type)) db.deleteEntry(e);
    }
  }
  keyspace.lazyFree.freeSome(Number.POSITIVE_INFINITY);
}

function isOfType(db: Db, e: number, type: ModuleType): boolean {
  return db.type(e) === TYPE_MODULE && typeOf(db, e) === type;
}

/** The type of this name in the server of a database; null when there is none. */
export function findType(db: Db, name: string): ModuleType | null {
  const found = types.find((type) => type?.name === name && type.module.host.env.data.keyspace.arena === db.arena);
  return found ?? null;
}

/** The type of an entry that holds a module's value. */
export function typeOf(db: Db, e: number): ModuleType {
  const type = types[db.dv(e).getUint32(db.valOff(e), true)];
  if (type === undefined) throw new Error('a value has a type that no module knows');
  return type;
}

/** The module's pointer in an entry. */
export function pointerOf(db: Db, e: number): Pointer {
  const view = db.dv(e);
  const at = db.valOff(e) + POINTER_OFFSET;
  const high = view.getUint32(at + 4, true);
  return high < 0x200000 ? high * 4294967296 + view.getUint32(at, true) : view.getBigUint64(at, true);
}

export function setPointer(db: Db, e: number, value: Pointer): void {
  db.dv(e).setBigUint64(db.valOff(e) + POINTER_OFFSET, BigInt(toU64(value)), true);
}

/** Gives a key, whether it exists or not, a module's value and no expiry. Returns the entry. */
export function putValue(db: Db, buf: Uint8Array, off: number, len: number, type: ModuleType, value: Pointer): number {
  const e = db.put(buf, off, len, TYPE_MODULE, ENC_RAW, VALUE_BYTES);
  db.dv(e).setBigUint64(db.valOff(e), BigInt(type.index), true);
  setPointer(db, e, value);
  return e;
}

/** Calls `body` with a string that holds the entry's key. */
export function withKeyName<T>(db: Db, e: number, body: (name: number) => T): T {
  return withName(db.u8(e), db.keyOff(e), db.keyLen(e), body);
}

/** Calls `body` with a string of these bytes. */
export function withName<T>(buf: Uint8Array, off: number, len: number, body: (name: number) => T): T {
  const name = moduleStrings.fromBytes(buf, off, len, 0);
  const index = moduleStrings.index(name);
  const serial = moduleStrings.serial[index]!;
  try {
    return body(name);
  } finally {
    moduleStrings.takeBack(index, serial);
  }
}

/** How the store handles values of modules. The newer form of a callback is preferred where a type has both. */
export const moduleValueOps: ValueOps = {
  typeName: (db, e) => typeOf(db, e).name,
  encodingName: () => 'raw',

  copy(from, e, to, buf, off, len) {
    const type = typeOf(from, e);
    const { copy, copy2 } = type;
    if (copy === null && copy2 === null) return 'ERR not supported for this module key';
    const value = pointerOf(from, e);
    const made = withKeyName(from, e, (source) =>
      withName(buf, off, len, (target) =>
        type.call(() =>
          copy2 === null
            ? copy!(source, target, value)
            : withKeyOptCtx(source, target, from.id, to.id, (ctx) => copy2(ctx, value)),
        ),
      ),
    );
    return Number(made) === 0 ? 'ERR module key failed to copy' : putValue(to, buf, off, len, type, made);
  },

  /** A module frees its value at once, however large it is. */
  freeSome(db, e, budget) {
    const type = typeOf(db, e);
    const { free } = type;
    const value = pointerOf(db, e);
    const effort = Number.isFinite(budget) ? this.freeEffort(db, e) : 1;
    if (free !== null) type.call(() => free(value));
    return Math.max(1, budget - effort);
  },

  freeEffort(db, e) {
    const type = typeOf(db, e);
    const { freeEffort, freeEffort2 } = type;
    if (freeEffort === null && freeEffort2 === null) return 1;
    const value = pointerOf(db, e);
    const effort = withKeyName(db, e, (name) =>
      type.call(() =>
        freeEffort2 === null
          ? freeEffort!(name, value)
          : withKeyOptCtx(name, 0, db.id, -1, (ctx) => freeEffort2(ctx, value)),
      ),
    );
    // 0 is a module's way to ask for a release in the background.
    return Number(effort) === 0 ? Number.MAX_SAFE_INTEGER : Number(toU64(effort));
  },

  memoryUsage(db, e, samples) {
    const type = typeOf(db, e);
    const { memUsage, memUsage2 } = type;
    const value = pointerOf(db, e);
    if (memUsage2 !== null) {
      const count = samples === 0 ? ALL_SAMPLES : samples;
      const size = withKeyName(db, e, (name) =>
        type.call(() => withKeyOptCtx(name, 0, db.id, -1, (ctx) => memUsage2(ctx, value, count))),
      );
      return Number(toU64(size));
    }
    return memUsage === null ? 0 : Number(toU64(type.call(() => memUsage(value))));
  },

  digest(db, e, total: Digest) {
    const type = typeOf(db, e);
    const { digest } = type;
    if (digest === null) return;
    const value = pointerOf(db, e);
    withKeyName(db, e, (name) => {
      const bytes = type.call(() => withDigest(name, db.id, (md) => digest(md, value)));
      total.xor(bytes);
    });
  },

  unlinked(db, e) {
    const type = typeOf(db, e);
    const { unlink, unlink2 } = type;
    if (unlink === null && unlink2 === null) return;
    const value = pointerOf(db, e);
    withKeyName(db, e, (name) =>
      type.call(() =>
        unlink2 === null ? unlink!(name, value) : withKeyOptCtx(name, 0, db.id, -1, (ctx) => unlink2(ctx, value)),
      ),
    );
  },
};
