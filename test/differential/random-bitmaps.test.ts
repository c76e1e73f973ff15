/** Random sequences of bitmap commands on few keys, of which strings grow, shrink, expire and hold numbers. */
import type { Random } from '../support/fuzz.ts';
import { type Generator, randomDifferential } from '../support/random-differential.ts';
import type { Argument } from '../support/resp.ts';

const key = (random: Random): string => random.pick(['a', 'b', 'c', 'd', 'e']);
const offset = (random: Random): string => String(random.below(random.pick([8, 64, 400, 3000])));
const bit = (random: Random): string => random.pick(['0', '1']);
const position = (random: Random): string => String(random.between(-60, 60));
const unit = (random: Random): string[] => random.pick([[], ['BYTE'], ['BIT'], ['BIT']]);
const fieldType = (random: Random): string => {
  const signed = random.oneIn(2);
  return `${signed ? 'i' : 'u'}${random.between(1, random.pick([8, 33, signed ? 64 : 63]))}`;
};
const fieldOffset = (random: Random): string =>
  random.oneIn(2) ? `#${random.below(12)}` : String(random.below(random.pick([8, 200])));
const integer = (random: Random): string =>
  String(BigInt.asIntN(random.between(1, 64), BigInt(`0x${random.bytes(8).toString('hex')}`)));

function operation(random: Random): string[] {
  const overflow = random.oneIn(2) ? ['OVERFLOW', random.pick(['WRAP', 'SAT', 'FAIL'])] : [];
  const field = [fieldType(random), fieldOffset(random)];
  return random.oneIn(3)
    ? ['GET', ...field]
    : [...overflow, random.pick(['SET', 'INCRBY', 'INCRBY']), ...field, integer(random)];
}

const GENERATORS: Generator[] = [
  (r) => ['SETBIT', key(r), offset(r), bit(r)],
  (r) => ['SETBIT', key(r), offset(r), bit(r)],
  (r) => ['GETBIT', key(r), offset(r)],
  (r) => ['BITCOUNT', key(r)],
  (r) => ['BITCOUNT', key(r), position(r), position(r), ...unit(r)],
  (r) => ['BITPOS', key(r), bit(r), ...r.pick([[], [position(r)]])],
  (r) => ['BITPOS', key(r), bit(r), position(r), position(r), ...unit(r)],
  (r) => ['BITOP', r.pick(['AND', 'OR', 'XOR']), key(r), ...Array.from({ length: r.between(1, 4) }, () => key(r))],
  (r) => ['BITOP', 'NOT', key(r), key(r)],
  (r) => ['BITFIELD', key(r), ...Array.from({ length: r.between(1, 4) }, () => operation(r)).flat()],
  (r) => ['BITFIELD', key(r), ...Array.from({ length: r.between(1, 4) }, () => operation(r)).flat()],
  (r) => ['BITFIELD_RO', key(r), 'GET', fieldType(r), fieldOffset(r)],
  (r) => ['GET', key(r)],
  (r) => ['OBJECT', 'ENCODING', key(r)],
  (r): Argument[] => (r.oneIn(3) ? ['SET', key(r), r.bytes(r.below(300))] : ['STRLEN', key(r)]),
  (r): Argument[] => ['SETRANGE', key(r), String(r.below(50)), Buffer.alloc(r.below(40), r.pick([0, 255]))],
  (r) => (r.oneIn(3) ? ['SET', key(r), integer(r)] : ['APPEND', key(r), '\xff']),
  (r) => (r.oneIn(4) ? ['DEL', key(r)] : ['PTTL', key(r)]),
  (r) => (r.oneIn(8) ? ['HSET', key(r), 'f', 'v'] : ['TYPE', key(r)]),
];

randomDifferential('random commands on bitmaps', GENERATORS);
