/**
 * The raw C API of Lua 5.1 as the WebAssembly exports it. Pointers, sizes and `lua_State *` are numbers. Functions that can
 * raise a Lua error (see the reference manual) leave through JavaScript frames by throwing `LUA_LONGJMP`, see `lua-vm.ts`.
 */
import type { WasmMemory, WasmTable } from './web-assembly.ts';

// Pseudo-indices.
export const LUA_REGISTRYINDEX = -10000;
export const LUA_ENVIRONINDEX = -10001;
export const LUA_GLOBALSINDEX = -10002;

/** Index of upvalue `i` (from 1) of the running native function. */
export function upvalueIndex(i: number): number {
  return LUA_GLOBALSINDEX - i;
}

// Types.
export const LUA_TNONE = -1;
export const LUA_TNIL = 0;
export const LUA_TBOOLEAN = 1;
export const LUA_TLIGHTUSERDATA = 2;
export const LUA_TNUMBER = 3;
export const LUA_TSTRING = 4;
export const LUA_TTABLE = 5;
export const LUA_TFUNCTION = 6;
export const LUA_TUSERDATA = 7;
export const LUA_TTHREAD = 8;

// Results of lua_pcall and lua_load.
export const LUA_YIELD = 1;
export const LUA_ERRRUN = 2;
export const LUA_ERRSYNTAX = 3;
export const LUA_ERRMEM = 4;
export const LUA_ERRERR = 5;

export const LUA_MULTRET = -1;
export const LUA_MINSTACK = 20;

// Events of lua_sethook.
export const LUA_MASKCALL = 1;
export const LUA_MASKRET = 2;
export const LUA_MASKLINE = 4;
export const LUA_MASKCOUNT = 8;

// Options of lua_gc.
export const LUA_GCSTOP = 0;
export const LUA_GCRESTART = 1;
export const LUA_GCCOLLECT = 2;
export const LUA_GCCOUNT = 3;
export const LUA_GCCOUNTB = 4;
export const LUA_GCSTEP = 5;

type Get = (L: number, index: number) => number;
type Do = (L: number, index: number) => void;
type Push = (L: number) => void;

/** What the module exports, as far as it is used. Strings that go in are NUL-terminated addresses unless a length follows. */
export interface LuaExports {
  readonly memory: WasmMemory;
  readonly __indirect_function_table: WasmTable;
  __wasm_call_ctors(): void;
  malloc(bytes: number): number;
  free(address: number): void;
  stackSave(): number;
  stackRestore(sp: number): void;
  setThrew(threw: number, value: number): void;

  luaL_newstate(): number;
  lua_close: Push;
  lua_atpanic(L: number, fn: number): number;
  lua_newthread(L: number): number;
  luaopen_base: (L: number) => number;
  luaopen_table: (L: number) => number;
  luaopen_string: (L: number) => number;
  luaopen_math: (L: number) => number;
  luaopen_debug: (L: number) => number;

  lua_gettop(L: number): number;
  lua_settop: Do;
  lua_pushvalue: Do;
  lua_remove: Do;
  lua_insert: Do;
  lua_replace: Do;
  lua_checkstack(L: number, slots: number): number;
  luaL_checkstack(L: number, slots: number, message: number): void;
  lua_xmove(from: number, to: number, count: number): void;

  lua_type: Get;
  lua_isnumber: Get;
  lua_isstring: Get;
  lua_rawequal(L: number, a: number, b: number): number;
  lua_tonumber: Get;
  lua_tointeger: Get;
  lua_toboolean: Get;
  /** Address of the bytes, 0 when it is neither a string nor a number; the length is stored at `lengthAt`. */
  lua_tolstring(L: number, index: number, lengthAt: number): number;
  lua_objlen: Get;
  lua_touserdata: Get;
  lua_topointer: Get;
  luaL_checktype(L: number, index: number, type: number): void;
  luaL_checkany(L: number, index: number): void;
  luaL_checknumber: Get;
  luaL_checkinteger: Get;
  luaL_optinteger(L: number, index: number, otherwise: number): number;
  luaL_checklstring(L: number, index: number, lengthAt: number): number;
  luaL_argerror(L: number, index: number, message: number): number;
  luaL_where(L: number, level: number): void;

  lua_pushnil: Push;
  lua_pushnumber(L: number, value: number): void;
  lua_pushinteger(L: number, value: number): void;
  lua_pushlstring(L: number, address: number, length: number): void;
  lua_pushcclosure(L: number, fn: number, upvalues: number): void;
  lua_pushboolean(L: number, value: number): void;
  lua_pushlightuserdata(L: number, address: number): void;

  lua_gettable: Do;
  lua_getfield(L: number, index: number, name: number): void;
  lua_rawget: Do;
  lua_rawgeti(L: number, index: number, n: number): void;
  lua_createtable(L: number, arraySlots: number, hashSlots: number): void;
  lua_getmetatable: Get;
  lua_getfenv: Do;
  lua_settable: Do;
  lua_setfield(L: number, index: number, name: number): void;
  lua_rawset: Do;
  lua_rawseti(L: number, index: number, n: number): void;
  lua_setmetatable: Get;
  lua_setfenv: Get;
  lua_next: Get;
  lua_concat(L: number, count: number): void;
  lua_newuserdata(L: number, bytes: number): number;

  lua_call(L: number, args: number, results: number): void;
  lua_pcall(L: number, args: number, results: number, handler: number): number;
  luaL_loadbuffer(L: number, code: number, length: number, name: number): number;
  lua_error(L: number): number;
  lua_gc(L: number, what: number, data: number): number;
  lua_sethook(L: number, fn: number, mask: number, count: number): number;
  lua_getstack(L: number, level: number, activation: number): number;
  lua_getinfo(L: number, what: number, activation: number): number;
  luaL_ref: Get;
  luaL_unref(L: number, index: number, ref: number): void;
}
