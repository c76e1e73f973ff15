// The table of strings, as the native shim reads it: `struct string_tables` of native/call-block.h. The arrays are those of
// string-handles.ts, which tells here where they are when they have grown.

import type { Shim } from '../../memory/shim.ts';
import { addressOf, dlsym } from './native-memory.ts';
import { moduleStrings } from './string-handles.ts';

// Doubles of the block.
const SLOTS_BEGIN = 0;
const SLOTS = 1;
const INDEX = 2;
const MASK = 3;
const RECORDS = 4;
const REFERENCES = 5;
const LENGTHS = 6;
const ADDRESSES = 7;
const OWNERS = 8;
const FIRST_SLOT = 9;
/** See `makeSlots`. */
const NEXT_SLOT = 10;
const SERIALS = 11;
const DATA = 12;
export const STRING_TABLE_WORDS = 14;

function addressOfArray(array: Int32Array | Float64Array): number {
  return addressOf(array.buffer as ArrayBuffer);
}

/** Makes the strings known to the shim, for good, and gives them places for arguments that the shim knows. */
export function shareStrings(shim: Shim, block: Float64Array): void {
  const slots = moduleStrings.makeSlots(block.subarray(NEXT_SLOT, NEXT_SLOT + 1));
  block[SLOTS_BEGIN] = slots.address;
  block[SLOTS] = slots.count;
  block[FIRST_SLOT] = slots.first;
  moduleStrings.onTablesMoved = () => {
    const { index, mask, records } = moduleStrings.recordIndex;
    block[INDEX] = addressOfArray(index);
    block[MASK] = mask;
    block[RECORDS] = addressOfArray(records);
    block[REFERENCES] = addressOfArray(moduleStrings.refs);
    block[LENGTHS] = addressOfArray(moduleStrings.length);
    block[ADDRESSES] = addressOfArray(moduleStrings.address);
    block[OWNERS] = addressOfArray(moduleStrings.owner);
    block[SERIALS] = addressOfArray(moduleStrings.serial);
    block[DATA] = addressOfArray(moduleStrings.data);
  };
  moduleStrings.onTablesMoved();
  const give = shim.func<(begin: number, sizeBytes: number, free: number, malloc: number) => void>(
    'void graftis_slots(uintptr_t begin, uintptr_t bytes, uintptr_t release, uintptr_t take)',
  );
  give(slots.address, slots.sizeBytes, dlsym(0, 'free'), dlsym(0, 'malloc'));
}
