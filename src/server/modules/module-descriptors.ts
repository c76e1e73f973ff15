/** Descriptors that modules have watched: the server's side of `ModuleDescriptors` in `module/env.ts`. */
import { isMainThread } from 'node:worker_threads';
import type { ModuleDescriptors } from '../../module/env.ts';
import { DescriptorWatch } from '../../net/descriptor-watch.ts';
import type { Server } from '../server.ts';

export class ServerModuleDescriptors implements ModuleDescriptors {
  private readonly server: Server;
  private watch: DescriptorWatch | null = null;
  onReady: (fd: number, readable: boolean, writable: boolean) => void = () => {};

  constructor(server: Server) {
    this.server = server;
    server.hooks.shutdown.push(() => this.close());
  }

  /** A thread that is terminated cannot close what libuv watches. */
  get available(): boolean {
    return isMainThread;
  }

  set(fd: number, readable: boolean, writable: boolean): number {
    this.watch ??= new DescriptorWatch(() => this.wake());
    return this.watch.set(fd, readable, writable);
  }

  private wake(): void {
    const { server, watch } = this;
    // Where a thread has the lock, this is told once.
    watch!.pause();
    server.runLocked(() => {
      if (this.watch === null) return;
      try {
        this.watch.forEachReady((fd, readable, writable) =>
          server.units.run(() => this.onReady(fd, readable, writable)),
        );
      } finally {
        this.watch?.resume();
      }
    });
  }

  close(): void {
    this.watch?.close();
    this.watch = null;
  }
}
