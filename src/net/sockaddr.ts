/** Socket addresses of Linux as bytes: `sockaddr_in`, `sockaddr_in6`, `sockaddr_un`. */
import { isIPv4, isIPv6 } from 'node:net';

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

/** Longest path of a unix socket, in bytes without the closing NUL. */
export const UNIX_PATH_MAX = 107;

/** Bytes of a `sockaddr` for a numeric IPv4 or IPv6 address; null when it is neither. */
export function encodeInet(address: string, port: number): Uint8Array | null {
  if (isIPv4(address)) {
    const out = Buffer.alloc(16);
    out.writeUInt16LE(AF_INET, 0);
    out.writeUInt16BE(port, 2);
    address.split('.').forEach((part, i) => {
      out[4 + i] = Number(part);
    });
    return out;
  }
  if (!isIPv6(address)) return null;
  const out = Buffer.alloc(28);
  out.writeUInt16LE(AF_INET6, 0);
  out.writeUInt16BE(port, 2);
  expandIPv6(address).forEach((group, i) => {
    out.writeUInt16BE(group, 8 + i * 2);
  });
  return out;
}

/** The eight 16-bit groups of an IPv6 address, which must be valid; a zone (`%eth0`) is left out. */
function expandIPv6(address: string): number[] {
  let text = address.replace(/%.*$/, '');
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (dotted) {
    const [a, b, c, d] = dotted.slice(1).map(Number) as [number, number, number, number];
    text = `${text.slice(0, dotted.index)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  }
  const [head = '', tail] = text.split('::');
  const parse = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const left = parse(head);
  const right = parse(tail ?? '');
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/** Bytes of a `sockaddr_un`; null when the path is too long. */
export function encodeUnix(path: string): Uint8Array | null {
  const bytes = Buffer.from(path);
  if (bytes.length > UNIX_PATH_MAX) return null;
  const out = Buffer.alloc(2 + bytes.length + 1);
  out.writeUInt16LE(AF_UNIX, 0);
  bytes.copy(out, 2);
  return out;
}

/** Address and port of an encoded `sockaddr`; IPv4 addresses mapped into IPv6 come out as IPv4. */
export function decodeInet(bytes: Uint8Array): { address: string; port: number } {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const family = view.readUInt16LE(0);
  if (family === AF_INET) return { address: view.subarray(4, 8).join('.'), port: view.readUInt16BE(2) };
  if (family !== AF_INET6) return { address: '', port: 0 };
  const port = view.readUInt16BE(2);
  const groups = Array.from({ length: 8 }, (_, i) => view.readUInt16BE(8 + i * 2));
  if (groups.slice(0, 5).every((g) => g === 0) && groups[5] === 0xffff) {
    return { address: view.subarray(20, 24).join('.'), port };
  }
  return { address: compressIPv6(groups), port };
}

/** RFC 5952 text of eight groups: the longest run of two or more zero groups becomes `::`. */
function compressIPv6(groups: readonly number[]): string {
  let best = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let j = i;
    while (j < 8 && groups[j] === 0) j++;
    if (j - i > bestLength) {
      best = i;
      bestLength = j - i;
    }
    if (j > i) i = j;
  }
  const hex = (part: readonly number[]) => part.map((g) => g.toString(16)).join(':');
  if (best < 0) return hex(groups);
  return `${hex(groups.slice(0, best))}::${hex(groups.slice(best + bestLength))}`;
}

/** Whether an address is the machine's own: 127.0.0.0/8 or ::1. */
export function isLoopbackAddress(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
