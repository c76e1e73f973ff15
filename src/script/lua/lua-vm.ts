/**
 * One Lua interpreter: an instance of the WebAssembly with a memory of its own, and what native functions in TypeScript need
 * to work on its raw C API (`api`, the functions of the Lua 5.1 reference manual).
 *
 * **Native functions** are registered once (`native`) and pushed with `pushNative`. They get the `L` they are called with, which
 * is not always the main one (coroutines), take their arguments from its stack and return the number of results, or
 * `vm.raise(L, message)`, which must be what they return: a trampoline in WebAssembly then calls lua_error, so that no frame of
 * JavaScript is left on the stack. Functions of `api` that raise errors themselves (luaL_check…, everything that may
 * allocate) leave the native function by throwing `LUA_LONGJMP`: no `catch`, no `finally`, nothing half changed at these
 * calls. Any other exception is a defect: it passes through, and the interpreter is broken (`lua_pcall` never returned).
 *
 * **Bytes.** `bytes` and `words` are views of the memory; a call of `api` that may allocate may make new ones, so read them
 * from `vm` again after each. Strings of Lua are bytes; JavaScript strings here are byte strings (a character a byte).
 */
import { LUA_GLOBALSINDEX, type LuaExports } from './lua-api.ts';
import { luaModule } from './lua-binary.ts';
import { LUA_LONGJMP, luaImports } from './lua-imports.ts';
import { type WasmModule, WebAssembly } from './web-assembly.ts';

export { LUA_LONGJMP };

/** A function that scripts can call: returns how many results it has pushed, or what `vm.raise` returned. */
export type LuaNative = (L: number) => number;

/** Result of a native function that has pushed an error value. */
const RAISED = -1;

/** Strings up to this size are put together in a buffer that stays. */
const TRANSFER_BYTES = 64 << 10;

/**
 * Calls the imported function `f`; when its result is negative, lua_error takes the value on top of the stack:
 *
 *     (module (type (func (param i32) (result i32)))
 *       (import "" "f" (func 0)) (import "" "e" (func 0))
 *       (func (export "t") (type 0) (local i32)
 *         local.get 0  call 0  local.tee 1  i32.const 0  i32.lt_s
 *         if  local.get 0  call 1  drop  end
 *         local.get 1))
 */
const TRAMPOLINE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f],
  ...[0x02, 0x0b, 0x02, 0x00, 0x01, 0x66, 0x00, 0x00, 0x00, 0x01, 0x65, 0x00, 0x00, 0x03, 0x02, 0x01, 0x00],
  ...[0x07, 0x05, 0x01, 0x01, 0x74, 0x00, 0x02, 0x0a, 0x19, 0x01, 0x17, 0x01, 0x01, 0x7f],
  ...[0x20, 0x00, 0x10, 0x00, 0x22, 0x01, 0x41, 0x00, 0x48, 0x04, 0x40, 0x20, 0x00, 0x10, 0x01, 0x1a, 0x0b],
  ...[0x20, 0x01, 0x0b],
);

/** The same for a hook, `void (lua_State *, lua_Debug *)`: `f` gets L alone. */
const HOOK_TRAMPOLINE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x0b, 0x02],
  ...[0x60, 0x01, 0x7f, 0x01, 0x7f, 0x60, 0x02, 0x7f, 0x7f, 0x00],
  ...[0x02, 0x0b, 0x02, 0x00, 0x01, 0x66, 0x00, 0x00, 0x00, 0x01, 0x65, 0x00, 0x00, 0x03, 0x02, 0x01, 0x01],
  ...[0x07, 0x05, 0x01, 0x01, 0x74, 0x00, 0x02, 0x0a, 0x13, 0x01, 0x11, 0x00],
  ...[0x20, 0x00, 0x10, 0x00, 0x41, 0x00, 0x48, 0x04, 0x40, 0x20, 0x00, 0x10, 0x01, 0x1a, 0x0b, 0x0b],
);

let trampoline: WasmModule | null = null;
let hookTrampoline: WasmModule | null = null;

export class LuaVm {
  readonly api: LuaExports;
  /** The main `lua_State *`. */
  readonly L: number;
  /** All of memory; renewed when it grows. */
  bytes: Uint8Array;
  /** The same in 32-bit words. */
  words: Int32Array;
  /** Where functions that return the length of a string put it; `length` reads it. */
  readonly lengthAt: number;
  private readonly names = new Map<string, number>();
  private transfer: number;
  private transferBytes = TRANSFER_BYTES;

  /** A new interpreter without any library. `limitBytes` is what its memory may grow to. */
  constructor(limitBytes: number) {
    const module = luaModule();
    const host = { api: (): LuaExports => this.api, memoryGrew: (): void => this.renewViews(), limitBytes };
    const { exports } = new WebAssembly.Instance(module, luaImports(host, module));
    const api = exports as unknown as LuaExports;
    this.api = api;
    this.bytes = new Uint8Array(api.memory.buffer);
    this.words = new Int32Array(api.memory.buffer);
    api.__wasm_call_ctors();
    this.lengthAt = api.malloc(16);
    this.transfer = api.malloc(TRANSFER_BYTES);
    this.L = api.luaL_newstate();
    if (this.L === 0) throw new Error('No memory for a Lua interpreter');
  }

  private renewViews(): void {
    this.bytes = new Uint8Array(this.api.memory.buffer);
    this.words = new Int32Array(this.api.memory.buffer);
  }

  /** Makes a native function known; the result is a `lua_CFunction`, good for as long as the interpreter is. */
  native(fn: LuaNative): number {
    trampoline ??= new WebAssembly.Module(TRAMPOLINE);
    return this.addFunction(trampoline, fn);
  }

  /** The same for `lua_sethook`; what `fn` returns is 0 or `vm.raise`. */
  hook(fn: LuaNative): number {
    hookTrampoline ??= new WebAssembly.Module(HOOK_TRAMPOLINE);
    return this.addFunction(hookTrampoline, fn);
  }

  private addFunction(module: WasmModule, fn: LuaNative): number {
    const instance = new WebAssembly.Instance(module, { '': { f: fn, e: this.api.lua_error } });
    const table = this.api.__indirect_function_table;
    const index = table.grow(1);
    table.set(index, instance.exports['t']);
    return index;
  }

  /** Pushes a native function without upvalues. */
  pushNative(L: number, fn: LuaNative): void {
    this.api.lua_pushcclosure(L, this.native(fn), 0);
  }

  /** Sets fields of the table on top of the stack to native functions. */
  setNatives(L: number, functions: Readonly<Record<string, LuaNative>>): void {
    for (const name of Object.keys(functions)) {
      this.pushNative(L, functions[name]!);
      this.setField(L, -2, name);
    }
  }

  /** Address of a NUL-terminated copy of `name` that stays; for names and texts of the program, not of users. */
  name(name: string): number {
    let at = this.names.get(name);
    if (at === undefined) {
      at = this.api.malloc(name.length + 1);
      if (at === 0) throw new Error('No memory for a name');
      this.writeString(at, name);
      this.bytes[at + name.length] = 0;
      this.names.set(name, at);
    }
    return at;
  }

  getField(L: number, index: number, name: string): void {
    this.api.lua_getfield(L, index, this.name(name));
  }

  /** Pops the value on top of the stack into a field. */
  setField(L: number, index: number, name: string): void {
    this.api.lua_setfield(L, index, this.name(name));
  }

  /** Pushes a byte string. */
  pushString(L: number, text: string): void {
    const at = this.room(L, text.length);
    this.writeString(at, text);
    this.api.lua_pushlstring(L, at, text.length);
  }

  /** Pushes bytes of a buffer as a string. */
  pushBytes(L: number, buf: Uint8Array, off: number, len: number): void {
    const at = this.room(L, len);
    copy(this.bytes, at, buf, off, len);
    this.api.lua_pushlstring(L, at, len);
  }

  /** Address of `bytes` bytes of room, until the next call; for what becomes a string. Raises Lua's error when there is no memory. */
  room(L: number, bytes: number): number {
    if (bytes > this.transferBytes) this.enlarge(L, bytes);
    return this.transfer;
  }

  private enlarge(L: number, bytes: number): void {
    this.api.free(this.transfer);
    const at = this.api.malloc(bytes);
    this.transferBytes = at === 0 ? TRANSFER_BYTES : bytes;
    this.transfer = at === 0 ? this.api.malloc(TRANSFER_BYTES) : at;
    if (at !== 0) return;
    this.pushString(L, 'not enough memory');
    this.api.lua_error(L);
  }

  /** Frees the room of a long string. */
  shrinkRoom(): void {
    if (this.transferBytes === TRANSFER_BYTES) return;
    this.api.free(this.transfer);
    this.transfer = this.api.malloc(TRANSFER_BYTES);
    this.transferBytes = TRANSFER_BYTES;
  }

  /** Address of the string (or number, which becomes one) at `index`, 0 when it is neither; its length is in `length`. */
  toString(L: number, index: number): number {
    return this.api.lua_tolstring(L, index, this.lengthAt);
  }

  /** The same; anything else raises Lua's "bad argument" error. */
  checkString(L: number, index: number): number {
    return this.api.luaL_checklstring(L, index, this.lengthAt);
  }

  /** Length of the string asked for last. */
  get length(): number {
    return this.words[this.lengthAt >> 2]!;
  }

  /** The byte string at an address. */
  stringAt(at: number, length: number): string {
    const { bytes } = this;
    if (length > 32) return Buffer.from(bytes.buffer, at, length).toString('latin1');
    let text = '';
    for (let i = 0; i < length; i++) text += String.fromCharCode(bytes[at + i]!);
    return text;
  }

  /** The byte string at `index` of the stack; null when there is neither a string nor a number. */
  stringOf(L: number, index: number): string | null {
    const at = this.toString(L, index);
    return at === 0 ? null : this.stringAt(at, this.length);
  }

  private writeString(at: number, text: string): void {
    const { bytes } = this;
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  }

  /** Ends a native function with an error: `return vm.raise(L, …)`. The position in the script stands before the message. */
  raise(L: number, message: string): number {
    this.api.luaL_where(L, 1);
    this.pushString(L, message);
    this.api.lua_concat(L, 2);
    return RAISED;
  }

  /** The same without a position. */
  raisePlain(L: number, message: string): number {
    this.pushString(L, message);
    return RAISED;
  }

  /** The same with the value on top of the stack. */
  raiseTop(): number {
    return RAISED;
  }

  /** Bytes that Lua's values take. */
  usedBytes(): number {
    return this.api.lua_gc(this.L, 3, 0) * 1024 + this.api.lua_gc(this.L, 4, 0);
  }

  /** Sets a global variable to the value on top of the stack. */
  setGlobal(L: number, name: string): void {
    this.setField(L, LUA_GLOBALSINDEX, name);
  }
}

/** Short copies by a loop: no view is made. */
function copy(to: Uint8Array, at: number, from: Uint8Array, off: number, len: number): void {
  if (len > 64) to.set(from.subarray(off, off + len), at);
  else for (let i = 0; i < len; i++) to[at + i] = from[off + i]!;
}
