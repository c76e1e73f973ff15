/** What SSCAN, HSCAN and ZSCAN share: the cursor, the options, the walk over a hash table. */
import { globMatch } from '../protocol/glob.ts';
import { htScan } from '../store/hash-table.ts';
import { elementKeyLen, elementKeyOff } from '../store/hash-table-element.ts';
import type { CommandClient } from './command-client.ts';
import { SYNTAX_ERROR } from './errors.ts';
import { integerOrReply } from './parse.ts';

const STAR = 42;
const DEFAULT_COUNT = 10;
/** Buckets visited for each element asked for, so that a sparse table does not make one call long. */
const BUCKETS_PER_ELEMENT = 10;
/** Room for more refs is not kept between calls. */
const KEPT_REFS = 64 * 1024;

export interface CollectionScanOptions {
  count: number;
  /** Argument number of the pattern, 0 = everything matches. */
  match: number;
  /** NOVALUES of HSCAN, NOSCORES of ZSCAN. */
  keysOnly: boolean;
}

/** The options from argument 3 on; null after an error reply. `keysOnly`: the word for it, '' where there is none. */
export function scanOptionsOrReply(c: CommandClient, keysOnly: string): CollectionScanOptions | null {
  const { args, out } = c;
  const options: CollectionScanOptions = { count: DEFAULT_COUNT, match: 0, keysOnly: false };
  for (let i = 3; i < args.argc; ) {
    const hasValue = i + 1 < args.argc;
    if (hasValue && args.is(i, 'count')) {
      options.count = integerOrReply(c, i + 1);
      if (Number.isNaN(options.count)) return null;
      if (options.count < 1) return syntaxError(c);
      i += 2;
    } else if (hasValue && args.is(i, 'match')) {
      const all = args.len[i + 1] === 1 && args.buf[args.off[i + 1]!] === STAR;
      options.match = all ? 0 : i + 1;
      i += 2;
    } else if (args.is(i, 'novalues')) {
      if (keysOnly !== 'novalues') {
        out.error('ERR NOVALUES option can only be used in HSCAN');
        return null;
      }
      options.keysOnly = true;
      i++;
    } else if (keysOnly === 'noscores' && args.is(i, 'noscores')) {
      options.keysOnly = true;
      i++;
    } else return syntaxError(c);
  }
  return options;
}

function syntaxError(c: CommandClient): null {
  c.out.error(SYNTAX_ERROR);
  return null;
}

/** Whether the bytes match the pattern of the options. */
export function matchesScan(
  c: CommandClient,
  options: CollectionScanOptions,
  buf: Uint8Array,
  off: number,
  len: number,
): boolean {
  if (options.match === 0) return true;
  const { args } = c;
  const from = args.off[options.match]!;
  return globMatch(args.buf, from, from + args.len[options.match]!, buf, off, off + len, false);
}

/** Elements of a hash table that one call of a scan found, and where the next one goes on. */
export class FoundElements {
  refs: Uint32Array = new Uint32Array(256);
  size = 0;
  cursor = 0;
  private sampled = 0;
  private options: CollectionScanOptions | null = null;
  private c: CommandClient | null = null;
  private prefixBytes = 0;
  private isWanted: ((e: number) => boolean) | null = null;

  /**
   * Visits buckets from a cursor on until there were COUNT elements, or ten times as many buckets, and keeps the elements
   * whose keys match and that `isWanted`.
   */
  scan(
    c: CommandClient,
    t: number,
    prefixBytes: number,
    cursor: number,
    options: CollectionScanOptions,
    isWanted: ((e: number) => boolean) | null = null,
  ): void {
    this.size = 0;
    this.sampled = 0;
    this.cursor = cursor;
    this.c = c;
    this.prefixBytes = prefixBytes;
    this.options = options;
    this.isWanted = isWanted;
    let buckets = options.count * BUCKETS_PER_ELEMENT;
    do this.cursor = htScan(c.db.arena, t, this.cursor, this.visit);
    while (this.cursor !== 0 && buckets-- > 0 && this.sampled < options.count);
    this.c = null;
  }

  private readonly visit = (e: number): void => {
    this.sampled++;
    if (this.isWanted !== null && !this.isWanted(e)) return;
    const { arena } = this.c!.db;
    if (this.options!.match !== 0) {
      const u8 = arena.u8[e >>> 22]!;
      const off = elementKeyOff(arena, e, this.prefixBytes);
      if (!matchesScan(this.c!, this.options!, u8, off, elementKeyLen(arena, e, this.prefixBytes))) return;
    }
    if (this.size === this.refs.length) {
      const larger = new Uint32Array(this.size * 2);
      larger.set(this.refs);
      this.refs = larger;
    }
    this.refs[this.size++] = e;
  };

  /** Gives back room that one large call had claimed. */
  release(): void {
    if (this.refs.length > KEPT_REFS) this.refs = new Uint32Array(256);
  }
}

/** For all commands: none runs another while it uses them. */
export const foundElements: FoundElements = new FoundElements();

/** The reply for a key that is not there. */
export function replyEmptyScan(c: CommandClient): void {
  c.out.array(2);
  c.out.bulkInteger(0);
  c.out.array(0);
}
