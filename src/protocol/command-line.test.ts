import { describe, expect, it } from 'vitest';
import { fuzz } from '../../test/support/fuzz.ts';
import { Args } from './args.ts';
import { CommandLine } from './command-line.ts';

function textsOf(args: Args): string[] {
  return Array.from({ length: args.argc }, (_, i) => args.bytes(i).toString('hex'));
}

describe('a command line of the host program', () => {
  const LINES: [string, (string | Uint8Array | number)[]][] = [
    ['texts', ['SET', 'key', 'value']],
    ['no ASCII', ['é', 'naïve', '日本語', '😀', '\ud800', 'x'.repeat(100), 'é'.repeat(100)]],
    ['empty ones', ['', '', new Uint8Array(0)]],
    ['numbers', [0, -1, 1.5, 1e21, 1e-7, Number.MAX_SAFE_INTEGER, -Number.MAX_VALUE, Number.NaN, Infinity, -0]],
    ['many', Array.from({ length: 3000 }, (_, i) => `argument ${i}`)],
    ['long', ['SET', 'key', 'é'.repeat(200_000)]],
    ['bytes', [Buffer.from([0, 255, 13, 10]), new Uint8Array([1, 2])]],
  ];

  it.each(LINES)('is what one with memory of its own is: %s', (_, parts) => {
    expect(textsOf(new CommandLine().write(parts))).toEqual(textsOf(Args.from(parts)));
  });

  it('leaves nothing of the one before', async () => {
    const line = new CommandLine();
    await fuzz(300, (random) => {
      const parts = Array.from({ length: random.between(1, 40) }, () => {
        if (random.oneIn(3)) return random.below(1e9) - 5e8;
        const bytes = random.bytes(random.below(random.oneIn(20) ? 40_000 : 60));
        return random.oneIn(2) ? bytes : bytes.toString(random.oneIn(2) ? 'latin1' : 'ascii');
      });
      expect(textsOf(line.write(parts))).toEqual(textsOf(Args.from(parts)));
    });
  });
});
