import { expect, test } from 'vitest';
import { fuzz } from '../../../test/support/fuzz.ts';
import { Crc64 } from './crc64.ts';

function sum(...parts: Uint8Array[]): string {
  const crc = new Crc64();
  for (const part of parts) crc.update(part, 0, part.length);
  const bytes = Buffer.alloc(10);
  crc.write(bytes, 1);
  expect(crc.equals(bytes, 1)).toBe(true);
  bytes[8]! ^= 1;
  expect(crc.equals(bytes, 1)).toBe(false);
  bytes[8]! ^= 1;
  return bytes.subarray(1, 9).reverse().toString('hex');
}

test('check values', () => {
  expect(sum(Buffer.from('123456789'))).toBe('e9c6d914c4b8d9ca');
  expect(sum()).toBe('0000000000000000');
});

/** Bit by bit, on 64-bit integers. */
function slow(bytes: Uint8Array): string {
  let crc = 0n;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ 0x95ac9329ac4bc9b5n : crc >> 1n;
  }
  return crc.toString(16).padStart(16, '0');
}

test('eight bytes a step are the same as one bit a step, however the bytes come', () =>
  fuzz(20, (random) => {
    const bytes = random.bytes(random.below(300));
    const at = random.below(bytes.length + 1);
    expect(sum(bytes)).toBe(slow(bytes));
    expect(sum(bytes.subarray(0, at), bytes.subarray(at))).toBe(slow(bytes));
  }));
