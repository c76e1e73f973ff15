import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import koffi from '../memory/koffi.ts';
import { notifyAddress, sendNotification } from './notify-socket.ts';

const libc = koffi.load(null);
const socket = libc.func('int socket(int domain, int type, int protocol)');
const bind = libc.func('int bind(int fd, uint8_t *address, uint32_t length)');
const recv = libc.func('intptr_t recv(int fd, uint8_t *bytes, size_t length, int flags)');
const close = libc.func('int close(int fd)');
const DONTWAIT = 0x40;

/** A datagram socket bound to `name`, as systemd has it. */
function receive(name: string): { next(): string; close(): void } {
  const fd = socket(1, 2, 0);
  const address = notifyAddress(name)!;
  expect(bind(fd, address, address.length)).toBe(0);
  return {
    next() {
      const bytes = Buffer.alloc(256);
      return bytes.toString('utf8', 0, Math.max(0, Number(recv(fd, bytes, bytes.length, DONTWAIT))));
    },
    close: () => close(fd),
  };
}

it('reaches a socket in the file system and an abstract one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'graftis-notify-'));
  for (const name of [join(folder, 'notify'), `@graftis-test-${process.pid}`]) {
    const manager = receive(name);
    expect(sendNotification(name, 'READY=1\n')).toBe(0);
    expect(sendNotification(name, 'STATUS=é\n')).toBe(0);
    expect([manager.next(), manager.next(), manager.next()]).toEqual(['READY=1\n', 'STATUS=é\n', '']);
    manager.close();
  }
  rmSync(folder, { recursive: true });
});

it('tells why a message could not be sent', () => {
  expect(sendNotification('/nonexistent/notify', 'READY=1')).toBe(koffi.os.errno.ENOENT);
  expect(sendNotification('relative', 'READY=1')).toBe(koffi.os.errno.EINVAL);
  expect(sendNotification(`/${'x'.repeat(200)}`, 'READY=1')).toBe(koffi.os.errno.EINVAL);
});
