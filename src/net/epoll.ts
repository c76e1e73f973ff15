/**
 * Transport over direct system calls: one epoll set of our own, nested in Node's loop.
 *
 * libuv watches the epoll descriptor; when it turns readable, `round` drains it a few times with `epoll_wait(…, 0)`.
 * Events are level-triggered, so a connection that was not read to its end comes again. Node's loop stays the master:
 * timers, promises, signals and callbacks of foreign threads keep working.
 *
 * With the native shim all connections of a round are read in one call before any of them is handed out
 * (socket-batches.ts). A nested round first hands out what is left of the outer one's, since the kernel does not tell of
 * those again.
 */
import { chmodSync } from 'node:fs';
import { isOutOfMemory } from '../memory/out-of-memory.ts';
import type { Shim } from '../memory/shim.ts';
import { EVENT_DATA, EventList } from './event-list.ts';
import { AF_INET, AF_INET6, AF_UNIX, decodeInet, encodeInet, encodeUnix, isLoopbackAddress } from './sockaddr.ts';
import { NOT_READ, ReceiveBatch, SendBatch } from './socket-batches.ts';
import { removeSocketFile, socketFileId } from './socket-file.ts';
import * as sys from './syscalls.ts';
import {
  CONNECTION_ERROR,
  type Connection,
  type Listener,
  type ReceiveBuffer,
  type SendQueue,
  type Transport,
  type TransportHandlers,
  WOULD_BLOCK,
} from './transport.ts';

const MAX_EVENTS = 512;
/** How often one wake-up asks for more events before Node's loop gets its turn. */
const ROUNDS_PER_WAKEUP = 4;
/** Default for `max-new-connections-per-cycle`. */
const ACCEPTS_PER_EVENT = 64;
/** How long a listener rests after accepting failed. */
const ACCEPT_REST_MS = 100;

const READABLE = sys.EPOLLIN | sys.EPOLLHUP | sys.EPOLLERR;

function isTransient(errno: number): boolean {
  return errno === sys.EAGAIN || errno === sys.EINTR;
}

class EpollConnection implements Connection {
  fd: number;
  readonly takesSends = true;
  /** Tells it from others that have had its descriptor. */
  readonly serial: number;
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
    this.serial = transport.nextSerial();
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
    return isTransient(sys.errno()) ? WOULD_BLOCK : CONNECTION_ERROR;
  }

  receives(on: boolean): void {
    if (this.fd >= 0) this.transport.reads?.allow(this.fd, on);
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
  readonly serial: number;
  port: number;
  address: string;
  unixPath: string | null;
  /** Of the socket file that is ours; another server may have put its own in its place. */
  private readonly fileId: string | null;
  private transport: EpollTransport;

  constructor(transport: EpollTransport, fd: number, address: string, port: number, unixPath: string | null) {
    this.transport = transport;
    this.fd = fd;
    this.serial = transport.nextSerial();
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

/** The sends of a round. */
class EpollSends implements SendQueue {
  private readonly transport: EpollTransport;
  private readonly batch: SendBatch;

  constructor(transport: EpollTransport, shim: Shim) {
    this.transport = transport;
    this.batch = new SendBatch(shim);
  }

  add(connection: Connection, from: number, to: number): number {
    return this.batch.add(connection.fd, from, to);
  }

  send(buf: Uint8Array): void {
    this.batch.send(this.transport.address(buf));
  }

  sent(i: number): number {
    const result = this.batch.result(i);
    return result >= 0 ? result : isTransient(-result) ? 0 : CONNECTION_ERROR;
  }
}

/** Any long time. */
const KEEP_ALIVE_MS = 0x7fffffff;

export class EpollTransport implements Transport {
  readonly name = 'epoll';
  private readonly handlers: TransportHandlers;
  private readonly epfd: number;
  private readonly byFd: (EpollConnection | EpollListener | null)[] = [];
  private readonly events = new EventList(MAX_EVENTS);
  private readonly received: ReceiveBuffer;
  /** Null without the native shim. */
  readonly reads: ReceiveBatch | null;
  readonly sends: SendQueue | null;
  /** Items of `reads` that are not handed out yet. */
  private nextItem = 0;
  private endItem = 0;
  private lastSerial = 0;
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

  constructor(handlers: TransportHandlers, received: ReceiveBuffer, shim: Shim | null) {
    this.handlers = handlers;
    this.received = received;
    this.reads = shim === null ? null : new ReceiveBatch(shim, received, this.events.address, MAX_EVENTS);
    this.sends = shim === null ? null : new EpollSends(this, shim);
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
    // A nested round (a module that yields) must not overwrite events that the outer one has still to look at.
    const events = this.depth === 0 ? this.events : new EventList(MAX_EVENTS);
    const count = Math.max(0, sys.epollWait(this.epfd, events.address, MAX_EVENTS, 0));
    if (count === 0 && !always) return 0;
    if (!this.handlers.onRoundStart()) {
      // The descriptor stays readable: without this, Node's loop would spin on it.
      this.held = true;
      this.handle.pause();
      // A paused handle does not keep Node's loop alive, and the thread's calls must be served.
      this.keepAlive = setInterval(() => {}, KEEP_ALIVE_MS);
      return 0;
    }
    this.depth++;
    let failed = true;
    try {
      if (this.reads !== null && this.depth === 1 && this.received.isFree) this.readAndHandOut(this.reads, count);
      else {
        this.handOutRest();
        for (let i = 0; i < count; i++) this.handOut(events.fd(i), events.serial(i), events.bits(i));
      }
      failed = false;
    } finally {
      this.depth--;
      this.handlers.onRoundEnd(failed);
    }
    return count;
  }

  private depth = 0;

  /** Hands out an event whose connection has not been read from. */
  private handOut(fd: number, serial: number, bits: number): void {
    const target = this.byFd[fd];
    if (!target || target.serial !== serial || this.closed) return;
    if (!(target instanceof EpollConnection)) return this.accept(target);
    if (bits & READABLE) this.handlers.onReadable(target);
    if (bits & sys.EPOLLOUT && target.fd >= 0) this.handlers.onWritable(target);
  }

  /** Reads for the first `count` of `events`, as many at a time as there is room for, and hands them out. */
  private readAndHandOut(reads: ReceiveBatch, count: number): void {
    let next = 0;
    try {
      while (next < count && !this.closed) {
        if (next > 0) this.received.drain();
        this.nextItem = next;
        next = reads.read(next, count);
        this.endItem = next;
        while (this.nextItem < this.endItem) {
          if (!this.handOutItem(reads, this.nextItem++))
            throw new Error('a connection was read from while it was held');
        }
      }
    } finally {
      this.nextItem = this.endItem;
      this.received.usedBytes = 0;
    }
  }

  /** In a nested round: what the round further out has read and not come to. */
  private handOutRest(): void {
    for (let i = this.nextItem; i < this.endItem; i++) this.handOutItem(this.reads!, i);
  }

  /**
   * Hands out what was read, once; false when it is not taken now. A want of memory hits this connection alone: the others
   * have been read from as well, and the kernel does not tell of them again.
   */
  private handOutItem(reads: ReceiveBatch, i: number): boolean {
    const bits = reads.bits(i);
    if (bits === 0) return true;
    const [fd, serial, start] = [reads.fd(i), reads.serial(i), reads.start(i)];
    // Whatever is called may begin a nested round, which hands out the rest.
    reads.setBits(i, 0);
    const length = reads.length(i, isTransient);
    const target = this.byFd[fd];
    try {
      if (length === NOT_READ) this.handOut(fd, serial, bits);
      else if (target instanceof EpollConnection && target.serial === serial && !this.closed) {
        if (!this.handlers.onReceived(target, start, length)) {
          reads.setBits(i, bits);
          return false;
        }
        if (bits & sys.EPOLLOUT && target.fd >= 0) this.handlers.onWritable(target);
      }
    } catch (error) {
      if (length !== NOT_READ && target instanceof EpollConnection) this.handlers.onLost(target);
      if (this.depth > 1 || !isOutOfMemory(error)) throw error;
      this.handlers.onFault(error);
    }
    return true;
  }

  /** A number for a connection or listener; the next one with its descriptor gets another. */
  nextSerial(): number {
    this.lastSerial = (this.lastSerial + 1) | 0;
    return this.lastSerial;
  }

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
    this.scratch.writeInt32LE(this.byFd[fd]?.serial ?? 0, EVENT_DATA + 4);
    sys.epollCtl(this.epfd, op, fd, this.scratchAddress);
  }

  private add(fd: number, target: EpollConnection | EpollListener): void {
    this.byFd[fd] = target;
    if (target instanceof EpollConnection) target.receives(true);
    this.control(sys.EPOLL_CTL_ADD, fd, sys.EPOLLIN);
  }

  forget(fd: number): void {
    this.reads?.allow(fd, false);
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
