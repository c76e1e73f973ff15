/** The native shim's reads and sends: what they do to each connection, and that they touch nothing but their blocks. */
import { afterAll, describe, expect, it } from 'vitest';
import { fuzz, type Random } from '../../test/support/fuzz.ts';
import { GuardedMemory } from '../../test/support/guarded-memory.ts';
import koffi, { nativeUnavailable } from '../memory/koffi.ts';
import { nativeShim, type Shim } from '../memory/shim.ts';
import { NOT_READ, ReceiveBatch, SendBatch } from './socket-batches.ts';
import * as sys from './syscalls.ts';
import type { ReceiveBuffer } from './transport.ts';

const shim = nativeShim();
const libc = koffi.load('libc.so.6');
const socketpair = libc.func('int socketpair(int domain, int type, int protocol, _Out_ int *fds)');

const EVENT_BYTES = process.arch === 'x64' ? 12 : 16;
const DATA = process.arch === 'x64' ? 4 : 8;
const EBADF = 9;

const open = new Set<number>();
const blocks: GuardedMemory[] = [];
afterAll(() => {
  for (const fd of open) sys.close(fd);
  for (const block of blocks) block.free();
});

/** Two ends of a connection. */
function pair(): [ours: number, theirs: number] {
  const fds: [number, number] = [0, 0];
  if (socketpair(1, sys.SOCK_STREAM | sys.SOCK_NONBLOCK, 0, fds) !== 0) throw new Error('socketpair failed');
  for (const fd of fds) open.add(fd);
  return fds;
}

function close(fd: number): void {
  sys.close(fd);
  open.delete(fd);
}

function guarded(sizeBytes: number, edge: 'start' | 'end'): GuardedMemory {
  const block = new GuardedMemory(sizeBytes, edge);
  blocks.push(block);
  return block;
}

function write(fd: number, bytes: Uint8Array): void {
  expect(sys.send(fd, sys.addressOf(bytes), bytes.length, sys.MSG_NOSIGNAL)).toBe(bytes.length);
}

class Target implements ReceiveBuffer {
  readonly bytes: Uint8Array;
  readonly leastBytes: number;
  usedBytes = 0;
  readonly isFree = true;

  constructor(bytes: Uint8Array, leastBytes: number) {
    this.bytes = bytes;
    this.leastBytes = leastBytes;
  }

  drain(): void {}
}

interface Event {
  readonly bits: number;
  readonly fd: number;
  readonly serial: number;
}

function writeEvents(events: Buffer, list: readonly Event[]): void {
  for (const [i, { bits, fd, serial }] of list.entries()) {
    events.writeInt32LE(bits, i * EVENT_BYTES);
    events.writeInt32LE(fd, i * EVENT_BYTES + DATA);
    events.writeInt32LE(serial, i * EVENT_BYTES + DATA + 4);
  }
}

const transient = (errno: number): boolean => errno === sys.EAGAIN;

describe.skipIf(typeof shim === 'string')('reading many connections', () => {
  it('reads what each has, and tells the end and errors', () => {
    const connections = Array.from({ length: 4 }, pair);
    const [[a, toA], [b], [c, toC], [d, toD]] = connections as [
      [number, number],
      [number],
      [number, number],
      [number, number],
    ];
    write(toA, Buffer.from('first'));
    close(toC);
    write(toD, Buffer.from('unasked'));
    const buffer = Buffer.alloc(100);
    const events = guarded(6 * EVENT_BYTES, 'end');
    const target = new Target(buffer, 10);
    const batch = new ReceiveBatch(shim as Shim, target, events.address, 6);
    for (const fd of [a, b, c, 1000]) batch.allow(fd, true);
    writeEvents(events.bytes, [
      { bits: sys.EPOLLIN, fd: a, serial: 7 },
      { bits: sys.EPOLLIN, fd: b, serial: -1 },
      { bits: sys.EPOLLIN | sys.EPOLLHUP, fd: c, serial: 2 ** 31 - 1 },
      { bits: sys.EPOLLIN, fd: d, serial: 3 },
      { bits: sys.EPOLLOUT, fd: a, serial: 7 },
      { bits: sys.EPOLLERR, fd: 1000, serial: 1 },
    ]);
    expect(batch.read(0, 6)).toBe(6);
    expect(target.usedBytes).toBe(5);
    expect(buffer.toString('latin1', 0, 5)).toBe('first');
    const lengths = Array.from({ length: 6 }, (_, i) => batch.length(i, transient));
    expect(lengths).toEqual([5, -1, 0, NOT_READ, NOT_READ, -2]);
    expect(Array.from({ length: 6 }, (_, i) => batch.serial(i))).toEqual([7, -1, 2 ** 31 - 1, 3, 7, 1]);
    // What was not asked for is still there.
    batch.allow(d, true);
    expect(batch.read(3, 4)).toBe(4);
    expect(buffer.toString('latin1', 0, batch.length(3, transient))).toBe('unasked');
  });

  it('stops where a read would have too little room, and goes on from there', () => {
    const connections = Array.from({ length: 5 }, pair);
    for (const [i, [, theirs]] of connections.entries()) write(theirs, Buffer.alloc(20, 65 + i));
    const buffer = Buffer.alloc(50);
    const events = guarded(5 * EVENT_BYTES, 'end');
    const target = new Target(buffer, 12);
    const batch = new ReceiveBatch(shim as Shim, target, events.address, 5);
    for (const [ours] of connections) batch.allow(ours, true);
    writeEvents(
      events.bytes,
      connections.map(([fd], serial) => ({ bits: sys.EPOLLIN, fd, serial })),
    );
    expect(batch.read(0, 5)).toBe(2);
    expect(buffer.toString('latin1', 0, target.usedBytes)).toBe('A'.repeat(20) + 'B'.repeat(20));
    expect(batch.read(2, 5)).toBe(4);
    expect(batch.read(4, 5)).toBe(5);
    expect(buffer.toString('latin1', 0, target.usedBytes)).toBe('E'.repeat(20));
  });

  it('touches nothing but its blocks', async () => {
    const receive = (shim as Shim).func<(block: number, first: number, count: number) => void>(
      'void graftis_receive(uintptr_t block, uint32_t first, uint32_t count)',
    );
    await fuzz(60, (random) => straying(random, receive));
    while (blocks.length > 0) blocks.pop()!.free();
  });
});

/** One call whose blocks all end, or all begin, at forbidden pages. */
function straying(random: Random, receive: (block: number, first: number, count: number) => void): void {
  const edge = random.oneIn(2) ? 'end' : 'start';
  const count = random.below(12);
  const connections = Array.from({ length: random.between(1, 8) }, pair);
  const sent = new Map<number, number>();
  for (const [ours, theirs] of connections) {
    const n = random.between(1, 5000);
    write(theirs, Buffer.alloc(n, ours & 0xff));
    sent.set(ours, n);
  }
  const allowedCount = random.below(Math.max(...sent.keys()) + 2);
  const capacity = random.between(1, 9000);
  const events = guarded(count * EVENT_BYTES, edge);
  const items = guarded(count * 20, edge);
  const allowed = guarded(allowedCount, edge);
  const buffer = guarded(capacity, edge);
  const block = guarded(56, edge);
  allowed.bytes.fill(1);
  const odd = [-1, -(2 ** 31), 2 ** 31 - 1, allowedCount, 1_000_000];
  writeEvents(
    events.bytes,
    Array.from({ length: count }, () => ({
      bits: random.oneIn(4) ? random.below(2 ** 31) : sys.EPOLLIN,
      fd: random.oneIn(4) ? random.pick(odd) : random.pick([...sent.keys()]),
      serial: random.below(2 ** 31),
    })),
  );
  for (const [i, address] of [events, items, allowed, buffer].map((each) => each.address).entries())
    block.bytes.writeBigUInt64LE(BigInt(address), 8 * i);
  block.bytes.writeUInt32LE(allowedCount, 32);
  block.bytes.writeUInt32LE(capacity, 36);
  block.bytes.writeUInt32LE(random.between(1, capacity), 40);
  receive(block.address, 0, count);
  const next = block.bytes.readUInt32LE(44);
  let end = 0;
  for (let i = 0; i < next; i++) {
    const fd = items.bytes.readInt32LE(20 * i);
    const length = items.bytes.readInt32LE(20 * i + 16);
    if (fd < 0 || fd >= allowedCount) expect(length).toBe(NOT_READ);
    if (length <= 0) continue;
    expect(items.bytes.readUInt32LE(20 * i + 12)).toBe(end);
    expect(length).toBeLessThanOrEqual(sent.get(fd)!);
    expect(buffer.bytes.subarray(end, end + length).every((byte) => byte === (fd & 0xff))).toBe(true);
    end += length;
  }
  expect(block.bytes.readUInt32LE(48)).toBe(end);
  expect(end).toBeLessThanOrEqual(capacity);
  for (const fds of connections) for (const fd of fds) close(fd);
}

describe.skipIf(typeof shim === 'string')('sending to many connections', () => {
  it('sends each its part of the buffer, and tells what was taken', () => {
    const connections = Array.from({ length: 200 }, pair);
    const size = 200 * 10;
    const buffer = guarded(size, 'end');
    for (let i = 0; i < size; i++) buffer.bytes[i] = i / 10;
    const batch = new SendBatch(shim as Shim);
    for (const [i, [ours]] of connections.entries()) expect(batch.add(ours, 10 * i, 10 * i + 10)).toBe(i);
    batch.send(buffer.address);
    const heard = Buffer.alloc(100);
    for (const [i, [, theirs]] of connections.entries()) {
      expect(batch.result(i)).toBe(10);
      expect(sys.recv(theirs, sys.addressOf(heard), 100, 0)).toBe(10);
      expect(heard.subarray(0, 10).every((byte) => byte === i)).toBe(true);
    }
    for (const fds of connections) for (const fd of fds) close(fd);
  });

  it('tells what a full connection took, and errors', () => {
    const [ours] = pair();
    const [broken, other] = pair();
    close(other);
    const size = 8 << 20;
    const buffer = guarded(size, 'end');
    const batch = new SendBatch(shim as Shim);
    batch.add(ours, 0, size);
    batch.add(ours, 0, size);
    batch.add(broken, 0, 1);
    batch.add(1_000_000, size - 1, size);
    batch.send(buffer.address);
    expect(batch.result(0)).toBeGreaterThan(0);
    expect(batch.result(0)).toBeLessThan(size);
    expect([batch.result(1), batch.result(3)]).toEqual([-sys.EAGAIN, -EBADF]);
    // EPIPE, and no signal that would have ended the process.
    expect(batch.result(2)).toBe(-32);
  });
});

describe.skipIf(nativeUnavailable !== null)('guarded memory', () => {
  it('is what it says: its edges are those of the pages', () => {
    for (const edge of ['start', 'end'] as const) {
      const block = guarded(100, edge);
      block.bytes.fill(1);
      expect((block.address + (edge === 'end' ? 100 : 0)) % 4096).toBe(0);
    }
  });
});
