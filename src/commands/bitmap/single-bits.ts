/** SETBIT, GETBIT. */
import { TYPE_STRING } from '../../store/entry-layout.ts';
import type { CommandClient } from '../command-client.ts';
import { readKeyOfType } from '../lookup.ts';
import { integerOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { bitOffsetOrReply, tellBitsSet, writable, writableBits } from './bit-string.ts';

const BAD_BIT = 'ERR bit is not an integer or out of range';

function setbit(c: CommandClient): void {
  const { db, out } = c;
  const offset = bitOffsetOrReply(c, 2);
  if (Number.isNaN(offset)) return;
  const bit = integerOrReply(c, 3, BAD_BIT);
  if (Number.isNaN(bit)) return;
  if (bit !== 0 && bit !== 1) return out.error(BAD_BIT);
  const e = writableBits(c, offset);
  if (e < 0) return;
  const { isNew, isLonger } = writable;
  const bytes = db.u8(e);
  const at = db.valOff(e) + Math.floor(offset / 8);
  const mask = 0x80 >> (offset % 8);
  const byte = bytes[at]!;
  const old = (byte & mask) === 0 ? 0 : 1;
  const changes = isLonger || old !== bit;
  if (changes) bytes[at] = bit === 0 ? byte & ~mask : byte | mask;
  tellBitsSet(c, isNew, changes ? 1 : 0);
  out.integer(old);
}

function getbit(c: CommandClient): void {
  const { db, out } = c;
  const offset = bitOffsetOrReply(c, 2);
  if (Number.isNaN(offset)) return;
  const e = readKeyOfType(c, 1, TYPE_STRING);
  if (e < 0) return;
  const byte = Math.floor(offset / 8);
  if (e === 0 || byte >= db.valLen(e)) return out.integer(0);
  out.integer((db.u8(e)[db.valOff(e) + byte]! & (0x80 >> (offset % 8))) === 0 ? 0 : 1);
}

export const singleBitCommands: readonly CommandSpec[] = [
  {
    name: 'setbit',
    arity: 4,
    flags: ['write', 'denyoom'],
    categories: ['bitmap'],
    keySpecs: [keyRange(['RW', 'access', 'update'])],
    proc: setbit,
  },
  {
    name: 'getbit',
    arity: 3,
    flags: ['readonly', 'fast'],
    categories: ['bitmap'],
    keySpecs: [keyRange(['RO', 'access'])],
    proc: getbit,
  },
];
