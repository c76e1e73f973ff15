import { describe, expect, it } from 'vitest';
import { formatDouble } from './format-double.ts';
import { addLongDouble, formatLongDouble, isInfinite, parseLongDouble } from './long-double.ts';
import { integerWidth, isInt64, parseDouble, parseInt64, parseInteger, writeInteger } from './numbers.ts';

/** Calls a reader with the text in the middle of other bytes, which it must not look at. */
function read<T>(reader: (buf: Uint8Array, off: number, len: number) => T, text: string): T {
  return reader(Buffer.from(`17${text}99`, 'latin1'), 2, text.length);
}

describe('integers', () => {
  const valid = ['0', '1', '-1', '10', '123456789012345', '-999999999999999', '9007199254740993', '1000000000000000'];
  const limits = ['9223372036854775807', '-9223372036854775808', '9223372036854775806'];
  const invalid = ['', '-', '+1', '-0', '00', '01', '-01', ' 1', '1 ', '1.0', '1e3', 'a', '1a', '0x1', '\0', '1\0'];
  const tooLarge = ['9223372036854775808', '-9223372036854775809', '18446744073709551616', '123456789012345678901'];

  it.each([...valid, ...limits])('reads %s', (text) => {
    expect(read(parseInt64, text)).toBe(BigInt(text));
    expect(read(parseInteger, text)).toBe(Number(text));
    expect(read(isInt64, text)).toBe(true);
  });

  it.each([...invalid, ...tooLarge])('refuses %j', (text) => {
    expect(read(parseInt64, text)).toBeNull();
    expect(read(parseInteger, text)).toBeNaN();
    expect(read(isInt64, text)).toBe(false);
  });

  it('writes what it measured', () => {
    const buf = Buffer.alloc(32);
    for (const n of [0, 9, 10, 99999, 100000, 999999, 1000000, 2147483647, 2147483648, 4294967296, 2 ** 53 - 1]) {
      for (const value of n === 0 ? [0] : [n, -n]) {
        const width = integerWidth(value);
        writeInteger(buf, 3, value, width);
        expect(buf.toString('latin1', 3, 3 + width)).toBe(String(value));
      }
    }
  });
});

describe('doubles', () => {
  it.each([
    ['0', 0],
    ['-0', -0],
    ['.5', 0.5],
    ['5.', 5],
    ['+5', 5],
    ['1.e5', 1e5],
    ['-12345.678901234', -12345.678901234],
    ['9007199254740993', 9007199254740992],
    ['0.1234567890123456', 0.1234567890123456],
    ['4.9e-324', 5e-324],
    ['1.7976931348623158e308', Number.MAX_VALUE],
    ['0e99999', 0],
    ['inf', Infinity],
    ['-Infinity', -Infinity],
    ['+INF', Infinity],
    ['0x10', 16],
    ['-0X1.8p1', -3],
    ['0x.8p-1073', 5e-324],
    ['0x1.1p-1075', 5e-324],
    ['0x1.fffffffffffff8p0', 2],
    ['0x1.fffffffffffff7p0', 1.9999999999999998],
    ['0x0p99999999', 0],
  ])('reads %s', (text, value) => {
    expect(read(parseDouble, text)).toBe(value);
  });

  it.each([
    ...[
      '',
      '.',
      '-',
      'e5',
      '1e',
      '1e+',
      ' 1',
      '1 ',
      '1_0',
      '--1',
      'nan',
      'nan(12)',
      'infi',
      '0x',
      '0x.',
      '0x1p',
      '1\0',
    ],
    ...['1e400', '-1e400', '1e-400', '2e-324', '1.7976931348623159e308', '0x1p1024', '0x1p-1075'],
  ])('refuses %j', (text) => {
    expect(read(parseDouble, text)).toBeNaN();
  });

  it.each([
    [0, '0'],
    [-0, '-0'],
    [3, '3'],
    [-17, '-17'],
    [0.1, '0.1'],
    [0.30000000000000004, '0.30000000000000004'],
    [1e-4, '0.0001'],
    [1e-6, '0.000001'],
    [1e-7, '1e-7'],
    [1.2e-6, '1.2e-6'],
    [1234.5678901234, '1234.5678901234'],
    [12345.678901234, '1.2345678901234e+4'],
    [2 ** 53, '9007199254740992'],
    [2 ** 62, '4611686018427387904'],
    [2 ** 62 + 1024, '4611686018427389000'],
    [5e18, '5e+18'],
    [1.1e19, '1.1e+19'],
    [1e20, '1e+20'],
    [1e21, '1e+21'],
    [123e20, '12300000000000001000000'],
    [7e22, '70000000000000004000000'],
    [4.75766, '4.7576599999999996'],
    [5.329070518200751e-15, '5.3290705182007514e-15'],
    [-0.000012345678901234568, '-1.2345678901234568e-5'],
    [2.2250738585072014e-308, '2.2250738585072014e-308'],
    [5e-324, '5e-324'],
    [-Number.MAX_VALUE, '-1.7976931348623157e+308'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [Number.NaN, 'nan'],
  ])('prints %d', (value, text) => {
    expect(formatDouble(value)).toBe(text);
  });

  it('prints what reads back as the same', () => {
    const words = new BigUint64Array(1);
    const doubles = new Float64Array(words.buffer);
    // A full-period generator walks over signs and exponents alike.
    words[0] = 1n;
    for (let i = 0; i < 20_000; i++) {
      words[0] = words[0]! * 6364136223846793005n + 1442695040888963407n;
      const value = doubles[0]!;
      if (Number.isFinite(value)) expect(Number(formatDouble(value))).toBe(value);
    }
  });
});

describe('long doubles', () => {
  /** The sum as INCRBYFLOAT prints it; null when one of the texts is refused. */
  function sum(a: string, b: string): string | null {
    const x = read(parseLongDouble, a);
    const y = read(parseLongDouble, b);
    if (x === null || y === null) return null;
    if (isInfinite(x) || isInfinite(y)) return 'inf';
    const total = addLongDouble(x, y);
    return isInfinite(total) ? 'inf' : formatLongDouble(total);
  }

  it.each([
    ['10.5', '0.1', '10.6'],
    ['5.0e3', '2.0e2', '5200'],
    ['3', '1.000000000000000005', '4.00000000000000001'],
    ['0.1', '0.2', '0.3'],
    ['1.5', '-1.5', '0'],
    ['-0.00000000000000000001', '0', '0'],
    ['17179869184.5', '1e-17', '17179869184.5'],
    ['9223372036854775807', '1', '9223372036854775808'],
    ['18446744073709551615', '1', '18446744073709551616'],
    ['18446744073709551615', '0.5', '18446744073709551616'],
    ['18446744073709551615', '0.25', '18446744073709551615'],
    ['0.000000000000000005', '0', '0'],
    ['0.000000000000000015', '0', '0.00000000000000002'],
    ['0x1.8p1', '.5', '3.5'],
    ['1e-4950', '0', '0'],
    ['1.1e4932', '1.1e4932', 'inf'],
    ['inf', '1', 'inf'],
  ])('%s + %s', (a, b, total) => {
    expect(sum(a, b)).toBe(total);
  });

  it.each(['', 'nan', ' 1', '1 ', '1e4933', '1e-5000', '0x1p16384', '0x1p-16447', `1${'0'.repeat(5119)}`, '1\0'])(
    'refuses %j',
    (text) => {
      expect(sum(text, '0')).toBeNull();
    },
  );
});
