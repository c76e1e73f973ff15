/**
 * Patterns of SORT's BY and GET: the key of a string, or with `->` a field of a hash, in which the first `*` stands for
 * an element. `#` is the element itself; a pattern without `*` finds nothing. Like Redis, patterns are read as C strings.
 */
import { copyBytes } from '../../memory/copy.ts';
import { Args } from '../../protocol/args.ts';
import { TYPE_HASH, TYPE_STRING } from '../../store/entry-layout.ts';
import { FieldText, readValueAt } from '../../store/hash-read.ts';
import { hashFind } from '../../store/hash-type.ts';
import type { CommandClient } from '../command-client.ts';

const STAR = 42;
const MINUS = 45;
const GREATER = 62;

/** Position of the `*` in argument i; -1 when it has none. */
export function starOf(args: Args, i: number): number {
  const text = args.borrowed(i);
  const star = text.indexOf(STAR);
  const nul = text.indexOf(0);
  return nul >= 0 && nul < star ? -1 : star;
}

export class SortPattern {
  /** It is `#`. */
  readonly isElement: boolean;
  /** The text of the last look-up that found one: valid until anything else is looked up. */
  buf: Uint8Array;
  off = 0;
  len = 0;
  private readonly text: Uint8Array;
  private readonly star: number;
  /** End of the key's part behind the star. */
  private readonly keyEnd: number;
  /** A command line of one word, the field; null for strings. */
  private readonly field: Args | null;
  private readonly value = new FieldText();
  private key = new Uint8Array(64);

  constructor(args: Args, i: number) {
    this.text = args.borrowed(i);
    this.isElement = args.is(i, '#');
    this.star = starOf(args, i);
    const arrow = this.star < 0 ? -1 : this.arrow();
    this.keyEnd = arrow < 0 ? this.text.length : arrow;
    this.field = arrow < 0 ? null : Args.from([this.text.subarray(arrow + 2)]);
    this.buf = this.text;
  }

  /** Position of a `->` that a field follows; -1 when there is none. */
  private arrow(): number {
    const { text } = this;
    for (let i = this.star + 1; i + 2 < text.length && text[i] !== 0; i++) {
      if (text[i] === MINUS && text[i + 1] === GREATER) return text[i + 2] === 0 ? -1 : i;
    }
    return -1;
  }

  /** Looks up what the pattern names for an element; false when there is no such thing. Others may be called. */
  find(c: CommandClient, element: Uint8Array, off: number, len: number): boolean {
    if (this.isElement) {
      this.buf = element;
      this.off = off;
      this.len = len;
      return true;
    }
    if (this.star < 0) return false;
    const { db } = c;
    const keyLen = this.buildKey(element, off, len);
    let e = c.keyspace.lookupRead(db, this.key, 0, keyLen);
    if (e === 0 || db.type(e) !== (this.field === null ? TYPE_STRING : TYPE_HASH)) return false;
    if (this.field === null) {
      this.buf = db.u8(e);
      this.off = db.valOff(e);
      this.len = db.valLen(e);
      return true;
    }
    const { field } = this;
    if (db.hasVolatileFields(e)) e = c.keyspace.fieldExpiry.expireNamed(db, e, field, 0, 1, 1);
    if (e === 0) return false;
    const place = hashFind(db, e, field.buf, field.off[0]!, field.len[0]!);
    if (place === 0 || c.keyspace.fieldExpiry.isHidden(db, e, place)) return false;
    readValueAt(db, e, place, this.value);
    this.buf = this.value.buf;
    this.off = this.value.off;
    this.len = this.value.len;
    return true;
  }

  private buildKey(element: Uint8Array, off: number, len: number): number {
    const { star, text } = this;
    const behind = this.keyEnd - star - 1;
    const total = star + len + behind;
    if (total > this.key.length) this.key = new Uint8Array(total * 2);
    copyBytes(text, 0, this.key, 0, star);
    copyBytes(element, off, this.key, star, len);
    copyBytes(text, star + 1, this.key, star + len, behind);
    return total;
  }
}
