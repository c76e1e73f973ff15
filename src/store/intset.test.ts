import { describe, expect, it } from 'vitest';
import { fuzz, type Random } from '../../test/support/fuzz.ts';
import {
  INTSET_HEADER_BYTES,
  intsetBytes,
  intsetFind,
  intsetGet,
  intsetGetInt64,
  intsetGrowth,
  intsetInit,
  intsetInsert,
  intsetLength,
  intsetRemove,
  intsetStage,
  intsetStageInt64,
  intsetStageNumber,
  intsetValidateIntegrity,
  intsetWidth,
  intsetWriteText,
} from './intset.ts';

const AT = 5;

class Ints {
  u8 = new Uint8Array(AT + INTSET_HEADER_BYTES);

  constructor(...members: bigint[]) {
    intsetInit(this.u8, AT);
    for (const member of members) this.add(member);
  }

  add(member: bigint): boolean {
    const text = Buffer.from(String(member));
    expect(intsetStage(text, 0, text.length)).toBe(true);
    const at = intsetFind(this.u8, AT);
    if (at >= 0) return false;
    const grown = new Uint8Array(this.u8.length + intsetGrowth(this.u8, AT));
    grown.set(this.u8);
    this.u8 = grown;
    intsetInsert(this.u8, AT, ~at);
    expect(AT + intsetBytes(this.u8, AT)).toBe(this.u8.length);
    return true;
  }

  members(): bigint[] {
    return Array.from({ length: intsetLength(this.u8, AT) }, (_, i) => intsetGetInt64(this.u8, AT, i));
  }

  hex(): string {
    return Buffer.from(this.u8.subarray(AT)).toString('hex');
  }
}

describe('intset', () => {
  it('has the bytes that redis-server writes to its dumps', () => {
    expect(new Ints(1n, -2n, 300n).hex()).toBe('0200000003000000feff01002c01');
    expect(new Ints(1n, -2n, 300n, 9007199254740993n).hex()).toBe(
      '0800000004000000feffffffffffffff01000000000000002c010000000000000100000000002000',
    );
  });

  it('takes canonical 64-bit integers only', () => {
    for (const text of ['', 'a', '01', '-0', '+1', '1.0', '9223372036854775808', '-9223372036854775809', ' 1']) {
      expect(intsetStage(Buffer.from(text), 0, text.length)).toBe(false);
    }
    const ints = new Ints(2n ** 63n - 1n, -(2n ** 63n), 0n);
    expect(ints.members()).toEqual([-(2n ** 63n), 0n, 2n ** 63n - 1n]);
    intsetStageNumber(0);
    expect(intsetFind(ints.u8, AT)).toBe(1);
    intsetStageInt64(-(2n ** 63n) + 1n);
    expect(intsetFind(ints.u8, AT)).toBe(~1);
  });

  it('refuses malformed bytes', () => {
    const { u8 } = new Ints(1n, 2n, 70000n);
    const check = (change: (u8: Uint8Array) => void, deep = true): boolean => {
      const copy = u8.slice();
      change(copy);
      return intsetValidateIntegrity(copy, AT, copy.length - AT, deep);
    };
    expect(check(() => {})).toBe(true);
    expect(check((copy) => (copy[AT] = 3))).toBe(false);
    expect(check((copy) => (copy[AT] = 2))).toBe(false);
    expect(check((copy) => (copy[AT + 4] = 2))).toBe(false);
    expect(check((copy) => (copy[AT + 8] = 2))).toBe(false);
    expect(check((copy) => (copy[AT + 8] = 2), false)).toBe(true);
    expect(intsetValidateIntegrity(u8, AT, 7, false)).toBe(false);
    expect(intsetValidateIntegrity(new Ints().u8, AT, 8, false)).toBe(false);
  });

  it('behaves like a sorted array', () =>
    fuzz(200, (random) => {
      const ints = new Ints();
      let model: bigint[] = [];
      const bits = random.pick([10, 17, 34, 64]);
      for (let step = 0; step < 120; step++) {
        const n = random.oneIn(2) && model.length > 0 ? random.pick(model) : member(random, bits);
        const known = model.includes(n);
        if (random.oneIn(3)) {
          intsetStageInt64(n);
          const at = intsetFind(ints.u8, AT);
          expect(at >= 0).toBe(known);
          if (!known) continue;
          intsetRemove(ints.u8, AT, at);
          ints.u8 = ints.u8.slice(0, AT + intsetBytes(ints.u8, AT));
          model = model.filter((each) => each !== n);
        } else {
          expect(ints.add(n)).toBe(!known);
          if (!known) model = [...model, n].sort((a, b) => (a < b ? -1 : 1));
        }
        expect(ints.members()).toEqual(model);
        if (model.length > 0) {
          expect(intsetValidateIntegrity(ints.u8, AT, ints.u8.length - AT, true)).toBe(true);
          expect([2, 4, 8]).toContain(intsetWidth(ints.u8, AT));
          const i = random.below(model.length);
          expect(intsetGet(ints.u8, AT, i)).toBe(Number(model[i]));
          const text = Buffer.alloc(20);
          expect(text.toString('latin1', 0, intsetWriteText(ints.u8, AT, i, text, 0))).toBe(String(model[i]));
        }
      }
    }));
});

function member(random: Random, bits: number): bigint {
  const any = (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32));
  return BigInt.asIntN(random.oneIn(10) ? 64 : bits, any);
}
