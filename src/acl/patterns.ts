/**
 * Patterns of keys and of channels, made ready for the usual forms: most are a literal text or end in their only star,
 * and comparing bytes is several times as fast as matching a glob.
 */
import { globMatch } from '../protocol/glob.ts';
import { KEY_READ, KEY_WRITE } from './key-plan.ts';

const STAR = 0x2a;
const SPECIAL = /[*?[\\]/;

export class Pattern {
  /** A byte string. */
  readonly text: string;
  private readonly bytes: Uint8Array;
  /** Length of the literal text that the whole pattern is or begins with; -1: match it as a glob. */
  private readonly literal: number;
  private readonly prefix: boolean;

  constructor(text: string) {
    this.text = text;
    this.bytes = Buffer.from(text, 'latin1');
    const end = this.bytes.length - 1;
    this.prefix = end >= 0 && this.bytes[end] === STAR && !SPECIAL.test(text.slice(0, -1));
    this.literal = this.prefix ? end : SPECIAL.test(text) ? -1 : this.bytes.length;
  }

  matches(buf: Uint8Array, off: number, len: number): boolean {
    const { bytes, literal } = this;
    // An empty name matches no pattern but the empty one.
    if (literal < 0 || len === 0) return globMatch(bytes, 0, bytes.length, buf, off, off + len, false);
    if (this.prefix ? len < literal : len !== literal) return false;
    for (let i = 0; i < literal; i++) if (bytes[i] !== buf[off + i]) return false;
    return true;
  }
}

/** Keys that may be used in certain ways. */
export class KeyPattern extends Pattern {
  /** KEY_ bits. */
  permissions: number;

  constructor(text: string, permissions: number) {
    super(text);
    this.permissions = permissions;
  }

  /** As ACL GETUSER shows it: `~a*`, `%R~a*`. */
  describe(): string {
    if (this.permissions === (KEY_READ | KEY_WRITE)) return `~${this.text}`;
    return `${this.permissions === KEY_READ ? '%R~' : '%W~'}${this.text}`;
  }

  /** As a rule that makes this pattern again: `~*` would be all keys, behind which no patterns may stand. */
  rule(): string {
    const described = this.describe();
    return described === '~*' ? '%RW~*' : described;
  }
}
