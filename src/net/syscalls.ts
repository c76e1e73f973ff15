/**
 * The socket system calls of Linux through koffi. Buffers are passed as numeric addresses, so that no call allocates.
 * All return -1 on failure; `errno()` tells why.
 */
import { constants } from 'node:os';
import koffi from '../memory/koffi.ts';

const libc = koffi.load('libc.so.6');

export const socket: (domain: number, type: number, protocol: number) => number = libc.func(
  'int socket(int domain, int type, int protocol)',
);
export const bind: (fd: number, address: Uint8Array, length: number) => number = libc.func(
  'int bind(int fd, uint8_t *address, uint32_t length)',
);
export const listen: (fd: number, backlog: number) => number = libc.func('int listen(int fd, int backlog)');
export const accept4: (fd: number, address: number, length: number, flags: number) => number = libc.func(
  'int accept4(int fd, uintptr_t address, uintptr_t length, int flags)',
);
export const getsockname: (fd: number, address: number, length: number) => number = libc.func(
  'int getsockname(int fd, uintptr_t address, uintptr_t length)',
);
export const setsockopt: (fd: number, level: number, name: number, value: Uint8Array, length: number) => number =
  libc.func('int setsockopt(int fd, int level, int name, uint8_t *value, uint32_t length)');
export const recv: (fd: number, address: number, length: number, flags: number) => number = libc.func(
  'intptr_t recv(int fd, uintptr_t address, size_t length, int flags)',
);
export const send: (fd: number, address: number, length: number, flags: number) => number = libc.func(
  'intptr_t send(int fd, uintptr_t address, size_t length, int flags)',
);
export const close: (fd: number) => number = libc.func('int close(int fd)');
export const epollCreate1: (flags: number) => number = libc.func('int epoll_create1(int flags)');
export const epollCtl: (epfd: number, op: number, fd: number, event: number) => number = libc.func(
  'int epoll_ctl(int epfd, int op, int fd, uintptr_t event)',
);
export const epollWait: (epfd: number, events: number, max: number, timeoutMs: number) => number = libc.func(
  'int epoll_wait(int epfd, uintptr_t events, int max, int timeout)',
);

export const SOCK_STREAM = 1;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const MSG_NOSIGNAL = 0x4000;
export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_KEEPALIVE = 9;
export const IPPROTO_TCP = 6;
export const TCP_NODELAY = 1;
export const TCP_KEEPIDLE = 4;
export const TCP_KEEPINTVL = 5;
export const TCP_KEEPCNT = 6;
export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;
export const EPOLL_CLOEXEC = 0o2000000;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
export const EPOLLIN = 1;
export const EPOLLOUT = 4;
export const EPOLLERR = 8;
export const EPOLLHUP = 0x10;

export const EAGAIN = constants.errno.EAGAIN;
export const EINTR = constants.errno.EINTR;
/** The client was gone before it was accepted. */
export const ECONNABORTED = constants.errno.ECONNABORTED;

const codes = new Map<number, string>(Object.entries(constants.errno).map(([name, value]) => [value, name]));

/** Node's name of an errno (`EMFILE` …). */
export function errnoName(number: number): string {
  return codes.get(number) ?? `errno ${number}`;
}

/** errno of the last call. */
export function errno(): number {
  return koffi.errno();
}

/** An Error with Node's `code` for the last failed call. */
export function systemError(call: string, detail: string): NodeJS.ErrnoException {
  const number = koffi.errno();
  const code = errnoName(number);
  const error: NodeJS.ErrnoException = new Error(`${call} ${detail}: ${code}`);
  error.code = code;
  error.errno = number;
  error.syscall = call;
  return error;
}

/** Native address of the first byte of `bytes`; valid as long as its ArrayBuffer lives. */
export function addressOf(bytes: Uint8Array): number {
  return Number(koffi.address(bytes.buffer)) + bytes.byteOffset;
}

export interface PollHandle {
  start(): void;
  pause(): void;
  close(): void;
}

/** Calls back whenever `fd` is readable, from Node's own loop. Keep the handle: when it is collected, polling stops. */
export function watch(fd: number, callback: () => void): PollHandle {
  const handle = koffi.node.poll(fd, { readable: true }, callback);
  return {
    start: () => handle.start({ readable: true }, callback),
    pause: () => handle.stop(),
    close: () => handle.close(),
  };
}
