import { describe, expect, it } from 'vitest';
import { fuzz, type Random } from '../../test/support/fuzz.ts';
import { ReplyWriter } from '../protocol/reply.ts';
import {
  ElementText,
  LP_EMPTY_BYTES,
  lpBytes,
  lpElementBytes,
  lpEnd,
  lpEquals,
  lpFind,
  lpFirst,
  lpInt64,
  lpInteger,
  lpIsInteger,
  lpLast,
  lpLength,
  lpNext,
  lpPrev,
  lpReply,
  lpSeek,
  lpSkip,
  lpTextLen,
} from './listpack.ts';
import { lpValidateGroups, lpValidateIntegrity } from './listpack-check.ts';
import {
  lpAppendStaged,
  lpDelete,
  lpInit,
  lpInsertEncoded,
  lpInsertStaged,
  lpPrependStaged,
  lpReplaceGrowth,
  lpReplaceStaged,
  lpRotate,
  lpStage,
  lpStageInt64,
  lpStageInteger,
} from './listpack-edit.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

/** Where listpacks of these tests start: not aligned, with bytes before and behind that nothing may touch. */
const AT = 7;
const GUARD = 0xa5;

class Pack {
  u8 = new Uint8Array(AT + LP_EMPTY_BYTES + 16).fill(GUARD);

  constructor(...texts: string[]) {
    lpInit(this.u8, AT);
    for (const text of texts) this.append(bytes(text));
  }

  /** Gives the listpack exactly `by` bytes more, at another place. */
  grow(by: number): void {
    const old = this.u8;
    const size = AT + lpBytes(old, AT);
    this.u8 = new Uint8Array(size + by + 16).fill(GUARD);
    this.u8.set(old.subarray(0, size));
  }

  append(value: Buffer): void {
    this.grow(lpStage(value, 0, value.length));
    lpAppendStaged(this.u8, AT);
  }

  text(p: number): Buffer {
    const text = new ElementText();
    text.read(this.u8, p);
    return Buffer.from(text.buf.slice(text.off, text.off + text.len));
  }

  texts(): string[] {
    const all: string[] = [];
    for (let p = lpFirst(this.u8, AT); p !== 0; p = lpNext(this.u8, p)) all.push(this.text(p).toString('latin1'));
    return all;
  }

  check(): void {
    const size = lpBytes(this.u8, AT);
    expect(lpValidateIntegrity(this.u8, AT, size, true)).toBe(true);
    expect(this.u8.subarray(0, AT).every((b) => b === GUARD)).toBe(true);
    expect(this.u8.subarray(AT + size, AT + size + 16).every((b) => b === GUARD)).toBe(true);
  }
}

describe('listpack', () => {
  it('has the bytes that redis-server writes to its dumps', () => {
    const pack = new Pack(
      ...['a', '0', '127', '128', '-1', '4095', '4096', '-4097', '-32769', '8388608', '2147483648'],
      ...['9223372036854775807', '-9223372036854775808', '007', '', 'x'.repeat(63), 'y'.repeat(64)],
    );
    expect(Buffer.from(pack.u8.subarray(AT, AT + lpBytes(pack.u8, AT))).toString('hex')).toBe(
      'd3000000110081610200017f01c08002dfff02cfff02f1001003f1ffef03f2ff7fff04f30000800005f4000000800000000009' +
        'f4ffffffffffffff7f09f400000000000000800983303037048001bf'.concat('78'.repeat(63), '40e040', '79'.repeat(64)) +
        '42ff',
    );
    expect(lpLength(pack.u8, AT)).toBe(17);
  });

  it('tells integers from strings that look like some', () => {
    const pack = new Pack('12', '-0', '+1', '01', ' 1', '9223372036854775808', '9007199254740993', '1e3', '-', '');
    const kinds = pack.texts().map((_, i) => lpIsInteger(pack.u8, lpSeek(pack.u8, AT, i)));
    expect(kinds).toEqual([true, false, false, false, false, false, true, false, false, false]);
    expect(lpInteger(pack.u8, lpFirst(pack.u8, AT))).toBe(12);
    expect(lpInt64(pack.u8, lpSeek(pack.u8, AT, 6))).toBe(9007199254740993n);
    expect(lpEquals(pack.u8, lpSeek(pack.u8, AT, 6), bytes('9007199254740992'), 0, 16)).toBe(false);
    expect(lpFind(pack.u8, lpFirst(pack.u8, AT), bytes('9007199254740993'), 0, 16, 0)).toBe(lpSeek(pack.u8, AT, 6));
  });

  it('finds fields of pairs only when values are skipped', () => {
    const pack = new Pack('f', 'v', 'v', 'w', '5', 'f', 'f2', '5');
    const find = (text: string, skip: number) => {
      const p = lpFind(pack.u8, lpFirst(pack.u8, AT), bytes(text), 0, text.length, skip);
      return p === 0 ? -1 : Array.from({ length: 8 }, (_, i) => lpSeek(pack.u8, AT, i)).indexOf(p);
    };
    expect(find('v', 0)).toBe(1);
    expect(find('v', 1)).toBe(2);
    expect(find('5', 1)).toBe(4);
    expect(find('w', 1)).toBe(-1);
    expect(find('f2', 2)).toBe(6);
    expect(lpFind(pack.u8, 0, bytes('v'), 0, 1, 0)).toBe(0);
  });

  it('stages integers given as numbers', () => {
    const values = [0, 127, 128, -4096, 4096, -32768, 32768, -8388609, 2147483647, -2147483649, 2 ** 53 - 1];
    const pack = new Pack();
    for (const n of values) {
      pack.grow(lpStageInteger(n));
      lpAppendStaged(pack.u8, AT);
    }
    pack.grow(lpStageInt64(-(2n ** 63n)));
    lpPrependStaged(pack.u8, AT);
    expect(pack.texts()).toEqual(['-9223372036854775808', ...values.map(String)]);
    expect(pack.texts()).toEqual(new Pack(...pack.texts()).texts());
    pack.check();
  });

  it('rotates in either direction', () => {
    const pack = new Pack('one', '2', 'x'.repeat(300), '');
    lpRotate(pack.u8, AT, true);
    expect(pack.texts()).toEqual(['2', 'x'.repeat(300), '', 'one']);
    lpRotate(pack.u8, AT, true);
    lpRotate(pack.u8, AT, false);
    lpRotate(pack.u8, AT, false);
    lpRotate(pack.u8, AT, false);
    expect(pack.texts()).toEqual(['', 'one', '2', 'x'.repeat(300)]);
    pack.check();
    const single = new Pack('only');
    lpRotate(single.u8, AT, false);
    expect(single.texts()).toEqual(['only']);
  });

  it('counts more than 65534 elements', () => {
    const u8 = new Uint8Array(300_000);
    lpInit(u8, 0);
    for (let i = 0; i < 70_000; i++) {
      lpStageInteger(i & 63);
      lpAppendStaged(u8, 0);
    }
    expect(lpLength(u8, 0)).toBe(70_000);
    expect(lpInteger(u8, lpSeek(u8, 0, 69_999))).toBe(69_999 & 63);
    expect(lpInteger(u8, lpSeek(u8, 0, -1))).toBe(69_999 & 63);
    expect(lpSeek(u8, 0, 70_000)).toBe(0);
    expect(lpSeek(u8, 0, -70_001)).toBe(0);
    lpDelete(u8, 0, lpSeek(u8, 0, 100), 10_000);
    expect(lpLength(u8, 0)).toBe(60_000);
    lpStageInteger(1);
    lpAppendStaged(u8, 0);
    expect(lpLength(u8, 0)).toBe(60_001);
    expect(lpValidateIntegrity(u8, 0, lpBytes(u8, 0), true)).toBe(true);
  });

  it('keeps elements whose backlen needs up to four bytes', () => {
    // Redis's limits of a backlen's width are one below the powers of 128.
    const lengths = [125, 126, 127, 4095, 4096, 16377, 16378, 16379, 2097145, 2097146, 2097147];
    const pack = new Pack(...lengths.map((n) => 'z'.repeat(n)));
    pack.check();
    for (let p = lpLast(pack.u8, AT), i = lengths.length; p !== 0; p = lpPrev(pack.u8, AT, p)) {
      expect(lpTextLen(pack.u8, p)).toBe(lengths[--i]);
    }
  });

  it('behaves like an array, whatever is done to it', () =>
    fuzz(150, (random) => {
      const pack = new Pack();
      const model: string[] = [];
      for (let step = 0; step < 80; step++) {
        change(pack, model, random);
        pack.check();
        expect(pack.texts()).toEqual(model);
      }
      examine(pack, model, random);
    }));
});

function value(random: Random): Buffer {
  switch (random.below(12)) {
    case 0:
      return random.bytes(random.between(60, 70));
    case 1:
      return random.bytes(random.between(4000, 4200));
    case 2:
      return bytes(
        String(BigInt.asIntN(random.between(1, 64), BigInt(random.below(2 ** 32)) << BigInt(random.below(33)))),
      );
    case 3:
      return bytes(String(random.pick([-4097, -4096, 127, 128, 4095, 4096, 32767, 32768, 8388607, -8388609, 2 ** 31])));
    default:
      return random.value(24);
  }
}

function change(pack: Pack, model: string[], random: Random): void {
  const index = random.below(model.length + 1);
  const p = index === model.length ? lpEnd(pack.u8, AT) : lpSeek(pack.u8, AT, index);
  const at = p - AT;
  const v = value(random);
  switch (random.below(5)) {
    case 0: {
      const count = random.below(4);
      lpDelete(pack.u8, AT, p, count);
      pack.grow(0);
      model.splice(index, count);
      break;
    }
    case 1: {
      if (index === model.length) return;
      lpStage(v, 0, v.length);
      const growth = lpReplaceGrowth(pack.u8, p);
      if (growth > 0) pack.grow(growth);
      lpReplaceStaged(pack.u8, AT, AT + at);
      if (growth < 0) pack.grow(0);
      model[index] = v.toString('latin1');
      break;
    }
    case 2: {
      const other = new Pack(...Array.from({ length: random.below(4) }, () => random.value(70).toString('latin1')));
      const size = lpBytes(other.u8, AT) - LP_EMPTY_BYTES;
      pack.grow(size);
      lpInsertEncoded(pack.u8, AT, AT + at, other.u8, AT + 6, size, lpLength(other.u8, AT));
      model.splice(index, 0, ...other.texts());
      break;
    }
    default:
      pack.grow(lpStage(v, 0, v.length));
      lpInsertStaged(pack.u8, AT, AT + at);
      model.splice(index, 0, v.toString('latin1'));
  }
}

/** Compares everything that reads with the model. */
function examine(pack: Pack, model: string[], random: Random): void {
  const { u8 } = pack;
  expect(lpLength(u8, AT)).toBe(model.length);
  const back: string[] = [];
  for (let p = lpLast(u8, AT); p !== 0; p = lpPrev(u8, AT, p)) back.unshift(pack.text(p).toString('latin1'));
  expect(back).toEqual(model);
  const dv = new DataView(u8.buffer);
  for (let i = -model.length - 1; i <= model.length; i++) {
    const p = lpSeek(u8, AT, i);
    const expected = model.at(i);
    if (expected === undefined || i >= model.length || i < -model.length) {
      expect(p).toBe(0);
      continue;
    }
    expect(lpSkip(u8, p)).toBe(p + lpElementBytes(u8, p));
    expect(lpTextLen(u8, p)).toBe(expected.length);
    expect(lpEquals(u8, p, bytes(expected), 0, expected.length)).toBe(true);
    const other = random.oneIn(2) ? `${expected}0` : expected.slice(1);
    expect(lpEquals(u8, p, bytes(other), 0, other.length)).toBe(other === expected);
    const out = new ReplyWriter(16);
    lpReply(out, u8, dv, p);
    expect(out.take().toString('latin1')).toBe(`$${expected.length}\r\n${expected}\r\n`);
    const skip = random.below(3);
    const found = model.findIndex((text, k) => k % (skip + 1) === 0 && text === expected);
    const expectedAt = found < 0 ? 0 : lpSeek(u8, AT, found);
    expect(lpFind(u8, lpFirst(u8, AT), bytes(expected), 0, expected.length, skip)).toBe(expectedAt);
  }
}

describe('listpack checks', () => {
  it('refuse wrong headers, lengths, counts, backlens and encodings', () => {
    const sound = new Pack('a', '300', 'x'.repeat(200));
    const size = lpBytes(sound.u8, AT);
    const check = (change: (u8: Uint8Array) => void, deep = true, len = size): boolean => {
      const u8 = sound.u8.slice();
      change(u8);
      return lpValidateIntegrity(u8, AT, len, deep);
    };
    expect(check(() => {})).toBe(true);
    expect(check(() => {}, false)).toBe(true);
    expect(check(() => {}, false, size - 1)).toBe(false);
    expect(check(() => {}, false, 6)).toBe(false);
    expect(check((u8) => (u8[AT + size - 1] = 0), false)).toBe(false);
    expect(check((u8) => u8[AT]!++, false)).toBe(false);
    expect(check((u8) => u8[AT + 4]!++, false)).toBe(true);
    expect(check((u8) => u8[AT + 4]!++)).toBe(false);
    expect(check((u8) => u8.fill(255, AT + 4, AT + 6))).toBe(true);
    expect(check((u8) => u8[AT + 8]!++)).toBe(false);
    expect(check((u8) => (u8[AT + 6] = 0xf5))).toBe(false);
    expect(check((u8) => u8.set([0xf0, 0xff, 0xff, 0xff, 0xff], AT + 6))).toBe(false);
  });

  it('tell groups and duplicates', () => {
    expect(lpValidateGroups(new Pack('a', '1', 'b', '1').u8, AT, 2)).toBe(true);
    expect(lpValidateGroups(new Pack('a', '1', 'a', '1').u8, AT, 2)).toBe(false);
    expect(lpValidateGroups(new Pack('a', '1', 'b').u8, AT, 2)).toBe(false);
    expect(lpValidateGroups(new Pack('1', '2', '1').u8, AT, 1)).toBe(false);
    expect(lpValidateGroups(new Pack().u8, AT, 3)).toBe(true);
  });

  it('accept only what can be walked, whatever the bytes', () =>
    fuzz(3000, (random) => {
      const texts = Array.from({ length: random.below(6) }, () =>
        random.value(random.pick([5, 100])).toString('latin1'),
      );
      const pack = new Pack(...texts);
      const size = lpBytes(pack.u8, AT);
      // Nothing lies behind the listpack, so that reading there is seen.
      const u8 = pack.u8.slice(0, AT + size);
      for (let i = random.below(4); i > 0; i--) u8[AT + random.below(size)] = random.below(256);
      if (!lpValidateIntegrity(u8, AT, size, true)) return;
      let count = 0;
      for (let p = lpFirst(u8, AT); p !== 0; p = lpNext(u8, p)) {
        expect(lpSkip(u8, p)).toBeLessThan(u8.length);
        lpEquals(u8, p, bytes('5'), 0, 1);
        count++;
      }
      for (let p = lpLast(u8, AT); p !== 0; p = lpPrev(u8, AT, p)) count--;
      expect(count).toBe(0);
    }));
});
