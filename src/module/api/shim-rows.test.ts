/** The rows that say that the native shim has their function, and what it has. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nativeUnavailable } from '../../memory/native.ts';
import { nativeShim, shimPath } from '../../memory/shim.ts';
import { apiTable, SECTIONS } from './index.ts';

const rows = SECTIONS.flatMap((section) => section.rows);

describe('API functions of the native shim', () => {
  test.each(['x64', 'arm64'])('the library for %s has those that the table says, and no other', (arch) => {
    const names = readFileSync(shimPath(arch), 'latin1').matchAll(/graftis_api_(\w+)\0/g);
    const wanted = rows.filter((row) => row.shim).map((row) => row.name);
    expect([...new Set([...names].map((match) => match[1]))].sort()).toEqual(wanted.sort());
  });

  test.skipIf(nativeUnavailable !== null)('GetApi hands them out where the shim is used', () => {
    const table = apiTable();
    const shim = nativeShim();
    for (const row of rows) {
      const [callback, native] = [false, true].map((uses) => table.address(row.name, row.family ?? 'redis', uses));
      // Trampolines stand in front of callbacks where the shim is used; nothing does in front of libc's functions.
      if (typeof shim === 'string') expect(native, row.name).toBe(callback);
      else if (!row.shim) expect([native, native !== callback], row.name).toEqual([native, row.libc === null]);
      else expect([native, native !== callback], row.name).toEqual([shim.apiFunction(row.name), true]);
    }
  });
});
