/**
 * systemd's readiness protocol (sd_notify(3)): a datagram of `NAME=value` lines to the unix socket that the environment
 * variable NOTIFY_SOCKET names. A leading `@` in the name means Linux's abstract name space. Node has no unix datagrams.
 */
import { constants } from 'node:os';
import koffi, { nativeUnavailable } from '../memory/koffi.ts';

const libc = koffi.load(null);
const socket: (domain: number, type: number, protocol: number) => number = libc.func(
  'int socket(int domain, int type, int protocol)',
);
const sendto: (
  fd: number,
  bytes: Uint8Array,
  length: number,
  flags: number,
  address: Uint8Array,
  addressLength: number,
) => number = libc.func(
  'intptr_t sendto(int fd, uint8_t *bytes, size_t length, int flags, uint8_t *address, uint32_t addressLength)',
);
const close: (fd: number) => number = libc.func('int close(int fd)');

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;
/** sun_path of struct sockaddr_un. */
const PATH_BYTES = 108;

/** Bytes of the `sockaddr_un` of a NOTIFY_SOCKET value; null when it is no absolute path or abstract name that fits. */
export function notifyAddress(name: string): Uint8Array | null {
  const path = Buffer.from(name);
  if (!/^[/@]/.test(name) || path.length >= PATH_BYTES) return null;
  const address = Buffer.alloc(2 + path.length);
  address.writeUInt16LE(AF_UNIX, 0);
  path.copy(address, 2);
  if (name.startsWith('@')) address[2] = 0;
  return address;
}

/**
 * Send one message to the service manager.
 *
 * @param name value of NOTIFY_SOCKET
 * @returns 0, or the errno of the failure.
 */
export function sendNotification(name: string, message: string): number {
  if (nativeUnavailable !== null) return constants.errno.ENOTSUP;
  const address = notifyAddress(name);
  if (address === null) return constants.errno.EINVAL;
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return koffi.errno();
  const bytes = Buffer.from(message);
  const failed = sendto(fd, bytes, bytes.length, MSG_NOSIGNAL, address, address.length) < 0;
  const errno = failed ? koffi.errno() : 0;
  close(fd);
  return errno;
}
