/** The encoding that every command leaves behind, and long double sums of random numbers. */
import { randomInt } from 'node:crypto';
import { differential, group } from '../support/differential.ts';
import { Random } from '../support/fuzz.ts';

const VALUES = [
  ...[
    '0',
    '-1',
    '12345',
    '9223372036854775807',
    '-9223372036854775808',
    '9223372036854775808',
    '-0',
    '+1',
    '007',
    '1.5',
  ],
  ...['""', 'text', 'x'.repeat(20), 'x'.repeat(44), 'x'.repeat(45), '1'.repeat(20), '1'.repeat(21)],
];
const WRITES = [
  ...['SET k V', 'GETSET k V', 'SETNX new V', 'SETEX k 100 V', 'MSET k V new V', 'MSETNX new V', 'SET k V KEEPTTL'],
  ...['APPEND k V', 'APPEND new V', 'SETRANGE k 0 V', 'SETRANGE new 3 V', 'SETRANGE k 1 ""', 'APPEND k ""'],
  ...['INCR k', 'INCRBY k 0', 'INCRBY new 5', 'DECRBY k -1', 'INCRBYFLOAT k 0', 'INCRBYFLOAT k 1.5', 'GETEX k PERSIST'],
];

const lines = VALUES.flatMap((value) =>
  WRITES.flatMap((write) => [
    'DEL k new',
    `SET k ${value}`,
    write.replaceAll('V', value),
    'OBJECT ENCODING k',
    'OBJECT ENCODING new',
    'GET k',
  ]),
);

const seed = Number(process.env['GRAFTIS_FUZZ_SEED'] ?? randomInt(2 ** 31));
const random = new Random(seed);

function digits(n: number): string {
  return Array.from({ length: n }, () => random.below(10)).join('');
}

/** Decimal texts of all sizes, with more digits than a long double holds as well as few. */
function decimal(): string {
  const sign = random.oneIn(2) ? '-' : '';
  const text = `${sign}${digits(random.between(1, 21))}`;
  if (random.oneIn(4)) return text;
  const fraction = `${text}.${digits(random.between(1, 20))}`;
  return random.oneIn(5) ? `${fraction}e${random.between(-30, 30)}` : fraction;
}

const sums = Array.from({ length: 1000 }, () => [`SET f ${decimal()}`, `INCRBYFLOAT f ${decimal()}`]).flat();

differential('strings: encodings', [
  group('after each command', lines.join('\n')),
  group(`INCRBYFLOAT of random numbers, GRAFTIS_FUZZ_SEED=${seed}`, sums.join('\n')),
]);
