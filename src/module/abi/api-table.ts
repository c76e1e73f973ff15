// The table of API functions, and what is made of it: callbacks, GetApi, the header, the coverage list.
//
// HOW TO ADD A SECTION
//
// 1. A file `src/module/api/<section>.ts` exports an array of rows, made with `api`, `variadicApi` or `libcApi`:
//
//      export const clock: ApiFunction[] = [
//        api('4.0', 'mstime_t RedisModule_Milliseconds(void)', 0, () => Date.now()),
//        api('4.0', 'int RedisModule_StringCompare(const RedisModuleString *a, const RedisModuleString *b)', 0,
//          (a: number, b: number) => { ... return order; }),
//      ];
//
//    (since, C signature as headers have it, value on failure, implementation; `{ shim: true }` behind these for what the
//    native shim answers without a crossing, see ARCHITECTURE.md). Add the array to `api/index.ts`. Nothing
//    else: registration, GetApi (RedisModule_ and ValkeyModule_ names), header and coverage follow from the row.
//    Value on failure: what C gets when the implementation throws: 1 (REDISMODULE_ERR) for functions that return a
//    status, 0 (NULL) for pointers, `undefined` for void.
// 2. Arguments arrive as the C types say: pointers, handles and `int`s are numbers; `long long`, `uint64_t`, `size_t` are
//    numbers when safe, BigInts otherwise, and unsigned ones with the top bit set are negative (`toU64`, `toSize` in
//    native-memory.ts); a `RedisModuleEvent` by value is two arguments, id and data version; a `long double` is a LongDouble.
//    Return a number (or BigInt for 64-bit types), never a boolean, never undefined from a non-void function.
// 3. `RedisModuleCtx *ctx`: `contextAt(ctx)` gives the ModuleContext: its module, client, out (ReplyWriter or null), host,
//    and through `host.env` the server. `contextOrNull(ctx)` where NULL is allowed. Functions without a context take
//    `currentHost()` of runtime.ts.
// 4. Handles: `const keys = new HandleTable<OpenKey>(HandleKind.Key)`; `keys.create(object)`, `keys.get(handle)`,
//    `keys.delete(handle)`. These throw for NULL, freed and foreign handles; do not catch that: the wrapper logs it with
//    the function's name and answers with the value on failure. Strings are not in such a table: `moduleStrings`
//    (string-handles.ts): `view(handle)`, `fromBytes(bytes, offset, length, owner)` and so on. Owner: `currentModuleId()`.
//    New handles that a module has to free go through `autoMemoryAdd(context, kind, handle)`, and the section calls
//    `registerAutoFree(kind, free)` once; free functions call `autoMemoryFreed(context, handle)` first.
// 5. Native memory: readPtr, readI64, readCString, readBytes, writePtr, writeI64, writeF64, ... of native-memory.ts. Memory that
//    the module must free comes from `mallocBytes`; constant C strings from `internCString`; memory that dies with the
//    context from `poolAlloc`.
// 6. Failing on purpose: `return fail('why')` (runtime.ts) is REDISMODULE_ERR with a reason for the load report.
// 7. Whatever is registered with the server for a module (a timer, a filter, a subscription) registers its undoing at the
//    same time: `module.onUnload(() => ...)`. It runs at unload and after a failed load, latest first.
// 8. Callbacks of the module: `bindCallback('int (RedisModuleCtx *ctx, RedisModuleString **argv, int argc)', address)`
//    (callbacks.ts) makes a JavaScript function; call it inside `host.contexts.enter(...)` / `leave(...)`, or with
//    `host.callModule(module, kind, client, out, (ctx) => fn(ctx.addr, ...))`.
// 9. `npm run build:modules` after each change of a signature: the generated header is committed, and a test compares it.
// 10. Tests: `FakeEnv` (test/support/module-env.ts) is a server, `compileSource` and `compileModule` (test/support/modules.ts)
//    compile C; basics.test.ts runs one module in FakeEnv and in redis-server and compares the replies.

import koffi from '../../memory/koffi.ts';
import { isOutOfMemory } from '../../memory/out-of-memory.ts';
import type { Shim } from '../../memory/shim.ts';
import { ReplyTooLong } from '../../protocol/reply.ts';
import { ServerEndedError } from '../closed-env.ts';
import { apiInProgress, apiNumber } from '../in-progress.ts';
import { reportLine, reportMisuse } from '../misuse.ts';
import { runtime } from '../runtime.ts';
import { callBlock } from './call-block.ts';
import { findContext } from './contexts.ts';
import { type CSignature, koffiTypes, parseSignature } from './ctype.ts';
import { type Addresses, resolve } from './get-api.ts';
import { MisuseError } from './handles.ts';
import { dlsym, writePtr } from './native-memory.ts';
import { type ThreadCalls, threadCalls } from './thread-calls.ts';
import {
  acquirePacked,
  acquireVarArgs,
  decodeLongDoubleSlots,
  INT_REGISTERS,
  releaseVarArgs,
  VARIADIC_PARAMS,
} from './varargs.ts';

/** A module family; the prefix of the names it asks for tells which. */
export type Family = 'redis' | 'valkey';

/** One row of the table; see the head of this file. */
export interface ApiFunction {
  /** Without prefix: `ReplyWithLongLong`. */
  readonly name: string;
  /** First release of Redis (or `valkey 8.1`) that has it. */
  readonly since: string;
  /** The C signature as given. */
  readonly text: string;
  readonly signature: CSignature;
  readonly onFailure: number | undefined;
  readonly run: ((...args: never[]) => unknown) | null;
  /** Symbol of the process whose address is handed out instead of a callback. */
  readonly libc: string | null;
  /** The native shim has it too (`graftis_api_` and the name): that is handed out where the shim is used. */
  readonly shim: boolean;
  /** What the shim's function calls (as `graftis_filled_` and the name) where it has done the first part of the work. */
  readonly filled: ApiFunction | null;
  /** Modules do not get it. */
  readonly hidden: boolean;
  /** Only modules of this family get it, under this name. */
  readonly family: Family | null;
  /** Other names of the same function, without prefix. */
  readonly aliases: readonly string[];
}

export interface ApiOptions {
  family?: Family;
  aliases?: readonly string[];
  shim?: boolean;
  filled?: ApiFunction;
  /** Not for modules: the native shim calls it. */
  hidden?: boolean;
}

/** A row that is implemented in TypeScript. */
export function api(
  since: string,
  signature: string,
  onFailure: number | undefined,
  run: (...args: never[]) => unknown,
  options: ApiOptions = {},
): ApiFunction {
  return row(since, signature, onFailure, run, null, options);
}

/** A row with `...`: `run` gets the named arguments and then a VarArgs cursor, valid during the call. */
export const variadicApi = api;

/**
 * A row that is a function of libc itself: no crossing into JavaScript. `run` is for the shim's function of the same name,
 * if it has one, to fall back to.
 */
export function libcApi(
  since: string,
  signature: string,
  symbol: string,
  run: ((...args: never[]) => unknown) | null = null,
  options: ApiOptions = { shim: run !== null },
): ApiFunction {
  return row(since, signature, undefined, run, symbol, options);
}

function row(
  since: string,
  text: string,
  onFailure: number | undefined,
  run: ((...args: never[]) => unknown) | null,
  libc: string | null,
  options: ApiOptions,
): ApiFunction {
  const signature = parseSignature(text);
  return {
    name: signature.name,
    since,
    text,
    signature,
    onFailure,
    run,
    libc,
    shim: options.shim ?? false,
    filled: options.filled ?? null,
    hidden: options.hidden ?? false,
    family: options.family ?? null,
    aliases: options.aliases ?? [],
  };
}

// ---------------------------------------------------------------------------------------------------------------
// Wrappers

/**
 * The exception of an API function. Returns what C gets. What the module did wrong is told to the log, and so is a want
 * of memory: the module is told by the value on failure. Anything else is a defect of ours and ends where defects end.
 */
function failed(row: ApiFunction, error: unknown, args: readonly unknown[]): number | undefined {
  const ctx = args[0];
  const invented = inventedHandle(row, args);
  const message = invented ?? (error instanceof Error ? error.message : String(error));
  const context = findContext(Number(ctx)) ?? runtime.current;
  const host = context?.host ?? runtime.hosts[runtime.hosts.length - 1];
  const module = context?.module ?? null;
  const name = `RedisModule_${row.name}`;
  if (host === undefined || host.closed || error instanceof ServerEndedError) {
    // The server has ended: a thread that goes on all the same disturbs nobody.
  } else if (invented !== null || isMisuse(error)) {
    reportMisuse(host, module, `${name} was given ${message}`);
  } else {
    const stack = error instanceof Error ? error.stack : message;
    const what = isOutOfMemory(error) ? 'Out of memory' : 'Internal error';
    reportLine(host, module, `${what} in ${name} called by module ${module?.name ?? '?'}: ${stack}`);
    if (!isOutOfMemory(error)) host.env.fault(error);
  }
  runtime.report?.noteFailure(row.name, [], [], message);
  if (row.name.startsWith('ReplyWith')) replyInstead(row, ctx);
  return row.onFailure;
}

/** Whether what was thrown is the module's fault: its arguments make no sense, or are out of all range. */
function isMisuse(error: unknown): boolean {
  if (error instanceof MisuseError || error instanceof ReplyTooLong) return true;
  return error instanceof RangeError && !isOutOfMemory(error);
}

/** Arguments of 2^53 or more arrive as BigInts, and so far above any address: said of a handle, else null. */
function inventedHandle({ signature, text }: ApiFunction, args: readonly unknown[]): string | null {
  // Aggregates by value and variadic functions have other arguments than parameters; theirs begin with the same ones.
  for (const [i, param] of signature.params.entries()) {
    const value = args[i];
    const type = /RedisModule\w+(?= *\*)/.exec(param.text)?.[0];
    if (type === undefined || typeof value !== 'bigint') continue;
    if (text.includes('RedisModuleEvent ')) return null;
    return `0x${BigInt.asUintN(64, value).toString(16)}, which is no ${type}`;
  }
  return null;
}

/** A reply that could not be written: an error in its place, so that the client does not take the next one for it. */
function replyInstead(row: ApiFunction, ctx: unknown): void {
  const context = typeof ctx === 'number' || typeof ctx === 'bigint' ? findContext(Number(ctx)) : null;
  const { out, module } = context ?? {};
  out?.error(`ERR module ${module?.name ?? '?'} misused RedisModule_${row.name}; see the log`);
}

/** An implementation answered with its failure value while a module loads. */
function noted(row: ApiFunction, args: ArrayLike<unknown>): void {
  runtime.report?.noteFailure(row.name, row.signature.params, args, runtime.reason);
  runtime.reason = '';
}

/** Whether answering with the failure value is worth a word in the load report. */
function reportsFailure(row: ApiFunction): boolean {
  return row.onFailure === 1
    ? row.name !== 'IsModuleNameBusy'
    : row.onFailure === 0 && row.signature.returns.endsWith('*');
}

/**
 * The function that koffi calls. It is generated as text, one per row, so that each has its own type feedback (a shared
 * closure would make every call megamorphic) and its own name in stack traces. `packed`: the form of a variadic function
 * that the shim calls, with the address of the packed arguments and their number in the place of `...`.
 */
function makeCallback(
  row: ApiFunction,
  packed: boolean,
  pulse: Int32Array,
): [callback: (...args: never[]) => unknown, params: string[]] {
  const { signature } = row;
  const isLongDouble = signature.params.map((p) => p.text === 'long double');
  const hasLongDouble = isLongDouble.includes(true);
  const params: string[] = [];
  const passed: string[] = [];
  if (signature.variadic && !packed) {
    params.push(...VARIADIC_PARAMS);
    for (let i = 0; i < signature.params.length; i++) passed.push(pointerOrInt(signature.params[i]!.text, `a${i}`));
    passed.push('v');
  } else if (hasLongDouble) {
    layOutLongDoubles(signature, isLongDouble, params, passed);
  } else {
    for (const param of signature.params) {
      for (const type of koffiTypes(param.text)) {
        passed.push(`a${params.length}`);
        params.push(type);
      }
    }
  }
  if (packed) {
    params.push('uintptr_t', 'int');
    passed.push('v');
  }
  const names = params.map((_, i) => `a${i}`).join(', ');
  const named = signature.params.length;
  const call = `run(${passed.join(', ')})`;
  // Counted, since a thread that is ended leaves its callbacks in the middle: see thread-calls.ts.
  const body = [`return function RM_${row.name}(${names}) {`, 'pulse[0]++;', 'const paused = block.pause();'];
  body.push('const outer = inProgress[0];', `inProgress[0] = ${apiNumber(row.name)};`);
  if (packed) body.push(`const v = acquirePacked(a${named}, a${named + 1});`);
  else if (signature.variadic) body.push(`const v = acquire([${names}], ${named});`);
  body.push('try {');
  if (signature.returns === 'void') {
    body.push(`${call};`);
  } else {
    body.push(`const result = ${call};`);
    if (reportsFailure(row))
      body.push(`if (result === ${row.onFailure} && runtime.report !== null) noted(row, [${names}]);`);
    body.push('return result;');
  }
  body.push(`} catch (error) { return failed(row, error, [${names}]); }`);
  const release = signature.variadic ? 'release(); ' : '';
  body.push(`finally { ${release}inProgress[0] = outer; if (paused !== null) block.resume(paused); pulse[1]++; }`, '}');
  const make = new Function(
    'run',
    'row',
    'failed',
    'noted',
    'runtime',
    'acquire',
    'acquirePacked',
    'release',
    'longDouble',
    'block',
    'pulse',
    'inProgress',
    body.join('\n'),
  );
  const callback = make(
    row.run,
    row,
    failed,
    noted,
    runtime,
    acquireVarArgs,
    acquirePacked,
    releaseVarArgs,
    decodeLongDoubleSlots,
    callBlock,
    pulse,
    apiInProgress,
  );
  return [callback as (...args: never[]) => unknown, params];
}

/** A named argument of a variadic function arrives in a 64-bit register: how to make it what its type says. */
function pointerOrInt(text: string, name: string): string {
  const [type] = koffiTypes(text);
  if (type === 'int') return `(typeof ${name} === 'number' ? ${name} | 0 : Number(BigInt.asIntN(32, ${name})))`;
  return type === 'uintptr_t' ? `Number(${name})` : name;
}

/**
 * Functions with a `long double` by value (x86-64): integers travel in registers, the long doubles in pairs of stack
 * slots behind all register arguments, which are declared in full to get at the stack.
 */
function layOutLongDoubles(
  signature: CSignature,
  isLongDouble: readonly boolean[],
  params: string[],
  passed: string[],
): void {
  for (let i = 0; i < INT_REGISTERS; i++) params.push('int64_t');
  let register = 0;
  for (let i = 0; i < signature.params.length; i++) {
    if (isLongDouble[i]) {
      passed.push(`longDouble(a${params.length}, a${params.length + 1})`);
      params.push('int64_t', 'int64_t');
    } else {
      passed.push(pointerOrInt(signature.params[i]!.text, `a${register++}`));
    }
  }
}

/** Whether this platform can express the row's signature. */
function isExpressible(row: ApiFunction): boolean {
  return process.arch === 'x64' || !row.signature.params.some((p) => p.text === 'long double');
}

// ---------------------------------------------------------------------------------------------------------------
// Registration

/** koffi keeps every prototype for ever: one for each signature, however often the API is registered. */
const prototypes = new Map<string, ReturnType<typeof koffi.proto>>();

function prototype(returns: string, params: string[]): ReturnType<typeof koffi.proto> {
  const key = `${returns}(${params.join()})`;
  let proto = prototypes.get(key);
  if (proto === undefined) {
    proto = koffi.proto(returns, params);
    prototypes.set(key, proto);
  }
  return proto;
}

/**
 * The registered API of the process. What GetApi hands out for a row is libc's function, the shim's, or the registered
 * callback behind a trampoline (thread-calls.ts), in this order; servers that do without the shim have a GetApi of their own.
 */
export class ApiTable {
  readonly rows: readonly ApiFunction[];
  private readonly getApi: number;
  private readonly getApiWithoutShim: number;
  private readonly addresses: Addresses = { redis: new Map(), valkey: new Map() };
  private readonly addressesWithoutShim: Addresses = { redis: new Map(), valkey: new Map() };
  private readonly shim: Shim | null;
  /** How threads call, where there is a shim. */
  private readonly calls: ThreadCalls | null;
  /** What koffi's table of callbacks, which the whole process shares, holds for us. */
  private readonly registered: bigint[] = [];

  /** Throws when the process's table of callbacks is full, or the shim lacks the function of a row. */
  constructor(rows: readonly ApiFunction[], shim: Shim | null) {
    this.rows = rows;
    this.shim = shim;
    if (shim !== null) callBlock.share(shim);
    this.calls = shim === null ? null : threadCalls(shim);
    this.calls?.reset();
    try {
      for (const row of rows) this.add(row);
      this.calls?.applyPostings();
      this.getApi = this.registerGetApi(this.addresses);
      this.getApiWithoutShim = this.registerGetApi(this.addressesWithoutShim);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Address of GetApi, the one function that modules are handed directly. */
  getApiOf(usesShim: boolean): number {
    return usesShim ? this.getApi : this.getApiWithoutShim;
  }

  /** Address of a function for a module family, 0 when there is none. */
  address(name: string, family: Family, usesShim: boolean): number {
    return (usesShim ? this.addresses : this.addressesWithoutShim)[family].get(name) ?? 0;
  }

  /** Takes the callbacks back. No library of a module may be open any more: it may call from a thread or a destructor. */
  release(): void {
    this.calls?.stopWaking();
    for (const address of this.registered.splice(0)) koffi.unregister(address);
  }

  private register(callback: (...args: never[]) => unknown, proto: ReturnType<typeof koffi.proto>): number {
    const address = koffi.register(callback, koffi.pointer(proto));
    this.registered.push(address);
    return Number(address);
  }

  /** What threads of modules may call where the callback of a row is at `address`. */
  private trampoline({ name, onFailure }: Pick<ApiFunction, 'name' | 'onFailure'>, address: number): number {
    return this.calls === null ? address : this.calls.install(name, address, onFailure ?? 0);
  }

  private registerGetApi(addresses: Addresses): number {
    const pulse = this.calls?.pulse ?? NO_PULSE;
    const callback = this.register(
      (name: number, target: number) => {
        pulse[0]!++;
        const status = resolve(addresses, name, target);
        pulse[1]!++;
        return status;
      },
      prototype('int', ['uintptr_t', 'uintptr_t']),
    );
    const getApi =
      addresses === this.addresses ? this.trampoline({ name: 'GetApi', onFailure: 1 }, callback) : callback;
    for (const family of ['redis', 'valkey'] as const) addresses[family].set('GetApi', getApi);
    return getApi;
  }

  private registerCallback(row: ApiFunction, packed: boolean): number {
    const [callback, params] = makeCallback(row, packed, this.calls?.pulse ?? NO_PULSE);
    return this.register(callback, prototype(koffiTypes(row.signature.returns)[0]!, params));
  }

  /** The shim's function of a row, which learns where to go with what it cannot answer. */
  private addNative(shim: Shim, row: ApiFunction, address: number): number {
    const native = shim.apiFunction(row.name);
    if (native === 0) throw new Error(`The native shim has no ${row.name}`);
    const fallback = shim.address(`graftis_fallback_${row.name}`);
    const isOwn = row.libc === null && !row.signature.variadic;
    const callback = isOwn || fallback === 0 ? address : this.registerCallback(row, row.signature.variadic);
    const trampoline = this.trampoline(row, callback);
    if (fallback !== 0) writePtr(fallback, trampoline);
    if (row.filled !== null) {
      const filled = this.trampoline(row.filled, this.registerCallback(row.filled, false));
      writePtr(shim.address(`graftis_filled_${row.name}`), filled);
    }
    return native;
  }

  private add(row: ApiFunction): void {
    if (!isExpressible(row)) return;
    let address: number;
    if (row.libc !== null) {
      address = dlsym(0, row.libc);
      if (address === 0) return;
    } else {
      address = this.registerCallback(row, false);
    }
    let native = address;
    if (row.shim && this.shim !== null) native = this.addNative(this.shim, row, address);
    else if (row.libc === null) native = this.trampoline(row, address);
    if (row.hidden) return;
    for (const family of ['redis', 'valkey'] as const) {
      if (row.family !== null && row.family !== family) continue;
      for (const name of [row.name, ...row.aliases]) {
        const known = this.addressesWithoutShim[family];
        if (known.has(name)) throw new Error(`The API table has ${name} twice for ${family}`);
        known.set(name, address);
        this.addresses[family].set(name, native);
      }
    }
  }
}

/** Where nobody counts callbacks. */
const NO_PULSE = new Int32Array(2);
