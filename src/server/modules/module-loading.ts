/** What the server asks of its module host, and what stands in for it where native code cannot be called. */
import type { LoadOptions } from '../../module/host.ts';
import type { Logger } from '../process/logger.ts';

/** A module as HELLO and MODULE LIST show it; texts are byte strings. */
export interface ModuleDescription {
  readonly name: string;
  readonly version: number;
  readonly path: string;
  readonly args: readonly string[];
}

/** Loading and unloading modules; the module host does it. */
export interface ModuleLoading {
  /** Why no module at all can be loaded in this process; null when they can. */
  readonly refusal: string | null;
  /** Loads a module; true on success. The reasons of a failure go to the log. */
  load(path: string, args?: readonly Uint8Array[], options?: LoadOptions): boolean;
  /** Unloads a module; null on success, otherwise the end of `Error unloading module: `. */
  unload(name: string): string | null;
}

/** No modules: portable mode, or a process that cannot take another copy of the module API. */
export class NoModules implements ModuleLoading {
  readonly refusal: string;
  readonly #log: Logger;

  constructor(reason: string, log: Logger) {
    this.refusal = `native modules cannot be loaded: ${reason}`;
    this.#log = log;
  }

  load(path: string): boolean {
    this.#log.warning(`Module ${path} failed to load: ${this.refusal}`);
    return false;
  }

  unload(): string {
    return 'no such module with that name';
  }
}
