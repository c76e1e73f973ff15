/**
 * Stock Lua 5.1.5, compiled to WebAssembly: the file liblua5.1.wasm of the npm package `wasmoon-lua5.1` (MIT), of which
 * nothing else is used. Read and compiled when the first script comes, once in each evaluation of this file.
 *
 * The package is pinned to one version, because the file is changed where stock Lua would not do; `lua-patches.ts` says how.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type WasmModule, WebAssembly } from './web-assembly.ts';

let compiled: WasmModule | null = null;

/** The compiled interpreter. Throws when the package is missing or is another version. */
export function luaModule(): WasmModule {
  if (compiled === null) {
    const entry = createRequire(import.meta.url).resolve('wasmoon-lua5.1');
    compiled = new WebAssembly.Module(readFileSync(join(dirname(entry), 'liblua5.1.wasm')));
  }
  return compiled;
}
