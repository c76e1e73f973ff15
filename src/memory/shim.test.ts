/** The native shim's files: what is in the repository is what its sources give, and no other file is opened. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { sourcesDigest } from '../../scripts/native-sources.mjs';
import { fuzz } from '../../test/support/fuzz.ts';
import { nativeUnavailable } from './koffi.ts';
import { openShim, SHIM_INTERFACE, type Shim, shimFault, shimPath } from './shim.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'graftis-shim-'));
afterAll(() => rmSync(folder, { recursive: true }));

const TRAILER_BYTES = 104;
const original = readFileSync(shimPath('x64'));

/** Another content with a right checksum. */
function signed(change: (file: Buffer, trailer: number) => void): Buffer {
  const file = Buffer.from(original);
  const at = file.length - TRAILER_BYTES;
  change(file, at);
  createHash('sha256')
    .update(file.subarray(0, at + 40))
    .digest()
    .copy(file, at + 40);
  return file;
}

describe.each(['x64', 'arm64'])('the file for %s', (arch) => {
  const file = readFileSync(shimPath(arch));

  it('is a shim of this version', () => {
    expect(shimFault(file, arch)).toBeNull();
  });

  it('was built of the sources that are here (npm run build:native)', () => {
    const at = file.length - TRAILER_BYTES;
    expect(file.subarray(at + 8, at + 40).toString('hex')).toBe(sourcesDigest(root).toString('hex'));
  });

  it('names nothing of the machine that built it', () => {
    expect(file.toString('latin1')).not.toMatch(/GCC:|\/(home|tmp|root|work|usr)\//);
  });
});

describe('a file that is no shim of this version', () => {
  const OTHER_ARCH = readFileSync(shimPath('arm64'));
  const FAULTS: [what: string, content: Buffer, fault: string][] = [
    ['empty', Buffer.alloc(0), 'its end is missing'],
    ['short', original.subarray(-TRAILER_BYTES), 'its end is missing'],
    ['cut off', original.subarray(0, -1), 'its end is missing'],
    ['cut off in front', original.subarray(1), 'its checksum is wrong'],
    ['a library of somebody else', readFileSync(process.execPath).subarray(0, 100_000), 'its end is missing'],
    ['of another version', signed((file, at) => file.writeUInt32LE(SHIM_INTERFACE + 1, at)), 'it is of version'],
    ['of another processor', OTHER_ARCH, 'it is not for x64'],
    ['no ELF file', signed((file) => file.write('text')), 'it is not for x64'],
    ['of 32 bits', signed((file) => file.writeUInt8(1, 4)), 'it is not for x64'],
  ];

  it.each(FAULTS)('is refused: %s', (_, content, fault) => {
    expect(shimFault(content, 'x64')).toContain(fault);
  });

  it('is refused with any byte changed', async () => {
    await fuzz(300, (random) => {
      const file = Buffer.from(original);
      const at = random.oneIn(2) ? random.below(file.length) : file.length - random.between(1, TRAILER_BYTES);
      file[at]! ^= 1 << random.below(8);
      expect(shimFault(file, 'x64'), `byte ${at}`).not.toBeNull();
    });
  });

  it.skipIf(nativeUnavailable !== null)('is not opened', () => {
    const path = join(folder, 'other.so');
    expect(openShim(path)).toMatch(/other\.so is not used: ENOENT/);
    writeFileSync(path, original.subarray(0, 1000));
    expect(openShim(path)).toBe(`${path} is not used: it is damaged: its end is missing`);
    // Right by its checksum, and still nothing that the linker takes.
    writeFileSync(
      path,
      signed((file) => file.fill(0xff, 0x20, 0x40)),
    );
    if (process.arch === 'x64') expect(openShim(path)).toContain(`${path} is not used: `);
  });
});

describe.skipIf(nativeUnavailable !== null)('the opened shim', () => {
  it('is a copy of its own for everybody', () => {
    const [one, other] = [openShim(shimPath()), openShim(shimPath())] as [Shim, Shim];
    expect(one.apiFunction('Milliseconds')).not.toBe(0);
    expect(other.apiFunction('Milliseconds')).not.toBe(one.apiFunction('Milliseconds'));
    expect(one.apiFunction('NeverHeardOf')).toBe(0);
  });

  it('tells the time', () => {
    const shim = openShim(shimPath()) as Shim;
    const milliseconds = shim.func<() => number>('int64_t graftis_api_Milliseconds(void)');
    const before = Date.now();
    const now = milliseconds();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('has the version that its header says', () => {
    expect(readFileSync(join(root, 'native/shim.h'), 'utf8')).toContain(
      `#define GRAFTIS_INTERFACE ${SHIM_INTERFACE}\n`,
    );
  });
});
