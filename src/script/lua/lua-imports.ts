/**
 * What the WebAssembly of Lua imports: memory that grows, the two halves of setjmp and longjmp, and system calls that nothing
 * of what scripts may use ever makes.
 *
 * A Lua error is `_emscripten_throw_longjmp`, which throws `LUA_LONGJMP` through all frames, of WebAssembly and of
 * JavaScript, up to the `invoke_vii` that lua_pcall has called its function through.
 */
import type { LuaExports } from './lua-api.ts';
import { type WasmImports, type WasmModule, WebAssembly } from './web-assembly.ts';

/** What is thrown for a Lua error. JavaScript that calls functions which raise errors must let it pass. */
export const LUA_LONGJMP: number = Number.POSITIVE_INFINITY;

export interface LuaImportHost {
  /** The exports, once there are any. */
  api(): LuaExports;
  /** Memory has grown: views of it are to be renewed. */
  memoryGrew(): void;
  /** Most bytes that the memory may grow to. */
  readonly limitBytes: number;
}

const PAGE = 65536;

/** Grows to what is asked for and a fifth more, as far as the limit allows; 0 is malloc's failure. */
function resizeHeap(host: LuaImportHost, wanted: number): number {
  const { memory } = host.api();
  const bytes = wanted >>> 0;
  if (bytes > host.limitBytes) return 0;
  const have = memory.buffer.byteLength;
  const goal = Math.min(host.limitBytes, Math.max(bytes, have + Math.floor(have / 5)));
  try {
    memory.grow(Math.ceil((goal - have) / PAGE));
  } catch {
    return 0;
  }
  host.memoryGrew();
  return 1;
}

/** Names of imports are distinct, so the namespaces (`env`, `wasi_snapshot_preview1`) need not be looked at. */
function unexpected(name: string): () => never {
  return () => {
    throw new Error(`Lua called ${name}, which no script may reach`);
  };
}

/** The import object. */
export function luaImports(host: LuaImportHost, module: WasmModule): WasmImports {
  const env: Record<string, (...args: number[]) => number | undefined> = {
    invoke_vii(fn = 0, a = 0, b = 0) {
      const api = host.api();
      const sp = api.stackSave();
      try {
        (api.__indirect_function_table.get(fn) as (a: number, b: number) => void)(a, b);
      } catch (error) {
        if (error !== LUA_LONGJMP) throw error;
        api.stackRestore(sp);
        api.setThrew(1, 0);
      }
      return undefined;
    },
    _emscripten_throw_longjmp() {
      throw LUA_LONGJMP;
    },
    emscripten_memcpy_js(to = 0, from = 0, length = 0) {
      new Uint8Array(host.api().memory.buffer).copyWithin(to, from, from + length);
      return undefined;
    },
    emscripten_resize_heap: (bytes = 0) => resizeHeap(host, bytes),
    emscripten_date_now: () => Date.now(),
    _emscripten_get_now_is_monotonic: () => 0,
    // No variables of the environment.
    environ_sizes_get(count = 0, bytes = 0) {
      const words = new Int32Array(host.api().memory.buffer);
      words[count >> 2] = 0;
      words[bytes >> 2] = 0;
      return 0;
    },
    environ_get: () => 0,
  };
  const imports: WasmImports = {};
  for (const { module: space, name } of WebAssembly.Module.imports(module)) {
    imports[space] ??= {};
    imports[space][name] = env[name] ?? unexpected(name);
  }
  return imports;
}
