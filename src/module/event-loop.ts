// File descriptors that modules add to the server's loop: RM_EventLoopAdd.

import { bindCallback, type NativeFunction } from './abi/callbacks.ts';
import { ContextKind } from './abi/contexts.ts';
import type { ModuleHost } from './host.ts';
import type { Module } from './module.ts';

export const READABLE = 1;
export const WRITABLE = 2;

interface Handler {
  readonly module: Module;
  readonly call: NativeFunction;
  readonly userData: number | bigint;
}

interface Watched {
  read: Handler | null;
  write: Handler | null;
}

export class ModuleEventLoop {
  private readonly host: ModuleHost;
  private readonly watched = new Map<number, Watched>();

  constructor(host: ModuleHost) {
    this.host = host;
    host.env.descriptors.onReady = (fd, readable, writable) => this.ready(fd, readable, writable);
  }

  /** Has a function called when the descriptor is ready; 0, or the errno of a refusal. */
  add(module: Module, fd: number, mask: number, func: number, userData: number | bigint): number {
    const handler: Handler = {
      module,
      call: bindCallback('void ready(int fd, void *user_data, int mask)', func),
      userData,
    };
    const before = this.watched.get(fd);
    if (mask === 0) return 0;
    const now: Watched = {
      read: mask & READABLE ? handler : (before?.read ?? null),
      write: mask & WRITABLE ? handler : (before?.write ?? null),
    };
    const errno = this.host.env.descriptors.set(fd, now.read !== null, now.write !== null);
    if (errno !== 0) return errno;
    this.watched.set(fd, now);
    if (before === undefined) module.onUnload(() => this.remove(fd, READABLE | WRITABLE, module));
    return 0;
  }

  /** Ends it; descriptors that are not watched are none of ours. With `module`: only what is that module's. */
  remove(fd: number, mask: number, module: Module | null = null): void {
    const watched = this.watched.get(fd);
    if (watched === undefined) return;
    if (mask & READABLE && (module === null || watched.read?.module === module)) watched.read = null;
    if (mask & WRITABLE && (module === null || watched.write?.module === module)) watched.write = null;
    if (watched.read === null && watched.write === null) this.watched.delete(fd);
    this.host.env.descriptors.set(fd, watched.read !== null, watched.write !== null);
  }

  private ready(fd: number, readable: boolean, writable: boolean): void {
    if (readable) this.call(fd, this.watched.get(fd)?.read ?? null, READABLE);
    if (writable) this.call(fd, this.watched.get(fd)?.write ?? null, WRITABLE);
  }

  private call(fd: number, handler: Handler | null, mask: number): void {
    if (handler === null) return;
    const { call, module, userData } = handler;
    this.host.callModule(module, ContextKind.Call, null, null, () => call(fd, userData, mask));
  }
}
