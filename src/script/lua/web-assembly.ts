/** The part of JavaScript's WebAssembly that is used here; neither TypeScript's library for Node nor Node's types declare it. */

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export interface WasmTable {
  get(index: number): unknown;
  set(index: number, fn: unknown): void;
  grow(count: number): number;
}

/** A compiled module. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}

/** Functions and more by name, within namespaces. */
export type WasmImports = Record<string, Record<string, unknown>>;

interface WebAssemblyNamespace {
  readonly Module: {
    new (binary: Uint8Array): WasmModule;
    imports(module: WasmModule): { module: string; name: string }[];
  };
  readonly Instance: new (module: WasmModule, imports: WasmImports) => { readonly exports: Record<string, unknown> };
}

export const WebAssembly: WebAssemblyNamespace = (globalThis as unknown as { WebAssembly: WebAssemblyNamespace })
  .WebAssembly;
