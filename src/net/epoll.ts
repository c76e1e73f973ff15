/**
 * Transport over direct system calls: one epoll set of our own, nested in Node's loop.
 *
 * libuv watches the epoll descriptor; when it turns readable, `round` drains it a few times with `epoll_wait(…, 0)`.
 * Events are level-triggered, so a connection that was not read to its end comes again. Node's loop stays the master:
 * timers, promises, signals and callbacks of foreign threads keep working.
 */
import { chmodSync } from 'node:fs';
import { AF_INET, AF_INET6, AF_UNIX, decodeInet, encodeInet, encodeUnix, isLoopbackAddress } from './sockaddr.ts';
import { removeSocketFile, socketFileId } from './socket-file.ts';
import * as sys from './syscalls.ts';
import {
  CONNECTION_ERROR,
  type Connection,
  type Listener,
  type Transport,
  type TransportHandlers,
  WOULD_BLOCK,
} from './transport.ts';

/** `struct epoll_event` is packed on x86-64: events u32, data u64. Elsewhere data is 8-aligned. */
const EVENT_BYTES = process.arch === 'x64' ? 12 : 16;
const EVENT_DATA = process.arch === 'x64' ? 4 : 8;
const MAX_EVENTS = 512;
/** How often one wake-up asks for more events before Node's loop gets its turn. */
const ROUNDS_PER_WAKEUP = 4;
/** Default for `max-new-connections-per-cycle`. */
const ACCEPTS_PER_EVENT = 64;
/** How long a listener rests after accepting failed. */
const ACCEPT_REST_MS = 100;

class EpollConnection implements Connection {
  fd: number;
  owner: unknown = null;
  remoteAddress: string;
  localAddress: string;
  isUnixSocket: boolean;
  isLoopback: boolean;
  private transport: EpollTransport;
  private interest = sys.EPOLLIN;

  constructor(transport: EpollTransport, fd: number, remote: string, local: string, unix: boolean, loopback: boolean) {
    this.transport = transport;
    this.fd = fd;
    this.remoteAddress = remote;
    this.localAddress = local;
    this.isUnixSocket = unix;
    this.isLoopback = loopback;
  }

  read(buf: Uint8Array, off: number, len: number): number {
    const n = sys.recv(this.fd, this.transport.address(buf) + off, len, 0);
    return n >= 0 ? n : this.failure();
  }

  write(buf: Uint8Array, from: number, to: number): number {
    const n = sys.send(this.fd, this.transport.address(buf) + from, to - from, sys.MSG_NOSIGNAL);
    if (n >= 0) return n;
    return this.failure() === WOULD_BLOCK ? 0 : CONNECTION_ERROR;
  }

  private failure(): number {
    const errno = sys.errno();
    return errno === sys.EAGAIN || errno === sys.EINTR ? WOULD_BLOCK : CONNECTION_ERROR;
  }

  wantWritable(on: boolean): void {
    this.setInterest(on ? this.interest | sys.EPOLLOUT : this.interest & ~sys.EPOLLOUT);
  }

  wantReadable(on: boolean): void {
    this.setInterest(on ? this.interest | sys.EPOLLIN : this.interest & ~sys.EPOLLIN);
  }

  private setInterest(interest: number): void {
    if (interest === this.interest || this.fd < 0) return;
    this.interest = interest;
    this.transport.control(sys.EPOLL_CTL_MOD, this.fd, interest);
  }

  setKeepAlive(seconds: number): void {
    if (this.isUnixSocket || this.fd < 0) return;
    setOption(this.fd, sys.SOL_SOCKET, sys.SO_KEEPALIVE, seconds > 0 ? 1 : 0);
    if (seconds <= 0) return;
    setOption(this.fd, sys.IPPROTO_TCP, sys.TCP_KEEPIDLE, seconds);
    setOption(this.fd, sys.IPPROTO_TCP, sys.TCP_KEEPINTVL, Math.max(1, Math.floor(seconds / 3)));
    setOption(this.fd, sys.IPPROTO_TCP, sys.TCP_KEEPCNT, 3);
  }

  close(): void {
    if (this.fd < 0) return;
    this.transport.forget(this.fd);
    sys.close(this.fd);
    this.fd = -1;
  }
}

class EpollListener implements Listener {
  fd: number;
  port: number;
  address: string;
  unixPath: string | null;
  /** Of the socket file that is ours; another server may have put its own in its place. */
  private readonly fileId: string | null;
  private transport: EpollTransport;

  constructor(transport: EpollTransport, fd: number, address: string, port: number, unixPath: string | null) {
    this.transport = transport;
    this.fd = fd;
    this.address = address;
    this.port = port;
    this.unixPath = unixPath;
    this.fileId = unixPath === null ? null : socketFileId(unixPath);
  }

  close(): void {
    if (this.fd < 0) return;
    this.transport.forget(this.fd);
    sys.close(this.fd);
    this.fd = -1;
    if (this.unixPath !== null && socketFileId(this.unixPath) === this.fileId) removeSocketFile(this.unixPath);
  }
}

/** Any long time. */
const KEEP_ALIVE_MS = 0x7fffffff;

export class EpollTransport implements Transport {
  readonly name = 'epoll';
  private readonly handlers: TransportHandlers;
  private readonly epfd: number;
  private readonly byFd: (EpollConnection | EpollListener | null)[] = [];
  private readonly events = Buffer.allocUnsafeSlow(MAX_EVENTS * EVENT_BYTES);
  private readonly eventsView = new DataView(this.events.buffer);
  private readonly eventsAddress = sys.addressOf(this.events);
  /** One event for epoll_ctl, and room for a socket address with its length in front. */
  private readonly scratch = Buffer.allocUnsafeSlow(256);
  private readonly scratchAddress = sys.addressOf(this.scratch);
  private readonly handle: sys.PollHandle;
  private lastBuffer: Uint8Array | null = null;
  private lastAddress = 0;
  private otherBuffer: Uint8Array | null = null;
  private otherAddress = 0;
  private closed = false;
  private acceptFailing = false;
  private held = false;
  private keepAlive: NodeJS.Timeout | undefined;

  constructor(handlers: TransportHandlers) {
    this.handlers = handlers;
    this.epfd = sys.epollCreate1(sys.EPOLL_CLOEXEC);
    if (this.epfd < 0) throw sys.systemError('epoll_create1', '');
    this.handle = sys.watch(this.epfd, () => this.wake());
  }

  /**
   * Node's loop says that something is ready. Waiting for more in an epoll_wait of our own was tried: it answers a
   * little sooner, finds fewer clients ready each time, and so costs a seventh more CPU per request.
   */
  private wake(): void {
    // koffi swallows what this throws.
    try {
      for (let i = 0; i < ROUNDS_PER_WAKEUP && !this.closed && !this.held; i++) if (this.round() === 0) break;
    } catch (error) {
      this.handlers.onFault(error);
    }
  }

  resume(): void {
    if (!this.held || this.closed) return;
    this.held = false;
    clearInterval(this.keepAlive);
    this.handle.start();
    this.round();
  }

  poll(): void {
    if (!this.closed && !this.held) this.round(true);
  }

  /** Handles what is ready now, if anything is or `always`; returns the number of events. */
  private round(always = false): number {
    const count = Math.max(0, sys.epollWait(this.epfd, this.eventsAddress, MAX_EVENTS, 0));
    if (count === 0 && !always) return 0;
    if (!this.handlers.onRoundStart()) {
      // The descriptor stays readable: without this, Node's loop would spin on it.
      this.held = true;
      this.handle.pause();
      // A paused handle does not keep Node's loop alive, and the thread's calls must be served.
      this.keepAlive = setInterval(() => {}, KEEP_ALIVE_MS);
      return 0;
    }
    // A nested round (a module that yields) would overwrite the shared events: take them first.
    const view = this.eventsView;
    const ready = this.depth === 0 ? this.ready : new Int32Array(2 * MAX_EVENTS);
    for (let i = 0; i < count; i++) {
      const at = i * EVENT_BYTES;
      ready[2 * i] = view.getInt32(at + EVENT_DATA, true);
      ready[2 * i + 1] = view.getInt32(at, true);
    }
    this.depth++;
    let failed = true;
    try {
      this.handOut(ready, count);
      failed = false;
    } finally {
      this.depth--;
      this.handlers.onRoundEnd(failed);
    }
    return count;
  }

  /** Hands out the first `count` of the events (descriptor, bits). */
  private handOut(ready: Int32Array, count: number): void {
    const { handlers, byFd } = this;
    for (let i = 0; i < 2 * count && !this.closed; i += 2) {
      const target = byFd[ready[i]!];
      const events = ready[i + 1]!;
      if (target instanceof EpollConnection) {
        if (events & (sys.EPOLLIN | sys.EPOLLHUP | sys.EPOLLERR)) handlers.onReadable(target);
        if (events & sys.EPOLLOUT && target.fd >= 0) handlers.onWritable(target);
      } else if (target) this.accept(target);
    }
  }

  private depth = 0;
  private readonly ready: Int32Array = new Int32Array(2 * MAX_EVENTS);

  /** Native address of a buffer; the two buffers that nearly all calls use are remembered. */
  address(buf: Uint8Array): number {
    if (buf === this.lastBuffer) return this.lastAddress;
    if (buf === this.otherBuffer) return this.otherAddress;
    this.otherBuffer = this.lastBuffer;
    this.otherAddress = this.lastAddress;
    this.lastBuffer = buf;
    this.lastAddress = sys.addressOf(buf);
    return this.lastAddress;
  }

  control(op: number, fd: number, events: number): void {
    this.scratch.writeUInt32LE(events, 0);
    this.scratch.writeUInt32LE(fd, EVENT_DATA);
    this.scratch.writeUInt32LE(0, EVENT_DATA + 4);
    sys.epollCtl(this.epfd, op, fd, this.scratchAddress);
  }

  private add(fd: number, target: EpollConnection | EpollListener): void {
    this.byFd[fd] = target;
    this.control(sys.EPOLL_CTL_ADD, fd, sys.EPOLLIN);
  }

  forget(fd: number): void {
    this.byFd[fd] = null;
    this.control(sys.EPOLL_CTL_DEL, fd, 0);
  }

  private accept(listener: EpollListener): void {
    for (let i = 0; i < ACCEPTS_PER_EVENT && listener.fd >= 0; i++) {
      this.scratch.writeUInt32LE(128, 64);
      const flags = sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC;
      const fd = sys.accept4(listener.fd, this.scratchAddress + 72, this.scratchAddress + 64, flags);
      if (fd < 0) return this.acceptFailed(listener, sys.errno());
      this.acceptFailing = false;
      const unix = listener.unixPath !== null;
      let remote = `${listener.unixPath}:0`;
      let local = remote;
      let loopback = true;
      if (!unix) {
        const peer = decodeInet(this.scratch.subarray(72));
        remote = `${peer.address}:${peer.port}`;
        loopback = isLoopbackAddress(peer.address);
        setOption(fd, sys.IPPROTO_TCP, sys.TCP_NODELAY, 1);
        const own = this.localName(fd);
        local = `${own.address}:${own.port}`;
      }
      const connection = new EpollConnection(this, fd, remote, local, unix, loopback);
      this.add(fd, connection);
      this.handlers.onAccept(connection);
    }
  }

  /** Without free descriptors the listener stays readable: it rests for a moment, or the loop would spin on it. */
  private acceptFailed(listener: EpollListener, errno: number): void {
    if (errno === sys.EAGAIN || errno === sys.EINTR || errno === sys.ECONNABORTED) return;
    if (!this.acceptFailing) this.handlers.onAcceptError(sys.errnoName(errno));
    this.acceptFailing = true;
    this.control(sys.EPOLL_CTL_MOD, listener.fd, 0);
    setTimeout(() => {
      if (!this.closed && listener.fd >= 0) this.control(sys.EPOLL_CTL_MOD, listener.fd, sys.EPOLLIN);
    }, ACCEPT_REST_MS).unref();
  }

  private localName(fd: number): { address: string; port: number } {
    this.scratch.writeUInt32LE(128, 64);
    sys.getsockname(fd, this.scratchAddress + 72, this.scratchAddress + 64);
    return decodeInet(this.scratch.subarray(72));
  }

  async listenTcp(address: string, port: number, backlog: number): Promise<Listener> {
    const name = encodeInet(address, port);
    if (name === null)
      throw Object.assign(new Error(`Cannot listen on ${address}: not an IP address`), { code: 'EINVAL' });
    const ipv6 = name.length === 28;
    const fd = this.openSocket(ipv6 ? AF_INET6 : AF_INET);
    setOption(fd, sys.SOL_SOCKET, sys.SO_REUSEADDR, 1);
    if (ipv6) setOption(fd, sys.IPPROTO_IPV6, sys.IPV6_V6ONLY, 1);
    this.bindAndListen(fd, name, backlog, `${address}:${port}`);
    const own = this.localName(fd);
    const listener = new EpollListener(this, fd, address, own.port, null);
    this.add(fd, listener);
    return listener;
  }

  async listenUnix(path: string, mode: number, backlog: number): Promise<Listener> {
    const name = encodeUnix(path);
    if (name === null)
      throw Object.assign(new Error(`Cannot listen on ${path}: path too long`), { code: 'ENAMETOOLONG' });
    removeSocketFile(path);
    const fd = this.openSocket(AF_UNIX);
    this.bindAndListen(fd, name, backlog, path);
    if (mode !== 0) chmodSync(path, mode);
    const listener = new EpollListener(this, fd, path, 0, path);
    this.add(fd, listener);
    return listener;
  }

  private openSocket(domain: number): number {
    const fd = sys.socket(domain, sys.SOCK_STREAM | sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC, 0);
    if (fd < 0) throw sys.systemError('socket', '');
    return fd;
  }

  private bindAndListen(fd: number, name: Uint8Array, backlog: number, label: string): void {
    const failed = sys.bind(fd, name, name.length) < 0 ? 'bind' : sys.listen(fd, backlog) < 0 ? 'listen' : null;
    if (failed === null) return;
    const error = sys.systemError(failed, label);
    sys.close(fd);
    throw error;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.keepAlive);
    for (const target of this.byFd) target?.close();
    this.handle.close();
    sys.close(this.epfd);
  }
}

function setOption(fd: number, level: number, name: number, value: number): void {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value, 0);
  sys.setsockopt(fd, level, name, bytes, 4);
}
